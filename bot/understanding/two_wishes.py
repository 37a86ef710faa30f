"""A punch in a clause of its own beside a wish about reminders or leave: two things in one message. Pure."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from bot.domain.sites import Site
from bot.understanding.intents import PUNCHES, Intent, IntentName, RemindWish
from bot.understanding.understand import understand
from bot.understanding.words.cues import words_of
from bot.understanding.words.normalise import has_han, normalise
from bot.understanding.words.tokens import COMMANDS, Token, kinds_of, tokenise

_MOST = 120  # characters of a message that is looked at, for whoever writes more tells a story
_MAY_PUNCH = COMMANDS | {"say_on", "say_off", "arrive", "word_on", "word_off"}
_WISHES = frozenset({"remind", "hush", "stop", "leave"})
_JOINS = words_of("joins_wishes")  # and, 并且
_ROUND = " ,，、.。;；!！"
_ASKED = "?？"


class Beside(NamedTuple):
    """The punch, what else was said, as written, and whether the punch is of now.

    That it is where the message is a punch without the wish: not 还在路上，上班打卡, nor what is asked.
    """

    punch: Intent
    rest: str
    of_now: bool


def punch_beside(text: str, wish: IntentName, *, today: date, sites: Sequence[Site]) -> Beside | None:
    """Return the punch that stands in a clause of its own beside a wish, None where there is none.

    What one is to be reminded of may stand behind the time (每天8:50提醒我，上班打卡), and "clock in" before an
    "and" belong to what follows ("clock in and out reminders").
    """
    if len(text) > _MOST:
        return None
    whole = normalise(text)
    parts = _parts(tokenise(whole.folded))
    spans = [(part[0].start, part[-1].end) for part in parts]
    for place, part in enumerate(parts if len(parts) > 1 else ()):
        if not kinds_of(part) & _MAY_PUNCH or kinds_of(part) & _WISHES:
            continue
        if wish is IntentName.REMIND_SET and place > 0:
            break
        start, end = part[0].start, part[-1].end
        punch = understand(whole.shown[start:end], today=today, sites=sites)
        if punch.name not in PUNCHES or punch.at is not None or punch.half is not None:
            continue
        rest = _joined(whole.shown[:start], whole.shown[end:])
        if understand(rest, today=today, sites=sites).name is wish:
            others = [one for one in spans if one != (start, end)]
            alone = _is_punch_without(whole.shown, others, wish, today=today, sites=sites)
            return Beside(punch, rest.lstrip(_ASKED + _ROUND), alone)
    return None


def _is_punch_without(
    shown: str, others: Sequence[tuple[int, int]], wish: IntentName, *, today: date, sites: Sequence[Site]
) -> bool:
    """Tell whether a message is a punch of now without the wish that stands in clauses of its own.

    Who is on leave today, wants to be reminded in a while, or tells of what keeps from punching, is not there yet.
    """
    left, found = shown, False
    for start, end in reversed(others):
        alone = understand(shown[start:end], today=today, sites=sites)
        if alone.name is not wish:
            continue
        away = wish is IntentName.LEAVE and (alone.dates is None or alone.dates.first <= today)
        if away or alone.remind is RemindWish.SNOOZE:
            return False
        left, found = _joined(left[:start], left[end:]), True
    punch = understand(left, today=today, sites=sites)
    return found and punch.name in PUNCHES and not punch.unsure and punch.at is None and punch.half is None


def _parts(tokens: Sequence[Token]) -> list[list[Token]]:
    """Return a message cut at its signs and at each "and" behind or before a command for oneself.

    Not between two numbers, which may be coordinates.
    """
    parts: list[list[Token]] = [[]]
    for place, token in enumerate(tokens):
        behind = tokens[place + 1 : place + 2]
        joins = token.words in _JOINS and (_for_oneself(parts[-1]) or _for_oneself(behind))
        numbers = all(one and one[0].words[:1].isdigit() for one in (parts[-1][-1:], behind))
        if joins or (token.has("sep", "dash", "line") and not numbers):
            parts.append([])
        else:
            parts[-1].append(token)
    return [part for part in parts if part]


def _for_oneself(part: Sequence[Token]) -> bool:
    return any(token.of(COMMANDS) and " me" in token.words for token in part) or "for_me" in kinds_of(part)


def _joined(before: str, behind: str) -> str:
    said = [_without_joins(one) for one in (before, behind)]
    comma = "，" if has_han("".join(said)) else ", "
    return comma.join(one for one in said if one)


def _without_joins(part: str) -> str:
    said = part.strip(_ROUND)
    words = normalise(said).folded
    for join in _JOINS:
        if words.startswith(join) and len(words) == len(said):
            said = said[len(join) :].strip(_ROUND)
            break
    for join in _JOINS:
        if said.lower().endswith(f" {join}") or (has_han(join) and said.endswith(join)):
            return said[: -len(join)].strip(_ROUND)
    return said
