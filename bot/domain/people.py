"""People and departments, and people by name."""

import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from pydantic import ConfigDict, model_validator
from pydantic.dataclasses import dataclass as checked

GONE_FOR = timedelta(minutes=10)  # DingTalk may still show a person who left, for this time


@dataclass(frozen=True, slots=True)
class Employee:
    """A person of the organisation.

    `leads` are the ids of departments where DingTalk marks the person as lead. `active` is false before the
    first login to DingTalk: the person cannot get messages. `known` is false before a read: then
    only the user id is certain. `job_number` is empty without one.
    """

    user_id: str
    name: str
    union_id: str | None = None
    department_ids: tuple[int, ...] = ()
    leads: tuple[int, ...] = ()
    active: bool = True
    known: bool = True
    job_number: str = ""

    @property
    def shown_name(self) -> str:
        """Return the name, else the user id."""
        return self.name or self.user_id


@dataclass(frozen=True, slots=True)
class Department:
    """One node of the department tree. The root has no parent. `managers` are user ids."""

    department_id: int
    name: str
    parent_id: int | None = None
    managers: tuple[str, ...] = ()


@checked(frozen=True, slots=True, config=ConfigDict(extra="forbid"))
class Members:
    """People by department and by user id. The configuration writes `all` for everybody."""

    departments: frozenset[int] = frozenset()
    users: frozenset[str] = frozenset()
    everybody: bool = False

    @model_validator(mode="before")
    @classmethod
    def _all(cls, value: Any) -> Any:
        return {"everybody": True} if value == "all" else value

    def include(self, who: Employee) -> bool:
        """Return whether `who` is included, by the known departments of `who`."""
        is_named = who.user_id in self.users or not self.departments.isdisjoint(who.department_ids)
        return self.everybody or is_named

    def may_include(self, who: Employee) -> bool:
        """Return whether the answer depends on unknown departments of `who`."""
        return not who.known and bool(self.departments) and who.user_id not in self.users


EVERYBODY = Members(everybody=True)


def names_of_departments(departments: Sequence[Department]) -> dict[int, str]:
    """Return the name of each department by id. Departments of one name get the parent's name in
    addition, and their id if that is the same, too.
    """
    names = {node.department_id: node.name or str(node.department_id) for node in departments}
    shared = Counter(names.values())
    long = {
        node.department_id: f"{names[node.department_id]} ({names[node.parent_id]})"
        for node in departments
        if shared[names[node.department_id]] > 1 and node.parent_id in names
    }
    names |= long
    shared = Counter(names.values())
    return {key: name if shared[name] == 1 else f"{name} ({key})" for key, name in names.items()}


def fold_name(name: str) -> str:
    """Return a name for comparison, without differences of case, width and spacing."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def people_called(named: str, people: Sequence[Employee]) -> tuple[Employee, ...]:
    """Return the person with the user id `named`, else the people with that full name."""
    by_id = tuple(employee for employee in people if employee.user_id == named)
    wanted = fold_name(named)
    return by_id or tuple(
        employee for employee in people if wanted and fold_name(employee.name) == wanted
    )


def people_named(named: str, people: Sequence[Employee]) -> tuple[Employee, ...]:
    """Return the people called `named`, else the people with this word in their name: Daniel for
    Daniel Kim.
    """
    wanted = fold_name(named)
    return people_called(named, people) or tuple(
        employee for employee in people if wanted in fold_name(employee.name).split()
    )
