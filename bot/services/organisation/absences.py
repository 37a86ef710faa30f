"""Reading absences: leave for many at once, trips and outings person by person."""

import asyncio
import logging
from collections.abc import Awaitable, Collection, Sequence
from datetime import date, datetime, time
from typing import TypeVar

from bot.dingtalk.limits import Priority
from bot.domain.absences import AbsenceSource
from bot.errors import OperatorError, UpstreamError
from bot.services.base import Base
from bot.services.organisation.rosters import A_DAY, Book, around, in_calls

log = logging.getLogger(__name__)

LEAVES_A_CALL = 100  # people
TRIPS_AT_ONCE = 10  # people; each costs a call a day
_T = TypeVar("_T")


class AbsenceReader:
    """Reads approved absences and stores them. A read that fails leaves the stored ones as they are.

    They are read with the plans of everybody, and again before anybody is reminded.
    """

    def __init__(self, base: Base) -> None:
        self._base = base
        self._attendance = base.dingtalk.attendance.at(Priority.REMINDER)
        self._absences = base.store.absences

    async def read_leave(
        self, user_ids: Sequence[str], first: datetime, last: datetime, troubles: dict[str, str]
    ) -> bool:
        """Read the leave of at most 100 people from `first` to `last`; tell whether that worked.

        It outweighs what events told some time before. Raises StoreRefused.
        """
        found = await told(self._attendance.leaves(user_ids, first, last), troubles)
        if found is not None:
            await self._absences.put(user_ids, first, last, found, source=AbsenceSource.LEAVE)
        return found is not None

    async def read_approvals(
        self, user_ids: Sequence[str], day: date, troubles: dict[str, str], *, noted: Collection[str] = ()
    ) -> frozenset[str]:
        """Read the approvals of a work date, one call a person; return the people who could not be read.

        The plan of the people `noted` says that there is one: then an answer without any counts as unreadable.
        Raises StoreRefused.
        """
        begins, source = self._begin(day), AbsenceSource.APPROVAL

        async def read(user_id: str) -> bool:
            found = await told(self._attendance.approvals(user_id, day, noted=user_id in noted), troubles)
            if found is not None:
                end = begins + A_DAY
                await self._absences.put([user_id], begins, end, found, source=source)
            return found is not None

        were_read = await asyncio.gather(*map(read, user_ids))
        return frozenset(one for one, was_read in zip(user_ids, were_read, strict=True) if not was_read)

    async def read_all(self, plans: Book) -> None:
        """Read the absences of everybody with a plan, so that half a day off moves a reminder in good time.

        Raises StoreRefused.
        """
        troubles: dict[str, str] = {}
        people = list(dict.fromkeys(user_id for user_ids in plans.values() for user_id in user_ids))
        first, _, last = around(self._base.clock.now(), self._base.zone)
        for some in in_calls(people, LEAVES_A_CALL):
            await self.read_leave(some, self._begin(first), self._begin(last) + 2 * A_DAY, troubles)
        for plan, user_ids in plans.items():
            for some in in_calls(user_ids, TRIPS_AT_ONCE) if plan.approved else ():
                await self.read_approvals(some, plan.work_date, troubles, noted=some)
        for service, reason in troubles.items():
            log.warning("absences could not be read of all: %s: %s", service, reason)

    def _begin(self, day: date) -> datetime:
        return datetime.combine(day, time(), self._base.zone)


async def told(call: Awaitable[_T], troubles: dict[str, str]) -> _T | None:
    """Return the answer of a call; None if it fails, with the reason in `troubles` by the name of the API."""
    try:
        return await call
    except UpstreamError as error:
        troubles[error.service] = error.reason
    except OperatorError as error:
        troubles[getattr(error, "service", "configuration")] = str(error)
    return None
