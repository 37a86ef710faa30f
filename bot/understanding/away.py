"""Whether a message says of oneself that one is away for whole days, and for which."""

import re
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise

from bot.understanding.dates import read_span, resolve
from bot.understanding.intents import DateRange
from bot.understanding.refusals import refuses
from bot.understanding.tokens import Token, kinds_of, tokenise

Clauses = Sequence[Sequence[Token]]
_PERHAPS = frozenset({"maybe", "perhaps", "probably", "可能", "也许", "大概", "说不定"})
# it was so, was to be so, or is no more: "I was supposed to be on leave", 本来今天请假, 今天的请假没批
_TOLD = re.compile(
    r"本来|原本|原来|本想|曾|差点|被|没|未|不|拒|驳|退回|取消|作废|撤"
    r"|\b(was|were|had|did|got|wish|hoped|supposed|planned|rejected|refused|denied|declined|cancelled|canceled|not)\b"
)
_GOING_HOME = re.compile(r"leave (today|tomorrow|next|this|in|on)\b")  # "leave today", which may be to go home
_GOES = re.compile(r"\b(i|we|to|i will|we will|can|may|must)$")
_GIVES_A_REASON = frozenset(
    {"for", "because", "due", "as", "since", "to", "with", "去", "因为", "因", "陪", "带", "要", "办", "参加"}
)
_STARTS = frozenset({"起", "始", "起始", "starting", "beginning", "onwards"})
_AT_WORK = frozenset({"worked", "word_on", "say_on"})
_JOINS = frozenset({"和", "与", "跟", "及", "以及", "and", "都", "on", "in"})
_DAY = timedelta(days=1)
_WEEK = 7
_FIGURES = {
    **{sign: value for value, sign in enumerate("一二三四五六七八九十", start=1)},
    "两": 2, "a": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
}  # fmt: skip
_COUNT = re.compile(rf"(\d{{1,2}}|{'|'.join(_FIGURES)}) ?个?(天|日|周|星期|礼拜|days?\b|weeks?\b)")


def says_one_is_away(tokens: Sequence[Token], clauses: Clauses) -> bool:
    """Tell whether it is plainly said that one is away: not refused, told of, asked, or taken back by work."""
    away = [clause for clause in clauses if any(token.has("leave") for token in clause)]
    if "condition" in kinds_of(tokens) and not any(token.has("to") for token in tokens):
        return False
    if any(token.words in _PERHAPS for token in tokens):
        return False
    if any(_is_told(clause) or _goes_home(clause) or _is_strange(clause) for clause in away):
        return False
    return not any(_works(clause) for clause in clauses if clause not in away)


def _is_told(clause: Sequence[Token]) -> bool:
    """Tell whether leave is refused, or told of: "my leave today was rejected", 本来今天请假的."""
    if refuses(clause, lambda token: token.has("leave")):
        return True
    return any(
        _TOLD.search(token.words) and not token.has("leave", "dated", "remind", "hush", "feeling")
        for token in clause
    )


def _goes_home(clause: Sequence[Token]) -> bool:
    """Tell whether "leave" may be what one does at the end of a day: "I leave today", "leave today at 5"."""
    for place, token in enumerate(clause):
        if not _GOING_HOME.match(token.words):
            continue
        goes = place > 0 and _GOES.search(clause[place - 1].words) is not None
        behind = clause[place + 1] if place + 1 < len(clause) else None
        if goes or (behind is not None and (behind.words == "at" or behind.has("time", "number"))):
            return True
    return False


def _is_strange(clause: Sequence[Token]) -> bool:
    """Tell whether a clause holds a word that nobody knows, and that is not given as the reason."""
    for place, token in enumerate(clause):
        if token.words in _GIVES_A_REASON:
            return False
        if (
            clause[place + 1 : place + 2]
            and clause[place + 1].words in _JOINS
            and kinds_of(clause[place:]) & {"self"}
        ):
            continue  # "Bob and I"
        if not token.kinds and token.words[0].isalpha() and token.words not in _STARTS:
            return True
    return False


def _works(clause: Sequence[Token]) -> bool:
    """Tell whether one says to be at work all the same: 今天的请假没批，我上班; of another day it may be."""
    kinds = kinds_of(clause)
    return not kinds.isdisjoint(_AT_WORK) and kinds.isdisjoint({"negation", "dated", "home"})


def days_away(tokens: Sequence[Token], clauses: Clauses, days: DateRange, today: date) -> DateRange | None:
    """Return the dates of leave, `days` where only those are named; None where it is not plain which they are.

    Of several the ones beside the leave count (今天请假明天上班), of a first day and a length all.
    """
    said = [token for token in tokens if not token.has("sep", "dash", "colon")]
    at = next(place for place, token in enumerate(said) if token.has("leave", "leave_bare"))
    inner = _resolved(said[at], today) if not said[at].has("dated") else None
    dated = [place for place, token in enumerate(said) if token.has("dated")]
    found: DateRange | None = days
    if inner is not None:
        found = inner
    elif len(dated) > 1:
        found = _together([_resolved(said[place], today) for place in _beside(said, dated, at)])
    if found is None:
        return None
    counted = _counted([token for clause in clauses if kinds_of(clause) & {"leave"} for token in clause])
    if counted is None:
        return found
    if found.first == found.last:
        return DateRange(found.first, found.first + (counted - 1) * _DAY)
    return found if found.last == found.first + (counted - 1) * _DAY else None


def _resolved(token: Token, today: date) -> DateRange | None:
    """Return the dates that one token names, or that stand inside it: "leave today"."""
    pieces = tokenise(token.words)
    if len(pieces) == 1 and pieces[0].has("leave"):
        words = token.words
        parts = words.split() if words.isascii() else [one + other for one, other in pairwise(words)]
        pieces = [piece for part in parts for piece in tokenise(part)]
    span = next((span for place in range(len(pieces)) if (span := read_span(pieces, place))), None)
    return resolve(span, today, forward=True) if span is not None else None


def _beside(said: Sequence[Token], dated: Sequence[int], at: int) -> list[int]:
    """Return which of the `dated` places belong to the leave at `at`: the nearest before it, else behind it."""
    before = [place for place in dated if place < at]
    nearest = before[-1] if before else dated[0]
    group = [nearest]
    for step, places in ((-1, reversed(dated)), (1, iter(dated))):
        for place in places:
            edge = group[0] if step < 0 else group[-1]
            between = said[min(place, edge) + 1 : max(place, edge)]
            if (place - edge) * step > 0 and all(token.words in _JOINS for token in between):
                group = [place, *group] if step < 0 else [*group, place]
    return group


def _together(named: Sequence[DateRange | None]) -> DateRange | None:
    """Return the one stretch that several dates make; None where there is a gap between them."""
    known = sorted((days for days in named if days is not None), key=lambda days: days.first)
    if not known or len(known) < len(named):
        return None
    if any(other.first > one.last + _DAY for one, other in pairwise(known)):
        return None
    return DateRange(known[0].first, max(days.last for days in known))


def _counted(clause: Sequence[Token]) -> int | None:
    """Return how many days leave is said to last, None where nobody said."""
    words = " ".join(token.words for token in clause if not token.has("dated"))
    found = _COUNT.search(re.sub(r"(?<=[^\x00-\x7f]) (?=[^\x00-\x7f])", "", words))
    if found is None:
        return None
    figure = found[1]
    count = int(figure) if figure.isdecimal() else _FIGURES[figure]
    return count * (_WEEK if found[2][0] in "周星礼w" else 1)
