"""How well sentences are understood, as a table.

Run `make evaluate`. `ARGS=--quick` takes only 20,000 mutants.
"""

import random
import re
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

from bot.actions import PunchAction
from bot.domain.shifts import CheckType
from bot.understanding.gate import read_punch
from bot.understanding.router import PUNCHES
from bot.understanding.understand import Act, Understood, understand
from training.everyday import everyday_figures, read_everyday
from training.sentences import NATURAL, TEST, TRAINING, Sentence, read_sentences

TODAY = date(2025, 11, 26)
SITES = ("HQ", "总部", "Site B")
MUTANTS = 1_000_000
# Each of these words takes a punch back: it denies, delays, asks, reports or names somebody else.
VETOES = (Path(__file__).parent / "vetoes.txt").read_text(encoding="utf-8").split()
HOSTILE = (
    "9" * 10_000, "1.1," * 500, "(" * 1_000 + ")" * 1_000, "“" * 1_000 + "打卡" + "”" * 998, "!" * 1_000_000,
    "a" * 2_000, "in " * 650, "打卡" * 1_000, "打卡" * 60, "到了," * 30, "王" * 2_000, "一" * 1_999 + "点",
    "ﷺ" * 2_000, "a" + "\u0301\u0323" * 999, "clock-" * 330, "zq " * 660, "@" * 2_000, "9月1日到" * 70,
    "周五" * 150, "39.9,116.4 " * 30, "8点差5分" * 60, "early morning " * 20, "😀" * 120, "c-7f3k2m " * 30,
)  # fmt: skip
_PLACES = re.compile(r"(?=[\u4e00-\u9fff])|(?<=[\u4e00-\u9fff])|\b")  # where a word may be inserted


class Figures(NamedTuple):
    """Figures over labelled sentences. The lists hold texts."""

    false_punches: list[str]
    wrong_directions: list[str]
    reached: float  # share of punches, at once or by one button
    at_once: float
    accuracy: float  # share of sentences with the right action
    needless: float  # share of small talk with a punch button
    wrong: list[tuple[str, str, str]]  # text, meant, understood


def read(text: str) -> Understood:
    """Understand a text on a fixed day with three sites."""
    return understand(text, today=TODAY, sites=SITES)


def figures(sentences: Iterable[Sentence]) -> Figures:
    """Return the figures of these sentences."""
    read_as = [(sentence, read(sentence.text)) for sentence in sentences]
    punches = [(meant, found) for meant, found in read_as if meant.is_punch]
    others = [found for meant, found in read_as if meant.action in ("none", "unanswerable")]
    done = [
        (meant, found)
        for meant, found in read_as
        if found.act is Act.DO and found.intents[0] in PUNCHES
    ]
    return Figures(
        [meant.text for meant, _ in done if not meant.is_punch],
        [
            meant.text
            for meant, found in done
            if meant.is_punch and not _has_direction(found, meant.action)
        ],
        _share(meant.action in found.intents for meant, found in punches),
        _share(found.act is Act.DO for _, found in punches),
        _share(found.intents[0] == meant.action for meant, found in read_as),
        _share(bool({*PUNCHES}.intersection(found.intents)) for found in others),
        [
            (meant.text, meant.action, found.intents[0])
            for meant, found in read_as
            if found.intents[0] != meant.action
        ],
    )


def _has_direction(found: Understood, action: str) -> bool:
    """Return whether a punch has its label's direction.

    A bare 打卡 is "clock_in" without direction.
    """
    punch = found.actions[0]
    assert isinstance(punch, PunchAction)
    wanted = (CheckType.OFF_DUTY,) if action == "clock_out" else (CheckType.ON_DUTY, None)
    return punch.direction in wanted


def _share(holds: Iterable[bool]) -> float:
    truths = list(holds)
    return sum(truths) / len(truths) if truths else 1.0


def false_punches_by_gate(sentences: Iterable[Sentence]) -> list[str]:
    """Return the texts that punch at once by mistake."""
    return [
        row.text
        for row in sentences
        if not row.is_punch and read_punch(row.text, SITES) is not None
    ]


def mutants(sentences: Sequence[Sentence], count: int) -> Iterator[str]:
    """Return plain punches, each with a random word inserted that takes the punch back."""
    plain = [
        row.text for row in sentences if row.is_punch and read_punch(row.text, SITES) is not None
    ]
    chosen = random.Random(0)  # noqa: S311 - the same mutants each time
    for _ in range(count):
        text, veto = chosen.choice(plain), chosen.choice(VETOES)
        at = chosen.choice([place.start() for place in _PLACES.finditer(text)])
        space = " " if "a" <= veto[0] <= "z" else ""
        yield f"{text[:at]}{space}{veto}{space}{text[at:]}"


def cold_seconds() -> float:
    """Return the processor seconds of a new process up to its first understood sentence."""
    code = (
        "import time; start = time.process_time(); from datetime import date\n"
        "from bot.understanding.understand import understand; understand('谁没打卡', today=date(2025, 11, 26))\n"
        "print(time.process_time() - start)"
    )
    command = [sys.executable, "-c", code]
    runs = [subprocess.run(command, capture_output=True, check=True, text=True) for _ in range(3)]  # noqa: S603
    return min(float(run.stdout) for run in runs)


def hostile_ms() -> float:
    """Return the processor time of the worst hostile text in ms, the best of three tries each."""
    return 1000 * max(min(_seconds(text) for _ in range(3)) for text in HOSTILE)


def _seconds(text: str) -> float:
    start = time.process_time()
    read(text)
    return time.process_time() - start


def main() -> None:
    """Print the table."""
    test, training = read_sentences(TEST), read_sentences(TRAINING)
    natural = figures(row for row in test if row.kind in NATURAL)
    unseen = figures(row for row in test if row.kind == "unseen")
    whole = figures(test)
    everyday = everyday_figures(read_everyday())
    count = 20_000 if "--quick" in sys.argv else MUTANTS
    passed = [
        text for text in mutants([*training, *test], count) if read_punch(text, SITES) is not None
    ]
    rows = (
        ("false punches, test set", len(whole.false_punches), "0"),
        ("false punches, training rows", len(false_punches_by_gate(training)), "0"),
        (f"false punches, {count:,} mutants", len(passed), "0"),
        ("wrong directions at once, test set", len(whole.wrong_directions), "0"),
        ("punches reached, natural", natural.reached, ">= 0.97"),
        ("punches reached, unseen", unseen.reached, ">= 0.97"),
        ("punches at once, natural", natural.at_once, ">= 0.55"),
        ("punches at once, unseen", unseen.at_once, ">= 0.55"),
        ("accuracy over actions, natural", natural.accuracy, ">= 0.93"),
        ("accuracy over actions, unseen", unseen.accuracy, ">= 0.93"),
        ("accuracy over actions, test set", whole.accuracy, ""),
        ("needless offers of a punch, natural", natural.needless, "<= 0.06"),
        ("needless offers of a punch, test set", whole.needless, ""),
        ("needless offers of a punch, unseen", unseen.needless, "<= 0.06"),
        ("false punches, everyday", len(everyday.false_punches), "0"),
        ("silent misreadings, everyday", len(everyday.silent), "0"),
        ("wishes beside a punch lost, everyday", len(everyday.lost), "0"),
        ("punches reached, everyday", everyday.reached, ">= 0.97"),
        ("punches at once, everyday", everyday.at_once, ""),
        ("accuracy over actions, everyday", everyday.accuracy, ">= 0.94"),
        ("slots right, everyday", everyday.slots, ">= 0.94"),
        ("needless offers of a punch, everyday", everyday.needless, "<= 0.05"),
        ("hostile text, ms", hostile_ms(), "<= 5"),
        ("cold, s", cold_seconds(), "<= 0.6"),
    )
    for name, value, wanted in rows:
        print(f"{name:40} {value:>8{'.3f' if isinstance(value, float) else ''}}  {wanted}")
    if "--wrong" in sys.argv:
        print(
            *(f"{text}: {found}, not {meant}" for text, meant, found in natural.wrong),
            *everyday.wrong,
            *passed[:50],
            sep="\n",
        )


if __name__ == "__main__":
    main()
