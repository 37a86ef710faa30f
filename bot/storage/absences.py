"""What was heard of past the bot: leave, trips and outings, and punches made at DingTalk or a machine."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache, partial
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, FromClause, and_, bindparam, delete, exists, not_, select

from bot.clock import from_ms, to_ms
from bot.domain.absences import Absence, AbsenceSource
from bot.domain.day_punches import Seen
from bot.domain.reconciling import AttendanceRecord, whole_second
from bot.domain.shifts import CheckType
from bot.domain.sites import LocationResult, Whereabouts
from bot.storage.database import Database, overtakes, parts
from bot.storage.engine import Params, Row, Tx
from bot.storage.punches import replaced_seconds
from bot.storage.rows import Rows
from bot.storage.statements import Statement, add_new, forget, naming, storable, stored, these, upsert
from bot.storage.tables import absence_readings, absences, native_punches

_LOCK = "absences"  # taken like a person's lock: what is read of somebody replaces all that was read before
_UNDER_WAY_MS = timedelta(days=1) // timedelta(milliseconds=1)  # longer than any reading takes

_moment = lru_cache(maxsize=4096)(from_ms)  # around nine many punches come in the same second
_ABSENCES = Rows(Absence, absences)
_absence = lru_cache(maxsize=10_000)(_ABSENCES.read)  # each minute the same ones are read again


def _touches(rows: FromClause, first: ColumnElement[Any], last: ColumnElement[Any]) -> ColumnElement[bool]:
    return and_(rows.c.starts_ms <= last, rows.c.ends_ms >= first)


_first, _last = bindparam("first", type_=BigInteger), bindparam("last", type_=BigInteger)
_begun = bindparam("begun", type_=BigInteger)
_of_user = absences.c.user_id == bindparam("of_user")
_of_source = absence_readings.c.source == bindparam("told_by")
_of_event = and_(_of_user, absences.c.source == AbsenceSource.EVENT.value)
_begun_later = overtakes(absence_readings.c.begun_ms, _begun)
_told = absences.alias("told")

_PUT = upsert(absences)
_BEGUN = upsert(absence_readings, where=lambda row: not_(overtakes(absence_readings.c.begun_ms, row.begun_ms)))
LATER_READINGS = Statement(  # of the people that are told of alone: others' readings may be a whole company's
    select(absence_readings.c.user_id, absence_readings.c.starts_ms, absence_readings.c.ends_ms).where(
        these(absence_readings.c.user_id), _of_source, _begun_later, _touches(absence_readings, _first, _last)
    )
)
_FORGET_BEGUN = forget(absence_readings, absence_readings.c.begun_ms < bindparam("before"))
_CLEAR = Statement(
    delete(absences).where(
        *(_of_user, absences.c.source == bindparam("told_by"), _touches(absences, _first, _last)),
        ~exists().where(
            absence_readings.c.user_id == absences.c.user_id,
            *(_of_source, _begun_later, _touches(absence_readings, absences.c.starts_ms, absences.c.ends_ms)),
        ),
    )
)
_LEFT = Statement(select(absences.c.absence_id).where(_of_user, absences.c.source == bindparam("told_by")))
_OUTWEIGH = Statement(
    delete(absences).where(
        _of_event,
        absences.c.pending == 0,
        absences.c.heard_ms < bindparam("heard_before"),
        absences.c.starts_ms.between(_first, _last),
        ~exists().where(
            _told.c.user_id == absences.c.user_id,
            _told.c.source == bindparam("told_by"),
            _touches(_told, absences.c.starts_ms, absences.c.ends_ms),
        ),
    )
)
_REMOVE = Statement(delete(absences).where(_of_event, absences.c.absence_id == bindparam("this")))
_TOUCHING = Statement(
    select(*_ABSENCES.columns)
    .where(_touches(absences, _first, _last))
    .order_by(absences.c.starts_ms, absences.c.user_id)
)
_OF_SOME_PEOPLE = Statement(
    select(*_ABSENCES.columns)
    .where(these(absences.c.user_id), _touches(absences, _first, _last))
    .order_by(absences.c.user_id, absences.c.starts_ms)
)
_FORGET = forget(absences, absences.c.ends_ms < bindparam("before"))

_native = native_punches.c
_NOTE = add_new(native_punches, "user_id", "punched_ms")
_KEEP = upsert(native_punches)
_UNCOUNT = Statement(
    delete(native_punches).where(
        _native.user_id == bindparam("user_id"), _native.punched_ms.between(_first, _last)
    )
)
_BETWEEN = Statement(
    select(native_punches)
    .where(these(_native.user_id), _native.punched_ms.between(_first, _last))
    .order_by(_native.user_id, _native.punched_ms)
)
_since = (
    select(_native.user_id, _native.punched_ms).where(_native.punched_ms >= _first).order_by(_native.punched_ms)
)
_SINCE = Statement(_since)
_OF_SOME = Statement(_since.where(these(_native.user_id)))
_FORGET_NATIVE = forget(native_punches, _native.punched_ms < bindparam("before"))


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
        begun_at: datetime | None = None,
        outweighs: datetime | None = None,
    ) -> frozenset[str]:
        """Let `found` be all that `source` tells of these people from `first` to `last`.

        It was begun to be read at `begun_at`, without one it is told now. Of whom a reading of that time was begun
        later, what that one told stays, and `found` counts beside it; return their ids. Others' words stay, but
        for approved leave that begins in that time, of which an event told before `outweighs` and `found` has
        nothing.
        """
        now = self._database.now_ms
        span = {"told_by": source, "first": to_ms(first), "last": to_ms(last)}
        moments: Params = {"begun": now if begun_at is None else to_ms(begun_at), "now": now}
        spans: list[Params] = [{"of_user": storable(user_id), **span, **moments} for user_id in user_ids]
        read = {"source": source, "starts_ms": first, "ends_ms": last, "begun_ms": moments["begun"], "now": now}
        rows = [_row(absence) for absence in found]
        told_of = naming(dict.fromkeys([*user_ids, *(absence.user_id for absence in found)]))

        def work(tx: Tx) -> frozenset[str]:
            later: dict[str, list[tuple[int, int]]] = {}
            for user_id, starts_ms, ends_ms in tx.all(LATER_READINGS, {**span, **moments, **told_of}):
                later.setdefault(user_id, []).append((starts_ms, ends_ms))
            tx.many(_BEGUN, [{"user_id": user_id, **read} for user_id in user_ids])
            tx.many(_CLEAR, spans)
            tx.many(_PUT, _but_told_later(tx, rows, later) if later else rows)
            if outweighs is not None:
                tx.many(_OUTWEIGH, [{**one, "heard_before": outweighs} for one in spans])
            return frozenset(user_id for user_id in user_ids if storable(user_id) in later)

        return await self._database.write(work, person=_LOCK)

    async def note(self, absence: Absence, heard_at: datetime | None = None) -> None:
        """Store one that an event tells of, in place of one with the same id.

        Without `heard_at` no reading outweighs it.
        """
        await self._database.run(_PUT, _row(absence, heard_at), person=_LOCK)

    async def remove(self, user_id: str, absence_id: str) -> None:
        """Forget an absence that an event reported and that was refused or taken back."""
        await self._database.run(_REMOVE, {"of_user": user_id, "this": absence_id}, person=_LOCK)

    async def touching(self, first: datetime, last: datetime) -> Sequence[Absence]:
        """Return all that touch `first` to `last`, both ends included, in the order of their starts."""
        return [_absence(row) for row in await self._database.all(_TOUCHING, {"first": first, "last": last})]

    async def forget(self, before: datetime) -> None:
        """Delete those that ended before `before`, in small steps."""
        begun_ms = self._database.now_ms - _UNDER_WAY_MS
        await self._database.forget(_FORGET_BEGUN, {"before": begun_ms}, person=_LOCK)
        await self._database.forget(_FORGET, {"before": before}, person=_LOCK)


class NativePunches:
    """Punches made past the bot (DingTalk's app, a gate, a machine). Each call raises StoreRefused.

    A punch of ours that a correction replaced is never among what is read, although an event may have told of it.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def note(self, punches: Sequence[tuple[str, datetime]]) -> None:
        """Store who punched when; one that is there changes nothing."""
        await self._database.store(_NOTE, [{"user_id": who, "punched_ms": at} for who, at in sorted(punches)])

    async def since(
        self, first: datetime, user_ids: Sequence[str] | None = None
    ) -> Mapping[str, Sequence[datetime]]:
        """Return, by person, the times of those from `first` on, oldest first; of everybody or of `user_ids`."""
        if user_ids is None:
            return await self._database.read(partial(_times, statement=_SINCE, params={"first": to_ms(first)}))
        found: dict[str, list[datetime]] = {}
        for part in parts(sorted(map(storable, user_ids))):
            params = {"first": to_ms(first), **naming(part)}
            found.update(await self._database.read(partial(_times, statement=_OF_SOME, params=params)))
        return found

    async def keep(self, records: Sequence[AttendanceRecord]) -> None:
        """Store what a reading tells; one that DingTalk does not count goes."""
        for part in parts(sorted(records, key=lambda one: (one.user_id, one.checked_at))):
            await self._database.write(partial(_keep, records=part))

    async def forget(self, before: datetime) -> None:
        """Delete those older than `before`, in small steps."""
        await self._database.forget(_FORGET_NATIVE, {"before": before})


def _row(absence: Absence, heard_at: datetime | None = None) -> dict[str, Any]:
    return {name: stored(value) for name, value in _ABSENCES.row(absence, heard_ms=heard_at).items()}


def _but_told_later(
    tx: Tx, rows: Sequence[dict[str, Any]], later: Mapping[str, Sequence[tuple[int, int]]]
) -> Sequence[dict[str, Any]]:
    """Return the rows that no reading which was begun later tells of: it has them, or has nothing in that time."""
    of = {(row["user_id"], row["source"]) for row in rows if row["user_id"] in later}
    left = {
        (who, absence_id) for who, by in of for (absence_id,) in tx.all(_LEFT, {"of_user": who, "told_by": by})
    }
    return [
        row
        for row in rows
        if (row["user_id"], row["absence_id"]) not in left
        and not any(
            row["starts_ms"] <= ends_ms and row["ends_ms"] >= starts_ms
            for starts_ms, ends_ms in later.get(row["user_id"], ())
        )
    ]


def absences_between(tx: Tx, params: Mapping[str, object]) -> dict[str, list[Absence]]:
    """Return what is approved or asked for of the listed `user_ids` from `first` to `last` in ms, by person."""
    found: dict[str, list[Absence]] = {}
    for row in tx.all(_OF_SOME_PEOPLE, params):
        found.setdefault(row[0], []).append(_ABSENCES.read(row))
    return found


def _keep(tx: Tx, records: Sequence[AttendanceRecord]) -> None:
    seconds = ((one, whole_second(one.checked_at) * 1000) for one in records if one.invalid_reason is not None)
    tx.many(_UNCOUNT, [{"user_id": one.user_id, "first": ms, "last": ms + 999} for one, ms in seconds])
    tx.many(_KEEP, [_native_row(one) for one in records if one.invalid_reason is None])


def _native_row(record: AttendanceRecord) -> dict[str, object]:
    return {
        "user_id": record.user_id,
        "punched_ms": record.checked_at,
        "check_type": record.check_type,
        "due_ms": record.planned_at,
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
