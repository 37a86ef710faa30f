"""What keeps the record sound and the assistant alive: heartbeat, chain, clock, retention."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.clock import Clock, local_date
from bot.errors import OperatorError, StoreDamaged, StoreRefused, UpstreamError
from bot.services.outbox.worker import Lease
from bot.services.speaking import Operators
from bot.storage.chain import Chain
from bot.storage.replicas import Jobs
from bot.storage.store import Store

log = logging.getLogger(__name__)


EVERY_S = 2.0
AGAIN_S = 0.5  # after one that the database did not take
ALERT_S = 5.0
REFUSALS_TO_TELL = 10  # heartbeats that the database did not take, one after the other
DATABASE = "the database"


class Heartbeat:
    """Keeps this process's claims alive. Sets `damage` and `ending` once only a restored database helps."""

    def __init__(self, store: Store, lease: Lease, operators: Operators, clock: Clock) -> None:
        self._store = store
        self._lease = lease
        self._operators = operators
        self._clock = clock
        self._refusals = 0
        self.ending = asyncio.Event()
        self.damage: StoreDamaged | None = None

    async def run(self) -> None:
        """Beat every two seconds, for ever."""
        while True:
            taken = await self.beat()
            await asyncio.sleep(EVERY_S if taken else AGAIN_S)

    async def beat(self) -> bool:
        """Renew the claims once; return whether the database took it."""
        asked_at = self._clock.monotonic()
        try:
            await self._store.beat()
        except StoreDamaged as error:
            self.damage = error
            await self._alert("alert.damaged", str(error))
            self.ending.set()
            return False
        except StoreRefused as error:
            log.warning("the database did not take the heartbeat: %s", error)
            self._refusals += 1
            if self._refusals == REFUSALS_TO_TELL:
                await self._alert("alert.store_refuses", self._store.trouble or str(error))
            return False
        self._lease.renewed(asked_at)
        self._refusals = 0
        self._operators.over(DATABASE)
        return True

    async def _alert(self, key: str, reason: str) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(ALERT_S):
                await self._operators.alert_at_once(DATABASE, key, reason=reason)


async def keep_alerting(operators: Operators, unusable: Mapping[str, str]) -> None:
    """Alert once about what cannot work for want of a setting: the key of the sentence, by subject. For ever."""
    while True:
        await asyncio.gather(*(operators.alert(subject, key) for subject, key in unusable.items()))
        await asyncio.sleep(60.0)  # then alerts that reached nobody are tried again


MOST_SKEW = timedelta(seconds=30)  # beyond it "as of 09:05" and "no punch seen" would soon be false
SUBJECT = "this machine's clock"
SET_BY_S = 1.0  # a clock that differs so much from the monotonic one was set


class ClockWatch:
    """Tells the administrators once while the clock is more than thirty seconds off DingTalk's."""

    def __init__(self, server_time: Callable[[], Awaitable[datetime]], operators: Operators, clock: Clock) -> None:
        """`server_time` returns DingTalk's time (UTC, to the second) or raises UpstreamError."""
        self._server_time = server_time
        self._operators = operators
        self._clock = clock
        self._measured_s: float | None = None  # how far the clock was ahead of the monotonic one then
        self.is_wrong = False  # then nobody may be reminded by it

    async def look(self) -> None:
        """Measure if nobody did, while the clock is wrong, and after it was set; to be called every minute."""
        measured_s = self._measured_s
        if self.is_wrong or measured_s is None or abs(self._ahead_s() - measured_s) > SET_BY_S:
            await self.run()

    async def run(self) -> None:
        """Measure once; each process looks at its own machine's clock."""
        began = self._clock.now()
        try:
            told = await self._server_time()
        except UpstreamError as error:
            log.debug("DingTalk's time could not be read: %s", error)
            return
        ended, self._measured_s = self._clock.now(), self._ahead_s()
        skew = timedelta() if began <= told <= ended else min(began - told, ended - told, key=abs)
        self.is_wrong = abs(skew) > MOST_SKEW
        if self.is_wrong:
            await self._operators.alert(SUBJECT, "alert.clock_wrong", seconds=round(skew.total_seconds()))
        else:
            self._operators.over(SUBJECT)

    def _ahead_s(self) -> float:
        return self._clock.now().timestamp() - self._clock.monotonic()


SEALING = "seal"
CHAIN = "the ledger's chain"
AT_ONCE = 256  # links in one transaction: a few ms, so that no writer waits


class Sealer:
    """Looks for punches without a link every `every_s` seconds, for as long as this process has the job."""

    def __init__(self, chain: Chain, jobs: Jobs, operators: Operators, *, every_s: float) -> None:
        self._chain = chain
        self._jobs = jobs
        self._operators = operators
        self._every_s = every_s
        self._refused = False

    async def run(self) -> None:
        """Seal, for ever. A refused database is waited for; of a damaged chain the administrators are told."""
        while True:
            try:
                await self.seal()
            except StoreRefused as error:
                if not self._refused:
                    log.warning("the ledger cannot be sealed: %s", error)
                self._refused = True
            except OperatorError as error:
                await self._operators.alert(CHAIN, "alert.not_sealed", reason=error)
            else:
                self._refused = False
                self._operators.over(CHAIN)
            await asyncio.sleep(self._every_s)

    async def seal(self) -> int:
        """Link all that waits, if this process has the job; return how many punches it were.

        Raises StoreRefused; OperatorError when somebody removed the chain's head.
        """
        if not await self._jobs.take(SEALING):
            return 0
        count = 0
        while links := await self._chain.seal(AT_ONCE):
            count += len(links)
            # Logs that are kept elsewhere prove that the chain's end was not cut off or rewritten later.
            log.info("the ledger is sealed up to link %s", links[-1])
        return count


TIDYING = "tidying"


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
            await self._store.jobs.do_once(TIDYING, today.isoformat(), self._tidy)
        except StoreRefused as error:
            log.warning("old rows could not be deleted: %s", error)

    async def _tidy(self) -> bool:
        gone = await self._store.retention.purge(self._clock.now(), self._keep_positions)
        log.info("retention removed rows: %s", gone)
        return True
