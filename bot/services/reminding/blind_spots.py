"""Telling the administrators which API hides who is to be reminded."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.services.speaking import Operators

CALM = timedelta(minutes=10)  # an API that answers for so long works again; one that comes and goes has one outage


class BlindSpots:
    """Knows what cannot be read."""

    def __init__(self, operators: Operators, clock: Clock) -> None:
        self._operators = operators
        self._clock = clock
        self._failed_at: dict[str, datetime] = {}

    async def note(self, troubles: Mapping[str, str]) -> None:
        """Take what one reading could not read, by service with the reason."""
        now = self._clock.now()
        for service, reason in troubles.items():
            subject = f"reminders: {service}"
            self._failed_at[subject] = now
            await self._operators.alert(subject, "alert.reminders_blind", service=service, reason=reason)
        for subject in [one for one, at in self._failed_at.items() if now - at >= CALM]:
            del self._failed_at[subject]
            self._operators.over(subject)
