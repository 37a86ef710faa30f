"""DingTalk's schedule rows and shift details, turned into plans; pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.dingtalk.fields import as_bool, as_int, as_local_moment, as_objects, as_text
from bot.domain.shifts import CheckPoint, CheckType, DayPlan, Section, Shift, section_points

_DEFAULT = Shift("", ())
_LONE = timedelta(hours=12)  # the window of a check point without the other one of its section
_NONE = ("", "0")
_UTC = ZoneInfo("UTC")
_CHECK_TYPES = {check_type.value.casefold(): check_type for check_type in CheckType}

ShiftKey = tuple[str, str]  # id and version
SectionShifts = Sequence[Shift]  # one for each section, with that section's window and grace


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One planned check of one person. `approved` tells that an approval is noted.

    `plan_id` is DingTalk's id for it, where the read names one.
    """

    user_id: str
    work_date: date
    check_type: CheckType
    due_at: datetime
    shift: ShiftKey
    approved: bool = False
    plan_id: str = ""


def is_rest(row: Mapping[str, Any]) -> bool:
    """Tell whether a row of either API plans nothing, with or without times."""
    return _shift_key(row)[0] in _NONE or as_bool(row.get("is_rest"))


def read_row(row: Mapping[str, Any], zone: ZoneInfo, day: date | None = None) -> PlanRow | None:
    """Return a row of `schedule/listbyusers`, or of `listschedule` for the work date `day`, that is no `is_rest`.

    A check that was moved is due at its `changed_check_time`. None for one without person, check type or time.
    """
    check_type, user_id = read_check_type(row.get("check_type")), as_text(row.get("userid"))
    moved_to = as_local_moment(row.get("changed_check_time"), zone)
    due_at = moved_to or as_local_moment(row.get("plan_check_time"), zone)
    if check_type is None or due_at is None or not user_id:
        return None
    work_date = day or (as_local_moment(row.get("work_date"), zone) or due_at).astimezone(zone).date()
    approved = as_text(row.get("approve_id")) not in _NONE
    return PlanRow(user_id, work_date, check_type, due_at, _shift_key(row), approved, as_text(row.get("id")))


def read_shift(result: Mapping[str, Any]) -> SectionShifts:
    """Return the shift of a `shift/query`, once for each section; empty when it has no readable section."""
    sections: list[Section] = []
    rules: list[dict[str, Any]] = []
    for section in as_objects(result.get("sections")):
        checks = {read_check_type(check.get("check_type")): check for check in as_objects(section.get("punches"))}
        start, end = checks.get(CheckType.ON_DUTY, {}), checks.get(CheckType.OFF_DUTY, {})
        starts_at, ends_at = (as_local_moment(check.get("check_time"), _UTC) for check in (start, end))
        if starts_at is not None and ends_at is not None:
            sections.append(Section(starts_at.time(), ends_at.time()))
            rules.append(_rules(start, end))
    name = as_text(result.get("name"))
    return [Shift(name, tuple(sections), **of_section) for of_section in rules]


def by_day(rows: Iterable[PlanRow]) -> dict[tuple[str, date], list[PlanRow]]:
    """Return the rows of each person and work date."""
    found: dict[tuple[str, date], list[PlanRow]] = {}
    for row in rows:
        found.setdefault((row.user_id, row.work_date), []).append(row)
    return found


def day_plan(
    day: date, rows: Sequence[PlanRow], shifts: Mapping[ShiftKey, SectionShifts], zone: ZoneInfo
) -> DayPlan:
    """Return the plan that one person's rows of one day make, without check points where there is no row.

    A shift that `shifts` does not know keeps its times, with an unknown grace.
    """
    points: list[CheckPoint] = []
    by_section: SectionShifts = ()
    sections = _sections(rows)
    for index, (shift, starts_at, ends_at) in enumerate(sections):
        by_section = shifts.get(shift) or [_bare_shift(sections, zone)]
        points += _points(by_section[min(index, len(by_section) - 1)], day, index, starts_at, ends_at)
    name = by_section[0].name if by_section else ""
    return DayPlan(day, tuple(points), name or None, any(row.approved for row in rows))


def read_check_type(value: object) -> CheckType | None:
    """Return the check type, which DingTalk spells in several ways; None for anything else."""
    return _CHECK_TYPES.get(as_text(value).casefold())


def _shift_key(row: Mapping[str, Any]) -> ShiftKey:
    """Return id and version; `listschedule` has other names for them."""
    if "shift_id" in row:
        return as_text(row["shift_id"]), as_text(row.get("shift_version"))
    return as_text(row.get("class_id")), as_text(row.get("class_setting_id"))


_SectionTimes = tuple[ShiftKey, datetime | None, datetime | None]


def _sections(rows: Sequence[PlanRow]) -> list[_SectionTimes]:
    """Pair the day's checks in order of time; a check without its other half stands alone."""
    sections: list[_SectionTimes] = []
    checks = {(row.due_at, row.check_type): row.shift for row in rows}
    for (due_at, check_type), shift in sorted(checks.items()):
        if check_type is CheckType.ON_DUTY:
            sections.append((shift, due_at, None))
        elif sections and sections[-1][2] is None:
            sections[-1] = (shift, sections[-1][1], due_at)
        else:
            sections.append((shift, None, due_at))
    return sections


def _points(
    shift: Shift, day: date, index: int, starts_at: datetime | None, ends_at: datetime | None
) -> list[CheckPoint]:
    if starts_at is None:
        assert ends_at is not None
        return section_points(shift, day, index, ends_at - _LONE, ends_at)[1:]
    if ends_at is None:
        return section_points(shift, day, index, starts_at, starts_at + _LONE)[:1]
    return section_points(shift, day, index, starts_at, ends_at)


def _bare_shift(sections: Sequence[_SectionTimes], zone: ZoneInfo) -> Shift:
    """Return what the rows alone tell of a shift: its sections, but neither its name nor its grace."""
    whole = tuple(
        Section(start.astimezone(zone).time(), end.astimezone(zone).time())
        for _, start, end in sections
        if start is not None and end is not None
    )
    return Shift("", whole, grace_minutes=None)


def _rules(start: Mapping[str, Any], end: Mapping[str, Any]) -> dict[str, Any]:
    """Return window and graces of one section. Minutes below zero mean that a rule is off."""
    earliest, latest = _minutes(start.get("begin_min")), _minutes(end.get("end_min"))
    return {
        "earliest_minutes": _DEFAULT.earliest_minutes if earliest is None else earliest,
        "latest_minutes": _DEFAULT.latest_minutes if latest is None else latest,
        "grace_minutes": _minutes(start.get("permit_minutes")) or 0,
        "serious_late_minutes": _minutes(start.get("serious_late_minutes")),
        "absenteeism_minutes": _minutes(start.get("absenteeism_late_minutes")),
    }


def _minutes(value: object) -> int | None:
    number = as_int(value)
    return None if number is None or number < 0 else number
