"""The router: a linear model for the likelihood of each intent, and the choice among intents."""

import json
import re
from array import array
from collections.abc import Mapping, Sequence
from functools import cache
from math import exp, sqrt
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple
from zipfile import ZipFile
from zlib import crc32

from bot.understanding.vocabulary import fold

ARRAY_FILE = Path(__file__).parent / "router.npz"  # written by training/train.py
BUCKET_BITS = 16
_LONGEST = 200  # characters; the rest is ignored
_WORD = re.compile(r"[a-z']+|\d+|[^\sa-z\d]")
_NUMBER = re.compile(r"\d+")
_REFERENCE = re.compile(r"(?<![a-z0-9])c-[a-z0-9]{6}(?![a-z0-9])")


def buckets(text: str) -> list[int]:
    """Return the sorted bucket numbers of the pieces of a text.

    Pieces are one to four characters, or one to three words. Only the length of a number counts.
    All references of requests count as the same.
    """
    folded = _REFERENCE.sub("c-7f3k2m", fold(text)[:_LONGEST])
    folded = _NUMBER.sub(lambda number: "0" * min(len(number[0]), 4), folded)
    signs = f"\x02{folded}\x03"
    pieces = {signs[at : at + size] for size in (1, 2, 3, 4) for at in range(len(signs) - size + 1)}
    words = ["^", *_WORD.findall(folded), "$"]
    pieces.update(
        " ".join(words[at : at + size]) + "\x01"
        for size in (1, 2, 3)
        for at in range(len(words) - size + 1)
    )
    return sorted({crc32(piece.encode()) & ((1 << BUCKET_BITS) - 1) for piece in pieces})


class Array(NamedTuple):
    """The trained model: the rarity of each bucket, and its weights for intents."""

    intents: tuple[str, ...]
    scale: tuple[float, ...]  # of each intent's weights
    bias: tuple[float, ...]  # of each intent
    rarity: Sequence[float]  # of each bucket
    begins: Sequence[int]  # the position of each bucket's first weight, then the end
    weights: memoryview  # pairs of an intent's number and its weight


@cache
def load_array() -> Array:
    """Read the array of this version, once. This takes about ten milliseconds."""
    with ZipFile(ARRAY_FILE) as stored:
        about = json.loads(stored.read("about.json"))
        return Array(
            intents=tuple(about["intents"]),
            scale=tuple(about["scale"]),
            bias=tuple(about["bias"]),
            rarity=array("f", _elements(stored.read("rarity.npy"))),
            begins=array("I", _elements(stored.read("begins.npy"))),
            weights=memoryview(_elements(stored.read("weights.npy"))).cast("b"),
        )


def _elements(stored: bytes) -> bytes:
    """Return the bytes after an NPY header, version 1. Its bytes 8 and 9 hold its length."""
    return stored[10 + int.from_bytes(stored[8:10], "little") :]


def likelihoods(text: str) -> Mapping[str, float]:
    """Return the likelihood of each intent, from 0 to 1, the likeliest first."""
    model = load_array()
    sums = [0.0] * len(model.intents)
    squares = 0.0
    for bucket in buckets(text):
        rarity = model.rarity[bucket]
        squares += rarity * rarity
        pairs = model.weights[model.begins[bucket] : model.begins[bucket + 1]].tolist()
        for intent, weight in zip(pairs[::2], pairs[1::2], strict=True):
            sums[intent] += rarity * weight
    length = sqrt(squares)
    scores = [
        total / length * scale + bias
        for total, scale, bias in zip(sums, model.scale, model.bias, strict=True)
    ]
    highest = max(scores)
    likely = [exp(score - highest) for score in scores]
    whole = sum(likely)
    chances = {name: weight / whole for name, weight in zip(model.intents, likely, strict=True)}
    return dict(sorted(chances.items(), key=itemgetter(1), reverse=True))


PUNCHES = ("clock_in", "clock_out")
# the answer is the short help, or that the bot cannot answer
UNANSWERED = frozenset({"none", "unanswerable"})
# Chosen with unlearned sentences: it finds 97 of 100 punches, with few needless buttons.
_OFFER_PUNCH = 0.3  # likelihood of both punches together
_SURE = 0.3  # below, the likely intents become buttons
_LIKELY = 0.12  # below, an intent gets no button
PERSON = "\0"  # stands for a name in a text
_TO_PUNCH = "打卡|签到|签退|[上下]班打卡|打[上下]班卡|(?:clock|punch|check|sign) (?:in|out)"
_PLAIN_NUDGE = re.compile(
    rf"(?:(?:请|麻烦|帮我|帮忙|please )?(?:催|提醒|nudge|remind)(?:一下|下)? ?@?{PERSON}?"
    rf"(?: ?一下| ?(?:to )?(?:{_TO_PUNCH}))?"
    rf"|(?:@[^ ]+ |@?{PERSON}[ ,]*)?(?:请|please )?(?:记得|别忘了?|remember to|don't forget to) ?"
    rf"(?:{_TO_PUNCH})[哦噢啊呀吧]?)(?: please)?[。.!]?"
)


def decide(chances: Mapping[str, float]) -> tuple[str, ...]:
    """Return the intents of a message that the gate did not pass, the likeliest first.

    Several intents become buttons. A punch is always a button.
    """
    ranked = sorted(chances, key=lambda intent: -chances[intent])
    best = ranked[0]
    likely = [
        intent for intent in ranked if chances[intent] >= _LIKELY and intent not in UNANSWERED
    ]
    if best in PUNCHES or sum(chances.get(intent, 0) for intent in PUNCHES) >= _OFFER_PUNCH:
        if not set(PUNCHES).isdisjoint(likely[:3]):
            return tuple(likely[:3])
        return (*likely[:2], next(intent for intent in ranked if intent in PUNCHES))
    if best in UNANSWERED or chances[best] >= _SURE:
        return (best,)
    choices = tuple(intent for intent in ranked[:3] if intent in likely)
    return choices if len(choices) > 1 else (best,)


def is_plain_nudge(folded: str) -> bool:
    """Return whether a folded text, with PERSON for a name, only asks to remind one person."""
    return _PLAIN_NUDGE.fullmatch(folded) is not None
