"""The lanes of one database, the process that uses them, and what rows may be claimed."""

import asyncio
import zlib
from random import Random
from typing import TypeVar

from sqlalchemy import ColumnElement, FromClause, Select, and_, bindparam, or_, select

from bot.clock import Clock, to_ms
from bot.errors import StoreRefused
from bot.storage.engine import Engine, Tx
from bot.storage.lanes import Lane, Work
from bot.storage.tables import replicas

T = TypeVar("T")


class Database:
    """Writes in groups, reads beside them. `owner` names this process in the rows it has claimed.

    It changes when a claim's outcome is unknown: the old name falls silent and dies, and whatever was claimed
    under it without our knowing is free again after ten seconds.
    """

    def __init__(self, engine: Engine, *, clock: Clock, owner: str, random: Random) -> None:
        self.clock = clock
        self.owner = owner
        self.former_owners: set[str] = set()
        self.announce: Work[None] = lambda tx: None  # says that `owner` lives
        self._announced = True
        self.random = random
        self._reader = Lane(engine, "store-reader", read_only=True)
        self._writers = [
            Lane(engine, f"store-writer-{number}", beside=[self._reader]) for number in range(engine.writers)
        ]
        self._turn = 0

    @property
    def now_ms(self) -> int:
        """Return the clock's moment in ms."""
        return to_ms(self.clock.now())

    def start(self) -> None:
        """Start the lanes in the running event loop."""
        for lane in (self._reader, *self._writers):
            lane.start()

    async def write(self, work: Work[T], *, person: str = "") -> T:
        """Run `work` and commit it; works of one `person` in the order they came, one at a time among replicas.

        Raises what `work` raises; StoreRefused when the commit is not confirmed.
        """
        return await self._lane(person).run(work, person)

    async def claim(self, work: Work[T], *, person: str = "") -> T:
        """Run a `work` that claims rows, as `write` does."""
        named = self.owner
        try:
            result = await self.write(lambda tx: self._claim(tx, work), person=person)
        except StoreRefused:
            if self.owner == named:
                self.former_owners.add(named)
                self.owner = f"{self.random.getrandbits(64):016x}"
                self._announced = False
            raise
        self._announced = True
        return result

    def _claim(self, tx: Tx, work: Work[T]) -> T:
        """Let no other process take a new name for a dead one's."""
        if not self._announced:
            self.announce(tx)
        return work(tx)

    async def read(self, work: Work[T]) -> T:
        """Run `work` on what is committed, without waiting for writes. Raises StoreRefused."""
        return await self._reader.run(work)

    async def stop(self) -> None:
        """Run what is queued and close the connections, the reading one first."""
        for lane in (self._reader, *self._writers):
            await asyncio.to_thread(lane.stop)

    def _lane(self, person: str) -> Lane:
        if len(self._writers) == 1:
            return self._writers[0]
        self._turn += 1
        number = zlib.crc32(person.encode(errors="replace")) if person else self._turn
        return self._writers[number % len(self._writers)]


def alive() -> Select[tuple[str]]:
    """Select the processes alive at parameter `now`."""
    return select(replicas.c.owner).where(replicas.c.alive_until_ms > bindparam("now"))


def ownerless(rows: FromClause) -> ColumnElement[bool]:
    """Tell which rows no living process has; `me` keeps its own, however the clock jumps."""
    return or_(rows.c.owner.is_(None), and_(rows.c.owner != bindparam("me"), rows.c.owner.not_in(alive())))
