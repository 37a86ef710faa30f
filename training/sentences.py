"""The labelled sentences: the training set and the test set."""

import hashlib
import json
from pathlib import Path
from typing import NamedTuple

from bot.understanding.router import buckets

TRAINING = Path(__file__).parent / "sentences.jsonl"
# never trained on
TEST = Path(__file__).parent.parent / "tests" / "understanding" / "sentences_test.jsonl"
NATURAL = frozenset({"natural", "unseen"})


class Sentence(NamedTuple):
    """A sentence and its intended action.

    `kind` is "natural" for ordinary sentences, and "unseen" for sentences of an independent author.
    Another `kind` names a sentence that must not punch. `lang` is zh, en or mixed.
    """

    text: str
    action: str
    lang: str
    kind: str = ""

    @property
    def is_punch(self) -> bool:
        """Return whether the sentence asks for a punch."""
        return self.action in ("clock_in", "clock_out")


def read_sentences(path: Path) -> list[Sentence]:
    """Return the sentences of a file."""
    return [Sentence(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]


def digest_of_training() -> str:
    """Return the hash that the router's array carries, over the sentences and their buckets."""
    pieces = [buckets(sentence.text) for sentence in read_sentences(TRAINING)[::50]]
    return hashlib.sha256(TRAINING.read_bytes() + repr(pieces).encode()).hexdigest()
