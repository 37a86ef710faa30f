"""A lead's bundled note after the start of a shift: people missing, on leave, and unknown."""

import logging
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from bot.clock import Clock
from bot.dingtalk.attendance import PEOPLE_A_CALL
from bot.domain.day import person_day
from bot.domain.due import DueState, stand
from bot.domain.shifts import CheckPoint
from bot.services.organisation.directory import Directory
from bot.services.organisation.rosters import Rosters
from bot.services.reporting.day_reader import DayReader

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Team:
    """How the people of one lead stand at the start of a shift; those who punched or are excused are in none."""

    missing: tuple[str, ...] = ()
    on_leave: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def people(self) -> tuple[str, ...]:
        """Return the people that a note names or counts."""
        return (*self.missing, *self.on_leave, *self.unknown)

    def only(self, those: Container[str]) -> "Team":
        """Return the team without whoever is not of `those`."""
        kept = (tuple(one for one in some if one in those) for some in (self.missing, self.on_leave, self.unknown))
        return Team(*kept)


class Escalations:
    """Finds the people for the leads' notes."""

    def __init__(self, book: Rosters, directory: Directory, reader: DayReader, clock: Clock) -> None:
        self._book = book
        self._directory = directory
        self._reader = reader
        self._clock = clock

    async def teams(
        self, work_date: date, starts_at: datetime, leads: Iterable[str]
    ) -> tuple[Mapping[str, Team], Mapping[str, str]]:
        """Return how the people of each of `leads` stand whose shift of `work_date` began at `starts_at`.

        Whose day a lead excused is in no note. And what could not be read, with its reason, by API.
        Raises StoreRefused.
        """
        wanted = frozenset(leads)
        teams = self._directory.teams()
        starters = {
            user_id: point
            for plan, user_ids in self._book.plans.items()
            if plan.work_date == work_date and (point := plan.start) is not None and point.due_at == starts_at
            for user_id in user_ids
        }
        led = {user_id: wanted.intersection(teams.leads_of(user_id)) for user_id in starters}
        asked = [user_id for user_id, its_leads in led.items() if its_leads and self._directory.is_active(user_id)]
        verdicts, troubles = await self._verdicts({user_id: starters[user_id] for user_id in asked})
        return {lead: _team(lead, led, verdicts) for lead in wanted}, troubles

    async def _verdicts(
        self, starters: Mapping[str, CheckPoint]
    ) -> tuple[Mapping[str, DueState], Mapping[str, str]]:
        verdicts: dict[str, DueState] = {}
        troubles: dict[str, str] = {}
        people = list(starters)
        for begin in range(0, len(people), PEOPLE_A_CALL):
            some = people[begin : begin + PEOPLE_A_CALL]
            reading = await self._reader.read_now(some, starters[some[0]].work_date)
            days = {one: person_day(facts, self._clock.now()) for one, facts in reading.facts.items()}
            troubles.update(reading.troubles)
            verdicts.update((user_id, stand(user_id, starters[user_id], days[user_id])) for user_id in some)
        return verdicts, troubles


def _team(lead: str, led: Mapping[str, frozenset[str]], verdicts: Mapping[str, DueState]) -> Team:
    def those(*wanted: DueState) -> tuple[str, ...]:
        return tuple(
            user_id for user_id, verdict in verdicts.items() if verdict in wanted and lead in led[user_id]
        )

    return Team(
        missing=those(DueState.DUE),
        on_leave=those(DueState.ON_LEAVE, DueState.PENDING_LEAVE),
        unknown=those(DueState.UNKNOWN),
    )
