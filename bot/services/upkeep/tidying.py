"""Deleting what nobody needs any more. The ledger is not among it."""

import logging
from dataclasses import astuple, dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from bot.clock import Clock, local_date
from bot.errors import StoreRefused
from bot.storage.privacy import Retention
from bot.storage.store import Store

log = logging.getLogger(__name__)

JOB = "tidying"
KEEP_REMINDERS = timedelta(days=70)  # a month's digest has the date of its first day, and is not to come twice
KEEP_READINGS = timedelta(days=400)  # plans, absences, others' punches: summaries reach back a year, DingTalk less
KEEP_PHONES = timedelta(days=90)  # without a punch from them: longer than any holiday


@dataclass(frozen=True, slots=True)
class Purged:
    """How many were removed: positions of punches, heads of frames that could not be read, and phones."""

    positions: int
    frames: int
    phones: int = 0


async def purge(retention: Retention, clock: Clock, *, keep: timedelta) -> Purged:
    """Remove rows older than `keep`, expired buttons and unused phones. The ledger stays whole.

    Raises StoreRefused.
    """
    now = clock.now()
    await retention.forget_what_was_asked(now)
    phones = await retention.forget_phones(now - KEEP_PHONES)
    positions, frames = await retention.forget_positions(now - keep), await retention.forget_frames(now - keep)
    purged = Purged(positions, frames, phones)
    log.info("retention removed %d positions, %d unreadable frames and %d phones", *astuple(purged))
    return purged


class Tidying:
    """Forgets old reminders, readings and positions, once a day, on one process for all."""

    def __init__(self, store: Store, clock: Clock, zone: ZoneInfo, *, keep_positions: timedelta) -> None:
        self._store = store
        self._clock = clock
        self._zone = zone
        self._keep_positions = keep_positions

    async def run(self) -> None:
        """Delete what is old; what a refusing database keeps is deleted another day."""
        today = local_date(self._clock, self._zone)
        try:
            await self._store.jobs.do_once(JOB, today.isoformat(), self._tidy)
        except StoreRefused as error:
            log.warning("old rows could not be deleted: %s", error)

    async def _tidy(self) -> bool:
        today, read_since = local_date(self._clock, self._zone), self._clock.now() - KEEP_READINGS
        await self._store.reminders.forget(today - KEEP_REMINDERS)
        await self._store.plans.forget(today - KEEP_READINGS)
        await self._store.days.forget(today - KEEP_READINGS)
        await self._store.absences.forget(read_since)
        await self._store.native_punches.forget(read_since)
        await purge(self._store.retention, self._clock, keep=self._keep_positions)
        return True
