"""Whose roles may be other than they were read: from the event that says so until DingTalk was asked."""

from collections.abc import Collection, Iterable
from datetime import datetime


class RoleDoubts:
    """Remembers which people and departments an event spoke of that have not been read since.

    Events tell who changed, not what: until that is read, and DingTalk may not answer, somebody may have lost what
    lets them see others' days.
    """

    def __init__(self) -> None:
        self._people: dict[str, datetime] = {}
        self._departments: dict[int, datetime] = {}
        self._all_since: datetime | None = None  # an event that names no department is about all of them

    def people_changed(self, user_ids: Iterable[str], at: datetime) -> None:
        """Doubt the roles of people of whom an event came at `at`."""
        self._people.update(dict.fromkeys(user_ids, at))

    def departments_changed(self, department_ids: Collection[int], at: datetime) -> None:
        """Doubt who leads departments, all of them where none is named."""
        self._departments.update(dict.fromkeys(department_ids, at))
        if not department_ids:
            self._all_since = at

    def person_read(self, user_id: str, read_at: datetime) -> None:
        """Note a reading that was begun at `read_at`; what changed later is doubted on."""
        if user_id in self._people and self._people[user_id] <= read_at:
            del self._people[user_id]

    def tree_read(self, read_at: datetime) -> None:
        """Note a reading of all departments that was begun at `read_at`."""
        self._departments = {one: since for one, since in self._departments.items() if since > read_at}
        if self._all_since is not None and self._all_since <= read_at:
            self._all_since = None

    def about(self, user_id: str, department_ids: Collection[int]) -> bool:
        """Tell whether somebody who led these departments, when they were last read, may have lost one of them."""
        if user_id in self._people:
            return True
        return bool(department_ids) and (
            self._all_since is not None or not self._departments.keys().isdisjoint(department_ids)
        )
