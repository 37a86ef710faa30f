"""Long-running tasks: a task that dies is seen, logged and started again."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable

log = logging.getLogger(__name__)

STABLE_AFTER_S = 60.0
LONGEST_PAUSE_S = 30.0


class Supervisor:
    """Keeps named tasks running until it is stopped."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self.restarts: dict[str, int] = {}

    def start(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """Run `work` under `name`; it should never return, and is started again when it does or dies."""
        self.restarts[name] = 0
        self._tasks[name] = asyncio.create_task(self._keep_running(name, work), name=name)

    async def stop(self, name: str) -> None:
        """Cancel one task and wait for it to end."""
        task = self._tasks.pop(name, None)
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def stop_all(self) -> None:
        """Cancel all tasks, the last started first, and wait for them to end."""
        for name in reversed(list(self._tasks)):
            await self.stop(name)

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
            failures = 1 if loop.time() - began > STABLE_AFTER_S else failures + 1
            self.restarts[name] += 1
            await asyncio.sleep(self._rng.uniform(0.1, min(LONGEST_PAUSE_S, 2.0 ** min(failures, 5))))
