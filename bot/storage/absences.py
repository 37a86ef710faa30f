"""What was heard of outside the bot: leave, trips and outings, and punches made at DingTalk or a machine."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TypeVar

from bot.clock import from_ms, to_ms
from bot.domain.absences import EVENT_HOLDS, Absence, AbsenceSource
from bot.domain.day_punches import AttendanceRecord, Seen, whole_second
from bot.domain.shifts import CheckType
from bot.domain.sites import LocationResult, Whereabouts
from bot.storage.database import Database
from bot.storage.engine import Params, Row, Tx
from bot.storage.outbox import replaced_seconds
from bot.storage.statements import Rows, Statement, put
from bot.storage.tables import absences, native_punches

T = TypeVar("T")
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
