"""Times of day that stand beside a punch because they are the time of the message: 下班18:05, "8:58 made it"."""

import re
from collections.abc import Sequence

from bot.understanding.punching.asides import DOING, Clauses
from bot.understanding.words.grammar import grammar
from bot.understanding.words.normalise import has_han
from bot.understanding.words.tokens import EVERY_COMMAND, Token, kinds_of

_TOLD = frozenset({"in", "out", "clocking in", "clocking out", "time in", "time out", "下班", "下班了", "上班"})
_TO_THE_MINUTE = re.compile(
    "点 ?[0-9]{2}|点(?!三十分?$)[零〇一二三四五六七八九十]{2,3}分?$|点[一二三四五六七八九十]分$"
)
_ODD = re.compile("^[0-9]{1,2}:[0-9][1-46-9](?: ?[ap]m)?$")
_ROUND = (":00", ":30")
_BESIDE_A_TIME = frozenset({"greeting", "self", "now", "particle", "slash", "paren", "polite", "reason"})
_CAME_OR_WENT = frozenset({"say_on", "say_off", "arrive", "left_or_came"})
_PAST = ("已", "刚", "got", "arrived", "reached", "came", "made", "left", "finished", "i got", "i arrived",
         "i left")  # fmt: skip
_OVER = ("了", "啦", "的")
_TIMED = frozenset({"time", "minutes"})
_AT = ("at", "by", "在", "@")


def without_told_moment(clauses: Clauses) -> Clauses:
    """Return the clauses without the one time of day that they tell beside a punch: 8:58 到了，打卡.

    It opens the message to the minute, or is when one came or went, beside a command (我8:47到了，打卡), or a
    minute by itself that nobody plans ("clock me in, 8:02"). A command
    right behind it may be meant for then ("8:30 clock me in"), and a full or half hour for the plan. Whoever
    handles the punch holds the time against the clock.
    """
    timed = [index for index, clause in enumerate(clauses) for token in clause if token.of(_TIMED)]
    if len(timed) != 1:
        return clauses
    index = timed[0]
    clause = clauses[index]
    rest = [token for token in clause if not token.has("time")]
    others = [*clauses[:index], *clauses[index + 1 :]]
    kinds = kinds_of(token for other in others for token in other)
    commanded = not kinds.isdisjoint(grammar().cores["command"] | {"noted"})
    told = commanded and (_came_or_went(rest) and _to_the_minute(clause) if rest else index and _is_odd(clause[0]))
    if not told and (index or not _opens(clause, rest or (others[0] if others else ()), commanded=commanded)):
        return clauses
    if rest and rest[-1].words in _AT:
        rest.pop()  # "got here at 8:50"
    return [*clauses[:index], *([rest] if rest else []), *clauses[index + 1 :]]


def _opens(clause: Sequence[Token], follows: Sequence[Token], *, commanded: bool) -> bool:
    """Tell whether a time in front is that of the message; right before a command it may be the plan."""
    if not follows or not (clause[0].has("time") and _exact(clause[0])):
        return False
    doing = follows[0].words.startswith(DOING)
    if follows[0].has("for_me", *EVERY_COMMAND) and not (doing and len(clause) == 1):
        return False
    return not clause[0].words.endswith(_ROUND) or (commanded and not doing)


def _came_or_went(rest: Sequence[Token]) -> bool:
    """Tell whether a clause says that one has come or gone already: 我到了 beside its 8:47."""
    if not any(
        token.has("now", "left_or_came") or token.words.startswith(_PAST) or token.words.endswith(_OVER)
        for token in rest
    ):
        return False  # "I leave at 18:12" may be the plan
    kinds = kinds_of(rest)
    return not kinds.isdisjoint(_CAME_OR_WENT) and kinds.isdisjoint({"for_me", *EVERY_COMMAND})


def _to_the_minute(clause: Sequence[Token]) -> bool:
    return any(token.has("time") and _exact(token) and not token.words.endswith(_ROUND) for token in clause)


def _exact(token: Token) -> bool:
    """Tell whether a time is told to the minute."""
    return ":" in token.words or _TO_THE_MINUTE.search(token.words) is not None


def _is_odd(token: Token) -> bool:
    """Tell whether a time is of a minute that is read off a clock, as 8:02 is: plans are of five minutes."""
    return token.has("time") and _ODD.search(token.words) is not None


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
