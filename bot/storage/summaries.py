"""What summaries read of some people's days. Every query names the people: there is none about everybody."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache, partial
from itertools import groupby
from operator import itemgetter
from typing import TypeVar

from sqlalchemy import BindParameter, and_, bindparam, delete, select, tuple_

from bot.clock import from_ms, to_ms
from bot.domain.absences import Absence, AbsenceSource
from bot.domain.deliveries import DeliveryState
from bot.domain.due import Seen
from bot.domain.punches import PunchSource
from bot.domain.results import TimeResult
from bot.domain.shifts import CheckType, DayPlan
from bot.domain.sites import NOWHERE, LocationResult, Whereabouts
from bot.storage.database import Database, parts
from bot.storage.engine import Row, Tx
from bot.storage.listed import listed, listing
from bot.storage.native_punches import read_native
from bot.storage.plans import plan_row, read_plan
from bot.storage.standing import at_targets, corrected
from bot.storage.statements import Statement, values
from bot.storage.tables import absences, day_readings, deliveries, plans, punches
from bot.storage.texts import storable

T = TypeVar("T")
Found = dict[str, dict[date, T]]
_Read = Callable[[Tx, Mapping[str, object]], dict[str, T]]

_CHECK_TYPES = {one.value: one for one in CheckType}
_RESULTS = {one.value: one for one in TimeResult}
_LOCATIONS = {one.value: one for one in LocationResult}
_TAKEN = (DeliveryState.SENT, DeliveryState.CONFIRMED)
_UNKNOWN, _CORRECTION = LocationResult.UNKNOWN.value, PunchSource.CORRECTION.value
_day = lru_cache(maxsize=4096)(date.fromisoformat)

_dates: tuple[BindParameter[str], BindParameter[str]] = (bindparam("first"), bindparam("last"))
_counting = (
    select(
        *(punches.c.punch_id, punches.c.user_id, punches.c.work_date, punches.c.punched_ms),
        *(punches.c.check_type, punches.c.check_point, punches.c.time_result, punches.c.location_result),
        *(punches.c.site, punches.c.distance_m, punches.c.source, deliveries.c.state),
    )
    .select_from(punches)
    .outerjoin(deliveries, and_(deliveries.c.punch_id == punches.c.punch_id, at_targets))
    .where(
        punches.c.user_id.in_(listed("user_ids", punches.c.user_id)),
        ~corrected,
    )
    .order_by(punches.c.user_id, punches.c.work_date, punches.c.received_ms, punches.c.punch_id)
)
_PUNCHES = Statement(_counting.where(punches.c.work_date.between(*_dates)))
# By the index of days: a company's day lies together there, in the other one each person's is a page of its own.
PUNCHES_OF_DAY = Statement(_counting.where(punches.c.work_date == bindparam("first")))
_PLANS = Statement(
    select(plans.c.user_id, plans.c.work_date, plans.c.body).where(
        plans.c.user_id.in_(listed("user_ids", plans.c.user_id)), plans.c.work_date.between(*_dates)
    )
)
_ADD_PLAN = Statement(lambda insert: insert(plans).values(values(plans, *plans.c.keys())).on_conflict_do_nothing())
_READINGS = Statement(
    select(day_readings).where(
        day_readings.c.user_id.in_(listed("user_ids", day_readings.c.user_id)),
        day_readings.c.work_date.between(*_dates),
    )
)
_NOTE = Statement(
    lambda insert: (
        row := insert(day_readings).values(values(day_readings, *day_readings.c.keys()))
    ).on_conflict_do_update(
        index_elements=["user_id", "work_date"],
        set_={"until_ms": row.excluded.until_ms},
        where=day_readings.c.until_ms < row.excluded.until_ms,
    )
)
_FORGET = Statement(
    delete(day_readings)
    .where(
        tuple_(day_readings.c.user_id, day_readings.c.work_date).in_(
            select(day_readings.c.user_id, day_readings.c.work_date)
            .where(day_readings.c.work_date < bindparam("before"))
            .limit(500)
        )
    )
    .returning(day_readings.c.work_date)
)
_ABSENCES = Statement(
    select(absences.c.user_id, absences.c.starts_ms, absences.c.ends_ms, absences.c.absence_id, absences.c.source)
    .where(
        absences.c.user_id.in_(listed("user_ids", absences.c.user_id)),
        absences.c.starts_ms <= bindparam("last"),
        absences.c.ends_ms >= bindparam("first"),
        absences.c.pending == 0,
    )
    .order_by(absences.c.user_id, absences.c.starts_ms)
)


@dataclass(frozen=True, slots=True)
class KnownDays:
    """What is here of some people's days, by person.

    Their `punches` that count, in the order they were recorded; `native` ones, made past the bot, oldest first;
    and approved `absences`.
    """

    punches: Mapping[str, Sequence[Seen]]
    native: Mapping[str, Sequence[Seen]]
    absences: Mapping[str, Sequence[Absence]]


class Days:
    """People's past and present days. Each call raises StoreRefused."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def punches(self, user_ids: Sequence[str], first: date, last: date) -> Mapping[str, Sequence[Seen]]:
        """Return the punches of the work dates `first` to `last` that count, in the order they were recorded.

        Those that every target rejected, or that a correction replaces, are left out.
        """
        return await self._of(user_ids, first.isoformat(), last.isoformat(), _read_punches)

    async def plans(
        self, user_ids: Sequence[str], first: date, last: date
    ) -> Mapping[str, Mapping[date, DayPlan]]:
        """Return the plans that are stored. Those that read the same are one object."""
        return await self._of(user_ids, first.isoformat(), last.isoformat(), _read_plans)

    async def add_plans(self, found: Mapping[str, Sequence[DayPlan]], read_at: datetime) -> None:
        """Store plans of days that have none; what is stored stays."""
        at = to_ms(read_at)
        rows = [plan_row(user_id, plan, at, at) for user_id in sorted(found) for plan in found[user_id]]
        for part in parts(rows):
            await self._database.write(partial(Tx.many, statement=_ADD_PLAN, rows=part))

    async def read_until(
        self, user_ids: Sequence[str], first: date, last: date
    ) -> Mapping[str, Mapping[date, datetime]]:
        """Return up to which moment DingTalk's punches and leave of each work date have been read."""
        return await self._of(user_ids, first.isoformat(), last.isoformat(), _read_readings)

    async def note_read(self, user_ids: Sequence[str], first: date, last: date, until: datetime) -> None:
        """Note that DingTalk's punches and leave of those work dates have been read up to `until`."""
        dates = [(first + timedelta(days=offset)).isoformat() for offset in range((last - first).days + 1)]
        rows = [
            {"user_id": storable(user_id), "work_date": day, "until_ms": to_ms(until)}
            for user_id in sorted(user_ids)
            for day in dates
        ]
        for part in parts(rows):
            await self._database.write(partial(Tx.many, statement=_NOTE, rows=part))

    async def known(
        self, user_ids: Sequence[str], first: date, last: date, begins: datetime, ends: datetime
    ) -> KnownDays:
        """Return what is here of the work dates `first` to `last`, as of one moment for each person.

        Of punches past the bot and of absences it is what touches `begins` to `ends`.
        """
        days = {"first": first.isoformat(), "last": last.isoformat()}
        moments = {"first": to_ms(begins), "last": to_ms(ends)}
        punches: dict[str, Sequence[Seen]] = {}
        native: dict[str, Sequence[Seen]] = {}
        absences: dict[str, Sequence[Absence]] = {}
        for people in _people(user_ids):
            some = await self._database.read(partial(_read_known, {**people, **days}, {**people, **moments}))
            punches.update(some.punches)
            native.update(some.native)
            absences.update(some.absences)
        return KnownDays(punches, native, absences)

    async def forget(self, before: date) -> None:
        """Delete what is noted of work dates before `before`, in small steps."""
        params = {"before": before.isoformat()}
        while await self._database.write(lambda tx: tx.one(_FORGET, params)) is not None:
            pass

    async def _of(self, user_ids: Sequence[str], first: str, last: str, read: _Read[T]) -> dict[str, T]:
        """Read of some hundred people at a time, so that others get in between; rows are understood on the way."""
        found: dict[str, T] = {}
        for people in _people(user_ids):
            params = {"first": first, "last": last, **people}
            found.update(await self._database.read(partial(_with, read, params)))
        return found


def _people(user_ids: Sequence[str]) -> Iterator[dict[str, object]]:
    for part in parts(sorted(map(storable, user_ids))):
        yield listing("user_ids", ((user_id,) for user_id in part))


def _read_known(days: Mapping[str, object], moments: Mapping[str, object], tx: Tx) -> KnownDays:
    return KnownDays(_read_punches(tx, days), read_native(tx, moments), _read_absences(tx, moments))


def _with(read: _Read[T], params: Mapping[str, object], tx: Tx) -> dict[str, T]:
    return read(tx, params)


def _read_punches(tx: Tx, params: Mapping[str, object]) -> dict[str, list[Seen]]:
    found: dict[str, list[Seen]] = {}
    statement = PUNCHES_OF_DAY if params["first"] == params["last"] else _PUNCHES
    for user_id, seen in _standing(tx.all(statement, params)):
        found.setdefault(user_id, []).append(seen)
    return found


def _standing(rows: Sequence[Row]) -> Iterator[tuple[str, Seen]]:
    """Yield the punches that not every target rejected; a row is a punch at one of its targets."""
    for _, group in groupby(rows, key=itemgetter(0)):
        first, *others = group
        stands, pending = _fate((first[11], *[row[11] for row in others]) if others else (first[11],))
        if not stands:
            continue
        _, user_id, work_date, punched_ms, check_type, check_point, result, location, site, metres, source, _ = (
            first
        )
        known = location != _UNKNOWN or site is not None
        yield (
            user_id,
            Seen(
                from_ms(punched_ms),
                _CHECK_TYPES[check_type],
                None,
                check_point,
                _day(work_date),
                _RESULTS[result],
                Whereabouts(_LOCATIONS[location], site, metres) if known else NOWHERE,
                pending,
                source == _CORRECTION,
            ),
        )


@lru_cache(maxsize=256)
def _fate(states: tuple[str | None, ...]) -> tuple[bool, bool]:
    """Tell by the states at its targets whether a punch counts, and whether none of them took it yet."""
    known = set(states)
    return known != {DeliveryState.REJECTED}, None not in known and known.isdisjoint(_TAKEN)


def _read_plans(tx: Tx, params: Mapping[str, object]) -> Found[DayPlan]:
    found: Found[DayPlan] = {}
    known: dict[tuple[str, str], DayPlan] = {}
    for user_id, work_date, body in tx.all(_PLANS, params):
        plan = known.get((work_date, body))
        if plan is None:
            plan = known[work_date, body] = read_plan(work_date, body)
        found.setdefault(user_id, {})[plan.work_date] = plan
    return found


def _read_readings(tx: Tx, params: Mapping[str, object]) -> Found[datetime]:
    found: Found[datetime] = {}
    for user_id, work_date, until_ms in tx.all(_READINGS, params):
        found.setdefault(user_id, {})[_day(work_date)] = from_ms(until_ms)
    return found


def _read_absences(tx: Tx, params: Mapping[str, object]) -> dict[str, list[Absence]]:
    found: dict[str, list[Absence]] = {}
    for user_id, starts_ms, ends_ms, absence_id, source in tx.all(_ABSENCES, params):
        told = Absence(user_id, from_ms(starts_ms), from_ms(ends_ms), absence_id, source=AbsenceSource(source))
        found.setdefault(user_id, []).append(told)
    return found
