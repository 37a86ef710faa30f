"""How fast sentences are understood: many ordinary ones a second, and the worst ones in milliseconds each.

Cycles are looked for as seldom as in the running assistant.

Run `python benchmarks/understanding.py [FILE.jsonl ...]`; each line of a file holds a `text`.
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
from bot.understanding import understand

TODAY = date(2025, 11, 24)
WANTED_PER_SECOND = 5_000
WORST_MS = 20.0
OWN = Path(__file__).parent.parent / "tests" / "understanding"

WORST: dict[str, str] = {
    "10,000 digits": "9" * 10_000,
    "2,000 digits": "9" * 2_000,
    "2,000 digits, dotted": "1.1," * 500,
    "nested brackets": "(" * 1_000 + ")" * 1_000,
    "nested quotes": "“" * 1_000 + "打卡" + "”" * 998,
    "one sign a million times": "!" * 1_000_000,
    "one letter 2,000 times": "a" * 2_000,
    "one word 650 times": "in " * 650,
    "打卡 1,000 times": "打卡" * 1_000,
    "names without end": "王" * 2_000,
    "numerals without end": "一" * 1_999 + "点",
    "degrees without end": "39°" * 600,
    "clauses without end": "到了," * 600,
    "ligatures that grow": "ﷺ" * 2_000,
    "combining marks": "a" + "\u0301\u0323" * 999,
    "hyphens": "clock-" * 330,
    "unknown words": "zq " * 660,
    "near typos": "clokc " * 330,
    "one word for oneself 2,000 times": "我" * 2_000,
    "at signs without end": "@" * 2_000,
    "pages without end": "第2页" * 666,
    "leave without end": "请上午的假" * 400,
    "positions without end": "用" * 1_990 + "定位",
    "requests without end": "我的补卡 " * 400,
    "days without reminders": "no reminders " + "3天" * 298,
    "reminders that are over": "stop reminding me " + "我提醒了，" * 140,
    "week-ends without reminders": "remind me off " + "本周末" * 198,
    "days of leave": "请假" + "周五" * 598,
    "times that one left": "昨天忘打卡" + "18点走的" * 198,
    "people without end": "谁没打卡" + "贼一" * 298,
    "excuses without end": "取消" * 290 + "豁免张三",
    "decisions without end": "refuse C-7F3K2M " + "礼拜一早张三 " * 145,
    "words just below the most": "没把我的早班卡给我弄上，" * 150,
    "one sign more than any message has words": "晚" * 601,
}


def main() -> int:
    """Print the figures; return 1 when one of them misses its mark."""
    gc.set_threshold(COLLECT_AFTER)
    texts = [text for path in _files() for text in _texts(path)]
    understand("打卡", today=TODAY)
    rounds = max(1, 20_000 // len(texts))
    spent = _seconds(partial(_understand_all, texts * rounds))
    speed = rounds * len(texts) / spent
    print(f"{speed:10,.0f} sentences a second ({len(texts)} sentences, {rounds} rounds, one core)")
    slowest = 0.0
    for name, text in WORST.items():
        took = min(_seconds(partial(understand, text, today=TODAY)) for _ in range(3)) * 1000
        slowest = max(slowest, took)
        print(f"{took:10.2f} ms  {name}")
    return 0 if speed >= WANTED_PER_SECOND and slowest < WORST_MS else 1


def _understand_all(texts: list[str]) -> None:
    for text in texts:
        understand(text, today=TODAY)


def _files() -> list[Path]:
    return [Path(name) for name in sys.argv[1:]] or [OWN / "positives.jsonl", OWN / "negatives.jsonl"]


def _texts(path: Path) -> list[str]:
    return [json.loads(line)["text"] for line in path.read_text(encoding="utf-8").splitlines()]


def _seconds(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


if __name__ == "__main__":
    raise SystemExit(main())
