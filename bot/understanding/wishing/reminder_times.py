"""When one wants to be reminded: whether it is wanted at all, how many times are said, and how far off one is."""

from collections.abc import Sequence

from bot.understanding.arguments.values import Arguments
from bot.understanding.words.cues import cue, words_of
from bot.understanding.words.normalise import has_han
from bot.understanding.words.tokens import COMMANDS, EVERY_COMMAND, Token, kinds_of

_JOINS = words_of("joins_days")
_UNDISTURBED = cue("undisturbed")
_NO_REFUSAL = ("forgot", "missing", "remind", "time")  # "don't forget to remind me", 还没到
_FROM, _ONWARD, _EACH = words_of("from_a_day"), cue("on_from_a_day"), cue("on_each")
_ENDS = ("to", "unit_day", "minutes", "condition")
_DREADED = frozenset({"late", "forgot"})  # 不想迟到


def ends_a_time(clause: Sequence[Token]) -> bool:
    """Tell whether a reminder at a time is to end, or refused: 取消每天8:45的提醒, 别过10分钟再提醒我."""
    told = [place for place, token in enumerate(clause) if token.has("remind", "snooze", "time", "minutes")]
    return any(_ends_or_refuses(clause, place) for place in range(told[-1])) if told else False


def _ends_or_refuses(clause: Sequence[Token], place: int) -> bool:
    """Tell whether a word ends or refuses what follows, and that is not to punch, to be late or to forget."""
    token, behind = clause[place], clause[place + 1]
    if token.has("stop", "hush", "no_need"):
        return not behind.has(*_DREADED)
    return token.has("negation") and not token.has(*_NO_REFUSAL) and not behind.of(_DREADED | EVERY_COMMAND)


def times_said(tokens: Sequence[Token]) -> int:
    """Return how many times of day, or lengths of time, are said: "5 and 20 minutes" are two."""
    lengths = [place for place, token in enumerate(tokens) if token.has("minutes")]
    count = len(lengths) + sum(_follows_a_number(tokens, place) for place in lengths)
    return max(count, sum(token.has("time") for token in tokens))


def _follows_a_number(tokens: Sequence[Token], place: int) -> bool:
    before = tokens[max(0, place - 2) : place]
    if before and before[-1].has("number"):
        return True  # 5、20分钟, without its sign
    joined = len(before) == 2 and (before[1].has("either_or", "dash") or before[1].words in _JOINS)
    return joined and before[0].has("number")


def counts_days(tokens: Sequence[Token]) -> bool:
    """Tell whether a time is days off: 过两天再提醒我, 过几天."""
    return any(token.has("unit_day", "times_q") for token in tokens)


def may_be_a_state(tokens: Sequence[Token]) -> bool:
    """Tell whether one may punch and say that one is not to be disturbed, of no reminder: 上班打卡，勿扰."""
    kinds = kinds_of(tokens)
    undisturbed = any(_UNDISTURBED.opens(token.words) for token in tokens)
    return undisturbed and "remind" not in kinds and not kinds.isdisjoint(COMMANDS)


def begins_without_end(tokens: Sequence[Token], found: Arguments) -> bool:
    """Tell whether a day is only where something begins, and none says where it ends: "from tomorrow", 明天起."""
    dated = [place for place, token in enumerate(tokens) if token.has("dated")]
    if len(dated) != 1 or found.span is None or found.span.last is not None:
        return False
    (place,) = dated
    if any(token.has(*_ENDS) and not token.has("dated") for token in tokens):
        return False
    before = [token.words for token in tokens[max(0, place - 2) : place] if token.words != "the"]
    if before[-1:] and (before[-1] in _FROM or " ".join(before) in _FROM):
        return True
    return _ONWARD.opens(_said(tokens[place + 1 : place + 3]))


def names_each_weekday(tokens: Sequence[Token]) -> bool:
    """Tell whether each day of a name is meant, not the next one: 周五都, 周五下午都; not 这周五都, 周一周二都."""
    dated = [place for place, token in enumerate(tokens) if token.has("dated")]
    if len(dated) != 1 or not tokens[dated[0]].has("weekday"):
        return False
    behind = [token for token in tokens[dated[0] + 1 :] if not token.has("day_part")]
    return _EACH.opens(_said(behind[:2]).removeprefix("我"))


def _said(tokens: Sequence[Token]) -> str:
    words = [token.words for token in tokens]
    return "".join(words) if any(map(has_han, words)) else " ".join(words)
