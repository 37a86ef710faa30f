"""Whether a message leaves open which of the days it names it is about: by an exception, a change or a choice."""

from collections.abc import Sequence
from datetime import date

from bot.understanding.arguments import Arguments
from bot.understanding.cues import cue, words_of
from bot.understanding.dates import resolve
from bot.understanding.intents import AboutLeave, DateRange, Intent, IntentName, RemindWish
from bot.understanding.joined_days import Said
from bot.understanding.normalise import Text
from bot.understanding.tokens import Token

_QUESTIONS = frozenset({
    IntentName.SUMMARY_RANGE, IntentName.SUMMARY_TODAY, IntentName.MISSING, IntentName.EXPORT, IntentName.HISTORY,
    IntentName.STATUS,
})  # fmt: skip
_SILENCES = frozenset({IntentName.REMIND_OFF, IntentName.EXCUSE, IntentName.UNEXCUSE})
_EXCEPTS, _CHANGES, _CHOOSES = cue("excepts"), cue("changes_days"), cue("one_of_days")
_UNREAD, _WORKS_THEN = cue("unread_days"), cue("works_then")
_EXCEPTS_BEHIND = cue("excepts_behind")
_EXCEPTS_NEXT, _INTRODUCES = words_of("excepts_next"), words_of("introduces_a_day")
_NO_WORDS_OF_DAYS = ("dated", "greeting", "small_talk")  # what other rules read, or nobody has to
_ENDS = ("sep", "dash", "line", "dated", "leave", "leave_bare")


def without_open_days(
    intent: Intent, tokens: Sequence[Token], text: Text, found: Arguments, today: date
) -> Intent:
    """Return `intent`, without days and marked where it is not plain which of those that are named it is about.

    The reason of an excuse tells nothing of its days.
    """
    end = len(text.folded) if found.reason_at is None else found.reason_at
    before = [token for token in tokens if token.start < end]
    if intent.dates is None or not _is_open(intent, before, text.folded[:end], found.said, today):
        return intent
    leave = AboutLeave.UNSURE if intent.leave is AboutLeave.DAYS else intent.leave
    return intent._replace(dates=None, days_apart=True, leave=leave)


def _is_open(intent: Intent, tokens: Sequence[Token], text: str, said: Sequence[Said], today: date) -> bool:
    rest = _without_days(tokens, text)
    if intent.name in _QUESTIONS:  # "yesterday instead" asks about yesterday
        return len(said) > 1 and bool(_CHANGES.search(rest) or _CHOOSES.search(rest))
    away = intent.leave is AboutLeave.DAYS
    resumes = intent.remind is RemindWish.RESUME
    if not (away or resumes or intent.name in _SILENCES):
        return False
    several = len(said) > 1 or any(token.has("several_days") for token in tokens)
    if (several and _CHOOSES.search(rest)) or _EXCEPTS.search(rest) or _CHANGES.search(rest):
        return True
    if intent.name is not IntentName.REMIND_OFF and _UNREAD.search(rest):  # its weekends are read
        return True
    for place, token in enumerate(tokens):
        if token.has("dated") and (_is_excepted(tokens, place) or _EXCEPTS_BEHIND.opens(text, token.end)):
            return True
    return away and intent.dates is not None and _leaves_out(intent.dates, tokens, said, today)


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
    before = place - 1
    while before >= 0 and tokens[before].words in _INTRODUCES:
        before -= 1
    return before >= 0 and tokens[before].words in _EXCEPTS_NEXT and not _works(tokens, place)


def _leaves_out(days: DateRange, tokens: Sequence[Token], said: Sequence[Said], today: date) -> bool:
    """Tell whether a day is named besides those of a leave, and it is not said that one works then."""
    places = {token.start: place for place, token in enumerate(tokens)}
    for one in said:
        named = resolve(one.span, today, forward=True)
        if named is None or one.start not in places:
            continue
        is_left_out = named.last > days.last or max(named.first, today) < days.first
        if is_left_out and named.last >= today and not _works(tokens, places[one.start]):
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
    return _WORKS_THEN.search(" ".join(token.words for token in beside)) is not None
