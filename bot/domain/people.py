"""Who somebody is, and who goes by a name."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

GONE_FOR = timedelta(minutes=10)  # for so long after somebody left, a look-up may still know them
# The end of a name that says itself that it is a department's, longer ones first.
_DEPARTMENT_ENDS = ("事业部", "项目组", "部门", "团队", "中心", "小组", "部", "组", "科", "处")
_DEPARTMENT_WORDS = re.compile(r" (?:team|department|dept|group|division|unit)$")


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
    """Everybody, and the departments they are in, as read in one walk.

    `unsure` are departments that came back without anybody although DingTalk counts members of them.
    """

    employees: tuple[Employee, ...]
    departments: tuple[Department, ...]
    unsure: frozenset[int] = frozenset()


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


def departments_called(named: str, departments: Sequence[Department]) -> tuple[Department, ...]:
    """Return the departments of one name: a whole name before one without its ending (研发 for 研发部)."""
    wanted = folded(named)
    whole = tuple(one for one in departments if folded(one.name) == wanted)
    found = whole or tuple(one for one in departments if _stem(folded(one.name)) == _stem(wanted))
    return found if len({one.name for one in found}) == 1 else ()


def _stem(name: str) -> str:
    """Return a folded department name without its suffix, such as 部 or "department"."""
    ending = next((end for end in _DEPARTMENT_ENDS if name.endswith(end) and len(name) > len(end) + 1), "")
    return name.removesuffix(ending) if ending else _DEPARTMENT_WORDS.sub("", name)
