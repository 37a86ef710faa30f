"""What refuses something or says that it is done already, in whatever a message is about."""

import re
from collections.abc import Callable, Sequence
from itertools import pairwise

from bot.understanding.tokens import Token, kinds_of

OTHERS = frozenset({"third", "person", "lead", "team", "department", "crowd", "who", "other"})
_REFUSES = re.compile(r"不|别|没|勿|甭|无需|\b(not|don't|dont|can't|cannot|never|no|without|didn't|won't)\b")
_VERBS_FOLLOW = re.compile(r"不|别|勿|甭|无需|(do not|don't|dont|never)\b")
_BARE_NEGATION = re.compile(r"(do not|don't|dont|never|did not|didn't)$")
_WANTED = ("remind", "hush", "no_need")  # "I don't *remind*": what is refused of the other one, not told
_WANTING = frozenset({"want", "need", "wanna", "wish"})
_BETWEEN = frozenset(
    {"function", "do", "particle", "remind", "mine", "self", "self_q", "polite", "for_me", "push"}
)
# what stands beside a wish for peace and is nothing to anything else
BESIDE = frozenset({
    "anymore", "any", "ever", "sending", "send", "turn", "switch", "needed", "mode", "make", "forever", "模式",
    "功能", "服务", "点", "烦", "吵",
})  # fmt: skip
_ASKED_FOR = frozenset({"suggest", "for_me", "polite", "request", "want", "tag"})
_DONE = tuple("了啦")


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


def is_order_to_end(token: Token) -> bool:
    """Tell whether a word ends something by itself (关闭, "turn off"), not what follows it (别, "don't")."""
    return token.has("stop") and not _VERBS_FOLLOW.match(token.words)


def ends_negated(clause: Sequence[Token]) -> bool:
    """Tell whether an end of something is refused: 别关提醒, "don't stop reminding me"."""
    return refuses(clause, lambda token: token.has("stop", "hush") and not _REFUSES.match(token.words))


def tells_of_an_end(clause: Sequence[Token], ended: str) -> bool:
    """Tell whether a clause says that something of the kind `ended` is off, or that one does not do or get it.

    提醒关了, 我把日报取消了, "I turned off reminders", "I don't get the digest": 把提醒关了 and 提醒关了吧 ask.
    """
    if not kinds_of(clause).isdisjoint(_ASKED_FOR):
        return False
    for place, token in enumerate(clause):
        before = clause[:place]
        oneself = any(one.has("self") and one.words not in {"my", "me"} for one in before)
        after = clause[place + 1] if place + 1 < len(clause) else None
        if oneself and _BARE_NEGATION.match(token.words):
            return after is not None and not after.has(*_WANTED) and after.words not in _WANTING
        if not is_order_to_end(token):
            continue
        if token.words.endswith("ed off"):
            return True
        done = token.words.endswith(_DONE) or (after is not None and after.words in _DONE)
        named = any(one.has(ended) for one in before) and not any(one.words == "把" for one in before)
        if done and (oneself or named):
            return True
    return False


def is_passive(clause: Sequence[Token], *kinds: str) -> bool:
    """Tell whether something of `kinds` was done to somebody or something: 提醒被关了, 周婷被豁免了."""
    return any(one.words == "被" and other.has(*kinds) for one, other in pairwise(clause))
