"""Absences: leave, trips and outings, requested or approved."""

import uuid
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bot.sandbox.clock import to_ms
from bot.sandbox.feed import Feed
from bot.sandbox.plans import ON_DUTY, CheckPoint
from bot.sandbox.world import Announce, World, WorldError

LEAVE = "leave"
LEAVE_CODE = "5a0db0c5-0000-4000-8000-1ea7e0000001"
_PENDING, _APPROVED, _REFUSED, _REVOKED = "init", "success", "refuse", "revoke"
_APPROVE_TYPES = {LEAVE: "LEAVE", "trip": "TRAVEL", "outing": "GO_OUT"}


@dataclass(frozen=True, slots=True)
class Absence:
    """Somebody's absence in ms since 1970. `status` is DingTalk's: init, success, refuse or revoke."""

    id: int
    user_id: str
    start_ms: int
    end_ms: int
    kind: str
    status: str
    process_id: str

    @property
    def approved(self) -> bool:
        return self.status == _APPROVED

    def touches(self, start_ms: int, end_ms: int) -> bool:
        return self.start_ms <= end_ms and start_ms <= self.end_ms


class Absences:
    """All absences that people requested. Each change is announced as an event."""

    def __init__(self, world: World, feed: Feed, announce: Announce) -> None:
        self._world = world
        self._feed = feed
        self._announce = announce
        self._held: dict[int, Absence] = {}

    def add(
        self, user_id: str, start: datetime, end: datetime, kind: str = LEAVE, *, approved: bool = True
    ) -> Absence:
        """Enter an absence from `start` to `end` (aware) and announce it. Raises WorldError."""
        if kind not in _APPROVE_TYPES or end <= start:
            raise WorldError(f"kind must be one of {', '.join(_APPROVE_TYPES)}, and the end after the start")
        person, number = self._world.known(user_id), 50_001 + len(self._held)
        status = _APPROVED if approved else _PENDING
        span = to_ms(start), to_ms(end)
        return self._enter(Absence(number, person.user_id, *span, kind, status, str(uuid.uuid4())))

    def approve(self, id: int) -> Absence:  # noqa: A002
        """Approve a requested absence and announce it. Raises KeyError."""
        return self._enter(replace(self._held[id], status=_APPROVED))

    def cancel(self, id: int) -> Absence:  # noqa: A002
        """Refuse a requested absence, or take back an approved one, and announce it. Raises KeyError."""
        known = self._held[id]
        return self._enter(replace(known, status=_REVOKED if known.approved else _REFUSED))

    def approved(self, user_id: str) -> list[Absence]:
        """Return a person's absences that count, in the order of their starts."""
        held = [one for one in self._held.values() if one.user_id == user_id and one.approved]
        return sorted(held, key=lambda one: one.start_ms)

    def excusing(self, point: CheckPoint) -> Absence | None:
        """Return the approved absence that covers a check point."""
        first_ms = to_ms(point.due_at) - (point.check_type != ON_DUTY)
        approved = self.approved(point.person.user_id)
        return next((one for one in approved if one.start_ms <= first_ms < one.end_ms), None)

    def restore(self, fields: dict[str, Any]) -> None:
        """Take back what the feed kept of an absence."""
        self._held[fields["id"]] = Absence(**fields)

    def _enter(self, absence: Absence) -> Absence:
        self._held[absence.id] = absence
        self._feed.publish("absence", absence)
        self._announce(*_event(absence))
        return absence


def _event(absence: Absence) -> tuple[str, dict[str, Any]]:
    """Return the event of an absence; that of a trip or an outing names a process and no person."""
    if absence.kind != LEAVE:
        return "attendance_approve_status_change", {
            "processInstanceId": absence.process_id,
            "approveType": _APPROVE_TYPES[absence.kind],
            "status": "start" if absence.status == _PENDING else "finish",
        }
    return "leave_record_change", {
        "userid": absence.user_id,
        "recordId": f"sandbox-{absence.id}",
        "processIdList": [absence.process_id],
        "leaveRecordType": "leave",
        "leaveCode": LEAVE_CODE,
        "leaveStatus": absence.status,
        "startTime": absence.start_ms,
        "endTime": absence.end_ms,
    }
