"""Whether somebody wants to punch with where they are ("clock in with my location"), or cannot. Pure."""

from bot.understanding.words.cues import cue, phrases_of
from bot.understanding.words.normalise import has_han, normalise
from bot.understanding.words.shapes import first_of_shape, has_shape
from bot.understanding.words.tokens import tokenise_as

_POSITION = cue("position")  # what else is looked for stands beside one of these
_WITHOUT = ("comma", "without_it", "of_it", "position", "position_service")
_ASKS = ("comma", "asked_first", "and_so", "with_it", "briefly", "of_it", "position", "position_service")
_LOCATES = ("asked_first", "fix", "chinese_command")
_FAILS = (
    "position", "position_service", "seems", "throughout", "inaccurate", "seems_not", "accurate", "no_good",
)  # fmt: skip
_IS_WRONG = (*_FAILS[:2], "whose_position", "seems_now", "throughout", "inaccurate", "seems_not", "accurate")
_LONGEST = 300  # characters of a message in which one is looked for
_NEEDLESS = cue("needless")
_SIGNS = " ,，、;；"
_CANNOT_PUNCH = cue("cannot_punch")


def may_tell_of_position(text: str) -> bool:
    """Tell whether a message has a word without which it is none of what is looked for here."""
    return len(text) <= _LONGEST and _POSITION.may_stand_in(text.lower())


def without_location(text: str) -> str | None:
    """Return what else is said by a message that asks for its sender's location to be used, else None."""
    if not may_tell_of_position(text):
        return None
    shown, folded = normalise(text)
    span = _asked_with(folded) or _located(folded)
    if span is None:
        return None
    start, end = span
    return f"{shown[:start]} {shown[end:]}".strip(_SIGNS)


def renounced(text: str) -> str | None:
    """Return what else is said by a message of somebody who wants no position with their punch, else None.

    不用定位打卡 and 打卡不用定位 may say as well that something is not needed; 打卡，不用定位 does not.
    """
    if not may_tell_of_position(text):
        return None
    shown, folded = normalise(text)
    tokens = tokenise_as(folded, phrases_of(*_WITHOUT))
    found = first_of_shape(tokens, "without_position")
    if found is None:
        return None
    start, end = tokens[found[0]].start, tokens[found[1] - 1].end
    before = shown[:start].strip(_SIGNS)
    is_joined = has_han(shown[start:end]) and shown[:start].endswith(before) and shown[start] not in _SIGNS
    if is_joined if before else _NEEDLESS.search(folded[start:end]):
        return None
    return f"{before} {shown[end:]}".strip(_SIGNS)


def _asked_with(folded: str) -> tuple[int, int] | None:
    """Return where a folded text says with what to punch: "with my location", 用定位."""
    tokens = tokenise_as(folded, phrases_of(*_ASKS))
    found = first_of_shape(tokens, "with_position")
    return None if found is None else (tokens[found[0]].start, tokens[found[1] - 1].end)


def _located(folded: str) -> tuple[int, int] | None:
    """Return where 定位 stands as the verb of a command: 定位打卡, but not 虚拟定位打卡."""
    tokens = tokenise_as(folded, phrases_of(*_LOCATES))
    found = first_of_shape(tokens, "located")
    if found is None:
        return None
    start, end = tokens[found[0]].start, tokens[found[1] - 1].start
    verb_of_it = tokens[found[1] - 2].end == end and not has_han(folded[max(0, start - 1) : start])
    return (start, end) if verb_of_it else None


def lacks_position(text: str) -> bool:
    """Tell whether somebody says that they cannot punch since their position is wrong: 定位不准打不了卡."""
    if not may_tell_of_position(text):
        return False
    folded = " ".join(normalise(text).folded.split())
    if _CANNOT_PUNCH.search(folded) is None:
        return False
    return first_of_shape(tokenise_as(folded, phrases_of(*_FAILS)), "position_fails") is not None


def has_wrong_position(text: str) -> bool:
    """Tell whether somebody says that their position is wrong, and nothing else: 定位不准."""
    if not may_tell_of_position(text):
        return False
    folded = normalise(text).folded.strip(" \n.!。~")
    return has_shape(tokenise_as(folded, phrases_of(*_IS_WRONG)), "position_is_wrong")
