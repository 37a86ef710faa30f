"""Reading anew who is away after an event told of somebody's approval, which may be of leave or of anything."""

import logging
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from bot.clock import Clock, local_date
from bot.errors import StoreRefused
from bot.services.organisation.absence_reading import AT_ONCE, AbsenceReader
from bot.services.organisation.roster_books import around

log = logging.getLogger(__name__)

TRIPS_AT_ONCE = 10  # people a round; each costs a call a day
MANY = 1_000  # people from which reading all is quicker than a hundred a minute


class AbsenceHints:
    """Whose leave, trips and outings have to be read anew. No event is believed: only what is read counts.

    However many events come, a minute costs one call for leave and twenty for trips and outings at most. Who waits
    is kept in memory alone: leave is read again before anybody is spoken to.
    """

    def __init__(
        self,
        reader: AbsenceReader,
        clock: Clock,
        zone: ZoneInfo,
        *,
        is_known: Callable[[str], bool],
        read_all: Callable[[], None],
    ) -> None:
        """Take what tells whether somebody is of the organisation, and what has everybody read instead."""
        self._reader = reader
        self._clock = clock
        self._zone = zone
        self._is_known = is_known
        self._read_all = read_all
        self._of_leave: dict[str, None] = {}
        self._of_trips: dict[str, None] = {}

    def note(self, user_id: str, *, may_be_trip: bool) -> None:
        """Have somebody's leave read soon, `may_be_trip` also their trips and outings of today and tomorrow."""
        if not self._is_known(user_id):
            return
        self._of_leave[user_id] = None
        if may_be_trip:
            self._of_trips[user_id] = None
        if len(self._of_leave) > MANY:
            self._of_leave.clear()
            self._of_trips.clear()
            self._read_all()

    async def read(self) -> None:
        """Read of some who wait; to be called every minute. What cannot be read is tried again in the next one."""
        troubles: dict[str, str] = {}
        try:
            await self._read_leave(troubles)
            if not troubles:
                await self._read_trips(troubles)
        except StoreRefused as error:  # of whom is forgotten: it is read again before a reminder
            log.warning("who is away by an approval could not be stored: %s", error)
        for service, reason in troubles.items():
            log.warning("who is away by an approval could not be read: %s: %s", service, reason)

    async def _read_leave(self, troubles: dict[str, str]) -> None:
        some = _taken(self._of_leave, AT_ONCE)
        if not some:
            return
        first, last = around(self._clock.now(), self._zone)
        begins, ends = self._begin(first), self._begin(last) + timedelta(days=2)
        if await self._reader.leaves(some, begins, ends, troubles) is None:
            self._of_leave.update(dict.fromkeys(some))

    async def _read_trips(self, troubles: dict[str, str]) -> None:
        some = _taken(self._of_trips, TRIPS_AT_ONCE)
        today = local_date(self._clock, self._zone)
        for day in (today, today + timedelta(days=1)):
            found = await self._reader.approvals(some, day, troubles)
            self._of_trips.update(dict.fromkeys(one for one, approvals in found.items() if approvals is None))

    def _begin(self, day: date) -> datetime:
        return datetime.combine(day, time(), self._zone)


def _taken(waiting: dict[str, None], most: int) -> list[str]:
    """Take the first `most` who wait; an event that comes while they are read has them wait anew."""
    some = list(islice(waiting, most))
    for user_id in some:
        del waiting[user_id]
    return some
