"""Which days a question about days means by the name of a report, or leaves open by naming a part of a period."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from bot.understanding.arguments.calendar_days import resolve
from bot.understanding.arguments.dates import Day, Span
from bot.understanding.arguments.parts_of_periods import names_a_bound, names_a_part, names_an_unread_day
from bot.understanding.intents import Intent
from bot.understanding.words.normalise import Text
from bot.understanding.words.tokens import Token

_NAMED_FOR: Final = {
    7: Day("week"), 30: Day("month_period"), 90: Day("quarter_period"), 365: Day("year_period"),
}  # fmt: skip


def with_days_of_report(intent: Intent, tokens: Sequence[Token], text: Text, today: date) -> Intent:
    """Return a question about days with those that its report is named for: 月报 is this month's.

    A part of a period (本月上旬, "week 46"), a bound ("before Friday") and a day of no date (那天) are no span
    that is read here: then it is marked as open.
    """
    unread = intent.dates is None and names_an_unread_day(tokens, text.folded)
    if unread or names_a_part(tokens, text.folded) or names_a_bound(tokens, text.folded):
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
