"""What summaries read of some people's days. Every query names the people: there is none about everybody."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache, partial

from bot.clock import from_ms, to_ms
from bot.domain.absences import Absence
from bot.domain.day_punches import Seen
from bot.domain.punches import DeliveryState, PunchSource
from bot.domain.shifts import CheckType, TimeResult
from bot.domain.sites import NOWHERE, LocationResult, Whereabouts
from bot.storage.absences import absences_of, by_person, native_of
from bot.storage.database import Database, parts
from bot.storage.engine import Params, Row, Tx
from bot.storage.outbox import CORRECTED, STATES, at_its_targets
from bot.storage.statements import Statement, put, storable
from bot.storage.tables import day_readings

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
_NOTE = Statement(f"{put(day_readings)} WHERE day_readings.until_ms < excluded.until_ms")


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
        await self._database.store(_NOTE, rows)

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
