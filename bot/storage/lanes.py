"""Group commit: a connection on a thread of its own runs what is queued, many works to one transaction."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Event, Thread
from typing import Any, TypeVar

from bot.errors import OperatorError, StoreRefused
from bot.storage.engine import Connection, Engine, Failure, Tx
from bot.storage.health import Health

T = TypeVar("T")
Work = Callable[[Tx], T]

_GROUP = 512  # works in one transaction at most
_PAUSES_S = (0.05, 0.1, 0.2, 0.4, 0.8, 1.5, 2.0)  # between tries that certainly committed nothing
_LET_GO_S = 2.0
_LOOKS = 10  # at a thread that does not get on, before nobody waits for it any longer
ANSWERS_WITHIN_S = 10.0
_SILENT = "the database does not answer"


@dataclass(slots=True)
class _Job:
    work: Work[Any]
    person: str
    future: asyncio.Future[Any]


@dataclass(frozen=True, slots=True)
class _Failure:
    error: Exception


class _GroupFailed(Exception):
    """The database refused the whole group."""

    def __init__(self, verdict: Failure, reason: str) -> None:
        super().__init__(reason)
        self.verdict = verdict


class Lane:
    """One connection on one thread; works run in the order they came.

    A work runs again, from its start, when its transaction is tried again: it must have no effect but on the
    database.
    """

    def __init__(
        self,
        engine: Engine,
        name: str,
        *,
        read_only: bool = False,
        beside: Sequence["Lane"] = (),
        health: Health | None = None,
        patience_s: float = ANSWERS_WITHIN_S,
    ) -> None:
        """`beside` are lanes that close their connections when this one was refused: only then is it reopened.

        Nobody waits longer than about `patience_s` seconds for a database that has fallen silent.
        """
        self._engine = engine
        self._name = name
        self._health = health or Health()
        self._look_s = patience_s / _LOOKS
        self._read_only = read_only
        self._beside = beside
        self._queue: SimpleQueue[_Job | Event] = SimpleQueue()
        self._gathered: list[_Job] = []  # in this round of the event loop, to be queued together
        self._thread = Thread(target=self._serve, name=name, daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closing = Event()
        self._stopped = Event()
        self._ended = asyncio.Event()
        self._connection: Connection | None = None
        self.in_doubt = False  # a refused COMMIT may be there, as no later one that was confirmed has shown yet
        self._waiting: set[asyncio.Future[Any]] = set()
        self._rounds = 0  # groups begun and ended by the thread: odd while it is at one
        self._seen = 0
        self._looks = 0

    def start(self) -> None:
        """Start the thread; answers go to the running event loop."""
        self._loop = asyncio.get_running_loop()
        self._thread.start()
        self._look()

    @property
    def silent(self) -> bool:
        """Tell whether the thread is still at a group that nobody waits for: it may yet be committed."""
        return self._looks >= _LOOKS and self._rounds == self._seen

    async def run(self, work: Work[T], person: str = "") -> T:
        """Run `work` in a transaction and return its result once that is committed.

        On PostgreSQL no two works of one `person` run at the same time, whatever the process. Raises what `work`
        raises, and StoreRefused when the commit is not confirmed, also because the database has fallen silent.
        """
        if self._loop is None or self._closing.is_set():
            raise StoreRefused("the database is not open")
        self._health.refuse_damaged()
        if self.silent:
            raise StoreRefused(_SILENT)
        future: asyncio.Future[T] = self._loop.create_future()
        self._waiting.add(future)
        self._gather(_Job(work, person, future))
        try:
            return await future
        finally:
            self._waiting.discard(future)

    async def stop(self) -> None:
        """Run what is queued, close the connection, end the thread.

        A silent database does not let it end; whoever does not want to wait cancels.
        """
        self._closing.set()
        if self._thread.is_alive():
            self._hand_over()
            self._queue.put(self._stopped)
            await self._ended.wait()

    def _gather(self, job: _Job) -> None:
        """Queue `job` with all else of this round of the event loop: the thread wakes once and commits once."""
        assert self._loop is not None
        if not self._gathered:
            self._loop.call_soon(self._hand_over)
        self._gathered.append(job)

    def _hand_over(self) -> None:
        for job in self._gathered:
            self._queue.put(job)
        self._gathered.clear()

    def _look(self) -> None:
        """Look now and then whether the thread gets on, and let nobody wait for one that does not.

        Looks are counted, not seconds: a process that was paused has not been waiting.
        """
        if self._ended.is_set() or self._loop is None:
            return
        rounds = self._rounds
        self._looks = self._looks + 1 if rounds % 2 and rounds == self._seen else 0
        self._seen = rounds
        if self.silent:
            self._health.refused(self._name, _SILENT)
            for future in self._waiting:
                if not future.done():
                    future.set_exception(StoreRefused(_SILENT))
        self._loop.call_later(self._look_s, self._look)

    def let_go(self) -> None:
        """Close the connection until there is work again. Blocks, a short time at most."""
        if self._thread.is_alive():
            gone = Event()
            self._queue.put(gone)
            gone.wait(_LET_GO_S)

    # --- on the thread ---

    def _serve(self) -> None:
        while not self._stopped.is_set():
            jobs, signal = self._next()
            self._rounds += 1
            if jobs:
                self._answer(jobs, self._outcomes(jobs))
                self._rest()
            if signal is not None:
                self._disconnect()
                signal.set()
            self._rounds += 1
        self._tell_loop(self._ended.set)

    def _next(self) -> tuple[list[_Job], Event | None]:
        """Wait for work; return all that is queued, up to a group, and the signal that ends it, if one does."""
        jobs: list[_Job] = []
        while len(jobs) < _GROUP and (not jobs or not self._queue.empty()):
            item = self._queue.get()
            if isinstance(item, Event):
                return jobs, item
            if not item.future.done():  # else nobody waits any more
                jobs.append(item)
        return jobs, None

    def _answer(self, jobs: Sequence[_Job], outcomes: Sequence[object]) -> None:
        self._tell_loop(lambda: _tell(jobs, outcomes))

    def _tell_loop(self, call: Callable[[], None]) -> None:
        assert self._loop is not None
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            self._loop.call_soon_threadsafe(call)

    def _outcomes(self, jobs: Sequence[_Job]) -> Sequence[object]:
        """Run a group until it is committed or refused; return what to tell each job."""
        pauses = iter(_PAUSES_S)
        while True:
            try:
                outcomes = self._attempt(jobs)
            except _GroupFailed as failed:
                pause = next(pauses, None) if failed.verdict is Failure.AGAIN else None
                if pause is None or all(job.future.done() for job in jobs):
                    return self._refused(jobs, failed)
                self._disconnect()
                self._closing.wait(pause)
            except Exception as error:  # noqa: BLE001 - a bug, handed to all who wait rather than to a dead thread
                self._disconnect()
                return [_Failure(error) for _ in jobs]
            else:
                self._health.answered(self._name)
                return outcomes

    def _attempt(self, jobs: Sequence[_Job]) -> Sequence[object]:
        committing = False
        try:
            connection = self._connected()
            outcomes = self._work_through(connection, jobs)
            committing = True
            connection.command("COMMIT")
        except OperatorError as error:
            raise _GroupFailed(Failure.REFUSED, str(error)) from error
        except self._engine.errors as error:
            if committing and self._engine.may_be_there(error):
                self.in_doubt = True
            raise _GroupFailed(self._engine.verdict(error, committing=committing), str(error)) from error
        self.in_doubt = False
        return outcomes

    def _work_through(self, connection: Connection, jobs: Sequence[_Job]) -> Sequence[object]:
        """Run the works at one go; if one fails, take all back and run each where it can fail alone."""
        persons = [job.person for job in jobs if job.person]
        connection.begin(persons, together=True)
        try:
            outcomes = [job.work(connection.tx) for job in jobs]
            connection.flush()
            return outcomes
        except Exception as error:  # told to the one who waits for it, below
            if self._is_everybodys(error):
                raise
        connection.rollback()
        connection.begin(persons, together=False)
        return [self._work_apart(connection, job) for job in jobs]

    def _work_apart(self, connection: Connection, job: _Job) -> object:
        connection.command("SAVEPOINT work")
        try:
            result = job.work(connection.tx)
        except Exception as error:  # told to the one who waits for it
            if self._is_everybodys(error):
                raise
            connection.command("ROLLBACK TO SAVEPOINT work")
            return _Failure(error)
        connection.command("RELEASE SAVEPOINT work")
        return result

    def _is_everybodys(self, error: Exception) -> bool:
        """Tell whether an error in one work means that the database fails, not the work."""
        errors = self._engine.errors
        return isinstance(error, errors) and self._engine.verdict(error, committing=False) is not Failure.WORK

    def _connected(self) -> Connection:
        if self._connection is None:
            self._connection = self._engine.connect(read_only=self._read_only)
        return self._connection

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _rest(self) -> None:
        if self._connection is not None:
            self._connection.rest(idle=self._queue.empty())

    def _refused(self, jobs: Sequence[_Job], failed: _GroupFailed) -> Sequence[object]:
        for lane in self._beside:
            lane.let_go()
        self._disconnect()
        if failed.verdict is Failure.DAMAGED:
            self._health.damaged(self._engine.how_to_restore(str(failed)))
        self._health.refused(self._name, str(failed))
        return [_Failure(self._health.error(str(failed))) for _ in jobs]


def _tell(jobs: Sequence[_Job], outcomes: Sequence[object]) -> None:
    for job, outcome in zip(jobs, outcomes, strict=True):
        if job.future.done():
            continue  # whoever waited was cancelled
        if isinstance(outcome, _Failure):
            job.future.set_exception(outcome.error)
        else:
            job.future.set_result(outcome)
