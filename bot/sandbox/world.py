"""The company as DingTalk knows it: who works where and when, and how that changes."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import asdict, replace
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from bot.sandbox.overrides import Overrides, SpecialDay
from bot.sandbox.people import (
    ENGINEERING,
    FIRST_SUBDEPARTMENT,
    FIRST_TWELVE,
    HQ,
    PUDONG,
    ROOT,
    ROOT_DEPARTMENT,
    SUPPORT,
    Department,
    Person,
    Site,
    made_up,
    member,
    new_user_id,
    teams_below,
)
from bot.sandbox.shifts import DAY, NIGHT, SHIFTS, Shift

__all__ = ["ROOT_DEPARTMENT", "Department", "Person", "Shift", "Site", "World", "WorldError"]

Announce = Callable[[str, dict[str, Any]], None]


class WorldError(ValueError):
    """The company cannot change like that; the text says why."""


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
        self.overrides = Overrides()
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
        """Return the employee with this union id."""
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
        hired = member(self._hired, user_id or new_user_id(self._hired), name, department, shift, lead=lead)
        self._put(replace(hired, active=active))
        self._tell("user_add_org", userId=[hired.user_id])
        return self._people[hired.user_id]

    def leave(self, user_id: str) -> None:
        """Let somebody leave the company and announce `user_leave_org`. Raises WorldError."""
        person = self._known(user_id)
        if person == self.admin:
            raise WorldError("the administrator stays")
        self._remove(person)
        self._tell("user_leave_org", userId=[user_id])

    def change(
        self,
        user_id: str,
        *,
        name: str | None = None,
        department_id: int | None = None,
        shift_id: int | None = None,
        lead: bool | None = None,
        active: bool | None = None,
    ) -> Person:
        """Change what is given and announce `user_modify_org`, or `user_active_org`. Raises WorldError.

        Another shift means another attendance group, of which contacts say nothing.
        """
        before = self._known(user_id)
        after = replace(
            before,
            name=before.name if name is None else name,
            department=before.department if department_id is None else self._known_department(department_id),
            shift=before.shift if shift_id is None else self.shift(shift_id),
            lead=before.lead if lead is None else lead,
            active=before.active if active is None else active,
        )
        self._replace(before, after)
        if _shown(before) != _shown(after):
            diff = {"userid": user_id, "prev": _shown(before), "curr": _shown(after)}
            self._tell("user_modify_org", userId=[user_id], diffInfo=diff)
        if after.active and not before.active:
            self._tell("user_active_org", userId=[user_id])
        return after

    # --- departments ----------------------------------------------------------

    def department(self, department_id: int) -> Department | None:
        """Return a department of the tree."""
        return self._departments.get(department_id)

    def children(self, department_id: int) -> list[Department]:
        """Return the departments right under one."""
        return [one for one in self._departments.values() if one.parent_id == department_id]

    def chain(self, department_id: int) -> list[int]:
        """Return a department's id and those above it, up to the root's."""
        ids: list[int] = []
        above: int | None = department_id
        while above is not None:
            ids.append(above)
            above = self._departments[above].parent_id
        return ids

    def add_department(self, name: str, parent_id: int = ROOT_DEPARTMENT) -> Department:
        """Found a department and announce `org_dept_create`. Raises WorldError."""
        self._known_department(parent_id)
        number = max(FIRST_SUBDEPARTMENT - 1, *self._departments) + 1
        made = self._departments[number] = Department(number, name, parent_id)
        self._changed()
        self._tell("org_dept_create", deptId=[number])
        return made

    def change_department(
        self, department_id: int, *, name: str | None = None, parent_id: int | None = None
    ) -> Department:
        """Rename or move a department and announce `org_dept_modify`. Raises WorldError."""
        before = self._known_department(department_id)
        if parent_id is not None and (
            department_id == ROOT_DEPARTMENT or department_id in self.chain(self._known_department(parent_id).id)
        ):
            raise WorldError("a department cannot be under itself")
        after = replace(
            before,
            name=before.name if name is None else name,
            parent_id=before.parent_id if parent_id is None else parent_id,
        )
        self._departments[department_id] = after
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
        self._changed()
        self._tell("org_dept_remove", deptId=[department_id])

    # --- when -----------------------------------------------------------------

    def shift(self, shift_id: int) -> Shift:
        """Return a shift, also one that nobody works yet. Raises WorldError."""
        found = next((one for one in (*self.shifts, *SHIFTS) if one.id == shift_id), None)
        if found is None:
            raise WorldError(f"there is no shift {shift_id}")
        return found

    def shift_of(self, person: Person, day: date) -> Shift | None:
        """Return what a person works on a date, None for a day of rest or a flexible group."""
        if self.founded_on is not None and day < self.founded_on:
            return None
        return self.overrides.shift_of(person, day)

    def found(self, day: date) -> None:
        """Let the company have begun on a date: nobody was planned before it."""
        self.founded_on = day
        self._changed()

    def set_holiday(self, day: date, name: str = "假日") -> None:
        """Make a date a public holiday: nobody is planned, but for whom `set_shift` says otherwise."""
        self._set_day(day, SpecialDay(name, works=False))

    def set_makeup_day(self, day: date, name: str = "调休", shift_ids: Collection[int] = ()) -> None:
        """Make a date a make-up workday of these shifts, without any of all that do not cross midnight."""
        default = {one.id for one in self.shifts if not one.overnight}
        self._set_day(day, SpecialDay(name, works=True, shift_ids=frozenset(shift_ids) or frozenset(default)))

    def set_normal_day(self, day: date) -> None:
        """Forget that a date is a holiday or a make-up workday."""
        self._set_day(day, None)

    def set_shift(self, user_id: str, day: date, shift_id: int) -> None:
        """Let a person work another shift on a date, 0 for a day of rest. Raises WorldError."""
        self._known(user_id)
        self.overrides.set_shift(user_id, day, self.shift(shift_id) if shift_id else None)
        self._changed()

    def set_usual_shift(self, user_id: str, day: date) -> None:
        """Forget what `set_shift` said of a person and date."""
        self.overrides.forget_shift(user_id, day)
        self._changed()

    def _set_day(self, day: date, special: SpecialDay | None) -> None:
        self.overrides.set_day(day, special)
        self._changed()

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
        self._changed()

    def _replace(self, before: Person, after: Person) -> None:
        """Put one in place of the other, which keeps its place among the others."""
        if after.department.id != before.department.id:
            del self._members[before.department.id][before.user_id]
        self._in_group[before.shift.group_id] -= 1
        self._put(after)

    def _remove(self, person: Person) -> None:
        del self._people[person.user_id]
        del self._by_union_id[person.union_id]
        del self._members[person.department.id][person.user_id]
        self._in_group[person.shift.group_id] -= 1
        self._changed()

    def _changed(self) -> None:
        self.version += 1

    def _tell(self, event_type: str, **data: Any) -> None:
        if self._announce is not None:
            self._announce(event_type, data)


def _shown(person: Person) -> dict[str, Any]:
    """Return what contacts show of a person that can change."""
    fields = asdict(person)
    return {
        "name": fields["name"],
        "position": fields["title"],
        "department": [person.department.id],
        "isLeaderInDepts": {str(person.department.id): person.lead},
        "active": fields["active"],
    }
