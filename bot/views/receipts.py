"""Receipts of punches."""

from collections.abc import Sequence
from dataclasses import replace

from bot.domain.corrections import NO_PLAN_ID, NOT_SEEN, TOO_OLD, TOO_OLD_DAYS, approver_of
from bot.domain.deliveries import APPROVE_CHECK, DeliveryState
from bot.domain.notes import Remark, has_remark, name_after
from bot.domain.punches import Punch, PunchSource
from bot.domain.results import TimeResult
from bot.domain.shifts import CheckType
from bot.domain.sites import LocationResult, LocationSource
from bot.domain.verdicts import Verdict
from bot.i18n import Texts
from bot.views.formatting import check_type, distance, escape, for_work_date
from bot.views.reply import Reply
from bot.views.sentences import plain, said, titled

_TAKEN_BY = {"signed": "taken_by_service", "record_upload": "taken_by_dingtalk"}
_MOST_REASON = 200


def receipt(
    punch: Punch, texts: Texts, *, in_group: bool, more: Sequence[str] = (), verdict: Verdict | None = None
) -> Reply:
    """Return the receipt of a punch with its true state; in a group only check type and time.

    `more` are lines about other things, for the person alone: a check of yesterday that is missing, or what is
    kept of positions. `verdict` is what counts instead of how the punch was recorded.
    """
    title, state = _title(punch, texts), _state(punch, texts, in_group=in_group)
    if in_group:
        return titled(title, [state])
    made_up = punch.source is PunchSource.CORRECTION
    about = _approved(punch, texts) if made_up else _where(punch, texts)
    next_steps = ["clock_out"] if punch.check_type is CheckType.ON_DUTY and not made_up else []
    buttons = [plain(name, texts) for name in (*next_steps, "status")]
    return titled(title, [_when(punch, texts, verdict), about, state, *more], buttons)


def position_notice(days: float, texts: Texts) -> Reply:
    """Return the notice about positions given in chat: what is stored, for how many days, how to object."""
    return said(texts("place.first_use", days=f"{days:g}"))


def follow_up(punch: Punch, texts: Texts, *, in_group: bool) -> Reply:
    """Return the later word about a punch; one that is not taken after all, perhaps days later, with its date.

    In a group without the reason.
    """
    title = _title(punch, texts, dated=punch.status is DeliveryState.REJECTED)
    return Reply(title, f"{title}\n\n{_state(punch, texts, in_group=in_group)}")


def again(reply: Reply, texts: Texts) -> Reply:
    """Return a receipt that may have come before with the line that both are of one punch."""
    return replace(reply, text=f"{reply.text}\n\n{texts('receipt.again')}")


def already(punch: Punch, texts: Texts) -> Reply:
    """Return the answer to a second punch for a check point: when the first was, and that nothing changed."""
    at = texts.clock(punch.punched_at)
    if punch.check_type is CheckType.ON_DUTY:
        return said(texts("punch.already_in", at=at), [plain("clock_out", texts)])
    return said(texts("punch.already_out", at=at))


def undo(punch: Punch | None, texts: Texts) -> Reply:
    """Return the truth about taking back a punch: it cannot be, and how it is put right."""
    if punch is None:
        return Reply(texts("undo.title"), texts("undo.nothing"))
    key = "undo.cannot" if punch.stands else "undo.not_taken"
    return Reply(texts("undo.title"), texts(key, last=standing(punch, texts)))


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


def target_states(punch: Punch, texts: Texts) -> str:
    """Return how the punch stands at each target."""
    return _state(punch, texts, in_group=False)


def _title(punch: Punch, texts: Texts, *, dated: bool = False) -> str:
    made_up = punch.source is PunchSource.CORRECTION
    at = (texts.day_and_clock if dated or made_up else texts.clock)(punch.punched_at)
    title = texts("receipt.title", what=check_type(punch.check_type, texts), at=at)
    return texts("correction.made_up", punch=title) if made_up else title


def _approved(punch: Punch, texts: Texts) -> str:
    reference, by = approver_of(punch.note)
    return texts("correction.approved_by", reference=reference, by=escape(by))


def _when(punch: Punch, texts: Texts, instead: Verdict | None) -> str:
    verdict = _verdict(punch, texts) if instead is None else counts_instead(instead, texts)
    if punch.work_date == punch.punched_at.astimezone(texts.zone).date():
        return verdict
    return f"{verdict} · {for_work_date(punch.work_date, texts)}"


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


def result(found: TimeResult, minutes: int, texts: Texts) -> str:
    """Return a time result in words."""
    if not minutes and found in (TimeResult.LATE, TimeResult.EARLY):
        return texts(f"time.{found}_seconds")
    return texts(f"time.{found}", minutes=minutes)


def _where(punch: Punch, texts: Texts) -> str:
    where, refused = punch.where, name_after(punch.note, Remark.NOT_TAKEN)
    if where.fix is None:
        if where.result is LocationResult.OUTSIDE and where.distance_m is None:
            return texts("place.field_work")
        return texts(f"place.{refused}") if refused is not None else _no_place(punch.note, texts)
    if where.site is not None and where.fix.source is LocationSource.NAMED:
        named_site = texts("place.named", site=escape(where.site))
        return named_site if refused is None else f"{named_site}\n\n{texts(f'place.{refused}')}"
    simulated = [texts("place.simulated")] if has_remark(punch.note, Remark.SIMULATED) else []
    if where.site is None or where.distance_m is None:
        unread = "place.unread" if has_remark(punch.note, Remark.SITES_UNREAD) else "place.no_sites"
        return "\n\n".join([texts(unread), *simulated])
    site, outside = escape(where.site), where.result is not LocationResult.NORMAL
    key = "place.outside" if outside else "place.inside"
    lines = [texts(key, site=site, distance=distance(where.distance_m, texts))]
    if (named := name_after(punch.note, Remark.OTHER_SITE)) is not None:
        lines.append(texts("place.other_site", named=escape(named), site=site))
    lines += simulated
    if has_remark(punch.note, Remark.ON_EDGE):
        lines.append(texts("place.on_edge", site=site))
    if where.result is LocationResult.OUTSIDE:
        told_why = has_remark(punch.note, Remark.TOLD_WHY)
        lines.append(texts("place.told_why" if told_why else "place.tell_why"))
    return "\n\n".join(lines)


def _no_place(note: str, texts: Texts) -> str:
    """Return the line for a punch without a place: none given, an unknown site, or unreadable sites."""
    if (named := name_after(note, Remark.UNKNOWN_PLACE)) is not None:
        return texts("place.unknown_site", name=escape(named))
    if (named := name_after(note, Remark.UNREAD_PLACE)) is not None:
        return texts("place.sites_unread", name=escape(named))
    return texts("place.none")


def _state(punch: Punch, texts: Texts, *, in_group: bool) -> str:
    lines = [
        texts("state.rejected_in_group")
        if in_group and state is DeliveryState.REJECTED
        else _target_state(punch, target, state, texts)
        for target, state in sorted(punch.states.items(), key=lambda one: one[0] == APPROVE_CHECK)
    ]
    return "\n\n".join(dict.fromkeys(lines))


def _target_state(punch: Punch, target: str, state: DeliveryState, texts: Texts) -> str:
    reason = punch.reasons.get(target, "")
    if target == APPROVE_CHECK:
        return _mark_state(punch, state, reason, texts)
    if state is DeliveryState.REJECTED:
        shown = escape(reason, most=_MOST_REASON)
        if punch.source is not PunchSource.CORRECTION:
            return texts("state.rejected", reason=shown)
        too_old = texts("correction.target_too_old", days=TOO_OLD_DAYS)
        return texts("correction.rejected", reason=too_old if reason == TOO_OLD else shown)
    key = _TAKEN_BY[target] if state is DeliveryState.SENT else state
    return texts(f"state.{key}", at=texts.clock(punch.punched_at))


def _mark_state(punch: Punch, state: DeliveryState, reason: str, texts: Texts) -> str:
    """Return whether DingTalk marked the check of a make-up punch as put right."""
    if state is DeliveryState.REJECTED:
        no_plan = texts("correction.target_no_plan")
        shown = no_plan if reason == NO_PLAN_ID else escape(reason, most=_MOST_REASON)
        return texts("correction.not_marked", reason=shown)
    if state in (DeliveryState.SENT, DeliveryState.CONFIRMED):
        return texts("correction.marked" if punch.stands else "correction.marked_alone")
    return texts("correction.mark_not_seen" if reason == NOT_SEEN else f"correction.mark_{state}")
