"""Deleting what nobody needs any more. The ledger is not among it."""

import logging
from datetime import timedelta
from zoneinfo import ZoneInfo

from bot.clock import Clock, local_date
from bot.errors import StoreRefused
from bot.services.upkeep.retention import purge
from bot.services.upkeep.turns import take_turn
from bot.storage.store import Store

log = logging.getLogger(__name__)

JOB = "tidying"
KEEP_REMINDERS = timedelta(days=70)  # a month's digest has the date of its first day, and is not to come twice
KEEP_READINGS = timedelta(days=400)  # plans, absences, others' punches: summaries reach back a year, DingTalk less
KEEP_WRONG_REFERENCES = timedelta(days=1)


class Tidying:
    """Forgets old reminders, readings and positions, once a day."""

    def __init__(self, store: Store, clock: Clock, zone: ZoneInfo, *, keep_positions: timedelta) -> None:
        self._store = store
        self._clock = clock
        self._zone = zone
        self._keep_positions = keep_positions

    async def run(self) -> None:
        """Delete what is old, on one process for all; what a refusing database keeps is deleted another day."""
        today = local_date(self._clock, self._zone)
        try:
            await take_turn(self._store.jobs, JOB, today.isoformat(), self._tidy)
        except StoreRefused as error:
            log.warning("old rows could not be deleted: %s", error)

    async def _tidy(self) -> bool:
        now = self._clock.now()
        read_since = now - KEEP_READINGS
        await self._store.reminders.forget((now - KEEP_REMINDERS).astimezone(self._zone).date())
        await self._store.plans.forget(read_since.astimezone(self._zone).date())
        await self._store.days.forget(read_since.astimezone(self._zone).date())
        await self._store.absences.forget(read_since)
        await self._store.native_punches.forget(read_since)
        await self._store.corrections.forget_wrong_references(now - KEEP_WRONG_REFERENCES)
        await purge(self._store.retention, self._clock, keep=self._keep_positions)
        return True
