"""Receipts of punches, and the parts of them that other replies show."""

from collections.abc import Sequence
from dataclasses import replace

from bot.domain.corrections import approver_of
from bot.domain.punches import DeliveryState, Punch, PunchSource, Remark, has_remark, name_after
from bot.domain.results import TimeResult
from bot.domain.shifts import CheckType
from bot.domain.sites import LocationResult, LocationSource
from bot.domain.verdicts import Verdict
from bot.i18n import Texts
from bot.views.formatting import check_type, distance, escape, for_work_date
from bot.views.reply import Reply
from bot.views.sentences import plain, said, titled

_MOST_REASON = 200


def receipt(
    punch: Punch, texts: Texts, *, in_group: bool, more: Sequence[str] = (), verdict: Verdict | None = None
) -> Reply:
    """Return the receipt of a punch with its true state; in a group only check type and time.

    `more` are lines about other things, for the person alone. `verdict` is what counts instead of how the punch
    was recorded.
    """
    states = target_states(punch, texts, in_group=in_group)
    if in_group:
        return titled(_title(punch, texts), [states])
    lines, buttons = [_verdict(punch, texts) if verdict is None else counts_instead(verdict, texts)], ["status"]
    if punch.work_date != punch.punched_at.astimezone(texts.zone).date():
        lines = [f"{lines[0]} · {for_work_date(punch.work_date, texts)}"]
    if punch.source is PunchSource.CORRECTION:
        reference, by = approver_of(punch.note)
        lines.append(texts("correction.approved_by", reference=reference, by=escape(by)))
    else:
        lines += _place(punch, texts)
        buttons = ["clock_out", "status"] if punch.check_type is CheckType.ON_DUTY else buttons
    return titled(_title(punch, texts), [*lines, states, *more], [plain(name, texts) for name in buttons])


def follow_up(punch: Punch, texts: Texts, *, in_group: bool) -> Reply:
    """Return the later word about a punch; one that is not taken after all, perhaps days later, with its date."""
    title = _title(punch, texts, dated=punch.status is DeliveryState.REJECTED)
    return Reply(title, f"{title}\n\n{target_states(punch, texts, in_group=in_group)}")


def again(reply: Reply, texts: Texts) -> Reply:
    """Return a receipt that may have come before with the line that both are of one punch."""
    return replace(reply, text=f"{reply.text}\n\n{texts('receipt.again')}")


def already(punch: Punch, texts: Texts) -> Reply:
    """Return the answer to a second punch for a check point: when the first was, and that nothing changed."""
    at = texts.clock(punch.punched_at)
    if punch.check_type is CheckType.ON_DUTY:
        return said(texts("punch.already_in", at=at), [plain("clock_out", texts)])
    return said(texts("punch.already_out", at=at))


def standing(punch: Punch, texts: Texts, instead: Verdict | None = None) -> str:
    """Return one line about a punch, for a list: time, check type, verdict (or what counts `instead`), state."""
    verdict = "" if punch.time_result is TimeResult.UNKNOWN else _recorded(punch, texts)
    parts = (
        texts.clock(punch.punched_at),
        check_type(punch.check_type, texts),
        verdict if instead is None else counts_instead(instead, texts),
        texts(f"short.{punch.status}"),
        texts("correction.mark") if punch.source is PunchSource.CORRECTION else "",
    )
    return " · ".join(filter(None, parts))


def counts_instead(verdict: Verdict, texts: Texts) -> str:
    """Return what counts instead of how a punch was recorded, and why where that is not the punch itself."""
    if verdict.on_leave:
        return texts("time.on_leave")
    compared = result(verdict.time_result, verdict.minutes, texts)
    if verdict.counts_at is None:
        return compared
    return texts("time.known_at", at=texts.clock(verdict.counts_at), verdict=compared)


def result(found: TimeResult, minutes: int, texts: Texts) -> str:
    """Return a time result in words."""
    in_seconds = not minutes and found in (TimeResult.LATE, TimeResult.EARLY)
    return texts(f"time.{found}{'_seconds' * in_seconds}", minutes=minutes)


def target_states(punch: Punch, texts: Texts, *, in_group: bool = False) -> str:
    """Return how the punch stands at each target. A group hears no reasons."""
    lines = []
    for target, state in punch.states.items():
        if in_group and state is DeliveryState.REJECTED:
            lines.append(texts("state.rejected_in_group"))
        else:
            lines.append(_taken(punch, target, state, texts))
    return "\n\n".join(dict.fromkeys(lines))


def _taken(punch: Punch, target: str, state: DeliveryState, texts: Texts) -> str:
    reason = punch.reasons.get(target, "")
    if state is DeliveryState.SENT:
        return texts("state.taken_by_dingtalk" if target == "record_upload" else "state.taken_by_service")
    if state is not DeliveryState.REJECTED:
        on_page = state is DeliveryState.ACCEPTED and punch.source is PunchSource.PAGE
        return texts(f"state.{state}{'_on_page' * on_page}", at=texts.clock(punch.punched_at))
    shown = escape(reason, most=_MOST_REASON)
    is_made_up = punch.source is PunchSource.CORRECTION
    return texts("correction.rejected" if is_made_up else "state.rejected", reason=shown)


def _title(punch: Punch, texts: Texts, *, dated: bool = False) -> str:
    made_up = punch.source is PunchSource.CORRECTION
    at = (texts.day_and_clock if dated or made_up else texts.clock)(punch.punched_at)
    title = texts("receipt.title", what=check_type(punch.check_type, texts), at=at)
    return texts("correction.made_up", punch=title) if made_up else title


def _verdict(punch: Punch, texts: Texts) -> str:
    if punch.time_result is TimeResult.UNKNOWN:
        if punch.check_point is not None:
            return texts("time.grace_unreadable")
        if has_remark(punch.note, Remark.PLAN_UNREADABLE):
            return texts("time.plan_unreadable")
        if has_remark(punch.note, Remark.OUTSIDE_WINDOW):
            return texts("time.outside_window")
    return _recorded(punch, texts)


def _recorded(punch: Punch, texts: Texts) -> str:
    return result(punch.time_result, punch.late_minutes, texts)


def _place(punch: Punch, texts: Texts) -> list[str]:
    """Return the lines about the place: none, a named one, or the distance to the nearest site."""
    where, note = punch.where, punch.note
    refused = [texts(f"place.{name}")] if (name := name_after(note, Remark.NOT_TAKEN)) is not None else []
    if where.fix is None:
        is_field_work = where.result is LocationResult.OUTSIDE and where.distance_m is None
        return [texts("place.field_work")] if is_field_work else refused or [_no_place(note, texts)]
    site = escape(where.site or "")
    if where.site is not None and where.fix.source is LocationSource.NAMED:
        return [texts("place.named", site=site), *refused]
    simulated = [texts("place.simulated")] if has_remark(note, Remark.SIMULATED) else []
    if where.site is None or where.distance_m is None:
        unread = has_remark(note, Remark.SITES_UNREAD)
        return [texts("place.unread" if unread else "place.no_sites"), *simulated]
    inside = where.result is LocationResult.NORMAL
    key = "place.inside" if inside else "place.outside"
    lines = [texts(key, site=site, distance=distance(where.distance_m, texts))]
    if (named := name_after(note, Remark.OTHER_SITE)) is not None:
        lines.append(texts("place.other_site", named=escape(named), site=site))
    lines += simulated
    if has_remark(note, Remark.ON_EDGE):
        lines.append(texts("place.on_edge", site=site))
    if where.result is LocationResult.OUTSIDE:
        lines.append(texts("place.told_why" if has_remark(note, Remark.TOLD_WHY) else "place.tell_why"))
    return lines


def _no_place(note: str, texts: Texts) -> str:
    """Return the line for a punch without a place: none given, an unknown site, or unreadable sites."""
    if (named := name_after(note, Remark.UNKNOWN_PLACE)) is not None:
        return texts("place.unknown_site", name=escape(named))
    if (named := name_after(note, Remark.UNREAD_PLACE)) is not None:
        return texts("place.sites_unread", name=escape(named))
    return texts("place.none")
