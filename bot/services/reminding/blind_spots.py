"""Telling the administrators which API hides who is to be reminded, once for all processes."""

import logging
from collections.abc import Awaitable, Mapping
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.errors import StoreRefused
from bot.services.upkeep.operators import Operators
from bot.services.upkeep.turns import take_turn
from bot.storage.replicas import Jobs

log = logging.getLogger(__name__)

# So long after it was last seen, an outage that was over meanwhile is another one and told anew. An API that comes
# and goes faster has one outage, of which the administrators hear once an hour at most.
CALM = timedelta(minutes=10)


class BlindSpots:
    """Who knows what cannot be read: shown by each process, told by one."""

    def __init__(self, operators: Operators, jobs: Jobs, clock: Clock) -> None:
        self._operators = operators
        self._jobs = jobs
        self._clock = clock
        self._now: set[str] = set()  # what cannot be read
        self._seen_at: dict[str, datetime] = {}
        self._again_at: dict[str, datetime] = {}  # since when, where it is not the first outage

    async def note(self, troubles: Mapping[str, str]) -> None:
        """Take what one reading could not read, by service with the reason; nothing means that all is well."""
        for service, reason in troubles.items():
            await self._tell(f"reminders: {service}", service, reason)
        if not troubles:
            for subject in self._now:
                self._operators.over(subject)
            self._now.clear()

    async def _tell(self, subject: str, service: str, reason: str) -> None:
        key, turn = "alert.reminders_blind", self._turn(subject)
        self._now.add(subject)

        def alert() -> Awaitable[bool]:
            return self._operators.alert(subject, key, service=service, reason=reason)

        try:
            await take_turn(self._jobs, subject, turn, alert)
        except StoreRefused as error:
            log.warning("who tells of %s could not be looked up: %s", subject, error)
        self._operators.note(subject, key, service=service, reason=reason)

    def _turn(self, subject: str) -> str:
        """Return one turn an hour, and one of its own for an outage that began a while after the last was over."""
        now = self._clock.now()
        last = self._seen_at.get(subject)
        self._seen_at[subject] = now
        if last is not None and subject not in self._now and now - last >= CALM:
            self._again_at[subject] = now
        hour, again_at = f"{now:%Y-%m-%dT%H}", self._again_at.get(subject)
        if again_at is None or f"{again_at:%Y-%m-%dT%H}" != hour:
            return hour
        return f"{hour}:{again_at.minute // 10}0"  # other processes notice it within a few minutes
