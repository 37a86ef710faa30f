"""When plans and absences of all are read anew: six times a day, and when an event says that they changed.

The plans of people who join are read when they are known.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.clock import Clock
from bot.errors import OperatorError, StoreRefused, UpstreamError
from bot.services.organisation.absence_reading import AT_ONCE, AbsenceReader
from bot.services.organisation.roster_books import RosterBook, around
from bot.services.upkeep.operators import Operators
from bot.storage.replicas import Jobs

log = logging.getLogger(__name__)

JOB = "rosters"
APPROVALS_AT_ONCE = 10  # calls under way
PAUSE = timedelta(minutes=5)  # between two readings after events
HOURS = 4  # a turn; each costs a call for 200 checks, and calls are counted by the month


class RosterReading:
    """Reads the plans of all, and who is away, one process for all."""

    def __init__(
        self,
        *,
        book: RosterBook,
        reader: AbsenceReader,
        jobs: Jobs,
        operators: Operators,
        clock: Clock,
        zone: ZoneInfo,
    ) -> None:
        self._book = book
        self._reader = reader
        self._jobs = jobs
        self._operators = operators
        self._clock = clock
        self._zone = zone
        self._changed = False
        self._read_at: datetime | None = None  # after an event
        self._done = ""

    def changed(self) -> None:
        """Have the plans read at the next call, after an event said that they are not what they were."""
        self._changed = True

    async def read_if_due(self) -> None:
        """Read if an event or a doubt asks for it, or nobody has read in this turn; to be called every minute."""
        turn = f"{self._clock.now().astimezone(self._zone):%Y-%m-%dT}{self._hour // HOURS}"
        try:
            if (self._changed or self._book.doubted) and self._may_read_again():
                self._changed = False
                await self._read()
                self._operators.over(JOB)
            elif turn != self._done and await self._jobs.take(JOB, turn):
                await self._read()
                self._operators.over(JOB)
                await self._jobs.finish(JOB, turn)
                self._done = turn
            else:
                await self._book.read_new()
        except StoreRefused as error:
            self._changed = True
            log.warning("the plans could not be stored: %s", error)
        except (UpstreamError, OperatorError) as error:
            self._changed = True
            await self._operators.alert(JOB, "alert.rosters_unread", reason=error)

    def _may_read_again(self) -> bool:
        """Tell whether enough time has passed for one more reading; events come in dozens, calls are counted."""
        now = self._clock.now()
        if self._read_at is not None and now - self._read_at < PAUSE:
            return False
        self._read_at = now
        return True

    @property
    def _hour(self) -> int:
        return self._clock.now().astimezone(self._zone).hour

    async def _read(self) -> None:
        await self._book.read()
        people: dict[str, None] = {}
        approved: dict[date, list[str]] = {}
        for plan, user_ids in self._book.plans.items():
            people.update(dict.fromkeys(user_ids))
            if plan.approved:
                approved.setdefault(plan.work_date, []).extend(user_ids)
        await self._read_absences(list(people), approved)
        log.info("the plans of %d people have been read", len(people))

    async def _read_absences(self, people: Sequence[str], approved: Mapping[date, Sequence[str]]) -> None:
        """Read who is away, so that half a day off moves a reminder before anybody is looked at.

        What cannot be read is asked for again before each reminder; here it is only logged.
        """
        first, last = (datetime.combine(day, time(), self._zone) for day in around(self._clock.now(), self._zone))
        troubles: dict[str, str] = {}
        for some in _batches(people, AT_ONCE):
            await self._reader.leaves(some, first, last + timedelta(days=2), troubles)
        for day, user_ids in approved.items():
            for some in _batches(user_ids, APPROVALS_AT_ONCE):
                await self._reader.approvals(some, day, troubles, noted=some)
        for service, reason in troubles.items():
            log.warning("who is away could not be read of all: %s: %s", service, reason)


def _batches(user_ids: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    return (user_ids[begin : begin + size] for begin in range(0, len(user_ids), size))
