"""What is known of people, departments and plans."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from bot.domain.people import Department, Employee
from bot.domain.shifts import DayPlan


@dataclass(frozen=True, slots=True)
class Doubts:
    """Of whom, of which departments and of all of them an event came, and when, that were not read since."""

    people: Mapping[str, datetime]
    departments: Mapping[int, datetime]
    all_departments: datetime | None


class People(Protocol):
    """The directory as we last read it."""

    async def get(self, user_id: str) -> tuple[Employee, datetime] | None:
        """Return the person and when they were read."""
        ...

    async def put(self, employees: Sequence[Employee], read_at: datetime) -> frozenset[str]:
        """Store people as begun to be read at `read_at`, which settles what was in doubt of them before.

        Return the ids of those of whom the database knows better, whichever process told it, and this is not
        stored: they are gone, and it may be from before they left, or a reading was begun later.
        """
        ...

    async def doubt(self, user_ids: Collection[str], at: datetime) -> None:
        """Note that an event of `at` spoke of people."""
        ...

    async def remove(self, user_ids: Sequence[str], read_at: datetime) -> frozenset[str]:
        """Forget people whom a reading of `read_at` no longer has; an older one does not bring them back.

        Return the ids of those who stay, as they were read later.
        """
        ...

    async def left(self, user_ids: Sequence[str], at: datetime) -> frozenset[str]:
        """Forget people who left at `at`, as an event tells: no reading brings them back for `GONE_FOR`.

        Return the ids of those who stay, as an event of later has told of them already.
        """
        ...

    async def joined(self, user_ids: Sequence[str], at: datetime) -> None:
        """Let a reading bring back those who joined at `at`, as an event tells, unless they left after that."""
        ...

    async def all(self) -> Sequence[tuple[Employee, datetime]]:
        """Return everybody known."""
        ...

    async def changed(
        self, since: datetime, *, crawled_at: datetime | None
    ) -> tuple[Sequence[tuple[Employee, datetime]], Mapping[str, datetime]]:
        """Return those who were read at `since` or later, and when those left who were forgotten since then.

        Whoever was read at `crawled_at` is left out: the caller knows that crawl, and it may be of 100,000 people.
        """
        ...


class Departments(Protocol):
    """The department tree as we last read it."""

    async def put(self, departments: Sequence[Department], read_at: datetime) -> bool:
        """Store the whole tree as begun to be read at `read_at`; departments that are not in it are gone.

        All people were read with it: nothing of before is in doubt any more. False where the tree that is kept was
        begun to be read later: then that one stays.
        """
        ...

    async def doubt(self, department_ids: Collection[int], at: datetime) -> None:
        """Note that an event of `at` spoke of departments, without any of all of them."""
        ...

    async def doubts(self) -> Doubts:
        """Return of whom and of which departments an event came that were not read since."""
        ...

    async def all(self) -> tuple[Sequence[Department], datetime | None]:
        """Return all departments and when they were read, None for never."""
        ...

    async def read_at(self) -> datetime | None:
        """Return when they were read, None for never."""
        ...


@dataclass(frozen=True, slots=True)
class PlanReading:
    """One person's plan of one work date, and when it was read."""

    user_id: str
    plan: DayPlan
    read_at: datetime


class Plans(Protocol):
    """Plans as last read from DingTalk."""

    async def changed(self, first: date, last: date, since: datetime | None) -> Sequence[PlanReading]:
        """Return the plans of the work dates `first` to `last` that were read after `since`, all with None.

        Plans that read the same are one object, so that everybody's plans fit into memory.
        """
        ...

    async def get(self, user_id: str, first: date, last: date) -> tuple[Sequence[DayPlan], datetime] | None:
        """Return the plans of those work dates and when the oldest of them was read; None if any is missing."""
        ...

    async def put(
        self, plans: Mapping[str, Sequence[DayPlan]], read_at: datetime, *, begun_at: datetime | None = None
    ) -> Collection[tuple[str, date]]:
        """Store plans as read at `read_at` by a reading that was begun at `begun_at`, None for then.

        Return of whom and of which work dates a reading that was begun later is kept: then that one stays.
        """
        ...

    async def forget(self, before: date) -> None:
        """Delete those of work dates before `before`."""
        ...
