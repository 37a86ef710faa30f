"""Which processes live and what one of them does for all, and moments of which there is one each.

What a process claimed is its own for as long as it says so. With each beat they tell each other the latest moment
that one of them has seen.
"""

from collections.abc import Awaitable, Callable
from enum import Enum

from sqlalchemy import Text, and_, bindparam, delete, or_, select, true, update

from bot.storage.database import Database, StoreNow, ownerless
from bot.storage.engine import Tx
from bot.storage.statements import Statement, add_new, upsert, values
from bot.storage.tables import jobs, moments, replicas

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

_me = bindparam("me", type_=Text)
_free = and_(jobs.c.finished_ms.is_(None), or_(jobs.c.owner == _me, ownerless(jobs)))
_TAKE = Statement(
    lambda insert: (
        insert(jobs)
        .values(**values(jobs, "name", "turn"), owner=_me)
        .on_conflict_do_update(index_elements=["name", "turn"], set_={"owner": _me}, where=_free)
        .returning(jobs.c.name)
    )
)
_FINISH = Statement(
    update(jobs)
    .values(finished_ms=bindparam("now"), owner=None)
    .where(jobs.c.name == bindparam("of_job"), jobs.c.turn == bindparam("of_turn"))
)

_GET = Statement(select(moments.c.at_ms).where(moments.c.name == bindparam("name")))
_PUT = upsert(moments)
_MOVE_ON = upsert(moments, where=lambda row: moments.c.at_ms < row.at_ms)
_BEGIN = add_new(moments)
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
        row = tx.one(_GET, {"name": self})
        return int(row[0]) if row else None

    def put(self, tx: Tx, at_ms: int) -> None:
        tx.run(_PUT, {"name": self, "at_ms": at_ms})

    def move_on(self, tx: Tx, at_ms: int) -> None:
        """Write the moment unless it was a later one."""
        tx.run(_MOVE_ON, {"name": self, "at_ms": at_ms})

    def begin(self, tx: Tx, at_ms: int) -> None:
        tx.run(_BEGIN, {"name": self, "at_ms": at_ms})

    def move_on_if_free(self, tx: Tx, at_ms: int) -> None:
        """Write the moment unless it was a later one, or another process is about to write it: nobody waits."""
        tx.run(_MOVE_IF_FREE, {"this": self, "at": at_ms})


class Replicas:
    """The processes that share the database. Each call raises StoreRefused."""

    def __init__(self, database: Database, *, alone: bool) -> None:
        """`alone` when no other process can have the database open: then all earlier ones are dead."""
        self._database = database
        self._alone = alone
        database.announce = self._beat

    async def join(self) -> None:
        """Come alive."""

        def work(tx: Tx) -> None:
            tx.run(_FORGET_ALL) if self._alone else tx.run(_FORGET_DEAD, {"now": self._database.now_ms})
            Moment.LATEST.begin(tx, self._database.steady.now_ms())
            self._beat(tx)

        await self._database.write(work)

    async def beat(self) -> None:
        """Stay alive for another 10 s."""
        await self._database.write(self._beat)

    async def leave(self) -> None:
        """Give up all claims: what was under way counts as a dead process's."""
        await self._database.run(_LEAVE, {"me": self._database.owner})

    async def ping(self) -> None:
        """Write and read on each way to the database: a full disk still reads."""
        await self._database.write(self._beat)
        await self._database.one(_ANY)

    def _beat(self, tx: Tx) -> None:
        tx.run(_BEAT, {"owner": self._database.owner, "now": self._database.now_ms})
        steady = self._database.steady
        steady.not_before(Moment.LATEST.get(tx) or 0)
        Moment.LATEST.move_on_if_free(tx, steady.now_ms())


class Jobs:
    """Work that one process does for all. Each call raises StoreRefused."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def do_once(self, name: str, turn: str, work: Callable[[], Awaitable[bool]]) -> None:
        """Do `work`, unless this turn is done or in other hands. It is done once `work` returns True."""
        if await self.take(name, turn) and await work():
            await self.finish(name, turn)

    async def take(self, name: str, turn: str = "") -> bool:
        """Claim a turn of a job; False when it is done, or a living process has it."""
        params = {"name": name, "turn": turn, "me": self._database.owner, "now": self._database.now_ms}
        return await self._database.claim(lambda tx: tx.one(_TAKE, params)) is not None

    async def finish(self, name: str, turn: str) -> None:
        """Note that a turn is done, for good."""
        await self._database.run(_FINISH, {"of_job": name, "of_turn": turn, "now": self._database.now_ms})
