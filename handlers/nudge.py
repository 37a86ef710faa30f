"""A lead's word to one of their people."""

from bot.chat.context import Answer, Context
from bot.chat.routing import Router
from bot.understanding.intents import Intent, IntentName
from bot.views.nudges import answer
from bot.views.sentences import sentence

router = Router()


@router.on(IntentName.NUDGE, help_key="help.nudge")
async def nudge(ctx: Context, intent: Intent) -> Answer:
    """Ask somebody to punch, if the sender leads them; before others nothing is said of anybody."""
    if ctx.message.is_group or intent.person is None:
        return sentence("team.tell_me_alone", ctx.texts)
    found = await ctx.services.nudging.nudge(ctx.who, intent.person)
    if found.outcome == "not_read":
        return sentence("team.not_read", ctx.texts)
    return answer(found.outcome, found.people, found.reminder, ctx.texts, as_of=ctx.services.nudging.now())
