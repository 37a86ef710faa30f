"""What is stored of days: plans, leave, trips, punches made elsewhere, and what summaries read of them."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache, partial
from typing import TypeVar

from bot.clock import from_ms, to_ms
from bot.domain.absences import EVENT_HOLDS, Absence, AbsenceSource
from bot.domain.day_punches import AttendanceRecord, Seen, whole_second
from bot.domain.punches import DeliveryState, PunchSource
from bot.domain.shifts import CheckType, DayPlan, TimeResult
from bot.domain.sites import NOWHERE, LocationResult, Whereabouts
from bot.storage.database import Database, parts
from bot.storage.engine import Params, Row, Tx
from bot.storage.outbox import CORRECTED, STATES, at_its_targets, replaced_seconds
from bot.storage.statements import Packed, Rows, Statement, insert, put, storable
from bot.storage.tables import absences, day_readings, native_punches, plans

T = TypeVar("T")

# --- plans, as they were last read ---

_PAGE = 5000  # rows read at once: their texts are held only until they are understood

PLAN: Packed[DayPlan] = Packed(DayPlan)
_written = lru_cache(maxsize=4096)(PLAN.write)
_plan = lru_cache(maxsize=4096)(PLAN.read)  # plans that read the same are one object

_PUT_PLAN = Statement(f"{put(plans)} WHERE plans.begun_ms <= excluded.begun_ms")
_ADD_PLAN = Statement(f"{insert(plans)} ON CONFLICT DO NOTHING")
_PLANS_OF = Statement(
    "SELECT user_id, body FROM plans WHERE user_id IN [:user_ids] AND work_date BETWEEN :first AND :last"
)
_CHANGED = Statement(
    f"""SELECT read_ms, user_id, body FROM plans
    WHERE work_date = :day AND (read_ms, user_id) > (:read_ms, :user_id)
    ORDER BY read_ms, user_id LIMIT {_PAGE}"""
)


class Plans:
    """Plans as last read from DingTalk; those that read the same are one object. Each call raises StoreRefused."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, user_ids: Sequence[str], first: date, last: date) -> Mapping[str, Mapping[date, DayPlan]]:
        """Return the stored plans of those work dates."""
        found: dict[str, dict[date, DayPlan]] = {}
        for user_id, body in await self._database.of_people(_PLANS_OF, user_ids, {"first": first, "last": last}):
            plan = _plan(body)
            found.setdefault(user_id, {})[plan.work_date] = plan
        return found

    async def put(self, plans: Mapping[str, Sequence[DayPlan]], begun_at: datetime) -> None:
        """Store plans of a reading that began at `begun_at`; those of a reading that began later stay."""
        await self._database.store(_PUT_PLAN, self._rows(plans, to_ms(begun_at), self._database.now_ms))

    async def add(self, plans: Mapping[str, Sequence[DayPlan]]) -> None:
        """Store plans of days that have none; what is stored stays."""
        now_ms = self._database.now_ms
        await self._database.store(_ADD_PLAN, self._rows(plans, now_ms, now_ms))

    async def changed(self, first: date, last: date, since: datetime | None) -> Sequence[tuple[str, DayPlan]]:
        """Return people and plans of those work dates that were read after `since`, all with None, day by day.

        Read page by page, so that others get in between; a plan that is read anew meanwhile comes once more.
        """
        found: list[tuple[str, DayPlan]] = []
        for day in (first + timedelta(days=offset) for offset in range((last - first).days + 1)):
            rows, after = None, (0 if since is None else to_ms(since) + 1, "")
            while rows is None or len(rows) == _PAGE:
                rows = await self._database.all(_CHANGED, {"day": day, "read_ms": after[0], "user_id": after[1]})
                found += [(user_id, _plan(body)) for _, user_id, body in rows]
                after = rows[-1][:2] if rows else after
        return found

    def _rows(self, plans: Mapping[str, Sequence[DayPlan]], begun_ms: int, now_ms: int) -> list[dict[str, object]]:
        moments = {"begun_ms": begun_ms, "read_ms": now_ms, "now": now_ms}
        return [
            {"user_id": user_id, "work_date": plan.work_date, "body": _written(plan), **moments}
            for user_id in sorted(plans)
            for plan in plans[user_id]
        ]


# --- leave, trips and outings; punches made at DingTalk or a machine ---

_LOCK = "absences"  # taken like a person's lock: what is read of somebody replaces all that was read before

_ABSENCES = Rows(Absence, absences)
_absence = lru_cache(maxsize=10_000)(_ABSENCES.read)  # each minute the same ones are read again
_HOLDS_MS = EVENT_HOLDS // timedelta(milliseconds=1)
_TOUCHES = "starts_ms <= :last AND ends_ms >= :first"

_PUT = Statement(put(absences))
_CLEAR = Statement(f"DELETE FROM absences WHERE user_id IN [:user_ids] AND source = :source AND {_TOUCHES}")
_OUTWEIGH = Statement(
    f"""DELETE FROM absences
    WHERE user_id IN [:user_ids] AND source = 'event' AND pending = 0 AND heard_ms < :now - {_HOLDS_MS}
      AND starts_ms BETWEEN :first AND :last
      AND NOT EXISTS (SELECT 1 FROM absences AS told WHERE told.user_id = absences.user_id
        AND told.source = :source AND told.starts_ms <= absences.ends_ms AND told.ends_ms >= absences.starts_ms)"""
)
_REMOVE = Statement(
    f"""DELETE FROM absences WHERE user_id = :user_id
      AND (source = 'event' AND absence_id = :absence_id OR source <> 'event' AND {_TOUCHES})"""
)
_SELECT = f"SELECT {_ABSENCES.sql()} FROM absences WHERE {_TOUCHES}"
_TOUCHING = Statement(f"{_SELECT} ORDER BY starts_ms, user_id")
_OF_PEOPLE = Statement(f"{_SELECT} AND user_id IN [:user_ids] ORDER BY user_id, starts_ms")

_NOTE = Statement(
    "INSERT INTO native_punches (user_id, punched_ms) VALUES (:user_id, :punched_ms) ON CONFLICT DO NOTHING"
)
_KEEP = Statement(put(native_punches))
_UNCOUNT = Statement(
    "DELETE FROM native_punches WHERE user_id = :user_id AND punched_ms BETWEEN :second AND :second + 999"
)
_NATIVE_OF_PEOPLE = Statement(
    """SELECT user_id, punched_ms, check_type, due_ms, location_result FROM native_punches
    WHERE user_id IN [:user_ids] AND punched_ms BETWEEN :first AND :last ORDER BY user_id, punched_ms"""
)
_SINCE = Statement("SELECT user_id, punched_ms FROM native_punches WHERE punched_ms >= :first ORDER BY punched_ms")


class Absences:
    """Leave, trips and outings as last heard of. Each call raises StoreRefused."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(
        self,
        user_ids: Sequence[str],
        first: datetime,
        last: datetime,
        found: Sequence[Absence],
        *,
        source: AbsenceSource,
    ) -> None:
        """Let `found` be all that `source` tells of these people from `first` to `last`.

        The words of other sources stay; but a reading of leave outweighs approved leave that begins in that time
        and was told by an event EVENT_HOLDS ago.
        """
        params = {"source": source, "first": first, "last": last, "user_ids": list(user_ids)}
        params["now"] = self._database.now_ms
        rows = [_ABSENCES.row(one, heard_ms=self._database.now_ms) for one in found]

        def work(tx: Tx) -> None:
            tx.run(_CLEAR, params)
            tx.many(_PUT, rows)
            if source is AbsenceSource.LEAVE:
                tx.run(_OUTWEIGH, params)

        await self._database.write(work, person=_LOCK)

    async def note(self, absence: Absence, heard_at: datetime) -> None:
        """Store one that an event tells of, in place of one with the same id."""
        await self._database.run(_PUT, _ABSENCES.row(absence, heard_ms=heard_at), person=_LOCK)

    async def remove(self, user_id: str, absence_id: str, span: tuple[datetime, datetime] | None = None) -> None:
        """Forget an absence that an event took back, and what readings told of its time, until the next one."""
        first, last = span or (None, None)
        params = {"user_id": user_id, "absence_id": absence_id, "first": first, "last": last}
        await self._database.run(_REMOVE, params, person=_LOCK)

    async def touching(self, first: datetime, last: datetime) -> Sequence[Absence]:
        """Return all that touch `first` to `last`, both ends included, in the order of their starts."""
        return [_absence(row) for row in await self._database.all(_TOUCHING, {"first": first, "last": last})]


class NativePunches:
    """Punches made outside the bot (DingTalk's app, a gate, a machine). Each call raises StoreRefused.

    A punch of ours that a correction replaced is never among what is read, although an event may have told of it.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def note(self, punches: Sequence[tuple[str, datetime]]) -> None:
        """Store who punched when; one that is there changes nothing."""
        await self._database.store(_NOTE, [{"user_id": who, "punched_ms": at} for who, at in sorted(punches)])

    async def since(self, first: datetime) -> Mapping[str, Sequence[datetime]]:
        """Return, by person, the times of everybody's from `first` on, oldest first."""
        params: Params = {"first": to_ms(first)}
        return await self._database.read(
            lambda tx: by_person(_counting(tx, _SINCE, params), lambda row: from_ms(row[1]))
        )

    async def keep(self, records: Sequence[AttendanceRecord]) -> None:
        """Store what a reading tells; one that DingTalk does not count goes."""
        in_order = sorted(records, key=lambda one: (one.user_id, one.checked_at))
        gone = [
            {"user_id": one.user_id, "second": whole_second(one.checked_at) * 1000}
            for one in in_order
            if one.invalid_reason is not None
        ]
        there = [
            {
                "user_id": one.user_id,
                "punched_ms": one.checked_at,
                "check_type": one.check_type,
                "due_ms": one.planned_at,
                "location_result": one.location,
            }
            for one in in_order
            if one.invalid_reason is None
        ]
        await self._database.store(_UNCOUNT, gone)
        await self._database.store(_KEEP, there)


def absences_of(tx: Tx, params: Params) -> dict[str, list[Absence]]:
    """Return what is approved or asked for of `user_ids` from `first` to `last` in ms, by person."""
    return by_person(tx.all(_OF_PEOPLE, params), _ABSENCES.read)


def native_of(tx: Tx, params: Params) -> dict[str, list[Seen]]:
    """Return the native punches of `user_ids` from `first` to `last` in ms, by person, oldest first."""
    return by_person(_counting(tx, _NATIVE_OF_PEOPLE, params), _native)


def by_person(rows: Iterable[Row], read: Callable[[Row], T]) -> dict[str, list[T]]:
    """Return what is read of the rows by the user id that each begins with."""
    found: dict[str, list[T]] = {}
    for row in rows:
        found.setdefault(row[0], []).append(read(row))
    return found


def _native(row: Row) -> Seen:
    _, punched_ms, check_type, due_ms, location = row
    due_at = None if due_ms is None else from_ms(due_ms)
    where = Whereabouts(LocationResult(location or LocationResult.UNKNOWN))
    return Seen(from_ms(punched_ms), CheckType(check_type) if check_type else None, due_at, where=where)


def _counting(tx: Tx, statement: Statement, params: Params) -> Iterator[Row]:
    """Yield the rows, of person and ms first, that tell of no punch of ours that a correction replaced.

    SQLite takes minutes for 100,000 rows that are NOT IN 20,000.
    """
    replaced = replaced_seconds(tx, params)
    return (row for row in tx.all(statement, params) if (row[0], row[1] // 1000) not in replaced)


# --- what summaries read: every query names the people ---

_CHECK_TYPES = {one.value: one for one in CheckType}
_RESULTS = {one.value: one for one in TimeResult}
_LOCATIONS = {one.value: one for one in LocationResult}
_REJECTED, _SENT = (STATES.index(state) for state in (DeliveryState.REJECTED, DeliveryState.SENT))
_UNKNOWN, _CORRECTION = LocationResult.UNKNOWN.value, PunchSource.CORRECTION.value
_day = lru_cache(maxsize=4096)(date.fromisoformat)

_COUNTING = f"""SELECT user_id, work_date, punched_ms, check_type, check_point, time_result, location_result, site,
      distance_m, source, {at_its_targets("MAX")}
    FROM punches WHERE {{}} AND user_id IN [:user_ids] AND NOT {CORRECTED}
    ORDER BY user_id, {{}}"""
_PUNCHES = Statement(_COUNTING.format("work_date BETWEEN :first AND :last", "work_date, punched_ms"))
# By the index of days: a company's day lies together there, in the other one each person's is a page of its own.
_PUNCHES_OF_DAY = Statement(_COUNTING.format("work_date = :first", "punched_ms"))
_READINGS = Statement(
    """SELECT user_id, work_date, until_ms FROM day_readings
    WHERE user_id IN [:user_ids] AND work_date BETWEEN :first AND :last"""
)
_NOTE_READING = Statement(f"{put(day_readings)} WHERE day_readings.until_ms < excluded.until_ms")


@dataclass(frozen=True, slots=True)
class KnownDays:
    """What is here of some people's days, by person.

    Their `punches` that count and `native` ones, made outside the bot, oldest first; and `absences`, also those
    only asked for.
    """

    punches: dict[str, list[Seen]]
    native: dict[str, list[Seen]]
    absences: dict[str, list[Absence]]


class Days:
    """People's past and present days. Each call raises StoreRefused."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read_until(
        self, user_ids: Sequence[str], first: date, last: date
    ) -> Mapping[str, Mapping[date, datetime]]:
        """Return up to which moment DingTalk's punches and leave of each work date have been read."""
        found: dict[str, dict[date, datetime]] = {}
        rows = await self._database.of_people(_READINGS, user_ids, {"first": first, "last": last})
        for user_id, work_date, until_ms in rows:
            found.setdefault(user_id, {})[_day(work_date)] = from_ms(until_ms)
        return found

    async def note_read(self, user_ids: Sequence[str], first: date, last: date, until: datetime) -> None:
        """Note that DingTalk's punches and leave of those work dates have been read up to `until`."""
        dates = [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
        rows = [
            {"user_id": user_id, "work_date": day, "until_ms": until}
            for user_id in sorted(user_ids)
            for day in dates
        ]
        await self._database.store(_NOTE_READING, rows)

    async def known(
        self, user_ids: Sequence[str], first: date, last: date, begins: datetime, ends: datetime
    ) -> KnownDays:
        """Return what is here of the work dates `first` to `last`, as of one moment for each person.

        Of native punches and of absences it is what touches `begins` to `ends`.
        """
        days: dict[str, object] = {"first": first, "last": last}
        moments: dict[str, object] = {"first": to_ms(begins), "last": to_ms(ends)}
        found = KnownDays({}, {}, {})
        for part in parts(sorted(map(storable, user_ids))):
            people = {"user_ids": part}
            some = await self._database.read(partial(_known, days | people, moments | people))
            found.punches.update(some.punches)
            found.native.update(some.native)
            found.absences.update(some.absences)
        return found


def _known(days: Params, moments: Params, tx: Tx) -> KnownDays:
    return KnownDays(_punches_of(tx, days), native_of(tx, moments), absences_of(tx, moments))


def _punches_of(tx: Tx, params: Params) -> dict[str, list[Seen]]:
    rows = tx.all(_PUNCHES_OF_DAY if params["first"] == params["last"] else _PUNCHES, params)
    return by_person((row for row in rows if row[-1] != _REJECTED), _seen)  # by all targets


def _seen(row: Row) -> Seen:
    _, work_date, punched_ms, check_type, check_point, result, location, site, metres, source, reached = row
    return Seen(
        from_ms(punched_ms),
        _CHECK_TYPES[check_type],
        None,
        check_point,
        _day(work_date),
        _RESULTS[result],
        Whereabouts(_LOCATIONS[location], site, metres) if location != _UNKNOWN or site is not None else NOWHERE,
        reached is not None and reached < _SENT,
        source == _CORRECTION,
    )
