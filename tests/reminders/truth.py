"""The judge: computes the due reminders of a scenario without code of the bot."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TypeVar

from tests.reminders.scenario import (
    ALWAYS,
    HOURS,
    NEVER,
    OFF,
    ON,
    Away,
    Person,
    Plan,
    Punch,
    Scenario,
    Wish,
    exactly,
)

BEFORE, AFTER = timedelta(minutes=10), timedelta(minutes=5)  # the company's settings
QUIET_FROM, QUIET_UNTIL = time(23), time(5, 55)
AT_MOST = 2  # reminders of one check at one time
OPEN = timedelta(hours=2)  # a snooze is about a check at most this far away
T = TypeVar("T")
K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Check:
    """One check of one person."""

    user_id: str
    work_date: date
    section: int
    what: str
    due: datetime


@dataclass(frozen=True, slots=True)
class Told:
    """A reminder due between `at` and a minute later."""

    check: Check
    at: datetime
    kind: str


class Truth:
    """Computes due reminders from the facts that were known at each moment."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._plans = _by(scenario.plans, _day_of)
        self._aways = _by(scenario.aways, _who)
        self._wishes = _by(scenario.wishes, _who)
        self._punches = _by(scenario.punches, _day_of)

    def told(self) -> list[Told]:
        """Return all due reminders."""
        return [
            told
            for person in self._scenario.people.values()
            for day in self._scenario.days
            for told in self._of(person, day)
        ]

    def moments(self) -> set[datetime]:
        """Return every possible moment of a reminder, also for people who punched."""
        return {at for key in self._plans for _, at, _ in self._reminders(*key)}

    def is_here(self, user_id: str, at: datetime) -> bool:
        """Return whether a person is in the company and has the app."""
        person = self._scenario.people[user_id]
        return max(person.joined_at, person.signed_in_at) <= at < person.left_at

    def _of(self, person: Person, day: date) -> Iterator[Told]:
        said: dict[Check, int] = defaultdict(int)  # a moved check is another check
        for check, at, kind in sorted(self._reminders(person.user_id, day), key=lambda one: one[1]):
            is_once_more = kind == "snooze" or said[check] < AT_MOST
            if is_once_more and self._is_wanted(person, check, at):
                yield Told(check, at, kind)
                said[check] += kind != "snooze"

    def _is_wanted(self, person: Person, check: Check, at: datetime) -> bool:
        here = self.is_here(person.user_id, at)
        planned = check in self._checks(person.user_id, check.work_date, at)
        at_night = not QUIET_UNTIL <= at.time() < QUIET_FROM
        return (
            here
            and planned
            and not at_night
            and not self._is_quiet(check, at)
            and not self._is_seen(check, at)
        )

    def _reminders(self, user_id: str, day: date) -> Iterator[tuple[Check, datetime, str]]:
        """Yield each check with the moments of its reminders, by the facts known then."""
        turns = sorted({ALWAYS, *self._turns(user_id, day)})
        for since, until in zip(turns, [*turns[1:], NEVER], strict=True):
            for check in self._checks(user_id, day, since):
                for at, kind in self._moments(check, since):
                    if since <= at < until:
                        yield check, at, kind
        for wish in self._wishes.get(user_id, ()):
            if wish.what == "snooze" and wish.at.date() == day:
                at = wish.at + timedelta(minutes=wish.minutes)
                open_checks = [
                    check for check in self._checks(user_id, day, at) if abs(check.due - at) <= OPEN
                ]
                if open_checks:
                    yield min(open_checks, key=lambda check: abs(check.due - at)), at, "snooze"

    def _turns(self, user_id: str, day: date) -> Iterator[datetime]:
        """Yield the moments of changes to plans, wishes and absences."""
        yield from (plan.made_at for plan in self._plans.get((user_id, day), ()))
        yield from (wish.at for wish in self._wishes.get(user_id, ()))
        for away in self._aways.get(user_id, ()):
            yield from (max(away.asked_at, away.approved_at), away.ended_at)

    def _moments(self, check: Check, since: datetime) -> Iterator[tuple[datetime, str]]:
        said = [
            wish
            for wish in self._wishes.get(check.user_id, ())
            if wish.what == "minutes" and wish.at <= since
        ]
        before = timedelta(minutes=said[-1].minutes) if said else BEFORE
        yield check.due - before, "before"
        yield check.due + AFTER, "after"

    def _checks(self, user_id: str, day: date, at: datetime) -> list[Check]:
        """Return the planned checks after approved absences, as known at a moment."""
        shift = self._planned(user_id, day, at)
        if shift is None:
            return []
        away = sorted((absence.start, absence.end) for absence in self._approved(user_id, at))
        found: list[Check] = []
        for section, (start, end) in enumerate(HOURS[shift]):
            comes, goes = exactly(day, start), exactly(day, end)
            for first, last in away:
                comes = last if first <= comes < last else comes
            for first, last in reversed(away):
                goes = first if first < goes <= last else goes
            if comes < goes:
                found.append(Check(user_id, day, section, ON, comes))
                found.append(Check(user_id, day, section, OFF, goes))
        return found

    def _planned(self, user_id: str, day: date, at: datetime) -> str | None:
        """Return the planned shift of a date as known at a moment, None for a day off."""
        made = [plan.shift for plan in self._plans.get((user_id, day), ()) if plan.made_at <= at]
        return made[-1] if made else None

    def _is_quiet(self, check: Check, at: datetime) -> bool:
        muted = False
        for wish in sorted(self._wishes.get(check.user_id, ()), key=lambda wish: wish.at):
            if wish.at <= at and wish.what == "quiet" and wish.at.date() == check.work_date:
                return True
            if wish.at <= at and wish.what in ("mute", "resume"):
                muted = wish.what == "mute"
        return muted

    def _is_seen(self, check: Check, at: datetime) -> bool:
        """Return whether the check's punch is known: at once by chat or event, later by reads."""
        punch = self._punch(check)
        if punch is None:
            return False
        shown_at = punch.at + timedelta(minutes=punch.shown_after)
        return (shown_at if punch.event_lost else punch.at) <= at

    def _punch(self, check: Check) -> Punch | None:
        made = self._punches.get((check.user_id, check.work_date), ())
        return next(
            (punch for punch in made if (punch.section, punch.what) == (check.section, check.what)),
            None,
        )

    def _approved(self, user_id: str, at: datetime) -> list[Away]:
        mine = self._aways.get(user_id, ())
        return [away for away in mine if max(away.asked_at, away.approved_at) <= at < away.ended_at]


def _who(one: Away | Wish) -> str:
    return one.user_id


def _day_of(one: Plan | Punch) -> tuple[str, date]:
    return one.user_id, one.work_date


def _by(things: Iterable[T], key: Callable[[T], K]) -> dict[K, list[T]]:
    found: dict[K, list[T]] = defaultdict(list)
    for one in things:
        found[key(one)].append(one)
    return dict(found)
