"""The made-up company: its shifts, departments, sites and people."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

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
_ROTA = (DAY, DAY, NIGHT, DAY, SPLIT, FLEXIBLE)  # by the rows of the teams


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
    shift, lead = _ROTA[row % len(_ROTA)], row == 0 and teams[column].parent_id != ROOT_DEPARTMENT
    return Person(number, f"user{number - 2:03d}", name, teams[column], shift, lead)
