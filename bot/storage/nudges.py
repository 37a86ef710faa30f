"""Which lead asked whom to punch: a trace, and how often on a day."""

from datetime import datetime

from sqlalchemy import bindparam, func, select

from bot.clock import to_ms
from bot.domain.reminders import Reminder
from bot.storage.database import Database
from bot.storage.statements import Statement, values
from bot.storage.tables import nudges
from bot.storage.texts import storable

_NOTE = Statement(lambda insert: insert(nudges).values(values(nudges, *nudges.c.keys())).on_conflict_do_nothing())
_COUNT = Statement(
    select(func.count()).where(nudges.c.lead == bindparam("lead"), nudges.c.asked_ms >= bindparam("since"))
)


class SqlNudgeTrace:
    """`services.ports.NudgeTrace` in the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def note(self, lead: str, nudge: Reminder) -> None:
        """Write down that `lead` asked for this nudge; the first to ask stays. Raises StoreRefused."""
        row = {
            "user_id": storable(nudge.user_id),
            "work_date": nudge.work_date.isoformat(),
            "check_point": storable(nudge.check_point),
            "lead": storable(lead),
            "asked_ms": to_ms(nudge.moment),
        }
        await self._database.write(lambda tx: tx.run(_NOTE, row))

    async def count(self, lead: str, since: datetime) -> int:
        """Return how many nudges `lead` has asked for since then. Raises StoreRefused."""
        params = {"lead": storable(lead), "since": to_ms(since)}
        row = await self._database.read(lambda tx: tx.one(_COUNT, params))
        return int(row[0]) if row else 0
