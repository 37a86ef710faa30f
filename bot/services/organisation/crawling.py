"""Reads the whole directory: at the start, when departments changed, and once a day."""

import asyncio
import logging
from collections.abc import Callable
from zoneinfo import ZoneInfo

from bot.clock import Clock, local_date
from bot.errors import OperatorError, StoreRefused, UpstreamError
from bot.services.organisation.directory import Directory
from bot.services.upkeep.turns import take_turn
from bot.storage.replicas import Jobs

log = logging.getLogger(__name__)

AGAIN_S = 60.0


class Crawling:
    """When the directory is read as a whole, and by which process."""

    def __init__(
        self,
        directory: Directory,
        *,
        jobs: Jobs,
        clock: Clock,
        zone: ZoneInfo,
        on_read: Callable[[], None],
    ) -> None:
        """`on_read` is called after each reading at the start or of changed departments."""
        self._directory = directory
        self._jobs = jobs
        self._clock = clock
        self._zone = zone
        self._on_read = on_read

    async def run(self) -> None:
        """Read at the start and when departments changed, trying on until it succeeds."""
        while True:
            await self._directory.crawl_wanted.wait()
            if await self._crawl():
                self._on_read()
            await asyncio.sleep(AGAIN_S)

    async def daily(self) -> None:
        """Read once a day, on one process for all; to be called several times a night."""
        today = local_date(self._clock, self._zone)
        try:
            await take_turn(self._jobs, "directory", today.isoformat(), self._crawl)
        except StoreRefused as error:
            log.warning("the daily reading of the directory waits for the database: %s", error)

    async def _crawl(self) -> bool:
        try:
            count = await self._directory.crawl()
        except (UpstreamError, OperatorError, StoreRefused) as error:
            log.warning("the directory could not be read: %s", error)
            return False
        log.info("the directory has %d people", count)
        return True
