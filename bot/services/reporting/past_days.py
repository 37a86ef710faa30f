"""What is needed of past days and not here yet: read from DingTalk once, many people a call, and kept."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from bot.clock import Clock, local_date
from bot.dingtalk.attendance import PEOPLE_A_CALL, Attendance
from bot.domain.day import MISSED_AFTER
from bot.domain.reconciling import SHOWN_DAYS, AttendanceRecord
from bot.domain.reconciling import Days as Dates
from bot.domain.shifts import DayPlan
from bot.services.organisation.absences import AbsenceReader, told
from bot.services.organisation.directory import Directory
from bot.services.organisation.schedule import Schedule
from bot.services.reporting.known_facts import KnownFacts, Plans, dates_of
from bot.storage.summaries import Days

log = logging.getLogger(__name__)

CALLS_AT_ONCE = 8
DAYS_A_CALL = 5  # with a day around that is a call
PATIENCE_S = 60.0  # then what is still unread stays unknown in this answer
FRESH = timedelta(minutes=10)  # a day whose checks can still change counts as read for so long
_DAY = timedelta(days=1)
_T = TypeVar("_T")


class PastDays:
    """Plans, native punches and leave of days that are over.

    A day's plan is read once: what is stored is not replaced by what DingTalk says of that day later. With
    configured shifts plans are reckoned from the configuration as it is. A day's punches and leave are read again
    until its last check can no longer be made; the nightly comparison hands over those of the last seven days.
    """

    def __init__(
        self,
        *,
        days: Days,
        attendance: Attendance,
        known: KnownFacts,
        absences: AbsenceReader,
        directory: Directory,
        configured: Schedule | None,
        clock: Clock,
        zone: ZoneInfo,
    ) -> None:
        """Take the `configured` rosters where the configuration decides who works when."""
        self._days = days
        self._attendance = attendance
        self._known_facts = known
        self._absences = absences
        self._directory = directory
        self._configured = configured
        self._clock = clock
        self._zone = zone

    async def plans(self, user_ids: Sequence[str], first: date, last: date) -> Plans:
        """Return the plans of the work dates `first` to `last`, those read now included. Raises StoreRefused."""
        plans = await self.known_plans(user_ids, first, last)
        has_plan = lambda user_id, day: day in plans.get(user_id, ())  # noqa: E731
        if self._configured is None and await self._read(user_ids, first, last, has_plan, self._read_plans):
            return await self._days.plans(user_ids, first, last)
        return plans

    async def known_plans(self, user_ids: Sequence[str], first: date, last: date) -> Plans:
        """Return those plans that are here, asking nobody. Raises StoreRefused."""
        rosters, dates = self._configured, dates_of(first, last)
        if rosters is None:
            return await self._days.plans(user_ids, first, last)
        people = (self._directory.employee(user_id) for user_id in user_ids)
        return {
            one.user_id: {day: plan for day in dates if (plan := rosters.plan_on(one, day)) is not None}
            for one in people
            if one is not None and one.known
        }

    async def read_until(
        self, user_ids: Sequence[str], first: date, last: date, plans: Plans
    ) -> Mapping[str, Mapping[date, datetime]]:
        """Return up to when DingTalk's punches and leave of those dates are read, reading what is not settled.

        Raises StoreRefused.
        """
        read = await self._days.read_until(user_ids, first, last)

        def is_settled(user_id: str, day: date) -> bool:
            until = read.get(user_id, {}).get(day)
            return until is not None and until >= self.over_at(day, plans.get(user_id, {}).get(day))

        if not await self._read(user_ids, first, last, is_settled, self._read_facts):
            return read
        return await self._days.read_until(user_ids, first, last)

    async def is_read(self, user_id: str, day: date, *, within: timedelta = FRESH) -> bool:
        """Tell whether a person's day is read to its end, or lately, reading it if not. Raises StoreRefused."""
        plans = await self.plans([user_id], day, day)
        needed = min(self.over_at(day, plans.get(user_id, {}).get(day)), self._clock.now() - within)
        read = await self._days.read_until([user_id], day, day)
        if (until := read.get(user_id, {}).get(day)) is None or until < needed:
            read = await self.read_until([user_id], day, day, plans)
            until = read.get(user_id, {}).get(day)
        return until is not None and until >= needed

    def over_at(self, day: date, plan: DayPlan | None) -> datetime:
        """Return from when on a work date's checks can no longer change: half an hour after its last window."""
        if plan is None or plan.closes_at is None:
            return datetime.combine(day + _DAY, time(), self._zone).astimezone(UTC) - timedelta(seconds=2)
        return plan.closes_at + MISSED_AFTER

    async def take(self, user_ids: Sequence[str], dates: Dates, records: Sequence[AttendanceRecord]) -> None:
        """Keep what a reading of whole local dates told. Raises StoreRefused."""
        await self._take(user_ids, dates, records, dates.first + _DAY, dates.last)

    async def _take(
        self, user_ids: Sequence[str], dates: Dates, records: Sequence[AttendanceRecord], first: date, last: date
    ) -> None:
        """Keep the records of `dates`, read the leave, and note that the work dates `first` to `last` are read."""
        await self._known_facts.keep(user_ids, records, dates.first - _DAY, dates.last + _DAY)
        begins, until = dates.moments(self._zone)
        troubles: dict[str, str] = {}
        if await self._absences.leaves(user_ids, begins, until, troubles) is not None:
            await self._days.note_read(user_ids, first, last, min(until, self._clock.now()))
        _complain(troubles)

    async def _read(
        self,
        user_ids: Sequence[str],
        first: date,
        last: date,
        is_there: Callable[[str, date], bool],
        read: Callable[[Sequence[str], date, date], Awaitable[None]],
    ) -> bool:
        """Read what is not there, some days and fifty people a call; tell whether anything was asked at all."""
        oldest = local_date(self._clock, self._zone) - timedelta(days=SHOWN_DAYS - 1)
        turn, dates = asyncio.Semaphore(CALLS_AT_ONCE), dates_of(first, last)

        async def in_turn(some: Sequence[str], span: Sequence[date]) -> None:
            async with turn:
                await read(some, span[0], span[-1])

        calls = []
        for span in (dates[begin : begin + DAYS_A_CALL] for begin in range(0, len(dates), DAYS_A_CALL)):
            people = [one for one in user_ids if not all(is_there(one, day) for day in span)]
            if span[0] >= oldest:
                for begin in range(0, len(people), PEOPLE_A_CALL):
                    calls.append(in_turn(people[begin : begin + PEOPLE_A_CALL], span))
        try:
            async with asyncio.timeout(PATIENCE_S):
                await asyncio.gather(*calls)
        except TimeoutError:
            log.warning("past days could not be read within %d s; what is left counts as unknown", PATIENCE_S)
        return bool(calls)

    async def _read_plans(self, user_ids: Sequence[str], first: date, last: date) -> None:
        found = await _or_none(self._attendance.plans(user_ids, first, last))
        if found is not None:
            await self._days.add_plans(found, self._clock.now())

    async def _read_facts(self, user_ids: Sequence[str], first: date, last: date) -> None:
        """Read punches of the dates and of the day around each end, since a shift may begin or end there."""
        around = Dates(first - _DAY, last + _DAY)
        records: list[AttendanceRecord] = []
        for begins, ends in (span.moments(self._zone) for span in around.spans()):
            if begins <= self._clock.now():
                found = await _or_none(self._attendance.records(user_ids, begins, ends))
                if found is None:
                    return
                records += found
        await self._take(user_ids, around, records, first, last)


async def _or_none(call: Awaitable[_T]) -> _T | None:
    troubles: dict[str, str] = {}
    found = await told(call, troubles)
    _complain(troubles)
    return found


def _complain(troubles: Mapping[str, str]) -> None:
    for service, reason in troubles.items():
        log.warning("past days could not be read: %s: %s", service, reason)
