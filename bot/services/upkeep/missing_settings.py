"""Alerts about what cannot work for want of a setting."""

import asyncio
from collections.abc import Mapping

from bot.services.upkeep.operators import Operators

AGAIN_S = 60.0  # between two tries to reach those whom an alert has not reached


class MissingSettings:
    """Says at the start what cannot work, before anything fails for it."""

    def __init__(self, operators: Operators, unusable: Mapping[str, str]) -> None:
        """Take `unusable`: the key of an alert's sentence, by the subject that cannot work."""
        self._operators = operators
        self._unusable = dict(unusable)

    async def run(self) -> None:
        """Alert once about each subject, until cancelled."""
        while True:
            # At once: `/readyz` shows all of them, however long it takes to reach somebody.
            await asyncio.gather(*(self._operators.alert(*each) for each in self._unusable.items()))
            await asyncio.sleep(AGAIN_S)
