"""Rows about days: plans, absences, excuses, punches outside the bot; and the facts for summaries."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import lru_cache
from itertools import chain, product
from operator import attrgetter
from sys import intern

from bot.clock import from_ms, to_ms
from bot.domain.absences import Absence, AbsenceSource, Excuse
from bot.domain.corrections import PUNCH_MESSAGE_PREFIX, CorrectionState
from bot.domain.facts import AttendanceRecord, Known, SeenPunch
from bot.domain.messages import Kind, Owed
from bot.domain.punches import DeliveryState, PunchSource
from bot.domain.shifts import CheckType, DayPlan, TimeResult
from bot.domain.sites import NO_POSITION, LocationResult, Whereabouts
from bot.domain.slots import Days
from bot.domain.worked import Span
from bot.storage.database import TopicRows
from bot.storage.engine import Params, Row, Tx
from bot.storage.months import owe_adjustments
from bot.storage.outbox import CORRECTED, STATES, at_its_targets, is_refused, owe, stands
from bot.storage.records import Packed, Records, storable
from bot.storage.statements import PART, bounds, insert, is_older, upsert

PLAN: Packed[DayPlan] = Packed(DayPlan)
_written = lru_cache(maxsize=4096)(PLAN.write)
_plan = lru_cache(maxsize=4096)(PLAN.read)  # equal plans are one object

_PUT_PLAN = f"{upsert('plans')} WHERE {is_older('plans.begun_ms', 'excluded.begun_ms')}"
_PLANS_OF = (
    "SELECT user_id, body FROM plans WHERE user_id IN [:user_ids] AND work_date BETWEEN "
    ":first AND :last"
)
_CHANGED = f"""
    SELECT user_id, body, read_ms FROM plans
    WHERE work_date = :day AND (read_ms, user_id) > (:since, :after)
    ORDER BY read_ms, user_id LIMIT {PART}"""


class Plans(TopicRows):
    """Plans as last read from DingTalk.

    Equal plans are one object. Each call raises StoreRefused.
    """

    async def of(self, user_ids: Sequence[str], days: Days) -> Mapping[str, Mapping[date, DayPlan]]:
        """Return the stored plans of these people and work dates."""
        return await self._database.of_people(load_plans, user_ids, **bounds(days))

    async def store(
        self, plans: Mapping[str, Sequence[DayPlan]], begun_at: datetime | None
    ) -> None:
        """Store plans, but keep plans of a later read.

        With `begun_at` None keep all stored plans.
        """
        now_ms = self._database.now_ms()
        # a later time comes from a clock that was ahead
        begun_ms = 0 if begun_at is None else min(to_ms(begun_at), now_ms)
        moments = {"begun_ms": begun_ms, "read_ms": now_ms}
        rows = [
            {"user_id": user_id, "work_date": plan.work_date, "body": _written(plan), **moments}
            for user_id in sorted(plans)
            for plan in plans[user_id]
        ]
        await self._database.store(_PUT_PLAN, rows)

    async def load_changes(
        self, days: Days, since: datetime | None
    ) -> Sequence[tuple[str, DayPlan]]:
        """Return people and plans of these work dates, read after `since` if it is given, day by
        day.
        """
        changes: list[tuple[str, DayPlan]] = []
        for day in days:
            place = {"since": 0 if since is None else to_ms(since), "after": ""}
            # in parts: the bodies of 100,000 rows would take 60 MiB
            while rows := await self._database.all(_CHANGED, day=day, **place):
                changes += [(intern(user_id), _plan(body)) for user_id, body, _ in rows]
                place = {"since": rows[-1][2], "after": rows[-1][0]}
        return changes


_LOCK = "absences"  # name of a lock: a read replaces the rows of earlier reads

_ABSENCES = Records(Absence, "absences")
_absence = lru_cache(maxsize=10_000)(_ABSENCES.read)  # the same absences are read every minute
_TOUCHES = "starts_ms <= :ends AND ends_ms >= :begins"

_PUT = upsert("absences")
_CLEAR = f"""
    DELETE FROM absences WHERE user_id IN [:user_ids] AND source = :source AND {_TOUCHES}
    AND (times_unknown = 0 OR starts_ms = :begins)"""
_SELECT = f"SELECT {_ABSENCES.sql()} FROM absences WHERE {_TOUCHES}"
_FROM_SOURCE = f"{_SELECT} AND user_id IN [:user_ids] AND source = :source"
_TOUCHING = f"{_SELECT} ORDER BY starts_ms, user_id"
_OF_PEOPLE = f"{_SELECT} AND user_id IN [:user_ids] ORDER BY user_id, starts_ms"

_NOTE = f"{insert('native_punches', ['user_id', 'punched_ms'])} ON CONFLICT DO NOTHING"
_KEEP = upsert("native_punches")
_UNCOUNT = """
    DELETE FROM native_punches WHERE user_id = :user_id AND punched_ms / 1000 = :punched_ms / 1000"""


class Absences(TopicRows):
    """Leave, trips and outings, as read from DingTalk. Each call raises StoreRefused."""

    async def store(
        self, user_ids: Sequence[str], span: Span, found: Sequence[Absence], source: AbsenceSource
    ) -> None:
        """Replace the absences of these people from `source` in `span` by `found`.

        Absences of other sources stay.
        """
        params = {
            "source": source,
            "begins": span[0],
            "ends": span[1],
            "user_ids": list(user_ids),
        }
        rows = [_ABSENCES.row(absence) for absence in found]

        def work(tx: Tx) -> None:
            before = set(map(_ABSENCES.read, tx.all(_FROM_SOURCE, **params)))
            tx.run(_CLEAR, **params)
            tx.many(_PUT, rows)
            for absence in sorted(before ^ set(found), key=attrgetter("absence_id", "starts_at")):
                if not absence.times_unknown:
                    days = Days(absence.starts_at.date(), absence.ends_at.date())
                    cause = f"{absence.absence_id}/{tx.now_ms}"
                    owe_adjustments(tx, absence.user_id, days, cause)

        await self._database.write(work, person=_LOCK)

    async def touching(self, begins: datetime, ends: datetime) -> Sequence[Absence]:
        """Return absences that overlap `begins` to `ends`, both included, in the order of their
        starts.
        """
        return [
            _absence(row) for row in await self._database.all(_TOUCHING, begins=begins, ends=ends)
        ]


class NativePunches(TopicRows):
    """Punches outside the bot, by DingTalk's app, a gate or a machine.

    Each call raises StoreRefused.
    """

    async def note(self, punches: Sequence[tuple[str, datetime]]) -> None:
        """Store user ids and times of punches. A stored punch stays unchanged."""
        await self._database.store(
            _NOTE, [{"user_id": who, "punched_ms": at} for who, at in sorted(punches)]
        )

    async def keep(self, records: Sequence[AttendanceRecord]) -> None:
        """Store the punches of a read, and delete those that DingTalk does not count."""
        gone: list[Params] = []
        counted: list[Params] = []
        for record in sorted(records, key=attrgetter("user_id", "checked_at")):
            row = {
                "user_id": record.user_id,
                "punched_ms": record.checked_at,
                "check_type": record.check_type,
                "due_ms": record.planned_at,
                "location_result": record.location,
            }
            (counted if record.invalid_reason is None else gone).append(row)
        await self._database.store(_UNCOUNT, gone)
        await self._database.store(_KEEP, counted)


_EXCUSES = Records(Excuse, "excuse_decisions")
_EXCUSE = insert("excuse_decisions")
_EXCUSES_OF = f"""
    SELECT {_EXCUSES.sql()} FROM excuse_decisions
    WHERE user_id = :user_id AND work_date BETWEEN :first AND :last ORDER BY work_date, number"""
_EXCUSED = """
    SELECT user_id, work_date FROM excuse_decisions
    WHERE work_date BETWEEN :first AND :last AND user_id IN [:user_ids] AND excused = 1
      AND NOT EXISTS (SELECT 1 FROM excuse_decisions AS later WHERE later.user_id = excuse_decisions.user_id
        AND later.work_date = excuse_decisions.work_date AND later.number > excuse_decisions.number)"""


class Excuses(TopicRows):
    """Days that leads excused, with an unchanging row for each decision.

    Each call raises StoreRefused.
    """

    async def store(self, said: Excuse) -> tuple[Excuse | None, bool]:
        """Store a decision that changes something, and owe a note.

        Return the last decision; True if it is new.
        """

        day = Days(said.work_date, said.work_date)

        def work(tx: Tx) -> tuple[Excuse | None, bool]:
            self._database.begin_effect(tx)
            earlier = _excuses_of(tx, said.user_id, day)
            last = earlier[-1] if earlier else None
            if said.excused is (last is not None and last.excused):
                return last, False
            fresh = replace(said, reason=storable(said.reason), number=len(earlier) + 1)
            tx.run(_EXCUSE, **_EXCUSES.row(fresh))
            about = f"{fresh.work_date.isoformat()}/{fresh.number}"
            owe(tx, [Owed(Kind.EXCUSED, about, fresh.user_id)])
            owe_adjustments(tx, fresh.user_id, day, f"excuse {about}")
            return fresh, True

        return await self._database.write(work, person=said.user_id)

    async def of_person(self, user_id: str, days: Days) -> Sequence[Excuse]:
        """Return all decisions on these days, in their order for each day."""
        return await self._database.read(lambda tx: _excuses_of(tx, user_id, days))


def _excuses_of(tx: Tx, user_id: str, days: Days) -> list[Excuse]:
    return _EXCUSES.read_all(tx.all(_EXCUSES_OF, user_id=user_id, **bounds(days)))


_REJECTED, _SENT = (STATES.index(state) for state in (DeliveryState.REJECTED, DeliveryState.SENT))
_day = lru_cache(maxsize=4096)(date.fromisoformat)

# Punches of the ledger and others, with the same columns.
_PUNCHES = f"""
    SELECT user_id, punched_ms, check_type, NULL, check_point, work_date, time_result, location_result,
      site, distance_m, source, {at_its_targets("MAX")}
    FROM punches WHERE user_id IN [:user_ids] AND work_date BETWEEN :first AND :last AND NOT {CORRECTED}
      AND NOT {is_refused("punches")}
    ORDER BY user_id, work_date, punched_ms"""
_NATIVE = """
    SELECT user_id, punched_ms, check_type, due_ms, NULL, NULL, 'unknown', location_result,
      NULL, NULL, NULL, NULL
    FROM native_punches
    WHERE user_id IN [:user_ids] AND punched_ms BETWEEN :begins AND :ends ORDER BY user_id, punched_ms"""
# Replaced and refused punches, by person and second. With CROSS JOIN SQLite begins with the
# corrections, which are few.
_REPLACED = f"""
    SELECT punches.user_id, punches.punched_ms / 1000 FROM punches AS correction CROSS JOIN punches
    WHERE correction.corrects IS NOT NULL AND punches.punch_id = correction.corrects AND {stands("correction")}
      AND correction.user_id IN [:user_ids]
    UNION SELECT punches.user_id, punches.punched_ms / 1000 FROM corrections CROSS JOIN punches
    WHERE corrections.user_id IN [:user_ids] AND corrections.state = '{CorrectionState.REFUSED}'
      AND punches.message_id = '{PUNCH_MESSAGE_PREFIX}' || corrections.reference"""
_READINGS = f"""
    SELECT user_id, work_date, until_ms FROM day_readings
    WHERE user_id IN [:user_ids] AND work_date BETWEEN :first AND :last
      AND NOT {is_older("until_ms", "0")}"""
_NOTE_READING = (
    f"{upsert('day_readings')} WHERE {is_older('day_readings.until_ms', 'excluded.until_ms')}"
)


class DayRows(TopicRows):
    """Facts about past and present days. Each call raises StoreRefused."""

    async def read_until(
        self, user_ids: Sequence[str], days: Days
    ) -> Mapping[str, Mapping[date, datetime]]:
        """Return the time up to which DingTalk's punches and leave of each work date were read."""
        return await self._database.of_people(load_read_until, user_ids, **bounds(days))

    async def note_read(self, user_ids: Sequence[str], days: Days, until: datetime) -> None:
        """Note that DingTalk's punches and leave of these work dates were read up to `until`."""
        read = product(sorted(user_ids), days)
        rows = [{"user_id": user_id, "work_date": day, "until_ms": until} for user_id, day in read]
        await self._database.store(_NOTE_READING, rows)

    async def load(
        self, user_ids: Iterable[str], days: Days, begins: datetime, ends: datetime
    ) -> Mapping[str, Known]:
        """Return the facts of these work dates by person.

        Punches outside the bot and absences overlap `begins` to `ends`.
        """
        span = {**bounds(days), "begins": begins, "ends": ends}
        return await self._database.of_people(load_known, user_ids, **span)


def load_read_until(params: Params, tx: Tx) -> Mapping[str, Mapping[date, datetime]]:
    """Return the same as `DayRows.read_until`, for `user_ids`, `first` to `last` and `now`."""
    moments: dict[str, dict[date, datetime]] = {}
    for user_id, work_date, until_ms in tx.all(_READINGS, **params):
        moments.setdefault(user_id, {})[_day(work_date)] = from_ms(until_ms)
    return moments


def load_plans(params: Params, tx: Tx) -> dict[str, dict[date, DayPlan]]:
    """Return the stored plans of `user_ids` for `first` to `last`."""
    plans: dict[str, dict[date, DayPlan]] = {}
    for user_id, body in tx.all(_PLANS_OF, **params):
        plan = _plan(body)
        plans.setdefault(user_id, {})[plan.work_date] = plan
    return plans


def load_known(params: Params, tx: Tx) -> dict[str, Known]:
    """Return the same as `DayRows.load`."""
    seen: dict[str, list[SeenPunch]] = {}
    absences: dict[str, list[Absence]] = {}
    excused: dict[str, set[date]] = {}
    # A native punch in the second of such a punch is that punch, reported by an event. A
    # subquery with NOT IN takes SQLite minutes for 100,000 rows.
    replaced = set(tx.all(_REPLACED, **params))
    native = (row for row in tx.all(_NATIVE, **params) if (row[0], row[1] // 1000) not in replaced)
    for row in chain(tx.all(_PUNCHES, **params), native):
        if row[-1] != _REJECTED:  # by all targets
            seen.setdefault(row[0], []).append(_punch_of(row))
    for row in tx.all(_OF_PEOPLE, **params):
        absences.setdefault(row[0], []).append(_ABSENCES.read(row))
    for user_id, work_date in tx.all(_EXCUSED, **params):
        excused.setdefault(user_id, set()).add(_day(work_date))
    people = seen.keys() | absences.keys() | excused.keys()
    return {
        who: Known(seen.get(who, ()), absences.get(who, ()), excused.get(who, ())) for who in people
    }


def _punch_of(row: Row) -> SeenPunch:
    _, at, kind, due_ms, key, day, result, location, site, metres, source, reached = row
    is_placed = location not in (None, LocationResult.UNKNOWN) or site is not None
    where = Whereabouts(LocationResult(location), site, metres) if is_placed else NO_POSITION
    return SeenPunch(
        from_ms(at),
        CheckType(kind) if kind else None,
        None if due_ms is None else from_ms(due_ms),
        key,
        None if day is None else _day(day),
        TimeResult(result),
        where,
        reached is not None and reached < _SENT,
        source == PunchSource.CORRECTION,
    )
