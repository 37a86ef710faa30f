"""Background jobs: heartbeat, sealing of the ledger, retention."""

import asyncio
import logging
from datetime import timedelta
from math import inf

from bot.errors import OperatorError, StoreRefused
from bot.services.base import Base
from bot.storage.audit import audit_ledger

log = logging.getLogger(__name__)

BEAT_S = 2.0
BEAT_AGAIN_S = 0.5  # after a beat that the database refused
TELL_AFTER_S = 5.0  # of refused heartbeats
TELL_AGAIN_S = 60.0  # until the next try of an alert: the earlier one may have arrived
DATABASE = "the database"
SEAL_JOB = "seal"
CHAIN = "the ledger's chain"  # sealing fails
LEDGER = "the ledger"  # the nightly audit found a broken link
LINKS_AT_ONCE = 256  # in one transaction: a few ms, so that no writer waits
TIDY_JOB = "tidying"


class Heartbeat:
    """Keeps this process's claims alive."""

    def __init__(self, base: Base) -> None:
        self._base = base
        self._tell_at = inf  # on the monotonic clock

    async def run(self) -> None:
        """Beat every two seconds, for ever."""
        while True:
            taken = await self.beat()
            await asyncio.sleep(BEAT_S if taken else BEAT_AGAIN_S)

    async def beat(self) -> bool:
        """Renew the claims once. Return whether the database confirmed it."""
        operators = self._base.operators
        asked_at = self._base.clock.monotonic()
        try:
            living = await self._base.store.database.beat()
        except StoreRefused as error:
            log.warning("the database refused the heartbeat: %s", error)
            now_s = self._base.clock.monotonic()
            if self._tell_at == inf:
                self._tell_at = asked_at + TELL_AFTER_S
            if now_s >= self._tell_at:
                self._tell_at = now_s + TELL_AGAIN_S
                await operators.alert(DATABASE, "alert.store_refuses", reason=str(error))
            return False
        self._base.lease.renew(asked_at)
        self._base.dingtalk.limits.processes = max(1, living)
        self._tell_at = inf
        operators.over(DATABASE)
        return True


async def keep_sealing(base: Base) -> None:
    """Seal for ever. Wait for a database that refuses; tell administrators of a damaged chain."""
    while True:
        try:
            await seal(base)
        except OperatorError as error:
            await base.operators.alert(CHAIN, "alert.not_sealed", reason=error)
        except StoreRefused as error:
            log.debug("the ledger cannot be sealed: %s", error)
        else:
            base.operators.over(CHAIN)
        await asyncio.sleep(base.patience.seal_s)


async def seal(base: Base) -> int:
    """Link recorded punches into the hash chain, if this process has the job. Return their number.

    Raises StoreRefused; OperatorError when somebody removed the chain's head.
    """
    if not await base.store.jobs.take(SEAL_JOB):
        return 0
    count = 0
    while links := await base.store.chain.seal(LINKS_AT_ONCE):
        count += len(links)
        # Logs kept elsewhere prove later that nobody cut off or rewrote the end of the chain.
        log.info("the ledger is sealed up to link %s", links[-1])
    return count


async def tidy(base: Base) -> None:
    """Delete old rows and audit the ledger, once a day, in one process. A broken ledger is audited
    every hour.

    Raises StoreRefused, OperatorError.
    """
    jobs = base.store.jobs
    turn = base.today.isoformat()
    if not await jobs.take(TIDY_JOB, turn):
        base.operators.over(LEDGER)  # it is sound, or another process audits it now
        return
    positions = timedelta(days=base.settings.retention.coordinates_days)
    readings = timedelta(days=base.settings.retention.days)
    gone = await base.store.privacy.purge(base.now, positions, readings)
    log.info("retention removed rows: %s", gone)
    audited = await asyncio.to_thread(audit_ledger, base.settings.store.url)
    if audited.broken is None:
        log.info("the steps of months hold up to link %s", audited.steps)  # kept like the seals
        base.operators.over(LEDGER)
        await jobs.finish(TIDY_JOB, turn)
    else:
        await base.operators.alert(LEDGER, "alert.ledger_broken", fault=audited.broken.fault)
