"""The gate: sentences that punch at once, and sentences that never do."""

from pathlib import Path

import bot.understanding
from bot.understanding.gate import read_punch
from tests.tables import AnAction, cases
from training.evaluate import false_punches_by_gate, mutants
from training.sentences import TEST, TRAINING, read_sentences

SITES = ("HQ", "总部", "Building 7")


@cases
def test_a_plain_punch_is_read_with_all_its_parts(text: str, punch: AnAction) -> None:
    assert read_punch(text, SITES) == punch


@cases
def test_a_doubtful_sentence_never_punches(text: str) -> None:
    assert read_punch(text, SITES) is None


def test_no_labelled_sentence_punches_by_mistake() -> None:
    assert false_punches_by_gate([*read_sentences(TRAINING), *read_sentences(TEST)]) == []


def test_a_denying_word_stops_every_plain_punch() -> None:
    sentences = read_sentences(TEST)
    assert [text for text in mutants(sentences, 20_000) if read_punch(text, SITES)] == []


def test_the_word_list_stays_small() -> None:
    words = Path(bot.understanding.__file__).parent / "words.txt"
    assert words.stat().st_size <= 30_000
