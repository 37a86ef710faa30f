"""Make-up punches: asking for one, and a lead's yes or no, which counts only when it is said twice."""

from dataclasses import replace
from datetime import time

from bot.chat.context import Answer, Context
from bot.chat.routing import Router
from bot.domain.corrections import (
    MOST_REASON,
    Correction,
    CorrectionState,
    CorrectionWish,
    Missing,
    NotAllowed,
    fitting,
)
from bot.domain.messages import MessageKind
from bot.domain.reminders import NOON
from bot.domain.shifts import CheckType
from bot.understanding.intents import Intent, IntentName, NoneReason
from bot.understanding.wishing.bare_times import bare_way, is_lone_number, told_time
from bot.understanding.wishing.retractions import takes_back
from bot.views import corrections as views
from bot.views import open_requests, questions
from bot.views.sentences import sentence
from handlers.place import tapped_place, wish_of

router = Router()

# how "18:40, my phone was dead" is read by itself: what is no clear refusal of anything
_TELLS_WHY = frozenset({NoneReason.NOT_ABOUT_US, NoneReason.ALREADY_DONE, NoneReason.ONLY_DAYS})


@router.on(IntentName.CORRECTION, help_key="help.correction")
async def ask(ctx: Context, intent: Intent) -> Answer:
    """Put a missing or wrong punch before the person's leads, or say what is missing."""
    if ctx.message.is_group:
        return sentence("correction.in_group", ctx.texts)
    wish = _wish(ctx, intent)
    if wish.or_at is not None:  # before a reason is asked for, or the whole confirmed: with which time
        plans = await ctx.services.rosters.plans_around(ctx.who, ctx.services.corrections.day_of(wish))
        wish = fitting(wish, plans or (), ctx.texts.zone)
    return await _asked(ctx, wish, unsure=intent.unsure)


async def completed(ctx: Context, intent: Intent) -> Answer | None:
    """Put a request before the leads that lacked its time, once the message tells it; a reason is confirmed first.

    None for what completes no request.
    """
    if ctx.message.is_group:
        return None
    text = ctx.message.text
    wish = await ctx.services.corrections.asked_for_more(ctx.who, ctx.message)
    if wish is None:
        says_a_time = intent.at is not None or any(told_time(text, one) for one in CheckType)
        return await _lost_answer(ctx) if says_a_time or bare_way(text) else None
    if wish.direction is None:
        way = bare_way(text)
        return await _with_its_direction(ctx, intent, wish, way) if way else await _with_both(ctx, intent, wish)
    if wish.at_minute is None:
        return await _with_its_time(ctx, intent, wish, wish.direction)
    if wish.reason:
        return None  # it lacks nothing
    if intent.none_reason is not NoneReason.NOT_ABOUT_US or intent.unsure:
        return None
    day = ctx.services.corrections.day_of(wish)
    reason = " ".join(ctx.message.text.split())[:MOST_REASON]
    by_voice = ctx.message.kind is MessageKind.VOICE
    return views.confirm_wish(wish.direction, day, wish.at_minute, reason, ctx.texts, by_voice=by_voice)


async def completed_by_a_punch(ctx: Context, intent: Intent, *, by_command: bool) -> Answer:
    """Return the answer to a punch that may complete a request: but for a direction alone it is asked about."""
    if (made := await _lost_answer(ctx)) is not None:
        return made
    wish = await ctx.services.corrections.asked_for_more(ctx.who, ctx.message, again=True)
    assert wish is not None, "the punch was held against that"
    way = None if by_command else bare_way(ctx.message.text)
    if way is not None and wish.direction in (None, way):
        answer = await _with_its_direction(ctx, intent, wish, way)
        if answer is not None:
            return answer
    assert intent.direction is not None, "a punch without one completes nothing"
    direction = wish.direction or intent.direction
    told = told_time(ctx.message.text, direction)
    at = (told.at if told else intent.at) if wish.at_minute is None else time(*wish.at_minute)
    whole = replace(wish, direction=direction, at_minute=(at.hour, at.minute) if at else None)
    or_now = by_command and intent.at is None
    await ctx.services.corrections.ask_for_more(ctx.who, ctx.message, whole, or_now=or_now)
    other = views.so_far_button(direction, wish.first, whole.at_minute, wish.reason, ctx.texts)
    return questions.now_or_then(intent.direction, tapped_place(ctx, wish_of(ctx, intent)), (other,), ctx.texts)


async def _with_its_direction(
    ctx: Context, intent: Intent, wish: CorrectionWish, direction: CheckType
) -> Answer | None:
    """Return the answer to a request that lacked its direction, None where it leaves open of which day it is."""
    day = intent.dates
    if intent.days_apart or intent.no_such_day or (day is not None and day.first != day.last):
        return None
    named = day.first if day is not None else wish.first
    whole = replace(wish, direction=direction, first=named, last=named)
    await ctx.services.corrections.ask_for_more(ctx.who, ctx.message, whole)  # for the same answer given twice
    return await _asked(ctx, whole)


async def _with_both(ctx: Context, intent: Intent, wish: CorrectionWish) -> Answer | None:
    """Return the answer to a request that lacked its direction where a time is told, perhaps with a direction."""
    ways = [one for one in CheckType if told_time(ctx.message.text, one)]
    if not ways or wish.at_minute is not None:
        return None
    if len(ways) == 1:
        return await _with_its_time(ctx, intent, wish, ways[0])
    times = {told.at for one in CheckType if (told := told_time(ctx.message.text, one))}
    if len(times) > 1 or is_lone_number(ctx.message.text):
        await ctx.services.corrections.ask_for_more(ctx.who, ctx.message, wish)
        return views.time_in_full(ctx.texts)
    return await _with_its_time(ctx, intent, wish, None)


async def _with_its_time(
    ctx: Context, intent: Intent, wish: CorrectionWish, direction: CheckType | None
) -> Answer | None:
    """Return the answer to a request that lacked its time, None where the message does not tell it.

    A reason, and another day than was named before, are confirmed before a lead hears of them.
    """
    if is_lone_number(ctx.message.text):
        kept = await ctx.services.corrections.ask_for_more(ctx.who, ctx.message, wish)
        return views.to_say(Missing("time"), ctx.texts, anew=True) if not kept else views.time_in_full(ctx.texts)
    told, early = (
        told_time(ctx.message.text, direction or CheckType.ON_DUTY, early=early) for early in (False, True)
    )
    day = intent.dates
    if told is None or early is None or intent.days_apart or intent.no_such_day:
        return None
    if day is not None and day.first != day.last:
        return None
    if told.reason and (intent.none_reason not in _TELLS_WHY or intent.unsure or takes_back(told.reason)):
        return None
    named = day.first if day is not None else wish.first
    at = (told.at.hour, told.at.minute)
    whole = replace(wish, direction=direction, first=named, last=named, at_minute=at)
    if direction is None:
        return await _asked(ctx, replace(whole, reason=wish.reason or told.reason))
    if told.reason or (wish.first is not None and named != wish.first):
        by_voice = ctx.message.kind is MessageKind.VOICE
        of = named or ctx.services.corrections.day_of(wish)
        reason = ", ".join(one for one in (wish.reason, told.reason) if one)[:MOST_REASON]
        return views.confirm_wish(direction, of, at, reason, ctx.texts, by_voice=by_voice)
    return await _asked(ctx, replace(whole, or_at=(early.at.hour, early.at.minute)))


async def _lost_answer(ctx: Context) -> Answer | None:
    """Return the answer to what completed a request before the bot could say so, None where nothing did."""
    made = await ctx.services.corrections.made_by(ctx.who, ctx.message)
    return None if made is None else await _put(ctx, made)


async def _put(ctx: Context, made: Correction) -> Answer:
    past_us = await ctx.services.corrections.past_us.known(made)
    return views.asked(made, len(ctx.services.corrections.deciders.asked_of(ctx.who.user_id)), ctx.texts, past_us)


async def _asked(ctx: Context, wish: CorrectionWish, *, unsure: bool = False) -> Answer:
    day = ctx.services.corrections.day_of(wish)
    by_voice = ctx.message.kind is MessageKind.VOICE
    if (by_voice or unsure) and wish.direction is not None and wish.at_minute is not None:
        said = (wish.direction, day, wish.at_minute, wish.reason)
        return views.confirm_wish(*said, ctx.texts, by_voice=by_voice)
    found = await ctx.services.corrections.ask(ctx.who, ctx.message, wish)
    match found:
        case Correction():
            return await _put(ctx, found)
        case Missing("direction") if wish.at_minute is not None:
            await ctx.services.corrections.ask_for_more(ctx.who, ctx.message, wish)
            return views.both_directions(day, wish.at_minute, wish.reason, ctx.texts)
        case Missing(what):
            asks_on = what in ("time", "reason")
            kept = (asks_on or what in ("what", "direction")) and await ctx.services.corrections.ask_for_more(
                ctx.who, ctx.message, wish
            )
            return views.to_say(found, ctx.texts, anew=asks_on and not kept)
        case NotAllowed(code):
            ctx.refused(f"correction_{code}")
            return views.refused_by_rule(found, ctx.texts)


@router.on(IntentName.APPROVE, help_key="help.approve")
async def approve(ctx: Context, intent: Intent) -> Answer:
    """Show a request to who may decide it and, said once more, approve it."""
    return await _decide(ctx, intent, approving=True)


@router.on(IntentName.REFUSE)
async def refuse(ctx: Context, intent: Intent) -> Answer:
    """Show a request to who may decide it and, said once more, refuse it; one's own is taken back."""
    return await _decide(ctx, intent, approving=False)


@router.on(IntentName.REQUESTS, help_key="help.requests", personal=True)
async def waiting(ctx: Context, intent: Intent) -> Answer:
    """List the requests that wait: the person's own, and those that they decide; not before others."""
    requests = ctx.services.corrections
    found = await requests.open_to(ctx.who)
    rows: list[tuple[Correction, str | None]] = [(one, None) for one in found.own]
    rows += [(one, requests.deciders.name_of(one.user_id)) for one in found.to_decide]
    return open_requests.listed(rows, ctx.texts, page=intent.page or 1, is_known=found.is_known)


async def _decide(ctx: Context, intent: Intent, *, approving: bool) -> Answer:
    if ctx.message.is_group:
        return sentence("correction.in_group", ctx.texts)
    reference, answer, requests = intent.reference or "", intent.reason or "", ctx.services.corrections
    found = await requests.look(ctx.who, reference)
    open_to_them = found.correction is not None and found.outcome == "open"
    if found.correction is not None and open_to_them and not await _sure(ctx, intent, found.correction):
        await requests.note_shown(ctx.who, found.correction, ctx.message)
        asker = requests.deciders.name_of(found.correction.user_id)
        past_us = await requests.past_us.known(found.correction)
        said = None if approving else answer
        return views.confirm(found.correction, asker, found.replaces, said, ctx.texts, past_us=past_us)
    own = found.correction if found.outcome == "own" and not approving else None
    if own is not None and own.state is CorrectionState.ASKED and (intent.unsure or answer):
        return views.ask_to_withdraw(own, ctx.texts)  # "if he has not approved yet": nothing waits for that
    if open_to_them or own is not None:
        found = await (
            requests.approve(ctx.who, reference) if approving else requests.refuse(ctx.who, reference, answer)
        )
    if found.outcome in ("unknown", "limited", "own", "not_read"):
        ctx.refused(f"decision_{found.outcome}")
    if found.outcome == "not_read":
        return sentence("team.not_read", ctx.texts)
    named = found.correction
    asker = requests.deciders.name_of(named.user_id) if named else ""
    by = requests.deciders.name_of(named.decided_by) if named and named.decided_by else ""
    hears = named is None or requests.deciders.hears(named.user_id)
    if found.outcome in ("overtaken", "unsettled") and named is not None and found.replaces is not None:
        return views.overtaken(found.outcome, named, asker, found.replaces, ctx.texts)
    return views.decided(found.outcome, named, asker, by, ctx.texts, asker_hears=hears)


async def _sure(ctx: Context, intent: Intent, correction: Correction) -> bool:
    """Tell whether it is confirmed by who was shown what; speech recognition confirms nothing."""
    if not intent.confirmed or ctx.message.kind is not MessageKind.TEXT:
        return False
    return await ctx.services.corrections.was_shown(ctx.who, correction, ctx.message)


def _wish(ctx: Context, intent: Intent) -> CorrectionWish:
    early = [one for one in intent.times[1:] if intent.direction is CheckType.OFF_DUTY and one < NOON]
    return CorrectionWish(
        now=min(ctx.message.at, ctx.message.received_at),
        direction=intent.direction,
        first=intent.dates.first if intent.dates else None,
        last=intent.dates.last if intent.dates else None,
        at_minute=(intent.at.hour, intent.at.minute) if intent.at else None,
        reason=intent.reason or "",
        or_at=(early[0].hour, early[0].minute) if early else None,
    )
