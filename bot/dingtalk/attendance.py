"""What DingTalk knows of attendance: punches it shows, and who works when."""

from collections.abc import AsyncIterator, Mapping, Sequence
from copy import copy
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Self, TypeVar
from zoneinfo import ZoneInfo

from bot.clock import Clock, to_ms
from bot.dingtalk.apis import DAY_DATA, DAY_SCHEDULE, LEAVE, LIST_RECORD, SCHEDULE, Api
from bot.dingtalk.fields import as_bool, as_int, as_object, as_objects, as_text
from bot.dingtalk.leave import read_approval, read_leave
from bot.dingtalk.limits import Priority
from bot.dingtalk.openapi import OpenApi
from bot.dingtalk.schedules import (
    PlanRow,
    day_plans,
    is_rest,
    read_check_type,
    read_day_row,
    read_location,
    read_moment,
    read_row,
    working_plans,
    write_moment,
)
from bot.dingtalk.shift_book import ShiftBook
from bot.domain.absences import Absence
from bot.domain.reconciling import AttendanceRecord
from bot.domain.shifts import DayPlan
from bot.errors import OutcomeUnknown, ServiceStopped

PEOPLE_A_CALL = 50  # of whom DingTalk tells records or plans at once

_T = TypeVar("_T")
PLANS_A_PAGE = 200
LEAVES_A_PAGE = 20
MOST_PAGES = 1000  # whoever tells of more does not come to an end
_SECOND = timedelta(seconds=1)


class Attendance:
    """Reads records and plans. Text times are in the organisation's `zone`.

    `operator_user_id` is in whose name plans are read, a person who manages attendance. Calls have the priority
    of punches, which wait for them; `at` gives the same reads with another one.
    """

    def __init__(self, openapi: OpenApi, *, operator_user_id: str | None, zone: ZoneInfo, clock: Clock) -> None:
        self._openapi = openapi
        self._operator = operator_user_id
        self._zone = zone
        self._shifts = ShiftBook(openapi, clock)
        self._priority = Priority.PUNCH

    def at(self, priority: Priority) -> Self:
        """Return the same reads at another priority; they share what is known of shifts."""
        other = copy(self)
        other._priority = priority
        return other

    async def records(
        self, user_ids: Sequence[str], first: datetime, last: datetime
    ) -> Sequence[AttendanceRecord]:
        """Return what DingTalk shows of at most 50 people between two moments, at most 7 days apart.

        Raises UpstreamError, ServiceStopped.
        """
        body = {
            "userIds": list(user_ids),
            "checkDateFrom": write_moment(first, self._zone),
            "checkDateTo": write_moment(last + _SECOND, self._zone),
            "isI18n": False,
        }
        answer = await self._openapi.call(LIST_RECORD, body, priority=self._priority)
        # "listRecord returns nothing if nobody punched" may mean that the list is missing, too (D0196).
        rows = _listed(LIST_RECORD, answer.get("recordresult") or [])
        return [_readable(LIST_RECORD, read_record(row, self._zone)) for row in rows]

    async def plans(self, user_ids: Sequence[str], first: date, last: date) -> Mapping[str, Sequence[DayPlan]]:
        """Return a plan for each person and each work date (at most 50 people, 7 days).

        Where the details of a shift are refused, its times hold with an unknown grace.
        Raises UpstreamError, ServiceStopped.
        """
        rows = await self._planned(user_ids, first, last)
        dates = [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
        shifts = await self._shifts.of(rows, self._known_operator(), self._priority)
        return day_plans(rows, user_ids, dates, shifts, self._zone)

    async def planned_checks(self, user_id: str, day: date) -> list[PlanRow]:
        """Return the planned checks of one person's work date, with DingTalk's ids for them.

        Raises UpstreamError, ServiceStopped.
        """
        return [row for row in await self._planned([user_id], day, day) if row.work_date == day]

    async def day_plans(self, day: date) -> Mapping[str, DayPlan]:
        """Return the plan of everybody who works on `day`, in one walk of 200 checks a call.

        For organisations below 10,000 people; fixed shifts are planned 15 days ahead. Whoever is not in it rests
        or has flexible hours. Raises UpstreamError, ServiceStopped.
        """
        operator = self._known_operator()
        pages = self._pages(DAY_SCHEDULE, {"workDate": day.isoformat()}, PLANS_A_PAGE, "schedules")
        rows = [
            _readable(DAY_SCHEDULE, read_day_row(row, day, self._zone))
            async for page in pages
            for row in page
            if not is_rest(row)
        ]
        return working_plans(rows, day, await self._shifts.of(rows, operator, self._priority), self._zone)

    async def leaves(self, user_ids: Sequence[str], first: datetime, last: datetime) -> Sequence[Absence]:
        """Return the approved leave of at most 100 people that touches `first` to `last`, at most 180 days apart.

        Trips and outings are not among them. Raises UpstreamError, ServiceStopped.
        """
        body = {"userid_list": ",".join(user_ids), "start_time": to_ms(first), "end_time": to_ms(last)}
        pages = self._pages(LEAVE, body, LEAVES_A_PAGE, "leave_status")
        read = [read_leave(row, first, last, self._zone) async for page in pages for row in page]
        return [absence for absence in read if absence is not None]

    async def approvals(self, user_id: str, day: date, *, noted: bool = False) -> Sequence[Absence]:
        """Return one person's approved leave, trips and outings of one work date.

        Where their plan has one `noted`, an answer without any tells nothing.
        Raises UpstreamError, ServiceStopped.
        """
        body = {"userid": user_id, "work_date": f"{day.isoformat()} 00:00:00"}
        result = as_object((await self._openapi.call(DAY_DATA, body, priority=self._priority)).get("result"))
        if not result:
            raise OutcomeUnknown(DAY_DATA.name, "answered without a result")
        rows = _listed(DAY_DATA, result.get("approve_list") or [])
        if noted and not rows:
            raise OutcomeUnknown(DAY_DATA.name, "answered without the approval that the plan notes")
        for row in rows:
            _readable(DAY_DATA, as_int(row.get("biz_type")))
        read = (read_approval(row, user_id, day, self._zone) for row in rows)
        return [absence for absence in read if absence is not None]

    async def _planned(self, user_ids: Sequence[str], first: date, last: date) -> list[PlanRow]:
        body = {
            "op_user_id": self._known_operator(),
            "userids": ",".join(user_ids),
            "from_date_time": self._day_ms(first, time()),
            "to_date_time": self._day_ms(last, time(23, 59, 59)),
        }
        answer = await self._openapi.call(SCHEDULE, body, priority=self._priority)
        working = (row for row in _listed(SCHEDULE, answer.get("result")) if not is_rest(row))
        return [_readable(SCHEDULE, read_row(row, self._zone)) for row in working]

    async def _pages(
        self, api: Api, body: Mapping[str, object], size: int, rows: str
    ) -> AsyncIterator[Sequence[Mapping[str, Any]]]:
        """Yield the rows of each page; half an answer raises OutcomeUnknown."""
        for page in range(MOST_PAGES):
            asked = {**body, "offset": page * size, "size": size}
            result = (await self._openapi.call(api, asked, priority=self._priority)).get("result")
            if not isinstance(result, dict):
                raise OutcomeUnknown(api.name, "answered without a result")
            yield _listed(api, result.get(rows))
            if not as_bool(result.get("has_more")):
                return
            if not result.get(rows):
                break
        raise OutcomeUnknown(api.name, "the pages do not come to an end")

    def _known_operator(self) -> str:
        if not self._operator:
            remedy = "Set dingtalk.operator_user_id to somebody who manages attendance."
            raise ServiceStopped(SCHEDULE.name, "nobody is named in whose name plans are read", remedy)
        return self._operator

    def _day_ms(self, day: date, at: time) -> int:
        return to_ms(datetime.combine(day, at, self._zone).astimezone(UTC))


def _listed(api: Api, value: object) -> Sequence[Mapping[str, Any]]:
    """Return the rows of an answer; one without them tells nothing, and must not count as nobody."""
    if not isinstance(value, list | dict) or (isinstance(value, list) and len(as_objects(value)) < len(value)):
        raise OutcomeUnknown(api.name, "answered without the list that is due")
    return as_objects(value)


def _readable(api: Api, row: _T | None) -> _T:
    if row is None:
        raise OutcomeUnknown(api.name, "answered with a row that cannot be read")
    return row


def read_record(row: Mapping[str, object], zone: ZoneInfo) -> AttendanceRecord | None:
    """Return a row of `listRecord`, None for one without person or time.

    Only invalid rows carry a reason; they do not name a check. `isLegal` is not read: N says no more than late,
    early or outside (D0196), and such a punch counts.
    """
    user_id = as_text(row.get("userId"))
    checked_at = read_moment(row.get("userCheckTime"), zone)
    if not user_id or checked_at is None:
        return None
    reason = as_text(row.get("invalidRecordMsg")) or as_text(row.get("invalidRecordType"))
    return AttendanceRecord(
        user_id,
        checked_at,
        reason or None,
        source=as_text(row.get("sourceType")),
        check_type=read_check_type(row.get("checkType")),
        planned_at=read_moment(row.get("planCheckTime"), zone),
        location=read_location(row.get("locationResult")),
    )
