"""Which processes live: what they claimed is theirs for as long as they say so.

With each beat they tell each other the latest moment that one of them has seen.
"""

from sqlalchemy import bindparam, delete, select, true

from bot.storage.database import Database, StoreNow
from bot.storage.engine import Tx
from bot.storage.moments import Moment
from bot.storage.statements import Statement, values
from bot.storage.tables import replicas

ALIVE_MS = 10_000

_BEAT = Statement(
    lambda insert: (
        insert(replicas)
        .values(**values(replicas, "owner"), alive_until_ms=StoreNow() + ALIVE_MS)
        .on_conflict_do_update(index_elements=["owner"], set_={"alive_until_ms": StoreNow() + ALIVE_MS})
    )
)
_LEAVE = Statement(delete(replicas).where(replicas.c.owner == bindparam("me")))
_FORGET_DEAD = Statement(delete(replicas).where(replicas.c.alive_until_ms <= StoreNow()))
_FORGET_ALL = Statement(delete(replicas).where(true()))
_ANY = Statement(select(replicas.c.owner).limit(1))


class Replicas:
    """The processes that share the database."""

    def __init__(self, database: Database, *, alone: bool) -> None:
        """`alone` when no other process can have the database open: then all earlier ones are dead."""
        self._database = database
        self._alone = alone
        database.announce = self._beat

    async def join(self) -> None:
        """Come alive. Raises StoreRefused."""

        def work(tx: Tx) -> None:
            tx.run(_FORGET_ALL) if self._alone else tx.run(_FORGET_DEAD, {"now": self._database.now_ms})
            Moment.LATEST.begin(tx, self._database.steady.now_ms())
            self._beat(tx)

        await self._database.write(work)

    async def beat(self) -> None:
        """Stay alive for another 10 s. Raises StoreRefused."""
        await self._database.write(self._beat)

    async def leave(self) -> None:
        """Give up all claims: what was under way counts as a dead process's. Raises StoreRefused."""
        await self._database.write(lambda tx: tx.run(_LEAVE, {"me": self._database.owner}))

    async def ping(self) -> None:
        """Write and read on each way to the database: a full disk still reads. Raises StoreRefused."""
        await self._database.write(self._beat)
        await self._database.read(lambda tx: tx.one(_ANY))

    def _beat(self, tx: Tx) -> None:
        tx.run(_BEAT, {"owner": self._database.owner, "now": self._database.now_ms})
        steady = self._database.steady
        steady.not_before(Moment.LATEST.get(tx) or 0)
        Moment.LATEST.move_on_if_free(tx, steady.now_ms())
