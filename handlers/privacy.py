"""What the bot stores about a person. Only that person reads it."""

from bot.actions import ForgetPhrases, MyData
from bot.chat.context import Answer, Context, Router
from bot.views import privacy as views
from bot.views.sentences import sentence

router = Router()


@router.on(MyData, help_key="help.privacy", personal=True)
async def my_data(ctx: Context, action: MyData) -> Answer:
    """List all stored data about the sender, how long the bot keeps it, and who else sees it."""
    stored = await ctx.services.privacy.about(ctx.who, asked_by=ctx.message.message_id)
    phrases = await ctx.services.buttons.phrases(ctx.who.user_id)
    return views.stored(stored, phrases, ctx.texts)


@router.on(ForgetPhrases, personal=True)
async def forget_phrases(ctx: Context, action: ForgetPhrases) -> Answer:
    """Delete the phrases with which the sender punches at once."""
    await ctx.services.buttons.forget_phrases(ctx.who.user_id)
    return sentence("privacy.phrases_forgotten", ctx.texts)
