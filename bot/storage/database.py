"""The lanes of one database, the claims of its processes, and the button that a message presses."""

import zlib
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from random import Random
from typing import NamedTuple, TypeVar

from bot.clock import Clock, to_ms
from bot.errors import ClaimLost, StoreRefused
from bot.storage.engine import Engine, Lane, Params, Row, Tx, Work
from bot.storage.statements import PART

T = TypeVar("T")

ALIVE_MS = 10_000
_NAMES = 16  # former ones of this process; a broken disk adds many

# SQL for the names of living processes, with the parameter `now` on SQLite.
_ALIVE = "SELECT replicas.owner FROM replicas WHERE alive_until_ms > STORE_NOW()"
LIVING = f"({_ALIVE})"
# SQL for rows that no other living process has claimed.
OWNERLESS = f"(owner IS NULL OR owner <> :me AND owner NOT IN {LIVING})"
_BEAT = f"""
    INSERT INTO replicas (owner, alive_until_ms) VALUES (:owner, STORE_NOW() + {ALIVE_MS})
    ON CONFLICT (owner) DO UPDATE SET alive_until_ms = STORE_NOW() + {ALIVE_MS}"""
# After a clock that was ahead, a dead process would live on.
_SHORTEN = f"""
    UPDATE replicas SET alive_until_ms = STORE_NOW() + {ALIVE_MS} WHERE owner IN (
      SELECT owner FROM replicas WHERE alive_until_ms > STORE_NOW() + {2 * ALIVE_MS}
      FOR UPDATE SKIP LOCKED)"""
_LEAVE = "DELETE FROM replicas WHERE owner = :me"
_FORGET_DEAD = "DELETE FROM replicas WHERE alive_until_ms <= STORE_NOW()"
_FORGET_ALL = "DELETE FROM replicas"
# Locked until the commit, so that no process takes the message over before its effect.
_IN_HANDS = "SELECT owner FROM inbox WHERE message_id = :this AND finished_ms IS NULL FOR SHARE"
# After a refused commit the punch of the message may be there, and has finished it.
_OWN_PUNCH = "SELECT message_id FROM punches WHERE message_id = :this"


class Database:
    """Writes in groups, with reads beside them. `owner` names this process in the rows that it
    claimed.

    When the outcome of a claim is unknown, the process takes a new name. Its rows under the old
    name are free after ten seconds.
    """

    def __init__(self, engine: Engine, *, clock: Clock, owner: str, random: Random) -> None:
        self.clock = clock
        self.owner = self._announced = owner
        self.own_names = [owner]  # under which this process claimed rows, the present one first
        self.random = random
        self._reader = Lane(engine, "store-reader", self.now_ms, read_only=True)
        self._writers = [
            Lane(engine, f"store-writer-{n}", self.now_ms, beside=self._reader)
            for n in range(engine.writers)
        ]
        self._turn = 0

    def now_ms(self) -> int:
        return to_ms(self.clock.now())

    async def start(self) -> None:
        """Start the lanes in the running event loop, and send the first heartbeat.

        Raises StoreRefused.
        """
        for lane in (self._reader, *self._writers):
            lane.start()
        alone = len(self._writers) == 1  # SQLite: all earlier processes are dead
        await self.run(_FORGET_ALL if alone else _FORGET_DEAD)
        await self.beat()

    async def beat(self) -> int:
        """Keep the claims of this process for another 10 s. Return the number of living processes.

        Raises StoreRefused.
        """

        def beat(tx: Tx) -> int:
            self._beat(tx, self.owner)
            return len(tx.all(_ALIVE))

        return await self.write(beat)

    async def leave(self) -> None:
        """Give up all claims, so that others may take their rows. Raises StoreRefused."""
        await self.run(_LEAVE, me=self.owner)

    async def stop(self) -> None:
        """Run the queued works and close the connections, the reading one first."""
        for lane in (self._reader, *self._writers):
            await lane.stop()

    async def write(self, work: Work[T], *, person: str = "") -> T:
        """Run `work` and commit it, one of a `person` at a time among all processes.

        Raises StoreRefused.
        """
        self._turn += 1
        number = zlib.crc32(person.encode(errors="replace")) if person else self._turn
        return await self._writers[number % len(self._writers)].run(work, person)

    async def claim(self, work: Work[T], *, person: str = "") -> T:
        """Run a `work` that claims rows. Raises as `write`."""
        named = self.owner

        def claim(tx: Tx) -> T:
            if self._announced != named:  # else other processes would think that a new name is dead
                self._beat(tx, named)
            return work(tx)

        try:
            result = await self.write(claim, person=person)
        except StoreRefused:
            if self.owner == named:
                self.owner = f"{self.random.getrandbits(64):016x}"
                self.own_names = [self.owner, *self.own_names[:_NAMES]]
            raise
        self._announced = named
        return result

    def begin_effect(self, tx: Tx) -> None:
        """Begin the effect of the message in progress: use up the button that it presses.

        Raises AlreadyPressed, and ClaimLost when another process claimed or answered the message.
        The message's own punch does not count as an answer. Without a message nothing is required.
        """
        message_id = _IN_PROGRESS.get()[0]
        if message_id is None:
            return
        row = tx.one(_IN_HANDS, this=message_id)
        is_ours = row is not None and row[0] in self.own_names
        if not is_ours and (row is not None or tx.one(_OWN_PUNCH, this=message_id) is None):
            raise ClaimLost
        use_up_button(tx)

    async def read(self, work: Work[T]) -> T:
        """Run `work` on committed rows, without a wait for writes. Raises StoreRefused."""
        return await self._reader.run(work)

    async def all(self, statement: str, **params: object) -> list[Row]:
        return await self.read(partial(Tx.all, statement=statement, **params))

    async def one(self, statement: str, **params: object) -> Row | None:
        """Return the first row of a statement, None without a row."""
        return await self.read(partial(Tx.one, statement=statement, **params))

    async def of_people(
        self,
        load: Callable[[Params, Tx], Mapping[str, T]],
        user_ids: Iterable[str],
        **params: object,
    ) -> Mapping[str, T]:
        """Return what `load` finds by person.

        It gets PART people at a time as `user_ids`, so that other reads are not delayed.
        """
        found: dict[str, T] = {}
        for part in parts(sorted(user_ids)):
            found |= await self.read(partial(load, {**params, "user_ids": part}))
        return found

    async def run(self, statement: str, *, person: str = "", **params: object) -> None:
        await self.write(partial(Tx.run, statement=statement, **params), person=person)

    async def store(self, statement: str, rows: Sequence[Params]) -> None:
        """Run one statement for each of `rows`, PART rows in a transaction."""
        for part in parts(rows):
            await self.write(partial(Tx.many, statement=statement, rows=part))

    async def forget(self, statement: str, **params: object) -> int:
        """Run a statement of `prune` until it finds no row. Return the number of deleted rows."""
        gone = 0
        while some := len(await self.write(lambda tx: tx.all(statement, **params))):
            gone += some
        return gone

    def _beat(self, tx: Tx, name: str) -> None:
        tx.run(_BEAT, owner=name)
        tx.run(_SHORTEN)


def parts(rows: Sequence[T]) -> Iterator[Sequence[T]]:
    """Yield `rows` in parts for one transaction each."""
    for start in range(0, len(rows), PART):
        yield rows[start : start + PART]


class AlreadyPressed(Exception):
    """An earlier message pressed the button, or another button of its reply."""


class Press(NamedTuple):
    """The button that a message presses: its person and its reply."""

    user_id: str
    reply_id: str


# The id of the message in progress, and its button.
_IN_PROGRESS: ContextVar[tuple[str | None, Press | None]] = ContextVar(
    "_IN_PROGRESS", default=(None, None)
)

# One press uses up all buttons of a reply, because they are alternatives. After a crash a message
# is carried out again, and may press the same button.
_PRESS = """
    UPDATE buttons SET pressed_by = :this
    WHERE user_id = :user_id AND reply_id = :reply_id AND (pressed_by IS NULL OR pressed_by = :this)
    RETURNING token"""


@contextmanager
def carrying_out(message_id: str, press: Press | None = None) -> Iterator[None]:
    """Let the block store results only while this process has the message.

    The first result uses up the button.
    """
    before = _IN_PROGRESS.set((message_id, press))
    try:
        yield
    finally:
        _IN_PROGRESS.reset(before)


def use_up_button(tx: Tx) -> None:
    """Use up the button that the message in progress presses, in the transaction of its effect.

    Raises AlreadyPressed.
    """
    message_id, press = _IN_PROGRESS.get()
    if press is not None and not tx.all(_PRESS, **press._asdict(), this=message_id):
        raise AlreadyPressed


class TopicRows:
    """The rows of one topic of a database."""

    def __init__(self, database: Database) -> None:
        self._database = database


_TAKE = f"""
    INSERT INTO jobs (name, turn, owner) VALUES (:name, :turn, :me)
    ON CONFLICT (name, turn) DO UPDATE SET owner = :me
    WHERE jobs.finished_ms IS NULL AND (jobs.owner IS NULL OR jobs.owner = :me OR jobs.owner NOT IN {LIVING})
    RETURNING name"""
_FINISH = "UPDATE jobs SET finished_ms = :now, owner = NULL WHERE name = :name AND turn = :turn"


class Jobs(TopicRows):
    """Work that one process does for all processes. Each call raises StoreRefused."""

    async def do_once(self, name: str, turn: str, work: Callable[[], Awaitable[bool]]) -> None:
        """Do `work` unless this turn is done or claimed.

        The turn is done when `work` returns True.
        """
        if await self.take(name, turn) and await work():
            await self.finish(name, turn)

    async def take(self, name: str, turn: str = "") -> bool:
        """Claim a turn of a job.

        Return False when it is done or a living process has claimed it.
        """
        me = self._database.owner
        claim = partial(Tx.one, statement=_TAKE, name=name, turn=turn, me=me)
        return await self._database.claim(claim) is not None

    async def finish(self, name: str, turn: str) -> None:
        """Mark a turn as done."""
        await self._database.run(_FINISH, name=name, turn=turn)
