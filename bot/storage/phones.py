"""From which phones people have punched at the page."""

from sqlalchemy import bindparam, func, select
from sqlalchemy.sql import ClauseElement

from bot.storage.database import Database
from bot.storage.statements import Insert, Statement, values
from bot.storage.tables import phones


def _remember(insert: Insert) -> ClauseElement:
    row = insert(phones).values(values(phones, *phones.c.keys()))
    remembered = row.on_conflict_do_update(
        index_elements=["digest"],
        set_={"last_ms": row.excluded.last_ms},
        where=phones.c.user_id == row.excluded.user_id,  # a phone is one person's
    )
    return remembered.returning(phones.c.digest)


# Run where the punch is stored: only what somebody punched from is theirs. No row where it is somebody else's.
REMEMBER = Statement(_remember)
_HOLDER = Statement(select(phones.c.user_id).where(phones.c.digest == bindparam("digest")))
_OTHERS = Statement(
    select(func.count())
    .select_from(phones)
    .where(phones.c.user_id == bindparam("who"), phones.c.digest != bindparam("digest"))
)


class Phones:
    """From which phones, known by their digests alone, people have punched; each is one person's."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def holder(self, digest: str) -> str | None:
        """Return whose phone it is known as, None for one that is not known. Raises StoreRefused."""
        row = await self._database.read(lambda tx: tx.one(_HOLDER, {"digest": digest}))
        return None if row is None else str(row[0])

    async def others(self, user_id: str, digest: str) -> int:
        """Return how many phones but this one are known as a person's. Raises StoreRefused."""
        row = await self._database.read(lambda tx: tx.one(_OTHERS, {"who": user_id, "digest": digest}))
        return 0 if row is None else int(row[0])
