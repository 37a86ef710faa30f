"""Which of the times of day in a request to correct is the one to be punched."""

from collections.abc import Sequence
from typing import NamedTuple

from bot.understanding.arguments.times import Moment, read_moment
from bot.understanding.words.cues import Cue, cue, words_of
from bot.understanding.words.tokens import Token, tokenise

Clauses = Sequence[Sequence[Token]]
_MEANT = cue("meant_time")
_DENIES = words_of("denied_time")
_TAKES_BACK = cue("taken_back_time")
_PLANNED = cue("planned_time")
_DUE = cue("due")
_DUE_TO = words_of("due_to")
_BEGINS_WORK = words_of("begins_work")
_BOUNDS_BEFORE, _BOUNDS_BEHIND = words_of("bounds_before"), words_of("bounds_behind")
_SHIFTS_BEFORE, _SHIFTS_BEHIND = cue("shifts_a_time_before"), cue("shifts_a_time_behind")
_OF_A_LENGTH = " 0123456789零一二两三四五六七八九十几多分钟刻"  # signs of what a time is shifted by
_STILL = cue("still_there")
_BETWEEN = frozenset({"function", "self", "do", "left_or_came", "soft", "now"})
_LIGHT = frozenset({"function", "self", "dated", "polite", "particle", "now", "do"})
_GO = words_of("went_or_came")
_ABOUT = words_of("beside_a_time")
_MOST_WORDS = 4  # that shift a time: 差一刻钟
_ROUND = ("点", "点半", ":00", ":30")
# what makes the words around a time tell of a punch, or of coming and going
_OF_A_PUNCH = frozenset({
    "left_or_came", "forgot", "missing", "missing_punch", "fix", "fix_bare", "wrong", "wrong_punch", "cmd",
    "cmd_on", "cmd_off", "attendance", "schedule_word", "word_on", "word_off", "say_on", "say_off", "record",
    "went_on", "ended",
})  # fmt: skip
_OF_SOMETHING_ELSE = ("trouble", "delay", "comer", "context", "departs", "feeling")


class _Told(NamedTuple):
    """A time, and what is said around it in its clause: since the time before it, and up to the next one.

    `is_meant`: it is said before it to be the right one · `of_a_punch`: its clause tells of coming or leaving.
    """

    time: Token
    before: Sequence[Token]
    behind: Sequence[Token]
    is_meant: bool
    of_a_punch: bool


def is_only_time(clauses: Clauses) -> bool:
    """Tell whether one time is named, and it may be that of the punch."""
    times = sum(token.has("time") for clause in clauses for token in clause)
    return times == 1 and len(_that_count(clauses)) == 1


def meant_moment(clauses: Clauses) -> Moment | None:
    """Return the only time that is meant, None where several may be, or none may.

    What is denied counts for nothing (不是18:40走的，是18:50走的), nor does what is taken back (18:40走的，不对，
    18:50), was planned (应该18点走), is only a bound (18:40以前), is shifted (6点差5分) or is of something else
    (班车18:40). Of what is left the time that is said to be the right one is meant, else the one at which somebody
    came or left (18:40才开完会，19:10走的).
    """
    open_ones = _that_count(clauses)
    if len(open_ones) > 1:
        open_ones = [one for one in open_ones if one.is_meant] or open_ones
    if len(open_ones) > 1:
        open_ones = [one for one in open_ones if one.of_a_punch] or open_ones
    return read_moment(tokenise(open_ones[0].time.words), 0) if len(open_ones) == 1 else None


def _that_count(clauses: Clauses) -> list[_Told]:
    """Return the times that may be the one of the punch."""
    told: list[_Told] = []
    for clause in clauses:
        times = [place for place, token in enumerate(clause) if token.has("time")]
        if not times and _says(_TAKES_BACK, clause):
            told.clear()
        edges = [-1, *times, len(clause)]
        is_meant, of_a_punch = False, any(token.has("left_or_came") for token in clause)
        for last, at, following in zip(edges, times, edges[2:], strict=False):
            before, behind = clause[last + 1 : at], clause[at + 1 : following]
            if _says(_TAKES_BACK, before):
                told.clear()
            is_meant |= any(_MEANT.search(token.words) for token in clause[max(0, last) : at])
            told.append(_Told(clause[at], before, behind, is_meant, of_a_punch))
    return [one for one in told if not any(excludes(one) for excludes in _EXCLUDED)]


def _says(words: Cue, tokens: Sequence[Token]) -> bool:
    """Tell whether a word of a cue stands in what some tokens say, Chinese ones also across tokens."""
    said = [token.words for token in tokens]
    return words.search(" ".join(said)) is not None or words.search("".join(said)) is not None


def _is_denied(told: _Told) -> bool:
    """Tell whether a "no" stands before a time with nothing of weight between: "I didn't leave at 18:00"."""
    for token in reversed(told.before):
        if token.words in _DENIES:
            return True
        if not (token.kinds & _BETWEEN or token.words in _GO):
            return False
    return False


def _is_planned(told: _Told) -> bool:
    """Tell whether it is when one was to come or go: 应该18点走, 9点上班, "shift ended at 18:00"."""
    around = [*told.before, *told.behind]
    verb, *after = [token.words for token in told.behind[:2]] or [""]
    if _says(_PLANNED, around) or (verb in _DUE_TO and _says(_DUE, told.before)):
        return True
    return verb in _BEGINS_WORK and not after and told.time.words.replace(" ", "").endswith(_ROUND)


def _is_bound(told: _Told) -> bool:
    """Tell whether it was before or after that time, nobody knows when: 18:40以前走的, "left after 18:40"."""
    before, behind = told.before[-1:], told.behind[:1]
    return any(token.words in _BOUNDS_BEFORE for token in before) or any(
        token.words in _BOUNDS_BEHIND for token in behind
    )


def is_shifted(before: Sequence[Token], behind: Sequence[Token]) -> bool:
    """Tell whether words beside a time make it another, or not yet that: 六点*差五分*, *没到*6点.

    What it is then is not read.
    """
    ahead, after = ([token.words for token in tokens] for tokens in (before[-_MOST_WORDS:], behind[:_MOST_WORDS]))
    joined = "".join(ahead)
    by = any(_SHIFTS_BEFORE.ends(said) for said in (" ".join(ahead), joined, joined.rstrip(_OF_A_LENGTH)))
    return by or any(_SHIFTS_BEHIND.opens(said) for said in (" ".join(after), "".join(after)))


def names_a_shifted_time(tokens: Sequence[Token]) -> bool:
    """Tell whether a time is named that words beside it make another."""
    return any(
        token.has("time")
        and is_shifted(tokens[max(0, place - _MOST_WORDS) : place], tokens[place + 1 : place + 5])
        for place, token in enumerate(tokens)
    )


def _is_shifted(told: _Told) -> bool:
    return is_shifted(told.before, told.behind)


def _is_of_something_else(told: _Told) -> bool:
    """Tell whether what happened then is neither coming nor going: 18:40手机没电了, "bus at 18:40", 18:40还在."""
    around = [*told.before, *told.behind]
    if told.time.has("reason"):
        return True  # 原因：18:40手机没电
    if any(token.of(_OF_A_PUNCH) or token.words in _GO or _MEANT.search(token.words) for token in around):
        return False
    if _says(_STILL, around):
        return True
    before = [token for token in told.before if not token.of(_LIGHT)]
    return any(
        (token.has(*_OF_SOMETHING_ELSE) and not token.has("dated", "reason"))
        or (not token.kinds and token.words[0].isalpha() and token.words not in _ABOUT)
        for token in before or told.behind  # "I was here at 8:50 but the app crashed"
    )


_EXCLUDED = (_is_denied, _is_planned, _is_bound, _is_shifted, _is_of_something_else)
