"""The sealer: links recorded punches into the hash chain, one process for all."""

import asyncio
import logging

from bot.errors import StoreRefused
from bot.services.ports import Chain, Jobs

log = logging.getLogger(__name__)

JOB = "seal"
AT_ONCE = 256  # links in one transaction: a few ms, so that no writer waits


class Sealer:
    """Looks for punches without a link every `every_s` seconds, for as long as this process has the job."""

    def __init__(self, chain: Chain, jobs: Jobs, *, every_s: float) -> None:
        self._chain = chain
        self._jobs = jobs
        self._every_s = every_s
        self._refused = False

    async def run(self) -> None:
        """Seal, for ever. A refused database is waited for."""
        while True:
            try:
                await self.seal()
            except StoreRefused as error:
                if not self._refused:
                    log.warning("the ledger cannot be sealed: %s", error)
                self._refused = True
            else:
                self._refused = False
            await asyncio.sleep(self._every_s)

    async def seal(self) -> int:
        """Link all that waits, if this process has the job; return how many punches it were.

        Raises StoreRefused; OperatorError when somebody removed the chain's head.
        """
        if not await self._jobs.take(JOB):
            return 0
        count = 0
        while links := await self._chain.seal(AT_ONCE):
            count += len(links)
            last = links[-1]
        if count:
            # Logs that are kept elsewhere prove that the chain's end was not cut off or rewritten later.
            log.info("the ledger is sealed up to link %s", last)
        return count
