"""Whether a message leaves open which of the days it names it is about: by an exception, a change or a choice."""

from collections.abc import Sequence
from datetime import date, timedelta

from bot.understanding.arguments.calendar_days import resolve
from bot.understanding.arguments.dates import Span
from bot.understanding.arguments.joined_days import Said
from bot.understanding.arguments.parts_of_periods import names_a_part, names_an_unread_day
from bot.understanding.arguments.values import Arguments
from bot.understanding.intents import (
    EXCUSES,
    QUESTIONS_OF_DAYS,
    AboutLeave,
    DateRange,
    Intent,
    IntentName,
    RemindWish,
)
from bot.understanding.wishing.weekends import names_weekend
from bot.understanding.words.cues import cue, words_of
from bot.understanding.words.normalise import Text
from bot.understanding.words.tokens import Token

_SILENCES = EXCUSES | {IntentName.REMIND_OFF}
_OF_EVERY_SHIFT = frozenset({RemindWish.AT, RemindWish.BEFORE})
_EXCEPTS, _CHANGES, _CHOOSES = cue("excepts"), cue("changes_days"), cue("one_of_days")
_UNREAD, _WORKS_THEN = cue("unread_days"), cue("works_then")
_EXCEPTS_BEHIND, _EXCEPTS_LAST = cue("excepts_behind"), words_of("excepts_last")
_EXCEPTS_NEXT, _INTRODUCES = words_of("excepts_next"), words_of("introduces_a_day")
_REFUSES_NEXT = words_of("not_that_day")
_SOME_TIME = cue("some_past_time")
_RECURS = cue("recurs")
_NO_WORDS_OF_DAYS = ("dated", "greeting", "small_talk")  # what other rules read, or nobody has to
_ENDS = ("sep", "dash", "line", "dated", "leave", "leave_bare")


def without_open_days(
    intent: Intent, tokens: Sequence[Token], text: Text, found: Arguments, today: date
) -> Intent:
    """Return `intent`, without days and marked where it is not plain which of those that are named it is about.

    The reason of an excuse tells nothing of its days. A time to be reminded at holds for every day with a shift,
    and so for none of some weekdays, nor with an exception.
    """
    end = len(text.folded) if found.reason_at is None else found.reason_at
    before, said = [token for token in tokens if token.start < end], text.folded[:end]
    if intent.remind in _OF_EVERY_SHIFT:
        kept = not (_RECURS.search(said) or _excepts(intent.dates, before, said, found.said, today))
        return intent if kept else intent._replace(remind=RemindWish.UNKEPT, dates=None)
    is_open = (
        _is_of_no_date(intent, before, said)
        or _is_of_some_weekday(intent, said)
        or _is_open(intent, before, said, found.said, today)
    )
    if not is_open:
        return intent
    leave = AboutLeave.UNSURE if intent.leave is AboutLeave.DAYS else intent.leave
    return intent._replace(dates=None, days_apart=True, leave=leave)


def _is_of_no_date(intent: Intent, tokens: Sequence[Token], text: str) -> bool:
    """Tell whether what is to change is of a day that no date is read of: 那天, last Friday *of October*."""
    away = intent.leave is AboutLeave.DAYS
    if not (away or intent.name in _SILENCES or intent.name is IntentName.CORRECTION):
        return False
    if intent.dates is None:
        unread = names_an_unread_day(tokens, text) or _SOME_TIME.search(text)
        return intent.name is IntentName.CORRECTION and bool(unread)
    return names_a_part(tokens, text) and not (intent.name is IntentName.REMIND_OFF and names_weekend(tokens))


def _is_of_some_weekday(intent: Intent, text: str) -> bool:
    """Tell whether each day of a name is meant (every Friday), where days can be taken one at a time only."""
    one_day = intent.name in EXCUSES or intent.leave is AboutLeave.DAYS or intent.remind is RemindWish.RESUME
    return one_day and _RECURS.search(text) is not None


def _is_open(intent: Intent, tokens: Sequence[Token], text: str, said: Sequence[Said], today: date) -> bool:
    if intent.dates is None:
        return False
    rest = _without_days(tokens, text)
    if intent.name in QUESTIONS_OF_DAYS:  # "yesterday instead" asks about yesterday
        return len(said) > 1 and bool(_CHANGES.search(rest) or _CHOOSES.search(rest))
    away = intent.leave is AboutLeave.DAYS
    resumes = intent.remind is RemindWish.RESUME
    if not (away or resumes or intent.name in _SILENCES):
        return False
    several = len(said) > 1 or any(token.has("several_days") for token in tokens)
    if (several and _CHOOSES.search(rest)) or _CHANGES.search(rest):
        return True
    if intent.name is not IntentName.REMIND_OFF and _UNREAD.search(rest):  # its weekends are read
        return True
    if _excepts(intent.dates, tokens, text, said, today):
        return True
    return away and _leaves_open(intent.dates, tokens, said, today)


def _excepts(
    days: DateRange | None, tokens: Sequence[Token], text: str, said: Sequence[Said], today: date
) -> bool:
    """Tell whether days are named as an exception, or some of `days` refused: this week, *not* Friday."""
    if _EXCEPTS.search(_without_days(tokens, text)):
        return True
    spans = {one.start: one.span for one in said}
    for place, token in enumerate(tokens):
        if not token.has("dated"):
            continue
        if _is_excepted(tokens, place):
            return True
        span = spans.get(token.start)
        within = days is not None and span is not None and _is_within(span, days, today)
        if within and _is_refused(tokens, place, text):
            return True
    return False


def _without_days(tokens: Sequence[Token], text: str) -> str:
    """Return a text without the words of its days, so that none is taken for another: day after tomorrow."""
    kept, at = [], 0
    for token in tokens:
        if token.has(*_NO_WORDS_OF_DAYS):
            kept.append(text[at : token.start])
            at = token.end
    return " ".join(" ".join([*kept, text[at:]]).split())


def _is_excepted(tokens: Sequence[Token], place: int) -> bool:
    """Tell whether the day at `place` is named as an exception: all week *but* Friday, *除*明天外."""
    return _before_day(tokens, place) in _EXCEPTS_NEXT and not _works(tokens, place)


def _is_refused(tokens: Sequence[Token], place: int, text: str) -> bool:
    """Tell whether the day at `place` is refused beside it: *not* Friday, Friday *excepted*, 周五*不算*."""
    if _before_day(tokens, place) in _REFUSES_NEXT:
        return True
    end = tokens[place].end
    behind = tokens[place + 1 : place + 3]
    ends = len(behind) == 1 or (len(behind) > 1 and behind[1].has("sep"))
    if ends and behind[0].words in _EXCEPTS_LAST:
        return True
    return _EXCEPTS_BEHIND.opens(text, end + len(text[end:]) - len(text[end:].lstrip()))


def _before_day(tokens: Sequence[Token], place: int) -> str:
    """Return the word before a day and what introduces it, none at the beginning: *but* on the Friday."""
    before = place - 1
    while before >= 0 and tokens[before].words in _INTRODUCES:
        before -= 1
    return tokens[before].words if before >= 0 else ""


def _is_within(span: Span, days: DateRange, today: date) -> bool:
    """Tell whether a day that is named may be one to come of `days`: a Friday alone is that of any week."""
    named = resolve(span, today, forward=True)
    if named is None:
        return False
    first, last = max(days.first, today), days.last
    if span.first.unit == "weekday" and span.last is None:
        ahead = first + timedelta(days=(span.first.number - first.weekday()) % 7)
        return ahead <= last
    return first <= named.last and named.first <= last


def _leaves_open(days: DateRange, tokens: Sequence[Token], said: Sequence[Said], today: date) -> bool:
    """Tell whether a day is named besides those of a leave without being worked on, or one of them with it."""
    places = {token.start: place for place, token in enumerate(tokens)}
    for one in said:
        named = resolve(one.span, today, forward=True)
        if named is None or named.last < today or one.start not in places:
            continue
        works = _works(tokens, places[one.start])
        is_left_out = named.last > days.last or max(named.first, today) < days.first
        if _is_within(one.span, days, today) if works else is_left_out:
            return True
    return False


def _works(tokens: Sequence[Token], place: int) -> bool:
    """Tell whether one says beside the day at `place` to be at work then: back on Friday, 明天上班."""
    first, last = place, place + 1
    while first > 0 and not tokens[first - 1].has(*_ENDS):
        first -= 1
    while last < len(tokens) and not tokens[last].has(*_ENDS):
        last += 1
    beside = [*tokens[first:place], *tokens[place + 1 : last]]
    if any(token.has("negation") for token in beside):
        return False
    return _WORKS_THEN.search(" ".join(token.words for token in beside)) is not None
