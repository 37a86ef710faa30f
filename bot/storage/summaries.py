"""What summaries read of some people's days. Every query names the people: there is none about everybody."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache, partial
from itertools import groupby
from operator import itemgetter

from sqlalchemy import BindParameter, and_, bindparam, select

from bot.clock import from_ms, to_ms
from bot.domain.absences import Absence
from bot.domain.day_punches import Seen
from bot.domain.deliveries import DeliveryState
from bot.domain.punches import PunchSource
from bot.domain.results import TimeResult
from bot.domain.shifts import CheckType, DayPlan
from bot.domain.sites import NOWHERE, LocationResult, Whereabouts
from bot.storage.absences import absences_between, read_native
from bot.storage.database import Database, parts
from bot.storage.engine import Row, Tx
from bot.storage.plans import plan_row, read_plan
from bot.storage.punches import at_targets, corrected, deliveries, delivers
from bot.storage.statements import Statement, add_new, forget, naming, storable, these, upsert
from bot.storage.tables import day_readings, plans, punches

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
    .outerjoin(deliveries, and_(delivers(punches.c.punch_id), at_targets))
    .where(these(punches.c.user_id), ~corrected)
    .order_by(punches.c.user_id, punches.c.work_date, punches.c.received_ms, punches.c.punch_id)
)
_PUNCHES = Statement(_counting.where(punches.c.work_date.between(*_dates)))
# By the index of days: a company's day lies together there, in the other one each person's is a page of its own.
PUNCHES_OF_DAY = Statement(_counting.where(punches.c.work_date == bindparam("first")))
_PLANS = Statement(
    select(plans.c.user_id, plans.c.body).where(these(plans.c.user_id), plans.c.work_date.between(*_dates))
)
_ADD_PLAN = add_new(plans)
_READINGS = Statement(
    select(day_readings).where(these(day_readings.c.user_id), day_readings.c.work_date.between(*_dates))
)
_NOTE = upsert(day_readings, where=lambda row: day_readings.c.until_ms < row.until_ms)
_FORGET = forget(day_readings, day_readings.c.work_date < bindparam("before"))


@dataclass(frozen=True, slots=True)
class KnownDays:
    """What is here of some people's days, by person.

    Their `punches` that count, in the order they were recorded; `native` ones, made past the bot, oldest first;
    and `absences`, also those only asked for.
    """

    punches: Mapping[str, Sequence[Seen]]
    native: Mapping[str, Sequence[Seen]]
    absences: Mapping[str, Sequence[Absence]]


class Days:
    """People's past and present days. Each call raises StoreRefused."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def plans(
        self, user_ids: Sequence[str], first: date, last: date
    ) -> Mapping[str, Mapping[date, DayPlan]]:
        """Return the plans that are stored. Those that read the same are one object."""
        found: dict[str, dict[date, DayPlan]] = {}
        for user_id, body in await self._database.of_people(_PLANS, user_ids, {"first": first, "last": last}):
            plan = read_plan(body)
            found.setdefault(user_id, {})[plan.work_date] = plan
        return found

    async def add_plans(self, found: Mapping[str, Sequence[DayPlan]], read_at: datetime) -> None:
        """Store plans of days that have none; what is stored stays."""
        rows = [plan_row(user_id, plan, read_at, read_at) for user_id in sorted(found) for plan in found[user_id]]
        await self._database.store(_ADD_PLAN, rows)

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
        await self._database.store(_NOTE, rows)

    async def known(
        self, user_ids: Sequence[str], first: date, last: date, begins: datetime, ends: datetime
    ) -> KnownDays:
        """Return what is here of the work dates `first` to `last`, as of one moment for each person.

        Of punches past the bot and of absences it is what touches `begins` to `ends`.
        """
        punches: dict[str, Sequence[Seen]] = {}
        native: dict[str, Sequence[Seen]] = {}
        absences: dict[str, Sequence[Absence]] = {}
        for part in parts(sorted(map(storable, user_ids))):
            people = naming(part)
            days = {"first": first, "last": last, **people}
            moments = {"first": to_ms(begins), "last": to_ms(ends), **people}
            some = await self._database.read(partial(_read_known, days, moments))
            punches.update(some.punches)
            native.update(some.native)
            absences.update(some.absences)
        return KnownDays(punches, native, absences)

    async def forget(self, before: date) -> None:
        """Delete what is noted of work dates before `before`, in small steps."""
        await self._database.forget(_FORGET, {"before": before})


def _read_known(days: Mapping[str, object], moments: Mapping[str, object], tx: Tx) -> KnownDays:
    return KnownDays(_read_punches(tx, days), read_native(tx, moments), absences_between(tx, moments))


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
