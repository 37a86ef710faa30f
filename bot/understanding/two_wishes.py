"""A punch in a clause of its own beside a question, a request or a wish: two things in one message. Pure."""

import re
from collections.abc import Callable, Sequence

from bot.domain.bracketed import take
from bot.understanding.intents import (
    ANSWERED_BESIDE,
    CHANGES_BESIDE,
    PUNCHES,
    QUESTIONS_OF_DAYS,
    Beside,
    Intent,
    IntentName,
    NoneReason,
    RemindWish,
)
from bot.understanding.stages import Message
from bot.understanding.words.cues import words_of
from bot.understanding.words.normalise import has_han, normalise
from bot.understanding.words.tokens import COMMANDS, Token, kinds_of, tokenise

_MOST = 120  # characters of a message that is looked at, for whoever writes more tells a story
_MAY_PUNCH = COMMANDS | {"say_on", "say_off", "arrive", "word_on", "word_off"}
_WISHES = frozenset({"remind", "hush", "stop", "leave"})
_OF_REMINDERS = frozenset({IntentName.REMIND_SET, IntentName.REMIND_OFF, IntentName.LEAVE})
# What is read of the whole: without the punch beside it, it is that still, or nothing.
_ONLY_WHOLE = _OF_REMINDERS | {IntentName.CORRECTION, IntentName.SOMEBODY}
_ALONE = frozenset({IntentName.UNDO, IntentName.CONFIRM, IntentName.TAP_MINE, IntentName.TAP_NOT_MINE})
_TELLS_NOTHING = frozenset({NoneReason.NOT_ABOUT_US, NoneReason.SMALL_TALK, NoneReason.ONLY_DAYS})
_ASKS = frozenset({"see", "self_q", "question", "export_strong"})
_BEHIND_A_COMMAND = _ASKS | {"missing", "summary", "status_word", "chase", "hush", "remind"}
_JOINS = words_of("joins_wishes")  # and, 并且
_LONGEST_FIRST = sorted(_JOINS, key=len, reverse=True)  # 并且, not 并
_ROUND = " ,，、.。;；!！"
_ASKED = "?？"
_DASHES = "-–—"
_PARTED = re.compile(rf"[{_ROUND[1:]}{_ASKED}\n…—–:：~-]|\b(?:and|also|plus|then)\b|[并然顺同另还]")
Understand = Callable[[Message], Intent]


def punch_beside(message: Message, whole: Intent, understand: Understand) -> Intent | None:
    """Return what a message says beside a punch, which stands in a clause of its own, with that; else None.

    `whole` is what the message means to `understand`, which looks for no second thing. Beside reminders and leave
    the punch may be unclear, and the wish stays as the whole tells it, which may leave more open; elsewhere the
    message is a punch of now without the rest. What one is to be reminded of may stand behind the time
    (每天8:50提醒我，上班打卡), and "clock in" before an "and" belong to what follows ("clock in and out
    reminders").
    """
    if whole.name in PUNCHES | _ALONE or not 0 < len(message.text) <= _MOST:
        return None
    if _PARTED.search(message.text.lower()) is None or take(message.text)[0] is not None:
        return None
    text = normalise(message.text)
    parts = _parts(tokenise(text.folded))
    spans = [(part[0].start, part[-1].end) for part in parts]
    nothing = whole.name is IntentName.NONE  # then what stands before a punch may be told: 老周不在，帮我打卡
    for place, part in enumerate(parts if len(parts) > 1 else ()):
        if not kinds_of(part) & _MAY_PUNCH or kinds_of(part) & _WISHES:
            continue
        if place > 0 and (whole.name is IntentName.REMIND_SET or (nothing and not _asks(parts[0]))):
            break
        start, end = spans[place]
        punch = understand(message._replace(text=text.shown[start:end]))
        if not _is_punch(punch):
            continue
        said = _joined(text.shown[:start], text.shown[end:]).lstrip(_ASKED + _ROUND + _DASHES)
        rest = understand(message._replace(text=said))
        if not _stands_beside(rest, whole) or (
            nothing and not _is_asked(rest, parts[:place] + parts[place + 1 :])
        ):
            continue
        others = [_with_its_mark(text.shown, one) for one in spans if one != (start, end)]
        of_now = _is_punch_without(message._replace(text=text.shown), others, rest.name, understand)
        if of_now or rest.name in _OF_REMINDERS:
            return (whole if rest.name in _OF_REMINDERS else rest)._replace(beside=Beside(punch, said, of_now))
    return None


def _is_punch(intent: Intent) -> bool:
    return intent.name in PUNCHES and not intent.unsure and intent.at is None and intent.half is None


def _is_asked(rest: Intent, parts: Sequence[Sequence[Token]]) -> bool:
    """Tell whether what only is something without the punch plainly asks: not 下班打卡，工时 8.5, 加班 1.5."""
    names_it = rest.name is IntentName.EXPORT or any("summary" in kinds_of(part) for part in parts)
    return rest.name not in QUESTIONS_OF_DAYS or names_it or any(map(_asks, parts))


def _asks(part: Sequence[Token]) -> bool:
    return not kinds_of(part).isdisjoint(_ASKS)


def _stands_beside(rest: Intent, whole: Intent) -> bool:
    """Tell whether what is left without a punch is something else that the message says as well.

    A request to correct has its own direction: in "clock in, yesterday 8:30, I forgot" there is no second thing.
    """
    if rest.name not in ANSWERED_BESIDE | CHANGES_BESIDE:
        return False
    both = {rest.name, whole.name}
    alike = both <= _OF_REMINDERS or rest.name in {whole.name, IntentName.NUDGE}  # 提醒李娜打卡
    if not alike and not _ONLY_WHOLE.isdisjoint(both):
        return False
    return rest.name is not IntentName.CORRECTION or rest.direction is not None


def _is_punch_without(
    message: Message, others: Sequence[tuple[int, int]], wish: IntentName, understand: Understand
) -> bool:
    """Tell whether a message is a punch of now without what else stands in clauses of its own.

    Who is on leave today, wants to be reminded in a while, or tells of what keeps from punching, is not there yet.
    """
    left, kept, found = message.text, [], False
    for start, end in others:
        alone = understand(message._replace(text=_without_joins(message.text[start:end])))
        goes_on = found and wish not in _OF_REMINDERS and _tells_nothing(alone)  # who is missing, in sales?
        if not (alone.name is wish or goes_on or _both_beside(alone.name, wish)):
            kept.append((start, end))
            continue
        away = wish is IntentName.LEAVE and (alone.dates is None or alone.dates.first <= message.today)
        if away or alone.remind is RemindWish.SNOOZE:
            return False
        found = True
    for start, end in reversed([one for one in others if one not in kept]):
        left = _joined(left[:start], left[end:])
    return found and _is_punch(understand(message._replace(text=left)))


def _with_its_mark(shown: str, span: tuple[int, int]) -> tuple[int, int]:
    """Return where a clause stands with the sign that makes it a question."""
    start, end = span
    return start, end + len(shown[end:]) - len(shown[end:].lstrip(_ASKED))


def _both_beside(name: IntentName, wish: IntentName) -> bool:
    return wish not in _OF_REMINDERS and name in (ANSWERED_BESIDE | CHANGES_BESIDE) - _OF_REMINDERS


def _tells_nothing(alone: Intent) -> bool:
    return alone.name is IntentName.NONE and alone.none_reason in _TELLS_NOTHING and not alone.unsure


def _parts(tokens: Sequence[Token]) -> list[list[Token]]:
    """Return a message cut at its signs and at each "and" behind or before a command for oneself.

    So it is behind a bare command where what follows asks or wishes for something ("clock in and show my day").
    Not between two numbers, which may be coordinates, nor inside of a reference.
    """
    parts: list[list[Token]] = [[]]
    for place, token in enumerate(tokens):
        behind = tokens[place + 1 : place + 2]
        joins = token.words in _JOINS and (
            _for_oneself(parts[-1]) or _for_oneself(behind) or _then_asks(parts[-1], tokens[place + 1 :])
        )
        one_word = all(one and one[0].words[:1].isdigit() for one in (parts[-1][-1:], behind))
        one_word |= token.has("dash") and _within_a_word(parts[-1][-1:], token, behind)
        if joins or (token.has("sep", "dash", "line") and not one_word):
            parts.append([])
        else:
            parts[-1].append(token)
    return [part for part in parts if part]


def _within_a_word(before: Sequence[Token], dash: Token, behind: Sequence[Token]) -> bool:
    """Tell whether a dash stands inside of a word of Latin letters or figures: C-7F3K2M."""
    touches = [one for one in (*before, *behind) if dash.start in (one.end, one.start - 1)]
    return len(touches) == 2 and all(one.words.isascii() for one in touches)


def _for_oneself(part: Sequence[Token]) -> bool:
    return any(token.of(COMMANDS) and " me" in token.words for token in part) or "for_me" in kinds_of(part)


def _then_asks(before: Sequence[Token], behind: Sequence[Token]) -> bool:
    """Tell whether behind a command alone something is asked or wished for, be it after a day."""
    follows = next((token for token in behind if token.words not in _JOINS and not token.has("day")), None)
    return len(before) == 1 and before[0].of(COMMANDS) and follows is not None and follows.of(_BEHIND_A_COMMAND)


def _joined(before: str, behind: str) -> str:
    said = [_without_joins(one) for one in (before, behind)]
    comma = "，" if has_han("".join(said)) else ", "
    return comma.join(one for one in said if one)


def _without_joins(part: str) -> str:
    said = part.strip(_ROUND)
    words = normalise(said).folded
    for join in _LONGEST_FIRST:
        if words.startswith(join) and len(words) == len(said):
            said = said[len(join) :].strip(_ROUND)
            break
    for join in _LONGEST_FIRST:
        if said.lower().endswith(f" {join}") or (has_han(join) and said.endswith(join)):
            return said[: -len(join)].strip(_ROUND)
    return said
