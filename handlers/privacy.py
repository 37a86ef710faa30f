"""What the bot stores about a person. Only that person reads it."""

from bot.actions import MyData
from bot.chat.context import Answer, Context, Router
from bot.views import privacy as views

router = Router()


@router.on(MyData, help_key="help.privacy", personal=True)
async def my_data(ctx: Context, action: MyData) -> Answer:
    """List all stored data about the sender, how long the bot keeps it, and who else sees it."""
    stored = await ctx.services.privacy.about(ctx.who, asked_by=ctx.message.message_id)
    return views.stored(stored, ctx.texts)
