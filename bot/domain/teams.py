"""Teams: the leads of each person, the people of each lead, and who stands in for a lead."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import date, datetime

from bot.domain.people import Department, Employee


@dataclass(frozen=True, slots=True)
class Appointment:
    """The appointment of a stand-in: `user_id` acts for `lead` on local dates, both included.

    `reference` is the id of the message that asked for it. It may end early, at `ended_at`.
    """

    reference: str
    lead: str
    user_id: str
    first_day: date
    last_day: date
    asked_at: datetime
    ended_at: datetime | None = None
    ended_by: str | None = None

    def is_open(self, today: date) -> bool:
        """Return whether it holds today or will hold."""
        return self.ended_at is None and today <= self.last_day


NOBODY: frozenset[str] = frozenset()
NO_DEPARTMENT: frozenset[int] = frozenset()


class Teams:
    """Finds leads and teams by people, departments and `extra` leads (department ids by user id).

    - A department's leads are the people that DingTalk marks (`leader_in_dept`), else its
      managers (`dept_manager_userid_list`). `extra` leads (`roles.leads`) come in addition.
    - A person's leads are the leads of their department, without the person. If there are none,
      the next department above counts. A person in several departments has the leads of each.
    - Leads who never logged in and unknown user ids do not count. Missing parents and cycles are
      ignored.
    - A stand-in leads the departments that the lead leads directly, but not the lead. Whoever
      stands in for the stand-in gets only the stand-in's own departments.
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
        # department ids by lead, and by the department above; people by department
        self._led: defaultdict[str, list[int]] = defaultdict(list)
        self._stand_ins: dict[str, frozenset[str]] = {}  # by lead
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

    def with_stand_ins(self, stand_ins: Iterable[tuple[str, str]]) -> "Teams":
        """Return the teams of a date with its stand-ins: the user ids of stand-in and lead."""
        teams = copy(self)
        teams._stand_ins = {}
        for user_id, lead in stand_ins:
            if (who := self._people.get(user_id)) is not None and who.active:
                teams._stand_ins[lead] = teams.stand_ins_of(lead) | {user_id}
        return teams

    def stand_ins_of(self, lead: str) -> frozenset[str]:
        return self._stand_ins.get(lead, NOBODY)

    def leads_replaced_by(self, user_id: str) -> frozenset[str]:
        """Return the leads whose stand-in a person is."""
        return frozenset(lead for lead, others in self._stand_ins.items() if user_id in others)

    def hidden_leads(self, user_id: str) -> frozenset[str]:
        """Return the leads whom their stand-in does not lead.

        A stand-in leads the lead's people, and the lead only by a right of their own.
        """
        leads = self.leads_replaced_by(user_id)
        return frozenset(lead for lead in leads if user_id not in self.leads_above(lead))

    def leads_acted_for(self, user_id: str, member: str, nearest: bool = False) -> frozenset[str]:
        """Return the leads in whose place a stand-in acts about a member of their team.

        A stand-in who leads the member anyway acts for nobody. `nearest`: only the nearest leads
        decide a request.
        """
        above = self._leads_over(member, nearest=nearest)
        return NOBODY if user_id in above else above & self.leads_replaced_by(user_id)

    def own_departments(self, lead: str) -> frozenset[int]:
        """Return the departments that a lead leads directly, without those of a stand-in."""
        return frozenset(self._led.get(lead, ()))

    def leads_of(self, user_id: str) -> frozenset[str]:
        """Return the nearest leads of a person and their stand-ins, never the person.

        They get the notes about the person, and decide the person's requests.
        """
        return self._and_stand_ins(self._leads_over(user_id, nearest=True)) - {user_id}

    def directly_led(self, user_id: str) -> frozenset[int]:
        """Return the departments that a person leads, also as a stand-in, without those below."""
        leads = (user_id, *self.leads_replaced_by(user_id))
        return NO_DEPARTMENT.union(*map(self.own_departments, leads))

    def departments_led(self, user_id: str) -> frozenset[int]:
        """Return the departments that a person leads, with all departments below."""
        return self.with_below(self.directly_led(user_id))

    def members(self, user_id: str) -> tuple[Employee, ...]:
        """Return the people of the departments that a person leads, sorted by user id.

        The person is left out, and so is a lead whom the person only stands in for.
        """
        led = self.departments_led(user_id)
        people = {
            one.user_id: one for department in led for one in self._inside.get(department, ())
        }
        others = people.keys() - {user_id} - self.hidden_leads(user_id)
        return tuple(people[member] for member in sorted(others))

    def leads_above(self, user_id: str) -> frozenset[str]:
        """Return the other leads of a person's departments and of all departments above, with
        stand-ins.
        """
        return self._and_stand_ins(self._leads_over(user_id, nearest=False)) - {user_id}

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
        active = {employee.user_id for employee in self._people.values() if employee.active}
        found: defaultdict[int, set[str]] = defaultdict(set)
        for user_id in active:
            for department_id in self._people[user_id].leads:
                found[department_id].add(user_id)
        for department in self._departments.values():
            if department.department_id not in found:
                found[department.department_id].update(active.intersection(department.managers))
        for user_id, department_ids in extra.items():
            for department_id in department_ids if user_id in active else ():
                found[department_id].add(user_id)
        return {department_id: frozenset(leads) for department_id, leads in found.items()}

    def _leads_over(self, user_id: str, *, nearest: bool) -> frozenset[str]:
        """Return the other leads of a person's departments, without stand-ins: the `nearest` ones,
        else also those of all departments above.
        """
        person = self._people.get(user_id)
        leads = NOBODY
        seen: set[int] = set()
        for department_id in person.department_ids if person is not None else ():
            at: int | None = department_id
            while at is not None and at not in seen:
                seen.add(at)
                others = self._leads.get(at, NOBODY) - {user_id}
                leads |= others
                department = self._departments.get(at)
                is_found = nearest and bool(others)
                at = None if is_found or department is None else department.parent_id
        return leads

    def _and_stand_ins(self, leads: frozenset[str]) -> frozenset[str]:
        return leads.union(*map(self.stand_ins_of, leads))
