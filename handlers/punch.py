"""Clocking in and out, confirming, and what can be done about a wrong punch."""

from dataclasses import replace

from bot.chat.context import Answer, Context, ReceiptDue
from bot.chat.routing import Router
from bot.domain.answers import MayComplete
from bot.domain.messages import MessageKind
from bot.domain.punches import (
    Accepted,
    AlreadyPunched,
    AskAgain,
    AskConfirm,
    AskDirection,
    AskEdge,
    AskPhone,
    AskPlace,
    Decision,
    Punch,
    PunchWish,
    Refused,
)
from bot.domain.shifts import in_part
from bot.domain.sites import site_named
from bot.understanding.intents import Intent, IntentName
from bot.understanding.punching.nows import says_now
from bot.understanding.punching.taps import Uncoded, uncoded_answer
from bot.views import places, questions, receipts
from bot.views import wishes as reminders
from bot.views.reply import Reply
from bot.views.sentences import sentence
from handlers import completing, correction, other_time, unclear
from handlers.no_punch import no_punch
from handlers.place import names_several, tapped_place, wish_of

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
    recorded = await ctx.services.punches.confirm(
        ctx.who, ctx.message, ctx.address, now=says_now(ctx.message.text)
    )
    if recorded is None:
        return await _code_needed(ctx) or await no_punch(ctx, None)
    return await _answer(ctx, recorded.decision, recorded.punch, recorded.wish or PunchWish(None))


@router.on(IntentName.TAP_MINE)
async def tap_mine(ctx: Context, intent: Intent) -> Answer:
    """Record the tap on the page that the person was asked about by its code."""
    taps, recorded = ctx.services.taps, None
    if taps is not None:
        recorded = await taps.confirm(ctx.who, ctx.message, intent.reference or "", ctx.address)
    if recorded is None:
        return _no_such_tap(ctx)
    return await _answer(ctx, recorded.decision, recorded.punch, recorded.wish or PunchWish(None))


@router.on(IntentName.TAP_NOT_MINE)
async def tap_not_mine(ctx: Context, intent: Intent) -> Answer:
    """Let the tap on the page that the person was asked about by its code be none."""
    taps, known, punch = ctx.services.taps, False, None
    if taps is not None:
        known, punch = await taps.deny(ctx.who, ctx.message, intent.reference or "")
    if not known:
        return _no_such_tap(ctx)
    return _not_theirs(ctx, punch)


async def _code_needed(ctx: Context) -> Reply | None:
    """Ask again whose a tap on the page was, where a yes may be meant for that; None where none waits."""
    taps = ctx.services.taps
    question = None if taps is None else await taps.waiting(ctx.who, ctx.message)
    return None if question is None else places.code_needed(question, ctx.texts)


async def about_a_tap(ctx: Context) -> Reply | None:
    """Return the answer to what is said without a code about the tap that is asked about, None where none is.

    That it was theirs needs the code. That it was not needs none: it records nothing, whichever tap it is about.
    """
    said, taps = uncoded_answer(ctx.message.text), ctx.services.taps
    if said is None or taps is None:
        return None
    if said is Uncoded.MINE:
        return await _code_needed(ctx)
    question = await taps.waiting(ctx.who, ctx.message)
    if question is None or question.code is None:
        return None
    known, punch = await taps.deny(ctx.who, ctx.message, question.code)
    await ctx.services.questions.take_back(ctx.who, ctx.message)  # as any no does
    return _not_theirs(ctx, punch) if known else None


async def about_no_tap(ctx: Context) -> Reply | None:
    """Return the answer to whose a tap was where none is asked about; None where that is about something else."""
    said = uncoded_answer(ctx.message.text)
    if said is None or said is Uncoded.NO:
        return None
    if said is Uncoded.NOT_MINE:
        if await ctx.services.own_punches.just_punched(ctx.who, ctx.message) is not None:
            return None
        await ctx.services.questions.take_back(ctx.who, ctx.message)
    return sentence(_where_taps_are_told(ctx) or "ask.phone_none", ctx.texts)


def _not_theirs(ctx: Context, punch: Punch | None) -> Reply:
    return sentence("ask.phone_no", ctx.texts) if punch is None else receipts.undo(punch, ctx.texts)


def _no_such_tap(ctx: Context) -> Reply:
    return sentence(_where_taps_are_told(ctx) or "ask.phone_unknown", ctx.texts)


def _where_taps_are_told(ctx: Context) -> str | None:
    """Return the key of where whose a tap was can be said, None where it was said there."""
    if ctx.message.is_group:
        return "ask.phone_in_group"
    return "ask.phone_typed" if ctx.message.kind is not MessageKind.TEXT else None


@router.on(IntentName.UNDO, help_key="help.undo", personal=True)
async def undo(ctx: Context, intent: Intent) -> Answer:
    """Say truthfully that a punch cannot be taken back, and how it is put right; not before others.

    Where reminders are off, that may be what is to be undone: how they come again is said too.
    """
    await ctx.services.questions.take_back(ctx.who, ctx.message)
    _, _, punches = await ctx.services.own_punches.today(ctx.who, ctx.message)
    wishes = await ctx.services.wishes.get(ctx.who.user_id)
    answer = receipts.undo(punches[-1] if punches else None, ctx.texts)
    return reminders.or_undone(answer, wishes, ctx.texts, now=ctx.message.at)


async def _punch(ctx: Context, intent: Intent) -> Answer:
    if intent.position_error is not None:
        return sentence(f"place.bad_{intent.position_error}", ctx.texts)
    if intent.unsure:
        return await unclear.ask_direction(ctx, intent)
    if await _of_another_time(ctx, intent):
        if (answer := await correction.completed(ctx, intent)) is not None:
            return answer
        return other_time.refused(ctx, intent)
    if names_several(ctx, intent):
        return await unclear.ask_which(ctx, intent)
    if (site := await unclear.unknown_site(ctx, intent)) is not None:
        return await unclear.ask(ctx, intent, site)
    wish = wish_of(ctx, intent)
    recorded = await ctx.services.punches.punch_unless_it_completes(ctx.who, ctx.message, wish, ctx.address)
    if isinstance(recorded, MayComplete):
        answer = await completing.by_a_punch(ctx, intent, only_commands=recorded.only_commands)
        return answer or await punched(ctx, replace(wish, now=True))
    return await _answer(ctx, recorded.decision, recorded.punch, recorded.wish or wish)


async def punched(ctx: Context, wish: PunchWish) -> Answer:
    """Punch as the person wishes, and answer with what came of it."""
    recorded = await ctx.services.punches.punch(ctx.who, ctx.message, wish, ctx.address)
    return await _answer(ctx, recorded.decision, recorded.punch, recorded.wish or wish)


async def _of_another_time(ctx: Context, intent: Intent) -> bool:
    """Tell whether a punch is told of a time (18:05, 下午) that is not when it was said, or a minute too early.

    The very minute that a question is about is none: it answers that question.
    """
    if intent.at is not None:
        if other_time.is_now(ctx, intent) and not other_time.is_ahead(ctx, intent):
            return False
        wish = wish_of(ctx, intent)
        return intent.dates is not None or not await ctx.services.questions.answers_by_minute(
            ctx.who, ctx.message, wish
        )
    return intent.half is not None and not in_part(intent.half, ctx.message.at, ctx.texts.zone)


async def _answer(ctx: Context, decision: Decision, punch: Punch | None, wish: PunchWish) -> Answer:
    match decision:
        case Accepted() if punch is not None:
            return ReceiptDue(punch, ctx.address)
        case AlreadyPunched(earlier):
            return receipts.already(earlier, ctx.texts)
        case AskConfirm(taken_back=True):
            return questions.still_meant(decision, ctx.message.at, tapped_place(ctx, wish), ctx.texts)
        case AskConfirm():
            place = tapped_place(ctx, wish)
            return questions.confirm_voice(decision, wish.place_name or place, place, ctx.texts)
        case AskAgain():
            return questions.again(decision, ctx.texts)
        case AskPlace() | AskEdge():
            return await _ask_where(ctx, decision, wish)
        case Refused(code):
            ctx.refused(code.removeprefix("punch."))
            if ctx.message.is_group:
                return places.to_private("punch.refused_in_group", wish.direction, ctx.texts)
            return sentence(code, ctx.texts)
        case AskDirection():
            return questions.direction(ctx.texts, tapped_place(ctx, wish))
        case AskPhone() | Accepted():
            raise AssertionError(f"no message in chat leads to {type(decision).__name__} without a punch")


async def _ask_where(ctx: Context, question: AskPlace | AskEdge, wish: PunchWish) -> Reply:
    """Ask for a position, with the person's own link to the page; in a group only how to give one."""
    if ctx.message.is_group:
        needed = ctx.services.policy.location_required or isinstance(question, AskEdge)
        key = "ask.place_in_group" if needed else "ask.location_in_group"
        return places.to_private(key, question.direction, ctx.texts, by_location=not needed)
    positions, links = ctx.services.positions, ctx.services.links
    wish = replace(wish, direction=question.direction)
    link = None
    if links is not None:
        asked = await ctx.services.questions.question_of(ctx.who, ctx.message)
        link = await links.make(ctx.who, ctx.message, wish, ctx.texts.language, asked)
        made = None if link is not None else await ctx.services.own_punches.of_message(ctx.message.message_id)
        if made is not None:
            return receipts.already(made, ctx.texts)
    sites = await positions.places.sites_for(ctx.who) or ()
    trusted, optional = positions.policy.trusted, not ctx.services.policy.location_required
    ways = places.Ways(wish.direction, sites, trusted, link, optional)
    if isinstance(question, AskEdge):
        return places.ask_edge(question, ways, ctx.texts)
    reply = places.ask_place(question, ways, ctx.texts)
    unknown = wish.place_name if sites and site_named(wish.place_name, sites) is None else None
    return places.of_unknown_site(reply, unknown, ctx.texts)
