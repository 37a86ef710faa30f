"""Punches as they lie in the database, and which of them count."""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from datetime import date
from itertools import groupby
from operator import itemgetter
from typing import Literal

from bot.domain.punches import DeliveryState, ExportRow, Punch
from bot.domain.reconciling import Second
from bot.domain.sites import Fix, LocationResult, Whereabouts
from bot.storage.engine import Row, Tx
from bot.storage.statements import Rows, Statement, insert
from bot.storage.tables import ledger_unsealed, punch_locations, punches
from bot.storage.urls import walk

# --- which of them count ---

STATES = tuple(DeliveryState)  # the least settled first
_STATE = " ".join(f"WHEN '{state}' THEN {rank}" for rank, state in enumerate(STATES))


def at_its_targets(which: Literal["MIN", "MAX"], punch: str = "punches") -> str:
    """Return SQL: the place in STATES of a punch's least or most settled delivery, NULL without any."""
    return f"""(SELECT {which}(CASE outbox.state {_STATE} END) FROM outbox
      WHERE outbox.kind = 'punch' AND outbox.about = {punch}.punch_id)"""


def stands(punch: str) -> str:
    """Return SQL: a punch counts, since not every target rejected it."""
    return f"COALESCE({at_its_targets('MAX', punch)}, 1) > {STATES.index(DeliveryState.REJECTED)}"


def corrected(punch_id: str) -> str:
    """Return SQL: a correction counts in place of a punch, until every target rejects that one."""
    return f"""EXISTS (SELECT 1 FROM punches AS correction
      WHERE correction.corrects = {punch_id} AND {stands("correction")})"""


CORRECTED = corrected("punches.punch_id")
# With CROSS JOIN SQLite begins with the corrections, which are few.
_REPLACED = f"""SELECT punches.user_id, punches.punched_ms / 1000 FROM punches AS correction CROSS JOIN punches
    WHERE correction.corrects IS NOT NULL AND punches.punch_id = correction.corrects AND {stands("correction")}"""
REPLACED_OF_SOME = Statement(f"{_REPLACED} AND correction.user_id IN [:user_ids]")
_REPLACED_OF_ALL = Statement(f"{_REPLACED} AND punches.punched_ms >= :first - 1000")


def replaced_seconds(tx: Tx, params: Mapping[str, object]) -> Set[Second]:
    """Return the people and seconds of punches that a correction replaced: nothing else of that second counts.

    Of the listed `user_ids`; without them of everybody, from `first` (ms) on.
    """
    rows = tx.all(REPLACED_OF_SOME if "user_ids" in params else _REPLACED_OF_ALL, params)
    return {(user_id, second) for user_id, second in rows}


# --- reading: one row for each delivery of a punch, oldest punch first ---

_PUNCH = Rows(Punch, punches)
_FIX = Rows(Fix, punch_locations)
_ENDS = len(_PUNCH.names)
OF_DAYS = "punches.user_id = :user_id AND punches.work_date BETWEEN :first AND :last"


def select_punches(which: str) -> Statement:
    """Return the statement that reads some punches for `punches_of`."""
    return Statement(
        f"""
        SELECT {_PUNCH.sql("punches")}, punches.location_result, punches.site, punches.distance_m,
            delivery.recipient, delivery.state, delivery.reason, {_FIX.sql("punch_locations")}
        FROM punches
        LEFT JOIN punch_locations ON punch_locations.punch_id = punches.punch_id
        LEFT JOIN outbox AS delivery ON delivery.kind = 'punch' AND delivery.about = punches.punch_id
        WHERE {which} ORDER BY punches.punched_ms, punches.punch_id, delivery.recipient
        """
    )


_BY_IDS = select_punches("punches.punch_id IN [:punch_ids]")
_OF_MESSAGE = select_punches("punches.message_id = :message_id")
_OF_DAYS = select_punches(OF_DAYS)


def punches_by_id(tx: Tx, punch_ids: Sequence[str]) -> dict[str, Punch]:
    """Return punches as they stand, by their ids."""
    rows = tx.all(_BY_IDS, {"punch_ids": [*punch_ids]}) if punch_ids else ()
    return {punch.punch_id: punch for punch in punches_of(rows)}


def punch_of_message(tx: Tx, message_id: str) -> Punch | None:
    """Return the punch that a message led to, None without one."""
    return next(punches_of(tx.all(_OF_MESSAGE, {"message_id": message_id})), None)


def punches_between(tx: Tx, user_id: str, first: date, last: date) -> list[Punch]:
    """Return a person's punches of the work dates `first` to `last`, oldest first."""
    return list(punches_of(tx.all(_OF_DAYS, {"user_id": user_id, "first": first, "last": last})))


def punches_of(rows: Iterable[Row]) -> Iterator[Punch]:
    """Yield the punches that the rows of `select_punches` hold."""
    for _, group in groupby(rows, key=itemgetter(0)):
        first, *others = group
        result, site, distance_m = first[_ENDS : _ENDS + 3]
        fix = None if first[_ENDS + 6] is None else _FIX.read(first[_ENDS + 6 :])
        states, reasons = states_of(row[_ENDS + 3 : _ENDS + 6] for row in (first, *others))
        where = Whereabouts(LocationResult(result), site, distance_m, fix)
        yield _PUNCH.read(first, where=where, states=states, reasons=reasons)


def states_of(rows: Iterable[Row]) -> tuple[dict[str, DeliveryState], dict[str, str]]:
    """Return the states and the reasons of those that have ended badly, by target, from target, state, reason."""
    found = [(target, DeliveryState(state), reason) for target, state, reason in rows if target is not None]
    ended = (item for item in found if item[1] is DeliveryState.REJECTED or item[2])
    return {target: state for target, state, _ in found}, {target: reason for target, _, reason in ended}


# --- export ---

_EXPORTED = Rows(
    ExportRow,
    {
        **{column.name: f"punches.{column.name}" for column in punches.c},
        **{name: f"position.{name}" for name in ("latitude", "longitude", "accuracy_m", "datum")},
        "location_source": "position.source",
        "name": "COALESCE(people.name, '')",
        "status": f"COALESCE({at_its_targets('MIN')}, {STATES.index(DeliveryState.ACCEPTED)})",
    },
    status=(STATES.__getitem__, None),
)
_EXPORT = Statement(
    f"""SELECT {_EXPORTED.sql()} FROM punches
      LEFT JOIN people ON people.user_id = punches.user_id
      LEFT JOIN punch_locations AS position ON position.punch_id = punches.punch_id
    WHERE punches.work_date BETWEEN :first AND :last
    ORDER BY punches.work_date, punches.user_id, punches.punched_ms"""
)


def read_export(url: str, first: date, last: date) -> Iterator[ExportRow]:
    """Return the punches of the work dates `first` to `last`, by work date, person and time, in bounded memory.

    The database is opened read-only and never checkpointed. To be used on one thread. Raises OperatorError when
    it cannot be read or has another schema.
    """
    return map(_EXPORTED.read, walk(url, _EXPORT, {"first": first.isoformat(), "last": last.isoformat()}))


# --- writing ---

_ADD = Statement(insert(punches))
_ADD_POSITION = Statement(insert(punch_locations))
_ADD_UNSEALED = Statement(insert(ledger_unsealed))


def write_punch(tx: Tx, punch: Punch, salt: str, digest: str) -> None:
    """Write the punch with its position, to be sealed. The caller writes the outbox rows."""
    where = {"location_result": punch.where.result, "site": punch.where.site, "distance_m": punch.where.distance_m}
    tx.run(_ADD, _PUNCH.row(punch, **where, location_digest=digest))
    tx.run(_ADD_UNSEALED, {"punch_id": punch.punch_id})
    if punch.where.fix is not None:
        tx.run(_ADD_POSITION, _FIX.row(punch.where.fix, punch_id=punch.punch_id, salt=salt))
