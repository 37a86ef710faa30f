"""The labelled sentences, split into a part for building and a part that is held, and the figures on them."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from bot.understanding import understand
from bot.understanding.explain import as_dict

TODAY = date(2025, 11, 26)  # a Wednesday
PUNCHES = {"clock_in", "clock_out"}
HERE = Path(__file__).parent


def rows(name: str) -> list[dict[str, Any]]:
    """Return the lines of a .jsonl file beside this one."""
    return [json.loads(line) for line in (HERE / name).read_text(encoding="utf-8").splitlines()]


def is_held(text: str) -> bool:
    """Tell whether a sentence is of the 30% that nobody looks at while writing rules."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") % 100 >= 70


@dataclass(frozen=True)
class Figures:
    """How well a set of labelled sentences is understood."""

    count: int
    accuracy: float
    punches_right: float
    false_punches: list[str]
    wrong: list[str]


def figures(labelled: Iterable[dict[str, Any]], today: date = TODAY) -> Figures:
    """Return the figures on labelled sentences. A bare 打卡 may leave its direction open."""
    lines = list(labelled)
    wrong, false_punches, punches, right = [], [], 0, 0
    for line in lines:
        said = as_dict(understand(line["text"], today=today))
        if said["intent"] != line["intent"]:
            wrong.append(f"{line['text']}: {said['intent']}, not {line['intent']}")
            if said["intent"] in PUNCHES and line["intent"] not in PUNCHES:
                false_punches.append(line["text"])
        if line["intent"] in PUNCHES:
            punches += 1
            right += said["intent"] == line["intent"] and said["direction"] in _directions(line["intent"])
    share = right / punches if punches else 1.0
    return Figures(len(lines), 1 - len(wrong) / len(lines), share, false_punches, wrong)


def _directions(intent: str) -> set[str | None]:
    return {"OnDuty", None} if intent == "clock_in" else {"OffDuty"}
