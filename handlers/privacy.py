"""What is stored about somebody: told to them alone."""

from bot.chat.context import Answer, Context, Privately
from bot.chat.routing import Router
from bot.understanding.intents import Intent, IntentName
from bot.views import privacy as views
from bot.views.sentences import sentence

router = Router()


@router.on(IntentName.PRIVACY, help_key="help.privacy")
async def privacy(ctx: Context, intent: Intent) -> Answer:
    """List everything that is kept of the sender, for how long, and who else sees it; a group hears none of it."""
    reply = views.stored(await ctx.services.privacy.about(ctx.who), ctx.texts)
    return Privately(reply, sentence("team.answered_in_private", ctx.texts)) if ctx.message.is_group else reply
