"""The punches that the pretend DingTalk holds, and people's presence by them."""

import math
from bisect import bisect_left, insort
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from operator import attrgetter
from typing import Any

from bot.sandbox.clock import from_ms, to_ms
from bot.sandbox.faults import Faults
from bot.sandbox.feed import Feed
from bot.sandbox.journal import Journal
from bot.sandbox.people import Person
from bot.sandbox.plans import ON_DUTY, CheckPoint, check_points, match, midnight, work_date_of
from bot.sandbox.world import World

_EARTH_RADIUS_M = 6_371_000
_DAY = timedelta(days=1)
_time_ms = attrgetter("time_ms")


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
    latitude: float | None = None
    longitude: float | None = None
    accuracy: float | None = None
    device_name: str = ""
    calls: int = 1
    source: str = ""
    shown_ms: int = 0

    @property
    def punched_at(self) -> datetime:
        """Return the punch's own time, aware, in UTC."""
        return from_ms(self.time_ms)

    @property
    def told_ms(self) -> int:
        """Return the time as answers and events tell it: in milliseconds, and to the second as in all examples."""
        return self.time_ms // 1000 * 1000

    @property
    def source_type(self) -> str:
        """Return DingTalk's word for how it was made."""
        return self.source or ("ATM" if self.target == "record_upload" else "USER")

    @property
    def biz_id(self) -> str:
        return f"{self.target}-{self.id}"

    def as_json(self) -> dict[str, Any]:
        """Return every field, and the time in ISO 8601."""
        return {**asdict(self), "at": self.punched_at.isoformat()}

    def shown(self, now: datetime) -> bool:
        """Tell whether reads show it by now."""
        return self.shown_ms <= to_ms(now)


class Records:
    """All accepted punches. The same person and time is the same punch."""

    def __init__(self, world: World, feed: Feed, journal: Journal, faults: Faults | None = None) -> None:
        self._world = world
        self._faults = faults or Faults()
        self._feed = feed
        self._journal = journal
        self._by_key: dict[tuple[str, str, int], Record] = {}
        self._by_user: dict[str, list[Record]] = {}  # in the order of their times

    def __len__(self) -> int:
        return len(self._by_key)

    def __iter__(self) -> Iterator[Record]:
        return iter(self._by_key.values())

    def of(self, user_id: str | None = None, target: str | None = None) -> list[Record]:
        """Return the records of a person and target (None: of any), in the order they came."""
        held = self if user_id is None else sorted(self._by_user.get(user_id, []), key=attrgetter("id"))
        return [record for record in held if target in (None, record.target)]

    def take(self, target: str, user_id: str, time_ms: int, now: datetime, **details: Any) -> bool:
        """Accept a punch; return False when it was already held (the call still counts)."""
        held = self._by_key.get((target, user_id, time_ms))
        if held is not None:
            held.calls += 1
            self._journal.append("again", target=target, user_id=user_id, time_ms=time_ms)
            return False
        late_s = self._faults.take("records_late_s", target) or 0
        shown_ms = details.pop("shown_ms", to_ms(now) + round(late_s * 1000))
        record = Record(len(self) + 1, target, user_id, time_ms, to_ms(now), shown_ms=shown_ms, **details)
        self._keep(record)
        self._journal.append("record", record=asdict(record))
        self._feed.publish("record", record)
        return True

    def held(self, target: str, user_id: str, time_ms: int) -> Record:
        """Return a punch. Raises KeyError for an unknown one."""
        return self._by_key[target, user_id, time_ms]

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
        points = check_points(self._world, person, day)
        punches = (
            [one for one in self._around(person, day) if self._work_date(person, one) == day] if points else []
        )
        return list(zip(match(points, (one.punched_at for one in punches)), punches, strict=True))

    def point_of(self, person: Person, record: Record) -> CheckPoint | None:
        """Return the check point that a record belongs to, None outside every window."""
        day = self._work_date(person, record)
        results = self.results(person, day) if day else []
        return next((point for point, one in results if one.time_ms == record.time_ms), None)

    def presence(self, person: Person, now: datetime) -> dict[str, Any]:
        """Return where a person stands: `not_in`, `in`, `out` or `unclear`, since when, and through which targets.

        A day's only punch, too late for coming, is unclear. Without a plan punches are by turns.
        """
        zone = self._world.zone
        day = work_date_of(self._world, person, now) or now.astimezone(zone).date()
        results = self.results(person, day)
        rest = [one for one in self._around(person, day) if one.punched_at.astimezone(zone).date() == day]
        if not results and not rest:
            return {"status": "not_in", "since": None, "targets": []}
        came = results[-1][0].check_type == ON_DUTY if results else len(rest) % 2 == 1
        last = results[-1][1] if results else rest[-1]
        targets = [one.target for one in self.of(person.user_id) if one.time_ms == last.time_ms]
        status = "in" if came else "unclear" if len(results) == 1 else "out"
        return {"status": status, "since": last.punched_at.isoformat(), "targets": targets}

    def location_result(self, record: Record) -> str:
        """Return `Normal` within a site's radius (or without coordinates), else `Outside`."""
        if record.latitude is None or record.longitude is None:
            return "Normal"
        fix, sites = (record.latitude, record.longitude), self._world.sites
        near = any(_distance_m(fix, (site.latitude, site.longitude)) <= site.radius_m for site in sites)
        return "Normal" if near else "Outside"

    def _keep(self, record: Record) -> None:
        self._by_key[record.target, record.user_id, record.time_ms] = record
        insort(self._by_user.setdefault(record.user_id, []), record, key=_time_ms)

    def _around(self, person: Person, day: date) -> list[Record]:
        """Return, in the order of their times, the first record of each time that can belong to a work date."""
        held = self._by_user.get(person.user_id, [])
        first, last = midnight(day - _DAY, self._world.zone), midnight(day + 3 * _DAY, self._world.zone)
        start, end = (bisect_left(held, to_ms(edge), key=_time_ms) for edge in (first, last))
        first_of_each_time: dict[int, Record] = {}
        for record in held[start:end]:
            first_of_each_time.setdefault(record.time_ms, record)
        return list(first_of_each_time.values())

    def _work_date(self, person: Person, record: Record) -> date | None:
        return work_date_of(self._world, person, record.punched_at)


def _distance_m(one: tuple[float, float], other: tuple[float, float]) -> float:
    (lat1, lon1), (lat2, lon2) = one, other
    x = math.radians(lon2 - lon1) * math.cos(math.radians((lat1 + lat2) / 2))
    return _EARTH_RADIUS_M * math.hypot(x, math.radians(lat2 - lat1))
