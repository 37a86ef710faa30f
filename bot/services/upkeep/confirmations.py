"""Sees when the database no longer has punches that it confirmed: a standby took over without its last commits."""

import asyncio
import logging

from bot.errors import StoreRefused
from bot.services.upkeep.operators import Operators
from bot.storage.ledger import Confirmations

log = logging.getLogger(__name__)


class ConfirmationWatch:
    """Looks every `every_s` seconds, in each process: what one confirmed no other knows."""

    def __init__(self, confirmations: Confirmations, operators: Operators, *, every_s: float) -> None:
        self._confirmations = confirmations
        self._operators = operators
        self._every_s = every_s

    async def run(self) -> None:
        """Look, for ever. While the database does not answer nothing is said: it may have everything still."""
        while True:
            try:
                await self.look()
            except StoreRefused as error:
                log.debug("the punches confirmed last cannot be looked up: %s", error)
            await asyncio.sleep(self._every_s)

    async def look(self) -> None:
        """Log each punch that is gone, for whoever enters it again, and tell the administrators how many they are.

        Raises StoreRefused.
        """
        gone = await self._confirmations.take_gone()
        for punch_id, user_id, check_type, punched_at in gone:
            log.error("punch %s is gone: %s of %s at %s", punch_id, check_type, user_id, punched_at.isoformat())
        if gone:
            # Each loss is a subject of its own: a second one is news.
            subject = f"the punches confirmed last, from {gone[0].punch_id} on"
            await self._operators.alert(subject, "alert.punches_gone", count=len(gone))
