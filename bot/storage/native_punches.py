"""Punches made past the bot that an event or a reading told of."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache, partial

from sqlalchemy import bindparam, delete, select, tuple_

from bot.clock import from_ms, to_ms
from bot.domain.due import Seen
from bot.domain.reconciling import AttendanceRecord, whole_second
from bot.domain.shifts import CheckType
from bot.domain.sites import LocationResult, Whereabouts
from bot.storage.database import Database, parts
from bot.storage.engine import Row, Tx
from bot.storage.listed import listed, listing
from bot.storage.replaced import replaced_seconds
from bot.storage.statements import Statement, upsert, values
from bot.storage.tables import native_punches
from bot.storage.texts import storable

_moment = lru_cache(maxsize=4096)(from_ms)  # around nine many come in the same second

_NOTE = Statement(
    lambda insert: (
        insert(native_punches).values(values(native_punches, "user_id", "punched_ms")).on_conflict_do_nothing()
    )
)
_KEEP = upsert(native_punches, *native_punches.c.keys())
_REMOVE = Statement(
    delete(native_punches).where(
        native_punches.c.user_id == bindparam("user_id"),
        native_punches.c.punched_ms.between(bindparam("first"), bindparam("last")),
    )
)
_BETWEEN = Statement(
    select(*native_punches.c)
    .where(
        native_punches.c.user_id.in_(listed("user_ids", native_punches.c.user_id)),
        native_punches.c.punched_ms.between(bindparam("first"), bindparam("last")),
    )
    .order_by(native_punches.c.user_id, native_punches.c.punched_ms)
)
_since = (
    select(native_punches.c.user_id, native_punches.c.punched_ms)
    .where(native_punches.c.punched_ms >= bindparam("first"))
    .order_by(native_punches.c.punched_ms)
)
_SINCE = Statement(_since)
_OF_SOME = Statement(_since.where(native_punches.c.user_id.in_(listed("user_ids", native_punches.c.user_id))))
_key = tuple_(native_punches.c.user_id, native_punches.c.punched_ms)
_FORGET = Statement(
    delete(native_punches)
    .where(
        _key.in_(
            select(native_punches.c.user_id, native_punches.c.punched_ms)
            .where(native_punches.c.punched_ms < bindparam("before"))
            .limit(1000)
        )
    )
    .returning(native_punches.c.punched_ms)
)


class NativePunches:
    """Punches made past the bot (DingTalk's app, a gate, a machine) that an event told of.

    A punch of ours that a correction replaced is never among what is read, although an event may have told of it.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def note(self, punches: Sequence[tuple[str, datetime]]) -> None:
        """Store who punched when; one that is there changes nothing. Raises StoreRefused."""
        rows = [{"user_id": storable(user_id), "punched_ms": to_ms(at)} for user_id, at in punches]
        for part in parts(sorted(rows, key=lambda row: (row["user_id"], row["punched_ms"]))):
            await self._database.write(partial(Tx.many, statement=_NOTE, rows=part))

    async def since(
        self, first: datetime, user_ids: Sequence[str] | None = None
    ) -> Mapping[str, Sequence[datetime]]:
        """Return, by person, the times of those from `first` on, oldest first; of everybody or of `user_ids`.

        Raises StoreRefused.
        """
        if user_ids is None:
            return await self._database.read(partial(_times, statement=_SINCE, params={"first": to_ms(first)}))
        found: dict[str, list[datetime]] = {}
        for part in parts(sorted(map(storable, user_ids))):
            params = {"first": to_ms(first), **listing("user_ids", ((user_id,) for user_id in part))}
            found.update(await self._database.read(partial(_times, statement=_OF_SOME, params=params)))
        return found

    async def keep(self, records: Sequence[AttendanceRecord]) -> None:
        """Store what a reading tells; one that DingTalk does not count goes. Raises StoreRefused."""
        for part in parts(sorted(records, key=lambda one: (one.user_id, one.checked_at))):
            await self._database.write(partial(_keep, records=part))

    async def forget(self, before: datetime) -> None:
        """Delete those older than `before`, in small steps. Raises StoreRefused."""
        params = {"before": to_ms(before)}
        while await self._database.write(lambda tx: tx.one(_FORGET, params)) is not None:
            pass


def _keep(tx: Tx, records: Sequence[AttendanceRecord]) -> None:
    refused = [_second(one) for one in records if one.invalid_reason is not None]
    if refused:
        tx.many(_REMOVE, refused)
    valid = [_row(one) for one in records if one.invalid_reason is None]
    if valid:
        tx.many(_KEEP, valid)


def _second(record: AttendanceRecord) -> dict[str, object]:
    first = whole_second(record.checked_at) * 1000
    return {"user_id": storable(record.user_id), "first": first, "last": first + 999}


def _row(record: AttendanceRecord) -> dict[str, object]:
    return {
        "user_id": storable(record.user_id),
        "punched_ms": to_ms(record.checked_at),
        "check_type": record.check_type,
        "due_ms": None if record.planned_at is None else to_ms(record.planned_at),
        "location_result": record.location,
    }


def read_native(tx: Tx, params: Mapping[str, object]) -> dict[str, list[Seen]]:
    """Return those of the listed `user_ids` from `first` to `last` in ms, by person, oldest first."""
    found: dict[str, list[Seen]] = {}
    for user_id, punched_ms, check_type, due_ms, location in _counting(tx, _BETWEEN, params):
        seen = Seen(
            from_ms(punched_ms),
            CheckType(check_type) if check_type else None,
            None if due_ms is None else from_ms(due_ms),
            where=Whereabouts(LocationResult(location or LocationResult.UNKNOWN)),
        )
        found.setdefault(user_id, []).append(seen)
    return found


def _times(tx: Tx, statement: Statement, params: Mapping[str, object]) -> dict[str, list[datetime]]:
    """Read times by person, on the reader's thread: those of a big organisation are a hundred thousand."""
    found: dict[str, list[datetime]] = {}
    for user_id, punched_ms in _counting(tx, statement, params):
        found.setdefault(user_id, []).append(_moment(punched_ms))
    return found


def _counting(tx: Tx, statement: Statement, params: Mapping[str, object]) -> Iterator[Row]:
    """Yield the rows, of person and ms first, that tell of no punch of ours that a correction replaced.

    SQLite takes minutes for 100,000 rows that are NOT IN 20,000.
    """
    replaced = replaced_seconds(tx, params)
    return (row for row in tx.all(statement, params) if (row[0], row[1] // 1000) not in replaced)
