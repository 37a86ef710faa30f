"""A punch beside a wish about reminders or leave: neither is done by guess, each is one tap."""

from bot.chat.context import Answer, Context
from bot.domain.punches import PunchWish
from bot.understanding.intents import Intent
from bot.understanding.two_wishes import punch_beside
from bot.views import questions


async def asked(ctx: Context, intent: Intent) -> Answer | None:
    """Ask which of two things is meant, a punch or what else was said; None where no punch stands beside it.

    The tap that punches, if it is the next thing said, has the time of this message where that is a punch of now
    without the wish; who is still on the way, or asks, has that of the tap.
    """
    today = ctx.services.own_punches.local_date(ctx.message)
    beside = punch_beside(ctx.message.text, intent.name, today=today)
    if beside is None:
        return None
    if beside.of_now:
        await ctx.services.punches.ask(ctx.who, ctx.message, PunchWish(beside.direction), by_yes=False)
    return questions.one_of_two(beside.direction, beside.rest, ctx.texts)
