"""What is needed of past days and not here yet: read from DingTalk once, many people a call, and kept."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import TypeVar
from zoneinfo import ZoneInfo

from bot.clock import Clock, local_date
from bot.dingtalk.attendance import PEOPLE_A_CALL, Attendance
from bot.domain.day import MISSED_AFTER
from bot.domain.people import Employee
from bot.domain.reconciling import SHOWN_DAYS, AttendanceRecord
from bot.domain.reconciling import Days as Dates
from bot.domain.shifts import DayPlan
from bot.services.organisation.absence_reading import AbsenceReader, told
from bot.services.organisation.directory import Directory
from bot.services.organisation.rosters import ConfiguredRosters
from bot.services.reporting.known_facts import KnownFacts, Plans
from bot.storage.summaries import Days

log = logging.getLogger(__name__)

CALLS_AT_ONCE = 8
PATIENCE_S = 60.0  # then what is still unread stays unknown in this answer
FRESH = timedelta(minutes=10)  # a day whose checks can still change counts as read for so long
_DAY = timedelta(days=1)
_T = TypeVar("_T")


class PastDays:
    """Plans, punches past the bot and leave of days that are over.

    A day's plan is read once: what is stored, by the reading of today's plans above all, is not replaced by what
    DingTalk says of that day later. With configured shifts plans are reckoned from the configuration as it is.
    A day's punches and leave are read again until its last check can no longer be made; the nightly comparison
    reads those of the last seven days anyway, and hands them over.
    """

    def __init__(
        self,
        *,
        days: Days,
        attendance: Attendance,
        known: KnownFacts,
        absences: AbsenceReader,
        directory: Directory,
        configured: ConfiguredRosters | None,
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
        if self._configured is not None:
            return self._reckoned(self._configured, user_ids, first, last)
        stored = await self._days.plans(user_ids, first, last)
        wanted = _wanted(user_ids, _dates(first, last), lambda user_id, day: day in stored.get(user_id, ()))
        if not wanted or not await self._read_each(wanted, self._read_plans):
            return stored
        return await self._days.plans(user_ids, first, last)

    async def known_plans(self, user_ids: Sequence[str], first: date, last: date) -> Plans:
        """Return those plans that are here, of a few people, asking nobody. Raises StoreRefused."""
        if self._configured is not None:
            return self._of_each(self._configured, user_ids, first, last)
        return await self._days.plans(user_ids, first, last)

    async def read_until(
        self, user_ids: Sequence[str], first: date, last: date, plans: Plans
    ) -> Mapping[str, Mapping[date, datetime]]:
        """Return up to when DingTalk's punches and leave of those dates are read, reading what is not settled.

        Raises StoreRefused.
        """
        read = await self._days.read_until(user_ids, first, last)

        def settled(user_id: str, day: date) -> bool:
            until = read.get(user_id, {}).get(day)
            return until is not None and until >= self.over_at(day, plans.get(user_id, {}).get(day))

        wanted = _wanted(user_ids, _dates(first, last), settled)
        if not wanted or not await self._read_each(wanted, self._read_facts):
            return read
        return await self._days.read_until(user_ids, first, last)

    async def is_read(self, user_id: str, day: date, *, within: timedelta = FRESH) -> bool:
        """Tell whether a person's day is read to its end, or lately, reading it if not. Raises StoreRefused."""
        plans = await self.plans([user_id], day, day)
        over_at = self.over_at(day, plans.get(user_id, {}).get(day))

        def is_in(read: Mapping[str, Mapping[date, datetime]]) -> bool:
            until = read.get(user_id, {}).get(day)
            return until is not None and until >= min(over_at, self._clock.now() - within)

        if is_in(await self._days.read_until([user_id], day, day)):
            return True
        return is_in(await self.read_until([user_id], day, day, plans))

    def over_at(self, day: date, plan: DayPlan | None) -> datetime:
        """Return from when on a work date's checks can no longer change: half an hour after its last window."""
        if plan is None or plan.closes_at is None:
            return _end_of(day, self._zone)
        return plan.closes_at + MISSED_AFTER

    async def take(self, user_ids: Sequence[str], dates: Dates, records: Sequence[AttendanceRecord]) -> None:
        """Keep what a reading of whole local dates told. Raises StoreRefused."""
        first, until = dates.moments(self._zone)
        await self._known_facts.keep(user_ids, records, dates.first - _DAY, dates.last + _DAY)
        if await self._leaves(user_ids, first, until):
            until = min(until, self._clock.now())
            await self._days.note_read(user_ids, dates.first + _DAY, dates.last, until)

    def _of_each(
        self, rosters: ConfiguredRosters, user_ids: Sequence[str], first: date, last: date
    ) -> dict[str, dict[date, DayPlan]]:
        """Return what `_reckoned` does, person by person: for a receipt's one it is ten times as quick."""
        dates = _dates(first, last)
        return {
            one.user_id: {day: plan for day in dates if (plan := rosters.plan_on(one, day)) is not None}
            for one in self._known(user_ids)
        }

    def _reckoned(
        self, rosters: ConfiguredRosters, user_ids: Sequence[str], first: date, last: date
    ) -> dict[str, dict[date, DayPlan]]:
        people = self._known(user_ids)
        found: dict[str, dict[date, DayPlan]] = {one.user_id: {} for one in people}
        for day in _dates(first, last):
            rest = DayPlan(day)
            for plans in found.values():
                plans[day] = rest
            for plan, workers in rosters.day_plans(people, day).items():
                for user_id in workers:
                    if plan is None:
                        del found[user_id][day]
                    else:
                        found[user_id][day] = plan
        return found

    def _known(self, user_ids: Sequence[str]) -> list[Employee]:
        people = (self._directory.employee(user_id) for user_id in user_ids)
        return [one for one in people if one is not None and one.known]

    async def _read_each(
        self,
        wanted: Mapping[tuple[date, date], Sequence[str]],
        read: Callable[[Sequence[str], date, date], Awaitable[None]],
    ) -> bool:
        """Read spans of dates, fifty people a call; tell whether anything was asked at all."""
        oldest = local_date(self._clock, self._zone) - timedelta(days=SHOWN_DAYS - 1)
        turn = asyncio.Semaphore(CALLS_AT_ONCE)

        async def in_turn(some: Sequence[str], first: date, last: date) -> None:
            async with turn:
                await read(some, first, last)

        calls = [
            in_turn(people[begin : begin + PEOPLE_A_CALL], first, last)
            for (first, last), people in wanted.items()
            if first >= oldest
            for begin in range(0, len(people), PEOPLE_A_CALL)
        ]
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
        for span in around.spans():
            begins, ends = span.moments(self._zone)
            if begins > self._clock.now():
                continue
            found = await _or_none(self._attendance.records(user_ids, begins, ends))
            if found is None:
                return
            records += found
        begins, until = around.moments(self._zone)
        await self._known_facts.keep(user_ids, records, around.first, around.last)
        if await self._leaves(user_ids, begins, until):
            await self._days.note_read(user_ids, first, last, min(until, self._clock.now()))

    async def _leaves(self, user_ids: Sequence[str], first: datetime, last: datetime) -> bool:
        troubles: dict[str, str] = {}
        found = await self._absences.leaves(user_ids, first, last, troubles)
        for service, reason in troubles.items():
            log.warning("leave of past days could not be read: %s: %s", service, reason)
        return found is not None


@lru_cache(maxsize=4096)
def _end_of(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day + _DAY, time(), zone).astimezone(UTC) - timedelta(seconds=2)


async def _or_none(call: Awaitable[_T]) -> _T | None:
    troubles: dict[str, str] = {}
    found = await told(call, troubles)
    for service, reason in troubles.items():
        log.warning("past days could not be read: %s: %s", service, reason)
    return found


def _dates(first: date, last: date) -> list[date]:
    return [first + timedelta(days=offset) for offset in range((last - first).days + 1)]


def _wanted(
    user_ids: Iterable[str], dates: Sequence[date], is_there: Callable[[str, date], bool]
) -> dict[tuple[date, date], list[str]]:
    """Return, by spans of five days, of whom one of them is wanted; with a day around that is a call."""
    spans: dict[tuple[date, date], list[str]] = {}
    for begin in range(0, len(dates), 5):
        span = dates[begin : begin + 5]
        people = [user_id for user_id in user_ids if not all(is_there(user_id, day) for day in span)]
        if people:
            spans[span[0], span[-1]] = people
    return spans
