"""The heartbeat of this process, and alerts about settings that are missing."""

import asyncio
import logging
from collections.abc import Mapping
from contextlib import suppress

from bot.clock import Clock
from bot.errors import StoreDamaged, StoreRefused
from bot.services.upkeep.leases import Lease
from bot.services.upkeep.operators import Operators
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
