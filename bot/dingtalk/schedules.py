"""Plans from DingTalk's schedule rows and shift details; pure."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field

from bot.dingtalk.openapi import Listed, Row, in_utc
from bot.domain.shifts import CheckPoint, CheckType, DayPlan, Section, Shift, section_points

_DEFAULT = Shift("", ())
_LONE = timedelta(hours=12)  # the length of a section with only one check
_CHECK_TYPES = {check_type.value.casefold(): check_type for check_type in CheckType}

ShiftKey = tuple[str, str]  # id and version
SectionShifts = Sequence[Shift]  # one for each section, with that section's window and grace


def _read_check_type(value: Any) -> CheckType | None:
    return _CHECK_TYPES.get(str(value).casefold())


def _read_minutes(value: Any) -> Any:
    return value if int(value) >= 0 else None  # a negative number switches the rule off


def _without_rests(rows: Any) -> Any:
    return [row for row in rows if not _is_rest(row)] if isinstance(rows, list) else rows


def _is_rest(row: Any) -> bool:
    is_row = isinstance(row, dict)
    return is_row and (str(row.get("shift_id") or 0) == "0" or str(row.get("is_rest")).upper() in ("Y", "TRUE"))


Checked = Annotated[CheckType | None, BeforeValidator(_read_check_type)]  # samples spell it in several ways
_Minutes = Annotated[int | None, BeforeValidator(_read_minutes)]


class PlannedCheck(Row):
    """A row of `schedule/listbyusers` for a working day."""

    user_id: str = Field(alias="userid")
    check_type: Annotated[CheckType, BeforeValidator(_read_check_type)]
    due_at: datetime = Field(alias="plan_check_time")
    named_date: datetime | None = Field(None, alias="work_date")
    shift_id: str
    version: str = Field("", alias="shift_version")
    approve_id: str = "0"

    @property
    def shift(self) -> ShiftKey:
        return self.shift_id, self.version

    def work_date(self, zone: ZoneInfo) -> date:
        return in_utc(self.named_date or self.due_at, zone).astimezone(zone).date()


Planned = Annotated[Listed[PlannedCheck], BeforeValidator(_without_rests)]


class _Check(Row):
    check_type: Checked = None
    at: datetime | None = Field(None, alias="check_time")  # on 1970-01-01, local
    earliest: _Minutes = Field(None, alias="begin_min")
    latest: _Minutes = Field(None, alias="end_min")
    grace: _Minutes = Field(None, alias="permit_minutes")
    serious_late: _Minutes = Field(None, alias="serious_late_minutes")
    absenteeism: _Minutes = Field(None, alias="absenteeism_late_minutes")


class _Section(Row):
    punches: Listed[_Check] = Field([])


class ShiftDetails(Row):
    """The result of `shift/query`."""

    name: str = ""
    sections: Listed[_Section] = Field([])

    def shifts(self) -> SectionShifts:
        """Return the shift once for each readable section, with the rules of this section."""
        checks = [{check.check_type: check for check in section.punches} for section in self.sections]
        ends = [(one.get(CheckType.ON_DUTY), one.get(CheckType.OFF_DUTY)) for one in checks]
        whole = [(on, off) for on, off in ends if on and off and on.at and off.at]
        sections = tuple(Section(on.at.time(), off.at.time()) for on, off in whole if on.at and off.at)
        return [
            Shift(
                self.name,
                sections,
                earliest_minutes=_DEFAULT.earliest_minutes if on.earliest is None else on.earliest,
                latest_minutes=_DEFAULT.latest_minutes if off.latest is None else off.latest,
                grace_minutes=on.grace or 0,
                serious_late_minutes=on.serious_late,
                absenteeism_minutes=on.absenteeism,
            )
            for on, off in whole
        ]


def day_plan(
    day: date, rows: Sequence[PlannedCheck], shifts: Mapping[ShiftKey, SectionShifts], zone: ZoneInfo
) -> DayPlan:
    """Return one person's plan of one day. Without rows it has no check points.

    A shift that is missing in `shifts` has the times of the rows and an unknown grace.
    """
    points: list[CheckPoint] = []
    by_section: SectionShifts = ()
    sections = _sections(rows, zone)
    for index, (key, starts_at, ends_at) in enumerate(sections):
        by_section = shifts.get(key) or [_bare_shift(sections, zone)]
        shift = by_section[min(index, len(by_section) - 1)]
        if starts_at is not None and ends_at is not None:
            points += section_points(shift, day, index, starts_at, ends_at)
        elif starts_at is not None:
            points += section_points(shift, day, index, starts_at, starts_at + _LONE)[:1]
        elif ends_at is not None:
            points += section_points(shift, day, index, ends_at - _LONE, ends_at)[1:]
    name = by_section[0].name if by_section else ""
    return DayPlan(day, tuple(points), name or None, any(row.approve_id != "0" for row in rows))


_SectionTimes = tuple[ShiftKey, datetime | None, datetime | None]


def _sections(rows: Sequence[PlannedCheck], zone: ZoneInfo) -> list[_SectionTimes]:
    """Pair the day's checks in the order of their times. A check without its partner stands alone."""
    sections: list[_SectionTimes] = []
    checks = {(in_utc(row.due_at, zone), row.check_type): row.shift for row in rows}
    for (due_at, check_type), shift in sorted(checks.items()):
        if check_type is CheckType.ON_DUTY:
            sections.append((shift, due_at, None))
        elif sections and sections[-1][2] is None:
            sections[-1] = (shift, sections[-1][1], due_at)
        else:
            sections.append((shift, None, due_at))
    return sections


def _bare_shift(sections: Sequence[_SectionTimes], zone: ZoneInfo) -> Shift:
    """Return a shift with the sections of the rows. Its name and its grace are unknown."""
    whole = tuple(
        Section(start.astimezone(zone).time(), end.astimezone(zone).time())
        for _, start, end in sections
        if start is not None and end is not None
    )
    return Shift("", whole, grace_minutes=None)
