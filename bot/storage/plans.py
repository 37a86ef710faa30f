"""What people work on which date, as it was last read."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import bindparam, select

from bot.clock import from_ms, to_ms
from bot.domain.shifts import CheckPoint, CheckType, DayPlan, Section, Shift
from bot.storage.database import Database
from bot.storage.statements import Statement, upsert
from bot.storage.tables import plans
from bot.storage.texts import pack, unpack

_PUT = upsert(plans, *plans.c.keys())
_GET = Statement(
    select(plans.c.work_date, plans.c.body, plans.c.read_ms)
    .where(
        plans.c.user_id == bindparam("user_id"), plans.c.work_date.between(bindparam("first"), bindparam("last"))
    )
    .order_by(plans.c.work_date)
)


class SqlPlans:
    """`services.ports.Plans` in the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, user_id: str, first: date, last: date) -> tuple[Sequence[DayPlan], datetime] | None:
        """Return the plans of all those work dates and when the oldest was read, or None. Raises StoreRefused."""
        params = {"user_id": user_id, "first": first.isoformat(), "last": last.isoformat()}
        rows = await self._database.read(lambda tx: tx.all(_GET, params))
        if len(rows) <= (last - first).days or not rows:
            return None
        return [_plan(work_date, body) for work_date, body, _ in rows], from_ms(min(row[2] for row in rows))

    async def put(self, plans: Mapping[str, Sequence[DayPlan]], read_at: datetime) -> None:
        """Store plans as read at `read_at`. Raises StoreRefused."""
        rows = [
            {
                "user_id": user_id,
                "work_date": plan.work_date.isoformat(),
                "body": _body(plan),
                "read_ms": to_ms(read_at),
            }
            for user_id, days in plans.items()
            for plan in days
        ]
        await self._database.write(lambda tx: tx.many(_PUT, rows))


def _body(plan: DayPlan) -> str:
    """Return a plan as JSON; shifts that several check points share are written once."""
    shifts = list(dict.fromkeys(point.shift for point in plan.points))
    points = [_packed_point(point, shifts.index(point.shift)) for point in plan.points]
    return pack((plan.shift_name, [_packed_shift(shift) for shift in shifts], points))


def _plan(work_date: str, body: str) -> DayPlan:
    day = date.fromisoformat(work_date)
    shift_name, packed_shifts, packed_points = unpack(body)
    shifts = [_shift(packed) for packed in packed_shifts]
    return DayPlan(day, tuple(_point(day, shifts, packed) for packed in packed_points), shift_name)


def _packed_point(point: CheckPoint, shift: int) -> tuple[object, ...]:
    moments = (to_ms(point.due_at), to_ms(point.opens_at), to_ms(point.closes_at))
    return (point.work_date.isoformat(), point.check_type, point.section, *moments, shift)


def _point(day: date, shifts: Sequence[Shift], packed: Sequence[Any]) -> CheckPoint:
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
