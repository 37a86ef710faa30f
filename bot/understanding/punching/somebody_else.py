"""Who else than the speaker may be meant in what reads like a punch: a unit, a shift, a friend, others."""

from collections.abc import Sequence
from itertools import pairwise

from bot.understanding.punching.asides import DOING
from bot.understanding.words.cues import cue, words_of
from bot.understanding.words.grammar import grammar
from bot.understanding.words.tokens import COMMANDS, PLACES, Token, kinds_of

_SHIFTS = frozenset({"shift_name"})
_UNITS = PLACES | _SHIFTS | {"post"}
_NEAR = 4  # tokens behind 帮 among which is for whom: 帮一下前台
_GOING = frozenset({"say_off", "word_off"})
_FOR = cue("does_for")
_UNIT = cue("unit_named")
_STAFFED = words_of("staffed")
_REPORTS_DUTY = cue("reports_duty")
_BELONGS = words_of("belongs")
_ALL_OF_THEM = words_of("they_all")
_CREWS = words_of("crew")
_SOMEBODYS = words_of("somebodys")
_ADDRESSED = words_of("addressed")
_MAY_BE_TOLD_OF = words_of("may_be_told_of")
_MAY_BE_CALLED = words_of("may_be_called")
_SERVED = frozenset({"served"})
_CALLED = frozenset({"other", "third", "served"})
_I = ("i ", "i'")
_COURTESY = frozenset({"greeting", "polite"})
_PEOPLE_COUNTED = cue("people_counted")


def somebody_else(clauses: Sequence[Sequence[Token]], present: frozenset[str]) -> frozenset[str]:
    """Return the kinds that forbid what may be somebody else's punch; `present` are those of its words."""
    kinds: set[str] = set()
    if not present.isdisjoint(COMMANDS):
        kinds |= {kind for kind in map(_served, clauses) if kind is not None}
        if any(map(_called, clauses)):
            kinds.add("asked")
    if "greeting" in present and any(map(_tells_of_a_friend, clauses)):
        kinds.add("third")
    if not present.isdisjoint(grammar().vetoing) or present.isdisjoint(grammar().every_core):
        return frozenset(kinds)
    if present.isdisjoint(COMMANDS) and any(map(_post_moves, clauses)):
        kinds.add("asked")
    rules = (_of_a_unit, _all_moved, _others_there, _friend_moves)
    if any(tells(clause) for clause in clauses for tells in rules):
        kinds.add("asked")
    return frozenset(kinds)


def _called(clause: Sequence[Token]) -> bool:
    """Tell whether a clause may be no more than who is spoken to, by one word: "mom, clock me out"."""
    said = [token for token in clause if not token.of(_COURTESY)]
    if len(said) != 1 or " " in said[0].words or said[0].has("you", "team", "around"):
        return False
    return said[0].of(_CALLED if said[0].words.isascii() else _SERVED) or said[0].words in _MAY_BE_CALLED


def _moving() -> frozenset[str]:
    return grammar().every_core - COMMANDS


def _served(clause: Sequence[Token]) -> str | None:
    """Return what it makes of a clause to punch for those of a place (帮前台打卡) or a shift: 帮早班打卡."""
    last = max((index for index, one in enumerate(clause) if one.of(COMMANDS)), default=-1)
    for index, one in enumerate(clause[: last + 1]):
        if one.of(PLACES) and not one.has("site") and _FOR.opens(one.words):  # 叫前台, read as one name
            return "proxy"
        if one.words not in _FOR.words:
            continue
        other = next((token for token in clause[index + 1 : index + _NEAR] if not token.has("do")), one)
        if (other.of(COMMANDS) and _UNIT.opens(other.words)) or other.of(_SHIFTS):
            return "asked"
        if other.of(PLACES):
            return "proxy"
    return None


def _post_moves(clause: Sequence[Token]) -> bool:
    """Tell whether it may be who works somewhere that has gone, or come: 前台走了, 仓库下班了, 前台到了."""
    if len(clause) < 2 or not clause[0].of(_UNITS - _SHIFTS) or clause[0].has("place_intro"):
        return False
    comes = clause[1].of(_moving()) and not _REPORTS_DUTY.opens(clause[1].words)
    return clause[1].of(_GOING) or (comes and (clause[0].has("post") or clause[0].words in _STAFFED))


def _of_a_unit(clause: Sequence[Token]) -> bool:
    """Tell whether those of a unit or a shift come or go: 科室的到了, 早班的到岗了."""
    return any(
        of.words in _BELONGS and one.of(_UNITS) and other.of(_moving()) and not other.of(COMMANDS)
        for one, of, other in zip(clause, clause[1:], clause[2:], strict=False)
    )


def _all_moved(clause: Sequence[Token]) -> bool:
    """Tell whether all of a place have come, or gone: 客房都到岗了; 我都到公司了 is of oneself."""
    return any(
        all_.words in _ALL_OF_THEM
        and (one.of(_UNITS) or one.words in _CREWS)
        and other.of(_moving())
        and not other.of(COMMANDS)
        for one, all_, other in zip(clause, clause[1:], clause[2:], strict=False)
    )


def _others_there(clause: Sequence[Token]) -> bool:
    """Tell whether people are counted who come, go or are there: 一个人在公司, 两个人到了."""
    said = "".join(token.words for token in clause)
    return _PEOPLE_COUNTED.search(said) is not None and not kinds_of(clause).isdisjoint(_moving())


def _tells_of_a_friend(clause: Sequence[Token]) -> bool:
    """Tell whether who could be addressed is told of: "my mate at work", but "hi my dear"."""
    for index, (one, other) in enumerate(pairwise(clause)):
        if one.words in _SOMEBODYS and other.words in _ADDRESSED:
            greeted = index > 0 and clause[index - 1].of(_COURTESY) and index + 2 == len(clause)
            return not greeted
    return False


def _friend_moves(clause: Sequence[Token]) -> bool:
    """Tell whether it may be they who come or go, addressed without a comma: "chief arrived"."""
    if len(clause) < 2 or clause[0].words not in _MAY_BE_TOLD_OF:
        return False
    moves = clause[1].of(_moving()) and not clause[1].words.startswith(_I)
    return moves or clause[1].words.startswith(DOING)
