"""How fast sentences are understood: ordinary ones a second, and the worst ones in ms.

Garbage is collected as seldom as in the running bot.

Run `python benchmarks/understanding.py [FILE.jsonl ...]`. Each line of a file holds a `text`.
"""

import gc
import json
import sys
import time
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path

from bot.app import COLLECT_AFTER
from bot.understanding.understand import understand
from training.evaluate import HOSTILE
from training.sentences import TEST

TODAY = date(2025, 11, 24)
WANTED_PER_SECOND = 5_000
WORST_MS = 20.0


def main() -> int:
    """Print the figures. Return 1 if one misses its aim."""
    gc.set_threshold(*COLLECT_AFTER)
    texts = [text for path in _files() for text in _texts(path)]
    understand("打卡", today=TODAY)
    rounds = max(1, 20_000 // len(texts))
    spent = _seconds(partial(_understand_all, texts * rounds))
    speed = rounds * len(texts) / spent
    print(f"{speed:10,.0f} sentences a second ({len(texts)} sentences, {rounds} rounds, one core)")
    slowest = 0.0
    for text in HOSTILE:
        took = min(_seconds(partial(understand, text, today=TODAY)) for _ in range(3)) * 1000
        slowest = max(slowest, took)
    print(f"{slowest:10.2f} ms for the slowest hostile text")
    return 0 if speed >= WANTED_PER_SECOND and slowest < WORST_MS else 1


def _understand_all(texts: list[str]) -> None:
    for text in texts:
        understand(text, today=TODAY)


def _files() -> list[Path]:
    return [Path(name) for name in sys.argv[1:]] or [TEST]


def _texts(path: Path) -> list[str]:
    return [json.loads(line)["text"] for line in path.read_text(encoding="utf-8").splitlines()]


def _seconds(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


if __name__ == "__main__":
    raise SystemExit(main())
