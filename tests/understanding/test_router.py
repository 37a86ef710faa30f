"""The router's array: it belongs to the training sentences, and any text can be classified."""

import json
from zipfile import ZipFile

import pytest

from bot.understanding.router import ARRAY_FILE, likelihoods, load_array
from training.evaluate import HOSTILE
from training.sentences import TRAINING, digest_of_training, read_sentences


def test_the_array_belongs_to_the_training_sentences() -> None:
    with ZipFile(ARRAY_FILE) as stored:
        assert json.loads(stored.read("about.json"))["sentences"] == digest_of_training(), (
            "run `make train`"
        )
    assert set(load_array().intents) == {sentence.action for sentence in read_sentences(TRAINING)}


def test_the_array_stays_small() -> None:
    assert ARRAY_FILE.stat().st_size <= 650_000


@pytest.mark.parametrize("text", ["", " ", "打卡", *HOSTILE])
def test_likelihoods_of_any_text_add_up_to_one(text: str) -> None:
    found = list(likelihoods(text).values())
    assert sum(found) == pytest.approx(1, abs=1e-4)
    assert found == sorted(found, reverse=True)
