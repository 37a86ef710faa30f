"""The leads who asked for nudges."""

from sqlalchemy import bindparam, select

from bot.clock import to_ms
from bot.domain.reminders import Reminder
from bot.storage.database import Database
from bot.storage.engine import Tx
from bot.storage.reminders import claim_one
from bot.storage.statements import Statement, storable, values
from bot.storage.tables import nudges

_KEY = ("user_id", "work_date", "check_point")

# An earlier lead's row goes when their nudge was never sent and another lead asks.
_NOTE = Statement(
    lambda insert: (row := insert(nudges).values(values(nudges, *nudges.c.keys()))).on_conflict_do_update(
        index_elements=_KEY,
        set_={"lead": row.excluded.lead, "asked_ms": row.excluded.asked_ms},
    )
)
_LEAD_OF = Statement(select(nudges.c.lead).where(*(nudges.c[name] == bindparam(name) for name in _KEY)))


class NudgeTrace:
    """The leads who asked for nudges."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def claim(self, lead: str, nudge: Reminder) -> bool:
        """Claim this nudge and write down that `lead` asked for it; False for one that is there already.

        In one transaction: of two leads who ask at once the one whose nudge goes is named. Raises StoreRefused.
        """
        row = {**_key(nudge), "lead": storable(lead), "asked_ms": to_ms(nudge.moment)}

        def work(tx: Tx) -> bool:
            if not claim_one(tx, nudge, self._database.owner):
                return False
            tx.run(_NOTE, row)
            return True

        return await self._database.claim(self._database.if_ours(work))

    async def lead_of(self, nudge: Reminder) -> str | None:
        """Return who asked for this nudge, None if nobody is known to. Raises StoreRefused."""
        row = await self._database.read(lambda tx: tx.one(_LEAD_OF, _key(nudge)))
        return None if row is None else str(row[0])


def _key(nudge: Reminder) -> dict[str, object]:
    return {
        "user_id": storable(nudge.user_id),
        "work_date": nudge.work_date.isoformat(),
        "check_point": storable(nudge.check_point),
    }
