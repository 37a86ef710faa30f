"""A company with its bot in another process, which a test can kill, stop and start again."""

import asyncio
import multiprocessing
import os
import signal
from collections.abc import AsyncIterator, Coroutine, Iterable
from contextlib import asynccontextmanager
from datetime import datetime
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

import yaml

from bot.cli.demo import write_config
from bot.sandbox.clock import PretendClock
from tests.changing_company import World
from tests.crash.books import Books
from tests.crash.doomed_bot import KillPoint, TrialClock, live, reconcile
from tests.crash.witness import Witness
from tests.pretend_dingtalk import Sandbox
from tests.waiting import LONGEST_S, until, until_heard, until_still

DEAD_AFTER_S = 11.0  # claims end 10 s after a process renewed its name
APIS = {
    "signed.send": "signed",
    "record_upload.send": "record_upload",
    "robot.answer": "webhook",
    "robot.send": "batchSend",
    "attendance.records": "listRecord",
}
PROGRAMS = {"run": live, "reconcile": reconcile}
_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["tests.crash.preloaded"])


class Life:
    """One process, from its start to its end."""

    def __init__(self, process: BaseProcess, ready: Event) -> None:
        self._process = process
        self._ready = ready

    @property
    def pid(self) -> int:
        return self._process.pid or 0

    @property
    def alive(self) -> bool:
        return self._process.is_alive()

    async def up(self) -> None:
        await until(self._ready.is_set, what="a start")

    def kill(self) -> None:
        self._process.kill()

    def terminate(self) -> None:
        self._process.terminate()

    def call_jobs(self) -> None:
        """Make it do all scheduled jobs now."""
        os.kill(self.pid, signal.SIGUSR1)

    async def ended(self) -> int | None:
        """Wait for its end.

        Return the exit code, minus the signal's number, or None while it runs.
        """
        await asyncio.to_thread(self._process.join, LONGEST_S)
        return self._process.exitcode


class Trial:
    """A pretend DingTalk, a database, and the processes of the bot."""

    def __init__(self, sandbox: Sandbox, folder: Path, url: str) -> None:
        self.sandbox = sandbox
        self.url = url
        self.books = Books(url)
        self.witness = Witness(sandbox)
        self.targets: list[str] = []
        self._folder = folder
        self._offset_s = _processes.RawValue("d", 0.0)
        self._lives: list[Life] = []

    @property
    def config(self) -> Path:
        """Return the path of the configuration."""
        return self._folder / "bot.yaml"

    def configure(self, url: str, changes: dict[str, Any]) -> None:
        """Write the demo's configuration with `changes` and this database."""
        self._folder.mkdir(exist_ok=True)
        write_config(self.sandbox, self._folder)
        raw = yaml.safe_load((self._folder / "config.yaml").read_text(encoding="utf-8"))
        for key, value in {"store": {"url": url}, **changes}.items():
            raw[key] = raw.get(key, {}) | value if isinstance(value, dict) else value
        self.targets = raw["clock_in"].get("targets", ["signed"])
        self.config.write_text(yaml.safe_dump(raw), encoding="utf-8")

    def log(self, number: int) -> Path:
        """Return the log file of a process, by the order of the starts from 1."""
        return self._folder / f"bot-{number}.log"

    def move_to(self, moment: datetime) -> None:
        self.advance((moment - TrialClock(self._offset_s).now()).total_seconds())

    def advance(self, seconds: float) -> None:
        self._offset_s.value += seconds
        self.sandbox.clock.move_to(TrialClock(self._offset_s).now())

    def bury(self) -> None:
        """Advance the clock until the claims of dead processes end. No process may be alive."""
        self.advance(DEAD_AFTER_S)
        self.books.bury()

    def start(self, point: KillPoint | None = None, program: str = "run") -> Life:
        """Start the bot, or another program of it, which dies at `point`."""
        log = self.log(len(self._lives) + 1)
        ready = _processes.Event()
        args = (self.config, log, self._offset_s, ready, point)
        target = PROGRAMS[point.program if point else program]
        process = _processes.Process(target=target, args=args, daemon=True)
        process.start()
        self._lives.append(Life(process, ready))
        return self._lives[-1]

    async def live_until(self, point: KillPoint) -> None:
        """Start the bot and wait for its death at `point`."""
        if point.moment == "during":
            await self._kill_during(point)
            return
        life = self.start(point)
        if point.step == "store.close":
            await life.up()
            await until(lambda: self.witness.all_acked, what="an ACK for each message")
            life.terminate()
        assert await life.ended() == -9, f"the step was never reached: {point}"
        await self._died()

    async def kill(self, life: Life) -> None:
        """Kill a process and tell the witness what it left open."""
        life.kill()
        assert await life.ended() == -9, "it ended by itself"
        await self._died()

    async def pause(self, life: Life) -> None:
        """Suspend a process. The others take it for dead, and some of its messages are not stored
        as sent.

        Returns after all its messages have arrived.
        """
        os.kill(life.pid, signal.SIGSTOP)
        owing = self.books.owing()
        await until_still(lambda: sum(call.status is not None for call in self.sandbox.requests))
        self.witness.died(owing)

    async def stop(self, life: Life) -> None:
        """Stop a process by SIGTERM. On a slow machine its own timer ends it after ten seconds.

        The witness learns which sent messages it could not store in time.
        """
        life.terminate()
        assert await life.ended() in (0, -signal.SIGALRM)
        await self._died()

    async def settle(self, *, within_s: float = LONGEST_S) -> None:
        """Wait until all messages are acknowledged and nothing is owed."""
        await until(
            lambda: self.witness.all_acked, within_s=within_s, what="an ACK for each message"
        )
        await until(lambda: not self.books.owed(), within_s=within_s, what="owing nothing")

    async def end(self) -> None:
        for life in self._lives:
            life.kill()
            await life.ended()

    async def _died(self) -> None:
        """Wait for the last messages of a dead process and tell the witness what it left open."""
        owing = self.books.owing()
        await until_heard()
        self.witness.died(owing)

    async def _kill_during(self, point: KillPoint) -> None:
        api = APIS[point.step]
        await self.sandbox.fault("accept_then_hang", {"apis": [api], "count": point.nth})
        life = self.start(program=point.program)

        def hanging() -> int:
            return sum(call.api == api and call.status is None for call in self.sandbox.requests)

        before = hanging()
        await until(lambda: hanging() >= before + point.nth, what=str(point))
        await self.kill(life)
        await self.sandbox.fault("accept_then_hang", None)


async def side_by_side(trials: Iterable[Coroutine[Any, Any, None]]) -> None:
    """Run trials, three at a time."""
    places = asyncio.Semaphore(3)

    async def in_turn(trial: Coroutine[Any, Any, None]) -> None:
        async with places:
            await trial

    async with asyncio.TaskGroup() as group:
        for trial in trials:
            group.create_task(in_turn(trial))


@asynccontextmanager
async def a_trial(
    folder: Path,
    url: str = "",
    *,
    employees: int = 12,
    at: datetime | None = None,
    redelivery_s: float = 0.3,
    **changes: Any,
) -> AsyncIterator[Trial]:
    """Run a company on the database `url`, or on a new SQLite file.

    DingTalk repeats messages without ACK after `redelivery_s`.
    """
    sandbox = Sandbox(world=World(employees), clock=PretendClock(), wait_for_bot_s=LONGEST_S)
    await sandbox.start()
    url = url or f"sqlite:///{folder / 'bot.db'}"
    trial = Trial(sandbox, folder, url)
    try:
        trial.configure(url, changes)
        if at is not None:
            trial.move_to(at)
        await sandbox.fault("redeliver_unacked_s", redelivery_s)
        yield trial
    finally:
        await trial.end()
        await sandbox.stop()
