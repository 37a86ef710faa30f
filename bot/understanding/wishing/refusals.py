"""What refuses something or says that it is done already, in whatever a message is about."""

from collections.abc import Callable, Sequence
from itertools import pairwise

from bot.understanding.words.cues import cue, words_of
from bot.understanding.words.tokens import COMMANDS, Token, kinds_of

OTHERS = frozenset({"third", "person", "lead", "team", "department", "crowd", "who", "other"})
BESIDE = words_of("beside_peace")
_REFUSES = cue("refusal")
_VERBS_FOLLOW = cue("before_a_verb")
_BARE_REFUSAL = words_of("bare_refusal")
_WANTED = ("remind", "hush", "no_need")  # "I don't *remind*": what is refused of the other one, not told
_WANTING = words_of("wanting")
_BETWEEN = frozenset(
    {"function", "do", "particle", "remind", "mine", "self", "self_q", "polite", "for_me", "push"}
)
_ASKED_FOR = frozenset({"suggest", "for_me", "polite", "request", "want", "tag"})
_OF_ME = words_of("of_me")
_ENDED = cue("ended")
_OVER = cue("over_by_now")
_HANDLING = words_of("handling")
_SUFFERING = words_of("suffering")


def refuses(clause: Sequence[Token], is_refused: Callable[[Token], bool]) -> bool:
    """Tell whether a "no" stands before something that is refused, with nothing of weight between them."""
    refusing = False
    for token in clause:
        if refusing and is_refused(token):
            return True
        if token.has("negation", "notyet", "no_need", "stop") and _REFUSES.search(token.words):
            refusing = True
        elif not (token.kinds & _BETWEEN or token.words in BESIDE):
            refusing = False
    return False


def refuses_a_punch(clause: Sequence[Token]) -> bool:
    """Tell whether a clause that is not about reminders wants no punch, perhaps of now: 别下班打卡，别催了."""
    if kinds_of(clause) & {"remind", "hush"}:
        return False
    return refuses(clause, lambda token: token.of(COMMANDS)) or any(
        token.has("attendance") and token.has("no_need") for token in clause
    )


def is_order_to_end(token: Token) -> bool:
    """Tell whether a word ends something by itself (关闭, "turn off"), not what follows it (别, "don't")."""
    return token.has("stop") and not _VERBS_FOLLOW.opens(token.words)


def ends_negated(clause: Sequence[Token]) -> bool:
    """Tell whether an end of something is refused: 别关提醒, "don't stop reminding me"."""
    return refuses(clause, lambda token: token.has("stop", "hush") and not _REFUSES.opens(token.words))


def tells_of_an_end(clause: Sequence[Token], ended: str) -> bool:
    """Tell whether a clause says that something of the kind `ended` is off, or that one does not do or get it.

    提醒关了, 我把日报取消了, "I turned off reminders", "I don't get the digest": 把提醒关了 and 提醒关了吧 ask.
    """
    if not kinds_of(clause).isdisjoint(_ASKED_FOR):
        return False
    oneself = named = handled = False  # what is said before the word
    for place, token in enumerate(clause):
        after = clause[place + 1] if place + 1 < len(clause) else None
        if oneself and token.words in _BARE_REFUSAL:
            return after is not None and not after.has(*_WANTED) and after.words not in _WANTING
        if is_order_to_end(token):
            done = _OVER.ends(token.words) or (after is not None and after.words in _OVER.words)
            if _ENDED.ends(token.words) or (done and (oneself or (named and not handled))):
                return True
        oneself |= token.has("self") and token.words not in _OF_ME
        named |= token.has(ended)
        handled |= token.words in _HANDLING
    return False


def is_passive(clause: Sequence[Token], *kinds: str) -> bool:
    """Tell whether something of `kinds` was done to somebody or something: 提醒被关了, 周婷被豁免了."""
    return any(one.words in _SUFFERING and other.has(*kinds) for one, other in pairwise(clause))
