"""What a person is told about a punch."""

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
from bot.views.distances import distance
from bot.views.markdown import escape
from bot.views.reply import Button, Reply

_TAKEN_BY = {"signed": "taken_by_service", "record_upload": "taken_by_dingtalk"}


def receipt(
    punch: Punch, texts: Texts, *, in_group: bool, more: Sequence[str] = (), verdict: Verdict | None = None
) -> Reply:
    """Return the receipt of a punch with its true state; in a group only check type and time.

    `more` are lines about other things, for the person alone: a check of yesterday that is missing, or what is
    kept of positions. `verdict` is what counts instead of how the punch was recorded.
    """
    title = _title(punch, texts, dated=False)
    lines = [f"### {title}", _state(punch, texts, in_group=in_group)]
    if in_group:
        return Reply(title, "\n\n".join(lines))
    about = _approved(punch, texts) if _is_made_up(punch) else _where(punch, texts)
    lines[1:1] = [_when(punch, texts, verdict), about]
    return Reply(title, "\n\n".join([*lines, *more]), _next_steps(punch, texts))


def position_notice(days: float, texts: Texts) -> Reply:
    """Return in two sentences what is kept of positions given in chat, for how many days, and how to object."""
    text = texts("place.first_use", days=f"{days:g}")
    return Reply(text[:40], text)


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
    what = "already_in" if punch.check_type is CheckType.ON_DUTY else "already_out"
    text = texts(f"punch.{what}", at=texts.clock(punch.punched_at))
    return Reply(text, text, (clock_out_button(texts),) if punch.check_type is CheckType.ON_DUTY else ())


def check_type(value: CheckType, texts: Texts) -> str:
    """Return the check type in the person's words."""
    return texts("punch.on_duty" if value is CheckType.ON_DUTY else "punch.off_duty")


def clock_in_button(texts: Texts) -> Button:
    """Return the one-tap answer that clocks in."""
    return Button(texts("button.clock_in"), texts("button.clock_in_says"))


def clock_out_button(texts: Texts) -> Button:
    """Return the one-tap answer that clocks out."""
    return Button(texts("button.clock_out"), texts("button.clock_out_says"))


def target_states(punch: Punch, texts: Texts) -> str:
    """Return how the punch stands at each target."""
    return _state(punch, texts, in_group=False)


def _is_made_up(punch: Punch) -> bool:
    return punch.source is PunchSource.CORRECTION


def _title(punch: Punch, texts: Texts, *, dated: bool) -> str:
    made_up = _is_made_up(punch)
    at = (texts.day_and_clock if dated or made_up else texts.clock)(punch.punched_at)
    title = texts("receipt.title", what=check_type(punch.check_type, texts), at=at)
    return texts("correction.made_up", punch=title) if made_up else title


def _approved(punch: Punch, texts: Texts) -> str:
    reference, by = approver_of(punch.note)
    return texts("correction.approved_by", reference=reference, by=escape(by))


def _when(punch: Punch, texts: Texts, instead: Verdict | None) -> str:
    verdict = _verdict(punch, texts) if instead is None else counts_instead(instead, texts)
    local_date = punch.punched_at.astimezone(texts.zone).date()
    if punch.work_date == local_date:
        return verdict
    return f"{verdict} · {texts('receipt.work_date', date=punch.work_date.isoformat())}"


def _verdict(punch: Punch, texts: Texts) -> str:
    if punch.time_result is TimeResult.UNKNOWN:
        if punch.check_point is not None:
            return texts("time.grace_unreadable")
        if has_remark(punch.note, Remark.PLAN_UNREADABLE):
            return texts("time.plan_unreadable")
        if has_remark(punch.note, Remark.OUTSIDE_WINDOW):
            return texts("time.outside_window")
    return _time_result(punch, texts)


def counts_instead(verdict: Verdict, texts: Texts) -> str:
    """Return what counts instead of how a punch was recorded, and why where that is not the punch itself."""
    if verdict.on_leave:
        return texts("time.on_leave")
    said = _compared(verdict.time_result, verdict.minutes, texts)
    if verdict.check is not None:
        return texts("time.counts_as", what=check_type(verdict.check.check_type, texts), verdict=said)
    if verdict.counts_at is None:
        return said
    return texts("time.known_at", at=texts.clock(verdict.counts_at), verdict=said)


def _time_result(punch: Punch, texts: Texts) -> str:
    return _compared(punch.time_result, punch.late_minutes, texts)


def _compared(result: TimeResult, minutes: int, texts: Texts) -> str:
    if not minutes and result in (TimeResult.LATE, TimeResult.EARLY):
        return texts(f"time.{result}_seconds")
    return texts(f"time.{result}", minutes=minutes)


def _where(punch: Punch, texts: Texts) -> str:
    where = punch.where
    refused = name_after(punch.note, Remark.NOT_TAKEN)
    if where.fix is None:
        if where.result is LocationResult.OUTSIDE and where.distance_m is None:
            return texts("place.field_work")
        if refused is not None:
            return texts(f"place.{refused}")
        return _named_in_vain(punch.note, texts) or texts("place.none")
    if where.site is None:
        return _compared_with_none(punch.note, texts)
    site = escape(where.site)
    if where.fix.source is LocationSource.NAMED:
        named_site = texts("place.named", site=site)
        return named_site if refused is None else f"{named_site}\n\n{texts(f'place.{refused}')}"
    if where.distance_m is None:
        return _compared_with_none(punch.note, texts)
    key = "place.inside" if where.result is LocationResult.NORMAL else "place.outside"
    said = texts(key, site=site, distance=distance(where.distance_m, texts))
    if (named := name_after(punch.note, Remark.OTHER_SITE)) is not None:
        said = f"{said}\n\n{texts('place.other_site', named=escape(named), site=site)}"
    more = [texts("place.simulated")] if has_remark(punch.note, Remark.SIMULATED) else []
    more += [texts("place.on_edge", site=site)] if has_remark(punch.note, Remark.ON_EDGE) else []
    if where.result is LocationResult.OUTSIDE:
        told_why = has_remark(punch.note, Remark.TOLD_WHY)
        more.append(texts("place.told_why" if told_why else "place.tell_why"))
    return "\n\n".join([said, *more])


def _compared_with_none(note: str, texts: Texts) -> str:
    """Say why a position stands beside no site, and what is flagged all the same."""
    said = texts("place.unread" if has_remark(note, Remark.SITES_UNREAD) else "place.no_sites")
    return f"{said}\n\n{texts('place.simulated')}" if has_remark(note, Remark.SIMULATED) else said


def _state(punch: Punch, texts: Texts, *, in_group: bool) -> str:
    lines = [
        texts("state.rejected_in_group")
        if in_group and state is DeliveryState.REJECTED
        else _target_state(punch, target, state, texts)
        for target, state in sorted(punch.states.items(), key=lambda one: one[0] == APPROVE_CHECK)
    ]
    return "\n\n".join(dict.fromkeys(lines))


def _target_state(punch: Punch, target: str, state: DeliveryState, texts: Texts) -> str:
    if target == APPROVE_CHECK:
        return _mark_state(punch, state, texts)
    at = texts.clock(punch.punched_at)
    if state is DeliveryState.CONFIRMED:
        return texts("state.confirmed", at=at)
    if state is DeliveryState.SENT:
        return texts(f"state.{_TAKEN_BY[target]}", at=at)
    if state is DeliveryState.REJECTED:
        return _rejected(punch, punch.reasons.get(target, ""), texts)
    return texts(f"state.{state}", at=at)


def _rejected(punch: Punch, reason: str, texts: Texts) -> str:
    if not _is_made_up(punch):
        return texts("state.rejected", reason=escape(reason, most=200))
    shown = (
        texts("correction.target_too_old", days=TOO_OLD_DAYS) if reason == TOO_OLD else escape(reason, most=200)
    )
    return texts("correction.rejected", reason=shown)


def _mark_state(punch: Punch, state: DeliveryState, texts: Texts) -> str:
    """Return whether DingTalk marked the check of a make-up punch as put right."""
    if state is DeliveryState.REJECTED:
        reason = punch.reasons.get(APPROVE_CHECK, "")
        shown = texts("correction.target_no_plan") if reason == NO_PLAN_ID else escape(reason, most=200)
        return texts("correction.not_marked", reason=shown)
    if state in (DeliveryState.SENT, DeliveryState.CONFIRMED):
        return texts("correction.marked" if punch.stands else "correction.marked_alone")
    if punch.reasons.get(APPROVE_CHECK) == NOT_SEEN:
        return texts("correction.mark_not_seen")
    return texts(f"correction.mark_{state}")


def _named_in_vain(note: str, texts: Texts) -> str:
    """Say of a place named in words that it is none of the sites, or that they could not be read."""
    if (named := name_after(note, Remark.UNKNOWN_PLACE)) is not None:
        return texts("place.unknown_site", name=escape(named))
    named = name_after(note, Remark.UNREAD_PLACE)
    return "" if named is None else texts("place.sites_unread", name=escape(named))


def _next_steps(punch: Punch, texts: Texts) -> tuple[Button, ...]:
    status = Button(texts("button.status"), texts("button.status_says"))
    if punch.check_type is CheckType.ON_DUTY and not _is_made_up(punch):
        return (clock_out_button(texts), status)
    return (status,)


def standing(punch: Punch, texts: Texts, instead: Verdict | None = None) -> str:
    """Return one line about a punch, for a list: time, check type, verdict (or what counts `instead`), state."""
    what = check_type(punch.check_type, texts)
    verdict = _time_result(punch, texts)
    if instead is not None:
        verdict = counts_instead(instead, texts)
    elif punch.time_result is TimeResult.UNKNOWN:
        verdict = ""
    made_up = texts("correction.mark") if _is_made_up(punch) else ""
    parts = (texts.clock(punch.punched_at), what, verdict, texts(f"short.{punch.status}"), made_up)
    return " · ".join(part for part in parts if part)


def undo(punch: Punch | None, texts: Texts) -> Reply:
    """Return the truth about taking back a punch: it cannot be, and how it is put right."""
    if punch is None:
        return Reply(texts("undo.title"), texts("undo.nothing"))
    key = "undo.cannot" if punch.stands else "undo.not_taken"
    return Reply(texts("undo.title"), texts(key, last=standing(punch, texts)))
