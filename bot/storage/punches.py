"""Punches as they lie in the database: which of them count, and who has which check."""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from operator import itemgetter
from typing import Literal

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    and_,
    bindparam,
    delete,
    exists,
    literal_column,
    or_,
    select,
    tuple_,
)

from bot.domain.deliveries import APPROVE_CHECK, DeliveryState
from bot.domain.punches import Punch
from bot.domain.reconciling import Second
from bot.domain.shifts import CheckType
from bot.domain.sites import Fix, LocationResult, Whereabouts
from bot.storage.database import Database
from bot.storage.engine import Row, Tx
from bot.storage.rows import Rows
from bot.storage.statements import Statement, add, naming, these, upsert, values
from bot.storage.tables import check_point_claims, ledger_unsealed, outbox, punch_locations, punches

_PAGE = 5000  # punches read at once


@dataclass(frozen=True, slots=True)
class PunchMark:
    """That somebody punched: what a reminder has to know of it."""

    user_id: str
    work_date: date
    check_type: CheckType
    check_point: str | None
    punched_at: datetime


# --- which of them count ---

deliveries = outbox.alias("deliveries")
IS_DELIVERY: ColumnElement[str] = literal_column("'punch'")  # the kind, as text in the statement
_correction = punches.alias("correction")
# Deliveries to targets that take punches: a mark says nothing of whether one is taken.
at_targets = deliveries.c.recipient != APPROVE_CHECK
# By the bare column the database would walk through the index of all that is owed, not through one punch's rows.
is_under_way = (deliveries.c.due_ms + 0).is_not(None)


def delivers(punch_id: ColumnElement[str]) -> ColumnElement[bool]:
    """Tell which rows are the deliveries of a punch."""
    return and_(deliveries.c.kind == IS_DELIVERY, deliveries.c.about == punch_id)


def stands(rows: FromClause) -> ColumnElement[bool]:
    """Tell which punches count: those that not every target rejected."""
    owed = exists().where(delivers(rows.c.punch_id), at_targets)
    taken = owed.where(deliveries.c.state != DeliveryState.REJECTED.value)
    return or_(taken, ~owed)


def is_replaced(punch_id: ColumnElement[str]) -> ColumnElement[bool]:
    """Tell whether a correction counts in place of a punch, which counts again when no target takes that."""
    return exists().where(and_(_correction.c.corrects == punch_id, stands(_correction)))


corrected = is_replaced(punches.c.punch_id)
STATES = tuple(DeliveryState)  # the least settled first
_STATE = " ".join(f"WHEN '{state}' THEN {rank}" for rank, state in enumerate(STATES))


def at_its_targets(which: Literal["MIN", "MAX"], punch: str = "punches") -> str:
    """Return SQL: the place in STATES of a punch's least or most settled delivery, NULL without any.

    A mark at DingTalk counts as none: it does not tell whether the punch was taken.
    """
    return f"""(SELECT {which}(CASE outbox.state {_STATE} END) FROM outbox
      WHERE outbox.kind = 'punch' AND outbox.about = {punch}.punch_id AND outbox.recipient <> '{APPROVE_CHECK}')"""


# A correction counts in place of its punch until every target rejects it.
_STANDS = f"COALESCE({at_its_targets('MAX', 'correction')}, 1) > {STATES.index(DeliveryState.REJECTED)}"
CORRECTED = f"""EXISTS (SELECT 1 FROM punches AS correction
      WHERE correction.corrects = punches.punch_id AND {_STANDS})"""
_REPLACED = f"""SELECT punches.user_id, punches.punched_ms / 1000
    FROM punches AS correction JOIN punches ON punches.punch_id = correction.corrects
    WHERE correction.corrects IS NOT NULL AND {_STANDS}"""  # SQLite then reads the index of corrections alone
_REPLACED_OF_SOME = Statement(f"{_REPLACED} AND punches.user_id IN [:user_ids]")
_REPLACED_OF_ALL = Statement(f"{_REPLACED} AND punches.punched_ms >= :first - 1000")


def replaced_seconds(tx: Tx, params: Mapping[str, object]) -> Set[Second]:
    """Return the people and seconds of punches that a correction replaced: nothing else of that second counts.

    Of the listed `user_ids`; without them of everybody, from `first` (ms) on.
    """
    rows = tx.all(_REPLACED_OF_SOME if "user_ids" in params else _REPLACED_OF_ALL, params)
    return {(user_id, second) for user_id, second in rows}


# --- reading ---

_PUNCH = Rows(Punch, punches)
_FIX = Rows(Fix, punch_locations)
_ENDS = len(_PUNCH.columns)


def punches_query() -> Select[tuple[object, ...]]:
    """Select punches, one row for each of their deliveries, oldest punch first."""
    return (
        select(
            *_PUNCH.columns,
            *(punches.c.location_result, punches.c.site, punches.c.distance_m),
            *(deliveries.c.recipient, deliveries.c.state, deliveries.c.reason),
            *_FIX.columns,
        )
        .select_from(punches)
        .outerjoin(punch_locations, punch_locations.c.punch_id == punches.c.punch_id)
        .outerjoin(deliveries, delivers(punches.c.punch_id))
        .order_by(punches.c.punched_ms, punches.c.punch_id, deliveries.c.recipient)
    )


OF_DAYS = (punches.c.user_id == bindparam("user_id")) & punches.c.work_date.between(
    bindparam("first"), bindparam("last")
)
_BY_IDS = Statement(punches_query().where(these(punches.c.punch_id, "punch_ids")))
_OF_MESSAGE = Statement(punches_query().where(punches.c.message_id == bindparam("message_id")))
_OF_DAYS = Statement(punches_query().where(OF_DAYS))


def punch_by_id(tx: Tx, punch_id: str) -> Punch | None:
    return punches_by_id(tx, [punch_id]).get(punch_id)


def punches_by_id(tx: Tx, punch_ids: Sequence[str]) -> dict[str, Punch]:
    """Return punches as they stand, by their ids."""
    rows = tx.all(_BY_IDS, naming(punch_ids, "punch_ids")) if punch_ids else ()
    return {punch.punch_id: punch for punch in punches_of(rows)}


def punch_of_message(tx: Tx, message_id: str) -> Punch | None:
    """Return the punch that a message led to, None without one."""
    return next(punches_of(tx.all(_OF_MESSAGE, {"message_id": message_id})), None)


def punches_between(tx: Tx, user_id: str, first: date, last: date) -> list[Punch]:
    """Return a person's punches of the work dates `first` to `last`, oldest first."""
    return list(punches_of(tx.all(_OF_DAYS, {"user_id": user_id, "first": first, "last": last})))


def punches_of(rows: Iterable[Row]) -> Iterator[Punch]:
    """Yield the punches that the rows of `punches_query` hold."""
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


_MARK = Rows(PunchMark, punches)
_order = (punches.c.user_id, punches.c.punched_ms, punches.c.punch_id)
_marks = (
    select(*_MARK.columns, punches.c.punch_id)
    .where(punches.c.work_date == bindparam("day"), stands(punches), ~corrected)
    .order_by(*_order)
)
_after = tuple_(bindparam("user_id"), bindparam("punched_ms"), bindparam("punch_id"))
_MARKS = Statement(_marks.where(tuple_(*_order) > _after).limit(_PAGE))


async def read_marks(database: Database, day: date) -> list[PunchMark]:
    """Return the marks of one work date, by person and oldest first.

    In several readings, so that others get in between. Raises StoreRefused.
    """
    marks: list[PunchMark] = []
    after: dict[str, object] = {"user_id": "", "punched_ms": 0, "punch_id": ""}
    while True:
        rows = await database.all(_MARKS, {"day": day, **after})
        marks += map(_MARK.read, rows)
        if len(rows) < _PAGE:
            return marks
        after = {"user_id": rows[-1][0], "punched_ms": rows[-1][4], "punch_id": rows[-1][5]}


# --- writing ---

_ADD = add(punches)
_ADD_POSITION = add(punch_locations)
_ADD_UNSEALED = add(ledger_unsealed)


def write_punch(tx: Tx, punch: Punch, salt: str, digest: str) -> None:
    """Write the punch with its position, to be sealed. The caller writes the outbox rows."""
    tx.run(_ADD, punch_row(punch, digest))
    tx.run(_ADD_UNSEALED, {"punch_id": punch.punch_id})
    if punch.where.fix is not None:
        tx.run(_ADD_POSITION, _FIX.row(punch.where.fix, punch_id=punch.punch_id, salt=salt))


def punch_row(punch: Punch, digest: str) -> dict[str, object]:
    where = {"location_result": punch.where.result, "site": punch.where.site, "distance_m": punch.where.distance_m}
    return _PUNCH.row(punch, **where, location_digest=digest)


# --- one row for each on-duty check point, so that a check is answered by one clock-in ---

_claim_key = ("user_id", "work_date", "check_point")
_this_check = [check_point_claims.c[name] == bindparam(name) for name in _claim_key]
_CLAIM = Statement(
    lambda insert: (
        insert(check_point_claims)
        .values(values(check_point_claims))
        .on_conflict_do_nothing()
        .returning(check_point_claims.c.punch_id)
    )
)
_CLAIMED_BY = Statement(select(check_point_claims.c.punch_id).where(*_this_check))
_TAKE_OVER = upsert(check_point_claims)
_FREE = Statement(
    delete(check_point_claims).where(*_this_check, check_point_claims.c.punch_id == bindparam("punch_id"))
)


def claim_check(tx: Tx, punch: Punch) -> Punch | None:
    """Win the check point of an on-duty punch; return the punch that has it already, None when won."""
    if punch.check_type is not CheckType.ON_DUTY or punch.check_point is None:
        return None
    row = _claim(punch)
    if tx.one(_CLAIM, row) is not None:
        return None
    holder = tx.one(_CLAIMED_BY, {name: row[name] for name in _claim_key})
    return None if holder is None else punch_by_id(tx, holder[0])


def take_check_over(tx: Tx, punch: Punch) -> None:
    """Give the check point to a punch, whoever's it was."""
    tx.run(_TAKE_OVER, _claim(punch))


def free_check(tx: Tx, punch: Punch) -> None:
    """Give back the check point of a punch, where it has one."""
    tx.run(_FREE, _claim(punch))


def _claim(punch: Punch) -> dict[str, object]:
    return {name: getattr(punch, name) for name in (*_claim_key, "punch_id")}
