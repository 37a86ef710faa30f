"""Receipts of punches, and their parts for other replies."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from bot.domain.corrections import approvers_of
from bot.domain.day import PersonDay
from bot.domain.punches import (
    TAKEN,
    DeliveryState,
    Punch,
    PunchSource,
    Remark,
    has_remark,
    name_after,
    reason_in,
)
from bot.domain.quiet import QuietTime
from bot.domain.shifts import WRONG, CheckType, TimeResult
from bot.domain.sites import LocationResult, LocationSource, Unusable
from bot.views.i18n import Texts
from bot.views.keys import POSITIONS_NOT_TAKEN, VERDICTS, VERDICTS_IN_SECONDS
from bot.views.sentences import (
    MAX_OF_NAMES,
    Reply,
    acting,
    escape,
    plain,
    quiet_time,
    reply_with_title,
    reply_without_title,
)

NEAR_THE_END = timedelta(hours=1)  # of a shift: earlier, a slip on "Clock out" would be early
_MOST_REASON = 200
_SHORT = {
    DeliveryState.REJECTED: "short.rejected",
    DeliveryState.UNKNOWN: "short.unknown",
    DeliveryState.ACCEPTED: "short.accepted",
    DeliveryState.SENT: "short.sent",
    DeliveryState.CONFIRMED: "short.confirmed",
}
_STATES = {
    DeliveryState.UNKNOWN: "state.unknown",
    DeliveryState.ACCEPTED: "state.accepted",
    DeliveryState.CONFIRMED: "state.confirmed",
}
_NO_PLACE = {
    Remark.UNKNOWN_PLACE: "place.unknown_site",
    Remark.UNREAD_PLACE: "place.sites_unread",
}
_TAKEN_BY = {
    "signed": "state.taken_by_service",
    "record_upload": "state.taken_by_dingtalk",
    "approve_check": "correction.taken",
}


def receipt(
    punch: Punch,
    texts: Texts,
    *,
    in_group: bool,
    more: Sequence[str] = (),
    day: PersonDay | None = None,
    leave: QuietTime | None = None,
) -> Reply:
    """Return the receipt of a punch with its state. A group sees only check type and time.

    `more` are further lines for the person alone. `day`, if given, may change the recorded verdict.
    During a `leave` that the person told, a button ends it: then no short form replaces the
    receipt.
    """
    title = _title(punch, texts)
    states = target_states(punch, texts, in_group=in_group)
    if in_group:
        return reply_with_title(title, [states])
    verdict = _verdict(punch, day, texts)
    lines = [verdict]
    buttons = [plain("button.status", texts)]
    if punch.work_date != punch.punched_at.astimezone(texts.zone).date():
        lines = [f"{verdict} · {texts('receipt.work_date', date=punch.work_date)}"]
    if punch.source is PunchSource.CORRECTION:
        reference, (by, *leads) = approvers_of(punch.note)
        approver = escape(acting(by, leads, texts), most=MAX_OF_NAMES)
        lines.append(texts("correction.approved_by", reference=reference, by=approver))
    else:
        lines += _place(punch, texts)
        soon = punch.punched_at + NEAR_THE_END
        if punch.check_type is CheckType.ON_DUTY and any(
            check.check_type is CheckType.OFF_DUTY and punch.punched_at <= check.due_at <= soon
            for check in (day.checks if day is not None else ())
        ):
            buttons.insert(0, plain("button.clock_out", texts))
    if leave is not None:
        more = [*more, texts("receipt.on_leave", time=quiet_time(leave))]
        buttons.append(plain("button.leave_over", texts))
    reply = reply_with_title(title, [*lines, states, *more], buttons)
    if punch.status is DeliveryState.REJECTED or leave is not None:
        return reply
    key = "short.done" if punch.status in TAKEN else "short.open"
    short = {"what": punch.check_type, "at": punch.punched_at, "verdict": verdict}
    return replace(reply, short=texts(key, states=states, **short))


def follow_up(punch: Punch, texts: Texts) -> Reply:
    """Return the follow-up to a receipt.

    A rejected punch, perhaps days later, comes with its date.
    """
    title = _title(punch, texts, dated=punch.status is DeliveryState.REJECTED)
    return Reply(title, f"{title}\n\n{target_states(punch, texts)}")


def again(reply: Reply, texts: Texts) -> Reply:
    """Return a repeated receipt, with the line that both are about one punch."""
    return replace(reply, text=f"{reply.text}\n\n{texts('receipt.again')}")


def already(punch: Punch, texts: Texts) -> Reply:
    """Return the answer to a second punch for a check point: the time of the first, and that
    nothing changed.
    """
    text = texts("punch.already", what=punch.check_type, at=punch.punched_at)
    is_clock_in = punch.check_type is CheckType.ON_DUTY
    buttons = [plain("button.status", texts)] if is_clock_in else []
    return replace(reply_without_title(text, buttons), short=text)


def standing(punch: Punch, day: PersonDay | None, texts: Texts) -> str:
    """Return one line about a punch, for a list: time, check type, verdict on its `day`, state."""
    parts = (
        texts("day.punch", at=punch.punched_at, what=punch.check_type),
        "" if punch.time_result is TimeResult.UNKNOWN else _verdict(punch, day, texts),
        texts("correction.refused_since") if punch.refused else texts(_SHORT[punch.status]),
        texts("correction.mark") if punch.source is PunchSource.CORRECTION else "",
    )
    return " · ".join(filter(None, parts))


def _verdict(punch: Punch, day: PersonDay | None, texts: Texts) -> str:
    """Return the verdict on a punch, or why there is none.

    Leave and native punches of its day may change the recorded verdict.
    """
    if punch.time_result is TimeResult.UNKNOWN:
        if punch.check_point is not None:
            return texts("time.grace_unreadable")
        if has_remark(punch.note, Remark.PLAN_UNREADABLE):
            return texts("time.plan_unreadable")
        if has_remark(punch.note, Remark.OUTSIDE_WINDOW):
            return texts("time.outside_window")
    if day is not None:
        check = day.check(punch.check_point)
        if check is not None and check.punched_at is not None:
            compared = result(check.time_result, check.minutes, texts)
            if check.punched_at == punch.punched_at:
                return compared
            if check.native and punch.time_result in WRONG:
                return texts("time.known_at", at=check.punched_at, verdict=compared)
        if any(point.key == punch.check_point for point in day.taken):
            return texts("time.on_leave")
        verdict, minutes = day.verdict(punch.check_point, punch.punched_at)
        if verdict is not TimeResult.UNKNOWN:
            return result(verdict, minutes, texts)
    return result(punch.time_result, punch.late_minutes, texts)


def result(verdict: TimeResult, minutes: int, texts: Texts) -> str:
    """Return a time result in words."""
    key = VERDICTS[verdict]
    if not minutes:
        key = VERDICTS_IN_SECONDS.get(verdict, key)
    return texts(key, minutes=minutes)


def target_states(punch: Punch, texts: Texts, *, in_group: bool = False) -> str:
    """Return the state of the punch at each target. A group sees no reasons."""
    lines = []
    for target, state in punch.states.items():
        reason = ""
        if state is DeliveryState.SENT:
            key = _TAKEN_BY[target]
        elif state is not DeliveryState.REJECTED:
            on_page = state is DeliveryState.ACCEPTED and punch.source is PunchSource.PAGE
            key = "state.accepted_on_page" if on_page else _STATES[state]
        elif in_group:
            key = "state.rejected_in_group"
        else:
            is_made_up = punch.source is PunchSource.CORRECTION
            key = "correction.rejected" if is_made_up else "state.rejected"
            reason = escape(punch.reasons.get(target, ""), most=_MOST_REASON)
        lines.append(texts(key, at=punch.punched_at, reason=reason))
    return "\n\n".join(dict.fromkeys(lines))


def _title(punch: Punch, texts: Texts, *, dated: bool = False) -> str:
    made_up = punch.source is PunchSource.CORRECTION
    at = (texts.day_and_clock if dated or made_up else texts.clock)(punch.punched_at)
    title = texts("receipt.title", what=punch.check_type, at=at)
    return texts("correction.made_up", punch=title) if made_up else title


def _place(punch: Punch, texts: Texts) -> list[str]:
    """Return the lines about the place: none, a named site, or the distance to the nearest site."""
    where = punch.where
    note = punch.note
    unusable = name_after(note, Remark.NOT_TAKEN)
    refused = [] if unusable is None else [texts(POSITIONS_NOT_TAKEN[Unusable(unusable)])]
    if where.fix is None:
        is_field_work = where.result is LocationResult.OUTSIDE and where.distance_m is None
        if is_field_work:
            return [texts("place.field_work")]
        return refused or [
            texts(key, name=escape(named))
            for remark, key in _NO_PLACE.items()
            if (named := name_after(note, remark)) is not None
        ]
    site = escape(where.site or "")
    if where.site is not None and where.fix.source is LocationSource.NAMED:
        return [texts("place.named", site=site), *refused]
    simulated = [texts("place.simulated")] if has_remark(note, Remark.SIMULATED) else []
    if where.site is None or where.distance_m is None:
        unread = has_remark(note, Remark.SITES_UNREAD)
        return [texts("place.unread" if unread else "place.no_sites"), *simulated]
    inside = where.result is LocationResult.NORMAL
    key = "place.inside" if inside else "place.outside"
    lines = [texts(key, site=site, distance=where.distance_m)]
    if (named := name_after(note, Remark.OTHER_SITE)) is not None:
        lines.append(texts("place.other_site", named=escape(named), site=site))
    lines += simulated
    if has_remark(note, Remark.ON_EDGE):
        lines.append(texts("place.on_edge", site=site))
    if where.result is LocationResult.OUTSIDE:
        lines.append(texts("place.told_why" if reason_in(note) else "place.tell_why"))
    return lines
