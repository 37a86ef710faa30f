"""Who belonged to which departments on which dates: present people, and people who left."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import zip_longest
from zoneinfo import ZoneInfo

from bot.domain.people import Employee
from bot.domain.shifts import DayPlan
from bot.domain.slots import A_DAY, Days


@dataclass(frozen=True, slots=True)
class Membership:
    """A person's departments, and their names, from `since_at` until `until_at`.

    `until_at` is None while they last. The first record counts for all days before it.
    """

    user_id: str
    since_at: datetime
    until_at: datetime | None
    department_ids: tuple[int, ...]
    department: str


@dataclass(frozen=True, slots=True)
class _Term:
    """A membership by date, both ends included."""

    first: date
    last: date
    of: Membership
    is_last: bool  # the person left on the last date, or works there still


class Memberships:
    """Finds people and departments of past dates.

    - A person who changed department belongs to both on that date.
    - The date on which a person left counts only with a punch: the person may have left before.
    - Today has present people alone, in their present departments.
    """

    def __init__(
        self,
        present: Mapping[str, Employee],
        left: Mapping[str, Employee],
        changed: Iterable[Membership],
        names: Mapping[int, str],
        zone: ZoneInfo,
    ) -> None:
        """`changed` are all memberships of people who joined, moved or left since the first record.

        The oldest comes first. `names` are present departments by id.
        """
        self.left = left
        self._present = present
        self._names = names
        rows: defaultdict[str, list[Membership]] = defaultdict(list)
        for membership in changed:
            rows[membership.user_id].append(membership)
        self._terms = {user_id: _terms(some, zone) for user_id, some in rows.items()}

    def everybody(self) -> list[Employee]:
        """Return present people and people who left, by user id."""
        people = {**self.left, **self._present}
        return [people[user_id] for user_id in sorted(people)]

    def knows(self, user_id: str) -> bool:
        """Return whether a person belongs here, or once did."""
        return user_id in self._present or user_id in self.left

    def employee_on(self, user_id: str, day: date) -> Employee | None:
        """Return a person with the departments of a date, None for nobody on that date."""
        who = self._present.get(user_id) or self.left.get(user_id)
        if who is None or user_id not in self._terms:
            return who if user_id in self._present else None
        terms = [term for term in self._terms[user_id] if term.first <= day <= term.last]
        return replace(who, department_ids=terms[-1].of.department_ids) if terms else None

    def dates_outside(self, user_id: str, dates: Iterable[date]) -> list[date]:
        """Return the dates on which a person who joined, moved or left did not belong here."""
        if user_id not in self._terms:
            return []
        return [day for day in dates if self.employee_on(user_id, day) is None]

    def department_on(self, user_id: str, day: date) -> str:
        """Return the names of the last departments of a person up to a date."""
        terms = [term for term in self._terms.get(user_id, ()) if term.first <= day]
        if terms:
            return terms[-1].of.department
        who = self._present.get(user_id)
        ids = () if who is None or user_id in self._terms else who.department_ids
        return ", ".join(self._names[at] for at in ids if at in self._names)

    def movers_within(self, days: Days) -> list[str]:
        """Return the people with records of changes who belonged here on one of the dates."""
        return [
            user_id
            for user_id, terms in self._terms.items()
            if any(term.first <= days.last and days.first <= term.last for term in terms)
        ]

    def dates(
        self,
        user_id: str,
        span: Days,
        today: date,
        inside: Collection[int] | None = None,
    ) -> Mapping[date, bool] | None:
        """Return the dates of a span on which a person belonged here, or `inside` these
        departments. None means all of them. False marks a date that counts only with a punch.
        """
        if user_id not in self._terms:
            who = self._present.get(user_id)
            is_inside = who is not None and (
                inside is None or not set(inside).isdisjoint(who.department_ids)
            )
            return None if is_inside else {}
        found: dict[date, bool] = {}
        for term in self._terms[user_id]:
            if inside is not None and set(inside).isdisjoint(term.of.department_ids):
                continue
            ended = term.of.until_at is not None
            last = min(term.last, span.last, today - A_DAY if ended else date.max)
            for day in Days(max(term.first, span.first), last):
                found[day] = found.get(day, False) or not (
                    ended and term.is_last and day == term.last
                )
        return found


def plans_by_membership(
    plan_on: Callable[[Employee, date], DayPlan | None],
    memberships: Memberships,
    user_id: str,
    dates: Iterable[date],
) -> dict[date, DayPlan]:
    """Return the known plans of a person by the departments of each date.

    Somebody who once belonged here has days off on other dates.
    """
    found: dict[date, DayPlan] = {}
    if not memberships.knows(user_id):
        return found
    for day in dates:
        who = memberships.employee_on(user_id, day)
        plan = DayPlan(day) if who is None else plan_on(who, day)
        if plan is not None and (who is None or who.known):
            found[day] = plan
    return found


def _terms(rows: Sequence[Membership], zone: ZoneInfo) -> list[_Term]:
    return [
        _Term(
            first=row.since_at.astimezone(zone).date(),
            last=date.max if row.until_at is None else row.until_at.astimezone(zone).date(),
            of=row,
            is_last=following is None or row.until_at is None or following.since_at > row.until_at,
        )
        for row, following in zip_longest(rows, rows[1:])
    ]
