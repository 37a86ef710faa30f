"""One connection to a database, the meaning of its errors, and group commit on a thread of its own."""

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from enum import Enum
from queue import SimpleQueue
from threading import Event, Lock, Thread
from time import monotonic
from typing import Any, NamedTuple, Protocol, TypeVar

from bot.errors import StoreRefused
from bot.storage.statements import Dialect, Statement, stored

logger = logging.getLogger(__name__)

T = TypeVar("T")
Row = tuple[Any, ...]
Params = Mapping[str, object]
NO_PARAMS: Params = {}


class Tx:
    """An open transaction; works run statements in it."""

    __slots__ = ("_cursor", "dialect")

    def __init__(self, cursor: Callable[[], Any], dialect: Dialect) -> None:
        self._cursor = cursor
        self.dialect: Dialect = dialect

    def run(self, statement: Statement, params: Params = NO_PARAMS) -> None:
        self._cursor().execute(statement[self.dialect], _stored(params))

    def one(self, statement: Statement, params: Params = NO_PARAMS) -> Row | None:
        """Return the first row."""
        return next(iter(self.all(statement, params)), None)

    def all(self, statement: Statement, params: Params = NO_PARAMS) -> list[Row]:
        cursor = self._cursor()
        cursor.execute(statement[self.dialect], _stored(params))
        found: list[Row] = cursor.fetchall()
        return found

    def many(self, statement: Statement, rows: Sequence[Params]) -> None:
        """Run a statement once for each of `rows`."""
        if rows:
            self._cursor().executemany(statement[self.dialect], list(map(_stored, rows)))


def _stored(params: Params) -> dict[str, object]:
    """Return the parameters as columns hold them. Numbers and plain words, nearly all, are so already."""
    found = dict(params)
    for name, value in params.items():
        if type(value) is str:
            if not value.isascii() or "\0" in value:
                found[name] = stored(value)
        elif type(value) is not int and value is not None:
            found[name] = stored(value)
    return found


class Failure(Enum):
    """What an error of the database means for the transaction."""

    WORK = "one statement was refused; the rest may go on"
    AGAIN = "nothing was committed, and trying again may help"
    REFUSED = "nothing was committed, and trying again at once does not help"
    UNKNOWN = "COMMIT was not confirmed; it may be there all the same"


class Connection(Protocol):
    """One connection, used by one thread at a time. `driver` is the driver's own."""

    tx: Tx
    driver: Any

    def begin(self, persons: Sequence[str], *, together: bool = True) -> None:
        """Open a transaction and wait until no other process works for these people.

        `together` lets statements go out before the earlier ones are answered; `flush` then ends that.
        """

    def command(self, sql: str) -> None:
        """Run COMMIT or a setting."""

    def flush(self) -> None:
        """Wait until every statement has been carried out."""
        return

    def rollback(self) -> None:
        """Take the transaction back, in any state."""

    def rows(self, statement: Statement, params: Params) -> Iterator[Row]:
        """Walk a large result in bounded memory, outside `begin`."""

    def close(self) -> None:
        """Close, without an error when the connection is broken."""


class Engine(Protocol):
    """One database: its `name` for an operator, how many connections may write at once, its driver's errors."""

    name: str
    writers: int
    errors: tuple[type[Exception], ...]

    def take(self) -> None:
        """Take the writer's place, and make or check the file. Raises OperatorError."""
        return

    def give_back(self) -> None:
        """Leave the writer's place, once all connections are closed."""
        return

    def connect(self, *, read_only: bool) -> Connection:
        """Open a connection for the calling thread. Raises OperatorError, or one of `errors`."""

    def open_read_only(self) -> Connection:
        """Open the database only to read, beside the process that writes it. Raises OperatorError."""

    def verdict(self, error: Exception, *, committing: bool) -> Failure:
        """Tell what one of `errors` means; `committing` when COMMIT raised it."""


# --- group commit: what is queued, many works to one transaction ---

Work = Callable[[Tx], T]

ANSWERS_WITHIN_S = 10.0
_GROUP = 512  # works in one transaction at most
_PAUSES_S = (0.1, 0.4, 1.5, 2.5)  # between tries that certainly committed nothing
_LET_GO_S = 2.0
_SILENT = "the database does not answer"


class _Job(NamedTuple):
    work: Work[Any]
    person: str
    future: asyncio.Future[Any]


class Lane:
    """One connection on one thread; works run in the order they came.

    A work runs again when its transaction is tried again: it must have no effect but on the database.
    """

    def __init__(
        self, engine: Engine, name: str, *, read_only: bool = False, beside: "Lane | None" = None
    ) -> None:
        """`beside` closes its connection when this lane was refused: only then SQLite reads its log anew."""
        self._engine = engine
        self._name = name
        self._was_refused = False
        self._read_only = read_only
        self._beside = beside
        self._queue: SimpleQueue[_Job | None] = SimpleQueue()  # None ends the thread
        self._gathered: list[_Job] = []  # in this round of the event loop, to be queued together
        self._waiting: set[asyncio.Future[Any]] = set()
        self._thread = Thread(target=self._serve, name=name, daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closing = Event()
        self._ended = asyncio.Event()
        self._in_use = Lock()  # held by who works on the connection
        self._connection: Connection | None = None
        self._busy_since: float | None = None
        self.in_doubt = False  # a COMMIT may be there, as no later one that was confirmed has shown yet

    def start(self) -> None:
        """Start the thread; answers go to the running event loop."""
        self._loop = asyncio.get_running_loop()
        self._thread.start()
        self._watch()

    @property
    def silent(self) -> bool:
        """Tell whether the thread is at a group that nobody waits for any more: it may yet be committed."""
        since = self._busy_since
        return since is not None and monotonic() - since > ANSWERS_WITHIN_S

    async def run(self, work: Work[T], person: str = "") -> T:
        """Run `work` in a transaction and return its result once that is committed.

        On PostgreSQL no two works of one `person` run at the same time, on any process. Raises what `work`
        raises, and StoreRefused when the commit is not confirmed.
        """
        if self._loop is None or self._closing.is_set():
            raise StoreRefused("the database is not open")
        if self.silent:
            raise StoreRefused(_SILENT)
        future: asyncio.Future[T] = self._loop.create_future()
        self._waiting.add(future)
        if not self._gathered:
            self._loop.call_soon(self._hand_over)
        self._gathered.append(_Job(work, person, future))
        try:
            return await future
        finally:
            self._waiting.discard(future)

    async def stop(self) -> None:
        """Run what is queued, close the connection, end the thread. A silent database does not let it end."""
        self._closing.set()
        if self._thread.is_alive():
            self._hand_over()
            self._queue.put(None)
            await self._ended.wait()

    def let_go(self) -> None:
        """Close the connection until there is work again. Blocks, two seconds at most."""
        if self._in_use.acquire(timeout=_LET_GO_S):
            self._disconnect()
            self._in_use.release()

    def _hand_over(self) -> None:
        for job in self._gathered:
            self._queue.put(job)
        self._gathered.clear()

    def _watch(self) -> None:
        """Let nobody wait longer than ANSWERS_WITHIN_S for a database that has fallen silent."""
        if self._ended.is_set() or self._loop is None:
            return
        if self.silent:
            error = self._refuse(_SILENT)
            for future in self._waiting:
                if not future.done():
                    future.set_exception(error)
        self._loop.call_later(ANSWERS_WITHIN_S / 10, self._watch)

    # --- on the thread ---

    def _serve(self) -> None:
        while jobs := self._next():
            self._busy_since = monotonic()
            with self._in_use:
                outcomes = self._outcomes(jobs)
            self._tell_loop(_tell, jobs, outcomes)
            self._busy_since = None
        self._disconnect()
        self._tell_loop(self._ended.set)

    def _next(self) -> list[_Job]:
        """Wait for work; return all that is queued, up to a group; nothing when the lane stops."""
        jobs: list[_Job] = []
        while len(jobs) < _GROUP and (not jobs or not self._queue.empty()):
            job = self._queue.get()
            if job is None:
                self._queue.put(None)  # for the next round
                break
            if not job.future.done():  # else nobody waits any more
                jobs.append(job)
        return jobs

    def _tell_loop(self, call: Callable[..., None], *arguments: object) -> None:
        assert self._loop is not None
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            self._loop.call_soon_threadsafe(call, *arguments)

    def _outcomes(self, jobs: Sequence[_Job]) -> Sequence[object]:
        """Run jobs until they are committed or refused; return the result or the error of each.

        Where one fails, the transaction is taken back, and each half of the jobs runs again in one of its own.
        """
        for pause_s in (*_PAUSES_S, None):
            committing = False
            try:
                connection = self._connection = self._connection or self._engine.connect(read_only=self._read_only)
                connection.begin([job.person for job in jobs if job.person])
                outcomes = [job.work(connection.tx) for job in jobs]
                connection.flush()
                committing = True
                connection.command("COMMIT")
            except Exception as error:  # noqa: BLE001 - told to those who wait for it
                known, failed = isinstance(error, self._engine.errors), error
                failure = self._engine.verdict(error, committing=committing) if known else Failure.WORK
            else:
                self.in_doubt = False
                if self._was_refused:
                    logger.warning("the database answers again (%s)", self._name)
                    self._was_refused = False
                return outcomes
            if failure is Failure.WORK:
                if self._connection is not None:
                    with suppress(*self._engine.errors):
                        self._connection.rollback()
                half = len(jobs) // 2
                return [*self._outcomes(jobs[:half]), *self._outcomes(jobs[half:])] if half else [failed]
            self._disconnect()
            if failure is not Failure.AGAIN or pause_s is None:
                break
            self._closing.wait(pause_s)
        self.in_doubt |= failure is Failure.UNKNOWN
        if self._beside is not None:
            self._beside.let_go()
        return [self._refuse(str(failed))] * len(jobs)

    def _refuse(self, reason: str) -> StoreRefused:
        """Log why, once, and return the error for those who wait."""
        if not self._was_refused:
            logger.error("the database refuses (%s): %s", self._name, reason)
            self._was_refused = True
        return StoreRefused(reason)

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _tell(jobs: Sequence[_Job], outcomes: Sequence[object]) -> None:
    for job, outcome in zip(jobs, outcomes, strict=True):
        if job.future.done():
            continue  # its caller was cancelled
        if isinstance(outcome, Exception):
            job.future.set_exception(outcome)
        else:
            job.future.set_result(outcome)
