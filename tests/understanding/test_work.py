"""Twice the words take about twice the steps: no rule looks at all words again for each of them."""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from bot.understanding import IntentName, NoneReason, understand
from bot.understanding.arguments.named import unclear, unlike_names
from bot.understanding.arguments.read import MOST_TOKENS
from bot.understanding.arguments.reasons import without_positions
from bot.understanding.words.normalise import LIMIT, normalise
from bot.understanding.words.tokens import tokenise
from tests.understanding.figures import TODAY

RATIO = 2.2  # of the steps for twice as many words; where each looks at all others it tends to four
MOST_STEPS = 2_000_000  # of any text; some fifteen milliseconds
STARTS = [
    "remind me off ", "stop reminding me ", "本周末别提醒", "no reminders ", "stop the digest ", "请假",
    "谁没打卡", "昨天忘打卡 18点走的 ", "refuse C-7F3K2M ", "我在总部打卡",
]  # fmt: skip
PIECES = ["取消这个", "免打扰 ", "今天和", "9点", "周末打卡", "贼一", "号厂"]


def steps(work: Callable[[], object]) -> int:
    """Return how many instructions of Python some work takes."""
    taken = 0

    def count(frame: FrameType, event: str, _: object) -> Any:
        nonlocal taken
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        taken += event == "opcode"
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        work()
    finally:
        sys.settrace(before)
    return taken


def repeated(start: str, piece: str, tokens: int) -> str:
    """Return a text of so many tokens, as nearly as a piece can make it."""
    of_one = max(1, (len(tokenise(normalise(piece * 20).folded)) + 10) // 20)
    return (start + piece * (tokens // of_one))[:LIMIT]


@pytest.mark.parametrize("start", STARTS)
def test_twice_the_words_take_about_twice_the_steps(start: str) -> None:
    for piece in PIECES:
        few, many = (_steps_to_understand(start, piece, words) for words in (MOST_TOKENS // 2, MOST_TOKENS))
        assert many < RATIO * few, f"{start}{piece}: {few} and {many}"
        assert many < MOST_STEPS, f"{start}{piece}: {many}"


def _steps_to_understand(start: str, piece: str, words: int) -> int:
    text = repeated(start, piece, words - 20)
    understand(text, today=TODAY)  # what is remembered is no work
    return steps(lambda: understand(text, today=TODAY))


def test_of_many_unknown_words_each_is_looked_at_once() -> None:
    for piece in ("贼一", "bob-", "x.", "bob "):
        few, many = (_steps_to_name(piece * count) for count in (250, 500))
        assert many < RATIO * few, piece


def _steps_to_name(written: str) -> int:
    text = normalise(written)
    tokens = tokenise(text.folded)
    return steps(lambda: (unclear(tokens, text), unlike_names(tokens, text)))


def test_many_unlike_coordinates_take_no_pattern_each() -> None:
    said = " ".join(f"{north}.{north:03}" for north in range(10, 99))
    half = said[: len(said) // 2]
    without_positions(said, said)
    few, many = (steps(lambda text=text: without_positions(text, text)) for text in (half, said))
    assert many < RATIO * few


def test_a_message_of_more_words_than_anybody_says_is_not_looked_at() -> None:
    assert understand("晚" * MOST_TOKENS, today=TODAY).name is not IntentName.CLOCK_IN
    told = understand("打卡，" + "晚" * MOST_TOKENS, today=TODAY)
    assert (told.name, told.none_reason) == (IntentName.NONE, NoneReason.NOT_ABOUT_US)
    assert steps(lambda: understand("晚" * LIMIT, today=TODAY)) < MOST_STEPS
