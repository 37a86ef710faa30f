"""Reading who is away: leave for many at once, trips and outings of those whose plan notes an approval."""

import asyncio
import logging
from collections.abc import Awaitable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from bot.clock import Clock
from bot.dingtalk.attendance import Attendance
from bot.domain.absences import EVENT_HOLDS, Absence, AbsenceSource
from bot.errors import OperatorError, UpstreamError
from bot.storage.absences import Absences

log = logging.getLogger(__name__)

AT_ONCE = 100  # people a call of getleavestatus
_DAY = timedelta(days=1)
_T = TypeVar("_T")


class AbsenceReader:
    """Reads approved absences and stores them; what could not be read leaves the stored ones as they are."""

    def __init__(self, attendance: Attendance, absences: Absences, clock: Clock, zone: ZoneInfo) -> None:
        self._attendance = attendance
        self._absences = absences
        self._clock = clock
        self._zone = zone

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
        """Return the approvals of a work date, a call for each person; None for whom they cannot be read.

        `noted` are those whose plan says that there is one: of them an answer without any counts as unreadable.
        Raises StoreRefused.
        """
        begins, begun_at = datetime.combine(work_date, time(), self._zone), self._clock.now()
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

    async def _kept(
        self, user_ids: Iterable[str], first: datetime, last: datetime, source: AbsenceSource
    ) -> dict[str, list[Absence]]:
        """Return what is stored of these people, of whom a reading that was begun later told."""
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
    """Return absences by the person they are of."""
    found: dict[str, list[Absence]] = {}
    for absence in absences:
        found.setdefault(absence.user_id, []).append(absence)
    return found
