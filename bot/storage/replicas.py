"""Which processes live and what one of them does for all, and moments of which there is one each.

What a process claimed is its own for as long as it says so. With each beat they tell each other the latest moment
that one of them has seen.
"""

from collections.abc import Awaitable, Callable
from enum import Enum

from bot.storage.database import Database
from bot.storage.engine import Tx
from bot.storage.statements import Statement, insert, put
from bot.storage.tables import moments

ALIVE_MS = 10_000

_BEAT = Statement(
    f"""
    INSERT INTO replicas (owner, alive_until_ms) VALUES (:owner, STORE_NOW() + {ALIVE_MS})
    ON CONFLICT (owner) DO UPDATE SET alive_until_ms = STORE_NOW() + {ALIVE_MS}
    """
)
_LEAVE = Statement("DELETE FROM replicas WHERE owner = :me")
_FORGET_DEAD = Statement("DELETE FROM replicas WHERE alive_until_ms <= STORE_NOW()")
_FORGET_ALL = Statement("DELETE FROM replicas")
_ANY = Statement("SELECT owner FROM replicas LIMIT 1")

_TAKE = Statement(
    """
    INSERT INTO jobs (name, turn, owner) VALUES (:name, :turn, :me)
    ON CONFLICT (name, turn) DO UPDATE SET owner = :me
    WHERE jobs.finished_ms IS NULL AND (
        jobs.owner IS NULL OR jobs.owner = :me
        OR jobs.owner NOT IN (SELECT owner FROM replicas WHERE alive_until_ms > STORE_NOW())
    )
    RETURNING name
    """
)
_FINISH = Statement("UPDATE jobs SET finished_ms = :now, owner = NULL WHERE name = :name AND turn = :turn")

_GET = Statement("SELECT at_ms FROM moments WHERE name = :name")
_PUT = Statement(put(moments))
_MOVE_ON = Statement(f"{put(moments)} WHERE moments.at_ms < excluded.at_ms")
_BEGIN = Statement(f"{insert(moments)} ON CONFLICT DO NOTHING")
_MOVE_IF_FREE = Statement(
    """
    UPDATE moments SET at_ms = :at
    WHERE name IN (SELECT name FROM moments WHERE name = :this AND at_ms < :at FOR UPDATE SKIP LOCKED)
    """
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
        await self._database.run(_FINISH, {"name": name, "turn": turn, "now": self._database.now_ms})
