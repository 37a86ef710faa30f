"""Days that a message names beside each other (today and tomorrow, 周一、周二): none is left out silently."""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import NamedTuple

from bot.understanding.arguments.calendar_days import resolve
from bot.understanding.arguments.dates import OF_A_MONTH, Day, Span
from bot.understanding.intents import DateRange
from bot.understanding.words.cues import words_of
from bot.understanding.words.tokens import Token

_DAY = timedelta(days=1)
_HALF_A_YEAR = timedelta(days=183)
_TODAY = Day("day", 0)
_JOINS, _BETWEEN, _NOT = words_of("joins_days"), words_of("between_days"), words_of("not_that_day")
_BESIDE_A_DAY = _JOINS | _BETWEEN
_WISHES = frozenset({"remind", "hush", "stop", "resume", "unmute"})
_DAY_SIGN = words_of("day_sign")
_ENDS_A_NUMBER = frozenset({"sep", "colon", "dash", "ordinal", "summary", "summaries", "attendance", "export",
                            "hush", "leave"})  # fmt: skip


class Said(NamedTuple):
    """Days as written, and the sign of the text at which they begin."""

    span: Span
    start: int


class Named(NamedTuple):
    """The days that a message is about: `spans` stand beside each other.

    `together` tells that they may be one stretch, `elsewhere` that other days are named apart from them.
    """

    spans: tuple[Span, ...]
    together: bool
    apposed: bool
    elsewhere: tuple[Span, ...]

    @property
    def first_meant(self) -> Span:
        """Return the first that is not today, where any is."""
        return next((span for span in self.spans if span.first != _TODAY), self.spans[-1])

    def of_one(self) -> "Named":
        """Return these days with but one of those that stand beside each other."""
        return self._replace(spans=(self.first_meant,))


class Dates(NamedTuple):
    """The dates of a message; without `days` none are named, or `missing`: no calendar has them, or `apart`."""

    days: DateRange | None
    missing: bool = False
    apart: bool = False  # several are named, and it is not plain that they are one stretch


def meant(
    named: Named | None, today: date, *, forward: bool, first_only: bool = False, no_others: bool = False
) -> Dates:
    """Return the dates that a message is about, `forward` as `resolve` takes it.

    `first_only`: of several beside each other the first that is not today. `no_others`: there are none where
    other days are named apart from them.
    """
    if named is None:
        return Dates(None)
    named = named.of_one() if first_only else named
    days = stretch(named, today, forward=forward)
    if days is None:
        return Dates(None, missing=len(named.spans) == 1, apart=len(named.spans) > 1)
    if no_others and any(resolve(span, today, forward=forward) != days for span in named.elsewhere):
        return Dates(None, apart=True)
    return Dates(days)


def is_long_ago(named: Named | None, today: date) -> bool:
    """Tell whether the last days so named are more than half a year ago: 12月1日, said in November."""
    days = stretch(named, today, forward=False) if named is not None else None
    return days is not None and today - days.last > _HALF_A_YEAR


def gathered(tokens: Sequence[Token], said: Sequence[Said]) -> Named | None:
    """Return which of the days of a message it is about, None where it names none.

    The first that are not today are meant, with all that are joined to them; not those that are refused (today,
    *not tomorrow*).
    """
    places = {token.start: place for place, token in enumerate(tokens)}
    found = [(places[one.start], one.span) for one in said if one.start in places]
    kept = [one for one in found if not (one[0] and tokens[one[0] - 1].words in _NOT)] or found
    if not kept:
        return None
    chosen = next((at for at, (_, span) in enumerate(kept) if span.first != _TODAY), len(kept) - 1)
    first = last = chosen
    while first > 0 and _beside(tokens, kept[first - 1][0], kept[first][0]):
        first -= 1
    while last + 1 < len(kept) and _beside(tokens, kept[last][0], kept[last + 1][0]):
        last += 1
    group = [*_today_before(tokens, kept[first][0]), *kept[first : last + 1]]
    spans = tuple(span for _, span in group)
    begin, end = group[0][0], group[-1][0]
    between = [token for token in tokens[begin:end] if not token.has("dated")]
    return Named(
        spans,
        together=len(spans) == 1 or _are_alike(tokens, begin, end, group),
        apposed=len(spans) > 1 and not between,
        elsewhere=tuple(span for _, span in (*kept[:first], *kept[last + 1 :])),
    )


def _today_before(tokens: Sequence[Token], first: int) -> list[tuple[int, Span]]:
    """Return today and where it stands, if it ends a word that is no day by itself: "late today" or yesterday."""
    before = (place for place in range(first - 1, -1, -1) if not _may_stand_between(tokens[place]))
    place = next(before, None)
    if place is None or not tokens[place].words.endswith(" today") or tokens[place].has("dated"):
        return []
    return [(place, Span(_TODAY, None, 1))] if _beside(tokens, place, first) else []


def _may_stand_between(token: Token) -> bool:
    return token.has("either_or") or token.words in _JOINS | _BETWEEN


def _beside(tokens: Sequence[Token], one: int, other: int) -> bool:
    """Tell whether nothing stands between two days but what joins them."""
    between = tokens[one + 1 : other]
    joined = [token.has("either_or") or token.words in _JOINS for token in between]
    alone = all(joins or token.words in _BETWEEN for joins, token in zip(joined, between, strict=True))
    return alone and (not between or any(joined))


def leaves_open(between: Sequence[Token]) -> bool:
    """Tell whether a word between two days leaves open which of them is meant: tomorrow *or* Friday."""
    return any(token.has("either_or") for token in between)


def _are_alike(tokens: Sequence[Token], begin: int, end: int, group: Sequence[tuple[int, Span]]) -> bool:
    """Tell whether all that is said is said of each of several days.

    Not so: today *or* tomorrow, today and tomorrow *morning*, today and tomorrow *after 3pm*; nor where the last
    of them may open another wish: no reminders today and tomorrow remind me.
    """
    if leaves_open(tokens[begin:end]) or any(span.until for _, span in group):
        return False
    if len({"day_part" in tokens[place].values for place, _ in group}) > 1:
        return False
    before, behind = tokens[:begin], tokens[end + 1 :]
    if any(token.has("time") or "day_part" in token.values for token in behind if not token.has("greeting")):
        return False
    return not (any(token.of(_WISHES) for token in before) and any(token.of(_WISHES) for token in behind))


def stretch(named: Named, today: date, *, forward: bool) -> DateRange | None:
    """Return the one stretch that days beside each other make; None where there is a gap, or doubt.

    Of days that say which day it is (tomorrow, Friday; Monday of this week) the narrower count.
    """
    if len(named.spans) == 1:
        return resolve(named.spans[0], today, forward=forward)
    if not named.together:
        return None
    found = [days for span in named.spans if (days := resolve(span, today, forward=forward)) is not None]
    if len(found) < len(named.spans):
        return None
    if named.apposed and (inner := _innermost(found)) is not None:
        return inner
    return together(found) or (None if forward else _of_one_week(named.spans, today))


def _innermost(found: Sequence[DateRange]) -> DateRange | None:
    inner = min(found, key=lambda days: days.last - days.first)
    return inner if all(one.first <= inner.first and inner.last <= one.last for one in found) else None


def _of_one_week(spans: Sequence[Span], today: date) -> DateRange | None:
    """Return Thursday and Friday as the last two that followed each other, though today may be a Thursday."""
    if any(span.first.unit != "weekday" or span.last is not None for span in spans):
        return None
    if any(other.first.number != one.first.number + 1 for one, other in pairwise(spans)):
        return None
    return resolve(Span(spans[0].first, spans[-1].first, 0), today, forward=False)


def together(named: Sequence[DateRange]) -> DateRange | None:
    """Return the one stretch that dates make; None where there is a gap between them, and where there are none."""
    known = sorted(named, key=lambda days: days.first)
    last = known[0].last if known else None
    for days in known[1:]:
        assert last is not None
        if days.first > last + _DAY:
            return None
        last = max(last, days.last)
    return DateRange(known[0].first, last) if last is not None else None


def day_before(tokens: Sequence[Token], index: int, read: Sequence[Token], said: Sequence[Said]) -> Day | None:
    """Return the date that a number at `index` may go on from (Dec 1 and *3*), None where it is no day.

    `read` are the tokens before it, `said` the days among them.
    """
    if not said or not tokens[index].has("number"):
        return None
    last = said[-1].span
    day = last.last or last.first
    at = len(read) - 1
    while at >= 0 and read[at].words in _BESIDE_A_DAY and read[at].start != said[-1].start:
        at -= 1
    if at < 0 or at + 1 == len(read) or read[at].start != said[-1].start or day.unit not in OF_A_MONTH:
        return None
    behind = tokens[index + 1] if index + 1 < len(tokens) else None
    ends = behind is None or behind.of(_ENDS_A_NUMBER) or behind.words in _DAY_SIGN | _JOINS
    return day if ends else None
