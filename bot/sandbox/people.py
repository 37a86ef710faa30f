"""The made-up company's shifts, departments, sites and people, and how many more are made up."""

from dataclasses import dataclass
from datetime import date, time
from itertools import pairwise

FIXED, TURN, NONE = "FIXED", "TURN", "NONE"
ROOT_DEPARTMENT = 1
FIRST_SUBDEPARTMENT = 1001
_DAY_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True)
class Shift:
    """A daily working time in local time; an end before the start is on the next day.

    `breaks` cut it into sections with two punches each. The window of a punch begins halfway to the one before.
    In a group of type `NONE` (flexible) nothing is planned.
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
    breaks: tuple[tuple[time, time], ...] = ()
    group_type: str = FIXED

    @property
    def overnight(self) -> bool:
        return self.end <= self.start

    @property
    def due_minutes(self) -> tuple[int, ...]:
        """Return when punches are due, in minutes after the start: coming, going, coming, going…"""
        edges = [self._after_start(edge) for pause in self.breaks for edge in pause]
        return (0, *edges, self._after_start(self.end) or _DAY_MINUTES)

    @property
    def edge_minutes(self) -> tuple[int, ...]:
        """Return the edges of the punches' windows, in minutes after the start; one more than punches."""
        due = self.due_minutes
        halfway = [(one + other) // 2 for one, other in pairwise(due)]
        return (-self.earliest_minutes, *halfway, due[-1] + self.latest_minutes)

    def works_on(self, day: date) -> bool:
        """Tell whether this shift is planned for a date by its weekday."""
        return self.group_type != NONE and day.weekday() in self.days

    def clock_time(self, minutes: int) -> tuple[str, int]:
        """Return `HH:MM` so many minutes after the start, and 1 where that is on the next day, else 0."""
        across, rest = divmod(self.start.hour * 60 + self.start.minute + minutes, _DAY_MINUTES)
        return f"{rest // 60:02d}:{rest % 60:02d}", across

    def _after_start(self, moment: time) -> int:
        return ((moment.hour - self.start.hour) * 60 + moment.minute - self.start.minute) % _DAY_MINUTES


DAY = Shift(9001, "白班 Day", time(9), time(18), group_id=8001)
NIGHT = Shift(9002, "夜班 Night", time(22), time(6), group_id=8002)
_NOON = (time(12), time(13, 30))
SPLIT = Shift(9003, "两段班 Split", time(8, 30), time(18), group_id=8003, breaks=(_NOON,), group_type=TURN)
FLEXIBLE = Shift(9004, "自由工时 Flexible", time(9), time(18), group_id=8004, group_type=NONE)
SHIFTS = (DAY, NIGHT, SPLIT, FLEXIBLE)


@dataclass(frozen=True, slots=True)
class Department:
    """One node of the department tree; the root has no parent."""

    id: int
    name: str
    parent_id: int | None = None


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
    """One employee. `number` counts employees from 1 and goes into ids that have to be numbers.

    A person who is not `active` never signed in to DingTalk. `shift` is the plan of their attendance group.
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

    @property
    def title(self) -> str:
        return "Team lead" if self.lead else "Employee"


ROOT = Department(ROOT_DEPARTMENT, "晨星科技 Morningstar Tech")
ENGINEERING = Department(101, "研发部 Engineering", ROOT_DEPARTMENT)
SUPPORT = Department(102, "客服部 Support", ROOT_DEPARTMENT)
HQ = Site("HQ 总部", "北京市东城区长安街1号", 39.908823, 116.397470, 200)
PUDONG = Site("Pudong 浦东", "上海市浦东新区世纪大道100号", 31.234520, 121.507700, 300)

FIRST_TWELVE: tuple[tuple[str, str, Department, Shift], ...] = (
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
_FAMILY = "王 李 张 刘 陈 杨 赵 黄 周 吴 徐 孙 胡 朱 高 林 何 郭 马 罗"
_GIVEN = "伟 芳 秀英 强 磊 洋 艳 勇 军 杰 雪 丽 超 明 霞 浩然 子涵 欣怡 宇轩"
_FIRST = "Anna Ben Clara David Ella Frank Hana Ivan Julia Kevin Laura Max Nora"
_LAST = "Adams Brown Clark Evans Fischer Garcia Hughes Ito Jones Keller Lopez Meyer"
_ROTA: tuple[Shift, ...] = (DAY, DAY, NIGHT, DAY, SPLIT, DAY, DAY, SPLIT, DAY, NIGHT)
_FLEXIBLE_EVERY = 25


def made_up(number: int, teams: list[Department]) -> Person:
    """Return employee `number`, always the same one; from the thirteenth on in one of `teams`, if there are any.

    The first of each team leads it. Without teams, people go to the two top departments by turns.
    """
    if number <= len(FIRST_TWELVE):
        user_id, name, department, shift = FIRST_TWELVE[number - 1]
        return Person(number, user_id, name, department, shift, lead=user_id.startswith("lead"))
    user_id, name = new_user_id(number), _name(number)
    if not teams:
        department = ENGINEERING if number % 2 else SUPPORT
        return Person(number, user_id, name, department, NIGHT if number % 6 == 0 else DAY)
    index = number - len(FIRST_TWELVE) - 1
    team, lead = teams[index % len(teams)], index < len(teams)
    flexible = number % _FLEXIBLE_EVERY == 0 and not lead
    shift = FLEXIBLE if flexible else DAY if lead else _ROTA[(index // len(teams)) % len(_ROTA)]
    return Person(number, user_id, name, team, shift, lead=lead)


def teams_below(count: int, depth: int) -> list[Department]:
    """Return `count` departments under the two top ones, the tree `depth` levels deep below those."""
    tops, teams = (ENGINEERING, SUPPORT), list[Department]()
    for index in range(count):
        row = index // len(tops)
        above = teams[index - len(tops)] if row % depth else tops[index % len(tops)]
        teams.append(Department(FIRST_SUBDEPARTMENT + index, f"{index + 1:03d} 组 Team", above.id))
    return teams


def new_user_id(number: int) -> str:
    """Return the user id of employee `number`."""
    return f"user{number - 2:03d}"


def _name(number: int) -> str:
    if number % 3 == 0:
        return f"{_nth(_FIRST, number)} {_nth(_LAST, number)}"
    return _nth(_FAMILY, number) + _nth(_GIVEN, number)


def _nth(names: str, number: int) -> str:
    listed = names.split()
    return listed[number % len(listed)]
