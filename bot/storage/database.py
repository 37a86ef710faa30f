"""The lanes of one database, which rows and jobs a process may claim, and the button that a message presses."""

import zlib
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from functools import partial
from random import Random
from typing import NamedTuple, TypeVar

from bot.clock import Clock, to_ms
from bot.errors import ClaimLost, StoreRefused
from bot.storage.engine import NO_PARAMS, Engine, Lane, Params, Row, Tx, Work
from bot.storage.statements import PART, Statement, storable

T = TypeVar("T")

ALIVE_MS = 10_000

# SQL for the names of living processes, with the parameter `now` on SQLite.
LIVING = "(SELECT replicas.owner FROM replicas WHERE alive_until_ms > STORE_NOW())"
# SQL for rows that no living process has; `me` keeps its own.
OWNERLESS = f"(owner IS NULL OR owner <> :me AND owner NOT IN {LIVING})"
_BEAT = Statement(
    f"""INSERT INTO replicas (owner, alive_until_ms) VALUES (:owner, STORE_NOW() + {ALIVE_MS})
    ON CONFLICT (owner) DO UPDATE SET alive_until_ms = STORE_NOW() + {ALIVE_MS}"""
)
_LEAVE = Statement("DELETE FROM replicas WHERE owner = :me")
_FORGET_DEAD = Statement("DELETE FROM replicas WHERE alive_until_ms <= STORE_NOW()")
_FORGET_ALL = Statement("DELETE FROM replicas")
# Locked until the commit, so that nobody takes the message over between the look and its effect.
_IN_HANDS = Statement("SELECT owner FROM inbox WHERE message_id = :this AND finished_ms IS NULL FOR SHARE")
# A commit that was refused may have happened: then the punch of the message has finished it.
_OWN_PUNCH = Statement("SELECT message_id FROM punches WHERE message_id = :this")


class Database:
    """Writes in groups, reads beside them. `owner` names this process in the rows it has claimed.

    The name changes when the outcome of a claim is unknown. Rows that may have been claimed under the old one,
    which is then among `former_owners`, are free again after ten seconds.
    """

    def __init__(self, engine: Engine, *, clock: Clock, owner: str, random: Random) -> None:
        self.clock = clock
        self.owner = self._announced = owner
        self.random = random
        self.former_owners: deque[str] = deque(maxlen=16)  # a disk that refuses everything brings many
        self._reader = Lane(engine, "store-reader", read_only=True)
        self._writers = [Lane(engine, f"store-writer-{n}", beside=self._reader) for n in range(engine.writers)]
        self._turn = 0

    @property
    def now_ms(self) -> int:
        return to_ms(self.clock.now())

    async def start(self) -> None:
        """Start the lanes in the running event loop, and come alive. Raises StoreRefused."""
        for lane in (self._reader, *self._writers):
            lane.start()
        alone = len(self._writers) == 1  # no other process has the database open: all earlier ones are dead

        def join(tx: Tx) -> None:
            tx.run(_FORGET_ALL if alone else _FORGET_DEAD, {"now": self.now_ms})
            self._beat(tx)

        await self.write(join)

    async def beat(self) -> None:
        """Stay alive for another 10 s. Raises StoreRefused."""
        await self.write(self._beat)

    async def leave(self) -> None:
        """Give up all claims: their rows are free for others. Raises StoreRefused."""
        await self.run(_LEAVE, {"me": self.owner})

    async def stop(self) -> None:
        """Run what is queued and close the connections, the reading one first."""
        for lane in (self._reader, *self._writers):
            await lane.stop()

    async def write(self, work: Work[T], *, person: str = "") -> T:
        """Run `work` and commit it, one work of a `person` at a time among all processes, in the order they came.

        Raises what `work` raises; StoreRefused when the commit is not confirmed.
        """
        self._turn += 1
        number = zlib.crc32(person.encode(errors="replace")) if person else self._turn
        return await self._writers[number % len(self._writers)].run(work, person)

    async def claim(self, work: Work[T], *, person: str = "") -> T:
        """Run a `work` that claims rows, as `write` does."""
        named = self.owner

        def claim(tx: Tx) -> T:
            if self._announced != named:  # or another process would take a new name for a dead one's
                self._beat(tx, named)
            return work(tx)

        try:
            result = await self.write(claim, person=person)
        except StoreRefused:
            if self.owner == named:
                self.former_owners.append(named)
                self.owner = f"{self.random.getrandbits(64):016x}"
            raise
        self._announced = named
        return result

    def if_ours(self, work: Work[T]) -> Work[T]:
        """Return a `work` that counts only while the message in progress, if any, is in our hands.

        It uses up the button that the message presses. It raises ClaimLost where another process has the message
        or answered it, but not beside the message's own punch; and AlreadyPressed.
        """
        message_id, use_up = _IN_PROGRESS.get()[0], using_up()
        if message_id is None:
            return work
        this = {"this": message_id}

        def guarded(tx: Tx) -> T:
            row = tx.one(_IN_HANDS, this)
            ours = row is not None and row[0] in (self.owner, *self.former_owners)
            if not ours and (row is not None or tx.one(_OWN_PUNCH, this) is None):
                raise ClaimLost
            use_up(tx)
            return work(tx)

        return guarded

    async def look(self, work: Work[T], *, person: str) -> T:
        """Run a `work` that only reads, once nothing that was written for `person` is in doubt any more.

        Raises StoreRefused while it is: a commit that nobody waits for any longer may still happen.
        """
        writer = self._writers[0]
        if len(self._writers) > 1:
            return await self.write(work, person=person)  # which waits for the person's lock
        if writer.silent:
            raise StoreRefused("the last commit is still under way")
        if writer.in_doubt:
            return await self.claim(work)  # only a commit that is confirmed shows that no other is hidden
        return await self.read(work)  # which a full disk does not hinder

    async def read(self, work: Work[T]) -> T:
        """Run `work` on what is committed, without waiting for writes. Raises StoreRefused."""
        return await self._reader.run(work)

    async def all(self, statement: Statement, params: Params = NO_PARAMS) -> list[Row]:
        """Read the rows of one statement."""
        return await self.read(partial(Tx.all, statement=statement, params=params))

    async def one(self, statement: Statement, params: Params = NO_PARAMS) -> Row | None:
        """Read the first row of one statement, None without one."""
        return await self.read(partial(Tx.one, statement=statement, params=params))

    async def of_people(
        self, statement: Statement, user_ids: Iterable[str], params: Params = NO_PARAMS
    ) -> list[Row]:
        """Read rows of some people, named by `user_ids`: some hundred at once, so that others get in between."""
        rows: list[Row] = []
        for part in parts(sorted(map(storable, user_ids))):
            rows += await self.all(statement, {**params, "user_ids": part})
        return rows

    async def run(self, statement: Statement, params: Params = NO_PARAMS, *, person: str = "") -> None:
        await self.write(partial(Tx.run, statement=statement, params=params), person=person)

    async def store(self, statement: Statement, rows: Sequence[Params]) -> None:
        """Write one statement for each of `rows`, some hundred at once."""
        for part in parts(rows):
            await self.write(partial(Tx.many, statement=statement, rows=part))

    async def forget(self, statement: Statement, params: Params, *, person: str = "") -> int:
        """Run one of `statements.prune` until it finds nothing; return how many rows went."""
        gone = 0
        while some := len(await self.write(lambda tx: tx.all(statement, params), person=person)):
            gone += some
        return gone

    def _beat(self, tx: Tx, name: str = "") -> None:
        tx.run(_BEAT, {"owner": name or self.owner, "now": self.now_ms})


def parts(rows: Sequence[T]) -> Iterator[Sequence[T]]:
    """Yield `rows` in pieces small enough for one transaction each."""
    for start in range(0, len(rows), PART):
        yield rows[start : start + PART]


# --- the message in progress, and its button ---


class AlreadyPressed(Exception):
    """The button, or another one of the same reply, was pressed by an earlier message."""


class Press(NamedTuple):
    """The button that a message presses: its person and its reply."""

    user_id: str
    reply_id: str


# The id of the message in progress, and the button that it presses.
_IN_PROGRESS: ContextVar[tuple[str | None, Press | None]] = ContextVar("_IN_PROGRESS", default=(None, None))

# One press uses up all buttons of a reply: they are alternatives. A message may press again what it has pressed,
# since it is carried out again after a crash.
_PRESS = Statement(
    """UPDATE buttons SET pressed_by = :this
    WHERE user_id = :user_id AND reply_id = :reply_id AND (pressed_by IS NULL OR pressed_by = :this)
    RETURNING token"""
)


@contextmanager
def carrying_out(message_id: str | None, press: Press | None = None) -> Iterator[None]:
    """Let what is stored in the block count only while the message is in this process's hands."""
    before = _IN_PROGRESS.set((message_id, press))
    try:
        yield
    finally:
        _IN_PROGRESS.reset(before)


def pressing(press: Press | None) -> AbstractContextManager[None]:
    """Let the first effect that is stored in the block use up the button."""
    return carrying_out(_IN_PROGRESS.get()[0], press)


def using_up() -> Work[None]:
    """Return the work that uses up the button being pressed, for the transaction of its effect.

    To be called in the task of the message, which a lane's thread does not know. The work raises AlreadyPressed.
    """
    message_id, press = _IN_PROGRESS.get()

    def use_up(tx: Tx) -> None:
        if press is not None and message_id is not None:
            this = {"user_id": press.user_id, "reply_id": press.reply_id, "this": message_id}
            if not tx.all(_PRESS, this):
                raise AlreadyPressed

    return use_up


class TopicRows:
    """One topic of a database: what is stored of it and how it is read."""

    def __init__(self, database: Database) -> None:
        self._database = database


# --- work that one process does for all ---

_TAKE = Statement(
    f"""INSERT INTO jobs (name, turn, owner) VALUES (:name, :turn, :me)
    ON CONFLICT (name, turn) DO UPDATE SET owner = :me
    WHERE jobs.finished_ms IS NULL AND (jobs.owner IS NULL OR jobs.owner = :me OR jobs.owner NOT IN {LIVING})
    RETURNING name"""
)
_FINISH = Statement("UPDATE jobs SET finished_ms = :now, owner = NULL WHERE name = :name AND turn = :turn")


class Jobs(TopicRows):
    """Work that one process does for all. Each call raises StoreRefused."""

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
