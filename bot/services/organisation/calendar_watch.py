"""Seeing to it that the holidays of the year to come are known."""

import logging
from zoneinfo import ZoneInfo

from bot.clock import Clock, local_date
from bot.errors import StoreRefused
from bot.services.organisation.rosters import ConfiguredRosters
from bot.services.upkeep.operators import Operators
from bot.services.upkeep.turns import take_turn
from bot.storage.replicas import Jobs

log = logging.getLogger(__name__)

CALENDAR = "calendar"  # what an alert about an unknown year is about


class CalendarWatch:
    """Tells the operators of a year whose holidays nobody knows here, by one process for all."""

    def __init__(
        self, rosters: ConfiguredRosters, operators: Operators, jobs: Jobs, clock: Clock, zone: ZoneInfo
    ) -> None:
        self._rosters = rosters
        self._operators = operators
        self._jobs = jobs
        self._clock = clock
        self._zone = zone

    async def run(self) -> None:
        """Alert once for each year that is needed and unknown; to be called at the start and daily."""
        year = self._rosters.unknown_year(local_date(self._clock, self._zone))
        if year is None:
            self._operators.over(CALENDAR)
            return
        key = "alert.year_unknown"
        try:
            await take_turn(
                self._jobs, CALENDAR, str(year), lambda: self._operators.alert(CALENDAR, key, year=year)
            )
        except StoreRefused as error:
            log.warning("who tells of an unknown year could not be looked up: %s", error)
        self._operators.note(CALENDAR, key, year=year)  # shown by each process, whoever tells of it
