"""What a real DingTalk would not forget, kept as JSON lines so that a restart finds it again."""

import json
from pathlib import Path
from typing import Any, TextIO


class Journal:
    """An append-only file of `{"kind": …}` lines; without a directory it keeps nothing.

    Each line is flushed to the operating system, so that killing the process loses none. Of the `clock` lines
    only the last counts, and opening the journal drops the others.
    """

    def __init__(self, data_dir: Path | None) -> None:
        self._path = data_dir / "sandbox.jsonl" if data_dir else None
        self._file: TextIO | None = None

    def open(self) -> list[dict[str, Any]]:
        """Read all lines, drop a torn last one and superseded clock positions, and get ready to append."""
        if self._path is None:
            return []
        self._path.parent.mkdir(parents=True, exist_ok=True)
        lines = _read(self._path) if self._path.exists() else []
        last_clock = [fields for fields in lines if fields["kind"] == "clock"][-1:]
        lines = [fields for fields in lines if fields["kind"] != "clock"] + last_clock
        fresh = self._path.with_suffix(".tmp")
        fresh.write_text("".join(map(_line, lines)), encoding="utf-8")
        fresh.replace(self._path)
        self._file = self._path.open("a", encoding="utf-8")
        return lines

    def append(self, kind: str, **fields: Any) -> None:
        """Add one line, if there is a file."""
        if self._file is not None:
            self._file.write(_line({"kind": kind, **fields}))
            self._file.flush()

    def close(self) -> None:
        """Stop appending."""
        if self._file is not None:
            self._file.close()
            self._file = None


def _line(fields: dict[str, Any]) -> str:
    return json.dumps(fields, ensure_ascii=False) + "\n"


def _read(path: Path) -> list[dict[str, Any]]:
    found = []
    # Not `splitlines`: what people say holds other line breaks, which JSON leaves as they are.
    for line in path.read_text(encoding="utf-8", errors="replace").split("\n"):
        try:
            fields = json.loads(line)
        except json.JSONDecodeError:
            continue  # torn by a kill in the middle of a write
        if isinstance(fields, dict) and "kind" in fields:
            found.append(fields)
    return found
