"""Reads approved absences from DingTalk and stores them."""

import asyncio
import logging
from collections.abc import Awaitable, Collection, Sequence
from datetime import date, datetime, time
from typing import TypeVar

from bot.dingtalk.limits import Priority
from bot.domain.absences import AbsenceSource
from bot.domain.slots import A_DAY, Days
from bot.errors import ServiceStopped, UpstreamError
from bot.services.base import Base
from bot.services.organisation.rosters import PeopleByPlan, in_batches

log = logging.getLogger(__name__)

PEOPLE_A_LEAVE_CALL = 100  # DingTalk takes no more
APPROVALS_AT_ONCE = 10  # calls; DingTalk answers for one person and day
_T = TypeVar("_T")


class AbsenceReader:
    """Reads approved absences and stores them. A failed read changes nothing.

    One call reads the leave of many people. Another call reads all approvals of one person: leave,
    trips and outings. The bot reads both with everybody's plans, and again before a reminder.
    `troubles` gets the reasons of failed calls, by API.
    """

    def __init__(self, base: Base) -> None:
        self._base = base
        self._attendance = base.dingtalk.attendance.at(Priority.REMINDER)
        self._absences = base.store.absences

    async def read_leave(
        self, user_ids: Sequence[str], first: datetime, last: datetime, troubles: dict[str, str]
    ) -> bool:
        """Read the leave of at most 100 people from `first` to `last`. Return whether that worked.

        The answer replaces their stored leave of this time. Raises StoreRefused.
        """
        leave = await answer_of(self._attendance.leaves(user_ids, first, last), troubles)
        if leave is not None:
            await self._absences.store(user_ids, (first, last), leave, AbsenceSource.LEAVE)
        return leave is not None

    async def read_approvals(
        self,
        user_ids: Sequence[str],
        day: date,
        troubles: dict[str, str],
        *,
        expected: Collection[str] = (),
    ) -> frozenset[str]:
        """Read the approvals of a work date, one call a person.

        Return the people who could not be read. The plans of the people in `expected` show an
        approval: an empty answer contradicts the plan, and counts as a failed read. Raises
        StoreRefused.
        """
        begins = self._midnight(day)
        source = AbsenceSource.APPROVAL

        async def read(user_id: str) -> bool:
            approvals = await answer_of(
                self._attendance.approvals(user_id, day, is_expected=user_id in expected), troubles
            )
            if approvals is not None:
                end = begins + A_DAY
                await self._absences.store([user_id], (begins, end), approvals, source)
            return approvals is not None

        were_read = await asyncio.gather(*map(read, user_ids))
        return frozenset(
            user_id for user_id, was_read in zip(user_ids, were_read, strict=True) if not was_read
        )

    async def read_all(self, plans: PeopleByPlan) -> None:
        """Read the absences of everybody with a plan: they move reminders. Raises StoreRefused."""
        troubles: dict[str, str] = {}
        people = list(dict.fromkeys(user_id for user_ids in plans.values() for user_id in user_ids))
        around = Days.around(self._base.today)
        begins = self._midnight(around.first)
        ends = self._midnight(around.last) + 2 * A_DAY  # a night shift ends on the day after
        for batch in in_batches(people, PEOPLE_A_LEAVE_CALL):
            await self.read_leave(batch, begins, ends, troubles)
        for plan, user_ids in plans.items():
            for batch in in_batches(user_ids, APPROVALS_AT_ONCE) if plan.shows_approval else ():
                await self.read_approvals(batch, plan.work_date, troubles, expected=batch)
        for service, reason in troubles.items():
            log.warning("some absences could not be read: %s: %s", service, reason)

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), self._base.zone)


async def answer_of(call: Awaitable[_T], troubles: dict[str, str]) -> _T | None:
    """Return the answer of a call. If it fails, return None, and put the reason into `troubles`.

    `troubles` has one reason for each API.
    """
    try:
        return await call
    except UpstreamError as error:
        is_stopped = isinstance(error, ServiceStopped)  # only its text says what an operator can do
        troubles[error.service] = str(error) if is_stopped else error.reason
    return None
