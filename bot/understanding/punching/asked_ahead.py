"""What asks for a punch that is not due yet, without a word of the future: 到了公司帮我打卡."""

from collections.abc import Sequence
from itertools import pairwise, zip_longest

from bot.understanding.punching.asides import DOING
from bot.understanding.words.cues import cue, words_of
from bot.understanding.words.grammar import grammar
from bot.understanding.words.normalise import has_han
from bot.understanding.words.tokens import COMMANDS, EVERY_COMMAND, PLACES, Token, kinds_of

_ASKED = ("帮我", "给我", "麻烦", "请")
_HINGES = ("就", "再", "才", *_ASKED, "快")  # without any of these nothing is said to be so first
_REACHED = ("了", "啦", "好", "完", "后")
_ASKING = frozenset({"for_me", "request", "polite"})
_SAID_SO = cue("said_to_be_so")
_OF_ONESELF = cue("told_of_oneself")
_OVER = cue("over_by_now")
_STEP_OVER = cue("step_done")
_STEP_TAKEN = cue("step_taken")
_GONE = cue("gone_then")
_COMES_IN = cue("comes_in")
_FIRST = cue("goes_first")
_AFTER_A_MEAL = cue("after_a_meal")
_NEAR = 3  # tokens in front of a request that may say after what it is: 开完 了 会
_AT_THAT_TIME = words_of("at_that_time")
_THEREAFTER = cue("thereafter")
_END_OF_DAY = words_of("end_of_day")


def asked_ahead(clause: Sequence[Token]) -> bool:
    """Tell whether a clause asks for a punch, or says of when it is wanted, as if it were not due yet."""
    return (
        _not_so_yet(clause)
        or _asked_once_so(clause)
        or _at_that_time(clause)
        or _thereafter(clause)
        or _at_the_end(clause)
        or _after_a_meal(clause)
    )


def _at_that_time(clause: Sequence[Token]) -> bool:
    """Tell whether a clause names the time at which something will be so: 收工时, 到时间."""
    return clause[-1].words in _AT_THAT_TIME and not kinds_of(clause[:-1]).isdisjoint(grammar().every_core)


def _thereafter(clause: Sequence[Token]) -> bool:
    """Tell whether a command is what comes after something: 然后帮我打下班卡."""
    return _THEREAFTER.opens(clause[0].words) and any(token.of(COMMANDS) for token in clause)


def _at_the_end(clause: Sequence[Token]) -> bool:
    """Tell whether the end of the day may be when a punch is wanted: "clock me out eod"."""
    return any(
        (one.of(COMMANDS) and other.words in _END_OF_DAY and not one.words.startswith(DOING))
        or (one.words in _END_OF_DAY and other.has("for_me") and other.words.isascii())
        for one, other in pairwise(clause)
    )


def _after_a_meal(clause: Sequence[Token]) -> bool:
    """Tell whether one says when one punches, not that one has eaten: 我饭后打卡, but 饭后打卡."""
    return any(one.has("self") and _AFTER_A_MEAL.opens(other.words) for one, other in pairwise(clause))


def _not_so_yet(clause: Sequence[Token]) -> bool:
    """Tell whether a clause may say what to do once something is so (走了就打卡), or is nearly (快忙完了)."""
    if not any(token.words.startswith(_HINGES) for token in clause):
        return False
    told = grammar().told
    for before, token, after, third in zip_longest([None, *clause], clause, clause[1:], clause[2:]):
        if token is None or after is None:
            break
        commands = third is not None and third.of(EVERY_COMMAND)
        if commands and after.words in {"就", "再"} and token.words.endswith(_REACHED):
            return True  # 电脑开机了就打上班卡
        heading = before is not None and before.words.endswith("到") and token.of(PLACES)
        if heading and after.words.startswith((*_ASKED, "就", "再")):
            return True  # 到总部帮我打卡
        hour = before is not None and before.has("now")  # 十一点了才弄完
        if token.words.endswith("了") and after.words.startswith("才") and not hour:
            return True  # 领导批准了才下班打卡
        bare = token.words == "到了" or token.words.endswith("完")
        bare |= token.words.startswith("到") and token.words[-1] not in "了啦"
        if bare and after.words.startswith(_ASKED):
            return True
        came = before is not None and before.has("arrive") and token.of(PLACES)
        if after.words in {"就", "再"} and (bare or came or token.of(told)):
            return True  # 到了总部就行
        if token.words in {"快", "快要"} and after.of(told):
            return True
    return False


def _asked_once_so(clause: Sequence[Token]) -> bool:
    """Tell whether a request goes on from what may be so only then: 到了公司帮我打卡, 走了帮我打卡.

    到公司了帮我打卡, 我忙完了帮我打卡 and 刚停好车帮我打卡 say that it is so.
    """
    last = max((index for index, token in enumerate(clause) if token.of(COMMANDS)), default=-1)
    for index, token in enumerate(clause[: last + 1]):
        if _SAID_SO.opens(token.words):
            return False
        asks = index and token.of(_ASKING) and has_han(token.words) and clause[index - 1].end == token.start
        if asks and _may_be_then(
            clause[max(0, index - _NEAR) : index], of_oneself=_OF_ONESELF.opens(clause[0].words)
        ):
            return True
    return False


def _may_be_then(told: Sequence[Token], *, of_oneself: bool) -> bool:
    """Tell whether what a request goes on from may be a step to come: 停好车, 走了, 到了公司."""
    last = told[-1]
    if last.of(PLACES) and len(told) > 1 and told[-2].has("arrive", "say_off"):
        return True
    if _GONE.ends(last.words):
        return not _FIRST.may_stand_in(last.words)
    so_now = any(_OVER.ends(token.words) for token in told)
    if last.has("say_on") and _COMES_IN.opens(last.words) and not so_now:
        return True  # 进门帮我打卡
    return any(map(_is_step, told)) and not (of_oneself and so_now)


def _is_step(token: Token) -> bool:
    done = _STEP_OVER.search(token.words) is not None
    if token.has("say_off") and not token.has("word_off"):
        return done or _OVER.ends(token.words)
    return (token.has("ended") and done) or _STEP_TAKEN.opens(token.words)
