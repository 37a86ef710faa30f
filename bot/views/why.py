"""Why a punch counts as it does: the shift, the rule that decided, and who has the last word."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Literal

from bot.domain.corrections import approver_of
from bot.domain.notes import Remark, has_remark
from bot.domain.punches import Punch, PunchSource
from bot.domain.results import WRONG, TimeResult, time_verdict
from bot.domain.shifts import CheckPoint, CheckType, DayPlan
from bot.domain.verdicts import Verdict
from bot.i18n import Texts
from bot.views.formatting import check_type, escape
from bot.views.receipts import counts_instead
from bot.views.reply import Reply
from bot.views.sentences import said, titled

_RULES = {
    TimeResult.NORMAL: "why.in_time",
    TimeResult.LATE: "why.late",
    TimeResult.SERIOUS_LATE: "why.serious",
    TimeResult.ABSENTEEISM: "why.absent",
}


def why(
    punch: Punch,
    plan: DayPlan | None,
    source: Literal["dingtalk", "config"],
    texts: Texts,
    instead: Verdict | None = None,
    *,
    of: str | None = None,
) -> Reply:
    """Explain the verdict on `punch`; `plan` is that of its work date as it reads now, None for unreadable.

    `instead` is what counts instead of how the punch was recorded. If a lead asks,
    `of` is the person's name, escaped.
    """
    what = check_type(punch.check_type, texts)
    title = texts("why.title", what=what, at=texts.day_and_clock(punch.punched_at))
    title = title if of is None else f"{of} · {title}"
    verdict = _verdict(punch, texts) if instead is None else counts_instead(instead, texts)
    lines = [verdict, _punched(punch, texts, theirs=of is not None)]
    point = next((one for one in plan.points if one.key == punch.check_point), None) if plan else None
    if instead is None and point is not None:
        lines += [*_reasons(punch, point, texts, theirs=of is not None), texts(f"why.source_{source}")]
    elif instead is None:
        outside = has_remark(punch.note, Remark.OUTSIDE_WINDOW)
        lines.append(texts("why.outside_window" if outside else "why.no_plan"))
    return titled(title, [*lines, texts("why.overrules")])


def not_explained(
    wanted: CheckType | None, first: date, last: date, texts: Texts, *, of: str | None = None
) -> Reply:
    """Say that the days `first` to `last` have no punch to explain, or none of the check that is `wanted`."""
    what = texts("why.any_punch") if wanted is None else check_type(wanted, texts).lower()
    key = "why.on_day" if first == last else "why.on_days"
    days = texts(key, first=first.isoformat(), last=last.isoformat())
    return said(texts("why.none" if of is None else "why.none_of", what=what, days=days, name=of or ""))


def _punched(punch: Punch, texts: Texts, *, theirs: bool) -> str:
    """Say which time the punch has, and where that comes from."""
    at, by = texts.clock_to_the_second(punch.punched_at), "_by" if theirs else ""
    if punch.source is PunchSource.CORRECTION:
        reference, decided_by = approver_of(punch.note)
        return texts("why.made_up", at=at, reference=reference, by=escape(decided_by))
    return texts(f"why.{'tapped' if punch.source is PunchSource.PAGE else 'punched'}{by}", at=at)


def _verdict(punch: Punch, texts: Texts) -> str:
    in_seconds = punch.time_result in (TimeResult.LATE, TimeResult.EARLY) and not punch.late_minutes
    return texts(f"why.{punch.time_result}{'_seconds' * in_seconds}", minutes=punch.late_minutes)


def _reasons(punch: Punch, point: CheckPoint, texts: Texts, *, theirs: bool) -> Iterator[str]:
    yield _shift(point, texts)
    result, minutes = time_verdict(point, punch.punched_at)
    due = texts.clock_to_the_second(point.due_at)
    if result is not punch.time_result or (result in WRONG and minutes != punch.late_minutes):
        yield texts("why.changed_by" if theirs else "why.changed")
    elif punch.time_result is TimeResult.EARLY:
        yield texts("why.early", due=due)
    elif punch.check_type is CheckType.ON_DUTY and punch.time_result in _RULES:
        until = point.due_at + timedelta(minutes=_limit(punch.time_result, point))
        yield texts(_RULES[punch.time_result], until=texts.clock_to_the_second(until), due=due)


def _shift(point: CheckPoint, texts: Texts) -> str:
    grace = point.shift.grace_minutes
    key = "why.shift_open" if grace is None else "why.shift"
    if point.check_type is CheckType.OFF_DUTY:
        key = "why.shift_off"
    what = check_type(point.check_type, texts)
    return texts(key, shift=escape(point.shift.name), what=what, due=texts.clock(point.due_at), grace=grace)


def _limit(result: TimeResult, point: CheckPoint) -> int:
    """Return the minutes after the due time up to which the milder result holds."""
    limits = {
        TimeResult.SERIOUS_LATE: point.shift.serious_late_minutes,
        TimeResult.ABSENTEEISM: point.shift.absenteeism_minutes,
    }
    return limits.get(result, point.shift.grace_minutes) or 0
