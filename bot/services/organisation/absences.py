"""Reading absences: leave for many at once, trips and outings where the plan notes an approval."""

import asyncio
import logging
from collections.abc import Awaitable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import TypeVar
from zoneinfo import ZoneInfo

from bot.clock import Clock, local_date
from bot.dingtalk.attendance import Attendance
from bot.domain.absences import EVENT_HOLDS, Absence, AbsenceSource
from bot.errors import OperatorError, StoreRefused, UpstreamError
from bot.services.organisation.schedule import Book, around
from bot.storage.absences import Absences

log = logging.getLogger(__name__)

AT_ONCE = 100  # people a call of getleavestatus
TRIPS_AT_ONCE = 10  # people at once; each costs a call a day
_DAY = timedelta(days=1)
_T = TypeVar("_T")


class AbsenceReader:
    """Reads approved absences and stores them; what could not be read leaves the stored ones as they are.

    No event is believed: whom one names is read anew. However many events come, a minute costs one call for leave
    and twenty for trips and outings at most. Who waits is kept in memory alone: leave is read again before anybody
    is spoken to.
    """

    def __init__(self, attendance: Attendance, absences: Absences, clock: Clock, zone: ZoneInfo) -> None:
        self._attendance = attendance
        self._absences = absences
        self._clock = clock
        self._zone = zone
        self._noted: dict[str, None] = {}
        self._noted_trips: dict[str, None] = {}

    async def leaves(
        self, user_ids: Sequence[str], first: datetime, last: datetime, troubles: dict[str, str]
    ) -> Mapping[str, Sequence[Absence]] | None:
        """Return the leave of at most 100 people from `first` to `last`, by person; None when it cannot be read.

        It outweighs what events told of approved leave some time before it was asked for. Raises StoreRefused.
        """
        begun_at = self._clock.now()
        found = await told(self._attendance.leaves(user_ids, first, last), troubles)
        if found is None:
            return None
        source, outweighs = AbsenceSource.LEAVE, begun_at - EVENT_HOLDS
        later = await self._absences.put(
            user_ids, first, last, found, source=source, begun_at=begun_at, outweighs=outweighs
        )
        return by_person(found) if not later else by_person(found) | await self._kept(later, first, last, source)

    async def approvals(
        self,
        user_ids: Sequence[str],
        work_date: date,
        troubles: dict[str, str],
        *,
        noted: Collection[str] = (),
    ) -> Mapping[str, Sequence[Absence] | None]:
        """Return each person's approvals of a work date, one call a person; None where they cannot be read.

        `noted` are those whose plan says that there is one: of them an answer without any counts as unreadable.
        Raises StoreRefused.
        """
        begins, begun_at = self._begin(work_date), self._clock.now()
        calls = (
            told(self._attendance.approvals(user_id, work_date, noted=user_id in noted), troubles)
            for user_id in user_ids
        )
        found = dict(zip(user_ids, await asyncio.gather(*calls), strict=True))
        for user_id, approvals in found.items():
            if approvals is not None:
                source, ends = AbsenceSource.APPROVAL, begins + _DAY
                if later := await self._absences.put(
                    [user_id], begins, ends, approvals, source=source, begun_at=begun_at
                ):
                    found.update(await self._kept(later, begins, ends, source))
        return found

    def note(self, user_id: str, *, may_be_trip: bool) -> None:
        """Have somebody's leave read soon, `may_be_trip` also their trips and outings of today and tomorrow."""
        self._noted[user_id] = None
        if may_be_trip:
            self._noted_trips[user_id] = None

    async def read_noted(self) -> None:
        """Read some who were noted; to be called every minute. Who cannot be read waits for the next one."""
        troubles: dict[str, str] = {}
        some = _taken(self._noted, AT_ONCE)
        try:
            if some and await self.leaves(some, *self._span(), troubles) is None:
                self._noted.update(dict.fromkeys(some))
            trips = [] if troubles else _taken(self._noted_trips, TRIPS_AT_ONCE)
            today = local_date(self._clock, self._zone)
            for day in (today, today + _DAY):
                found = await self.approvals(trips, day, troubles)
                self._noted_trips.update(dict.fromkeys(one for one, read in found.items() if read is None))
        except StoreRefused as error:  # who was noted is forgotten: they are read again before a reminder
            log.warning("who is away by an approval could not be stored: %s", error)
        _log(troubles)

    async def read_all(self, plans: Book) -> None:
        """Read who of the people with a plan is away, so that half a day off moves a reminder in good time.

        What cannot be read is asked for again before each reminder; here it is only logged. Raises StoreRefused.
        """
        troubles: dict[str, str] = {}
        people = list(dict.fromkeys(user_id for user_ids in plans.values() for user_id in user_ids))
        for some in _batches(people, AT_ONCE):
            await self.leaves(some, *self._span(), troubles)
        for plan, user_ids in plans.items():
            for some in _batches(user_ids if plan.approved else (), TRIPS_AT_ONCE):
                await self.approvals(some, plan.work_date, troubles, noted=some)
        _log(troubles)

    def _span(self) -> tuple[datetime, datetime]:
        """Return the time of which leave matters now."""
        first, _, last = around(self._clock.now(), self._zone)
        return self._begin(first), self._begin(last) + 2 * _DAY

    def _begin(self, day: date) -> datetime:
        return datetime.combine(day, time(), self._zone)

    async def _kept(
        self, user_ids: Iterable[str], first: datetime, last: datetime, source: AbsenceSource
    ) -> dict[str, list[Absence]]:
        """Return the stored absences of people that a later reading has covered."""
        stored = by_person(one for one in await self._absences.touching(first, last) if one.source is source)
        return {user_id: stored.get(user_id, []) for user_id in user_ids}


async def told(call: Awaitable[_T], troubles: dict[str, str]) -> _T | None:
    """Return what a call of DingTalk answers; None when it does not, with the reason noted by its API."""
    try:
        return await call
    except UpstreamError as error:
        troubles[error.service] = error.reason
    except OperatorError as error:
        troubles[getattr(error, "service", "configuration")] = str(error)
    return None


def by_person(absences: Iterable[Absence]) -> dict[str, list[Absence]]:
    """Return absences by person."""
    found: dict[str, list[Absence]] = {}
    for absence in absences:
        found.setdefault(absence.user_id, []).append(absence)
    return found


def _log(troubles: Mapping[str, str]) -> None:
    for service, reason in troubles.items():
        log.warning("who is away could not be read of all: %s: %s", service, reason)


def _batches(user_ids: Sequence[str], size: int) -> Iterable[Sequence[str]]:
    return (user_ids[begin : begin + size] for begin in range(0, len(user_ids), size))


def _taken(waiting: dict[str, None], most: int) -> list[str]:
    """Take the first `most` who wait; an event that comes while they are read has them wait anew."""
    some = list(islice(waiting, most))
    for user_id in some:
        del waiting[user_id]
    return some
