"""Which days a question about days means by the name of a report, or leaves open by naming a part of a period."""

from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import Final

from bot.understanding.arguments.calendar_days import resolve
from bot.understanding.arguments.dates import Day, Span
from bot.understanding.intents import Intent
from bot.understanding.words.cues import cue, words_of
from bot.understanding.words.normalise import Text
from bot.understanding.words.tokens import Token

_NAMED_FOR: Final = {
    7: Day("week"), 30: Day("month_period"), 90: Day("quarter_period"), 365: Day("year_period"),
}  # fmt: skip
_PART = cue("part_of_period")
_WEEK, _WEEKS = words_of("numbered_week"), cue("week_by_number")


def with_days_of_report(intent: Intent, tokens: Sequence[Token], text: Text, today: date) -> Intent:
    """Return a question about days with those that its report is named for: 月报 is this month's.

    A part of a period (本月上旬, "week 46") is no span that is read here: then it is marked as open.
    """
    if _names_a_part(tokens, text):
        return intent._replace(dates=None, days_apart=True)
    if intent.dates is not None or intent.no_such_day or intent.days_apart:
        return intent
    named = next((day for token in tokens if (day := _named_for(token)) is not None), None)
    return intent if named is None else intent._replace(dates=resolve(Span(named, None, 1), today, forward=False))


def _named_for(token: Token) -> Day | None:
    days = token.values.get("period", token.values.get("report_period"))
    if days == 1 and token.has("digest"):  # 导出日报; "every day" says which days of others
        return Day("day")
    return _NAMED_FOR.get(days) if days is not None else None


def _names_a_part(tokens: Sequence[Token], text: Text) -> bool:
    rest = text.folded
    for token in tokens:
        if token.has("dated"):
            rest = f"{rest[: token.start]}{' ' * (token.end - token.start)}{rest[token.end :]}"
    if _PART.search(rest):
        return True
    return any(
        (one.words in _WEEK and other.has("number")) or (one.has("number") and _WEEKS.opens(other.words))
        for one, other in pairwise(tokens)
        if not other.has("dated")
    )
