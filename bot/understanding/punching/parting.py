"""Where a message is parted into clauses."""

from collections.abc import Sequence

from bot.understanding.punching.asides import MEANWHILE
from bot.understanding.punching.told_frames import frame_of
from bot.understanding.words.normalise import has_han
from bot.understanding.words.tokens import COMMANDS, Token

_PARTS = frozenset({"sep", "dash"})
_THEREFORE = frozenset({"so", "but"})
_LEADS_UP = frozenset({"polite", "do", "now", "request", "soft", "want"})
_NEAR = 6  # tokens in which a request has to come
_BEGINS = _LEADS_UP | {"for_me"}
_WHY = frozenset({"errand", "delay", "trouble", "lead"})


def clauses_of(tokens: Sequence[Token]) -> list[list[Token]]:
    """Return the clauses of a message, which signs part, and spaces that stand for a comma."""
    clauses: list[list[Token]] = [[]]
    for at, token in enumerate(tokens):
        if not token.kinds.isdisjoint(_PARTS):
            clauses.append([])
            continue
        before = clauses[-1]
        if before and before[-1].end != token.start:
            leads = token.words in _THEREFORE or token.of(_BEGINS)
            if _pauses(before[-1], token) or (leads and _leads_to_request(before, tokens[at : at + _NEAR])):
                clauses.append([])
        clauses[-1].append(token)
    return [clause for clause in clauses if clause]


def _leads_to_request(before: Sequence[Token], rest: Sequence[Token]) -> bool:
    """Tell whether a request begins with `rest`: so "please clock me in", app not working "clock me in"."""
    if rest[0].words in _THEREFORE:
        return _asks_for_it(rest[1:])
    if "and" in {rest[0].words, before[-1].words}:
        return False  # "call in 5 and clock me in"
    return _asks_for_it(rest) and frame_of(before) is not None


def _asks_for_it(rest: Sequence[Token]) -> bool:
    asked = next((token for token in rest if not token.of(_LEADS_UP)), None)
    return asked is not None and asked.words.isascii() and asked.has("for_me") and asked.of(COMMANDS)


def _pauses(before: Token, token: Token) -> bool:
    """Tell whether a space between two words stands for a comma: 外勤打卡 给客户装机, 下班打卡 接孩子."""
    if "say_on" in token.kinds and token.words.startswith("but "):
        return True  # "train was late but I'm here"
    if "afield" in before.kinds or (token.words == "so" and before.has("trouble", "delay", "ended", "feeling")):
        return True  # "left my badge at home so clock me in"
    if before.has("for_me") and token.words in MEANWHILE:
        return True  # "clock me in while I grab coffee"
    if "city" in token.kinds and before.has("cmd_on", "cmd_off") and has_han(before.words):
        return True  # 上班打卡 浦东
    if token.of(COMMANDS):
        return before.words.endswith(("了", "啦"))
    return before.of(COMMANDS) and token.of(_WHY) and has_han(token.words)
