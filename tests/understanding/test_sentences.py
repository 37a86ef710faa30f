"""How well unseen sentences are understood. `make evaluate` prints the whole table."""

import re
from collections import Counter

import pytest

from training.evaluate import Figures, figures
from training.everyday import everyday_figures, read_everyday
from training.sentences import NATURAL, TEST, TRAINING, read_sentences

SENTENCES = read_sentences(TEST)


@pytest.fixture(scope="module")
def natural() -> Figures:
    return figures(row for row in SENTENCES if row.kind in NATURAL)


def test_no_sentence_punches_by_mistake() -> None:
    found = figures(SENTENCES)
    assert found.false_punches == []
    assert found.wrong_directions == []


def test_most_natural_punches_are_made_at_once(natural: Figures) -> None:
    assert natural.reached >= 0.97
    assert natural.at_once >= 0.55


def test_most_actions_are_understood(natural: Figures) -> None:
    assert natural.accuracy >= 0.93, natural.wrong


def test_small_talk_is_seldom_offered_a_punch(natural: Figures) -> None:
    assert natural.needless <= 0.06


def test_everyday_sentences_keep_their_wishes_and_slots() -> None:
    everyday = everyday_figures(read_everyday())
    assert (everyday.false_punches, everyday.silent, everyday.lost) == ([], [], [])
    assert everyday.reached >= 0.97
    assert everyday.accuracy >= 0.94, everyday.wrong
    assert everyday.slots >= 0.94, everyday.wrong
    assert everyday.needless <= 0.05


def test_the_test_set_is_untrained_and_covers_all_actions() -> None:
    training = read_sentences(TRAINING)
    held = [*SENTENCES, *read_everyday()]
    assert not {_letters(row.text) for row in held} & {_letters(row.text) for row in training}
    assert len(held) <= 3_000
    assert sum(row.kind == "unseen" for row in SENTENCES) == 500
    counts = Counter(row.action for row in SENTENCES)
    assert set(counts) == {row.action for row in training}
    assert min(counts.values()) >= 10
    assert {row.lang for row in SENTENCES} == {"zh", "en", "mixed"}


def _letters(text: str) -> str:
    return re.sub(r"[\W_]", "", text.casefold())
