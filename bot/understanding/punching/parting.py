"""Where a message is parted into clauses."""

from collections.abc import Sequence

from bot.understanding.punching.asides import MEANWHILE
from bot.understanding.words.normalise import has_han
from bot.understanding.words.tokens import COMMANDS, Token

_PARTS = frozenset({"sep", "dash"})
_WHY = frozenset({"errand", "delay", "trouble", "lead"})


def clauses_of(tokens: Sequence[Token]) -> list[list[Token]]:
    """Return the clauses of a message, which signs part, and spaces that stand for a comma."""
    clauses: list[list[Token]] = [[]]
    for token in tokens:
        if not token.kinds.isdisjoint(_PARTS):
            clauses.append([])
            continue
        if clauses[-1] and clauses[-1][-1].end != token.start and _pauses(clauses[-1][-1], token):
            clauses.append([])
        clauses[-1].append(token)
    return [clause for clause in clauses if clause]


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
