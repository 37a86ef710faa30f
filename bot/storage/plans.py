"""What people work on which date, as it was last read."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache

from bot.clock import to_ms
from bot.domain.shifts import DayPlan
from bot.storage.database import Database
from bot.storage.statements import Packed, Statement, insert, put
from bot.storage.tables import plans

_PAGE = 5000  # rows read at once: their texts are held only until they are understood

BODY: Packed[DayPlan] = Packed(DayPlan)
_written = lru_cache(maxsize=4096)(BODY.write)
_plan = lru_cache(maxsize=4096)(BODY.read)  # plans that read the same are one object

_PUT = Statement(f"{put(plans)} WHERE plans.begun_ms <= excluded.begun_ms")
_ADD = Statement(f"{insert(plans)} ON CONFLICT DO NOTHING")
_OF = Statement(
    "SELECT user_id, body FROM plans WHERE user_id IN [:user_ids] AND work_date BETWEEN :first AND :last"
)
_CHANGED = Statement(
    f"""SELECT read_ms, user_id, body FROM plans
    WHERE work_date = :day AND (read_ms, user_id) > (:read_ms, :user_id)
    ORDER BY read_ms, user_id LIMIT {_PAGE}"""
)


class Plans:
    """Plans as last read from DingTalk; those that read the same are one object. Each call raises StoreRefused."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, user_ids: Sequence[str], first: date, last: date) -> Mapping[str, Mapping[date, DayPlan]]:
        """Return the stored plans of those work dates."""
        found: dict[str, dict[date, DayPlan]] = {}
        for user_id, body in await self._database.of_people(_OF, user_ids, {"first": first, "last": last}):
            plan = _plan(body)
            found.setdefault(user_id, {})[plan.work_date] = plan
        return found

    async def put(self, plans: Mapping[str, Sequence[DayPlan]], begun_at: datetime) -> None:
        """Store plans of a reading that began at `begun_at`; those of a reading that began later stay."""
        await self._database.store(_PUT, self._rows(plans, to_ms(begun_at), self._database.now_ms))

    async def add(self, plans: Mapping[str, Sequence[DayPlan]]) -> None:
        """Store plans of days that have none; what is stored stays."""
        now_ms = self._database.now_ms
        await self._database.store(_ADD, self._rows(plans, now_ms, now_ms))

    async def changed(self, first: date, last: date, since: datetime | None) -> Sequence[tuple[str, DayPlan]]:
        """Return people and plans of those work dates that were read after `since`, all with None, day by day.

        Read page by page, so that others get in between; a plan that is read anew meanwhile comes once more.
        """
        found: list[tuple[str, DayPlan]] = []
        for day in (first + timedelta(days=offset) for offset in range((last - first).days + 1)):
            rows, after = None, (0 if since is None else to_ms(since) + 1, "")
            while rows is None or len(rows) == _PAGE:
                rows = await self._database.all(_CHANGED, {"day": day, "read_ms": after[0], "user_id": after[1]})
                found += [(user_id, _plan(body)) for _, user_id, body in rows]
                after = rows[-1][:2] if rows else after
        return found

    def _rows(self, plans: Mapping[str, Sequence[DayPlan]], begun_ms: int, now_ms: int) -> list[dict[str, object]]:
        moments = {"begun_ms": begun_ms, "read_ms": now_ms, "now": now_ms}
        return [
            {"user_id": user_id, "work_date": plan.work_date, "body": _written(plan), **moments}
            for user_id in sorted(plans)
            for plan in plans[user_id]
        ]
