"""Who somebody is, and who goes by a name."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from pydantic import ConfigDict, model_validator
from pydantic.dataclasses import dataclass as checked

GONE_FOR = timedelta(minutes=10)  # for so long after somebody left, a look-up may still know them


@dataclass(frozen=True, slots=True)
class Employee:
    """A person of the organisation, as the directory knows them.

    `leads` are the departments in which DingTalk marks them as the lead. `active` is false for somebody who never
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


@checked(frozen=True, slots=True, config=ConfigDict(extra="forbid"))
class Members:
    """The people of some departments, and some users. The configuration writes everybody as `all`."""

    departments: frozenset[int] = frozenset()
    users: frozenset[str] = frozenset()
    everybody: bool = False

    @model_validator(mode="before")
    @classmethod
    def _all(cls, value: Any) -> Any:
        return {"everybody": True} if value == "all" else value

    def include(self, who: Employee) -> bool:
        """Tell whether `who` is one of them, by the departments that are known of `who`."""
        is_named = who.user_id in self.users or not self.departments.isdisjoint(who.department_ids)
        return self.everybody or is_named

    def may_include(self, who: Employee) -> bool:
        """Tell whether it depends on departments that the directory did not tell of `who`."""
        return not who.known and bool(self.departments) and who.user_id not in self.users


EVERYBODY = Members(everybody=True)


def folded(name: str) -> str:
    """Return a name as it is compared: case, width and spacing do not count."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def people_called(named: str, people: Sequence[Employee]) -> tuple[Employee, ...]:
    """Return the people with the user id `named`; without one, the people with that full name."""
    by_id = tuple(one for one in people if one.user_id == named)
    wanted = folded(named)
    return by_id or tuple(one for one in people if wanted and folded(one.name) == wanted)
