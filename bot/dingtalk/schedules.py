"""Plans from DingTalk's schedule rows and shift details; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import zip_longest
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field

from bot.dingtalk.openapi import Listed, Row, in_utc
from bot.domain.shifts import CheckType, DayPlan, Shift, plan_of_sections
from bot.domain.worked import Break, Span

_IN_ROWS = ()  # the times of a shift come with the rows
_BARE = Shift("", _IN_ROWS, grace_minutes=None)  # its name and its grace are unknown
_LONE = timedelta(hours=12)  # the length of a section with only one check
_CHECK_TYPES = {check_type.value.casefold(): check_type for check_type in CheckType}

ON = CheckType.ON_DUTY
OFF = CheckType.OFF_DUTY
ShiftKey = tuple[str, str]  # id and version
Times = dict[CheckType, datetime]  # of one section, which may have only one check
SectionShifts = Sequence[Shift]  # one for each section, with that section's window and grace


def _read_check_type(value: Any) -> CheckType | None:
    return _CHECK_TYPES.get(str(value).casefold())


def _read_minutes(value: Any) -> Any:
    return value if int(value) >= 0 else None  # a negative number switches the rule off


def _without_rests(rows: Any) -> Any:
    return [row for row in rows if not _is_rest(row)] if isinstance(rows, list) else rows


def _is_rest(row: Any) -> bool:
    is_row = isinstance(row, dict)
    return is_row and (
        str(row.get("shift_id") or 0) == "0" or str(row.get("is_rest")).upper() in ("Y", "TRUE")
    )


# samples spell it in several ways
Checked = Annotated[CheckType | None, BeforeValidator(_read_check_type)]
_Minutes = Annotated[int | None, BeforeValidator(_read_minutes)]


class PlannedCheck(Row):
    """A row of `schedule/listbyusers` for a working day."""

    id: int | None = None
    userid: str
    check_type: Annotated[CheckType, BeforeValidator(_read_check_type)]
    plan_check_time: datetime
    named_date: datetime | None = Field(None, alias="work_date")
    shift_id: str
    shift_version: str = ""
    approve_id: str = "0"

    @property
    def shift(self) -> ShiftKey:
        return self.shift_id, self.shift_version

    def work_date(self, zone: ZoneInfo) -> date:
        return in_utc(self.named_date or self.plan_check_time, zone).astimezone(zone).date()


Planned = Annotated[Listed[PlannedCheck], BeforeValidator(_without_rests)]


class _Check(Row):
    check_type: Checked = None
    check_time: datetime | None = None  # on 1970-01-01, local
    begin_min: _Minutes = None
    end_min: _Minutes = None
    free_check: bool = False  # 免打卡 (《获取班次详情》)
    permit_minutes: _Minutes = None
    serious_late_minutes: _Minutes = None
    absenteeism_late_minutes: _Minutes = None


class _Rest(Row):
    """A break's start (OnDuty) or end (OffDuty), by 《获取班次详情》."""

    check_type: Checked = None
    check_time: datetime  # on 1970-01-01, local
    across: int = 0  # days after the work date


class _Section(Row):
    punches: Listed[_Check] = []
    rests: Listed[_Rest] = []

    def breaks(self) -> tuple[Break, ...] | None:
        """Return the breaks, None if a start or an end is missing."""
        edges = sorted(self.rests, key=lambda rest: (rest.across, rest.check_time))
        pairs = list(zip_longest(edges[::2], edges[1::2]))
        if any(
            end is None or (start.check_type, end.check_type) != (ON, OFF) for start, end in pairs
        ):
            return None
        return tuple((start.check_time.time(), end.check_time.time()) for start, end in pairs)


class ShiftDetails(Row):
    """The result of `shift/query`."""

    name: str = ""
    sections: Listed[_Section] = []

    def shifts(self) -> SectionShifts:
        """Return the shift once for each readable section, with the rules of this section."""
        shifts: list[Shift] = []
        for section in self.sections:
            checks = {check.check_type: check for check in section.punches if check.check_time}
            if ON not in checks or OFF not in checks:
                continue
            earliest = checks[ON].begin_min
            latest = checks[OFF].end_min
            shift = Shift(
                self.name,
                _IN_ROWS,
                earliest_minutes=_BARE.earliest_minutes if earliest is None else earliest,
                latest_minutes=_BARE.latest_minutes if latest is None else latest,
                grace_minutes=checks[ON].permit_minutes or 0,
                serious_late_minutes=checks[ON].serious_late_minutes,
                absenteeism_minutes=checks[ON].absenteeism_late_minutes,
                free=tuple(check_type for check_type in CheckType if checks[check_type].free_check),
                breaks=section.breaks(),
            )
            shifts.append(shift)
        return shifts


def day_plan(
    day: date,
    rows: Sequence[PlannedCheck],
    shifts: Mapping[ShiftKey, SectionShifts],
    zone: ZoneInfo,
) -> DayPlan:
    """Return one person's plan of one day. Without rows it has no check points.

    A shift that is missing in `shifts` has an unknown grace.
    """
    if not rows:
        return DayPlan(day)
    parts: list[tuple[Shift, Span]] = []
    sections = _sections(rows, zone)
    for index, (key, times) in enumerate(sections):
        by_section = shifts.get(key) or [_BARE]
        starts_at = times.get(ON) or times[OFF] - _LONE
        ends_at = times.get(OFF) or times[ON] + _LONE
        parts.append((by_section[min(index, len(by_section) - 1)], (starts_at, ends_at)))
    plan = plan_of_sections(parts, day, zone)
    return replace(
        plan,
        points=tuple(
            point for point in plan.points if point.check_type in sections[point.section][1]
        ),
        shift_name=plan.shift_name or None,
        shows_approval=any(row.approve_id != "0" for row in rows),
    )


def row_of_check(
    key: str, day: date, rows: Sequence[PlannedCheck], zone: ZoneInfo
) -> PlannedCheck | None:
    """Return the row of the check `key` of one person's day, None without such a check."""
    for point in day_plan(day, rows, {}, zone).points:
        for row in rows:
            same_check = (row.check_type, in_utc(row.plan_check_time, zone))
            if point.key == key and same_check == (point.check_type, point.due_at):
                return row
    return None


def _sections(rows: Sequence[PlannedCheck], zone: ZoneInfo) -> list[tuple[ShiftKey, Times]]:
    """Pair the day's checks in the order of their times.

    A check without its partner stands alone.
    """
    sections: list[tuple[ShiftKey, Times]] = []
    checks = {(in_utc(row.plan_check_time, zone), row.check_type): row.shift for row in rows}
    for (due_at, check_type), shift in sorted(checks.items()):
        if check_type is ON or not sections or OFF in sections[-1][1]:
            sections.append((shift, {}))
        sections[-1][1][check_type] = due_at
    return sections
