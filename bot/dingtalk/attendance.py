"""Reads of DingTalk's attendance: records, plans, absences."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Self, TypeVar
from zoneinfo import ZoneInfo

from pydantic import AliasChoices, Field

from bot.clock import Clock, to_ms
from bot.dingtalk.absences import Approval, LeavePage
from bot.dingtalk.limits import Priority
from bot.dingtalk.openapi import CamelRow, Listed, Maybe, OpenApi, Result, Row, in_utc
from bot.dingtalk.schedules import (
    Checked,
    Planned,
    PlannedCheck,
    SectionShifts,
    ShiftDetails,
    ShiftKey,
    day_plan,
    row_of_check,
)
from bot.domain.absences import Absence
from bot.domain.facts import AttendanceRecord
from bot.domain.shifts import CheckType, DayPlan
from bot.domain.sites import LocationResult
from bot.domain.slots import Days
from bot.errors import OutcomeUnknown, Rejected, ServiceStopped

log = logging.getLogger(__name__)

PEOPLE_A_CALL = 50  # of records or plans
LEAVES_A_PAGE = 20
MOST_ID_CHARACTERS = 3900  # the rest of the 4,096 is for the other fields
MOST_PAGES = 1000
# a plan names the version of its shift, and an event tells of changes
KEEP_SHIFT_S = 3 * 24 * 3600.0
KEEP_REFUSAL_S = 3600.0
_M = TypeVar("_M", bound=Row)
_AWAY = (2, 3)  # biz_type: 2 is a trip or an outing, 3 is leave; 1 is overtime


class _Record(CamelRow):
    """A row of `listRecord`. Only an invalid record has a reason, and such a record names no check.

    `isLegal` is not read: N means late, early or outside (《获取打卡详情》), and such a punch counts.
    """

    user_id: str
    user_check_time: datetime
    reason: str | None = Field(
        None, validation_alias=AliasChoices("invalidRecordMsg", "invalidRecordType")
    )
    source_type: str = ""
    check_type: Checked = None
    plan_check_time: datetime | None = None
    location_result: Maybe[LocationResult] = None

    def record(self, zone: ZoneInfo) -> AttendanceRecord:
        return AttendanceRecord(
            self.user_id,
            in_utc(self.user_check_time, zone),
            self.reason,
            source=self.source_type,
            check_type=self.check_type,
            planned_at=self.plan_check_time and in_utc(self.plan_check_time, zone),
            location=self.location_result or LocationResult.UNKNOWN,
        )


class _Records(Row):
    # By 《获取打卡详情》 the list may also be missing when nobody punched.
    recordresult: Listed[_Record] = []


class _DayData(Row):
    approve_list: Listed[Approval] = []


class _DayPlan(Row):
    """A check point of `schedule/listbyday`; its time follows the flexible rule and the punches
    (SDK).
    """

    check_type: Checked = None
    real_plan_time: Maybe[datetime] = None


@dataclass(frozen=True, slots=True)
class Attendance:
    """Reads records, plans and absences. Times as text are local to the organisation's `zone`.

    DingTalk shows plans to `operator_user_id`, who manages attendance. Calls have the priority of
    punches, because punches wait for them. Each read raises UpstreamError.
    """

    openapi: OpenApi
    operator_user_id: str | None
    zone: ZoneInfo
    clock: Clock
    priority: Priority = Priority.PUNCH
    is_abroad: bool = False  # an organisation outside China (《获取打卡结果》)
    # Each shift, with the monotonic time of its next read.
    _shifts: dict[ShiftKey, tuple[SectionShifts, float]] = field(default_factory=dict)
    _shift_turn: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False)

    def at(self, priority: Priority) -> Self:
        """Return the same reads at another priority. Both share the shifts."""
        return replace(self, priority=priority)

    async def records(
        self, user_ids: Sequence[str], first: datetime, last: datetime
    ) -> Sequence[AttendanceRecord]:
        """Return DingTalk's records of at most 50 people between two times, at most 7 days apart."""
        begins, ends = (
            f"{at.astimezone(self.zone):%Y-%m-%d %H:%M:%S}"
            for at in (first, last + timedelta(seconds=1))
        )
        body = {
            "userIds": list(user_ids),
            "checkDateFrom": begins,
            "checkDateTo": ends,
            "isI18n": self.is_abroad,
        }
        return [
            row.record(self.zone)
            for row in (await self._read("list_record", body, _Records)).recordresult
        ]

    async def plans(self, user_ids: Sequence[str], dates: Days) -> Mapping[str, Sequence[DayPlan]]:
        """Return a plan for each person and work date, for at most 50 people and 7 days.

        When DingTalk refuses the details of a shift, its times hold and its grace is unknown.
        """
        checks = await self._read_plan(user_ids, dates)
        shifts = await self._shifts_of({row.shift for rows in checks.values() for row in rows})
        return {
            user_id: [
                day_plan(day, checks.get((user_id, day), []), shifts, self.zone) for day in dates
            ]
            for user_id in user_ids
        }

    async def read_planned_check(self, user_id: str, day: date, key: str) -> PlannedCheck | None:
        """Return the row of one check point in a person's plan, None without such a check."""
        rows = (await self._read_plan([user_id], Days(day, day)))[user_id, day]
        return row_of_check(key, day, rows, self.zone)

    async def _read_plan(
        self, user_ids: Sequence[str], dates: Days
    ) -> defaultdict[tuple[str, date], list[PlannedCheck]]:
        """Return the rows of a plan by person and work date."""
        body = {
            "op_user_id": self._require_operator(),
            "userids": ",".join(user_ids),
            "from_date_time": to_ms(datetime.combine(dates.first, time(), self.zone)),
            "to_date_time": to_ms(datetime.combine(dates.last, time(23, 59, 59), self.zone)),
        }
        checks: defaultdict[tuple[str, date], list[PlannedCheck]] = defaultdict(list)
        for check in (await self._read("schedule", body, Result[Planned])).result:
            checks[check.userid, check.work_date(self.zone)].append(check)
        return checks

    async def leaves(
        self, user_ids: Sequence[str], first: datetime, last: datetime
    ) -> Sequence[Absence]:
        """Return approved leave, without trips, of at most 100 people between two times at most 180
        days apart.

        People with long user ids take several calls: a body has at most 4,096 characters (41101).
        """
        span = {"start_time": to_ms(first), "end_time": to_ms(last), "size": LEAVES_A_PAGE}
        absences: list[Absence] = []
        fitting = MOST_ID_CHARACTERS // (max(map(len, user_ids), default=0) + 1)
        for start in range(0, len(user_ids), fitting):
            some = ",".join(user_ids[start : start + fitting])
            for number in range(MOST_PAGES):
                asked = {"userid_list": some, "offset": number * LEAVES_A_PAGE, **span}
                page = (await self._read("leave", asked, Result[LeavePage])).result
                absences += [row.absence(self.zone) for row in page.leave_status]
                if not page.has_more:
                    break
                if not page.leave_status or number == MOST_PAGES - 1:
                    raise OutcomeUnknown("leave", "the pages do not end")
        return absences

    async def approvals(
        self, user_id: str, day: date, *, is_expected: bool = False
    ) -> Sequence[Absence]:
        """Return one person's approved leave, trips and outings of one work date.

        `is_expected`: the plan names an approval. An answer without one then contradicts the plan,
        and raises OutcomeUnknown. An approval without readable times covers the work date and the
        night after it.
        """
        body = {"userid": user_id, "work_date": f"{day.isoformat()} 00:00:00"}
        rows = (await self._read("day_data", body, Result[_DayData])).result.approve_list
        if is_expected and not rows:
            raise OutcomeUnknown("day_data", "answered without the approval that the plan names")
        return [row.absence(user_id, day, self.zone) for row in rows if row.biz_type in _AWAY]

    async def end_of_day(self, user_id: str, day: date) -> datetime | None:
        """Return when a work date ends for a person by the flexible rule, None without a clock-out."""
        at_ms = to_ms(datetime.combine(day, time(), self.zone))
        body = {"op_user_id": self._require_operator(), "user_id": user_id, "date_time": at_ms}
        rows = (await self._read("day_plan", body, Result[Listed[_DayPlan]])).result
        ends = [
            row.real_plan_time
            for row in rows
            if row.check_type is CheckType.OFF_DUTY and row.real_plan_time
        ]
        return max((in_utc(moment, self.zone) for moment in ends), default=None)

    def forget_shifts(self) -> None:
        """Read every shift anew when a plan names it."""
        self._shifts.clear()

    async def _shifts_of(self, keys: Iterable[ShiftKey]) -> dict[ShiftKey, SectionShifts]:
        """Return these shifts. A stored shift is read again after three days."""
        shifts: dict[ShiftKey, SectionShifts] = {}
        async with self._shift_turn:
            for key in keys:
                shifts[key], until = self._shifts.get(key, ((), 0.0))
                if self.clock.monotonic() < until:
                    continue
                shifts[key], keep_s = await self._read_shift(key)
                self._shifts[key] = shifts[key], self.clock.monotonic() + keep_s
        return shifts

    async def _read_shift(self, key: ShiftKey) -> tuple[SectionShifts, float]:
        """Read a shift.

        Return it with the seconds to keep it; empty when DingTalk refuses its details.
        """
        shift_id = int(key[0]) if key[0].isdecimal() else key[0]
        body = {"op_user_id": self._require_operator(), "shift_id": shift_id}
        try:
            return (
                await self._read("shift", body, Result[ShiftDetails])
            ).result.shifts(), KEEP_SHIFT_S
        except (Rejected, ServiceStopped) as error:
            log.warning(
                "grace and breaks of a shift cannot be read; lateness and worked time stay unknown: %s",
                error,
            )
            return (), KEEP_REFUSAL_S

    async def _read(self, api: str, body: Mapping[str, object], model: type[_M]) -> _M:
        return await self.openapi.read(api, body, model, priority=self.priority)

    def _require_operator(self) -> str:
        if not self.operator_user_id:
            remedy = (
                "Set dingtalk.operator_user_id to the user id of a person who manages attendance."
            )
            raise ServiceStopped(
                "schedule",
                "DingTalk shows plans only to an operator, and none is set",
                remedy,
            )
        return self.operator_user_id
