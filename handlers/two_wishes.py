"""A punch beside a wish about reminders or leave: neither is done by guess, each is one tap."""

from bot.chat.context import Answer, Context
from bot.understanding.intents import Intent
from bot.understanding.two_wishes import punch_beside
from bot.views import questions
from handlers.place import tapped_place, wish_of


async def asked(ctx: Context, intent: Intent) -> Answer | None:
    """Ask which of two things is meant, a punch or what else was said; None where no punch stands beside it.

    The tap that punches, if it is the next thing said, has the time of this message where that is a punch of now
    without the wish; who is still on the way, or asks, has that of the tap.
    """
    today = ctx.services.own_punches.local_date(ctx.message)
    sites = ctx.services.positions.places.known_to(ctx.who)
    beside = punch_beside(ctx.message.text, intent.name, today=today, sites=sites)
    if beside is None:
        return None
    wish = wish_of(ctx, beside.punch)
    if beside.of_now:
        await ctx.services.punches.ask(ctx.who, ctx.message, wish, by_yes=False)
    return questions.one_of_two(wish.direction, beside.rest, ctx.texts, tapped_place(ctx, wish))
