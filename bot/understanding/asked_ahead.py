"""What asks for a punch that is not due yet, without a word of the future: 到了公司帮我打卡."""

from collections.abc import Sequence

from bot.understanding.cues import cue
from bot.understanding.normalise import has_han
from bot.understanding.tokens import COMMANDS, Token

_PLACES = frozenset({"place", "spot", "site", "work_place"})
_ASKING = frozenset({"for_me", "request", "polite"})
_SAID_SO = cue("said_to_be_so")
_OF_ONESELF = cue("told_of_oneself")
_OVER = cue("over_by_now")
_STEP_OVER = cue("step_done")


def asked_once_so(clause: Sequence[Token]) -> bool:
    """Tell whether a request goes on from what may be so only then: 到了公司帮我打卡, 走了帮我打卡.

    到公司了帮我打卡, 我忙完了帮我打卡 and 刚停好车帮我打卡 say that it is so.
    """
    for index, (before, token, after) in enumerate(zip((None, *clause), clause, clause[1:], strict=False)):
        if not (after.of(_ASKING) and has_han(after.words)) or token.end != after.start:
            continue
        told = clause[: index + 1]
        if any(_SAID_SO.opens(one.words) for one in told) or not any(one.of(COMMANDS) for one in clause[index:]):
            continue
        if before is not None and before.has("arrive") and token.of(_PLACES):
            return True
        done = _STEP_OVER.search(token.words) is not None
        so_now = _OVER.ends(token.words)
        if token.has("ended") and done and not so_now:
            return True
        left = token.has("say_off") and not token.has("word_off") and (done or so_now)
        if (left or (token.has("ended") and done)) and not _OF_ONESELF.opens(told[0].words):
            return True
    return False
