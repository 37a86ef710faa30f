"""Which of the times of day in a request to correct is the one to be punched."""

from collections.abc import Sequence

from bot.understanding.cues import cue, words_of
from bot.understanding.times import Moment, read_moment
from bot.understanding.tokens import Token, tokenise

Clauses = Sequence[Sequence[Token]]
_MEANT = cue("meant_time")
_DENIES = words_of("denied_time")
_BETWEEN = frozenset({"function", "self", "do", "left_or_came", "soft", "now"})
_GO = words_of("went_or_came")


def is_only_time(clauses: Clauses) -> bool:
    """Tell whether one time is named, and not denied."""
    times = [(clause, token) for clause in clauses for token in clause if token.has("time")]
    return len(times) == 1 and not _is_denied(*times[0])


def meant_moment(clauses: Clauses) -> Moment | None:
    """Return the only time that is meant, None where several may be, or the only one was denied.

    What is denied counts for nothing (不是18:40走的，是18:50走的). Of what is left the time that is said to be the
    right one is meant, else the one at which somebody came or left (18:40才开完会，19:10走的).
    """
    times = [(clause, token) for clause in clauses for token in clause if token.has("time")]
    open_ones = [(clause, token) for clause, token in times if not _is_denied(clause, token)]
    for choose in (_is_meant, _is_of_a_punch):
        if len(open_ones) > 1:
            open_ones = [pair for pair in open_ones if choose(*pair)] or open_ones
    return read_moment(tokenise(open_ones[0][1].words), 0) if len(open_ones) == 1 else None


def _before(clause: Sequence[Token], time: Token) -> Sequence[Token]:
    return [token for token in clause if token.start < time.start]


def _is_denied(clause: Sequence[Token], time: Token) -> bool:
    """Tell whether a "no" stands before a time with nothing of weight between: "I didn't leave at 18:00"."""
    for token in reversed(_before(clause, time)):
        if token.words in _DENIES:
            return True
        if token.has("time") or not (token.kinds & _BETWEEN or token.words in _GO):
            return False
    return False


def _is_meant(clause: Sequence[Token], time: Token) -> bool:
    return any(_MEANT.search(token.words) for token in _before(clause, time))


def _is_of_a_punch(clause: Sequence[Token], _: Token) -> bool:
    return any(token.has("left_or_came") for token in clause)
