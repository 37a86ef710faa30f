"""Whose roles may be other than they were read: from the event that says so until DingTalk was asked."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from bot.storage.role_doubts import Doubts


class RoleDoubts:
    """Remembers which people and departments an event spoke of that have not been read since.

    Events tell who changed, not what: until that is read, and DingTalk may not answer, somebody may have lost what
    lets them see others' days. What is doubted is kept in the database too, so that a restart and other processes
    know of it.
    """

    def __init__(self) -> None:
        self._people: dict[str, datetime] = {}
        self._departments: dict[int, datetime] = {}
        self._all_since: datetime | None = None  # an event that names no department is about all of them

    def people_changed(self, user_ids: Iterable[str], at: datetime) -> None:
        """Doubt the roles of people of whom an event came at `at`."""
        for user_id in user_ids:
            self._people[user_id] = max(at, self._people.get(user_id, at))

    def departments_changed(self, department_ids: Collection[int], at: datetime) -> None:
        """Doubt who leads departments, all of them where none is named."""
        for department_id in department_ids:
            self._departments[department_id] = max(at, self._departments.get(department_id, at))
        if not department_ids:
            self._all_since = max(at, self._all_since or at)

    def take_over(self, kept: Doubts, read_at: Mapping[str, datetime], all_read_at: datetime | None) -> None:
        """Doubt what any process has heard of, as it was kept for all of them, but for what was read since.

        `read_at` has when people were read, by user id; all were at `all_read_at`.
        """
        for user_id, since in kept.people.items():
            self.people_changed([user_id], since)
        for department_id, since in kept.departments.items():
            self.departments_changed([department_id], since)
        if kept.all_departments is not None:
            self.departments_changed((), kept.all_departments)
        for user_id, person_read_at in read_at.items():
            self.person_read(user_id, person_read_at)
        if all_read_at is not None:
            self.all_read(all_read_at)

    def person_read(self, user_id: str, read_at: datetime) -> None:
        """Note a reading that was begun at `read_at`; what changed later is doubted on."""
        if user_id in self._people and self._people[user_id] <= read_at:
            del self._people[user_id]

    def all_read(self, read_at: datetime) -> None:
        """Note a reading of all people and departments that was begun at `read_at`."""
        self._people = {one: since for one, since in self._people.items() if since > read_at}
        self._departments = {one: since for one, since in self._departments.items() if since > read_at}
        if self._all_since is not None and self._all_since <= read_at:
            self._all_since = None

    def any_before(self, moment: datetime) -> bool:
        """Tell whether anything is in doubt since before `moment`."""
        since = [*self._people.values(), *self._departments.values(), self._all_since or moment]
        return min(since) < moment

    def of_person(self, user_id: str) -> bool:
        """Tell whether an event spoke of somebody that was not read since: they may be of other departments."""
        return user_id in self._people

    def about(self, user_id: str, department_ids: Collection[int]) -> bool:
        """Tell whether somebody who led these departments, when they were last read, may have lost one of them."""
        if user_id in self._people:
            return True
        return bool(department_ids) and (
            self._all_since is not None or not self._departments.keys().isdisjoint(department_ids)
        )
