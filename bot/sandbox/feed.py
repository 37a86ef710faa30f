"""News of the sandbox: for listeners at once, and in a file for the next start."""

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO, TypeVar

Listener = Callable[[str, Any], None]
_T = TypeVar("_T")


class Feed:
    """Calls listeners with a kind and its news, such as an Entry.

    Writes kept kinds to a file in `data_dir`.
    """

    def __init__(self, data_dir: Path | None, now_ms: Callable[[], int]) -> None:
        self._path = data_dir / "sandbox.jsonl" if data_dir else None
        self._now_ms = now_ms
        self._file: TextIO | None = None
        self._listeners: list[Listener] = []
        self._restorers: dict[str, Callable[..., object]] = {"clock": lambda: None}

    def keep(self, kind: str, restore: Callable[..., object]) -> None:
        """Keep news of this kind. At the next start `restore` gets the fields of each."""
        self._restorers[kind] = restore

    def open(self) -> int:
        """Restore the news of earlier runs.

        Return the time of the last, in ms since 1970; 0 for none.
        """
        now_ms = 0
        if self._path is not None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._path.open("a+", encoding="utf-8", errors="replace")
            self._file.seek(0)
            for text in self._file:
                with suppress(ValueError):  # a kill tore the line
                    line = json.loads(text)
                    self._restorers[line["kind"]](**line["news"])
                    now_ms = line["now_ms"]
            self._file.write("\n")  # ends a torn line
        return now_ms

    def publish(self, kind: str, news: Any = None) -> None:
        if self._file is not None and kind in self._restorers:
            line = {"kind": kind, "now_ms": self._now_ms(), "news": asdict(news) if news else {}}
            self._file.write(json.dumps(line, ensure_ascii=False) + "\n")
            self._file.flush()
        for listener in tuple(self._listeners):
            listener(kind, news)

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` from now on. The returned function stops that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def wait_for(self, holds: Callable[[], _T], within_s: float) -> _T:
        """Return the first true value of `holds`, which is asked again after each news.

        Raises TimeoutError.
        """
        happened = asyncio.Event()
        stop_listening = self.listen(lambda kind, news: happened.set())
        try:
            async with asyncio.timeout(within_s):
                while not (value := holds()):
                    happened.clear()
                    await happened.wait()
                return value
        finally:
            stop_listening()

    def close(self) -> None:
        """Keep the time, and stop keeping."""
        self.publish("clock")
        if self._file is not None:
            self._file.close()
            self._file = None
