"""Moments of which there is one each."""

from enum import Enum

from sqlalchemy import bindparam, select, update

from bot.storage.engine import Tx
from bot.storage.statements import Statement, upsert, values
from bot.storage.tables import moments

_GET = Statement(select(moments.c.at_ms).where(moments.c.name == bindparam("name")))
_PUT = upsert(moments, "name", "at_ms")
_MOVE_ON = Statement(
    lambda insert: (row := insert(moments).values(values(moments, "name", "at_ms"))).on_conflict_do_update(
        index_elements=["name"], set_={"at_ms": row.excluded.at_ms}, where=moments.c.at_ms < row.excluded.at_ms
    )
)
_BEGIN = Statement(
    lambda insert: (
        insert(moments).values(values(moments, "name", "at_ms")).on_conflict_do_nothing(index_elements=["name"])
    )
)
_there = select(moments.c.name).where(moments.c.name == bindparam("this"), moments.c.at_ms < bindparam("at"))
_MOVE_IF_FREE = Statement(
    update(moments)
    .values(at_ms=bindparam("at"))
    .where(moments.c.name.in_(_there.with_for_update(skip_locked=True)))
)


class Moment(Enum):
    """What the moments are of. Milliseconds since 1970 UTC."""

    DEPARTMENTS_READ = "departments read"
    REMINDERS_LOOKED_AT = "reminders looked at"
    DIGESTS_LOOKED_AT = "digests looked at"
    LATEST = "latest that was seen"

    def get(self, tx: Tx) -> int | None:
        """Return the moment, None when there was none yet."""
        row = tx.one(_GET, {"name": self.value})
        return int(row[0]) if row else None

    def put(self, tx: Tx, at_ms: int) -> None:
        """Write the moment, whatever it was."""
        tx.run(_PUT, {"name": self.value, "at_ms": at_ms})

    def move_on(self, tx: Tx, at_ms: int) -> None:
        """Write the moment unless it was a later one."""
        tx.run(_MOVE_ON, {"name": self.value, "at_ms": at_ms})

    def begin(self, tx: Tx, at_ms: int) -> None:
        """Write the moment if there was none yet."""
        tx.run(_BEGIN, {"name": self.value, "at_ms": at_ms})

    def move_on_if_free(self, tx: Tx, at_ms: int) -> None:
        """Write the moment unless it was a later one, or another process is about to write it: nobody waits."""
        tx.run(_MOVE_IF_FREE, {"this": self.value, "at": at_ms})
