"""The punches that the pretend DingTalk holds, and where they leave people."""

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from bot.sandbox.clock import from_ms, to_ms
from bot.sandbox.feed import Feed
from bot.sandbox.journal import Journal
from bot.sandbox.plans import CheckPoint, check_points, match, work_date_of
from bot.sandbox.world import Person, World

_EARTH_RADIUS_M = 6_371_000


@dataclass(slots=True)
class Record:
    """One punch of one target. `calls` counts how often it was sent; `time_ms` is the punch's own time."""

    id: int
    target: str
    user_id: str
    time_ms: int
    stored_ms: int
    latitude: float | None = None
    longitude: float | None = None
    accuracy: float | None = None
    device_name: str = ""
    calls: int = 1

    @property
    def punched_at(self) -> datetime:
        """Return the punch's own time, aware, in UTC."""
        return from_ms(self.time_ms)

    def as_json(self) -> dict[str, Any]:
        """Return every field, and the time in ISO 8601."""
        return {**asdict(self), "at": self.punched_at.isoformat()}


class Records:
    """All accepted punches. The same person and time is the same punch."""

    def __init__(self, world: World, feed: Feed, journal: Journal) -> None:
        self._world = world
        self._feed = feed
        self._journal = journal
        self._by_key: dict[tuple[str, str, int], Record] = {}
        self._by_user: dict[str, list[Record]] = {}

    def __len__(self) -> int:
        return len(self._by_key)

    def __iter__(self) -> Iterator[Record]:
        return iter(self._by_key.values())

    def of(self, user_id: str | None = None, target: str | None = None) -> list[Record]:
        """Return the records of a person and target (None: of any), in the order they came."""
        held = self if user_id is None else self._by_user.get(user_id, [])
        return [record for record in held if target in (None, record.target)]

    def take(self, target: str, user_id: str, time_ms: int, now: datetime, **details: Any) -> bool:
        """Accept a punch; return False when it was already held (the call is counted all the same)."""
        held = self._by_key.get((target, user_id, time_ms))
        if held is not None:
            held.calls += 1
            self._journal.append("again", target=target, user_id=user_id, time_ms=time_ms)
            return False
        record = Record(len(self) + 1, target, user_id, time_ms, to_ms(now), **details)
        self._keep(record)
        self._journal.append("record", record=asdict(record))
        self._feed.publish("record", record)
        return True

    def restore(self, fields: dict[str, Any]) -> None:
        """Take one line of the journal back in."""
        if fields["kind"] == "record":
            self._keep(Record(**fields["record"]))
        elif fields["kind"] == "again":
            held = self._by_key.get((fields["target"], fields["user_id"], fields["time_ms"]))
            if held is not None:
                held.calls += 1

    def results(self, person: Person, day: date) -> list[tuple[CheckPoint, Record]]:
        """Return a work date's punches with the check points they belong to, oldest first."""
        points = check_points(person, day, self._world.zone)
        if not points:
            return []
        punches = [record for record in self._distinct(person.user_id) if self._work_date(person, record) == day]
        return list(zip(match(points, (one.punched_at for one in punches)), punches, strict=True))

    def point_of(self, person: Person, record: Record) -> CheckPoint | None:
        """Return the check point that a record belongs to, None outside every window."""
        day = self._work_date(person, record)
        results = self.results(person, day) if day else []
        return next((point for point, one in results if one.time_ms == record.time_ms), None)

    def presence(self, person: Person, now: datetime) -> dict[str, Any]:
        """Return where a person stands: `not_in`, `in` or `out`, since when, and through which targets."""
        day = work_date_of(person, now, self._world.zone) or now.astimezone(self._world.zone).date()
        punches = [one for one in self._distinct(person.user_id) if self._day_of(person, one) == day]
        state = (
            "not_in" if not punches else "in" if len(punches) == 1 and self._came(person, punches[0]) else "out"
        )
        last = punches[-1] if punches else None
        targets = [one.target for one in self.of(person.user_id) if last and one.time_ms == last.time_ms]
        return {"status": state, "since": last.punched_at.isoformat() if last else None, "targets": targets}

    def location_result(self, record: Record) -> str:
        """Return `Normal` within a site's radius (or without coordinates), else `Outside`."""
        if record.latitude is None or record.longitude is None:
            return "Normal"
        fix = record.latitude, record.longitude
        sites = self._world.sites
        near = any(_distance_m(fix, (site.latitude, site.longitude)) <= site.radius_m for site in sites)
        return "Normal" if near else "Outside"

    def _keep(self, record: Record) -> None:
        self._by_key[record.target, record.user_id, record.time_ms] = record
        self._by_user.setdefault(record.user_id, []).append(record)

    def _distinct(self, user_id: str) -> list[Record]:
        first_of_each_time: dict[int, Record] = {}
        for record in sorted(self._by_user.get(user_id, []), key=lambda one: one.time_ms):
            first_of_each_time.setdefault(record.time_ms, record)
        return list(first_of_each_time.values())

    def _work_date(self, person: Person, record: Record) -> date | None:
        return work_date_of(person, record.punched_at, self._world.zone)

    def _day_of(self, person: Person, record: Record) -> date:
        return self._work_date(person, record) or record.punched_at.astimezone(self._world.zone).date()

    def _came(self, person: Person, record: Record) -> bool:
        point = self.point_of(person, record)
        return point is None or point.check_type == "OnDuty"


def _distance_m(one: tuple[float, float], other: tuple[float, float]) -> float:
    (lat1, lon1), (lat2, lon2) = one, other
    x = math.radians(lon2 - lon1) * math.cos(math.radians((lat1 + lat2) / 2))
    return _EARTH_RADIUS_M * math.hypot(x, math.radians(lat2 - lat1))
