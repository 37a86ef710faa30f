"""Which lead asked whom to punch: a trace, and how often on a day."""

from datetime import datetime

from sqlalchemy import bindparam, exists, func, select

from bot.clock import to_ms
from bot.domain.reminders import Reminder, ReminderKind
from bot.storage.database import Database
from bot.storage.statements import Statement, values
from bot.storage.tables import nudges, reminders
from bot.storage.texts import storable

_KEY = ("user_id", "work_date", "check_point")

# One of before whose nudge came to nothing, and was freed for whoever leads the person now, is no more.
_claimed = exists().where(
    *(reminders.c[name] == bindparam(name) for name in _KEY), reminders.c.kind == ReminderKind.NUDGE.value
)
_NOTE = Statement(
    lambda insert: (row := insert(nudges).values(values(nudges, *nudges.c.keys()))).on_conflict_do_update(
        index_elements=_KEY,
        set_={"lead": row.excluded.lead, "asked_ms": row.excluded.asked_ms},
        where=~_claimed,
    )
)
_LEAD_OF = Statement(select(nudges.c.lead).where(*(nudges.c[name] == bindparam(name) for name in _KEY)))
_COUNT = Statement(
    select(func.count()).where(nudges.c.lead == bindparam("lead"), nudges.c.asked_ms >= bindparam("since"))
)


class SqlNudgeTrace:
    """`services.ports.NudgeTrace` in the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def note(self, lead: str, nudge: Reminder) -> None:
        """Write down that `lead` asked for this nudge, unless it is claimed already. Raises StoreRefused."""
        row = {**_key(nudge), "lead": storable(lead), "asked_ms": to_ms(nudge.moment)}
        await self._database.write(lambda tx: tx.run(_NOTE, row))

    async def lead_of(self, nudge: Reminder) -> str | None:
        """Return who asked for this nudge, None if nobody is known to. Raises StoreRefused."""
        row = await self._database.read(lambda tx: tx.one(_LEAD_OF, _key(nudge)))
        return None if row is None else str(row[0])

    async def count(self, lead: str, since: datetime) -> int:
        """Return how many nudges `lead` has asked for since then. Raises StoreRefused."""
        params = {"lead": storable(lead), "since": to_ms(since)}
        row = await self._database.read(lambda tx: tx.one(_COUNT, params))
        return int(row[0]) if row else 0


def _key(nudge: Reminder) -> dict[str, object]:
    return {
        "user_id": storable(nudge.user_id),
        "work_date": nudge.work_date.isoformat(),
        "check_point": storable(nudge.check_point),
    }
