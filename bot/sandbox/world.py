"""The company as DingTalk knows it: people, departments and plans, and their changes."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from bot.sandbox.people import (
    DAY,
    NONE,
    SHIFTS,
    SITES,
    Department,
    Person,
    Shift,
    made_up_departments,
    made_up_person,
)

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
