"""Work that one process does for all, and moments of which there is one each."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from bot.clock import from_ms
from bot.storage.database import Database
from bot.storage.engine import Tx
from bot.storage.statements import Statement, put
from bot.storage.tables import moments

_TAKE = Statement(
    """
    INSERT INTO jobs (name, turn, owner) VALUES (:name, :turn, :me)
    ON CONFLICT (name, turn) DO UPDATE SET owner = :me
    WHERE jobs.finished_ms IS NULL AND (
        jobs.owner IS NULL OR jobs.owner = :me
        OR jobs.owner NOT IN (SELECT replicas.owner FROM replicas WHERE alive_until_ms > STORE_NOW())
    )
    RETURNING name
    """
)
_FINISH = Statement("UPDATE jobs SET finished_ms = :now, owner = NULL WHERE name = :name AND turn = :turn")

_GET = Statement("SELECT at_ms FROM moments WHERE name = :name")
_PUT = Statement(put(moments))
_MOVE_ON = Statement(f"{put(moments)} WHERE moments.at_ms < excluded.at_ms")


class Moment:
    """One moment, by its name: how far due things were looked for, or what was read."""

    def __init__(self, database: Database, name: str) -> None:
        self._database = database
        self._name = {"name": name}

    def get(self, tx: Tx) -> int | None:
        """Return the moment in ms, None when there was none yet."""
        row = tx.one(_GET, self._name)
        return int(row[0]) if row else None

    def put(self, tx: Tx, at_ms: int) -> None:
        tx.run(_PUT, {**self._name, "at_ms": at_ms})

    async def looked_at(self) -> datetime | None:
        """Return the moment up to which what is due was claimed, None at first. Raises StoreRefused."""
        at_ms = await self._database.read(self.get)
        return None if at_ms is None else from_ms(at_ms)

    async def look_on(self, until: datetime) -> None:
        """Note that everything due up to `until` is claimed; never goes back. Raises StoreRefused."""
        await self._database.run(_MOVE_ON, {**self._name, "at_ms": until})


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
