"""Times and days written as 18.40, 18h40 and 11.23, which elsewhere are numbers, in a request to correct. Pure."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from bot.understanding.words.tokens import Token

Clauses = Sequence[Sequence[Token]]
_DOTTED = re.compile(r"(\d{1,2})\.(\d\d)")
_HOURS, _MINUTES = re.compile(r"([01]?\d|2[0-3]) h"), re.compile("[0-5][0-9]")
_DAY = re.compile(r"(?:0?[1-9]|1[0-2])[.](?:0?[1-9]|[12]\d|3[01])|(?:0?[1-9]|[12]\d|3[01])[.](?:0?[1-9]|1[0-2])")
_TIME = frozenset({"time"})
_CAME_OR_LEFT = frozenset({"left_or_came"})
_PUNCHED = frozenset({
    "fix", "fix_bare", "forgot", "missing", "missing_punch", "cmd", "cmd_on", "cmd_off", "word_on", "word_off",
})  # fmt: skip
_BESIDE = _CAME_OR_LEFT | _PUNCHED | {"dated", "polite", "particle"}
_AT = frozenset({"at", "around", "about"})


class _Written(NamedTuple):
    hour: int
    minute: int
    may_be_day: bool
    end: int


def with_dotted_times(clauses: Clauses) -> Clauses:
    """Return clauses with each number that can only be the time of a punch as that time: left at 18.40, 18h40走的.

    What may as well be a day (9.30) is a time only right beside the word that somebody came or left.
    """
    return [_with_times(clause) for clause in clauses]


def _with_times(clause: Sequence[Token]) -> Sequence[Token]:
    found: list[Token] = []
    place = 0
    while place < len(clause):
        written = _written(clause, place)
        if written is None or not _is_time(clause, place, written):
            found.append(clause[place])
            place += 1
            continue
        first, last = clause[place], clause[written.end - 1]
        found.append(Token(f"{written.hour}:{written.minute:02}", first.start, last.end, _TIME, {}))
        place = written.end
    return found


def _written(clause: Sequence[Token], place: int) -> _Written | None:
    """Return the hour and minute that are written at `place`, None where none are."""
    token = clause[place]
    dotted = _DOTTED.fullmatch(token.words) if token.has("number") and not token.has("dated") else None
    if dotted is not None:
        hour, minute = int(dotted[1]), int(dotted[2])
        is_clock = hour < 24 and minute < 60
        return _Written(hour, minute, bool(_DAY.fullmatch(token.words)), place + 1) if is_clock else None
    hours = _HOURS.fullmatch(token.words) if token.has("minutes") else None
    behind = clause[place + 1] if place + 1 < len(clause) else None
    if hours is None or behind is None or behind.start != token.end or not _MINUTES.fullmatch(behind.words):
        return None
    return _Written(int(hours[1]), int(behind.words), False, place + 2)


def _is_time(clause: Sequence[Token], place: int, written: _Written) -> bool:
    before = clause[place - 1] if place else None
    behind = clause[written.end] if written.end < len(clause) else None
    if behind is not None and not behind.of(_BESIDE):
        return False  # 18.40 of something: yuan, km
    if before is not None and (before.of(_CAME_OR_LEFT) or before.words in _AT):
        return True
    if behind is not None and behind.of(_CAME_OR_LEFT):
        return True
    is_beside = any(one is not None and one.of(_PUNCHED | {"dated"}) for one in (before, behind))
    return is_beside and not written.may_be_day


def names_a_dotted_day(clauses: Clauses) -> bool:
    """Tell whether a number beside a word of a punch may be a day that was not read: 补卡 11.23 18:40."""
    return any(
        token.has("number") and not token.has("dated") and _DAY.fullmatch(token.words)
        for clause in clauses
        if any(token.of(_PUNCHED) for token in clause)
        for token in clause
    )
