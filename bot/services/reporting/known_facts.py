"""What is known here of people's days, without asking DingTalk."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.domain.day import DayFacts
from bot.domain.day_punches import beside_the_ledger, by_work_date
from bot.domain.reconciling import AttendanceRecord
from bot.domain.shifts import DayPlan
from bot.services.organisation.rosters import Rosters
from bot.services.waiting import Together
from bot.storage.absences import NativePunches
from bot.storage.corrections import Excuses
from bot.storage.summaries import Days, KnownDays

EARLIEST = timedelta(hours=12)  # before the work date begins: a first window may open on the evening before
LATEST = timedelta(hours=48)  # after it begins: a night shift and its last window end on the next day
Plans = Mapping[str, Mapping[date, DayPlan]]
Facts = dict[str, dict[date, DayFacts]]  # by person and work date
_DAY = timedelta(days=1)


def window(work_date: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return between which moments (UTC) the punches of a work date lie."""
    begins = datetime.combine(work_date, time(), zone).astimezone(UTC)
    return begins - EARLIEST, begins + LATEST


class KnownFacts:
    """Plans, punches of every source, absences and excuses as far as they are in the database."""

    def __init__(
        self, days: Days, excuses: Excuses, native_punches: NativePunches, book: Rosters, zone: ZoneInfo
    ) -> None:
        self._days = days
        self._excuses = excuses
        self._native_punches = native_punches
        self._book = book
        self._zone = zone
        self._together = Together(self._stored)  # since many come late at once

    async def of(self, user_ids: Sequence[str], first: date, last: date, plans: Plans) -> Facts:
        """Return what is here of the work dates `first` to `last`, all counted as read.

        `plans` has those of the day before and after as well. Raises StoreRefused.
        """
        stored = await self._stored((first, last), user_ids)
        excused = await self._excused(user_ids, first, last)
        dates = dates_of(first, last)
        found: Facts = {}
        for number, user_id in enumerate(user_ids):
            if number % 50 == 49:
                await asyncio.sleep(0)  # others get in between
            found[user_id] = self._of_person(user_id, dates, plans.get(user_id, {}), stored, excused)
        return found

    async def of_one(self, user_id: str, first: date, last: date, plans: Plans) -> Mapping[date, DayFacts]:
        """Return what `of` does for one person, read together with what others ask for at the same time."""
        stored = await self._together.of((first, last), user_id)
        excused = await self._excused([user_id], first, last)
        return self._of_person(user_id, dates_of(first, last), plans.get(user_id, {}), stored, excused)

    async def near(
        self, user_ids: Sequence[str], work_date: date, read: Mapping[str, DayPlan] | None = None
    ) -> dict[str, DayFacts]:
        """Return what is here of a date around today, by the plans in memory and those of the date just `read`.

        Raises StoreRefused.
        """
        around = {at: self._book.known(user_ids, at) for at in (work_date - _DAY, work_date, work_date + _DAY)}
        around[work_date] = {**around[work_date], **(read or {})}
        plans = {
            user_id: {at: plan for at, some in around.items() if (plan := some.get(user_id)) is not None}
            for user_id in user_ids
        }
        found = await self.of(user_ids, work_date, work_date, plans)
        return {user_id: days[work_date] for user_id, days in found.items()}

    async def keep(
        self, user_ids: Sequence[str], records: Sequence[AttendanceRecord], first: date, last: date
    ) -> None:
        """Keep what a reading of the work dates `first` to `last` tells beside the ledger. Raises StoreRefused."""
        if not records:
            return
        stored = await self._stored((first, last), user_ids)
        shown: dict[str, list[AttendanceRecord]] = {user_id: [] for user_id in user_ids}
        for record in records:
            shown.get(record.user_id, []).append(record)
        beside = [
            record
            for user_id, some in shown.items()
            for record in beside_the_ledger(some, stored.punches.get(user_id, ()), stored.native.get(user_id, ()))
        ]
        if beside:
            await self._native_punches.keep(beside)

    async def _stored(self, days: tuple[date, date], user_ids: Sequence[str]) -> KnownDays:
        begins, ends = window(days[0], self._zone)[0], window(days[1], self._zone)[1]
        return await self._days.known(user_ids, *days, begins, ends)

    async def _excused(self, user_ids: Sequence[str], first: date, last: date) -> set[tuple[str, date]]:
        held = await self._excuses.between(user_ids, first, last)
        return {(one.user_id, one.work_date) for one in held}

    def _of_person(
        self,
        user_id: str,
        dates: Sequence[date],
        plans: Mapping[date, DayPlan],
        stored: KnownDays,
        excused: set[tuple[str, date]],
    ) -> dict[date, DayFacts]:
        seen = (*stored.punches.get(user_id, ()), *stored.native.get(user_id, ()))
        of_days = by_work_date(seen, plans, self._zone) if seen else {}
        absences = stored.absences.get(user_id, ())
        return {
            day: DayFacts(
                user_id, day, plans.get(day), of_days.get(day, ()), absences, True, (user_id, day) in excused
            )
            for day in dates
        }


def dates_of(first: date, last: date) -> list[date]:
    """Return the dates `first` to `last`, both included."""
    return [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
