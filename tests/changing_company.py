"""A pretend company whose people and absences change. DingTalk tells of each change by an event."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.sandbox import records, world
from bot.sandbox.feed import Feed
from bot.sandbox.records import LEAVE, OVERTIME, Absence
from bot.sandbox.world import DAY, Person

Announce = Callable[[str, dict[str, Any]], None]
# By 《请假、加班、出差、外出状态变更事件》: TRAVEL is 外出, OUT is 出差, and finish is the end of the approval,
# approved or not.
APPROVE_TYPES = {LEAVE: "LEAVE", "trip": "OUT", "outing": "TRAVEL", OVERTIME: "OVERTIME"}
REQUESTED = "start"
DECIDED = "finish"
REVOKED = "terminate"


class World(world.World):
    """People who join, leave and change."""

    announce: Announce = staticmethod(lambda event_type, data: None)

    def join(self, user_id: str, name: str = "新同事", shift_id: int = DAY.id) -> None:
        self.hired += 1
        shift = self.shift(shift_id)
        self.people[user_id] = Person(self.hired, user_id, name, self.departments[1], shift)
        self.announce("user_add_org", {"userId": [user_id]})

    def leave(self, user_id: str) -> None:
        del self.people[user_id]
        self.announce("user_leave_org", {"userId": [user_id]})

    def move(self, user_id: str, department_id: int) -> None:
        """Give a person another department."""
        person = replace(self.person(user_id), department=self.department(department_id))
        self.people[user_id] = person
        self.announce("user_dept_change", {"userId": [user_id]})

    def change(self, user_id: str, **changes: Any) -> None:
        """Change `name`, `lead`, `shift` or `active`. Announce a first sign-in as well."""
        before = self.person(user_id)
        after = self.people[user_id] = replace(before, **changes)
        self.announce("user_modify_org", {"userId": [user_id]})
        if after.active and not before.active:
            self.announce("user_active_org", {"userId": [user_id]})


class Absences(records.Absences):
    """Absences that are requested first, and may be refused or revoked."""

    def __init__(self, feed: Feed, announce: Announce) -> None:
        super().__init__(feed)
        self._announce = announce
        self._requested: dict[int, Absence] = {}

    def add(
        self,
        user_id: str,
        start: datetime,
        end: datetime,
        kind: str = LEAVE,
        *,
        approved: bool = True,
    ) -> Absence:
        absence = super().add(user_id, start, end, kind)
        if not approved:
            self._requested[absence.id] = self.held.pop(absence.id)
        self._tell(absence, DECIDED if approved else REQUESTED)
        return absence

    def approve(self, absence_id: int) -> None:
        """Approve a requested absence."""
        absence = self.held[absence_id] = self._requested.pop(absence_id)
        self._tell(absence, DECIDED)

    def cancel(self, absence_id: int) -> None:
        """Refuse a requested absence, or revoke an approved absence."""
        if absence_id in self.held:
            self._tell(self.held.pop(absence_id), REVOKED)
        else:
            self._tell(self._requested.pop(absence_id), DECIDED)

    def _tell(self, absence: Absence, status: str) -> None:
        event = {  # of internal apps; it names neither person nor time
            "approveType": APPROVE_TYPES[absence.kind],
            "processInstanceId": f"{absence.id}",
            "status": status,
        }
        self._announce("attendance_approve_status_change", event)
