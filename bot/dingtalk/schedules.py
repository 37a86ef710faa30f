"""DingTalk's schedule rows and shift details, turned into plans."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.clock import from_ms
from bot.dingtalk.fields import as_bool, as_int, as_object, as_objects, as_text
from bot.domain.shifts import CheckPoint, CheckType, DayPlan, Section, Shift, section_points
from bot.domain.sites import LocationResult

_DEFAULT = Shift("", ())
_LONE = timedelta(hours=12)  # the window of a check point whose other half is not planned
_NONE = ("", "0")
_TIME = "%Y-%m-%d %H:%M:%S"
_LOCATIONS = {result.value.casefold(): result for result in (LocationResult.NORMAL, LocationResult.OUTSIDE)}
_CHECK_TYPES = {check_type.value.casefold(): check_type for check_type in CheckType}

ShiftKey = tuple[str, str]  # id and version
SectionShifts = Sequence[Shift]  # one for each section, with that section's window and grace


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One planned check of one person; a rest day has none. `approved` tells that an approval is noted.

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
    """Tell whether a row plans nothing: of either API, with or without times."""
    shift_id = as_text(row.get("shift_id") if "shift_id" in row else row.get("class_id"))
    return shift_id in _NONE or as_bool(row.get("is_rest"))


def read_row(row: Mapping[str, Any], zone: ZoneInfo) -> PlanRow | None:
    """Return a row of `schedule/listbyusers` that is no `is_rest`.

    None for one without person, date, check type or time.
    """
    check_type = read_check_type(row.get("check_type"))
    due_at = read_moment(row.get("plan_check_time"), zone)
    work_day = read_moment(row.get("work_date"), zone) or due_at
    user_id = as_text(row.get("userid"))
    if check_type is None or due_at is None or work_day is None or not user_id:
        return None
    shift = as_text(row.get("shift_id")), as_text(row.get("shift_version"))
    work_date, plan_id = work_day.astimezone(zone).date(), as_text(row.get("id"))
    return PlanRow(user_id, work_date, check_type, due_at, shift, _is_approved(row), plan_id)


def read_day_row(row: Mapping[str, Any], day: date, zone: ZoneInfo) -> PlanRow | None:
    """Return a row of `listschedule` for the work date `day` that is no `is_rest`, None as `read_row` does.

    A check that was moved is due at its `changed_check_time`.
    """
    check_type = read_check_type(row.get("check_type"))
    moved_to = read_moment(row.get("changed_check_time"), zone)
    due_at = moved_to or read_moment(row.get("plan_check_time"), zone)
    user_id = as_text(row.get("userid"))
    if check_type is None or due_at is None or not user_id:
        return None
    shift = as_text(row.get("class_id")), as_text(row.get("class_setting_id"))
    return PlanRow(user_id, day, check_type, due_at, shift, _is_approved(row))


def read_shift(result: Mapping[str, Any]) -> SectionShifts:
    """Return the shift of a `shift/query`, once for each section; empty when it has no readable section."""
    checks = [_checks(section) for section in as_objects(result.get("sections"))]
    paired = [(check[CheckType.ON_DUTY], check[CheckType.OFF_DUTY]) for check in checks if len(check) == 2]
    sections = tuple(Section(_clock_time(start), _clock_time(end)) for start, end in paired)
    whole = Shift(as_text(result.get("name")), sections)
    return [_with_rules(whole, start, end) for start, end in paired]


def day_plans(
    rows: Iterable[PlanRow],
    user_ids: Iterable[str],
    dates: Sequence[date],
    shifts: Mapping[ShiftKey, SectionShifts],
    zone: ZoneInfo,
) -> dict[str, list[DayPlan]]:
    """Return a plan for each person and date, without check points where no row plans one.

    A shift that `shifts` does not know keeps its times, with an unknown grace.
    """
    by_day = _by_day(rows)
    return {
        user_id: [_day_plan(day, by_day.get((user_id, day), []), shifts, zone) for day in dates]
        for user_id in user_ids
    }


def working_plans(
    rows: Iterable[PlanRow], day: date, shifts: Mapping[ShiftKey, SectionShifts], zone: ZoneInfo
) -> dict[str, DayPlan]:
    """Return the plan of everybody who works on `day`. Equal plans are one object, so that many take no room."""
    made: dict[tuple[object, ...], DayPlan] = {}
    plans: dict[str, DayPlan] = {}
    for (user_id, _), of_person in _by_day(rows).items():
        pattern = tuple((row.check_type, row.due_at, row.shift, row.approved) for row in of_person)
        if pattern not in made:
            made[pattern] = _day_plan(day, of_person, shifts, zone)
        if made[pattern].points:
            plans[user_id] = made[pattern]
    return plans


def read_check_type(value: object) -> CheckType | None:
    """Return the check type, which DingTalk spells in several ways; None for anything else."""
    return _CHECK_TYPES.get(as_text(value).casefold())


def read_location(value: object) -> LocationResult:
    """Return DingTalk's word for where a punch was made, `unknown` for anything but the two that say so."""
    return _LOCATIONS.get(as_text(value).casefold(), LocationResult.UNKNOWN)


def read_moment(value: object, zone: ZoneInfo) -> datetime | None:
    """Return the UTC moment of `yyyy-MM-dd HH:mm:ss` in the organisation's `zone`, or of milliseconds."""
    number = as_int(value)
    if number is not None:
        return from_ms(number) if 0 < number < 10**14 else None
    try:
        moment = datetime.fromisoformat(as_text(value))
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def write_moment(moment: datetime, zone: ZoneInfo) -> str:
    """Return an aware moment as `yyyy-MM-dd HH:mm:ss` in the organisation's `zone`, its fraction cut off."""
    return moment.astimezone(zone).strftime(_TIME)


def _is_approved(row: Mapping[str, Any]) -> bool:
    return as_text(row.get("approve_id")) not in _NONE


def _by_day(rows: Iterable[PlanRow]) -> dict[tuple[str, date], list[PlanRow]]:
    by_day: dict[tuple[str, date], list[PlanRow]] = {}
    for row in rows:
        by_day.setdefault((row.user_id, row.work_date), []).append(row)
    return by_day


def _day_plan(
    day: date, rows: Sequence[PlanRow], shifts: Mapping[ShiftKey, SectionShifts], zone: ZoneInfo
) -> DayPlan:
    points: list[CheckPoint] = []
    by_section: SectionShifts = ()
    approved = any(row.approved for row in rows)
    for index, (shift, starts_at, ends_at) in enumerate(_sections(rows)):
        by_section = shifts.get(shift) or [_bare_shift(rows, zone)]
        points += _points(by_section[min(index, len(by_section) - 1)], day, index, starts_at, ends_at)
    name = by_section[0].name if by_section else ""
    return DayPlan(day, tuple(points), name or None, approved)


def _sections(rows: Sequence[PlanRow]) -> list[tuple[ShiftKey, datetime | None, datetime | None]]:
    """Pair the day's checks in order of time; a check without its other half stands alone."""
    sections: list[tuple[ShiftKey, datetime | None, datetime | None]] = []
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
    if starts_at is not None and ends_at is not None:
        return section_points(shift, day, index, starts_at, ends_at)
    if starts_at is not None:
        return section_points(shift, day, index, starts_at, starts_at + _LONE)[:1]
    return section_points(shift, day, index, ends_at - _LONE, ends_at)[1:] if ends_at is not None else []


def _bare_shift(rows: Sequence[PlanRow], zone: ZoneInfo) -> Shift:
    """Return what the rows alone tell of a shift: its sections, but neither its name nor its grace."""
    sections = tuple(
        Section(start.astimezone(zone).time(), end.astimezone(zone).time())
        for _, start, end in _sections(rows)
        if start is not None and end is not None
    )
    return Shift("", sections, grace_minutes=None)


def _checks(section: Mapping[str, Any]) -> dict[CheckType, Mapping[str, Any]]:
    checks: dict[CheckType, Mapping[str, Any]] = {}
    for check in as_objects(section.get("punches")):
        check_type = read_check_type(check.get("check_type"))
        if check_type is not None and read_moment(check.get("check_time"), ZoneInfo("UTC")) is not None:
            checks[check_type] = check
    return checks


def _clock_time(check: Mapping[str, Any]) -> time:
    moment = read_moment(as_object(check).get("check_time"), ZoneInfo("UTC"))
    return moment.time() if moment is not None else time()


def _with_rules(shift: Shift, start: Mapping[str, Any], end: Mapping[str, Any]) -> Shift:
    """Return `shift` with the window and the graces of one section. Minutes below zero mean that a rule is off."""
    earliest, latest = _minutes(start.get("begin_min")), _minutes(end.get("end_min"))
    return replace(
        shift,
        earliest_minutes=_DEFAULT.earliest_minutes if earliest is None else earliest,
        latest_minutes=_DEFAULT.latest_minutes if latest is None else latest,
        grace_minutes=_minutes(start.get("permit_minutes")) or 0,
        serious_late_minutes=_minutes(start.get("serious_late_minutes")),
        absenteeism_minutes=_minutes(start.get("absenteeism_late_minutes")),
    )


def _minutes(value: object) -> int | None:
    number = as_int(value)
    return None if number is None or number < 0 else number
