"""Clauses beside a punch that tell why it is made here, now or late, each of their words from short lists.

"the scanner won't read my finger", "my hands are full", "meeting starts in 5", "the bus was 20 minutes late": what
such a clause denies, asks or puts off elsewhere it only tells here, since nothing stands in it but what is listed.
"""

import re
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from bot.understanding.words.grammar import grammar
from bot.understanding.words.tokens import COMMANDS, Token, kinds_of
from bot.understanding.words.vocabulary import table


class Frame(NamedTuple):
    """Of which lists a clause is made, and beside what it may stand.

    `pattern`: letters stand for the lists of `frames.yaml`, x for a number · `excuses`: the kinds that forbid
    nothing in it · `for_oneself`: only beside a command said to be for oneself, since beside a bare "clock in"
    others may be told to · `off`: only beside a clock-out, or only beside none · `stated`: only where it is said
    that one has come, be it by a statement alone.
    """

    name: str
    pattern: re.Pattern[str]
    excuses: frozenset[str] = frozenset()
    for_oneself: bool = False
    off: bool | None = None
    stated: bool = False


_OTHERS = frozenset({"other", "third", "team"})
_FRAMES = (
    Frame(
        "tool",
        re.compile(
            "f*t+f*(?:(?:af+)?b(?:f*b)*|[nl]f*v|lf*t)[ft]*"  # "my app is not opening", "phone has no signal"
            "|f*(?:l|nf*v)f*t+[ft]*"  # "can't touch the scanner", "no wifi"
        ),
        frozenset({"negation", "question", "other_sense", "code_talk", "future"}),
    ),
    Frame(
        "hands",
        re.compile(
            "f*(?:h+f*)?s+f*pf*g+f*(?:f*g)*f*|f*h+f*s+f*"  # "my hands are full of boxes"
            "|f*cf*g+(?:f*g+)*f*|f*wf*h+f*"  # "carrying a tray", "wearing gloves"
        ),
        frozenset({"negation"}),
        for_oneself=True,
    ),
    Frame(
        "begins",
        re.compile(
            "f*e+v*(?:n?ia?xu?|q|afv|n)f*"  # "call in 2 min", "class is starting"
            "|f*h[fh]*e+(?:ia?xu?|q)?f*"  # "got a meeting now"
        ),
        frozenset({"future", "other_sense", "code_talk"}),
        for_oneself=True,
        off=False,
    ),
    Frame(
        "busy",
        re.compile(
            "f*of*[pq](?:f*df*w)?f*|f*df*wf*"  # "on the phone with a customer"
            "|f*w+f*a[fa]*|f*tf*q[fao]*|f*qf*a[fa]*"  # "first customer is waiting", "there's a queue already"
        ),
        _OTHERS,
        for_oneself=True,
    ),
    Frame("allowed", re.compile("m?f*b+f*s[fs]*"), _OTHERS | {"reported"}, for_oneself=True),
    Frame("relieved", re.compile("f*(?:r|t)f*p+f*"), _OTHERS, for_oneself=True, off=False),
    Frame("awaited", re.compile("f*h+f*w[fw]*"), _OTHERS | {"future"}, for_oneself=True, off=True),
    Frame("handed", re.compile("f*hf*tf*p+f*"), _OTHERS, off=True),
    Frame("rough", re.compile("f*w+f*pf*r+f*"), frozenset({"past", "on_the_way"}), stated=True),
    Frame(
        "was_late",
        re.compile(
            "f*w+f*(?:p+l*|l+)[fm]*xu?[lf]*"  # "the train was delayed by 15 minutes"
            "|f*p+l+[fg]*w+[fm]*xu?f*"  # "got stuck in traffic for an hour"
            "|f*k(?:[fm]*xu?f*w+|f*w+[fm]*xu?)f*"  # "waited 20 min for the bus"
            "|f*w+f*t[fm]*xu?[fg]*"  # "the lift took forever"
            "|f*t[fm]*xu?f*[fg]*g[fg]*"  # "took me an hour to get here"
        ),
        frozenset({"on_the_way", "future", "past"}),
        stated=True,
    ),
    Frame(
        "stint",
        re.compile(
            "f*w[fo]*xu[feo]*"  # "stayed two hours late"
            "|f*dxuf*e+f*"  # "finished an hour early"
            "|f*xuf*o+f*df*"  # "2 hours overtime done"
        ),
        off=True,
    ),
)
_VETOED = frozenset().union(*[frame.excuses for frame in _FRAMES])
_LONGEST = 14  # words
_PRESSES = 15  # minutes before which it is, what begins presses
_WORD = re.compile(r"[a-z]+(?:['-][a-z]+)*|\d+|\S")
_CLOCKED_AT = re.compile(
    r"\b(?:clock|punch|check|sign|swipe)(?:ing)?[ -](?:in|out) (?=machine|terminal|kiosk|tablet|app|system|reader)"
)
_SPELT = (("half an hour", "30 min"), ("an hour", "60 min"), ("one hour", "60 min"))


@cache
def _signs(frame: str) -> dict[str, str]:
    return {word: kind[0] for kind, words in table("frames")[frame].items() for word in words}


def frame_of(clause: Sequence[Token]) -> Frame | None:
    """Return what a clause tells of, if each of its words is one that is told of it: "the scanner is down"."""
    if not clause[-1].words.isascii() or len(clause) > _LONGEST or not kinds_of(clause).isdisjoint(COMMANDS):
        return None
    said = " ".join({token.start: token.words for token in clause}.values())  # "isn't" is two tokens
    for spelt, figures in _SPELT:
        said = said.replace(spelt, figures)
    words = _WORD.findall(_CLOCKED_AT.sub("", said))
    if len(words) > _LONGEST or words[0] in table("frames")["asks"]["opens"]:
        return None
    for frame in _FRAMES:
        signs = _signs(frame.name)
        told = "".join(["x" if word.isdigit() else signs.get(word.removesuffix("'s"), "?") for word in words])
        if "?" not in told and frame.pattern.fullmatch(told):
            return None if frame.name == "begins" and any(map(_is_far, words)) else frame
    return None


def _is_far(word: str) -> bool:
    return word.isdigit() and int(word) > _PRESSES


def told_in_frames(
    clauses: Sequence[Sequence[Token]], said: frozenset[str]
) -> tuple[frozenset[str], frozenset[str]]:
    """Return which kinds a message has of such clauses alone, and what these tell instead: a delay.

    They forbid nothing beside a command; what else is said may, and so do the same kinds in any other clause.
    """
    if len(clauses) < 2 or said.isdisjoint(_VETOED) or said.isdisjoint(grammar().every_core):
        return frozenset(), frozenset()
    excused: set[str] = set()
    told: set[str] = set()
    rest: set[str] = set()
    for clause in clauses:
        kinds = kinds_of(clause)
        frame = None if kinds.isdisjoint(_VETOED) else frame_of(clause)
        if frame is None or (frame.for_oneself and "for_me" not in said):
            rest |= kinds
            continue
        excused |= kinds & frame.excuses
        rest |= kinds - frame.excuses
        told |= {"delay"} if frame.stated else set()
    return frozenset(excused - rest), frozenset(told)
