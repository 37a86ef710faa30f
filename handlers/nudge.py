"""A lead's word to one of their people."""

from bot.chat.context import Answer, Context
from bot.chat.routing import Router
from bot.domain.naming import names_joined
from bot.domain.people import Employee
from bot.understanding.intents import Intent, IntentName
from bot.views.nudges import answer
from bot.views.sentences import sentence

router = Router()


@router.on(IntentName.NUDGE, help_key="help.nudge", personal=True)
async def nudge(ctx: Context, intent: Intent) -> Answer:
    """Ask somebody to punch, if the sender leads them; the answer is private."""
    assert intent.person is not None, "a nudge names somebody"
    found = await ctx.services.nudging.nudge(ctx.who, intent.person)
    if found.outcome == "not_read":
        return sentence("team.not_read", ctx.texts)
    now = ctx.services.nudging.now()
    if found.outcome == "not_yours" and (several := await _each_of(ctx, intent.person)):
        return answer("several", several, None, ctx.texts, as_of=now)
    return answer(found.outcome, found.people, found.reminder, ctx.texts, as_of=now)


async def _each_of(ctx: Context, named: str) -> tuple[Employee, ...]:
    """Return whom several names mean that are joined by an "and"; nobody unless all of them are the sender's."""
    names = names_joined(named)
    found = [await ctx.services.visibility.led_by(ctx.who.user_id, name) for name in names]
    if len(names) < 2 or not all(found):
        return ()
    return tuple({one.user_id: one for people in found for one in people or ()}.values())
