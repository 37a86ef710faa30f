"""The company as DingTalk knows it: who works where and when, and how that changes."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from bot.sandbox.people import (
    DAY,
    ENGINEERING,
    FIRST_SUBDEPARTMENT,
    FIRST_TWELVE,
    HQ,
    NIGHT,
    NONE,
    PUDONG,
    ROOT,
    ROOT_DEPARTMENT,
    SHIFTS,
    SUPPORT,
    Department,
    Person,
    Shift,
    made_up,
    new_user_id,
    teams_below,
)

Announce = Callable[[str, dict[str, Any]], None]


class WorldError(ValueError):
    """The company cannot change like that; the text says why."""


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """A public holiday, or a workday that makes up for one, for people on `shift_ids`."""

    name: str
    works: bool
    shift_ids: frozenset[int] = frozenset()


class World:
    """People, departments and plans. Each change is announced as the event that DingTalk would push."""

    corp_id = "dingsandbox"
    zone = ZoneInfo("Asia/Shanghai")
    sites = (HQ, PUDONG)

    def __init__(self, employees: int = 12, *, departments: int = 0, depth: int = 1) -> None:
        """Hire `employees` people, the two leads first. Raises ValueError below 2.

        With `departments`, there are so many more under the two top ones, `depth` levels deep, each with a lead;
        people from the thirteenth on are spread over them and work day, night, split and flexible shifts.
        """
        if employees < 2:
            raise ValueError("the company needs at least its two leads: employees must be 2 or more")
        if departments < 0 or depth < 1:
            raise ValueError("departments must be 0 or more, depth 1 or more")
        self._people: dict[str, Person] = {}
        self._by_union_id: dict[str, Person] = {}
        self._hired = 0
        self._teams = teams_below(departments, depth)
        self._departments = {one.id: one for one in (ROOT, ENGINEERING, SUPPORT, *self._teams)}
        self._members: dict[int, dict[str, Person]] = {}
        self._in_group: Counter[int] = Counter()
        self._announce: Announce | None = None
        self.shifts: tuple[Shift, ...] = SHIFTS if departments else (DAY, NIGHT)
        self.special_days: dict[date, SpecialDay] = {}
        self._own_shifts: dict[date, dict[str, Shift | None]] = {}  # of one person; None is a day of rest
        self.founded_on: date | None = None  # None: it was always there
        self.version = 0
        self.grow_to(employees)

    def __len__(self) -> int:
        return len(self._people)

    def __iter__(self) -> Iterator[Person]:
        return iter(self._people.values())

    @property
    def departments(self) -> tuple[Department, ...]:
        """Return the whole tree, the root first."""
        return tuple(self._departments.values())

    @property
    def admin(self) -> Person:
        """Return the organisation's administrator, who may also read everybody's attendance."""
        return self._people["lead01"]

    def announce_to(self, announce: Announce) -> None:
        """Tell `announce` the type and the data of each event from now on."""
        self._announce = announce

    # --- who ------------------------------------------------------------------

    def get(self, user_id: str) -> Person | None:
        """Return the employee with this id; who left is none."""
        return self._people.get(user_id)

    def by_union_id(self, union_id: str) -> Person | None:
        return self._by_union_id.get(union_id)

    def members(self, department_id: int) -> list[Person]:
        """Return the direct members of a department, in the order in which they came to it."""
        return list(self._members.get(department_id, {}).values())

    def group_size(self, group_id: int) -> int:
        """Return how many people an attendance group has."""
        return self._in_group[group_id]

    def grow_to(self, employees: int) -> None:
        """Hire, unannounced, until there are `employees` people; the same number always means the same people."""
        while len(self._people) < employees:
            self._hired += 1
            person = made_up(self._hired, self._teams)
            if person.user_id not in self._people:
                self._put(person)

    def join(
        self,
        *,
        user_id: str = "",
        name: str = "新同事",
        department_id: int = ENGINEERING.id,
        shift_id: int = DAY.id,
        lead: bool = False,
        active: bool = True,
    ) -> Person:
        """Hire somebody (again) and announce `user_add_org`. Raises WorldError."""
        if user_id in self._people:
            raise WorldError(f"{user_id} is here already")
        department, shift = self._known_department(department_id), self.shift(shift_id)
        self._hired = max(self._hired, len(FIRST_TWELVE)) + 1  # the names of the first twelve are taken
        while not user_id and new_user_id(self._hired) in self._people:
            self._hired += 1
        user_id = user_id or new_user_id(self._hired)
        hired = Person(self._hired, user_id, name, department, shift, lead, active)
        self._put(hired)
        self._tell("user_add_org", userId=[user_id])
        return hired

    def leave(self, user_id: str) -> None:
        """Let somebody leave the company and announce `user_leave_org`. Raises WorldError."""
        person = self._known(user_id)
        if person == self.admin:
            raise WorldError("the administrator stays")
        del self._people[user_id]
        del self._by_union_id[person.union_id]
        del self._members[person.department.id][user_id]
        self._in_group[person.shift.group_id] -= 1
        self.version += 1
        self._tell("user_leave_org", userId=[user_id])

    def change(
        self, user_id: str, *, department_id: int | None = None, shift_id: int | None = None, **more: Any
    ) -> Person:
        """Change what is given (also `name`, `lead`, `active`) and announce `user_modify_org`, `user_active_org`.

        Another shift means another attendance group; contacts do not show it. Raises WorldError.
        """
        before = self._known(user_id)
        if department_id is not None:
            more["department"] = self._known_department(department_id)
        if shift_id is not None:
            more["shift"] = self.shift(shift_id)
        after = replace(before, **more)
        self._replace(before, after)
        if _shown(before) != _shown(after):
            diff = {"userid": user_id, "prev": _shown(before), "curr": _shown(after)}
            self._tell("user_modify_org", userId=[user_id], diffInfo=diff)
        if after.active and not before.active:
            self._tell("user_active_org", userId=[user_id])
        return after

    # --- departments ----------------------------------------------------------

    def department(self, department_id: int) -> Department | None:
        return self._departments.get(department_id)

    def children(self, department_id: int) -> list[Department]:
        """Return the departments right under one."""
        return [one for one in self._departments.values() if one.parent_id == department_id]

    def chain(self, department_id: int) -> list[int]:
        """Return a department's id and those above it, up to the root's."""
        parent_id = self._departments[department_id].parent_id
        return [department_id, *([] if parent_id is None else self.chain(parent_id))]

    def add_department(self, name: str, parent_id: int = ROOT_DEPARTMENT) -> Department:
        """Found a department and announce `org_dept_create`. Raises WorldError."""
        self._known_department(parent_id)
        number = max(FIRST_SUBDEPARTMENT - 1, *self._departments) + 1
        made = self._departments[number] = Department(number, name, parent_id)
        self.version += 1
        self._tell("org_dept_create", deptId=[number])
        return made

    def change_department(self, department_id: int, **changes: Any) -> Department:
        """Rename (`name`) or move (`parent_id`) a department and announce `org_dept_modify`. Raises WorldError."""
        before, parent_id = self._known_department(department_id), changes.get("parent_id")
        if parent_id is not None and (
            department_id == ROOT_DEPARTMENT or department_id in self.chain(self._known_department(parent_id).id)
        ):
            raise WorldError("a department cannot be under itself")
        after = self._departments[department_id] = replace(before, **changes)
        for person in self.members(department_id):
            self._replace(person, replace(person, department=after))
        self._tell("org_dept_modify", deptId=[department_id])
        return after

    def remove_department(self, department_id: int) -> None:
        """Close an empty department and announce `org_dept_remove`. Raises WorldError."""
        self._known_department(department_id)
        if department_id == ROOT_DEPARTMENT or self.members(department_id) or self.children(department_id):
            raise WorldError("only a department without people and without departments under it can go")
        del self._departments[department_id]
        self.version += 1
        self._tell("org_dept_remove", deptId=[department_id])

    # --- when -----------------------------------------------------------------

    def shift(self, shift_id: int) -> Shift:
        """Return a shift, also one that nobody works yet. Raises WorldError."""
        found = next((one for one in (*self.shifts, *SHIFTS) if one.id == shift_id), None)
        if found is None:
            raise WorldError(f"there is no shift {shift_id}")
        return found

    def shift_of(self, person: Person, day: date) -> Shift | None:
        """Return what a person works on a date, None for a day of rest or a flexible group.

        What is said of one person counts more than what is said of a day.
        """
        if self.founded_on is not None and day < self.founded_on:
            return None
        own = self._own_shifts.get(day)
        if own and person.user_id in own:
            return own[person.user_id]
        usual, special = person.shift, self.special_days.get(day)
        if special is None:
            return usual if usual.works_on(day) else None
        works = special.works and usual.group_type != NONE
        return usual if works and (usual.id in special.shift_ids or usual.works_on(day)) else None

    def own_shifts(self, day: date) -> dict[str, int]:
        """Return the shift of everybody who works another one than usual on a date, 0 for a day of rest."""
        return {user_id: shift.id if shift else 0 for user_id, shift in self._own_shifts.get(day, {}).items()}

    def found(self, day: date) -> None:
        """Let the company have begun on a date: nobody was planned before it."""
        self.founded_on = day
        self.version += 1

    def set_holiday(self, day: date, name: str = "假日") -> None:
        """Make a date a public holiday: nobody is planned, except by `set_shift`."""
        self.special_days[day] = SpecialDay(name, works=False)
        self.version += 1

    def set_makeup_day(self, day: date, name: str = "调休", shift_ids: Collection[int] = ()) -> None:
        """Make a date a make-up workday of these shifts, without any of all that do not cross midnight."""
        default = [one.id for one in self.shifts if not one.overnight]
        self.special_days[day] = SpecialDay(name, works=True, shift_ids=frozenset(shift_ids or default))
        self.version += 1

    def set_normal_day(self, day: date) -> None:
        """Forget that a date is a holiday or a make-up workday."""
        self.special_days.pop(day, None)
        self.version += 1

    def set_shift(self, user_id: str, day: date, shift_id: int) -> None:
        """Let a person work another shift on a date, 0 for a day of rest. Raises WorldError."""
        self._known(user_id)
        self._own_shifts.setdefault(day, {})[user_id] = self.shift(shift_id) if shift_id else None
        self.version += 1

    def set_usual_shift(self, user_id: str, day: date) -> None:
        """Forget what `set_shift` said of a person and date."""
        self._own_shifts.get(day, {}).pop(user_id, None)
        self.version += 1

    # --- keeping the indexes ----------------------------------------------------

    def _known(self, user_id: str) -> Person:
        person = self.get(user_id)
        if person is None:
            raise WorldError(f"nobody here has the user_id {user_id!r}")
        return person

    def _known_department(self, department_id: int) -> Department:
        department = self.department(department_id)
        if department is None:
            raise WorldError(f"there is no department {department_id}")
        return department

    def _put(self, person: Person) -> None:
        self._people[person.user_id] = person
        self._by_union_id[person.union_id] = person
        self._members.setdefault(person.department.id, {})[person.user_id] = person
        self._in_group[person.shift.group_id] += 1
        self.version += 1

    def _replace(self, before: Person, after: Person) -> None:
        """Put one in place of the other, which keeps its place among the others."""
        if after.department.id != before.department.id:
            del self._members[before.department.id][before.user_id]
        self._in_group[before.shift.group_id] -= 1
        self._put(after)

    def _tell(self, event_type: str, **data: Any) -> None:
        if self._announce is not None:
            self._announce(event_type, data)


def _shown(person: Person) -> dict[str, Any]:
    """Return what contacts show of a person that can change."""
    return {
        "name": person.name,
        "position": person.title,
        "department": [person.department.id],
        "isLeaderInDepts": {str(person.department.id): person.lead},
        "active": person.active,
    }
