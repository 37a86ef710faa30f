"""A connection to a database, the meaning of its errors, and group commit on a thread of its own."""

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from contextvars import Context, copy_context
from dataclasses import dataclass
from enum import Enum
from queue import SimpleQueue
from threading import Event, Lock, Thread
from time import monotonic
from typing import Any, NamedTuple, Protocol, TypeVar

from bot.errors import StoreRefused
from bot.storage.records import column_value
from bot.storage.statements import Dialect, in_dialect

logger = logging.getLogger(__name__)

T = TypeVar("T")
Row = tuple[Any, ...]
Params = Mapping[str, object]


class Tx:
    """An open transaction, in which a work runs its statements."""

    __slots__ = ("_connection", "dialect", "now_ms")

    def __init__(self, connection: Any, dialect: Dialect) -> None:
        """`connection` is that of the database driver."""
        self._connection = connection
        self.dialect: Dialect = dialect
        self.now_ms = 0  # the time of the transaction, and the parameter `now`

    def run(self, /, statement: str, **params: object) -> None:
        self._connection.execute(in_dialect(statement, self.dialect), self._as_columns(params))

    def one(self, /, statement: str, **params: object) -> Row | None:
        """Return the first row, None without a row."""
        return next(iter(self.all(statement, **params)), None)

    def all(self, /, statement: str, **params: object) -> list[Row]:
        text = in_dialect(statement, self.dialect)
        rows: list[Row] = self._connection.execute(text, self._as_columns(params)).fetchall()
        return rows

    def many(self, statement: str, rows: Sequence[Params]) -> None:
        if rows:
            self._connection.cursor().executemany(
                in_dialect(statement, self.dialect), list(map(self._as_columns, rows))
            )

    def _as_columns(self, params: Params) -> dict[str, object]:
        """Return the parameters as columns store them.

        Numbers and ASCII text, nearly all, stay unchanged.
        """
        found = {"now": self.now_ms, **params}
        for name, value in params.items():
            if type(value) is str:
                if not value.isascii() or "\0" in value:
                    found[name] = column_value(value)
            elif type(value) is not int and value is not None:
                found[name] = column_value(value)
        return found


class Failure(Enum):
    """The meaning of a database error for the transaction."""

    WORK = "one statement was refused; the other works may go on"
    AGAIN = "nothing was committed; another try may help"
    REFUSED = "nothing was committed; another try does not help now"
    UNKNOWN = "COMMIT was not confirmed; the rows may be committed"


class Connection(Protocol):
    """One connection, used by one thread at a time.

    `driver` is the connection of the database driver.
    """

    tx: Tx
    driver: Any

    def begin(self, persons: Sequence[str], *, pipelined: bool = True) -> None:
        """Begin a transaction, and lock these people or other names for it.

        Two transactions with one name run one after the other. A topic locks a name of its own.
        `pipelined`: send statements without waiting for each answer. `flush` waits for them all.
        """

    def command(self, sql: str) -> None:
        """Run COMMIT or change a setting."""

    def flush(self) -> None:
        """Wait until the database has run every statement."""
        return

    def rollback(self) -> None:
        """Roll the transaction back, in any state."""

    def rows(self, statement: str, params: Params) -> Iterator[Row]:
        """Yield a large result in bounded memory, outside `begin`."""

    def close(self) -> None:
        """Close. A broken connection is no error."""


class Engine(Protocol):
    """One database: its `name` for operators, its number of writing connections, the errors of its
    driver.
    """

    name: str
    writers: int
    errors: tuple[type[Exception], ...]
    answers_within_s: float = 10.0  # no caller waits longer

    def take(self) -> None:
        """Lock the database if one process writes it, and make or check the file.

        Raises OperatorError.
        """
        return

    def give_back(self) -> None:
        """Let another process write, after all connections are closed."""
        return

    def connect(self, *, read_only: bool) -> Connection:
        """Open a connection for the calling thread. Raises OperatorError, or one of `errors`."""

    def open_read_only(self) -> Connection:
        """Open a connection that only reads, beside the writing process. Raises OperatorError."""

    def verdict(self, error: Exception, *, committing: bool) -> Failure:
        """Return the meaning of one of `errors`. `committing` means that COMMIT raised it."""


Work = Callable[[Tx], T]

_GROUP = 512  # works in one transaction
_PAUSES_S = (0.1, 0.4, 1.5, 2.5)  # between tries that committed nothing
_LET_GO_S = 2.0
_SILENT = "the database does not answer"


class _Job(NamedTuple):
    work: Work[Any]
    person: str
    future: asyncio.Future[Any]
    context: Context


@dataclass(eq=False)
class Lane:
    """Group commit: one connection on one thread runs queued works in their order, many in one
    transaction.

    A work runs in the context of its caller. It may run again with its transaction, so it must
    change nothing but the database.
    """

    engine: Engine
    name: str
    now_ms: Callable[[], int] = lambda: 0
    read_only: bool = False
    beside: "Lane | None" = (
        None  # a COMMIT in doubt closes its connection: SQLite then reads its log again
    )
    in_doubt: bool = False  # a COMMIT was not confirmed, and no later one was confirmed since

    def __post_init__(self) -> None:
        self._queue: SimpleQueue[_Job | None] = SimpleQueue()  # None ends the thread
        self._waiting: set[asyncio.Future[Any]] = set()
        self._thread = Thread(target=self._serve, name=self.name, daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closing = Event()
        self._ended = asyncio.Event()
        self._in_use = Lock()  # held by the user of the connection
        self._connection: Connection | None = None
        self._busy_since: float | None = None
        self._was_refused = False

    def start(self) -> None:
        """Start the thread. Results go to the running event loop."""
        self._loop = asyncio.get_running_loop()
        self._thread.start()
        self._watch()

    @property
    def silent(self) -> bool:
        """Return whether callers gave up the running group. Its commit may still succeed."""
        since = self._busy_since
        return since is not None and monotonic() - since > self.engine.answers_within_s

    async def run(self, work: Work[T], person: str = "") -> T:
        """Run `work` and return its result after the commit. Raises its error, and StoreRefused."""
        if self._loop is None or self._closing.is_set():
            raise StoreRefused("the database is not open")
        if self.silent:
            raise StoreRefused(_SILENT)
        future: asyncio.Future[T] = self._loop.create_future()
        self._waiting.add(future)
        self._queue.put(_Job(work, person, future, copy_context()))
        try:
            return await future
        finally:
            self._waiting.discard(future)

    async def stop(self) -> None:
        """Run the queued works, close the connection, end the thread.

        This waits for a silent database.
        """
        self._closing.set()
        if self._thread.is_alive():
            self._queue.put(None)
            await self._ended.wait()

    def let_go(self) -> None:
        """Close the connection until the next work. Blocks for at most two seconds."""
        if self._in_use.acquire(timeout=_LET_GO_S):
            self._disconnect()
            self._in_use.release()

    def _watch(self) -> None:
        """Refuse all waiting callers of a silent database."""
        if self._ended.is_set() or self._loop is None:
            return
        if self.silent:
            error = self._refuse(_SILENT)
            for future in self._waiting:
                if not future.done():
                    future.set_exception(error)
        self._loop.call_later(self.engine.answers_within_s / 10, self._watch)

    def _serve(self) -> None:
        """Run jobs on the lane's thread until the lane stops."""
        while jobs := self._next():
            self._busy_since = monotonic()
            with self._in_use:
                outcomes = self._outcomes(jobs)
            self._tell_loop(_tell, jobs, outcomes)
            self._busy_since = None
        self._disconnect()
        self._tell_loop(self._ended.set)

    def _next(self) -> list[_Job]:
        """Wait for jobs, and return up to _GROUP of them. Return none when the lane stops."""
        jobs: list[_Job] = []
        while len(jobs) < _GROUP and (not jobs or not self._queue.empty()):
            job = self._queue.get()
            if job is None:
                self._queue.put(None)  # for the next round
                break
            if not job.future.done():  # else its caller has given up
                jobs.append(job)
        return jobs

    def _tell_loop(self, call: Callable[..., None], *arguments: object) -> None:
        assert self._loop is not None
        with suppress(RuntimeError):  # the loop is closed, so all callers have given up
            self._loop.call_soon_threadsafe(call, *arguments)

    def _outcomes(self, jobs: Sequence[_Job]) -> Sequence[object]:
        """Run jobs until they are committed or refused. Return the result or the error of each.

        If one fails, or the disk has no room for all, the transaction is rolled back. Then each
        half of the jobs runs in a transaction of its own. So no reader waits for a full disk.
        """
        for pause_s in (*_PAUSES_S, None):
            committing = False
            try:
                connection = self._connection = self._connection or self.engine.connect(
                    read_only=self.read_only
                )
                connection.begin([job.person for job in jobs if job.person])
                connection.tx.now_ms = self.now_ms()
                outcomes = [job.context.run(job.work, connection.tx) for job in jobs]
                connection.flush()
                committing = True
                connection.command("COMMIT")
            except Exception as error:  # noqa: BLE001 - the callers get it
                known = isinstance(error, self.engine.errors)
                failed = error
                failure = (
                    self.engine.verdict(error, committing=committing) if known else Failure.WORK
                )
            else:
                self.in_doubt = False
                if self._was_refused:
                    logger.warning("the database answers again (%s)", self.name)
                    self._was_refused = False
                return outcomes
            half = len(jobs) // 2
            no_room = half > 0 and committing and failure is Failure.REFUSED
            if failure is Failure.WORK or no_room:
                if self._connection is not None:
                    with suppress(*self.engine.errors):
                        self._connection.rollback()
                return (
                    [*self._outcomes(jobs[:half]), *self._outcomes(jobs[half:])]
                    if half
                    else [failed]
                )
            self._disconnect()
            if failure is not Failure.AGAIN or pause_s is None:
                break
            self._closing.wait(pause_s)
        self.in_doubt |= failure is Failure.UNKNOWN
        if self.in_doubt and self.beside is not None:
            self.beside.let_go()
        return [self._refuse(str(failed))] * len(jobs)

    def _refuse(self, reason: str) -> StoreRefused:
        """Log the reason once, and return the error for the callers."""
        if not self._was_refused:
            logger.error("the database refuses (%s): %s", self.name, reason)
            self._was_refused = True
        return StoreRefused(reason)

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _tell(jobs: Sequence[_Job], outcomes: Sequence[object]) -> None:
    for job, outcome in zip(jobs, outcomes, strict=True):
        if job.future.done():
            continue  # its caller has given up
        if isinstance(outcome, Exception):
            job.future.set_exception(outcome)
        else:
            job.future.set_result(outcome)
