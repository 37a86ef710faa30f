"""Who somebody is."""

from dataclasses import dataclass
from datetime import timedelta

GONE_FOR = timedelta(minutes=10)  # for so long after somebody left, a look-up may still know them


@dataclass(frozen=True, slots=True)
class Employee:
    """A person of the organisation, as the directory knows them.

    `user_id` is DingTalk's `userid`. `department_ids` are the departments they belong to,
    `leads` those in which DingTalk marks them as the lead. `active` is false for somebody who never
    logged in to DingTalk and so cannot be messaged. `known` is false while the directory has not answered: then
    the id is vouched for and nothing else is.
    """

    user_id: str
    name: str
    union_id: str | None = None
    department_ids: tuple[int, ...] = ()
    leads: tuple[int, ...] = ()
    active: bool = True
    known: bool = True


@dataclass(frozen=True, slots=True)
class Department:
    """One node of the department tree; the root has no parent. `managers` are those DingTalk names for it."""

    department_id: int
    name: str
    parent_id: int | None = None
    managers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Organisation:
    """Everybody, and the departments they are in, as read in one walk."""

    employees: tuple[Employee, ...]
    departments: tuple[Department, ...]
