"""The meaning of a message: a punch by the gate, else likely actions by the router."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Literal

from bot.actions import CannotAnswer, Nudge, PunchAction, PunchForOther
from bot.domain.slots import Action
from bot.understanding.filling import ABOUT_DAYS_AHEAD, fill_action
from bot.understanding.gate import read_punch
from bot.understanding.router import (
    PERSON,
    PUNCHES,
    UNANSWERED,
    decide,
    is_plain_nudge,
    likelihoods,
    load_array,
)
from bot.understanding.slots import read_slots
from bot.understanding.unknown_names import OTHER_OBJECT, SOMEBODY, name_in
from bot.understanding.vocabulary import LONGEST, NameIndex, fold

Language = Literal["zh", "en"]
NOBODY = NameIndex({})
_WISHES = re.compile(
    r"[,，。;；!！\n]+|\.(?= |$)|然后|顺便|顺手|另外|同时|\b(?:and|then|also)\b", re.I | re.ASCII
)
_HAN = re.compile("[\u4e00-\u9fff]")
_ME: dict[Language, str] = {"zh": "我", "en": "me"}
_ANYBODY: dict[Language, str] = {"zh": "王芳", "en": "alice"}  # the name does not change the intent
_PAST = re.compile(r"谁.*了|\b(?:was|were|did|took)\b", re.I | re.ASCII)


class Act(StrEnum):
    """The treatment of a message."""

    DO = "do"
    OFFER = "offer"  # one button does it
    CHOOSE = "choose"  # two or three buttons, the likeliest first
    ASK = "ask"  # a slot is missing
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Understood:
    """The treatment of a message, its intents by the router and its actions, the likeliest first."""

    act: Act
    language: Language
    intents: tuple[str, ...] = ("none",)
    actions: tuple[Action, ...] = ()


def understand(
    text: str, *, today: date, sites: Sequence[str] = (), names: NameIndex = NOBODY
) -> Understood:
    """Return the meaning of a message.

    `sites` are names and aliases, `today` is the person's local date.
    """
    text = text[:LONGEST]
    language = language_of(text, sites, names)
    punch = read_punch(text, sites)
    if punch is not None:
        return Understood(Act.DO, language, (punch.intent,), (punch,))

    def route(words: str) -> tuple[str, ...]:
        return decide(likelihoods(names.with_mark(words, _ANYBODY[language], people_only=True)))

    def fill(intent: str, words: str) -> Action:
        is_ahead = intent in ABOUT_DAYS_AHEAD and not _PAST.search(words)
        slots = read_slots(words, today, ahead=is_ahead, sites=sites, names=names)
        return fill_action(intent, slots)

    def about_somebody(words: str) -> Nudge | PunchForOther | None:
        """Return the action about one other person: it would punch if the words named the sender
        instead, or they only ask a named person to punch.
        """
        people = names.read(words).people
        if len(people) > 1:
            return None
        if people and is_plain_nudge(names.with_mark(words, PERSON)):
            return Nudge(person=people[0])
        me = _ME[language]
        own = SOMEBODY.sub(me, names.with_mark(words, me, people_only=True))
        is_punch = read_punch(own, sites) is not None
        return PunchForOther(person=people[0] if people else None) if is_punch else None

    punch, rest = _split_punch(text, sites)
    if punch is not None:
        if isinstance(about_somebody(rest), PunchForOther):
            return Understood(Act.OFFER, language, (punch.intent,), (punch,))
        wish = route(rest)[0]
        if wish not in UNANSWERED and wish not in PUNCHES:
            whole = fill(punch.intent, text).but(direction=punch.direction)
            both = (whole, fill(wish, rest))
            return Understood(Act.CHOOSE, language, (punch.intent, wish), both)
    if (action := about_somebody(text)) is not None:
        act = Act.DO if isinstance(action, Nudge) else Act.NONE
        return Understood(act, language, (action.intent,), (action,))
    intents = route(text)
    if not {*PUNCHES, "none"}.isdisjoint(intents) and name_in(fold(text), OTHER_OBJECT):
        return Understood(Act.NONE, language, actions=(PunchForOther(),))
    if intents == ("none",):
        if read_slots(text, today).reference is None:
            return Understood(Act.NONE, language)
        intents = ("requests",)
    actions = _distinct([fill(intent, text) for intent in intents])
    return Understood(_act(actions), language, intents, actions)


def language_of(text: str, sites: Sequence[str] = (), names: NameIndex = NOBODY) -> Language:
    """Return the language of a text. Names of people and sites do not count beside other words."""
    rest = names.with_mark(text)
    for site in sites:
        rest = rest.replace(fold(site), "")
    own = rest if any(map(str.isalpha, rest)) else text
    return "zh" if _HAN.search(own) else "en"


def _split_punch(text: str, sites: Sequence[str]) -> tuple[PunchAction | None, str]:
    """Split a text with two wishes into the punch that the gate passes, and the other wish."""
    parts = list(filter(None, _WISHES.split(text)))
    for at, part in enumerate(parts):
        if (punch := read_punch(part, sites)) is not None:
            return punch, ",".join(parts[:at] + parts[at + 1 :])
    return None, ""


def warm_up() -> None:
    """Load the router and the words, before the first message."""
    load_array()
    understand("打卡", today=date.min)


def _act(actions: Sequence[Action]) -> Act:
    if len(actions) > 1:
        return Act.CHOOSE
    action = actions[0]
    if isinstance(action, CannotAnswer):
        return Act.NONE
    if isinstance(action, PunchAction):
        return Act.OFFER
    if action.lacks() is not None:
        return Act.ASK
    return Act.OFFER if action.changes else Act.DO


def _distinct(actions: Sequence[Action]) -> tuple[Action, ...]:
    """Return the actions without repetitions. Two punches become one punch with an open direction.

    An action that can be done is likelier meant than a question that the bot cannot answer.
    """
    actions = [action for action in actions if not isinstance(action, CannotAnswer)] or actions[:1]
    punches = [action for action in actions if isinstance(action, PunchAction)]
    if len({action.direction for action in punches}) > 1:
        both = punches[0].but(direction=None)
        actions = [both if isinstance(action, PunchAction) else action for action in actions]
    return tuple(action for at, action in enumerate(actions) if action not in actions[:at])
