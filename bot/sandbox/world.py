"""The company as DingTalk knows it: people, departments, shifts and plans, and their changes."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

FIXED, TURN, NONE = "FIXED", "TURN", "NONE"
ROOT_DEPARTMENT = 1
SERIOUS_LATE_MINUTES = 30
_EARLIEST_MINUTES, _LATEST_MINUTES = 120, 240


@dataclass(frozen=True, slots=True)
class Shift:
    """The working time of one attendance group, from Monday to Friday.

    `due_minutes` count from midnight of the work date: coming, going, coming, going. The window of a punch begins
    halfway to the one before. In a group of type `NONE` (flexible) nothing is planned.
    """

    id: int
    name: str
    due_minutes: tuple[int, ...]
    group_type: str = FIXED

    @property
    def group_id(self) -> int:
        return self.id + 1000

    @property
    def edge_minutes(self) -> tuple[int, ...]:
        """Return the edges of the windows, in minutes from midnight; one more than punches."""
        due = self.due_minutes
        halfway = [(one + other) // 2 for one, other in pairwise(due)]
        return (due[0] - _EARLIEST_MINUTES, *halfway, due[-1] + _LATEST_MINUTES)


DAY = Shift(9001, "白班 Day", (9 * 60, 18 * 60))
NIGHT = Shift(9002, "夜班 Night", (22 * 60, 30 * 60))
SPLIT = Shift(9003, "两段班 Split", (8 * 60 + 30, 12 * 60, 13 * 60 + 30, 18 * 60), TURN)
FLEXIBLE = Shift(9004, "自由工时 Flexible", DAY.due_minutes, NONE)
SHIFTS = (DAY, NIGHT, SPLIT, FLEXIBLE)


@dataclass(frozen=True, slots=True)
class Department:
    """A department; the root has no parent."""

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
    """One employee. `number` goes into ids that have to be numbers; not `active`: never signed in to DingTalk."""

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


ROOT = Department(ROOT_DEPARTMENT, "晨星科技 Morningstar Tech")
ENGINEERING = Department(101, "研发部 Engineering", ROOT_DEPARTMENT)
SUPPORT = Department(102, "客服部 Support", ROOT_DEPARTMENT)
SITES = (
    Site("HQ 总部", 39.908823, 116.397470, 200),
    Site("Pudong 浦东", 31.234520, 121.507700, 300),
)

_FIRST_TWELVE: tuple[tuple[str, str, Department, Shift], ...] = (
    ("lead01", "陈静", ENGINEERING, DAY),
    ("lead02", "Grace Miller", SUPPORT, DAY),
    ("user001", "王小明", ENGINEERING, DAY),
    ("user002", "Alice Johnson", ENGINEERING, DAY),
    ("user003", "李娜", ENGINEERING, DAY),
    ("user004", "Daniel Kim", ENGINEERING, DAY),
    ("user005", "赵磊", ENGINEERING, DAY),
    ("user006", "周婷", SUPPORT, DAY),
    ("user007", "Tom Baker", SUPPORT, DAY),
    ("user008", "吴刚", SUPPORT, NIGHT),
    ("user009", "Emma Davis", SUPPORT, NIGHT),
    ("user010", "孙悦", SUPPORT, NIGHT),
)
_ROTA = (DAY, DAY, NIGHT, DAY, SPLIT, DAY, DAY, SPLIT, DAY, NIGHT)  # by the rows of the teams
_FLEXIBLE_EVERY = 25


def made_up_departments(teams: int) -> tuple[Department, ...]:
    """Return the tree: the root, two departments, and `teams` more under these by turns."""
    below = [Department(1001 + index, f"{index + 1:03d} 组 Team", 101 + index % 2) for index in range(teams)]
    return (ROOT, ENGINEERING, SUPPORT, *below)


def made_up_person(number: int, teams: Sequence[Department]) -> Person:
    """Return employee `number`; the same number always means the same person.

    The thirteenth and later ones join `teams` by turns. The first of a team leads it.
    """
    if number <= len(_FIRST_TWELVE):
        user_id, name, department, shift = _FIRST_TWELVE[number - 1]
        return Person(number, user_id, name, department, shift, lead=user_id.startswith("lead"))
    name = f"Colleague {number}" if number % 3 == 0 else f"同事{number}"
    row, column = divmod(number - len(_FIRST_TWELVE) - 1, len(teams))
    shift = FLEXIBLE if row and number % _FLEXIBLE_EVERY == 0 else _ROTA[row % len(_ROTA)]
    lead = row == 0 and teams[column].parent_id != ROOT_DEPARTMENT
    return Person(number, f"user{number - 2:03d}", name, teams[column], shift, lead)


Announce = Callable[[str, dict[str, Any]], None]


class WorldError(ValueError):
    """The company cannot change like that; the text says why."""


class World:
    """People, departments and plans. Each change is announced as the event that DingTalk would push.

    Methods raise WorldError for an unknown person, department or shift.
    """

    corp_id = "dingsandbox"
    zone = ZoneInfo("Asia/Shanghai")
    sites = SITES

    def __init__(self, employees: int = 12, *, departments: int = 0) -> None:
        """Hire `employees` people, the two leads first. Raises ValueError below 2.

        `departments` adds that many teams, each with a lead. The thirteenth person and later ones join a team,
        and work day, night, split and flexible shifts.
        """
        if employees < 2:
            raise ValueError("employees must be 2 or more: the two leads")
        self.announce: Announce = lambda event_type, data: None
        self.departments = made_up_departments(departments)
        self.special_days: dict[date, frozenset[int]] = {}  # the shifts of a make-up workday; none on a holiday
        self.founded_on = date.min  # nobody was planned before it
        self._own_shifts: dict[tuple[str, date], Shift | None] = {}  # None is a day of rest
        self._people: dict[str, Person] = {}
        self._hired = 0
        self.grow_to(employees)

    def __len__(self) -> int:
        return len(self._people)

    def __iter__(self) -> Iterator[Person]:
        return iter(self._people.values())

    @property
    def admin(self) -> Person:
        return self._people["lead01"]

    def get(self, user_id: str) -> Person | None:
        return self._people.get(user_id)

    def known(self, user_id: str) -> Person:
        if user_id not in self._people:
            raise WorldError(f"nobody here has the user_id {user_id!r}")
        return self._people[user_id]

    def members(self, department: Department) -> list[Person]:
        return [one for one in self if one.department == department]

    def below(self, department: Department) -> list[Department]:
        return [one for one in self.departments if one.parent_id == department.id]

    def department(self, department_id: int) -> Department:
        for one in self.departments:
            if one.id == department_id:
                return one
        raise WorldError(f"there is no department {department_id}")

    def shift(self, shift_id: int) -> Shift:
        for one in SHIFTS:
            if one.id == shift_id:
                return one
        raise WorldError(f"there is no shift {shift_id}")

    def shift_of(self, person: Person, day: date) -> Shift | None:
        """Return a person's shift on a date, None for a day of rest or a flexible group.

        A person's own shift counts more than a special day.
        """
        if day < self.founded_on:
            return None
        if (person.user_id, day) in self._own_shifts:
            return self._own_shifts[person.user_id, day]
        works = person.shift.id in self.special_days[day] if day in self.special_days else day.weekday() < 5
        return person.shift if works and person.shift.group_type != NONE else None

    # --- changes ----------------------------------------------------------------

    def grow_to(self, employees: int) -> None:
        """Hire, unannounced, until there are `employees` people; the same number always means the same people."""
        while len(self) < employees:
            self._hired += 1
            person = made_up_person(self._hired, self.departments[3:] or self.departments[1:])
            self._people.setdefault(person.user_id, person)

    def join(self, user_id: str, name: str = "新同事", shift_id: int = DAY.id) -> Person:
        if user_id in self._people:
            raise WorldError(f"{user_id} is here already")
        self._hired += 1
        person = Person(self._hired, user_id, name, self.departments[1], self.shift(shift_id))
        self._people[user_id] = person
        self.announce("user_add_org", {"userId": [user_id]})
        return person

    def leave(self, user_id: str) -> None:
        if self.known(user_id) == self.admin:
            raise WorldError("the administrator stays")
        del self._people[user_id]
        self.announce("user_leave_org", {"userId": [user_id]})

    def change(
        self, user_id: str, *, name: str | None = None, lead: bool | None = None, active: bool | None = None
    ) -> None:
        """Change the given fields; announce `user_modify_org`, and `user_active_org` for a first sign-in."""
        before = self.known(user_id)
        given = {"name": name, "lead": lead, "active": active}
        changes: dict[str, Any] = {key: value for key, value in given.items() if value is not None}
        after = self._people[user_id] = replace(before, **changes)
        self.announce("user_modify_org", {"userId": [user_id]})
        if after.active and not before.active:
            self.announce("user_active_org", {"userId": [user_id]})

    def set_special_day(self, day: date, shift_ids: Collection[int] = ()) -> None:
        """Make a date a make-up workday of these shifts; without any a public holiday."""
        self.special_days[day] = frozenset(shift_ids)

    def set_shift(self, user_id: str, day: date, shift_id: int) -> None:
        """Let a person work another shift on a date, 0 for a day of rest."""
        self._own_shifts[self.known(user_id).user_id, day] = self.shift(shift_id) if shift_id else None


# --- plans, by the pretend DingTalk's own rules ---

ON_DUTY, OFF_DUTY = "OnDuty", "OffDuty"


@dataclass(frozen=True, slots=True)
class CheckPoint:
    """A moment at which a punch is due, with its window. `plan_id` is DingTalk's number for it."""

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
    first_id, start = plan_id(person, work_date) + 1, midnight(work_date)
    edges = [start + timedelta(minutes=one) for one in shift.edge_minutes]
    points = []
    for index, minutes in enumerate(shift.due_minutes):
        check_type, due_at = OFF_DUTY if index % 2 else ON_DUTY, start + timedelta(minutes=minutes)
        window = edges[index : index + 2]
        points.append(CheckPoint(first_id + index, person, shift, work_date, check_type, due_at, *window))
    return points


def plan_id(person: Person, work_date: date) -> int:
    """Return the number of a rest day; those of check points follow it."""
    return (work_date.toordinal() * 1_000_000 + person.number) * 10


def match(world: World, person: Person, punched_at: Iterable[datetime]) -> dict[datetime, CheckPoint]:
    """Return the check point of each of a person's punches that lies in a window.

    In each section, the first punch before going begins to count is for coming; each later one is for going,
    early or not.
    """
    came: set[int] = set()
    found: dict[datetime, CheckPoint] = {}
    for moment in sorted(punched_at):
        local = moment.astimezone(world.zone).date()
        for points in (check_points(world, person, day) for day in (local - timedelta(days=1), local)):
            if points and points[0].opens_at <= moment <= points[-1].closes_at:
                coming = max(i for i in range(0, len(points), 2) if i == 0 or moment >= points[i].opens_at)
                is_first = points[coming].plan_id not in came and moment < points[coming].closes_at
                came.add(points[coming].plan_id)
                found[moment] = points[coming] if is_first else points[coming + 1]
                break
    return found


def time_result(point: CheckPoint, punched_at: datetime) -> str:
    """Return DingTalk's word for a punch's time."""
    late = punched_at - point.due_at
    if point.check_type == OFF_DUTY:
        return "Early" if late < timedelta() else "Normal"
    if late <= timedelta():
        return "Normal"
    return "SeriousLate" if late > timedelta(minutes=SERIOUS_LATE_MINUTES) else "Late"


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), World.zone)
