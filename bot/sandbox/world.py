"""The company as DingTalk knows it: people, departments, shifts and plans, and their changes."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

PAGE = Path(__file__).parent / "page"  # what the chat page and this package read
NONE = "NONE"  # the type of a flexible group
ROOT_DEPARTMENT = 1
_EARLIEST_MINUTES = 120
_LATEST_MINUTES = 240


@dataclass(frozen=True, slots=True)
class Shift:
    """The working time of one attendance group, from Monday to Friday.

    Minutes count from midnight.
    """

    id: int
    name: str
    group_type: str
    due_minutes: Sequence[int]
    break_minutes: Sequence[int] = ()

    @property
    def edge_minutes(self) -> tuple[int, ...]:
        """Return where windows begin and end, in minutes from midnight: halfway between two check
        points.
        """
        due = self.due_minutes
        halfway = [(earlier + later) // 2 for earlier, later in pairwise(due)]
        return (due[0] - _EARLIEST_MINUTES, *halfway, due[-1] + _LATEST_MINUTES)


@dataclass(frozen=True, slots=True)
class Department:
    id: int
    name: str
    parent_id: int | None = None


@dataclass(frozen=True, slots=True)
class Site:
    """A place of work: GCJ-02 coordinates and a radius in metres."""

    name: str
    latitude: float
    longitude: float
    radius_m: int


@dataclass(frozen=True, slots=True)
class Person:
    """One employee.

    `number` makes numeric ids. Somebody who is not `active` never signed in to DingTalk.
    """

    number: int
    user_id: str
    name: str
    department: Department
    shift: Shift
    lead: bool = False
    active: bool = True

    @property
    def union_id(self) -> str:
        return f"union-{self.user_id}"


_COMPANY = json.loads((PAGE / "company.json").read_text(encoding="utf-8"))
SHIFTS = tuple(Shift(*row) for row in _COMPANY["shifts"])
DAY, NIGHT, SPLIT, FLEXIBLE = SHIFTS
DEPARTMENTS = tuple(Department(*row) for row in _COMPANY["departments"])
SITES = tuple(Site(*row) for row in _COMPANY["sites"])
_PEOPLE: list[tuple[str, str, int, int]] = _COMPANY["people"]  # the first ones hired
_ROTA = (DAY, DAY, NIGHT, DAY, SPLIT, DAY, DAY, SPLIT, DAY, NIGHT)  # by the rows of the teams
_FLEXIBLE_EVERY = 25


def invent_person(number: int, teams: Sequence[Department]) -> Person:
    """Return employee `number`.

    Made-up people join `teams` by turns; the first of a team leads it.
    """
    if number <= len(_PEOPLE):
        user_id, name, department_id, shift_id = _PEOPLE[number - 1]
        department = _with_id(DEPARTMENTS, department_id)
        shift = _with_id(SHIFTS, shift_id)
        lead = user_id.startswith("lead")
    else:
        user_id = f"user{number - 2:03d}"
        name = f"Colleague {number}" if number % 3 == 0 else f"同事{number}"
        row, column = divmod(number - len(_PEOPLE) - 1, len(teams))
        department = teams[column]
        shift = FLEXIBLE if row and number % _FLEXIBLE_EVERY == 0 else _ROTA[row % len(_ROTA)]
        lead = row == 0 and department.parent_id != ROOT_DEPARTMENT
    return Person(
        number=number,
        user_id=user_id,
        name=name,
        department=department,
        shift=shift,
        lead=lead,
    )


_Row = TypeVar("_Row", Department, Shift)


class WorldError(ValueError):
    """A wrong name or change. The text says why."""


class World:
    """People, departments and plans. Methods raise WorldError."""

    corp_id = "dingsandbox"
    zone = ZoneInfo("Asia/Shanghai")

    def __init__(
        self, employees: int = 12, departments: Sequence[Department] = DEPARTMENTS
    ) -> None:
        """Hire `employees` people, 2 or more: the two leads are the first."""
        self.departments = departments
        self.special_days: dict[date, bool] = {}  # whether people work: not on a holiday
        # by user id; None is a day of rest
        self.own_shifts: dict[tuple[str, date], Shift | None] = {}
        # (shift id, check type): nobody has to punch for it (免打卡)
        self.free_checks: set[tuple[int, str]] = set()
        self.founded_on = date.min  # nobody was planned before it
        self.people: dict[str, Person] = {}
        self.hired = 0
        self.grow_to(employees)

    def __len__(self) -> int:
        return len(self.people)

    def __iter__(self) -> Iterator[Person]:
        return iter(self.people.values())

    @property
    def admin(self) -> Person:
        return self.people["lead01"]

    def get(self, user_id: str) -> Person | None:
        return self.people.get(user_id)

    def person(self, user_id: str) -> Person:
        if user_id not in self.people:
            raise WorldError(f"nobody here has the user_id {user_id!r}")
        return self.people[user_id]

    def members(self, department: Department) -> list[Person]:
        return [person for person in self if person.department == department]

    def below(self, department: Department) -> list[Department]:
        return [child for child in self.departments if child.parent_id == department.id]

    def department(self, department_id: int) -> Department:
        return _with_id(self.departments, department_id)

    def shift(self, shift_id: int) -> Shift:
        return _with_id(SHIFTS, shift_id)

    def shift_of(self, person: Person, day: date) -> Shift | None:
        """Return a person's shift on a date, None for a day of rest or a flexible group."""
        works = day >= self.founded_on and self.special_days.get(day, day.weekday() < 5)
        usual = person.shift if works and person.shift.group_type != NONE else None
        return self.own_shifts.get((person.user_id, day), usual)

    def grow_to(self, employees: int) -> None:
        """Hire, unannounced, until there are `employees` people."""
        while len(self) < employees:
            self.hired += 1
            person = invent_person(self.hired, self.departments[3:] or self.departments[1:])
            self.people.setdefault(person.user_id, person)


def _with_id(rows: Iterable[_Row], wanted: int) -> _Row:
    for row in rows:
        if row.id == wanted:
            return row
    raise WorldError(f"nothing here has the id {wanted}")


# --- plans, by the pretend DingTalk's own rules ---

ON_DUTY = "OnDuty"
OFF_DUTY = "OffDuty"


@dataclass(frozen=True, slots=True)
class CheckPoint:
    """A moment when a punch is due, and its window. `plan_id` is DingTalk's number."""

    plan_id: int
    person: Person
    shift: Shift
    work_date: date
    check_type: str
    due_at: datetime
    opens_at: datetime
    closes_at: datetime


def check_points(world: World, person: Person, work_date: date) -> list[CheckPoint]:
    """Return the check points of a person's work date, two a section, none on a rest day."""
    shift = world.shift_of(person, work_date)
    if shift is None:
        return []
    first_id = (work_date.toordinal() * 1_000_000 + person.number) * 10
    start = midnight(work_date)
    edges = [start + timedelta(minutes=minutes) for minutes in shift.edge_minutes]
    points = []
    for index, minutes in enumerate(shift.due_minutes):
        check_type = OFF_DUTY if index % 2 else ON_DUTY
        due_at = start + timedelta(minutes=minutes)
        window = edges[index : index + 2]
        points.append(
            CheckPoint(first_id + index, person, shift, work_date, check_type, due_at, *window)
        )
    return points


def match(
    world: World, person: Person, punched_at: Iterable[datetime]
) -> dict[datetime, CheckPoint]:
    """Return the check point of each punch in a window.

    The last section whose window is open takes the punch. Its first punch is for coming, unless
    the window for coming is over; all others are for leaving.
    """
    came: set[int] = set()  # plan ids of the sections with a punch
    checks: dict[datetime, CheckPoint] = {}
    for moment in sorted(punched_at):
        local = moment.astimezone(world.zone).date()
        for day in (local - timedelta(days=1), local):
            points = check_points(world, person, day)
            if not points or not points[0].opens_at <= moment <= points[-1].closes_at:
                continue
            sections = zip(points[::2], points[1::2], strict=True)
            coming, leaving = [pair for pair in sections if pair[0].opens_at <= moment][-1]
            is_late = coming.plan_id in came or moment >= coming.closes_at
            came.add(coming.plan_id)
            checks[moment] = leaving if is_late else coming
            break
    return checks


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), World.zone)
