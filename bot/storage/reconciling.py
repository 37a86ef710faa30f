"""Whose punches are compared with DingTalk's."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import bindparam, select, union

from bot.storage.database import Database
from bot.storage.statements import Statement
from bot.storage.tables import people, punches

_COMPARED = Statement(
    union(
        select(punches.c.user_id).where(punches.c.work_date.between(bindparam("first"), bindparam("last"))),
        select(people.c.user_id).where(people.c.left_ms.is_(None)),
    ).order_by("user_id")
)


class Comparisons:
    """Whose punches are compared with DingTalk's."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def people(self, first: date, last: date) -> Sequence[str]:
        """Return everybody of the directory, and who else has punches of the work dates. Raises StoreRefused."""
        params = {"first": first.isoformat(), "last": last.isoformat()}
        rows = await self._database.read(lambda tx: tx.all(_COMPARED, params))
        return [user_id for (user_id,) in rows]
