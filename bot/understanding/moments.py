"""Times of day that stand beside a punch because they are the time of the message: 下班18:05, "8:58 made it"."""

import re
from collections.abc import Sequence

from bot.understanding.asides import Clauses
from bot.understanding.grammar import grammar
from bot.understanding.normalise import has_han
from bot.understanding.tokens import Token, kinds_of

_TOLD = frozenset({"in", "out", "clocking in", "clocking out", "time in", "time out", "下班", "下班了", "上班"})
_TO_THE_MINUTE = re.compile("点 ?[0-9]{2}|[点十][零〇一二三四五][一二三四五六七八九]?分?$")
_ROUND = (":00", ":30")
_BESIDE_A_TIME = frozenset({"greeting", "self", "now", "particle", "slash", "paren", "polite", "reason"})
_COMMANDS = ("cmd", "cmd_on", "cmd_off", "cmd_wide", "cmd_wide_off")


def without_opening_moment(clauses: Clauses) -> Clauses:
    """Return the clauses without the time to the minute that they open with: 8:58 到了，打卡.

    A command right behind it may be meant for then ("8:30 clock me in"), and a full or half hour for the plan.
    """
    opening, *first = clauses[0]
    rest = [clause for clause in (first, *clauses[1:]) if clause]
    if not (rest and opening.has("time") and _exact(opening)) or rest[0][0].has("for_me", *_COMMANDS):
        return clauses
    if any(token.has("time", "minutes") for clause in rest for token in clause):
        return clauses
    commanded = not kinds_of(token for clause in rest for token in clause).isdisjoint(grammar().cores["command"])
    return rest if commanded or not opening.words.endswith(_ROUND) else clauses


def _exact(token: Token) -> bool:
    """Tell whether a time is told to the minute."""
    return ":" in token.words or _TO_THE_MINUTE.search(token.words) is not None


def with_moments(clauses: Clauses) -> Clauses:
    """Return the clauses, a lone time of day joined to the lone word in front of it: 下班，18:02."""
    joined: list[Sequence[Token]] = []
    for clause in clauses:
        if joined and len(joined[-1]) == len(clause) == 1 and clause[0].has("time"):
            joined[-1] = [*joined[-1], *clause]
        else:
            joined.append(clause)
    return joined


def moment_after(clause: Sequence[Token]) -> bool:
    """Tell whether the clause is told to the minute, or why: 下班18:05, "in at 9am because of rain"."""
    said = [token for token in clause if token.kinds.isdisjoint(_BESIDE_A_TIME)]
    if len(said) < 2:
        return False
    if said[0].has("time") and said[-1].has("cmd_on", "cmd_off") and has_han(said[-1].words):
        said.reverse()
    core, *between, last = said
    exact = _exact(last) or any(token.has("reason") for token in clause)
    if not (last.has("time") and exact) or core.has("for_me"):
        return False
    if core.words in _TOLD:
        return all(token.words == "at" or token.has("at_sign") for token in between)
    if not between:
        return core.has("cmd_on", "cmd_off") and has_han(core.words)
    return core.has("cmd_on", "cmd_off") and len(between) == 1 and between[0].has("at_sign")
