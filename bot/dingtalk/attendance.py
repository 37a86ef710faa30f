"""DingTalk's attendance reads: records, plans, absences."""

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from datetime import date, datetime, time, timedelta
from typing import Self, TypeVar
from zoneinfo import ZoneInfo

from pydantic import Field

from bot.clock import Clock, to_ms
from bot.dingtalk.apis import DAY_DATA, LEAVE, LIST_RECORD, SCHEDULE, SHIFT, Api
from bot.dingtalk.limits import Priority
from bot.dingtalk.openapi import Listed, MaybeTime, OpenApi, Result, Row, in_utc
from bot.dingtalk.schedules import Checked, Planned, PlannedCheck, SectionShifts, ShiftDetails, ShiftKey, day_plan
from bot.domain.absences import Absence, AbsenceSource
from bot.domain.day_punches import AttendanceRecord
from bot.domain.shifts import DayPlan
from bot.domain.sites import LocationResult
from bot.errors import OutcomeUnknown, Rejected, ServiceStopped

log = logging.getLogger(__name__)

PEOPLE_A_CALL = 50  # in one call for records or plans
LEAVES_A_PAGE = 20
MOST_PAGES = 1000  # an answer with more pages never ends
KEEP_SHIFT_S = 24 * 3600.0
KEEP_REFUSAL_S = 3600.0
_DAY = timedelta(days=1)
_AWAY = (2, 3)  # biz_type: a trip or an outing, leave; 1 is overtime
_LOCATIONS = {result.value: result for result in (LocationResult.NORMAL, LocationResult.OUTSIDE)}


class _Record(Row):
    """A row of `listRecord`.

    Only invalid rows carry a reason; they do not name a check. `isLegal` is not read: N says no more than late,
    early or outside (D0196), and such a punch counts.
    """

    user_id: str = Field(alias="userId")
    checked_at: datetime = Field(alias="userCheckTime")
    invalid_message: str = Field("", alias="invalidRecordMsg")
    invalid_type: str = Field("", alias="invalidRecordType")
    source: str = Field("", alias="sourceType")
    check_type: Checked = Field(None, alias="checkType")
    planned_at: datetime | None = Field(None, alias="planCheckTime")
    location: str = Field("", alias="locationResult")

    def record(self, zone: ZoneInfo) -> AttendanceRecord:
        return AttendanceRecord(
            self.user_id,
            in_utc(self.checked_at, zone),
            self.invalid_message or self.invalid_type or None,
            source=self.source,
            check_type=self.check_type,
            planned_at=self.planned_at and in_utc(self.planned_at, zone),
            location=_LOCATIONS.get(self.location, LocationResult.UNKNOWN),
        )


class _Records(Row):
    # "listRecord returns nothing if nobody punched" may mean that the list is missing, too (D0196).
    rows: Listed[_Record] = Field([], alias="recordresult")


class _Leave(Row):
    user_id: str = Field(alias="userid")
    starts_at: datetime = Field(alias="start_time")
    ends_at: datetime = Field(alias="end_time")
    leave_code: str = ""


class _LeavePage(Row):
    has_more: bool = False
    rows: Listed[_Leave] = Field(alias="leave_status")


class _Approval(Row):
    biz_type: int
    starts_at: MaybeTime = Field(None, alias="begin_time")
    ends_at: MaybeTime = Field(None, alias="end_time")
    process_id: str = Field("", alias="procInst_id")


class _DayData(Row):
    approvals: Listed[_Approval] = Field([], alias="approve_list")


_M = TypeVar("_M", bound=Row)


class Attendance:
    """Reads records, plans and absences. Text times are in the organisation's `zone`.

    Plans are read in the name of `operator_user_id`, who manages attendance. Calls have the priority of punches,
    which wait for them; `at` gives the same reads with another one. Reads raise UpstreamError, ServiceStopped;
    an answer that cannot be read in full is OutcomeUnknown, so that it does not pass for "nobody".
    """

    def __init__(self, openapi: OpenApi, *, operator_user_id: str | None, zone: ZoneInfo, clock: Clock) -> None:
        self._openapi = openapi
        self._operator = operator_user_id
        self._zone = zone
        self._clock = clock
        self._shifts: dict[ShiftKey, tuple[SectionShifts, float]] = {}  # until when, on the monotonic clock
        self._priority = Priority.PUNCH

    def at(self, priority: Priority) -> Self:
        """Return the same reads at another priority; they share what is known of shifts."""
        other = copy(self)
        other._priority = priority
        return other

    async def records(
        self, user_ids: Sequence[str], first: datetime, last: datetime
    ) -> Sequence[AttendanceRecord]:
        """Return what DingTalk shows of at most 50 people between two moments, at most 7 days apart."""
        from_text, to_text = (
            moment.astimezone(self._zone).strftime("%Y-%m-%d %H:%M:%S")
            for moment in (first, last + timedelta(seconds=1))
        )
        body = {"userIds": list(user_ids), "checkDateFrom": from_text, "checkDateTo": to_text, "isI18n": False}
        return [row.record(self._zone) for row in (await self._read(LIST_RECORD, body, _Records)).rows]

    async def plans(self, user_ids: Sequence[str], first: date, last: date) -> Mapping[str, Sequence[DayPlan]]:
        """Return a plan for each person and each work date (at most 50 people, 7 days).

        Where the details of a shift are refused, its times hold with an unknown grace.
        """
        body = {
            "op_user_id": self._known_operator(),
            "userids": ",".join(user_ids),
            "from_date_time": to_ms(datetime.combine(first, time(), self._zone)),
            "to_date_time": to_ms(datetime.combine(last, time(23, 59, 59), self._zone)),
        }
        found: defaultdict[tuple[str, date], list[PlannedCheck]] = defaultdict(list)
        for check in (await self._read(SCHEDULE, body, Result[Planned])).result:
            found[check.user_id, check.work_date(self._zone)].append(check)
        shifts = await self._shifts_of({row.shift for rows in found.values() for row in rows})
        dates = [first + _DAY * offset for offset in range((last - first).days + 1)]
        return {
            user_id: [day_plan(day, found.get((user_id, day), []), shifts, self._zone) for day in dates]
            for user_id in user_ids
        }

    async def leaves(self, user_ids: Sequence[str], first: datetime, last: datetime) -> Sequence[Absence]:
        """Return the approved leave of at most 100 people that touches `first` to `last`, at most 180 days apart.

        Trips and outings are not among them.
        """
        body = {"userid_list": ",".join(user_ids), "start_time": to_ms(first), "end_time": to_ms(last)}
        found: list[Absence] = []
        for number in range(MOST_PAGES):
            asked = {**body, "offset": number * LEAVES_A_PAGE, "size": LEAVES_A_PAGE}
            page = (await self._read(LEAVE, asked, Result[_LeavePage])).result
            for row in page.rows:
                starts_at, ends_at = in_utc(row.starts_at, self._zone), in_utc(row.ends_at, self._zone)
                name = f"leave:{row.leave_code}:{to_ms(starts_at)}:{to_ms(ends_at)}"
                found.append(Absence(row.user_id, starts_at, ends_at, name))
            if not page.has_more:
                return found
            if not page.rows:
                break
        raise OutcomeUnknown(LEAVE.name, "the pages do not come to an end")

    async def approvals(self, user_id: str, day: date, *, noted: bool = False) -> Sequence[Absence]:
        """Return one person's approved leave, trips and outings of one work date.

        If the plan has one `noted`, an answer without any is OutcomeUnknown. One without readable times covers the
        work date and the night after it, as pending.
        """
        body = {"userid": user_id, "work_date": f"{day.isoformat()} 00:00:00"}
        rows = (await self._read(DAY_DATA, body, Result[_DayData])).result.approvals
        if noted and not rows:
            raise OutcomeUnknown(DAY_DATA.name, "answered without the approval that the plan notes")
        midnight = datetime.combine(day, time(), self._zone)
        return [self._approved(user_id, row, midnight) for row in rows if row.biz_type in _AWAY]

    def _approved(self, user_id: str, row: _Approval, midnight: datetime) -> Absence:
        starts_at, ends_at = (one and in_utc(one, self._zone) for one in (row.starts_at, row.ends_at))
        pending = starts_at is None or ends_at is None or starts_at >= ends_at  # the form is not documented
        if pending or starts_at is None or ends_at is None:
            log.warning("an approval comes without readable times; its person is not reminded in these days")
            starts_at, ends_at = midnight, midnight + 2 * _DAY
        name = row.process_id or f"approval:{row.biz_type}:{to_ms(starts_at)}:{to_ms(ends_at)}"
        return Absence(user_id, starts_at, ends_at, name, pending, AbsenceSource.APPROVAL)

    async def _shifts_of(self, keys: Iterable[ShiftKey]) -> dict[ShiftKey, SectionShifts]:
        """Return shifts, read once a day; empty where DingTalk refuses the details."""
        found: dict[ShiftKey, SectionShifts] = {}
        for key in keys:
            found[key], until = self._shifts.get(key, ((), 0.0))
            if self._clock.monotonic() < until:
                continue
            try:
                shift_id = int(key[0]) if key[0].isdecimal() else key[0]
                body = {"op_user_id": self._known_operator(), "shift_id": shift_id}
                found[key] = (await self._read(SHIFT, body, Result[ShiftDetails])).result.shifts()
                keep_s = KEEP_SHIFT_S
            except (Rejected, ServiceStopped) as error:
                log.warning("a shift is read without its grace, late punches stay unknown: %s", error)
                found[key], keep_s = (), KEEP_REFUSAL_S
            self._shifts[key] = found[key], self._clock.monotonic() + keep_s
        return found

    async def _read(self, api: Api, body: Mapping[str, object], model: type[_M]) -> _M:
        return await self._openapi.read(api, body, model, priority=self._priority)

    def _known_operator(self) -> str:
        if not self._operator:
            remedy = "Set dingtalk.operator_user_id to somebody who manages attendance."
            raise ServiceStopped(SCHEDULE.name, "plans are read in an operator's name, and there is none", remedy)
        return self._operator
