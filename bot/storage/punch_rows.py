"""Rows of the ledger, joined with their positions and deliveries, and the punches they mean."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import groupby
from operator import itemgetter

from sqlalchemy import Select, bindparam, select

from bot.clock import from_ms
from bot.domain.datum import Datum
from bot.domain.deliveries import DeliveryState
from bot.domain.punches import Punch, PunchSource
from bot.domain.results import TimeResult
from bot.domain.shifts import CheckType
from bot.domain.sites import Fix, LocationResult, LocationSource, Whereabouts
from bot.storage.engine import Row, Tx
from bot.storage.statements import Statement, listed, listing, storable
from bot.storage.tables import deliveries, punch_locations, punches


def punches_query() -> Select[tuple[object, ...]]:
    """Select punches, one row for each of their deliveries, oldest punch first."""
    position = punch_locations.c
    return (
        select(
            *(column for column in punches.c if column.name != "location_digest"),
            *(position.latitude, position.longitude, position.accuracy_m, position.datum, position.source),
            *(deliveries.c.target, deliveries.c.state, deliveries.c.reason),
        )
        .select_from(punches)
        .outerjoin(punch_locations, position.punch_id == punches.c.punch_id)
        .outerjoin(deliveries, deliveries.c.punch_id == punches.c.punch_id)
        .order_by(punches.c.punched_ms, punches.c.punch_id, deliveries.c.target)
    )


_BY_ID = Statement(punches_query().where(punches.c.punch_id == bindparam("punch_id")))
_BY_IDS = Statement(punches_query().where(punches.c.punch_id.in_(listed("punch_ids", punches.c.punch_id))))
_OF_MESSAGE = Statement(punches_query().where(punches.c.message_id == bindparam("message_id")))
OF_DAYS = (punches.c.user_id == bindparam("user_id")) & punches.c.work_date.between(
    bindparam("first"), bindparam("last")
)
_OF_DAYS = Statement(punches_query().where(OF_DAYS))


def punch_by_id(tx: Tx, punch_id: str) -> Punch | None:
    """Return one punch as it stands."""
    return next(punches_of(tx.all(_BY_ID, {"punch_id": punch_id})), None)


def punches_by_id(tx: Tx, punch_ids: Sequence[str]) -> dict[str, Punch]:
    """Return punches as they stand, by their ids."""
    if not punch_ids:
        return {}
    rows = tx.all(_BY_IDS, listing("punch_ids", ((punch_id,) for punch_id in punch_ids)))
    return {punch.punch_id: punch for punch in punches_of(rows)}


def punch_of_message(tx: Tx, message_id: str) -> Punch | None:
    """Return the punch that a message led to, None without one."""
    return next(punches_of(tx.all(_OF_MESSAGE, {"message_id": storable(message_id)})), None)


def punches_between(tx: Tx, user_id: str, first: date, last: date) -> list[Punch]:
    """Return a person's punches of the work dates `first` to `last`, oldest first."""
    days = {"first": first.isoformat(), "last": last.isoformat()}
    return list(punches_of(tx.all(_OF_DAYS, {"user_id": user_id, **days})))


def punches_of(rows: Iterable[Row]) -> Iterator[Punch]:
    """Yield the punches that the rows of `punches_query` hold."""
    for _, group in groupby(rows, key=itemgetter(0)):
        yield _punch(list(group))


def _punch(rows: Sequence[Row]) -> Punch:
    punch_id, user_id, work_date, check_type, check_point, punched_ms, received_ms, *judged = rows[0][:16]
    time_result, late_minutes, location_result, site, distance_m, source, message_id, note, corrects = judged
    states, reasons = states_of(row[21:] for row in rows)
    return Punch(
        punch_id=punch_id,
        user_id=user_id,
        work_date=date.fromisoformat(work_date),
        check_type=CheckType(check_type),
        check_point=check_point,
        punched_at=from_ms(punched_ms),
        received_at=from_ms(received_ms),
        time_result=TimeResult(time_result),
        late_minutes=late_minutes,
        where=Whereabouts(LocationResult(location_result), site, distance_m, _fix(rows[0][16:21])),
        source=PunchSource(source),
        message_id=message_id,
        note=note,
        states=states,
        reasons=reasons,
        corrects=corrects,
    )


def states_of(rows: Iterable[Row]) -> tuple[dict[str, DeliveryState], dict[str, str]]:
    """Return the states and the reasons of those that have ended badly, by target, from target, state, reason."""
    found = [(target, DeliveryState(state), reason) for target, state, reason in rows if target is not None]
    ended = (item for item in found if item[1] is DeliveryState.REJECTED or item[2])
    return {target: state for target, state, _ in found}, {target: reason for target, _, reason in ended}


def _fix(row: Row) -> Fix | None:
    latitude, longitude, accuracy_m, datum, source = row
    return None if latitude is None else Fix(latitude, longitude, accuracy_m, Datum(datum), LocationSource(source))
