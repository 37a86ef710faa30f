"""DingTalk's attendance reads: records, plans, absences."""

import logging
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from copy import copy
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Self, TypeVar
from zoneinfo import ZoneInfo

from bot.clock import Clock, to_ms
from bot.dingtalk.apis import DAY_DATA, DAY_SCHEDULE, LEAVE, LIST_RECORD, SCHEDULE, SHIFT, Api
from bot.dingtalk.fields import as_bool, as_int, as_local_moment, as_object, as_objects, as_text
from bot.dingtalk.limits import Priority
from bot.dingtalk.openapi import OpenApi
from bot.dingtalk.schedules import (
    PlanRow,
    SectionShifts,
    ShiftKey,
    by_day,
    day_plan,
    is_rest,
    read_check_type,
    read_row,
    read_shift,
)
from bot.domain.absences import Absence, AbsenceSource
from bot.domain.reconciling import AttendanceRecord
from bot.domain.shifts import DayPlan
from bot.domain.sites import LocationResult
from bot.errors import OutcomeUnknown, Rejected, ServiceStopped

log = logging.getLogger(__name__)

PEOPLE_A_CALL = 50  # in one call for records or plans

_T = TypeVar("_T")
PLANS_A_PAGE = 200
LEAVES_A_PAGE = 20
MOST_PAGES = 1000  # an answer with more pages never ends
KEEP_SHIFT_S = 24 * 3600.0
KEEP_REFUSAL_S = 3600.0
_DAY = timedelta(days=1)
_AWAY = (2, 3)  # biz_type: a trip or an outing, leave; 1 is overtime
_DATE_ONLY = len("2026-11-24")
_FIRST_YEAR = 2000  # an earlier one is a number that is no time
_LOCATIONS = {result.value.casefold(): result for result in (LocationResult.NORMAL, LocationResult.OUTSIDE)}


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
        answer = await self._call(LIST_RECORD, body)
        # "listRecord returns nothing if nobody punched" may mean that the list is missing, too (D0196).
        rows = _listed(LIST_RECORD, answer.get("recordresult") or [])
        return [_readable(LIST_RECORD, _read_record(row, self._zone)) for row in rows]

    async def plans(self, user_ids: Sequence[str], first: date, last: date) -> Mapping[str, Sequence[DayPlan]]:
        """Return a plan for each person and each work date (at most 50 people, 7 days).

        Where the details of a shift are refused, its times hold with an unknown grace.
        """
        rows = await self._planned(user_ids, first, last)
        shifts, found = await self._shifts_of(rows), by_day(rows)
        dates = [first + _DAY * offset for offset in range((last - first).days + 1)]
        return {
            user_id: [day_plan(day, found.get((user_id, day), []), shifts, self._zone) for day in dates]
            for user_id in user_ids
        }

    async def planned_checks(self, user_id: str, day: date) -> list[PlanRow]:
        """Return the planned checks of one person's work date, with DingTalk's ids for them."""
        return [row for row in await self._planned([user_id], day, day) if row.work_date == day]

    async def day_plans(self, day: date) -> Mapping[str, DayPlan]:
        """Return the plan of everybody who works on `day`, in one walk of 200 checks a call.

        For organisations below 10,000 people; fixed shifts are planned 15 days ahead. Whoever is not in it rests
        or has flexible hours. Equal plans are one object, so that many take no room.
        """
        self._known_operator()
        pages = self._pages(DAY_SCHEDULE, {"workDate": day.isoformat()}, PLANS_A_PAGE, "schedules")
        rows = [
            _readable(DAY_SCHEDULE, read_row(row, self._zone, day))
            async for page in pages
            for row in page
            if not is_rest(row)
        ]
        shifts = await self._shifts_of(rows)
        made: dict[tuple[object, ...], DayPlan] = {}
        plans: dict[str, DayPlan] = {}
        for (user_id, _), of_person in by_day(rows).items():
            pattern = tuple((row.check_type, row.due_at, row.shift, row.approved) for row in of_person)
            if pattern not in made:
                made[pattern] = day_plan(day, of_person, shifts, self._zone)
            plans[user_id] = made[pattern]
        return plans

    async def leaves(self, user_ids: Sequence[str], first: datetime, last: datetime) -> Sequence[Absence]:
        """Return the approved leave of at most 100 people that touches `first` to `last`, at most 180 days apart.

        Trips and outings are not among them. Leave without readable times covers all that was asked for, as
        pending: it is there, so nobody is nagged.
        """
        body = {"userid_list": ",".join(user_ids), "start_time": to_ms(first), "end_time": to_ms(last)}
        # With `percent_day` the official pages do not say whether the times of a day's leave carry its half. They
        # are taken as they stand: 00:00 to 23:59:59 is the whole day, 00:00 to 12:00 the morning.
        return [
            self._absence(
                user_id,
                (row.get("start_time"), row.get("end_time")),
                (first, last),
                f"leave:{as_text(row.get('leave_code'))}",
                AbsenceSource.LEAVE,
            )
            async for page in self._pages(LEAVE, body, LEAVES_A_PAGE, "leave_status")
            for row in page
            if (user_id := as_text(row.get("userid")))
        ]

    async def approvals(self, user_id: str, day: date, *, noted: bool = False) -> Sequence[Absence]:
        """Return one person's approved leave, trips and outings of one work date.

        Where their plan has one `noted`, an answer without any tells nothing. One without readable times covers
        the work date and the night after it, as pending.
        """
        body = {"userid": user_id, "work_date": f"{day.isoformat()} 00:00:00"}
        result = as_object((await self._call(DAY_DATA, body)).get("result"))
        rows = _listed(DAY_DATA, result.get("approve_list") or []) if result else []
        if not result or (noted and not rows):
            raise OutcomeUnknown(DAY_DATA.name, "answered without the approval that the plan notes")
        midnight = datetime.combine(day, time(), self._zone)
        return [
            self._absence(
                user_id,
                (row.get("begin_time"), row.get("end_time")),
                (midnight, midnight + 2 * _DAY),
                as_text(row.get("procInst_id")) or f"approval:{kind}",
                AbsenceSource.APPROVAL,
            )
            for row in rows
            if (kind := _readable(DAY_DATA, as_int(row.get("biz_type")))) in _AWAY
        ]

    def _absence(
        self,
        user_id: str,
        times: tuple[object, object],
        otherwise: tuple[datetime, datetime],
        absence_id: str,
        source: AbsenceSource,
    ) -> Absence:
        starts_at, ends_at = (as_local_moment(value, self._zone) for value in times)
        if ends_at is not None and len(as_text(times[1])) == _DATE_ONLY and as_int(times[1]) is None:
            ends_at += _DAY  # a date alone means that day's end
        told = starts_at is not None and ends_at is not None and starts_at < ends_at
        if not told or starts_at is None or ends_at is None or starts_at.year < _FIRST_YEAR:
            told = False
            log.warning("an approval comes without readable times; its person is not reminded in these days")
            starts_at, ends_at = otherwise
        if ":" in absence_id:
            absence_id = f"{absence_id}:{to_ms(starts_at)}:{to_ms(ends_at)}"
        return Absence(user_id, starts_at, ends_at, absence_id, not told, source)

    async def _planned(self, user_ids: Sequence[str], first: date, last: date) -> list[PlanRow]:
        body = {
            "op_user_id": self._known_operator(),
            "userids": ",".join(user_ids),
            "from_date_time": self._day_ms(first, time()),
            "to_date_time": self._day_ms(last, time(23, 59, 59)),
        }
        rows = _listed(SCHEDULE, (await self._call(SCHEDULE, body)).get("result"))
        return [_readable(SCHEDULE, read_row(row, self._zone)) for row in rows if not is_rest(row)]

    async def _shifts_of(self, rows: Iterable[PlanRow]) -> dict[ShiftKey, SectionShifts]:
        """Return the shifts that `rows` name, read once a day; empty where DingTalk refuses the details."""
        found: dict[ShiftKey, SectionShifts] = {}
        for key in dict.fromkeys(row.shift for row in rows):
            found[key], until = self._shifts.get(key, ((), 0.0))
            if self._clock.monotonic() < until:
                continue
            try:
                shift_id = int(key[0]) if key[0].isdecimal() else key[0]
                answer = await self._call(SHIFT, {"op_user_id": self._known_operator(), "shift_id": shift_id})
                found[key], keep_s = read_shift(as_object(answer.get("result"))), KEEP_SHIFT_S
            except (Rejected, ServiceStopped) as error:
                log.warning("a shift is read without its grace, late punches stay unknown: %s", error)
                found[key], keep_s = (), KEEP_REFUSAL_S
            self._shifts[key] = found[key], self._clock.monotonic() + keep_s
        return found

    async def _pages(
        self, api: Api, body: Mapping[str, object], size: int, rows: str
    ) -> AsyncIterator[Sequence[Mapping[str, Any]]]:
        """Yield the rows of each page; half an answer raises OutcomeUnknown."""
        for page in range(MOST_PAGES):
            result = as_object(
                (await self._call(api, {**body, "offset": page * size, "size": size})).get("result")
            )
            listed = _listed(api, result.get(rows))
            yield listed
            if not as_bool(result.get("has_more")):
                return
            if not listed:
                break
        raise OutcomeUnknown(api.name, "the pages do not come to an end")

    async def _call(self, api: Api, body: Mapping[str, object]) -> Mapping[str, Any]:
        return await self._openapi.call(api, body, priority=self._priority)

    def _known_operator(self) -> str:
        if not self._operator:
            remedy = "Set dingtalk.operator_user_id to somebody who manages attendance."
            raise ServiceStopped(SCHEDULE.name, "nobody is named in whose name plans are read", remedy)
        return self._operator

    def _day_ms(self, day: date, at: time) -> int:
        return to_ms(datetime.combine(day, at, self._zone).astimezone(UTC))


def _listed(api: Api, value: object) -> Sequence[Mapping[str, Any]]:
    """Return the rows of an answer; one without them tells nothing, and must not count as nobody."""
    rows = as_objects(value)
    if not isinstance(value, list | dict) or (isinstance(value, list) and len(rows) < len(value)):
        raise OutcomeUnknown(api.name, "answered without the list that is due")
    return rows


def _readable(api: Api, row: _T | None) -> _T:
    if row is None:
        raise OutcomeUnknown(api.name, "answered with a row that cannot be read")
    return row


def _read_record(row: Mapping[str, object], zone: ZoneInfo) -> AttendanceRecord | None:
    """Return a row of `listRecord`, None for one without person or time.

    Only invalid rows carry a reason; they do not name a check. `isLegal` is not read: N says no more than late,
    early or outside (D0196), and such a punch counts.
    """
    user_id = as_text(row.get("userId"))
    checked_at = as_local_moment(row.get("userCheckTime"), zone)
    if not user_id or checked_at is None:
        return None
    reason = as_text(row.get("invalidRecordMsg")) or as_text(row.get("invalidRecordType"))
    return AttendanceRecord(
        user_id,
        checked_at,
        reason or None,
        source=as_text(row.get("sourceType")),
        check_type=read_check_type(row.get("checkType")),
        planned_at=as_local_moment(row.get("planCheckTime"), zone),
        location=_LOCATIONS.get(as_text(row.get("locationResult")).casefold(), LocationResult.UNKNOWN),
    )
