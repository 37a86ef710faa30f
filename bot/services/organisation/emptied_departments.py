"""Half an answer of the contacts API: a department that had people comes back with none."""

from collections.abc import Collection, Iterable

from bot.domain.people import Employee

MANY = 5  # people of a department who vanish at once: a fault rather than a decision, until it is said again


class EmptiedDepartments:
    """Doubts a reading in which all of a department's people vanished, until the next reading says the same."""

    def __init__(self) -> None:
        self.doubted: frozenset[int] = frozenset()

    def believed(self, known: Iterable[Employee], gone: Collection[str]) -> list[str]:
        """Return those of `gone`, the `known` people whom a reading lacked, who are to be forgotten.

        Whoever left by an event is not known any more, so that nothing is doubted because of them.
        """
        missing = frozenset(gone)
        people: dict[int, list[str]] = {}
        for one in known:
            for department_id in one.department_ids:
                people.setdefault(department_id, []).append(one.user_id)
        emptied = {
            department_id: some
            for department_id, some in people.items()
            if len(some) >= MANY and missing.issuperset(some)
        }
        self.doubted = frozenset(emptied) - self.doubted  # what was doubted before has been said again
        kept = frozenset(user_id for department_id in self.doubted for user_id in emptied[department_id])
        return [user_id for user_id in gone if user_id not in kept]
