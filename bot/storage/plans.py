"""What people work on which date, as it was last read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any

from sqlalchemy import BigInteger, bindparam, delete, func, not_, select, tuple_

from bot.clock import from_ms, to_ms
from bot.domain.shifts import CheckPoint, CheckType, DayPlan, Section, Shift
from bot.storage.database import Database, parts
from bot.storage.engine import Row, Tx
from bot.storage.readings import overtakes
from bot.storage.statements import Statement, values
from bot.storage.tables import plans
from bot.storage.texts import pack, unpack

_BEFORE_ALL = -1
_PAGE = 5000  # rows read at once: their texts are held only until they are understood

_begun = bindparam("begun", type_=BigInteger)
_kept_since = func.coalesce(plans.c.begun_ms, plans.c.read_ms)  # an older version wrote no `begun_ms`

_PUT = Statement(
    lambda insert: (row := insert(plans).values(values(plans, *plans.c.keys()))).on_conflict_do_update(
        index_elements=["user_id", "work_date"],
        set_={name: row.excluded[name] for name in ("body", "read_ms", "begun_ms")},
        where=not_(overtakes(_kept_since, row.excluded.begun_ms)),
    )
)
_OVERTAKEN = Statement(
    select(plans.c.user_id, plans.c.work_date).where(
        plans.c.work_date == bindparam("work_date"), plans.c.read_ms > _begun, overtakes(_kept_since, _begun)
    )
)
_GET = Statement(
    select(plans.c.work_date, plans.c.body, plans.c.read_ms)
    .where(
        plans.c.user_id == bindparam("user_id"), plans.c.work_date.between(bindparam("first"), bindparam("last"))
    )
    .order_by(plans.c.work_date)
)
_CHANGED = Statement(
    select(plans.c.read_ms, plans.c.user_id, plans.c.body)
    .where(
        plans.c.work_date == bindparam("work_date"),
        tuple_(plans.c.read_ms, plans.c.user_id) > tuple_(bindparam("read_ms"), bindparam("user_id")),
    )
    .order_by(plans.c.read_ms, plans.c.user_id)
    .limit(_PAGE)
)

_old = select(plans.c.user_id, plans.c.work_date).where(plans.c.work_date < bindparam("before")).limit(500)
_FORGET = Statement(
    delete(plans).where(tuple_(plans.c.user_id, plans.c.work_date).in_(_old)).returning(plans.c.work_date)
)


@dataclass(frozen=True, slots=True)
class PlanReading:
    """One person's plan of one work date, and when it was read."""

    user_id: str
    plan: DayPlan
    read_at: datetime


class Plans:
    """Plans as last read from DingTalk."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, user_id: str, first: date, last: date) -> tuple[Sequence[DayPlan], datetime] | None:
        """Return the plans of all those work dates and when the oldest was read, or None. Raises StoreRefused."""
        params = {"user_id": user_id, "first": first.isoformat(), "last": last.isoformat()}
        rows = await self._database.read(lambda tx: tx.all(_GET, params))
        if len(rows) <= (last - first).days or not rows:
            return None
        return [read_plan(work_date, body) for work_date, body, _ in rows], from_ms(min(row[2] for row in rows))

    async def put(
        self, plans: Mapping[str, Sequence[DayPlan]], read_at: datetime, *, begun_at: datetime | None = None
    ) -> frozenset[tuple[str, date]]:
        """Store plans as read at `read_at` by a reading that was begun at `begun_at`, None for then.

        Return of whom and of which work dates a reading that was begun later is kept. Raises StoreRefused.
        """
        read_ms, begun_ms = to_ms(read_at), to_ms(begun_at or read_at)
        for part in parts([(user_id, plan) for user_id in sorted(plans) for plan in plans[user_id]]):
            rows = [plan_row(user_id, plan, read_ms, begun_ms) for user_id, plan in part]
            await self._database.write(partial(self._put, rows))
        dates = sorted({plan.work_date.isoformat() for some in plans.values() for plan in some})
        later = await self._database.read(partial(self._overtaken, dates, begun_ms)) if dates else ()
        return frozenset((user_id, date.fromisoformat(day)) for user_id, day in later if user_id in plans)

    async def changed(self, first: date, last: date, since: datetime | None) -> Sequence[PlanReading]:
        """Return the plans of those work dates that were read after `since`, all with None, day by day.

        Plans that read the same are one object. Read page by page, so that others get in between; a plan that is
        read anew meanwhile comes as it then is. Raises StoreRefused.
        """
        since_ms = _BEFORE_ALL if since is None else to_ms(since)
        found: list[PlanReading] = []
        for offset in range((last - first).days + 1):
            day = _Day((first + timedelta(days=offset)).isoformat())
            after, full = (since_ms + 1, ""), True
            while full:
                params = {"work_date": day.work_date, "read_ms": after[0], "user_id": after[1]}
                rows = await self._database.read(partial(Tx.all, statement=_CHANGED, params=params))
                full = len(rows) == _PAGE
                after = day.take(rows) or after
            found += day.readings.values()
        return found

    async def forget(self, before: date) -> None:
        """Delete those of work dates before `before`, in small steps. Raises StoreRefused."""
        params = {"before": before.isoformat()}
        while await self._database.write(lambda tx: tx.one(_FORGET, params)) is not None:
            pass

    def _put(self, rows: Sequence[dict[str, object]], tx: Tx) -> None:
        now = {"now": self._database.now_ms}
        tx.many(_PUT, [row | now for row in rows])

    def _overtaken(self, dates: Sequence[str], begun_ms: int, tx: Tx) -> Sequence[Row]:
        moments = {"begun": begun_ms, "now": self._database.now_ms}
        return [row for work_date in dates for row in tx.all(_OVERTAKEN, {**moments, "work_date": work_date})]


class _Day:
    """One work date's plans as they are read; each text is understood once."""

    def __init__(self, work_date: str) -> None:
        self.work_date = work_date
        self.readings: dict[str, PlanReading] = {}
        self._plans: dict[str, DayPlan] = {}
        self._moments: dict[int, datetime] = {}

    def take(self, rows: Sequence[Row]) -> tuple[int, str] | None:
        """Add rows of read time, person and text; return up to where they went, None without any."""
        for read_ms, user_id, body in rows:
            plan = self._plans.get(body)
            if plan is None:
                plan = self._plans[body] = read_plan(self.work_date, body)
            read_at = self._moments.get(read_ms)
            if read_at is None:
                read_at = self._moments[read_ms] = from_ms(read_ms)
            self.readings[user_id] = PlanReading(user_id, plan, read_at)
        return rows[-1][:2] if rows else None


def plan_row(user_id: str, plan: DayPlan, read_ms: int, begun_ms: int) -> dict[str, object]:
    """Return a plan as it is stored: read at `read_ms` by a reading that was begun at `begun_ms`."""
    moments = {"read_ms": read_ms, "begun_ms": begun_ms}
    return {"user_id": user_id, "work_date": plan.work_date.isoformat(), "body": _body(plan), **moments}


def _body(plan: DayPlan) -> str:
    """Return a plan as JSON; shifts that several check points share are written once."""
    shifts = list(dict.fromkeys(point.shift for point in plan.points))
    points = [_packed_point(point, shifts.index(point.shift)) for point in plan.points]
    rest = (plan.approved,) if plan.approved else ()
    return pack((plan.shift_name, [_packed_shift(shift) for shift in shifts], points, *rest))


def read_plan(work_date: str, body: str) -> DayPlan:
    """Return the plan that a stored row means."""
    day = date.fromisoformat(work_date)
    shift_name, packed_shifts, packed_points, *rest = unpack(body)
    shifts = [_shift(packed) for packed in packed_shifts]
    points = tuple(_point(shifts, packed) for packed in packed_points)
    return DayPlan(day, points, shift_name, approved=bool(rest))


def _packed_point(point: CheckPoint, shift: int) -> tuple[object, ...]:
    moments = (to_ms(point.due_at), to_ms(point.opens_at), to_ms(point.closes_at))
    return (point.work_date.isoformat(), point.check_type, point.section, *moments, shift)


def _point(shifts: Sequence[Shift], packed: Sequence[Any]) -> CheckPoint:
    work_date, check_type, section, due_ms, opens_ms, closes_ms, shift = packed
    moments = (from_ms(due_ms), from_ms(opens_ms), from_ms(closes_ms))
    return CheckPoint(date.fromisoformat(work_date), CheckType(check_type), section, *moments, shifts[shift])


def _packed_shift(shift: Shift) -> tuple[object, ...]:
    sections = [(section.start.isoformat(), section.end.isoformat()) for section in shift.sections]
    results = (shift.grace_minutes, shift.serious_late_minutes, shift.absenteeism_minutes)
    return (shift.name, sections, shift.earliest_minutes, shift.latest_minutes, *results)


def _shift(packed: Sequence[Any]) -> Shift:
    name, sections, *minutes = packed
    ends = [(time.fromisoformat(start), time.fromisoformat(end)) for start, end in sections]
    return Shift(name, tuple(Section(start, end) for start, end in ends), *minutes)
