"""The company as DingTalk knows it: people, departments and plans, and their changes."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, TypeVar
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

T = TypeVar("T")
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
    """People, departments and plans. Each change is announced as the event that DingTalk would push.

    Methods raise WorldError for an unknown person, department or shift.
    """

    corp_id = "dingsandbox"
    zone = ZoneInfo("Asia/Shanghai")
    sites = (HQ, PUDONG)

    def __init__(self, employees: int = 12, *, departments: int = 0, depth: int = 1) -> None:
        """Hire `employees` people, the two leads first. Raises ValueError below 2.

        With `departments`, there are so many more under the two top ones, `depth` levels deep, each with a lead;
        people from the thirteenth on are spread over them and work day, night, split and flexible shifts.
        """
        if employees < 2 or departments < 0 or depth < 1:
            raise ValueError("employees must be 2 or more (the two leads), departments 0 or more, depth 1 or more")
        self._people: dict[str, Person] = {}
        self._hired = 0
        self._teams = teams_below(departments, depth)
        self._departments = {one.id: one for one in (ROOT, ENGINEERING, SUPPORT, *self._teams)}
        self._members: dict[int, dict[str, Person]] = {}
        self.announce: Announce = lambda event_type, data: None
        self.shifts: tuple[Shift, ...] = SHIFTS if departments else (DAY, NIGHT)
        self.special_days: dict[date, SpecialDay] = {}
        self._own_shifts: dict[date, dict[str, Shift | None]] = {}  # of one person; None is a day of rest
        self.founded_on: date | None = None  # nobody was planned before it; None: it was always there
        self.version = 0  # grows with each change of people or plans
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
        """Return the organisation's administrator, who may read everybody's attendance."""
        return self._people["lead01"]

    # --- people ---------------------------------------------------------------

    def get(self, user_id: str) -> Person | None:
        return self._people.get(user_id)

    def known(self, user_id: str) -> Person:
        """Return the employee with this id."""
        return _found(self._people.get(user_id), f"nobody here has the user_id {user_id!r}")

    def members(self, department_id: int) -> list[Person]:
        """Return the direct members of a department, in the order of joining."""
        return list(self._members.get(department_id, {}).values())

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
        """Hire somebody (again) and announce `user_add_org`."""
        if user_id in self._people:
            raise WorldError(f"{user_id} is here already")
        department, shift = self._department(department_id), self.shift(shift_id)
        self._hired = max(self._hired, len(FIRST_TWELVE)) + 1  # the names of the first twelve are taken
        while not user_id and new_user_id(self._hired) in self._people:
            self._hired += 1
        user_id = user_id or new_user_id(self._hired)
        hired = self._put(Person(self._hired, user_id, name, department, shift, lead, active))
        self.announce("user_add_org", {"userId": [user_id]})
        return hired

    def leave(self, user_id: str) -> Person:
        """Let somebody leave the company and announce `user_leave_org`."""
        person = self.known(user_id)
        if person == self.admin:
            raise WorldError("the administrator stays")
        del self._people[user_id]
        del self._members[person.department.id][user_id]
        self.version += 1
        self.announce("user_leave_org", {"userId": [user_id]})
        return person

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
        """Change the given fields; announce `user_modify_org` where contacts show them, and `user_active_org`."""
        before = self.known(user_id)
        changes: dict[str, Any] = {"name": name, "lead": lead, "active": active}
        changes["department"] = None if department_id is None else self._department(department_id)
        changes["shift"] = None if shift_id is None else self.shift(shift_id)
        after = replace(before, **{key: value for key, value in changes.items() if value is not None})
        if after.department != before.department:
            del self._members[before.department.id][user_id]
        self._put(after)
        if _shown(before) != _shown(after):
            diff = {"userid": user_id, "prev": _shown(before), "curr": _shown(after)}
            self.announce("user_modify_org", {"userId": [user_id], "diffInfo": diff})
        if after.active and not before.active:
            self.announce("user_active_org", {"userId": [user_id]})
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
        """Found a department and announce `org_dept_create`."""
        self._department(parent_id)
        number = max(FIRST_SUBDEPARTMENT - 1, *self._departments) + 1
        made = self._departments[number] = Department(number, name, parent_id)
        self.announce("org_dept_create", {"deptId": [number]})
        return made

    def change_department(self, id: int, *, name: str | None = None, parent_id: int | None = None) -> Department:  # noqa: A002
        """Rename or move a department and announce `org_dept_modify`."""
        before = self._department(id)
        if parent_id is not None and (id == ROOT_DEPARTMENT or id in self.chain(self._department(parent_id).id)):
            raise WorldError("a department cannot be under itself")
        after = self._departments[id] = replace(
            before, name=name or before.name, parent_id=parent_id or before.parent_id
        )
        for person in self.members(id):
            self._put(replace(person, department=after))
        self.announce("org_dept_modify", {"deptId": [id]})
        return after

    def remove_department(self, id: int) -> Department:  # noqa: A002
        """Close an empty department and announce `org_dept_remove`."""
        gone = self._department(id)
        if id == ROOT_DEPARTMENT or self.members(id) or self.children(id):
            raise WorldError("only a department without people and without departments under it can go")
        del self._departments[id]
        self.announce("org_dept_remove", {"deptId": [id]})
        return gone

    # --- plans ----------------------------------------------------------------

    def shift(self, shift_id: int) -> Shift:
        """Return a shift, also one that nobody works yet."""
        found = next((one for one in (*self.shifts, *SHIFTS) if one.id == shift_id), None)
        return _found(found, f"there is no shift {shift_id}")

    def shift_of(self, person: Person, day: date) -> Shift | None:
        """Return a person's shift on a date, None for a day of rest or a flexible group.

        A person's own shift counts more than a special day.
        """
        if self.founded_on is not None and day < self.founded_on:
            return None
        own = self._own_shifts.get(day, {})
        if person.user_id in own:
            return own[person.user_id]
        usual, special = person.shift, self.special_days.get(day)
        if special is None:
            return usual if usual.works_on(day) else None
        works = special.works and usual.group_type != NONE
        return usual if works and (usual.id in special.shift_ids or usual.works_on(day)) else None

    def plan(self, day: date) -> dict[str, Any]:
        """Return the kind of a date, and people's unusual shifts, 0 for rest."""
        special = self.special_days.get(day)
        kind = "normal" if special is None else "makeup" if special.works else "holiday"
        shifts = {user_id: shift.id if shift else 0 for user_id, shift in self._own_shifts.get(day, {}).items()}
        return {"date": day.isoformat(), "kind": kind, "name": special.name if special else "", "shifts": shifts}

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
        """Let a person work another shift on a date, 0 for a day of rest."""
        self.known(user_id)
        self._own_shifts.setdefault(day, {})[user_id] = self.shift(shift_id) if shift_id else None
        self.version += 1

    def set_usual_shift(self, user_id: str, day: date) -> None:
        """Forget what `set_shift` said of a person and date."""
        self._own_shifts.get(day, {}).pop(user_id, None)
        self.version += 1

    def _department(self, department_id: int) -> Department:
        return _found(self._departments.get(department_id), f"there is no department {department_id}")

    def _put(self, person: Person) -> Person:
        self._people[person.user_id] = person
        self._members.setdefault(person.department.id, {})[person.user_id] = person
        self.version += 1
        return person


def _found(value: T | None, otherwise: str) -> T:
    if value is None:
        raise WorldError(otherwise)
    return value


def _shown(person: Person) -> dict[str, Any]:
    """Return the changing fields of a person that contacts show."""
    return {
        "name": person.name,
        "position": person.title,
        "department": [person.department.id],
        "isLeaderInDepts": {str(person.department.id): person.lead},
        "active": person.active,
    }
