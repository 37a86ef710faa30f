"""What people work on which date, as it was last read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache, partial

from sqlalchemy import BigInteger, bindparam, not_, select, tuple_

from bot.clock import from_ms, to_ms
from bot.domain.shifts import DayPlan
from bot.storage.database import Database, overtakes
from bot.storage.engine import Row, Tx
from bot.storage.rows import Packed
from bot.storage.statements import Statement, forget, upsert
from bot.storage.tables import plans

_BEFORE_ALL = -1
_PAGE = 5000  # rows read at once: their texts are held only until they are understood

_BODY: Packed[DayPlan] = Packed(DayPlan)
_moment = lru_cache(maxsize=4096)(from_ms)
_written = lru_cache(maxsize=4096)(_BODY.write)
read_plan = lru_cache(maxsize=4096)(_BODY.read)  # plans that read the same are one object

_begun = bindparam("begun", type_=BigInteger)
_PUT = upsert(plans, where=lambda row: not_(overtakes(plans.c.begun_ms, row.begun_ms)))
_OVERTAKEN = Statement(
    select(plans.c.user_id, plans.c.work_date).where(
        plans.c.work_date == bindparam("day"), plans.c.read_ms > _begun, overtakes(plans.c.begun_ms, _begun)
    )
)
_GET = Statement(
    select(plans.c.body, plans.c.read_ms)
    .where(
        plans.c.user_id == bindparam("user_id"), plans.c.work_date.between(bindparam("first"), bindparam("last"))
    )
    .order_by(plans.c.work_date)
)
_CHANGED = Statement(
    select(plans.c.read_ms, plans.c.user_id, plans.c.body)
    .where(
        plans.c.work_date == bindparam("day"),
        tuple_(plans.c.read_ms, plans.c.user_id) > tuple_(bindparam("read_ms"), bindparam("user_id")),
    )
    .order_by(plans.c.read_ms, plans.c.user_id)
    .limit(_PAGE)
)
_FORGET = forget(plans, plans.c.work_date < bindparam("before"))


@dataclass(frozen=True, slots=True)
class PlanReading:
    """One person's plan of one work date, and when it was read."""

    user_id: str
    plan: DayPlan
    read_at: datetime


class Plans:
    """Plans as last read from DingTalk. Each call raises StoreRefused."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, user_id: str, first: date, last: date) -> tuple[Sequence[DayPlan], datetime] | None:
        """Return the plans of all those work dates and when the oldest was read, or None."""
        rows = await self._database.all(_GET, {"user_id": user_id, "first": first, "last": last})
        if len(rows) <= (last - first).days or not rows:
            return None
        return [read_plan(body) for body, _ in rows], from_ms(min(read_ms for _, read_ms in rows))

    async def put(
        self, plans: Mapping[str, Sequence[DayPlan]], read_at: datetime, *, begun_at: datetime | None = None
    ) -> frozenset[tuple[str, date]]:
        """Store plans as read at `read_at` by a reading that was begun at `begun_at`, None for then.

        Return of whom and of which work dates a reading that was begun later is kept.
        """
        begun_ms, now = to_ms(begun_at or read_at), {"now": self._database.now_ms}
        rows = [plan_row(user_id, plan, read_at, begun_ms) for user_id in sorted(plans) for plan in plans[user_id]]
        await self._database.store(_PUT, [row | now for row in rows])
        dates = sorted({plan.work_date for some in plans.values() for plan in some})
        later = await self._database.read(partial(self._overtaken, dates, begun_ms)) if dates else ()
        return frozenset((user_id, date.fromisoformat(day)) for user_id, day in later if user_id in plans)

    async def changed(self, first: date, last: date, since: datetime | None) -> Sequence[PlanReading]:
        """Return the plans of those work dates that were read after `since`, all with None, day by day.

        Plans that read the same are one object. Read page by page, so that others get in between; a plan that is
        read anew meanwhile comes as it then is.
        """
        since_ms = _BEFORE_ALL if since is None else to_ms(since)
        found: dict[tuple[date, str], PlanReading] = {}
        for day in (first + timedelta(days=offset) for offset in range((last - first).days + 1)):
            rows, after = None, (since_ms + 1, "")
            while rows is None or len(rows) == _PAGE:
                rows = await self._database.all(_CHANGED, {"day": day, "read_ms": after[0], "user_id": after[1]})
                for read_ms, user_id, body in rows:
                    found[day, user_id] = PlanReading(user_id, read_plan(body), _moment(read_ms))
                    after = read_ms, user_id
        return list(found.values())

    async def forget(self, before: date) -> None:
        """Delete those of work dates before `before`, in small steps."""
        await self._database.forget(_FORGET, {"before": before})

    def _overtaken(self, dates: Sequence[date], begun_ms: int, tx: Tx) -> Sequence[Row]:
        moments = {"begun": begun_ms, "now": self._database.now_ms}
        return [row for day in dates for row in tx.all(_OVERTAKEN, {**moments, "day": day})]


def plan_row(user_id: str, plan: DayPlan, read_at: datetime | int, begun_at: datetime | int) -> dict[str, object]:
    """Return a plan as it is stored: read at `read_at` by a reading that was begun at `begun_at`."""
    moments = {"read_ms": read_at, "begun_ms": begun_at}
    return {"user_id": user_id, "work_date": plan.work_date, "body": _written(plan), **moments}
