"""Whether a message says of oneself that one is away for whole days, and for which."""

import re
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from functools import cache
from itertools import pairwise

from bot.understanding.arguments.calendar_days import resolve
from bot.understanding.arguments.dates import Day, Span, read_span
from bot.understanding.arguments.joined_days import leaves_open, together
from bot.understanding.intents import DateRange
from bot.understanding.wishing.refusals import refuses
from bot.understanding.wishing.wish_words import away_words
from bot.understanding.words.tokens import Token, kinds_of, tokenise

Clauses = Sequence[Sequence[Token]]
_DAY = timedelta(days=1)
_WEEK = 7
_UNTOUCHED = frozenset({"leave", "dated", "remind", "hush", "feeling"})  # no word of theirs tells how it was


def says_one_is_away(tokens: Sequence[Token], clauses: Clauses) -> bool:
    """Tell whether it is plainly said that one is away: not refused, told of, asked for, or taken back by work."""
    away = [clause for clause in clauses if any(token.has("leave") for token in clause)]
    if "condition" in kinds_of(tokens) and not any(token.has("to") for token in tokens):
        return False
    said = " ".join(token.words for token in tokens if not token.has("dated", "request"))
    if away_words().perhaps.within(said) or any(map(_is_perhaps, tokens)):
        return False
    if any(_is_told(clause) or _goes_home(clause) or _is_strange(clause) for clause in away):
        return False
    if any(away_words().asked.within(token.words) for clause in away for token in clause):
        return False
    if is_taken_back(clauses, frozenset({"leave"})):
        return False
    return not any(_works(clause) for clause in clauses if not any(token.has("leave") for token in clause))


def _is_perhaps(token: Token) -> bool:
    return token.of(away_words().perhaps.kinds) and token.words not in away_words().still


def is_taken_back(clauses: Clauses, kinds: frozenset[str]) -> bool:
    """Tell whether a message takes back what its first clause of `kinds` says: 今天请假，开玩笑."""
    known = away_words()
    at = next((place for place, clause in enumerate(clauses) if kinds_of(clause) & kinds), len(clauses))
    for place, clause in enumerate(clauses[at:]):
        said = [token.words for token in clause if not token.has("particle")]
        if any(known.taken_back.within(words) for words in (" ".join(said), "".join(said))):
            return True
        if place and " ".join(said) in known.denied:
            return True
    return False


def begins_some_weekday(tokens: Sequence[Token], span: Span | None) -> bool:
    """Tell whether leave began, or begins, on a day of the week and no week is said: since Monday, 周一以来."""
    if span is None or span.first.unit != "weekday" or span.last not in (None, Day("day", 0)):
        return False
    began = any(one.words in away_words().begins and other.has("dated") for one, other in pairwise(tokens))
    return began or span.onward


def _is_told(clause: Sequence[Token]) -> bool:
    """Tell whether leave is refused, told of, or over: "my leave today was rejected", 本来今天请假的."""
    if refuses(clause, lambda token: token.has("leave")):
        return True
    known = away_words()
    if clause[0].words in known.of_somebody:
        return True
    if any(one.has("leave", "dated") and other.words in known.is_none for one, other in pairwise(clause)):
        return True
    return any(known.told.within(token.words) for token in clause if not token.of(_UNTOUCHED))


def _goes_home(clause: Sequence[Token]) -> bool:
    """Tell whether "leave" may be what one does at the end of a day: "I leave today", "leave today at 5"."""
    known = away_words()
    for place, token in enumerate(clause):
        if " ".join(token.words.split()[:2]) not in known.going_home:
            continue
        goes = place > 0 and clause[place - 1].words.split()[-1] in known.goes
        behind = clause[place + 1] if place + 1 < len(clause) else None
        if goes or (behind is not None and (behind.words == "at" or behind.has("time", "number"))):
            return True
    return False


def _is_strange(clause: Sequence[Token]) -> bool:
    """Tell whether a clause holds anything that is no part of saying so, and not given as the reason either."""
    known = away_words()
    if known.against.within("".join(token.words for token in clause)):
        return True  # 今天请假出去一趟
    of_oneself = max((place for place, token in enumerate(clause) if token.has("self")), default=-1)
    for place, token in enumerate(clause):
        if token.words in known.gives_a_reason:
            return False
        joined = clause[place + 1 : place + 2] and clause[place + 1].words in known.joins
        if joined and of_oneself >= place:
            continue  # "Bob and I"
        if token.has("worked") and place and clause[place - 1].has("dated"):
            continue  # 今天请假明天上班
        if token.words[0].isalpha() and not _may_stand_beside(token):
            return True
    return False


def _may_stand_beside(token: Token) -> bool:
    """Tell whether a word may stand in a clause that says so, and takes nothing back there."""
    known = away_words()
    if known.against.fits(token) or not known.beside.fits(token):
        return False
    return known.anyway.fits(token) or not known.against_alone.fits(token)


def _works(clause: Sequence[Token]) -> bool:
    """Tell whether one says to be at work all the same: 今天的请假没批，我上班; of another day it may be."""
    if kinds_of(clause) & {"negation", "dated"}:
        return False
    return any(away_words().works.fits(token) for token in clause)


def days_away(tokens: Sequence[Token], clauses: Clauses, days: DateRange, today: date) -> DateRange | None:
    """Return the dates of leave, `days` where only those are named; None where it is not plain which they are.

    Of several the ones beside the leave count (今天请假明天上班), of a first day and a length all.
    """
    several = sum(token.has("dated") for token in tokens) > 1
    elsewhere = {token.start for clause in clauses if _is_of_another_matter(clause) for token in clause}
    said = [token for token in tokens if not token.has("sep", "dash", "colon") and token.start not in elsewhere]
    at = next(place for place, token in enumerate(said) if token.has("leave", "leave_bare"))
    inner = _resolved(said[at].words, today) if not said[at].has("dated") else None
    dated = [place for place, token in enumerate(said) if token.has("dated")]
    found: DateRange | None = days
    if inner is not None:
        found = inner
    elif dated and leaves_open(said[dated[0] : dated[-1]]):
        return None
    elif dated and several:
        beside = _beside(said, dated, at)
        known = [_resolved(words, today) for words in dict.fromkeys(said[place].words for place in beside)]
        found = together([one for one in known if one is not None]) if None not in known else None
        if found is not None and beside[0] and said[beside[0] - 1].has("to"):
            found = DateRange(min(today, found.first), found.last)  # "until Friday, back on Monday"
    if found is None:
        return None
    counted = _counted([token for clause in clauses if kinds_of(clause) & {"leave"} for token in clause])
    if counted is None:
        return found
    if found.first == found.last:
        return DateRange(found.first, found.first + (counted - 1) * _DAY)
    return found if found.last == found.first + (counted - 1) * _DAY else None


def _is_of_another_matter(clause: Sequence[Token]) -> bool:
    """Tell whether a clause says of a day what is no leave: 请假到周五，*下周一上班*; a day alone goes with it."""
    says_more = any(not token.has("dated", "function", "do", "polite") for token in clause)
    return says_more and not kinds_of(clause) & {"leave", "leave_bare"}


def _resolved(words: str, today: date) -> DateRange | None:
    """Return the dates that the words of one token name, or that stand inside them: "leave today"."""
    pieces = tokenise(words)
    if len(pieces) == 1 and pieces[0].has("leave"):
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
        edge = nearest
        for place in places:
            if (place - edge) * step <= 0:
                continue
            if not all(
                token.words in away_words().joins for token in said[min(place, edge) + 1 : max(place, edge)]
            ):
                break  # nor is one behind it joined
            group.append(place)
            edge = place
    return sorted(group)


def _counted(clause: Sequence[Token]) -> int | None:
    """Return how many days leave is said to last, None where nobody said."""
    known = away_words()
    words = " ".join(token.words for token in clause if not token.has("dated"))
    found = _count().search(re.sub(r"(?<=[^\x00-\x7f]) (?=[^\x00-\x7f])", "", words))
    if found is None:
        return None
    figure = found["figure"]
    count = int(figure) if figure.isdecimal() else known.figures[figure]
    return count * _WEEK if found["weeks"] else count


@cache
def _count() -> re.Pattern[str]:
    """Return the pattern of a number of days or weeks: 两天, 3个星期, "two weeks"."""
    known = away_words()
    figure = "|".join([r"\d{1,2}", *known.figures])
    weeks, days = (_longest_first(line.words) for line in (known.weeks, known.days))
    return re.compile(rf"(?P<figure>{figure}) ?个?(?:(?P<weeks>{weeks})|(?:{days}))(?![a-z])")


def _longest_first(words: Iterable[str]) -> str:
    return "|".join(sorted(words, key=len, reverse=True))
