"""A lead excuses a day of one of their people, or takes that back: with a trace, and the person hears of it."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from bot.clock import Clock
from bot.domain.absences import MOST_REASON, Excuse, ExcuseState, follows
from bot.domain.people import Employee
from bot.services.organisation.rosters import Rosters
from bot.services.organisation.visibility import Visibility
from bot.storage.corrections import Excuses

FARTHEST_AHEAD = timedelta(days=31)


class Excusing(StrEnum):
    """What became of a lead's wish; its name is that of the sentence that says so."""

    DONE = "done"
    ALREADY = "already"
    TAKEN_BACK = "taken_back"
    NOT_EXCUSED = "not_excused"  # there is nothing to take back
    NOT_YOURS = "not_yours"  # nobody of that name among the lead's people, whether or not there is one elsewhere
    WHICH = "which"  # several of one name
    TOO_FAR = "too_far"
    NO_WORK = "no_work"  # nothing is due that day, so that an excuse would count nowhere
    NOT_READ = "not_read"  # whether they still lead somebody


_SAID = {
    ExcuseState.EXCUSED: (Excusing.DONE, Excusing.ALREADY),
    ExcuseState.TAKEN_BACK: (Excusing.TAKEN_BACK, Excusing.NOT_EXCUSED),
}


@dataclass(frozen=True, slots=True)
class Excused:
    """The outcome of a lead's wish: the people it may mean, and the decision that holds."""

    outcome: Excusing
    people: tuple[Employee, ...] = ()
    last: Excuse | None = None


class ExcuseService:
    """Writes down that a lead excused somebody's day. It is no leave, and changes no punch."""

    def __init__(
        self,
        *,
        excuses: Excuses,
        rosters: Rosters,
        visibility: Visibility,
        oldest_days: int,
        clock: Clock,
        zone: ZoneInfo,
    ) -> None:
        self._excuses = excuses
        self._rosters = rosters
        self._visibility = visibility
        self._oldest_days = oldest_days
        self._clock = clock
        self._zone = zone

    async def check(self, lead: Employee, named: str, day: date, state: ExcuseState) -> Excused:
        """Tell what would become of it: `done` or `taken_back` where it would count. Raises StoreRefused."""
        people = await self._visibility.led_by(lead.user_id, named)
        if people is None:
            return Excused(Excusing.NOT_READ)
        if len(people) != 1:
            return Excused(Excusing.WHICH if people else Excusing.NOT_YOURS, people)
        today = self._clock.now().astimezone(self._zone).date()
        if not today - timedelta(days=self._oldest_days) <= day <= today + FARTHEST_AHEAD:
            return Excused(Excusing.TOO_FAR, people)
        plans = await self._rosters.plans_around(people[0], day) or ()
        if state is ExcuseState.EXCUSED and any(one.work_date == day and not one.points for one in plans):
            return Excused(Excusing.NO_WORK, people)
        last = await self._excuses.last(people[0].user_id, day)
        done, in_vain = _SAID[state]
        said = Excuse(people[0].user_id, day, lead.user_id, "", self._clock.now(), state)
        return Excused(done if follows(said, last) else in_vain, people, last)

    async def say(self, lead: Employee, named: str, day: date, reason: str, state: ExcuseState) -> Excused:
        """Excuse `named`, a name or a user id, on `day`, or take that back. Raises StoreRefused."""
        found = await self.check(lead, named, day, state)
        done, in_vain = _SAID[state]
        if found.outcome not in (done, in_vain):
            return found
        people = found.people
        if await self._visibility.led_by(lead.user_id, named) != people:  # since the plan was read
            return Excused(Excusing.NOT_READ)
        why = " ".join(reason.split())[:MOST_REASON]
        last, fresh = await self._excuses.put(
            Excuse(people[0].user_id, day, lead.user_id, why, self._clock.now(), state)
        )
        twice = last is not None and (last.decided_by, last.reason) == (
            lead.user_id,
            why,
        )  # came again
        return Excused(done if fresh or twice else in_vain, people, last)
