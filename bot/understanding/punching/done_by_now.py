"""What says right beside a punch that it is made already, so that it is none: 已经打下班卡, 签到完成."""

from collections.abc import Sequence
from itertools import pairwise

from bot.understanding.punching.asides import DOING
from bot.understanding.words.cues import cue, words_of
from bot.understanding.words.tokens import COMMANDS, EVERY_COMMAND, Token

_WORK = frozenset({"word_on", "word_off"})
_BETWEEN = frozenset({"for_me", "self", "do", "particle"})  # 已经帮我打卡, 打下班卡了已经
_BEFORE = words_of("done_before")
_BEHIND = words_of("done_behind")
_TOLD = _BEFORE | _BEHIND
_A_MOMENT_AGO = words_of("a_moment_ago")
_COMING = cue("begins_with_coming")


def done_by_now(clause: Sequence[Token]) -> bool:
    """Tell whether a clause says that a punch is made: 已经帮我打卡, 签到完成, "clock in already", 刚才下班了.

    Of where one is the same words are none: 已经到了, 已到岗打卡.
    """
    if not any(token.words in _TOLD or token.words in _A_MOMENT_AGO for token in clause):
        return False
    said = [token for token in clause if not token.of(_BETWEEN) or token.words in _TOLD or token.of(EVERY_COMMAND)]
    return any(_made(one, other) for one, other in pairwise(said))


def _made(one: Token, other: Token) -> bool:
    if one.words in _A_MOMENT_AGO and other.of(_WORK):
        return True
    if other.of(COMMANDS):
        return one.words in _BEFORE and not _COMING.opens(other.words) and not other.words.startswith(DOING)
    if one.has("for_me") or one.words.startswith(DOING):
        return False  # "clock me in already"
    return one.of(EVERY_COMMAND) and other.words in _BEHIND
