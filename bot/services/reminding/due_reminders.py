"""What has become due since anybody looked last."""

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.domain.agenda import Entry
from bot.domain.due import STALE_AFTER, Known, choose
from bot.domain.escalating import notes_due
from bot.domain.reminders import Reminder
from bot.services.organisation.directory import Directory
from bot.services.punching.sightings import Sightings
from bot.services.reminding.agendas import AgendaKeeper
from bot.storage.reminders import Reminders

log = logging.getLogger(__name__)

A_MINUTE = timedelta(minutes=1)
LOOK_BACK = timedelta(hours=24)  # after a longer absence of ours nobody is told what they missed then


class DueReminders:
    """Looks in the agenda for what is to be claimed, each time from where the last look ended."""

    def __init__(
        self,
        reminders: Reminders,
        keeper: AgendaKeeper,
        sightings: Sightings,
        directory: Directory,
        *,
        most: int,
    ) -> None:
        """Take how many reminders a check may have at `most`."""
        self._reminders = reminders
        self._keeper = keeper
        self._sightings = sightings
        self._directory = directory
        self._most = most
        self._ahead_until: datetime | None = None  # to which a clock that was ahead had looked

    async def wanted(self, now: datetime) -> list[Reminder]:
        """Return what became due since the last look; what was due before the very first is not made up for.

        Raises StoreRefused.
        """
        since = await self._reminders.looked_at()
        if since is None:
            return []
        if since > now + A_MINUTE:
            since = await self._after_a_clock_ahead(since, now)
        entries = self._keeper.agenda.between(max(since, now - LOOK_BACK), now)
        return await self._due(entries, now) if entries else []

    async def _due(self, entries: Sequence[Entry], now: datetime) -> list[Reminder]:
        days = [entry.point.work_date for entry in entries]
        first, last = min(days), max(days)
        known = Known(
            active=self._directory.active(),
            seen=await self._sightings.of(first, last),
            spoken=await self._reminders.spoken(first, last, self._most),
        )
        agenda, teams = self._keeper.agenda, self._directory.teams()
        return await asyncio.to_thread(
            lambda: [*choose(agenda, entries, known, self._most, now), *notes_due(entries, known, teams)]
        )

    async def _after_a_clock_ahead(self, looked_until: datetime, now: datetime) -> datetime:
        """Return from when on to look: what was said too early has its row, what was dropped comes again."""
        if looked_until != self._ahead_until:
            log.warning(
                "the clock was ahead: reminders were looked for until %s; going on by the row", looked_until
            )
            await self._reminders.undrop(now)
            self._ahead_until = looked_until
        return now - STALE_AFTER
