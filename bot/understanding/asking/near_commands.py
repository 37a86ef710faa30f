"""What nearly is a command: known by the whole of its wording, and answered with the command that is meant."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Literal

from bot.understanding.words.cues import phrases_of
from bot.understanding.words.normalise import normalise
from bot.understanding.words.patterns import any_of
from bot.understanding.words.shapes import has_shape
from bot.understanding.words.tokens import Token, tokenise_as
from bot.understanding.words.vocabulary import table

NearCommand = Literal["requests", "withdrawal", "picture"]

LONGEST = 40  # characters; what is longer says something of its own
_SHAPES: Mapping[NearCommand, str] = {
    "withdrawal": "near_withdrawal",
    "requests": "near_requests",
    "picture": "near_picture",
}
_CUES = (
    "asking", "shows", "decision", "decision_alone", "all_of_it", "requests_at_large", "made_up_punch",
    "from_whom", "no_name", "awaiting", "withdrawal", "request_named", "chart", "closing",
)  # fmt: skip
# that of a request, cut off or too long; one that is whole names its request
_BROKEN_REFERENCE = re.compile(r"(?<![a-z0-9])c-(?![0-9a-z]{6}(?![0-9a-z]))[0-9a-z]*(?:\.\.\.|…)?")
_SEPARATES = frozenset({"sep", "line"})
_REFERS = frozenset({"reference"})


def near_command(text: str) -> NearCommand | None:
    """Return what a message nearly asks for, None where it asks for nothing or for something that is a command.

    "approve all", "approve C-7F3" and 撤回补卡申请 name no request: each is decided, or taken back, by its own
    whole reference.
    """
    if len(text) > LONGEST:
        return None
    folded = normalise(text).folded
    if _signs("triggers").search(folded) is None:
        return None
    tokens = _tokens(folded)
    return next((key for key, shape in _SHAPES.items() if has_shape(tokens, shape)), None)


def is_near_after_all(text: str) -> bool:
    """Tell the same of a message that reads as something else, which 撤回补卡申请 does: it undoes no punch."""
    return (
        len(text) <= LONGEST and _signs("otherwise").search(text.lower()) is not None and bool(near_command(text))
    )


@cache
def _signs(kind: str) -> re.Pattern[str]:
    """Return the signs of which every such message has one."""
    listed = table("near")[kind]
    return any_of(word for language in ("zh", "en") for word in listed[language])


def _tokens(folded: str) -> list[Token]:
    phrases = phrases_of(*_CUES)
    named = _BROKEN_REFERENCE.search(folded)
    if named is None:
        tokens = tokenise_as(folded, phrases)
    else:
        reference = Token(named[0], *named.span(), _REFERS, {})
        before, after = (tokenise_as(part, phrases) for part in (folded[: named.start()], folded[named.end() :]))
        tokens = [*before, reference, *after]
    return [token for token in tokens if not token.kinds or token.kinds - _SEPARATES]
