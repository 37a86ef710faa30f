"""Teams: the leads of each person, and the people of each lead."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from bot.domain.people import Department, Employee

NOBODY: frozenset[str] = frozenset()


class Teams:
    """Finds leads and teams by people, departments and `extra` leads (department ids by user id).

    - A department's leads are the people that DingTalk marks (`leader_in_dept`), else its
      managers (`dept_manager_userid_list`). `extra` leads (`roles.leads`) come in addition.
    - A person's leads are the leads of the nearest department, from their own upward, that a person
      other than themselves leads. A person in several departments has the leads of each.
    - Leads who never logged in and unknown user ids do not count. Missing parents and cycles are
      ignored.
    """

    def __init__(
        self,
        employees: Iterable[Employee],
        departments: Iterable[Department],
        extra: Mapping[str, Sequence[int]] | None = None,
    ) -> None:
        self._people = {employee.user_id: employee for employee in employees}
        self._departments = {department.department_id: department for department in departments}
        self._leads = self._all_leads(extra or {})
        self._led: defaultdict[str, list[int]] = defaultdict(list)
        self._below: defaultdict[int | None, list[int]] = defaultdict(list)
        self._inside: defaultdict[int, list[Employee]] = defaultdict(list)
        for department_id, leads in self._leads.items():
            for user_id in leads:
                self._led[user_id].append(department_id)
        for department in self._departments.values():
            self._below[department.parent_id].append(department.department_id)
        for person in self._people.values():
            for department_id in person.department_ids:
                self._inside[department_id].append(person)

    def leads_of(self, user_id: str) -> frozenset[str]:
        """Return who gets notes about a person. For a lead: the nearest leads above, never themselves."""
        person = self._people.get(user_id)
        if person is None:
            return NOBODY
        found = (self._nearest(department, user_id) for department in person.department_ids)
        return NOBODY.union(*found)

    def only_department_led(self, user_id: str) -> int | None:
        """Return the department of a lead, None for nobody and for a lead of several."""
        led = self._led.get(user_id, ())
        return led[0] if len(led) == 1 else None

    def departments_led(self, user_id: str) -> frozenset[int]:
        """Return the departments that a person leads, with all departments below."""
        return self.with_below(self._led.get(user_id, ()))

    def members(self, user_id: str) -> tuple[Employee, ...]:
        """Return the people of the departments that a person leads, without the lead, sorted by
        user id.
        """
        led = self.departments_led(user_id)
        people = {
            one.user_id: one for department in led for one in self._inside.get(department, ())
        }
        return tuple(people[member] for member in sorted(people) if member != user_id)

    def leads_above(self, user_id: str) -> frozenset[str]:
        """Return the other leads of a person's departments and of all departments above."""
        person = self._people.get(user_id)
        if person is None:
            return NOBODY
        above = {
            upper for department in person.department_ids for upper in self._upward(department)
        }
        return NOBODY.union(*(self._leads.get(upper, NOBODY) for upper in above)) - {user_id}

    def with_below(self, department_ids: Iterable[int]) -> frozenset[int]:
        """Return departments with all departments below."""
        reached: set[int] = set()
        to_visit = list(department_ids)
        while to_visit:
            department_id = to_visit.pop()
            if department_id not in reached:
                reached.add(department_id)
                to_visit += self._below.get(department_id, ())
        return frozenset(reached)

    def _all_leads(self, extra: Mapping[str, Sequence[int]]) -> dict[int, frozenset[str]]:
        active = {
            employee.user_id: employee for employee in self._people.values() if employee.active
        }
        found: defaultdict[int, set[str]] = defaultdict(set)
        for employee in active.values():
            for department_id in employee.leads:
                found[department_id].add(employee.user_id)
        for department in self._departments.values():
            if department.department_id not in found:
                found[department.department_id].update(active.keys() & set(department.managers))
        for user_id, department_ids in extra.items():
            for department_id in department_ids if user_id in active else ():
                found[department_id].add(user_id)
        return {department_id: frozenset(leads) for department_id, leads in found.items()}

    def _nearest(self, department_id: int, but: str) -> frozenset[str]:
        others = (self._leads.get(above, NOBODY) - {but} for above in self._upward(department_id))
        return next(filter(None, others), NOBODY)

    def _upward(self, department_id: int) -> Iterator[int]:
        """Yield a department and the departments above it, each once."""
        seen: set[int] = set()
        at: int | None = department_id
        while at is not None and at not in seen:
            seen.add(at)
            yield at
            department = self._departments.get(at)
            at = department.parent_id if department is not None else None
