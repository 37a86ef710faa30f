"""The export of the ledger: punches with the verdicts of their days, in bounded memory."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import groupby, islice
from operator import itemgetter
from zoneinfo import ZoneInfo

from bot.domain.day import PersonDay, facts_of_days, person_day
from bot.domain.day_punches import window
from bot.domain.people import Employee
from bot.domain.punches import Counts, DeliveryState, ExportRow
from bot.domain.shifts import DayPlan, TimeResult, dates_of
from bot.storage.days import KnownDays, add_known, plans_in
from bot.storage.engine import Row, Tx
from bot.storage.outbox import CORRECTED, STATES, at_its_targets, stands
from bot.storage.people import employees_in
from bot.storage.statements import Rows, Statement
from bot.storage.tables import punches
from bot.storage.urls import reading

PUNCHES_AT_ONCE = 1000
_A_DAY = timedelta(days=1)
PlanOn = Callable[[Employee, date], DayPlan | None]

_EXPORTED = Rows(
    ExportRow,
    {
        **{name: f"punches.{name}" for name in punches.names},
        **{name: f"position.{name}" for name in ("latitude", "longitude", "accuracy_m", "datum")},
        "location_source": "position.source",
        "name": "COALESCE(people.name, '')",
        "status": f"COALESCE({at_its_targets('MIN')}, {STATES.index(DeliveryState.ACCEPTED)})",
        "counts": f"""CASE WHEN NOT {stands("punches")} THEN '{Counts.REJECTED}'
          WHEN {CORRECTED} THEN '{Counts.REPLACED}' ELSE '{Counts.YES}' END""",
    },
    status=(STATES.__getitem__, None),
)
_EXPORT = Statement(
    f"""SELECT punches.work_date, punches.check_point, {_EXPORTED.sql()} FROM punches
      LEFT JOIN people ON people.user_id = punches.user_id
      LEFT JOIN punch_locations AS position ON position.punch_id = punches.punch_id
    WHERE punches.work_date BETWEEN :first AND :last
    ORDER BY punches.work_date, punches.user_id, punches.punched_ms"""
)


def read_export(
    url: str, first: date, last: date, zone: ZoneInfo, plan_on: PlanOn | None = None
) -> Iterator[ExportRow]:
    """Yield the punches of these work dates by date, person and time, in bounded memory.

    `plan_on` gives configured plans; without it the stored plans count. Raises OperatorError.
    """
    span = {"first": first.isoformat(), "last": last.isoformat()}
    with reading(url) as connection:
        for day, rows in groupby(connection.rows(_EXPORT, span), itemgetter(0)):
            while some := list(islice(rows, PUNCHES_AT_ONCE)):
                yield from _rows_with_verdicts(
                    connection.tx, date.fromisoformat(day), some, zone, plan_on
                )


def _rows_with_verdicts(
    tx: Tx, day: date, rows: Sequence[Row], zone: ZoneInfo, plan_on: PlanOn | None
) -> Iterator[ExportRow]:
    """Yield rows of one work date with the verdicts of their days."""
    read = [(check_point, _EXPORTED.read(tuple(row))) for _, check_point, *row in rows]
    days = _days(tx, sorted({row.user_id for _, row in read}), day, zone, plan_on)
    for check_point, row in read:
        verdict, _ = days[row.user_id].verdict(check_point, row.punched_at)
        is_new = verdict not in (TimeResult.UNKNOWN, row.time_result)
        yield replace(row, time_result=verdict) if is_new else row


def _days(
    tx: Tx, user_ids: Sequence[str], day: date, zone: ZoneInfo, plan_on: PlanOn | None
) -> Mapping[str, PersonDay]:
    """Return people's days from stored facts."""
    begins, ends = window(day, zone)
    known = KnownDays({}, {}, {})
    span = {"first": day, "last": day, "begins": begins, "ends": ends}
    add_known(known, {**span, "user_ids": user_ids}, tx)
    around = dates_of(day - _A_DAY, day + _A_DAY)
    if plan_on is None:
        plans = plans_in(tx, user_ids, around[0], around[-1])
    else:
        plans = {
            who.user_id: {near: plan for near in around if (plan := plan_on(who, near)) is not None}
            for who in employees_in(tx, user_ids)
        }
    return {
        user_id: person_day(
            facts_of_days(
                user_id,
                [day],
                plans.get(user_id, {}),
                (*known.punches.get(user_id, ()), *known.native.get(user_id, ())),
                absences=known.absences.get(user_id, ()),
                zone=zone,
            )[day],
            ends,
        )
        for user_id in user_ids
    }
