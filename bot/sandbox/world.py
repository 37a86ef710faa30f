"""The made-up company: its people, teams, shifts and sites."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time
from zoneinfo import ZoneInfo

ROOT_DEPARTMENT = 1


@dataclass(frozen=True, slots=True)
class Department:
    """One node of the department tree; the root has no parent."""

    id: int
    name: str
    parent_id: int | None = None


@dataclass(frozen=True, slots=True)
class Shift:
    """A daily working time in local time; an end before the start is on the next day.

    `split_minutes` after the start, punches begin to count for going home.
    """

    id: int
    name: str
    start: time
    end: time
    group_id: int
    days: frozenset[int] = frozenset(range(5))  # Monday is 0
    earliest_minutes: int = 120
    latest_minutes: int = 240
    serious_late_minutes: int = 30

    @property
    def overnight(self) -> bool:
        """Tell whether the shift ends on the day after it began."""
        return self.end <= self.start

    @property
    def length_minutes(self) -> int:
        """Return the minutes from start to end."""
        minutes = (self.end.hour - self.start.hour) * 60 + self.end.minute - self.start.minute
        return minutes + 24 * 60 if self.overnight else minutes

    @property
    def split_minutes(self) -> int:
        """Return how long after the start the on-duty window ends and the off-duty window begins."""
        return self.length_minutes // 2

    def works_on(self, day: date) -> bool:
        """Tell whether this shift is worked on a date."""
        return day.weekday() in self.days


@dataclass(frozen=True, slots=True)
class Site:
    """A place of work: GCJ-02 coordinates and a radius in metres."""

    name: str
    address: str
    latitude: float
    longitude: float
    radius_m: int


@dataclass(frozen=True, slots=True)
class Person:
    """One employee. `number` counts employees from 1 and goes into ids that have to be numbers."""

    number: int
    user_id: str
    union_id: str
    name: str
    department: Department
    lead: bool
    shift: Shift
    title: str


DAY = Shift(9001, "白班 Day", time(9), time(18), group_id=8001)
NIGHT = Shift(9002, "夜班 Night", time(22), time(6), group_id=8002)
ROOT = Department(ROOT_DEPARTMENT, "晨星科技 Morningstar Tech")
ENGINEERING = Department(101, "研发部 Engineering", ROOT_DEPARTMENT)
SUPPORT = Department(102, "客服部 Support", ROOT_DEPARTMENT)
HQ = Site("HQ 总部", "北京市东城区长安街1号", 39.908823, 116.397470, 200)
PUDONG = Site("Pudong 浦东", "上海市浦东新区世纪大道100号", 31.234520, 121.507700, 300)

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
_FAMILY = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
_GIVEN = (
    "伟",
    "芳",
    "秀英",
    "强",
    "磊",
    "洋",
    "艳",
    "勇",
    "军",
    "杰",
    "雪",
    "丽",
    "超",
    "明",
    "霞",
    "浩然",
    "子涵",
    "欣怡",
    "宇轩",
)
_FIRST = (
    "Anna",
    "Ben",
    "Clara",
    "David",
    "Ella",
    "Frank",
    "Hana",
    "Ivan",
    "Julia",
    "Kevin",
    "Laura",
    "Max",
    "Nora",
)
_LAST = (
    "Adams",
    "Brown",
    "Clark",
    "Evans",
    "Fischer",
    "Garcia",
    "Hughes",
    "Ito",
    "Jones",
    "Keller",
    "Lopez",
    "Meyer",
)


class World:
    """The company as DingTalk knows it. It can grow, never shrink."""

    corp_id = "dingsandbox"
    zone = ZoneInfo("Asia/Shanghai")
    departments = (ROOT, ENGINEERING, SUPPORT)
    shifts = (DAY, NIGHT)
    sites = (HQ, PUDONG)

    def __init__(self, employees: int = 12) -> None:
        """Hire `employees` people, the two leads first. Raises ValueError below 2."""
        if employees < 2:
            raise ValueError("the company needs at least its two leads: employees must be 2 or more")
        self._people: dict[str, Person] = {}
        self._by_union_id: dict[str, Person] = {}
        self.grow_to(employees)

    def __len__(self) -> int:
        return len(self._people)

    def __iter__(self) -> Iterator[Person]:
        return iter(self._people.values())

    @property
    def admin(self) -> Person:
        """Return the organisation's administrator, who may also read everybody's attendance."""
        return self._people["lead01"]

    def get(self, user_id: str) -> Person | None:
        """Return the employee with this id."""
        return self._people.get(user_id)

    def by_union_id(self, union_id: str) -> Person | None:
        """Return the employee with this union id."""
        return self._by_union_id.get(union_id)

    def department(self, department_id: int) -> Department | None:
        """Return a department of the tree."""
        return next((one for one in self.departments if one.id == department_id), None)

    def members(self, department_id: int) -> list[Person]:
        """Return the direct members of a department, in the order they were hired."""
        return [person for person in self if person.department.id == department_id]

    def grow_to(self, employees: int) -> None:
        """Hire until there are `employees` people; the same number always means the same people."""
        for number in range(len(self._people) + 1, employees + 1):
            person = _person(number)
            self._people[person.user_id] = person
            self._by_union_id[person.union_id] = person


def _person(number: int) -> Person:
    named = number <= len(_FIRST_TWELVE)
    user_id, name, department, shift = _FIRST_TWELVE[number - 1] if named else _made_up(number)
    lead = user_id.startswith("lead")
    return Person(
        number=number,
        user_id=user_id,
        union_id=f"union-{user_id}",
        name=name,
        department=department,
        lead=lead,
        shift=shift,
        title="Team lead" if lead else "Employee",
    )


def _made_up(number: int) -> tuple[str, str, Department, Shift]:
    department = ENGINEERING if number % 2 else SUPPORT
    shift = NIGHT if number % 6 == 0 else DAY
    chinese = _FAMILY[number % len(_FAMILY)] + _GIVEN[number % len(_GIVEN)]
    english = f"{_FIRST[number % len(_FIRST)]} {_LAST[number % len(_LAST)]}"
    return f"user{number - 2:03d}", english if number % 3 == 0 else chinese, department, shift
