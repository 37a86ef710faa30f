"""Why somebody is elsewhere, as they say it, without the position that stands in it: that is kept apart."""

import re
from collections.abc import Sequence

from bot.understanding.arguments.positions import halves_in, position_spans
from bot.understanding.words.cues import cue
from bot.understanding.words.normalise import Text, normalise
from bot.understanding.words.tokens import Token

_ANNOUNCES = cue("announces_position")
_NO_LONGITUDE = cue("no_longitude")
_SIGNS_BEFORE = ' \n\t@,;:、。.([（{<"=&|/_·-—'
_FOLLOWS = re.compile(r"(?:[\s,;:、。)\]）}>\"°度&|/_·]|[nsew](?![a-z]))*")
_EDGES = " \n,.;:、。-—@&|/_·"


def without_positions(reason: str, said: str = "") -> str:
    """Return a reason as it was written, without coordinates and their accuracy; empty where nothing is left.

    Nor with half of any that stand in the whole message `said`, out of which it may have been cut at their comma.
    """
    text = normalise(reason)
    spans = sorted([*position_spans(text.folded), *halves_in(text.folded, normalise(said).folded)])
    if not spans:
        return reason
    pieces, at = [], 0
    for start, end in spans:
        before = _without_announcing(text.folded[at : max(at, start)])
        pieces.append(text.shown[at : at + len(before)])
        at = max(at, end)
        follows = _FOLLOWS.match(text.folded, at)
        if follows is not None:
            at = follows.end()
    rest = text.shown[at:]
    said = " ".join(piece.strip(_EDGES) for piece in (*pieces, rest) if piece.strip(_EDGES))
    return " ".join(said.split())


def _without_announcing(before: str) -> str:
    """Return what stands before some coordinates without the words and signs that announce them.

    The letter behind an apostrophe is the end of a word, and no point of the compass: "at a client's".
    """
    before = before.rstrip(_SIGNS_BEFORE)
    while not _NO_LONGITUDE.ends(before) and (start := _ANNOUNCES.ending(before)) is not None:
        if before[:start].endswith("'"):
            break
        before = before[:start].rstrip(_SIGNS_BEFORE)
    return before


def told_fieldwork(clauses: Sequence[Sequence[Token]], text: Text) -> str | None:
    """Return what is told of work elsewhere where no word announces a reason: 外勤打卡，拜访客户."""
    for clause in clauses:
        for token in clause:
            if "fieldwork" in token.kinds and "reason_word" in token.kinds:
                return text.shown[token.start : clause[-1].end].strip() or None
            if "reason" in token.kinds:
                return None
    return None
