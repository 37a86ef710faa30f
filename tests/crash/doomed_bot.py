"""The real bot in a process that kills itself at one named step."""

import asyncio
import inspect
import logging
import os
import secrets
import signal
import threading
import time
from collections.abc import Awaitable, Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from multiprocessing.synchronize import Event
from pathlib import Path
from random import SystemRandom
from typing import Any, Protocol, TypeVar

import aiohttp

from bot.app import App, run_app
from bot.clock import Clock
from bot.domain.slots import Days
from bot.platform import DingTalk
from bot.services.base import Patience
from bot.services.reconciling import Reconciler
from bot.settings import Settings, load
from bot.storage import Store
from bot.storage.engine import Lane, Tx, Work
from bot.storage.urls import engine_of

PATIENCE = Patience(
    call_s=60.0,
    receipt_s=0.25,
    lookup_s=(0.01, 0.02, 0.03),
    round_s=0.05,
    inbox_s=0.2,
    person_s=60.0,
    team_s=60.0,
    reminds=False,
)
# For a kill at the second look for owed notes. The first look finds no note.
FOR_SECOND_LOOKS = replace(PATIENCE, round_s=2.0)
T = TypeVar("T")
JOBS_DONE = "all scheduled jobs were called"

log = logging.getLogger(__name__)


class Offset(Protocol):
    """A number in memory that all processes of a trial share."""

    value: float


class TrialClock:
    """The machine's clock, ahead by the trial's offset."""

    def __init__(self, offset_s: Offset) -> None:
        self._offset_s = offset_s

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self._offset_s.value)

    def monotonic(self) -> float:
        return time.monotonic()


@dataclass(frozen=True, slots=True)
class KillPoint:
    """The step at which a process dies.

    `step` is a call such as `inbox.accept`, or `ack`. `moment` is `before` or `after` the call
    number `nth`, or `before commit` or `after commit` of its transaction. `during` means after
    DingTalk did the call and before it answers; then the trial kills the process. `program` is
    `run` or `reconcile`.
    """

    step: str
    moment: str
    nth: int = 1
    program: str = "run"

    def __str__(self) -> str:
        named = f"{self.moment} {self.step}" + (f" {self.nth}" if self.nth > 1 else "")
        return named if self.program == "run" else f"{named} of {self.program}"


class Fate:
    """Counts the steps of a process and kills it at its kill point."""

    def __init__(self, point: KillPoint | None) -> None:
        self._point = point
        self._entered = self._left = 0
        self._in_a_due_call: ContextVar[bool] = ContextVar("in a due call", default=False)
        self._transaction = threading.local()  # each thread has one connection

    async def call(self, step: str, call: Callable[[], Awaitable[T]]) -> T:
        due = self.enter(step)
        outer = self._in_a_due_call.set(self._in_a_due_call.get() or due)
        try:
            result = await call()
        finally:
            self._in_a_due_call.reset(outer)
        self.leave(step)
        return result

    def enter(self, step: str) -> bool:
        """Count the beginning of `step`.

        Return whether the process dies at a commit of this call.
        """
        if self._point is None or step != self._point.step:
            return False
        self._entered += 1
        self._die_if(self._point.moment == "before" and self._entered == self._point.nth)
        return self._entered >= self._point.nth

    def leave(self, step: str) -> None:
        if self._point is not None and step == self._point.step:
            self._left += 1
            self._die_if(self._point.moment == "after" and self._left == self._point.nth)

    def marked(self, work: Work[T]) -> Work[T]:
        """Return `work` that marks its transaction for the kill, if its call is the kill point."""
        if not self._in_a_due_call.get():
            return work

        def carried(tx: Tx) -> T:
            self._transaction.is_due = True
            return work(tx)

        return carried

    def begin(self) -> None:
        """Note that a transaction begins. Runs on the thread of its connection.

        A transaction without works, such as the schema's, belongs to the current call.
        """
        self._transaction.is_due = self._in_a_due_call.get()

    def commit(self, moment: str) -> None:
        """Die before or after a COMMIT if `moment` says so.

        Runs on the thread of its connection.
        """
        if self._point is not None and moment == self._point.moment:
            self._die_if(self._transaction.is_due)

    def _die_if(self, due: bool) -> None:
        if due:
            os.kill(os.getpid(), signal.SIGKILL)


class Doomed:
    """Forwards to an adapter and counts each of its calls."""

    def __init__(self, inner: Any, topic: str, fate: Fate) -> None:
        self._inner, self._topic, self._fate = inner, topic, fate

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        return (
            self._fated(f"{self._topic}.{name}", found)
            if inspect.iscoroutinefunction(found)
            else found
        )

    def _fated(self, step: str, call: Callable[..., Any]) -> Callable[..., Any]:
        async def fated(*args: Any, **more: Any) -> Any:
            return await self._fate.call(step, lambda: call(*args, **more))

        return fated


class DoomedStore(Doomed):
    """The store. Each of its repositories is doomed, too."""

    def __init__(self, inner: Store, fate: Fate) -> None:
        super().__init__(inner, "store", fate)
        database = inner.database
        database._writers = [DoomedLane(lane, fate) for lane in database._writers]
        for topic, repository in topics_of(inner).items():
            setattr(self, topic, Doomed(repository, topic, fate))


def topics_of(store: Store) -> dict[str, Any]:
    """Return the store's repositories by topic."""
    known = vars(store).items()
    return {topic: found for topic, found in known if not topic.startswith("_")}


class DoomedLane:
    """A writer that marks the works of the fatal call."""

    def __init__(self, inner: Lane, fate: Fate) -> None:
        self._inner, self._fate = inner, fate

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def run(self, work: Work[T], person: str = "") -> T:
        return await self._inner.run(self._fate.marked(work), person)


class DoomedEngine:
    """A database that may kill the process at a COMMIT."""

    def __init__(self, inner: Any, fate: Fate) -> None:
        self._inner, self._fate = inner, fate

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def connect(self, *, read_only: bool) -> Any:
        return DoomedConnection(self._inner.connect(read_only=read_only), self._fate)


class DoomedConnection:
    def __init__(self, inner: Any, fate: Fate) -> None:
        self._inner, self._fate = inner, fate

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def begin(self, persons: Sequence[str], *, pipelined: bool = True) -> None:
        self._fate.begin()
        self._inner.begin(persons, pipelined=pipelined)

    def command(self, sql: str) -> None:
        """Run a command. The process may die before and after a COMMIT."""
        committing = sql == "COMMIT"
        if committing:
            self._fate.commit("before commit")
        self._inner.command(sql)
        if committing:
            self._fate.commit("after commit")


def live(
    config: Path, log_file: Path, offset_s: Offset, ready: Event, point: KillPoint | None
) -> None:
    """Run the bot until SIGTERM or `point`. Set `ready` after its start.

    SIGUSR1 starts all scheduled jobs at once.
    """
    _log_to(log_file)
    settings, clock, fate = load(config), TrialClock(offset_s), Fate(point)
    dingtalk = _doomed_dingtalk(settings, clock, fate)
    store = _doomed_store(settings, clock, fate)
    second = point is not None and (point.step, point.nth) == ("notes.take_due", 2)
    patience = FOR_SECOND_LOOKS if second else PATIENCE
    app = App(settings, clock=clock, patience=patience, store=store, dingtalk=dingtalk)
    calling: set[asyncio.Task[None]] = set()

    def up() -> None:
        call = lambda: calling.add(asyncio.create_task(_call_all_jobs(app)))  # noqa: E731
        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, call)
        ready.set()

    asyncio.run(run_app(app, ready=up))


async def _call_all_jobs(app: App) -> None:
    """Do all scheduled jobs, one look for reminders, and one for questions about months."""
    await asyncio.gather(
        app.reads.read_if_due(), *(app.scheduler.call(name) for name in app.scheduler.jobs)
    )
    await app.reminders.tick()
    await app.months.tick()
    log.info(JOBS_DONE)


def reconcile(
    config: Path, log_file: Path, offset_s: Offset, ready: Event, point: KillPoint | None
) -> None:
    """Compare today's ledger with DingTalk as `reconcile` does, to the end or until `point`."""
    _log_to(log_file)
    settings, clock, fate = load(config), TrialClock(offset_s), Fate(point)
    ready.set()
    asyncio.run(
        _compare(
            settings,
            clock,
            _doomed_store(settings, clock, fate),
            _doomed_dingtalk(settings, clock, fate),
        )
    )


async def _compare(settings: Settings, clock: Clock, store: Any, dingtalk: Any) -> None:
    today = clock.now().astimezone(settings.zone).date()
    await store.open()
    try:
        targets = [target.name for target in dingtalk.targets]
        reconciler = Reconciler(store, dingtalk.attendance, clock, settings.zone, targets=targets)
        report = await reconciler.run(Days(today, today))
    finally:
        await store.close()
        await dingtalk.http.close()
    assert not report.failures


def _log_to(file: Path) -> None:
    logging.basicConfig(
        filename=file, level=logging.INFO, format="%(asctime)s %(name)s: %(message)s", force=True
    )


def _doomed_store(settings: Settings, clock: Clock, fate: Fate) -> Any:
    engine: Any = DoomedEngine(engine_of(settings.store.url), fate)
    return DoomedStore(
        Store(engine, clock=clock, owner=secrets.token_hex(8), random=SystemRandom()), fate
    )


def _doomed_dingtalk(settings: Settings, clock: Clock, fate: Fate) -> Any:
    dingtalk: Any = DingTalk(settings, clock, call_s=PATIENCE.call_s)
    for name in ("robot", "cards", "attendance", "contacts"):
        setattr(dingtalk, name, Doomed(getattr(dingtalk, name), name, fate))
    dingtalk.targets = [Doomed(target, target.name, fate) for target in dingtalk.targets]
    _watch_acks(fate)
    return dingtalk


def _watch_acks(fate: Fate) -> None:
    send = aiohttp.ClientWebSocketResponse.send_str

    async def send_str(*args: Any) -> None:
        fate.enter("ack")
        await send(*args)
        fate.leave("ack")

    aiohttp.ClientWebSocketResponse.send_str = send_str  # type: ignore[method-assign]
