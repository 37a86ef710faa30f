"""The punches that the pretend DingTalk holds."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from operator import attrgetter
from typing import Any

from bot.sandbox.clock import from_ms, to_ms
from bot.sandbox.faults import Faults
from bot.sandbox.feed import Feed
from bot.sandbox.people import Person
from bot.sandbox.plans import CheckPoint, check_points, match, midnight, work_date_of
from bot.sandbox.world import World

_EARTH_RADIUS_M = 6_371_000
_DAY = timedelta(days=1)
_Key = tuple[str, int]  # target and time: the same person with the same key is the same punch


@dataclass(slots=True)
class Record:
    """One punch of one target. `calls` counts how often it was sent; `time_ms` is the punch's own time.

    `source` is DingTalk's `sourceType`; reads show the record from `shown_ms` of the pretend clock on.
    """

    id: int
    target: str
    user_id: str
    time_ms: int
    stored_ms: int
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

    @property
    def biz_id(self) -> str:
        return f"{self.target}-{self.id}"


class Records:
    """All accepted punches."""

    def __init__(self, world: World, feed: Feed, faults: Faults) -> None:
        self._world = world
        self._faults = faults
        self._feed = feed
        self._by_user: dict[str, dict[_Key, Record]] = {}
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Record]:
        held = (record for records in self._by_user.values() for record in records.values())
        return iter(sorted(held, key=attrgetter("id")))

    def of(self, user_id: str, target: str | None = None) -> list[Record]:
        """Return a person's records of a target (None: of any), in the order they came."""
        return [one for one in self._by_user.get(user_id, {}).values() if target in (None, one.target)]

    def take(self, target: str, user_id: str, time_ms: int, now: datetime, **details: Any) -> Record:
        """Accept a punch and return it; one that is held already counts one more call."""
        record = self._by_user.get(user_id, {}).get((target, time_ms))
        if record is not None:
            record.calls += 1
        else:
            late_s = self._faults.take("records_late_s", target) or 0
            shown_ms = to_ms(now) + round(late_s * 1000)
            fields = {"shown_ms": shown_ms, **details}
            record = Record(self._count + 1, target, user_id, time_ms, to_ms(now), **fields)
            self._keep(record)
        self._feed.publish("record", record)
        return record

    def restore(self, fields: dict[str, Any]) -> None:
        """Take back what the feed kept of a record."""
        self._keep(Record(**fields))

    def results(self, person: Person, day: date) -> list[tuple[CheckPoint, Record]]:
        """Return a work date's punches with the check points they belong to, oldest first."""
        points = check_points(self._world, person, day)
        if not points:
            return []
        first_ms, last_ms = to_ms(midnight(day - _DAY)), to_ms(midnight(day + 3 * _DAY))
        of_each_time = {one.time_ms: one for one in reversed(self.of(person.user_id))}
        near = (of_each_time[time_ms] for time_ms in sorted(of_each_time) if first_ms <= time_ms < last_ms)
        punches = [one for one in near if work_date_of(self._world, person, one.punched_at) == day]
        return list(zip(match(points, (one.punched_at for one in punches)), punches, strict=True))

    def point_of(self, person: Person, record: Record) -> CheckPoint | None:
        """Return the check point that a record belongs to, None outside every window."""
        day = work_date_of(self._world, person, record.punched_at)
        results = self.results(person, day) if day else []
        return next((point for point, one in results if one.time_ms == record.time_ms), None)

    def location_result(self, record: Record) -> str:
        """Return `Normal` within a site's radius (or without coordinates), else `Outside`."""
        if record.latitude is None or record.longitude is None:
            return "Normal"
        fix = (record.latitude, record.longitude)
        near = any(_distance_m(fix, (one.latitude, one.longitude)) <= one.radius_m for one in self._world.sites)
        return "Normal" if near else "Outside"

    def _keep(self, record: Record) -> None:
        held = self._by_user.setdefault(record.user_id, {})
        self._count += (record.target, record.time_ms) not in held
        held[record.target, record.time_ms] = record


def _distance_m(one: tuple[float, float], other: tuple[float, float]) -> float:
    (lat1, lon1), (lat2, lon2) = one, other
    x = math.radians(lon2 - lon1) * math.cos(math.radians((lat1 + lat2) / 2))
    return _EARTH_RADIUS_M * math.hypot(x, math.radians(lat2 - lat1))
