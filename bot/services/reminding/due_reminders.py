"""What has become due since anybody looked last."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.domain.agenda import Entry
from bot.domain.day_punches import Seen
from bot.domain.due import STALE_AFTER, Known, choose, notes_due
from bot.domain.reminders import Reminder
from bot.services.organisation.directory import Directory
from bot.services.reminding.agendas import AgendaKeeper
from bot.services.reporting.day_reader import window
from bot.storage.punches import PunchMark
from bot.storage.store import Store

log = logging.getLogger(__name__)

A_MINUTE = timedelta(minutes=1)
LOOK_BACK = timedelta(hours=24)  # after a longer absence of ours nobody is told what they missed then


class DueReminders:
    """Looks in the agenda for what is to be claimed, each time from where the last look ended."""

    def __init__(
        self,
        store: Store,
        keeper: AgendaKeeper,
        directory: Directory,
        *,
        most: int,
        zone: ZoneInfo,
    ) -> None:
        """Take how many reminders a check may have at `most`."""
        self._reminders = store.reminders
        self._keeper = keeper
        self._ledger = store.ledger
        self._native_punches = store.native_punches
        self._directory = directory
        self._most = most
        self._zone = zone

    async def wanted(self, now: datetime) -> list[Reminder]:
        """Return what became due since the last look; what was due before the very first is not made up for.

        Raises StoreRefused.
        """
        since = await self._reminders.looked_at()
        if since is None:
            return []
        if since > now + A_MINUTE:  # a clock was ahead; what was said has its row
            since = now - STALE_AFTER
        entries = self._keeper.agenda.between(max(since, now - LOOK_BACK), now)
        return await self._due(entries, now) if entries else []

    async def _due(self, entries: Sequence[Entry], now: datetime) -> list[Reminder]:
        days = [entry.point.work_date for entry in entries]
        first, last = min(days), max(days)
        known = Known(
            active=self._directory.active(),
            seen=await self._seen(first, last),
            spoken=await self._reminders.spoken(first, last, self._most),
        )
        teams = self._directory.teams()
        return await asyncio.to_thread(
            lambda: [*choose(entries, known, self._most, now), *notes_due(entries, known, teams)]
        )

    async def _seen(self, first: date, last: date) -> Mapping[str, Sequence[Seen]]:
        """Return everybody's punches that may answer checks of the work dates `first` to `last`."""
        marks = await self._ledger.marks(first, last)
        native = await self._native_punches.since(window(first, self._zone)[0])
        return await asyncio.to_thread(_together, marks, native)  # so many that a punch should not wait for it


def _together(marks: Sequence[PunchMark], native: Mapping[str, Sequence[datetime]]) -> dict[str, Sequence[Seen]]:
    """Return the punches of each person, our own first."""
    at_moments: dict[datetime, Seen] = {}  # at nine many punch in the same second
    found: dict[str, list[Seen]] = {}
    for mark in marks:
        seen = Seen(mark.punched_at, mark.check_type, None, mark.check_point, mark.work_date)
        found.setdefault(mark.user_id, []).append(seen)
    for user_id, moments in native.items():
        some = [at_moments.get(at) or at_moments.setdefault(at, Seen(at)) for at in moments]
        found.setdefault(user_id, []).extend(some)
    return dict(found)
