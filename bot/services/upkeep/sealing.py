"""The sealer: links recorded punches into the hash chain, one process for all."""

import asyncio
import logging

from bot.domain.chain import Link
from bot.errors import OperatorError, StoreRefused
from bot.services.upkeep.operators import Operators
from bot.storage.chain import Chain
from bot.storage.replicas import Jobs

log = logging.getLogger(__name__)

JOB = "seal"
SUBJECT = "the ledger's chain"
END = "the ledger's end"
AT_ONCE = 256  # links in one transaction: a few ms, so that no writer waits


class Sealer:
    """Looks for punches without a link every `every_s` seconds, for as long as this process has the job."""

    def __init__(self, chain: Chain, jobs: Jobs, operators: Operators, *, every_s: float) -> None:
        self._chain = chain
        self._jobs = jobs
        self._operators = operators
        self._every_s = every_s
        self._refused = False
        self._last: Link | None = None  # that this process has sealed

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
                await self._operators.alert(SUBJECT, "alert.not_sealed", reason=error)
            else:
                self._refused = False
                self._operators.over(SUBJECT)
            await asyncio.sleep(self._every_s)

    async def seal(self) -> int:
        """Link all that waits, if this process has the job; return how many punches it were.

        Tells the administrators when the database has forgotten a link that it confirmed, and goes on from its
        end. Raises StoreRefused; OperatorError when somebody removed the chain's head.
        """
        if not await self._jobs.take(JOB):
            return 0
        if self._last is not None and not await self._chain.holds(self._last):
            await self._operators.alert(END, "alert.links_lost", link=self._last)
            self._last = None
        count = 0
        while links := await self._chain.seal(AT_ONCE):
            count += len(links)
            self._last = links[-1]
        if count:
            # Logs that are kept elsewhere prove that the chain's end was not cut off or rewritten later.
            log.info("the ledger is sealed up to link %s", self._last)
        return count
