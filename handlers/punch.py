"""Clocking in and out, confirming, and what can be done about a wrong punch."""

from bot.chat.context import Answer, Context, ReceiptDue
from bot.chat.routing import Router
from bot.domain.punches import (
    Accepted,
    AlreadyPunched,
    AskAgain,
    AskConfirm,
    AskDirection,
    AskPlace,
    Decision,
    Punch,
    PunchWish,
    Refused,
)
from bot.domain.shifts import near_clock
from bot.domain.sites import Fix, LocationSource
from bot.understanding.intents import Intent, IntentName
from bot.views import questions, receipts
from bot.views.sentences import not_a_punch, sentence

router = Router()


@router.on(IntentName.CLOCK_IN, help_key="help.clock_in")
async def clock_in(ctx: Context, intent: Intent) -> Answer:
    """Record that the person starts, or a bare 打卡 whose direction the shift tells."""
    return await _punch(ctx, intent)


@router.on(IntentName.CLOCK_OUT, help_key="help.clock_out")
async def clock_out(ctx: Context, intent: Intent) -> Answer:
    """Record that the person leaves."""
    return await _punch(ctx, intent)


@router.on(IntentName.CONFIRM)
async def confirm(ctx: Context, intent: Intent) -> Answer:
    """Record the punch that the person was asked to confirm."""
    recorded = await ctx.services.punches.confirm(ctx.who, ctx.message, ctx.address)
    if recorded is None:
        return not_a_punch(None, ctx.texts, in_group=ctx.message.is_group)
    return _answer(ctx, recorded.decision, recorded.punch, None)


@router.on(IntentName.UNDO, help_key="help.undo")
async def undo(ctx: Context, intent: Intent) -> Answer:
    """Say truthfully that a punch cannot be taken back, and how it is put right; not before others."""
    if ctx.message.is_group:
        return sentence("help.group", ctx.texts)
    _, _, punches = await ctx.services.punches.today(ctx.who, ctx.message)
    return receipts.undo(punches[-1] if punches else None, ctx.texts)


async def _punch(ctx: Context, intent: Intent) -> Answer:
    if intent.position_error is not None:
        return sentence(f"place.bad_{intent.position_error}", ctx.texts)
    if intent.unsure:
        return questions.direction(ctx.texts)
    if intent.at is not None and not near_clock(intent.at, ctx.message.at, ctx.texts.zone):
        said, now = f"{intent.at:%H:%M}", ctx.texts.clock(ctx.message.at)
        return sentence("punch.other_time", ctx.texts, said=said, at=now)
    recorded = await ctx.services.punches.punch(ctx.who, ctx.message, _wish(ctx, intent), ctx.address)
    return _answer(ctx, recorded.decision, recorded.punch, intent)


def _wish(ctx: Context, intent: Intent) -> PunchWish:
    fix = None
    if intent.position is not None:
        typed = intent.position
        datum = ctx.services.punches.datum
        fix = Fix(typed.latitude, typed.longitude, typed.accuracy_m, datum, LocationSource.TYPED)
    return PunchWish(intent.direction, intent.place_name, fix, intent.reason)


def _answer(ctx: Context, decision: Decision, punch: Punch | None, intent: Intent | None) -> Answer:
    match decision:
        case Accepted() if punch is not None:
            return ReceiptDue(punch, ctx.address)
        case AlreadyPunched(earlier):
            return receipts.already(earlier, ctx.texts)
        case AskConfirm():
            return questions.confirm_voice(decision, ctx.texts)
        case AskAgain():
            return questions.again(decision, ctx.texts)
        case AskPlace():
            names = [site.name for site in ctx.services.punches.sites]
            return questions.place(names, intent.direction if intent else None, ctx.texts)
        case Refused(code):
            return sentence("punch.refused_in_group" if ctx.message.is_group else code, ctx.texts)
        case AskDirection() | Accepted():
            return questions.direction(ctx.texts)
