"""Absences: leave, trips and outings, requested or approved."""

import uuid
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from bot.sandbox.clock import from_ms, to_ms
from bot.sandbox.feed import Feed
from bot.sandbox.journal import Journal
from bot.sandbox.plans import ON_DUTY, CheckPoint
from bot.sandbox.world import Announce, World, WorldError

LEAVE, TRIP, OUTING = "leave", "trip", "outing"
KINDS = (LEAVE, TRIP, OUTING)
PENDING, APPROVED, REFUSED, REVOKED = "init", "success", "refuse", "revoke"
LEAVE_CODE = "5a0db0c5-0000-4000-8000-1ea7e0000001"
_APPROVE_TYPES = {LEAVE: "LEAVE", TRIP: "TRAVEL", OUTING: "GO_OUT"}
_TAGS = {LEAVE: "请假", TRIP: "出差", OUTING: "外出"}


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
    whole_days: bool = False

    @property
    def approved(self) -> bool:
        return self.status == APPROVED

    @property
    def biz_type(self) -> int:
        """Return DingTalk's number for its kind."""
        return 3 if self.kind == LEAVE else 2

    @property
    def tag(self) -> str:
        """Return DingTalk's word for its kind."""
        return _TAGS[self.kind]

    def touches(self, start_ms: int, end_ms: int) -> bool:
        """Tell whether it and a span share a moment."""
        return self.start_ms <= end_ms and start_ms <= self.end_ms

    def covers(self, check_type: str, due_ms: int) -> bool:
        """Tell whether this absence takes a punch that is due then."""
        if check_type == ON_DUTY:
            return self.start_ms <= due_ms < self.end_ms
        return self.start_ms < due_ms <= self.end_ms

    def as_json(self) -> dict[str, Any]:
        """Return the fields for the control API and the page."""
        shown = {name: value for name, value in asdict(self).items() if not name.endswith("_ms")}
        span = {"start": from_ms(self.start_ms).isoformat(), "end": from_ms(self.end_ms).isoformat()}
        return {**shown, **span, "approved": self.approved}


class Absences:
    """All absences ever asked for. Leave is announced as `leave_record_change`, as DingTalk pushes it."""

    def __init__(self, world: World, feed: Feed, journal: Journal, announce: Announce) -> None:
        self._world = world
        self._feed = feed
        self._journal = journal
        self._announce = announce
        self._held: dict[int, Absence] = {}
        self._by_user: dict[str, list[int]] = {}

    def __iter__(self) -> Iterator[Absence]:
        return iter(self._held.values())

    def add(
        self,
        user_id: str,
        start: datetime,
        end: datetime,
        kind: str = LEAVE,
        *,
        approved: bool = True,
        whole_days: bool = False,
    ) -> Absence:
        """Enter an absence from `start` to `end` (aware) and announce it. Raises WorldError."""
        self._world.known(user_id)
        if kind not in KINDS or end <= start:
            raise WorldError(f"kind must be one of {', '.join(KINDS)}, and the end after the start")
        status = APPROVED if approved else PENDING
        number, process_id = 50_001 + len(self._held), str(uuid.uuid4())
        return self._enter(
            Absence(number, user_id, to_ms(start), to_ms(end), kind, status, process_id, whole_days)
        )

    def approve(self, id: int) -> Absence:  # noqa: A002
        """Approve a requested absence and announce it. Raises WorldError."""
        return self._enter(replace(self._known(id), status=APPROVED))

    def cancel(self, id: int) -> Absence:  # noqa: A002
        """Refuse a requested absence, or take back an approved one, and announce it. Raises WorldError."""
        known = self._known(id)
        return self._enter(replace(known, status=REVOKED if known.approved else REFUSED))

    def of(self, user_id: str) -> list[Absence]:
        """Return a person's absences in the order of their starts; none that was refused or taken back."""
        held = (self._held[number] for number in self._by_user.get(user_id, ()))
        return sorted((one for one in held if one.status in (PENDING, APPROVED)), key=lambda one: one.start_ms)

    def approved(self, user_id: str) -> list[Absence]:
        """Return a person's absences that count."""
        return [one for one in self.of(user_id) if one.approved] if user_id in self._by_user else []

    def excusing(self, point: CheckPoint) -> Absence | None:
        """Return the approved absence that covers a check point."""
        due_ms = to_ms(point.due_at)
        approved = self.approved(point.person.user_id)
        return next((one for one in approved if one.covers(point.check_type, due_ms)), None)

    def moved_to(self, point: CheckPoint, other: CheckPoint) -> datetime | None:
        """Return when a punch is due instead, None where it is not moved or is not due at all.

        `other` is the other check point of the section: a person away at the start comes when the absence ends.
        """
        due_ms = to_ms(point.due_at)
        approved = self.approved(point.person.user_id)
        while covering := next((one for one in approved if one.covers(point.check_type, due_ms)), None):
            due_ms = covering.end_ms if point.check_type == ON_DUTY else covering.start_ms
        moved_to = from_ms(due_ms).astimezone(self._world.zone)
        inside = min(point.due_at, other.due_at) < moved_to < max(point.due_at, other.due_at)
        return moved_to if inside else None

    def on(self, user_id: str, start: datetime) -> list[Absence]:
        """Return the absences that touch the local day that begins at `start`."""
        last = start + timedelta(days=1, milliseconds=-1)
        return [one for one in self.of(user_id) if one.touches(to_ms(start), to_ms(last))]

    def restore(self, fields: dict[str, Any]) -> None:
        """Take one line of the journal back in."""
        if fields["kind"] == "absence":
            self._keep(Absence(**fields["absence"]))

    def _known(self, number: int) -> Absence:
        found = self._held.get(number)
        if found is None:
            raise WorldError(f"there is no absence {number!r}")
        return found

    def _enter(self, absence: Absence) -> Absence:
        self._keep(absence)
        self._journal.append("absence", absence=asdict(absence))
        self._feed.publish("absence", absence)
        self._announce(*_event(absence, self._world.corp_id))
        return absence

    def _keep(self, absence: Absence) -> None:
        if absence.id not in self._held:
            self._by_user.setdefault(absence.user_id, []).append(absence.id)
        self._held[absence.id] = absence


def _event(absence: Absence, corp_id: str) -> tuple[str, dict[str, Any]]:
    """Return the event of an absence; that of a trip or an outing names a process and no person."""
    if absence.kind != LEAVE:
        return "attendance_approve_status_change", {
            "processInstanceId": absence.process_id,
            "mainProcessInstanceId": absence.process_id,
            "approveType": _APPROVE_TYPES[absence.kind],
            "status": "start" if absence.status == PENDING else "finish",
            "corpId": corp_id,
            "processCode": "PROC-sandbox",
        }
    hours = (absence.end_ms - absence.start_ms) / 3_600_000
    return "leave_record_change", {
        "leaveViewUnit": "day" if absence.whole_days else "hour",
        "processIdList": [absence.process_id],
        "corpid": corp_id,
        "recordNumPerHour": round(hours * 100),
        "syncAction": "leave_record_change",
        "userid": absence.user_id,
        "recordId": f"sandbox-{absence.id}",
        "leaveRecordType": "leave",
        "sourceType": "vacation",
        "leaveReason": "",
        "param0434": round(hours / 8 * 100, 1),
        "leaveCode": LEAVE_CODE,
        "startTime": absence.start_ms,
        "endTime": absence.end_ms,
        "leaveStatus": absence.status,
    }
