"""Random events of a made-up company over some days: plans, absences, punches and wishes.

Times are naive and local. Each event is at half past a minute, so that none falls on a reminder's
moment.
"""

import random
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

ON, OFF = "上班卡", "下班卡"
ALWAYS, NEVER = datetime.min, datetime.max  # noqa: DTZ901 - local
ONE_DAY = timedelta(days=1)
Hours = tuple[int, int, int]  # section, start and end in minutes
HOURS = {  # start and end of each section, in minutes after midnight of the work date
    "day": ((540, 1080),),
    "night": ((1320, 1800),),
    "split": ((510, 720), (810, 1080)),
}


@dataclass(frozen=True, slots=True)
class Person:
    """An employee from `joined_at` until `left_at`, with the app from `signed_in_at` on."""

    user_id: str
    shift: str = "day"
    joined_at: datetime = ALWAYS
    signed_in_at: datetime = ALWAYS
    left_at: datetime = NEVER


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan made at `made_at`: a shift on a date, None for a day off. `event` says whether
    DingTalk pushes it.
    """

    user_id: str
    work_date: date
    shift: str | None
    made_at: datetime = ALWAYS
    event: bool = True


@dataclass(frozen=True, slots=True)
class Punch:
    """A punch for a check.

    DingTalk pushes an event unless lost, and shows it `shown_after` minutes later.
    """

    user_id: str
    work_date: date
    section: int
    what: str
    at: datetime
    way: str = "app"
    event_lost: bool = False
    shown_after: int = 0


@dataclass(frozen=True, slots=True)
class Away:
    """Leave, a trip or an outing, with the moments of its request, approval and end (refused or
    taken back).
    """

    user_id: str
    start: datetime
    end: datetime
    asked_at: datetime
    kind: str = "leave"
    approved_at: datetime = ALWAYS
    ended_at: datetime = NEVER
    event_lost: bool = False


@dataclass(frozen=True, slots=True)
class Wish:
    """A chat message about reminders: `quiet` (today), `mute`, `resume`, `minutes` or `snooze`."""

    user_id: str
    at: datetime
    what: str
    minutes: int = 0


@dataclass(slots=True)
class Scenario:
    days: Sequence[date]
    people: dict[str, Person] = field(default_factory=dict)
    plans: list[Plan] = field(default_factory=list)
    punches: list[Punch] = field(default_factory=list)
    aways: list[Away] = field(default_factory=list)
    wishes: list[Wish] = field(default_factory=list)


def moment(day: date, minutes: int) -> datetime:
    """Return a moment by minutes after local midnight, at half past the minute."""
    return datetime.combine(day, time()) + timedelta(minutes=minutes, seconds=30)


def exactly(day: date, minutes: int) -> datetime:
    """Return a moment by minutes after local midnight."""
    return datetime.combine(day, time()) + timedelta(minutes=minutes)


def make(
    usual: dict[str, str],
    leads: Collection[str],
    days: Sequence[date],
    holiday: date,
    makeup: date,
    rng: random.Random,
) -> Scenario:
    """Make a scenario for people with their usual shifts. Leads do not leave."""
    made = Scenario(days)
    made.people = {user_id: Person(user_id, shift) for user_id, shift in usual.items()}
    author = _Author(made, rng, holiday, makeup, leads)
    author.write()
    return made


class _Author:
    """Draws the events, one person and date at a time."""

    def __init__(
        self,
        made: Scenario,
        rng: random.Random,
        holiday: date,
        makeup: date,
        leads: Collection[str],
    ) -> None:
        self._made = made
        self._rng = rng
        self._leads = frozenset(leads)
        self._holiday = holiday
        self._makeup = makeup
        self._after_night: set[tuple[str, date]] = set()
        ways, shares = ("chat", "app", "gate"), (12, 45, 43)
        self._ways = {user_id: rng.choices(ways, shares)[0] for user_id in made.people}

    def write(self) -> None:
        self._come_and_go()
        for day in self._made.days:
            for person in list(self._made.people.values()):
                shift = person.shift if self._is_workday(day) and person.shift in HOURS else None
                shift = self._planned(person, day, shift)
                if shift is not None:
                    self._work(person, day, shift)
                elif person.shift == "flexible":
                    self._come_freely(person, day)
        self._wish()

    def _is_workday(self, day: date) -> bool:
        return day != self._holiday and (day.weekday() < 5 or day == self._makeup)

    def _come_and_go(self) -> None:
        """Let some people join, leave, or sign in for the first time."""
        workdays = [day for day in self._made.days if self._is_workday(day)]
        first, second, last = workdays[0], workdays[1], workdays[-1]
        people, rng = self._made.people, self._rng
        ordinary = [
            person
            for person in people.values()
            if person.shift == "day" and person.user_id not in self._leads
        ]
        some = iter(rng.sample(ordinary, 12))
        changes = [
            *({"left_at": moment(second, 533)} for _ in range(4)),
            *({"left_at": moment(last, 200)} for _ in range(3)),
            *({"signed_in_at": moment(second, 420)} for _ in range(3)),
            *({"signed_in_at": NEVER} for _ in range(2)),
        ]
        for change, one in zip(changes, some, strict=True):
            people[one.user_id] = Person(one.user_id, one.shift, **change)
        joins = [moment(first, at) for at in (130, 130, 495, 495, 610, 610)] + [
            moment(last, 130)
        ] * 3
        for number, joined_at in enumerate(joins):
            user_id = f"fresh{number:02d}"
            people[user_id] = Person(user_id, "day", joined_at=joined_at)
            self._ways[user_id] = "app"

    def _planned(self, person: Person, day: date, shift: str | None) -> str | None:
        """Plan a date, sometimes with a later change. Return the final shift."""
        plans = self._made.plans
        plans.append(Plan(person.user_id, day, shift))
        if shift is None or person.joined_at != ALWAYS or person.left_at != NEVER:
            return shift
        draw = self._rng.random()
        if shift == "night" and draw < 0.05:  # the same plan again; it triggers a read
            plans.append(Plan(person.user_id, day, shift, moment(day, 560)))
        elif (person.user_id, day) in self._after_night:
            plans.append(Plan(person.user_id, day, None, moment(day - ONE_DAY, 100)))
        elif shift == "day" and draw < 0.004:  # known in the night before
            plans.append(Plan(person.user_id, day, "night", moment(day, 100)))
            self._after_night.add((person.user_id, day + ONE_DAY))
        elif shift == "day" and draw < 0.008:  # found by the next read of all plans
            plans.append(Plan(person.user_id, day, "split", moment(day, 40), event=False))
        elif shift == "day" and draw < 0.012:  # found right before the reminder
            plans.append(Plan(person.user_id, day, None, moment(day, 520), event=False))
        return plans[-1].shift

    def _work(self, person: Person, day: date, shift: str) -> None:
        dues = [(index, *hours) for index, hours in enumerate(HOURS[shift])]
        usual = self._made.plans[-1].shift == person.shift
        stays = person.left_at == NEVER and person.joined_at == ALWAYS and usual
        away = self._rng.random() < 0.12 and stays
        since, dues = self._be_away(person, day, shift, dues) if away else (ALWAYS, dues)
        for section, start, end in dues:
            must_come = away and end == 780  # going at 13:00 would else be taken for coming
            self._punch(person, day, section, ON, start, since, app=away, surely=must_come)
            self._punch(person, day, section, OFF, end, since, app=away)

    def _punch(
        self,
        person: Person,
        day: date,
        section: int,
        what: str,
        due: int,
        since: datetime,
        *,
        app: bool = False,
        surely: bool = False,
    ) -> None:
        rng = self._rng
        way = "app" if app else self._ways[person.user_id]
        if rng.random() < 0.14 and not surely:
            return
        spans = (
            [(-35, -11), (-9, -1), (0, 4), (6, 25)]
            if what == ON
            else [(-25, -11), (-9, -1), (0, 4), (6, 33)]
        )
        shares = (50, 20, 14, 16) if what == ON else (0 if way == "chat" else 5, 5, 55, 35)
        first, last = rng.choices(spans, shares)[0]
        at = moment(day, due + rng.randint(first, last))
        if not max(since, person.joined_at, person.signed_in_at) < at < person.left_at:
            return
        lost = way != "chat" and rng.random() < 0.08
        late = rng.choice((4, 12, 25)) if way != "chat" and rng.random() < 0.1 else 0
        self._made.punches.append(Punch(person.user_id, day, section, what, at, way, lost, late))

    def _come_freely(self, person: Person, day: date) -> None:
        at = moment(day, self._rng.randint(400, 800))
        self._made.punches.append(Punch(person.user_id, day, 0, ON, at))

    def _be_away(
        self, person: Person, day: date, shift: str, dues: list[Hours]
    ) -> tuple[datetime, list[Hours]]:
        """Add an absence.

        Return from when the person may punch, and the checks that they still make.
        """
        kind = self._rng.choice(_kinds(shift))
        change = moment(day, dues[0][1] - self._rng.choice((7, 3)))  # after the first reminder
        course = self._course(kind, day, dues[0][1], change)
        for first, last in _spans(kind, shift, dues):
            self._made.aways.append(
                Away(person.user_id, exactly(day, first), exactly(day, last), **course)
            )
        since = change if kind in ("refused", "taken_back") else ALWAYS
        return since, _left(kind, shift, dues)

    def _course(self, kind: str, day: date, start: int, change: datetime) -> dict[str, Any]:
        """Return the fields of an absence by its kind."""
        rng = self._rng
        evening_before = moment(day - ONE_DAY, rng.randint(1100, 1400))
        lost = {"event_lost": rng.random() < 0.3}
        special: dict[str, dict[str, Any]] = {
            "whole": lost,
            "morning": lost,
            "trip": {"kind": "trip"},
            "pending": {"approved_at": NEVER},
            "refused": {"approved_at": NEVER, "ended_at": change},
            "granted": {"asked_at": moment(day, start - 70), "approved_at": change},
            "taken_back": {"ended_at": change},
            "given_up": {"ended_at": moment(day, start - 110)},
            "outing_first": {
                "kind": "outing",
                "asked_at": rng.choice((evening_before, moment(day, 500))),
            },
            "outing_last": {"kind": "outing"},
        }
        return {"asked_at": evening_before, **special.get(kind, {})}

    def _wish(self) -> None:
        """Let some people change their reminders in chat."""
        rng, made = self._rng, self._made
        first = made.days[0]
        workers = [
            person
            for person in made.people.values()
            if person.shift in HOURS and person.joined_at == ALWAYS
        ]
        stayers = [
            person
            for person in workers
            if person.left_at == NEVER and person.signed_in_at == ALWAYS
        ]
        rng.shuffle(stayers)
        each = max(2, len(stayers) // 60)
        for one in stayers[:each]:
            made.wishes.append(
                Wish(one.user_id, moment(first, 330), "minutes", rng.choice((5, 20, 45)))
            )
        for one in stayers[each : 2 * each]:
            made.wishes.append(Wish(one.user_id, moment(first, 340), "mute"))
            made.wishes.append(Wish(one.user_id, moment(made.days[-1], 720), "resume"))
        for day, one in self._some_days(stayers[2 * each : 8 * each]):
            if one.shift != "night":
                made.wishes.append(
                    Wish(one.user_id, moment(day, rng.choice((400, 512, 532, 1073))), "quiet")
                )
        gone = {(away.user_id, away.start.date()) for away in made.aways}
        for day, one in self._some_days(stayers[8 * each : 16 * each]):
            if (one.user_id, day) in gone:
                continue
            start = HOURS[one.shift][0][0]
            made.wishes.append(Wish(one.user_id, moment(day, start - 8), "snooze", 10))

    def _some_days(self, people: Sequence[Person]) -> Iterator[tuple[date, Person]]:
        for one in people:
            yield self._rng.choice(self._made.days), one


def _kinds(shift: str) -> list[str]:
    kinds = ["whole", "whole", "trip", "pending", "refused", "granted", "taken_back", "given_up"]
    kinds += ["morning", "afternoon", "halves"] * (shift != "night")
    return kinds + ["hours", "outing_first", "outing_last"] * (shift == "day")


def _spans(kind: str, shift: str, dues: Sequence[Hours]) -> list[tuple[int, int]]:
    """Return the spans of an absence in minutes after midnight."""
    start, end = dues[0][1], dues[-1][2]
    noon = (780, 780) if shift == "day" else (dues[0][2], dues[-1][1])
    special = {
        "whole": [(start - 60, end + 60)],
        "morning": [(start, noon[0])],
        "afternoon": [(noon[1], end)],
        "halves": [(start, noon[0]), (noon[1], end)],
        "hours": [(600, 690)],
        "outing_first": [(510, 660)],
        "outing_last": [(960, end)],
    }
    return special.get(kind, [(start, end)])


def _left(kind: str, shift: str, dues: list[Hours]) -> list[Hours]:
    """Return the sections in which the person still comes and goes."""
    start, end = dues[0][1], dues[-1][2]
    left = {
        "morning": [(0, 780, end)] if shift == "day" else dues[1:],
        "afternoon": [(0, start, 780)] if shift == "day" else dues[:1],
        "outing_first": [(0, 660, end)],
        "outing_last": [(0, start, 960)],
        **dict.fromkeys(("hours", "refused", "taken_back", "given_up"), dues),
    }
    return left.get(kind, [])
