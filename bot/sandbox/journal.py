"""What a restarted sandbox still knows: messages, punches, absences and the time."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO


class Journal:
    """An append-only file of `{"kind", "now_ms", …}` lines, each flushed; without a directory it keeps nothing."""

    def __init__(self, data_dir: Path | None, now_ms: Callable[[], int]) -> None:
        self._path = data_dir / "sandbox.jsonl" if data_dir else None
        self._now_ms = now_ms
        self._file: TextIO | None = None

    def open(self) -> list[dict[str, Any]]:
        """Return the lines of earlier runs, without those that a kill tore, and get ready to append."""
        if self._path is None:
            return []
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self._path.open("a+", encoding="utf-8", errors="replace")
        self._file.seek(0)
        found = []
        for line in self._file:
            try:
                found.append(json.loads(line))
            except ValueError:
                continue
        self._file.write("\n")  # behind a torn line
        return found

    def append(self, kind: str, **fields: Any) -> None:
        """Add one line, if there is a file."""
        if self._file is not None:
            line = {"kind": kind, "now_ms": self._now_ms(), **fields}
            self._file.write(json.dumps(line, ensure_ascii=False) + "\n")
            self._file.flush()

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
