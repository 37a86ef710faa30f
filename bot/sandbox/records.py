"""The punches, absences and overtime that the pretend DingTalk holds."""

import math
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.clock import from_ms, to_ms
from bot.sandbox.faults import Faults
from bot.sandbox.feed import Feed
from bot.sandbox.world import ON_DUTY, SITES, CheckPoint

LEAVE = "leave"
OVERTIME = "overtime"
APPROVALS: dict[str, dict[str, Any]] = {  # fields of getupdatedata
    OVERTIME: {"biz_type": 1, "tag_name": "加班"},
    "trip": {"biz_type": 2, "tag_name": "出差"},
    "outing": {"biz_type": 2, "tag_name": "外出"},
    LEAVE: {"biz_type": 3, "tag_name": "请假", "sub_type": "年假"},
}
_DEGREE_M = 111_320  # to the north; to the east it is a little less


@dataclass(slots=True)
class Record:
    """One punch of one target.

    `calls` counts how often it was sent; reads show it from `shown_ms` on.
    """

    id: int
    target: str
    user_id: str
    time_ms: int
    shown_ms: int
    latitude: float | None = None
    longitude: float | None = None
    accuracy: float | None = None
    device_name: str = ""
    source: str = "USER"  # DingTalk's `sourceType`
    calls: int = 1

    @property
    def punched_at(self) -> datetime:
        return from_ms(self.time_ms)

    @property
    def second_ms(self) -> int:
        """Return `time_ms` cut to the second, as in all examples of answers and events."""
        return self.time_ms // 1000 * 1000

    @property
    def is_near_site(self) -> bool:
        """Return whether the punch is within a site's radius, or without coordinates."""
        if self.latitude is None or self.longitude is None:
            return True
        fix = (self.latitude, self.longitude)
        return any(
            math.dist(fix, (site.latitude, site.longitude)) * _DEGREE_M <= site.radius_m
            for site in SITES
        )


class Records:
    """All accepted punches. A target takes a punch of the same person and time once."""

    def __init__(self, feed: Feed, faults: Faults) -> None:
        self._faults = faults
        self._feed = feed
        self._held: dict[tuple[str, str, int], Record] = {}
        self._by_user: dict[str, dict[int, Record]] = {}
        feed.keep("record", lambda **fields: self._keep(Record(**fields)))

    def __len__(self) -> int:
        return len(self._held)

    def __iter__(self) -> Iterator[Record]:
        return iter(self._held.values())

    def of(self, user_id: str) -> list[Record]:
        """Return a person's records, in the order they came."""
        return list(self._by_user.get(user_id, {}).values())

    def take(
        self, target: str, user_id: str, time_ms: int, now: datetime, **details: Any
    ) -> Record:
        """Accept a punch. A known punch counts one more call."""
        record = self._held.get((target, user_id, time_ms))
        if record is not None:
            record.calls += 1
        else:
            late_s = self._faults.take("records_late_s", target) or 0
            fields = {"shown_ms": to_ms(now) + round(late_s * 1000), **details}
            record = self._keep(Record(len(self) + 1, target, user_id, time_ms, **fields))
        self._feed.publish("record", record)
        return record

    def _keep(self, record: Record) -> Record:
        self._held[record.target, record.user_id, record.time_ms] = record
        self._by_user.setdefault(record.user_id, {})[record.id] = record
        return record


@dataclass(frozen=True, slots=True)
class Absence:
    """Approved leave, trip, outing or overtime of a person, in ms since 1970."""

    id: int
    user_id: str
    start_ms: int
    end_ms: int
    kind: str

    def touches(self, start_ms: int, end_ms: int) -> bool:
        return self.start_ms <= end_ms and start_ms <= self.end_ms


class Absences:
    """All approved absences, and overtime."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self.held: dict[int, Absence] = {}
        feed.keep("absence", lambda **fields: self.held.update({fields["id"]: Absence(**fields)}))

    def add(self, user_id: str, start: datetime, end: datetime, kind: str = LEAVE) -> Absence:
        """Enter an absence from `start` to `end` (aware)."""
        absence = Absence(secrets.randbits(40), user_id, to_ms(start), to_ms(end), kind)
        self.held[absence.id] = absence
        self._feed.publish("absence", absence)
        return absence

    def of(self, user_id: str) -> list[Absence]:
        """Return a person's absences, in the order of their starts."""
        held = [absence for absence in self.held.values() if absence.user_id == user_id]
        return sorted(held, key=lambda absence: absence.start_ms)

    def excuse_for(self, point: CheckPoint) -> Absence | None:
        """Return the absence, not overtime, that makes a check needless."""
        at_ms = to_ms(point.due_at)
        if point.check_type != ON_DUTY:
            at_ms -= 1  # a check at the end of an absence is needless too
        for absence in self.of(point.person.user_id):
            if absence.kind != OVERTIME and absence.start_ms <= at_ms < absence.end_ms:
                return absence
        return None
