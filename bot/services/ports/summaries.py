"""What summaries need of the database: always of named people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from bot.domain.absences import Absence
from bot.domain.due import Seen
from bot.domain.shifts import DayPlan


@dataclass(frozen=True, slots=True)
class KnownDays:
    """What is here of some people's days, by person.

    Their `punches` that count, in the order they were recorded; `native` ones, made past the bot, oldest first;
    and approved `absences`.
    """

    punches: Mapping[str, Sequence[Seen]]
    native: Mapping[str, Sequence[Seen]]
    absences: Mapping[str, Sequence[Absence]]


class Days(Protocol):
    """People's past and present days. Each call raises StoreRefused."""

    async def punches(self, user_ids: Sequence[str], first: date, last: date) -> Mapping[str, Sequence[Seen]]:
        """Return the punches of the work dates `first` to `last` that count, in the order they were recorded."""
        ...

    async def plans(
        self, user_ids: Sequence[str], first: date, last: date
    ) -> Mapping[str, Mapping[date, DayPlan]]:
        """Return the plans that are stored."""
        ...

    async def add_plans(self, found: Mapping[str, Sequence[DayPlan]], read_at: datetime) -> None:
        """Store plans of days that have none; what is stored stays."""
        ...

    async def read_until(
        self, user_ids: Sequence[str], first: date, last: date
    ) -> Mapping[str, Mapping[date, datetime]]:
        """Return up to which moment DingTalk's punches and leave of each work date have been read."""
        ...

    async def note_read(self, user_ids: Sequence[str], first: date, last: date, until: datetime) -> None:
        """Note that DingTalk's punches and leave of those work dates have been read up to `until`."""
        ...

    async def known(
        self, user_ids: Sequence[str], first: date, last: date, begins: datetime, ends: datetime
    ) -> KnownDays:
        """Return what is here of the work dates `first` to `last`, as of one moment for each person.

        Of punches past the bot and of absences it is what touches `begins` to `ends`.
        """
        ...

    async def forget(self, before: date) -> None:
        """Delete what is noted of readings of work dates before `before`."""
        ...
