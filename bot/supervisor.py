"""Long-running tasks.

A task that dies starts again. All end within ten seconds, even if one hangs.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

log = logging.getLogger(__name__)

STABLE_AFTER_S = 60.0
LONGEST_PAUSE_S = 30.0


class Supervisor:
    """Keeps named tasks running until it is stopped."""

    def __init__(self) -> None:
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def start(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """Run `work` as the task `name`.

        It should never return; when it returns or dies, it starts again.
        """
        self._tasks[name] = asyncio.create_task(self._keep_running(name, work), name=name)

    async def stop(self, *names: str) -> None:
        """Cancel these tasks, or all of them, the last started first.

        Wait until they have ended.
        """
        tasks = [
            self._tasks.pop(name)
            for name in names or reversed(list(self._tasks))
            if name in self._tasks
        ]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _keep_running(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        loop = asyncio.get_running_loop()
        failures = 0
        while True:
            began = loop.time()
            try:
                await work()
                log.error("the task %s ended although it never should", name)
            except Exception:
                log.exception("the task %s died", name)
            failures = 0 if loop.time() - began > STABLE_AFTER_S else failures + 1
            await asyncio.sleep(min(LONGEST_PAUSE_S, 2.0 ** min(failures, 5)))


class StopStep(NamedTuple):
    """One step of the stop, and the most seconds that it may take."""

    name: str
    most_s: float
    work: Callable[[], Awaitable[None]]


async def run_steps(steps: Sequence[StopStep]) -> None:
    """Run the steps one after the other. A step that takes longer than its share is cancelled.

    Raises the first error of a step after all steps have had their turn.
    """
    failures: list[BaseException] = []
    for step in steps:
        task = asyncio.ensure_future(step.work())
        done, _ = await asyncio.wait([task], timeout=step.most_s)
        if not done:
            log.warning("%s did not end within %.1f s; the stop goes on", step.name, step.most_s)
            task.cancel()
            # else asyncio logs it
            task.add_done_callback(lambda late: late.cancelled() or late.exception())
        elif not task.cancelled() and (error := task.exception()):
            failures.append(error)
    if failures:
        raise failures[0]
