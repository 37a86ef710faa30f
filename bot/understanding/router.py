"""The router: how likely each intent is, by a linear model over pieces of the text. It never punches by itself."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from bot.understanding.fold import fold

ARRAY_FILE = Path(__file__).parent / "router.npz"  # written by training/train.py
BUCKET_BITS = 16
_LONGEST = 200  # characters that are read
_WORD = re.compile(r"[a-z']+|\d+|[^\sa-z\d]")
_NUMBER = re.compile(r"\d+")
_REFERENCE = re.compile(r"(?<![a-z0-9])c-[a-z0-9]{6}(?![a-z0-9])")


def buckets(text: str) -> list[int]:
    """Return the numbers of the buckets that the pieces of a text fall into, in order.

    Pieces are runs of one to four characters and of one to three words. A number counts by its length alone, and
    the code of a request is the same whatever it is.
    """
    said = _REFERENCE.sub("c-7f3k2m", fold(text)[:_LONGEST])
    said = _NUMBER.sub(lambda number: "0" * min(len(number[0]), 4), said)
    signs = f"\x02{said}\x03"
    pieces = {signs[at : at + size] for size in (1, 2, 3, 4) for at in range(len(signs) - size + 1)}
    words = ["^", *_WORD.findall(said), "$"]
    pieces.update(
        " ".join(words[at : at + size]) + "\x01" for size in (1, 2, 3) for at in range(len(words) - size + 1)
    )
    return sorted({crc32(piece.encode()) & ((1 << BUCKET_BITS) - 1) for piece in pieces})


class Array(NamedTuple):
    """The trained model: for each bucket a weight of each intent, and how rare the bucket is."""

    intents: tuple[str, ...]
    weights: NDArray[np.int8]  # a row for each bucket
    scale: NDArray[np.float32]  # of each intent's weights
    bias: NDArray[np.float32]  # of each intent
    rarity: NDArray[np.float32]  # of each bucket

    def likelihoods(self, text: str) -> Mapping[str, float]:
        """Return how likely each intent is, from 0 to 1, the likeliest first."""
        rows = np.array(buckets(text))
        rarity = self.rarity[rows]
        sums = rarity @ self.weights[rows].astype(np.float32)
        scores = sums / np.sqrt(rarity @ rarity) * self.scale + self.bias
        likelihoods = np.exp(scores - scores.max())
        likelihoods /= likelihoods.sum()
        return {self.intents[at]: float(likelihoods[at]) for at in np.argsort(-likelihoods, kind="stable")}


@cache
def load_array() -> Array:
    """Read the array that belongs to this version, once: about ten milliseconds."""
    with np.load(ARRAY_FILE) as stored:
        intents = tuple(map(str, stored["intents"]))
        return Array(
            intents, stored["weights"], stored["scale"], stored["bias"], stored["rarity"].astype(np.float32)
        )


def likelihoods(text: str) -> Mapping[str, float]:
    """Return how likely each intent is, from 0 to 1, the likeliest first."""
    return load_array().likelihoods(text)
