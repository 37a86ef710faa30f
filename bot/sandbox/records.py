"""The punches that the pretend DingTalk holds."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.sandbox.clock import from_ms, to_ms
from bot.sandbox.faults import Faults
from bot.sandbox.feed import Feed
from bot.sandbox.people import Person
from bot.sandbox.plans import CheckPoint, match
from bot.sandbox.world import World

_DEGREE_M = 111_320  # to the north; to the east it is a little less


@dataclass(slots=True)
class Record:
    """One punch of one target. `calls` counts how often it was sent; `time_ms` is the punch's own time.

    `source` is DingTalk's `sourceType`; reads show the record from `shown_ms` of the pretend clock on.
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
    source: str = "USER"
    calls: int = 1

    @property
    def punched_at(self) -> datetime:
        """Return the punch's own time, aware, in UTC."""
        return from_ms(self.time_ms)

    @property
    def told_ms(self) -> int:
        """Return the time as answers and events tell it: in milliseconds, and to the second as in all examples."""
        return self.time_ms // 1000 * 1000


class Records:
    """All accepted punches. The same person and time is the same punch of a target."""

    def __init__(self, world: World, feed: Feed, faults: Faults) -> None:
        self._world = world
        self._faults = faults
        self._feed = feed
        self._held: dict[tuple[str, str, int], Record] = {}
        self._by_user: dict[str, list[Record]] = {}

    def __len__(self) -> int:
        return len(self._held)

    def __iter__(self) -> Iterator[Record]:
        return iter(self._held.values())

    def of(self, user_id: str, target: str | None = None) -> list[Record]:
        """Return a person's records of a target (None: of any), in the order they came."""
        return [one for one in self._by_user.get(user_id, ()) if target in (None, one.target)]

    def take(self, target: str, user_id: str, time_ms: int, now: datetime, **details: Any) -> Record:
        """Accept a punch and return it; one that is held already counts one more call."""
        record = self._held.get((target, user_id, time_ms))
        if record is not None:
            record.calls += 1
        else:
            late_s = self._faults.take("records_late_s", target) or 0
            fields = {"shown_ms": to_ms(now) + round(late_s * 1000), **details}
            record = self._keep(Record(len(self) + 1, target, user_id, time_ms, **fields))
        self._feed.publish("record", record)
        return record

    def restore(self, fields: dict[str, Any]) -> None:
        """Take back what the feed kept of a record."""
        record = Record(**fields)
        held = self._held.get((record.target, record.user_id, record.time_ms)) or self._keep(record)
        held.calls = record.calls

    def matched(self, person: Person, now: datetime) -> list[tuple[Record, CheckPoint | None]]:
        """Return the records that reads show by now, with their check points: none outside every window."""
        held = self.of(person.user_id)
        points = match(self._world, person, {one.punched_at for one in held})
        return [(one, points.get(one.punched_at)) for one in held if one.shown_ms <= to_ms(now)]

    def location_result(self, record: Record) -> str:
        """Return `Normal` within a site's radius (or without coordinates), else `Outside`."""
        if record.latitude is None or record.longitude is None:
            return "Normal"
        fix = (record.latitude, record.longitude)
        sites = self._world.sites
        near = any(math.dist(fix, (one.latitude, one.longitude)) * _DEGREE_M <= one.radius_m for one in sites)
        return "Normal" if near else "Outside"

    def _keep(self, record: Record) -> Record:
        self._held[record.target, record.user_id, record.time_ms] = record
        self._by_user.setdefault(record.user_id, []).append(record)
        return record
