"""What is said where a message records nothing: that, or what stands since a punch of a moment ago."""

from bot.chat.context import Context, Reply
from bot.domain.shifts import CheckType
from bot.domain.sites import LocationSource
from bot.understanding.intents import Intent, NoneReason
from bot.understanding.wishing.retractions import takes_back
from bot.views.sentences import after_a_punch, not_a_punch

_AGAINST_A_PUNCH = (NoneReason.NEGATED, NoneReason.ABSENT)


async def no_punch(
    ctx: Context, reason: NoneReason | None, meant: str | None = None, *, direction: CheckType | None = None
) -> Reply:
    """Say that nothing was recorded; to somebody who punched just now, that it stands and how it is put right.

    A question of the bot's that is open is what a "no" is about, not the punch before it.
    """
    questions, in_group = ctx.services.questions, ctx.message.is_group
    back = reason in _AGAINST_A_PUNCH or takes_back(ctx.message.text)
    if back:
        await questions.take_back(ctx.who, ctx.message)
    punch = await ctx.services.own_punches.just_punched(ctx.who, ctx.message)
    said: str | None = reason
    if reason is NoneReason.HOW_TO and LocationSource.NAMED not in ctx.services.positions.policy.trusted:
        said = "how_to_placeless"
    if punch is None:
        return not_a_punch(said, ctx.texts, in_group=in_group, meant=meant, direction=direction)
    back = back and not await questions.is_asked(ctx.who, ctx.message)
    return after_a_punch(punch, said, ctx.texts, in_group=in_group, takes_back=back, direction=direction)


async def stands_against(ctx: Context, intent: Intent) -> bool:
    """Tell whether the punch that the sender says not to be there for yet was recorded just now."""
    punch = await ctx.services.own_punches.just_punched(ctx.who, ctx.message)
    return punch is not None and intent.direction in (None, punch.check_type)
