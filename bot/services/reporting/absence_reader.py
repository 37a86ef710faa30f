"""Read approved absences from DingTalk and store them. A failed read changes nothing.

One call reads the leave of many people. Another call reads all approvals of one person: leave, trips
and outings. The bot reads both with everybody's plans, and again before a reminder.
"""

import asyncio
import logging
from collections.abc import Awaitable, Collection, Sequence, Set
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


class Troubles(dict[str, str]):
    """The failed calls of a read: a reason for each API."""

    async def answer_of(self, call: Awaitable[_T]) -> _T | None:
        """Return the answer of a call. If it fails, return None, and keep the reason."""
        try:
            return await call
        except UpstreamError as error:
            is_stopped = isinstance(
                error, ServiceStopped
            )  # only its text tells operators the way out
            self[error.service] = str(error) if is_stopped else error.reason
        return None

    def log(self) -> None:
        for service, reason in self.items():
            log.warning("days could not be read: %s: %s", service, reason)


async def read_leave(
    base: Base,
    user_ids: Sequence[str],
    first: datetime,
    last: datetime,
    troubles: Troubles,
) -> bool:
    """Read the leave of at most 100 people from `first` to `last`. Return whether that worked.

    The answer replaces their stored leave of this time. Raises StoreRefused.
    """
    attendance = base.dingtalk.attendance.at(Priority.REMINDER)
    leave = await troubles.answer_of(attendance.leaves(user_ids, first, last))
    if leave is not None:
        await base.store.absences.store(user_ids, (first, last), leave, AbsenceSource.LEAVE)
    return leave is not None


async def read_approvals(
    base: Base,
    user_ids: Sequence[str],
    day: date,
    troubles: Troubles,
    *,
    expected: Collection[str] = (),
) -> Set[str]:
    """Read the approvals of a work date, one call a person.

    Return the people who could not be read. The plans of the people in `expected` show an
    approval: an empty answer contradicts the plan, and counts as a failed read. Raises
    StoreRefused.
    """
    attendance = base.dingtalk.attendance.at(Priority.REMINDER)
    span = (_midnight(base, day), _midnight(base, day) + A_DAY)
    unread: set[str] = set()

    async def read(user_id: str) -> None:
        call = attendance.approvals(user_id, day, is_expected=user_id in expected)
        approvals = await troubles.answer_of(call)
        if approvals is None:
            unread.add(user_id)
        else:
            await base.store.absences.store([user_id], span, approvals, AbsenceSource.APPROVAL)

    await asyncio.gather(*map(read, user_ids))
    return unread


async def read_all_absences(base: Base, plans: PeopleByPlan) -> None:
    """Read the absences of everybody with a plan: they move reminders. Raises StoreRefused."""
    troubles = Troubles()
    people = list(dict.fromkeys(user_id for user_ids in plans.values() for user_id in user_ids))
    around = Days.around(base.today)
    begins = _midnight(base, around.first)
    ends = _midnight(base, around.last) + 2 * A_DAY  # a night shift ends on the day after
    for batch in in_batches(people, PEOPLE_A_LEAVE_CALL):
        await read_leave(base, batch, begins, ends, troubles)
    for plan, user_ids in plans.items():
        for batch in in_batches(user_ids, APPROVALS_AT_ONCE) if plan.shows_approval else ():
            await read_approvals(base, batch, plan.work_date, troubles, expected=batch)
    troubles.log()


def _midnight(base: Base, day: date) -> datetime:
    return datetime.combine(day, time(), base.zone)
