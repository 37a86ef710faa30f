"""What is stored about somebody: told to them alone."""

from bot.chat.context import Answer, Context
from bot.chat.routing import Router
from bot.understanding.intents import Intent, IntentName
from bot.views import privacy as views

router = Router()


@router.on(IntentName.PRIVACY, help_key="help.privacy", personal=True)
async def privacy(ctx: Context, intent: Intent) -> Answer:
    """List everything that is kept of the sender, for how long, and who else sees it; a group hears none of it."""
    return views.stored(await ctx.services.privacy.about(ctx.who, asked_by=ctx.message.message_id), ctx.texts)
