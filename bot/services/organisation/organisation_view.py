"""What follows from people and departments as a whole, made once for each state of the directory."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.domain.people import Department, Employee
from bot.domain.teams import Teams
from bot.understanding import NameIndex


@dataclass(frozen=True, slots=True)
class View:
    """The organisation at one count of changes: all `known` people, those who can be spoken to, who leads whom."""

    changes: int
    known: tuple[Employee, ...]
    everyone: tuple[Employee, ...]
    active: frozenset[str]
    teams: Teams
    names: NameIndex


NOTHING_SEEN = View(-1, (), (), frozenset(), Teams((), ()), NameIndex({}))


def viewed(
    changes: int, people: Sequence[Employee], tree: Sequence[Department], extra: Mapping[str, Sequence[int]]
) -> View:
    """Return the view of `people` and the department tree; `extra` leads are those of the configuration."""
    known = tuple(sorted((one for one in people if one.known), key=lambda one: one.user_id))
    everyone = tuple(one for one in known if is_reachable(one))
    active = frozenset(one.user_id for one in everyone)
    by_name: dict[str, list[str]] = {}
    for one in known:
        by_name.setdefault(one.name or one.user_id, []).append(one.user_id)
    names = NameIndex(by_name, {one.name: one.name for one in tree})
    return View(changes, known, everyone, active, Teams(people, tree, extra), names)


def is_reachable(employee: Employee) -> bool:
    """Tell whether somebody is of the organisation, as far as is known, and has ever logged in."""
    return employee.active and employee.known


def without_manager(
    tree: Iterable[Department], user_id: str, department_ids: Collection[int]
) -> tuple[Department, ...]:
    """Return the department tree in which somebody no longer manages the departments named."""
    return tuple(
        replace(one, managers=tuple(manager for manager in one.managers if manager != user_id))
        if one.department_id in department_ids
        else one
        for one in tree
    )
