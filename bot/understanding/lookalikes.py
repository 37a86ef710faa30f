"""What reads like a punch and is none: somebody else's, on the way to work, at a counter, only for a while."""

from collections.abc import Sequence
from itertools import pairwise

from bot.understanding.normalise import has_han
from bot.understanding.tokens import COMMANDS, Token

_WIDE = frozenset({"cmd_wide", "cmd_wide_off"})
_GOING = frozenset({"say_off", "word_off"})
_WHOSE = frozenset({"my", "our", "the", "a"})
_WORK = ("work", "shift", "duty")
_SERVED = frozenset({
    "clinic", "hospital", "counter", "desk", "reception", "gate", "school", "lab", "showroom", "studio", "lobby",
    "entrance", "store", "shop",
})  # fmt: skip
_PAUSE = "for now"
_OVER = ("done", "finished", "wrapped")  # "finished early today" tells what is over
_LEADING = frozenset({"do", "self"})  # what 先, 我先, 又 and 我又 are
_FIRST = frozenset({"先", "我先"})
_LEAVING = frozenset({
    "say_off", "word_off", "say_on", "word_on", "arrive", "errand", "home", "polite", "greeting", "particle",
    "feeling",
})  # fmt: skip
_AWAY = frozenset({"out", "off", "off work", "off duty"})


def lookalikes(clauses: Sequence[Sequence[Token]], present: frozenset[str]) -> frozenset[str]:
    """Return the kinds that forbid what only reads like a punch; `present` are those of its words."""
    kinds: set[str] = set()
    if not present.isdisjoint(COMMANDS):
        if "greeting" in present and any(map(_for_somebody, clauses)):
            kinds.add("proxy")
        led = not present.isdisjoint(_LEADING)
        if led and any(_first_something_else(clause) or _once_more(clause) for clause in clauses):
            kinds.add("asked")
        if "came_late" in present and any(map(_remarks_on_it, clauses)):
            kinds.add("asked")
        if "today" in present and any(map(_is_off_today, clauses)):
            kinds.add("asked")
    elif not present.isdisjoint(_GOING) and any(_pauses(clause) or _announces(clause) for clause in clauses):
        kinds.add("asked")
    if not present.isdisjoint(_GOING) and any(map(_leaves_for_work, clauses)):
        kinds.add("asked")
    if not present.isdisjoint(_WIDE) and any(map(_is_served, clauses)):
        kinds.add("asked")
    return frozenset(kinds)


def _for_somebody(clause: Sequence[Token]) -> bool:
    """Tell whether a command is for one who is else only greeted: "clock in for my mate", "clock out my buddy"."""
    commanded = False
    for one, other in pairwise(clause):
        commanded |= one.of(COMMANDS)
        served = one.words == "for" or one.words in _WHOSE
        if commanded and served and other.has("greeting") and "day_part" not in other.values:
            return True
    return False


def _first_something_else(clause: Sequence[Token]) -> bool:
    """Tell whether a clause beside a command says what one does first, not that one goes: 我先吃饭，下班打卡."""
    rest = clause[1:]
    if clause[0].words not in _FIRST or not rest or rest[0].words.startswith("去"):
        return False
    if clause[-1].words.endswith(("了", "啦")) or any(token.of(COMMANDS) for token in rest):
        return False
    return not all(token.of(_LEAVING) and not token.words.endswith("完") for token in rest)


def _once_more(clause: Sequence[Token]) -> bool:
    """Tell whether it is sighed that one has to punch again: 又打卡了, 又迟到打卡; not 我又来打卡了."""
    told = [token for token in clause if not token.has("came_late")]
    return any(
        one.words.endswith("又") and other.of(COMMANDS) and not other.words.startswith("来")
        for one, other in pairwise(told)
    )


def _remarks_on_it(clause: Sequence[Token]) -> bool:
    """Tell whether it is remarked how late a punch is: "clock in late lol", "clock out late again"."""
    return any(
        one.of(COMMANDS) and late.words.endswith("late") and (after.has("particle") or after.words == "again")
        for one, late, after in zip(clause, clause[1:], clause[2:], strict=False)
    )


def _is_off_today(clause: Sequence[Token]) -> bool:
    """Tell whether one has the day off: "I'm off today", beside whatever command."""
    return any(one.words in _AWAY and other.has("today") for one, other in pairwise(clause))


def _pauses(clause: Sequence[Token]) -> bool:
    """Tell whether one goes for a while only, or may: "done for now"."""
    return clause[-1].words.endswith(_PAUSE) and any(token.of(_GOING) for token in clause)


def _announces(clause: Sequence[Token]) -> bool:
    """Tell whether it is told how today will be, not that one goes now: "leaving early today"."""
    going = next((token for token in clause if token.of(_GOING)), None)
    if going is None or has_han(going.words) or going.words.startswith(_OVER):
        return False
    return {"early", "today"} <= set(" ".join(token.words for token in clause).split())


def _leaves_for_work(clause: Sequence[Token]) -> bool:
    """Tell whether one leaves home for work, not work: "just left for work", "off for my shift"."""
    return any(
        one.of(_GOING) and one.words.isascii() and other.words.startswith("for ") and other.words.endswith(_WORK)
        for one, other in pairwise(clause)
    )


def _is_served(clause: Sequence[Token]) -> bool:
    """Tell whether one who checks in may be a guest or a patient there: "checking in at the clinic"."""
    said = [word for token in clause for word in token.words.split()]
    if "at" not in said or "my" in said or any(token.has("site") for token in clause):
        return False
    wide = any(token.of(_WIDE) for token in clause)
    return wide and not _SERVED.isdisjoint(said[said.index("at") :])
