"""News of what happened here: for tests at once, for a bot as events, for a restart in a file."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO

from bot.sandbox.faults import Faults

KEPT = ("said", "record", "absence", "clock")
Listener = Callable[[str, Any], None]


class Feed:
    """Calls each listener at once with a kind and its news.

    These are an Entry (`said`), a Record (`record`), an Absence (`absence`), a Frame (`frame`, `ack`) or a Call
    (`call`); other kinds have none. With a `data_dir` those of KEPT are also lines of a file.
    """

    def __init__(self, data_dir: Path | None, now_ms: Callable[[], int]) -> None:
        self._path = data_dir / "sandbox.jsonl" if data_dir else None
        self._now_ms = now_ms
        self._file: TextIO | None = None
        self._listeners: list[Listener] = []

    def open(self) -> list[dict[str, Any]]:
        """Return the kept `{"kind", "now_ms", "news"}` of earlier runs, and get ready to keep more."""
        if self._path is None:
            return []
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self._path.open("a+", encoding="utf-8", errors="replace")
        self._file.seek(0)
        found = []
        for line in self._file:
            with suppress(ValueError):  # torn by a kill
                found.append(json.loads(line))
        self._file.write("\n")  # behind a torn line
        return found

    def publish(self, kind: str, news: Any = None) -> None:
        if self._file is not None and kind in KEPT:
            line = {"kind": kind, "now_ms": self._now_ms(), "news": asdict(news) if news else {}}
            self._file.write(json.dumps(line, ensure_ascii=False) + "\n")
            self._file.flush()
        for listener in tuple(self._listeners):
            listener(kind, news)

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` from now on; the returned function stops that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def close(self) -> None:
        """Keep the time, and stop keeping."""
        self.publish("clock")
        if self._file is not None:
            self._file.close()
            self._file = None


class Notices:
    """The events still to be pushed, in their order; they wait while no bot is connected."""

    def __init__(self, faults: Faults, now_ms: Callable[[], int]) -> None:
        self._faults = faults
        self._now_ms = now_ms
        self._waiting: asyncio.Queue[tuple[str, dict[str, Any]]] = asyncio.Queue()
        self.settled = self._waiting.join  # returns once every event has been pushed

    def announce(self, event_type: str, data: dict[str, Any]) -> None:
        """Let an event be pushed, unless the fault `events_lost` swallows it."""
        if not self._faults.take("events_lost", event_type):
            stamp = {"timeStamp": str(self._now_ms())} if event_type.startswith(("user_", "org_")) else {}
            self._waiting.put_nowait((event_type, {**stamp, **data}))

    async def keep_pushing(self, push: Callable[[str, dict[str, Any]], Awaitable[None]]) -> None:
        while True:
            await push(*await self._waiting.get())
            self._waiting.task_done()
