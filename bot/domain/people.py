"""Who somebody is, and who goes by a name."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

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


@dataclass(frozen=True, slots=True)
class Members:
    """The people of some departments, and some users; everybody where `departments` is None."""

    departments: frozenset[int] | None = None
    users: frozenset[str] = frozenset()

    def include(self, who: Employee) -> bool:
        """Tell whether `who` is one of them, by the departments that are known of `who`."""
        if self.departments is None:
            return True
        return who.user_id in self.users or not self.departments.isdisjoint(who.department_ids)

    def may_include(self, who: Employee) -> bool:
        """Tell whether it depends on departments that the directory did not tell of `who`."""
        return not who.known and bool(self.departments) and who.user_id not in self.users


EVERYBODY = Members()


def folded(name: str) -> str:
    """Return a name as it is compared: case, width and spacing do not count."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def people_called(named: str, people: Sequence[Employee]) -> tuple[Employee, ...]:
    """Return the people with the user id `named`; without one, the people with that full name."""
    by_id = tuple(one for one in people if one.user_id == named)
    wanted = folded(named)
    return by_id or tuple(one for one in people if wanted and folded(one.name) == wanted)
