"""The weekend of which reminders are to be quiet: two dates where one is plainly meant, never every one."""

from collections.abc import Sequence
from datetime import date, timedelta

from bot.understanding.arguments.calendar_days import resolve
from bot.understanding.arguments.joined_days import Dates
from bot.understanding.arguments.values import Arguments
from bot.understanding.intents import DateRange, Intent
from bot.understanding.wishing.wish_words import weekend_words
from bot.understanding.words.tokens import Token


def named_weekend(tokens: Sequence[Token], found: Arguments, today: date) -> Dates | None:
    """Return the coming Saturday and Sunday, or those of today; None where no weekend is named.

    Without `days` it is not plain which (next weekend: this or the one after it; every weekend; until the
    weekend), with `apart` other days are named beside it. Days within the weekend say which of it is meant.
    """
    places = [place for place in range(len(tokens)) if _is_weekend(tokens, place)]
    if not places:
        return None
    of_a_kind = _before_reminders(tokens)
    if any(place in of_a_kind or not _is_plain(tokens, place) for place in places):
        return Dates(None)
    days = _saturday_on(_day_of_week(tokens, places[0], found, today))
    weeks = {tokens[place - 1].start for place in places if _ends_a_week(tokens, place)}  # 本周 of 本周末
    beside = [said.span for said in found.said if said.start not in weeks]
    read = [resolve(span, today, forward=True) for span in beside]
    if not read:
        return Dates(days)
    within = read[0] if len(read) == 1 else None
    if within is not None and days.first <= within.first and within.last <= days.last:
        return Dates(within)  # 今天周末, said on a Saturday
    return Dates(None, apart=True)


def of_weekend(intent: Intent, tokens: Sequence[Token], found: Arguments, today: date) -> Intent:
    """Return a wish for no reminders with the dates of the weekend that it names, if it names one."""
    weekend = named_weekend(tokens, found, today)
    return intent if weekend is None else intent._replace(dates=weekend.days, days_apart=weekend.apart)


def names_weekend(tokens: Sequence[Token]) -> bool:
    """Tell whether a weekend is named, whichever."""
    return any(_is_weekend(tokens, place) for place in range(len(tokens)))


def wishes_a_weekend(tokens: Sequence[Token]) -> bool:
    """Tell whether a nice weekend is wished: 周末愉快."""
    return any(token.has("greeting") and _says_weekend(token) for token in tokens)


def without_weekend(tokens: Sequence[Token]) -> list[Token]:
    """Return a message without the weekend that it names, and what only tells that it lasts: 两天, "during"."""
    words = weekend_words()
    rest: list[Token] = []
    for place, token in enumerate(tokens):
        if _is_weekend(tokens, place) or token.words in words.lasts:
            continue
        counted = tokens[place : place + 2] if token.words in words.two else tokens[place - 1 : place + 1]
        if len(counted) == 2 and counted[0].words in words.two and counted[1].has("unit_day"):
            continue
        rest.append(token)
    return rest


def _is_weekend(tokens: Sequence[Token], place: int) -> bool:
    token = tokens[place]
    return (_says_weekend(token) and not token.has("greeting")) or _ends_a_week(tokens, place)


def _says_weekend(token: Token) -> bool:
    known = weekend_words().names
    return known.opens(token.words) or known.ends(token.words)  # 周末打卡, "at the weekend"


def _ends_a_week(tokens: Sequence[Token], place: int) -> bool:
    return tokens[place].words == "末" and place > 0 and tokens[place - 1].has("week")  # 本周|末


def _is_plain(tokens: Sequence[Token], place: int) -> bool:
    """Tell whether one weekend is meant, from its beginning to its end, and the coming one."""
    words = weekend_words()
    token, before, behind = tokens[place], tokens[max(0, place - 2) : place], tokens[place + 1 : place + 3]
    if token.words.endswith("s") and token.words.isascii():
        return False
    own = token.words.partition("周末")[0].split()  # 上周末, "last weekend"
    if any(said in words.another for said in (*own, *(near.words for near in before))):
        return False
    if behind and behind[0].words in words.around:
        return False
    one = token.words in words.this or any(near.words in words.this for near in before)
    counted = bool(behind) and behind[0].words in words.two
    return one or counted or not any(near.words in words.every for near in behind)


def _before_reminders(tokens: Sequence[Token]) -> frozenset[int]:
    """Return where a weekend would only say which reminders: "weekend clock-in reminders", 周末的打卡提醒."""
    before: set[int] = set()
    leads = False
    for place, token in reversed(list(enumerate(tokens))):
        if leads:
            before.add(place)
        between = token.has("cmd", "cmd_on", "cmd_off", "attendance") or token.words in weekend_words().joins
        leads = (token.has("remind") and not token.has("hush")) or (leads and between)
    return frozenset(before)


def _day_of_week(tokens: Sequence[Token], place: int, found: Arguments, today: date) -> date:
    """Return a day of the week whose end the weekend at `place` is: of 本周末 that of 本周, else today."""
    weeks = [said.span.first.number for said in found.said if said.start == tokens[place - 1].start]
    return today + timedelta(weeks=weeks[0]) if weeks and _ends_a_week(tokens, place) else today


def _saturday_on(day: date) -> DateRange:
    saturday = day + timedelta(days=5 - day.weekday())
    return DateRange(saturday, saturday + timedelta(days=1))
