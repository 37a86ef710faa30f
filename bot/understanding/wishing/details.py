"""What the name of an intent leaves open: what is wanted of reminders, what is said of leave, how to answer."""

from collections.abc import Sequence
from itertools import pairwise

from bot.domain.shifts import CheckType
from bot.understanding.arguments.dates import Span, read_span
from bot.understanding.arguments.told_times import names_a_shifted_time
from bot.understanding.arguments.values import Arguments
from bot.understanding.intents import AboutLeave, Form, HalfOfDay, Period, RemindWish
from bot.understanding.wishing.reminder_times import begins_without_end, names_each_weekday
from bot.understanding.words.cues import Cue, cue, words_of
from bot.understanding.words.normalise import Text
from bot.understanding.words.tokens import Token, kinds_of, tokenise

_COMES_LATE = cue("comes_late")
_FROM_NOW = words_of("from_now")
_MIDDAY = words_of("midday")
_ASKS = frozenset({"question", "question_mark", "how_to", "may_i", "leave_matter"})
_PART_OF_LEAVE = cue("part_of_leave")
_PART = frozenset({"day_part", "part_day", "half"})
_EACH_DAY = cue("each_day")
_EACH_PART = cue("each_part")
_FROM_THEN_ON = cue("from_then_on")
_FORMS: tuple[tuple[str, Form], ...] = (
    ("picture", "picture"), ("csv", "csv"), ("sheet", "sheet"), ("plain_text", "text"),
)  # fmt: skip
_PERIODS: dict[int, Period] = {1: "day", 7: "week", 30: "month"}
# in this order: a Monday is no day, and 每周一 no month
_OFTEN: tuple[tuple[Period, Cue], ...] = (
    ("week", cue("each_week")), ("month", cue("each_month")), ("day", cue("each_date")),
)  # fmt: skip
# what a clause of a request to correct says beside its reason
_CORRECTS = frozenset({
    "forgot", "fix", "fix_bare", "wrong", "wrong_punch", "missing", "left_or_came", "undo", "cmd", "cmd_on",
    "cmd_off", "attendance", "time", "dated", "record",
})  # fmt: skip
_COURTESY = frozenset({"polite", "particle", "greeting", "self", "function", "do", "for_me"})
_SAYS_ON = cue("says_on")
_SAYS_OFF = cue("says_off")


def told_direction(tokens: Sequence[Token]) -> CheckType | None:
    """Return the direction that a message tells of, None where it tells of none or of both."""
    words = " ".join(token.words for token in tokens)
    on, off = _SAYS_ON.search(words), _SAYS_OFF.search(words)
    if bool(on) == bool(off):
        return None
    return CheckType.ON_DUTY if on else CheckType.OFF_DUTY


def remind_wish(tokens: Sequence[Token], found: Arguments) -> RemindWish:
    """Return what a message about setting reminders asks for."""
    kinds = kinds_of(tokens)
    if found.moment is not None:
        return RemindWish.INEXACT if names_a_shifted_time(tokens) else RemindWish.AT
    if found.minutes is None and not kinds.isdisjoint({"resume", "unmute", "back_on"}):
        return RemindWish.RESUME
    if "ahead" not in kinds and ("snooze" in kinds or _from_now(tokens)):
        return RemindWish.SNOOZE
    return RemindWish.SHOW if found.minutes is None else RemindWish.BEFORE


def quiet_wish(tokens: Sequence[Token], found: Arguments) -> RemindWish | None:
    """Return that nothing is to be said from a time of day on (下午三点后别提醒我), or in one part of each day.

    From a day on without an end, or on each day of a name, is not kept: `unkept`.
    """
    if found.moment is None and (begins_without_end(tokens, found) or names_each_weekday(tokens)):
        return RemindWish.UNKEPT
    said = " ".join(token.words for token in tokens)
    if _EACH_DAY.search(said) and (found.moment is not None or _parts_of_day(tokens) or _EACH_PART.search(said)):
        return RemindWish.EACH_DAY
    return RemindWish.FROM if found.moment is not None and _FROM_THEN_ON.search(said) else None


def quiet_half(tokens: Sequence[Token]) -> HalfOfDay | None:
    """Return the half of a day of which nothing is to be said; None for both, or around noon."""
    named = _parts_of_day(tokens)
    if any(token.words in _MIDDAY for token in named):
        return None
    halves: set[HalfOfDay] = {"pm" if token.values["day_part"] else "am" for token in named}
    return halves.pop() if len(halves) == 1 else None


def _parts_of_day(tokens: Sequence[Token]) -> list[Token]:
    """Return the parts of the day that are named; a greeting is one only behind a day: "Friday afternoon"."""
    return [
        token
        for place, token in enumerate(tokens)
        if "day_part" in token.values
        and (not token.has("greeting") or (place and tokens[place - 1].has("dated") and token.has("part_day")))
    ]


def _from_now(tokens: Sequence[Token]) -> bool:
    """Tell whether minutes are counted from now: 10分钟后, "in 10 minutes"."""
    for index, token in enumerate(tokens):
        if token.has("minutes") and (token.has("future") or (index and tokens[index - 1].words in _FROM_NOW)):
            return True
    return False


def about_leave(tokens: Sequence[Token], found: Arguments) -> AboutLeave:
    """Return what a message about leave says; whole days away only where nothing else is said of them."""
    kinds = kinds_of(tokens)
    if "called_off" in kinds:
        return AboutLeave.CANCELLED
    if not kinds.isdisjoint({"balance", "have_balance"}):
        return AboutLeave.BALANCE
    if not kinds.isdisjoint(_ASKS):
        return AboutLeave.QUESTION
    parts = any(
        not token.kinds.isdisjoint(_PART) and (place or not token.has("greeting"))  # "leave tomorrow afternoon"
        for place, token in enumerate(tokens)
    )
    parts = parts or any(token.has("leave") and _PART_OF_LEAVE.search(token.words) for token in tokens)
    if parts or found.minutes is not None or found.moment is not None:
        return AboutLeave.PART
    return AboutLeave.DAYS


def day_within(tokens: Sequence[Token], kind: str) -> Span | None:
    """Return the day inside a phrase of a `kind` that is one word to us: "sick today", 请明天的假, "for today"."""
    for words in dict.fromkeys(token.words for token in tokens if token.has(kind)):
        pieces = words.split() if words.isascii() else [one + other for one, other in pairwise(words)]
        for piece in pieces:
            span = read_span(tokenise(piece), 0)
            if span is not None:
                return span
    return None


def verdict_direction(tokens: Sequence[Token]) -> CheckType | None:
    """Return which kind of punch a question "why late?" or "why early?" is about."""
    kinds = kinds_of(tokens)
    if "early" in kinds:
        return CheckType.OFF_DUTY
    return CheckType.ON_DUTY if any(_COMES_LATE.search(token.words) for token in tokens) else None


def asks_for_late(tokens: Sequence[Token]) -> bool:
    """Tell whether a question about days asks for who came late (谁迟到最多, "top late"), not for who left."""
    said = " ".join(token.words for token in tokens if token.has("late"))
    return _COMES_LATE.search(said) is not None


def answer_form(tokens: Sequence[Token]) -> Form | None:
    """Return the form in which an answer is wanted: a picture, a sheet, csv, text; None where nobody said."""
    kinds = kinds_of(tokens)
    return next((form for kind, form in _FORMS if kind in kinds), None)


def digest_period(tokens: Sequence[Token]) -> Period | None:
    """Return how often a summary is to come: 日报, "weekly digest", 每周给我发; None where nobody said."""
    days = [token.values["period"] for token in tokens if "period" in token.values]
    if days:
        return _PERIODS[days[0]]
    said = " ".join(token.words for token in tokens if token.has("send_often", "often"))
    return next((period for period, often in _OFTEN if often.search(said)), None)


def correction_reason(clauses: Sequence[Sequence[Token]], text: Text) -> str | None:
    """Return why a record is to be corrected: the clauses that say nothing about the record itself."""
    told = [
        clause
        for clause in clauses
        if not any(token.kinds & _CORRECTS for token in clause)
        and not all(token.kinds & _COURTESY for token in clause)
    ]
    return text.shown[told[0][0].start : told[-1][-1].end].strip() if told else None
