"""The made-up company's departments, sites and people, and how many more are made up."""

from dataclasses import dataclass

from bot.sandbox.shifts import DAY, FLEXIBLE, NIGHT, SPLIT, Shift

ROOT_DEPARTMENT = 1


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

    Who is not `active` has never signed in to DingTalk. `shift` is what the person's attendance group plans.
    """

    number: int
    user_id: str
    union_id: str
    name: str
    department: Department
    lead: bool
    shift: Shift
    title: str
    active: bool = True


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

FIRST_SUBDEPARTMENT = 1001
_ROTA: tuple[Shift, ...] = (DAY, DAY, NIGHT, DAY, SPLIT, DAY, DAY, SPLIT, DAY, NIGHT)
_FLEXIBLE_EVERY = 25


def member(
    number: int, user_id: str, name: str, department: Department, shift: Shift, *, lead: bool = False
) -> Person:
    """Return an employee with the title that goes with the part."""
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


def made_up(number: int, teams: list[Department]) -> Person:
    """Return employee `number`, always the same one; from the thirteenth on in one of `teams`, if there are any.

    The first of each team leads it. Without teams, people go to the two top departments by turns.
    """
    if number <= len(FIRST_TWELVE):
        user_id, name, department, shift = FIRST_TWELVE[number - 1]
        return member(number, user_id, name, department, shift, lead=user_id.startswith("lead"))
    if not teams:
        department = ENGINEERING if number % 2 else SUPPORT
        return member(number, new_user_id(number), _name(number), department, NIGHT if number % 6 == 0 else DAY)
    index = number - len(FIRST_TWELVE) - 1
    team, lead = teams[index % len(teams)], index < len(teams)
    flexible = number % _FLEXIBLE_EVERY == 0 and not lead
    shift = FLEXIBLE if flexible else DAY if lead else _ROTA[(index // len(teams)) % len(_ROTA)]
    return member(number, new_user_id(number), _name(number), team, shift, lead=lead)


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
        return f"{_FIRST[number % len(_FIRST)]} {_LAST[number % len(_LAST)]}"
    return _FAMILY[number % len(_FAMILY)] + _GIVEN[number % len(_GIVEN)]
