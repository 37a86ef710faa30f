"""Whether words beside a day or period make of it a part, or another one: 上个月*最后一天*, before Friday."""

from collections.abc import Sequence
from itertools import pairwise

from bot.understanding.words.cues import cue, words_of
from bot.understanding.words.tokens import Token

_PART, _BEFORE, _BEHIND = cue("part_of_period"), cue("part_before_period"), cue("part_behind_period")
_WEEK, _WEEKS = words_of("numbered_week"), cue("week_by_number")
_ONE_MORE = words_of("one_period_more")
_JOINS = words_of("joins_days")
_BOUNDS_BEFORE, _BOUNDS_BEHIND = words_of("bounds_a_day_before"), words_of("bounds_behind")
_ENDS_THERE = cue("bounds_a_day_behind")
_UNREAD = cue("unread_past")
_MOST_SIGNS = 40  # of a word beside a day, so that each day is looked at in the same time
_NEITHER = frozenset({"的", "the"})


def names_a_part(tokens: Sequence[Token], folded: str) -> bool:
    """Tell whether a part of a period is named that is not read: 本月上旬, last Friday of October, 10、11月."""
    if _PART.search(without_days(tokens, folded)):
        return True
    if any(token.has("dated") and _is_cut(token, folded) for token in tokens):
        return True
    said = [token for token in tokens if token.words not in _NEITHER]
    if any(_goes_on_from(*three) for three in zip(said, said[1:], said[2:], strict=False)):
        return True
    if any(one.words in _ONE_MORE and _is_a_further(one, other) for one, other in pairwise(tokens)):
        return True
    return any(
        (one.words in _WEEK and other.has("number"))
        or (one.has("number") and (other.words in _WEEK or _WEEKS.opens(other.words)))
        for one, other in pairwise(tokens)
        if not other.has("dated")
    )


def names_a_bound(tokens: Sequence[Token], folded: str) -> bool:
    """Tell whether a day is only where the days that are meant begin or end: before November 5, 20号以后."""
    said = [token for token in tokens if token.words not in _NEITHER]
    for one, other in pairwise(said):
        before = other.has("dated") and one.words in _BOUNDS_BEFORE
        behind = one.has("dated") and (other.words in _BOUNDS_BEHIND or _ENDS_THERE.opens(folded, other.start))
        if before or behind:
            return True
    return False


def names_an_unread_day(tokens: Sequence[Token], folded: str) -> bool:
    """Tell whether a day is meant that no calendar tells: the other day, 上次, 节后."""
    return _UNREAD.search(without_days(tokens, folded)) is not None


def without_days(tokens: Sequence[Token], folded: str) -> str:
    """Return a folded text with its days blanked, each sign where it was."""
    kept, at = [], 0
    for token in tokens:
        if token.has("dated"):
            kept += [folded[at : token.start], " " * (token.end - token.start)]
            at = token.end
    return "".join([*kept, folded[at:]])


def _is_cut(token: Token, folded: str) -> bool:
    """Tell whether a word right beside a period takes only a part of it: *week of* Nov 9, 上月*底*."""
    if _BEFORE.ends(folded[max(0, token.start - _MOST_SIGNS) : token.start].rstrip()):
        return True
    behind = token.end
    while behind < token.end + _MOST_SIGNS and folded[behind : behind + 1] in {" ", "的"}:
        behind += 1
    return token.has("several_days") and _BEHIND.opens(folded, behind)


def _is_a_further(step: Token, day: Token) -> bool:
    """Tell whether a period is one step further away than is read: *上*上上周五."""
    return day.has("dated") and day.words.startswith(step.words) and step.end == day.start


def _goes_on_from(one: Token, joint: Token, day: Token) -> bool:
    """Tell whether another day or number goes on as `day`: *last Friday of* October, *10、*11月."""
    if not day.has("dated"):
        return False
    numbers = one.has("number") and not one.has("dated") and day.has("number")
    of_its_week = one.has("weekday") and day.has("week")  # Friday of last week: that one day
    of_this = joint.words == "of" and one.has("dated") and not of_its_week
    return of_this or (numbers and joint.words in _JOINS)
