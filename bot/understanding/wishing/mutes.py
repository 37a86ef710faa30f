"""What is said of reminders, of their mute, or of a punch that is made already, and is no wish for peace. Pure."""

from collections.abc import Sequence

from bot.understanding.wishing.refusals import is_order_to_end
from bot.understanding.words.cues import cue, words_of
from bot.understanding.words.tokens import COMMANDS, Token

Clauses = Sequence[Sequence[Token]]
_MUTES = words_of("mutes")
_BESIDE_A_MUTE = words_of("beside_a_mute")
_JOINS = words_of("joins_wishes")
_MADE = cue("made_by_now")
_ROUND_IT = frozenset({
    "stop", "hush", "undo", "function", "do", "dated", "weekday", "day", "today", "mine", "self", "polite",
    "particle", "greeting", "request", "want", "suggest", "for_me", "may_i", "modal",
})  # fmt: skip


def ends_mutes(clauses: Clauses) -> bool:
    """Tell whether it is the mute that is to end, and nothing else is wanted of reminders: 取消勿扰."""
    about = [clause for clause in clauses if any(token.has("stop", "hush", "remind", "undo") for token in clause)]
    return bool(about) and all(map(_ends_a_mute, about))


def _ends_a_mute(clause: Sequence[Token]) -> bool:
    named = any(token.words in _MUTES for token in clause)
    ends = any((is_order_to_end(token) or token.has("undo")) and not token.has("hush") for token in clause)
    return named and ends and all(map(_goes_with_a_mute, clause))


def _goes_with_a_mute(token: Token) -> bool:
    """Tell whether a word leaves it at that: "turn off *and* mute" is no end of a mute."""
    if token.words in _JOINS or token.has("remind"):
        return False
    return token.of(_ROUND_IT) or token.words in _BESIDE_A_MUTE


def complains(tokens: Sequence[Token]) -> bool:
    """Tell whether nothing is wanted but said of reminders: 提醒太多了."""
    ends = [token for token in tokens if token.has("stop", "hush")]
    return bool(ends) and all("太" in token.words for token in ends)


def tells_of_a_punch(clauses: Clauses) -> bool:
    """Tell whether a punch may be told of as made: 打卡了就别提醒我, not 别提醒我打卡了."""
    return any(map(_tells_of_one, clauses))


def _tells_of_one(clause: Sequence[Token]) -> bool:
    for place, token in enumerate(clause):
        if token.has("remind", "hush", "stop"):
            return False
        behind = clause[place + 1].words if place + 1 < len(clause) else ""
        if token.of(COMMANDS) and (_MADE.ends(token.words) or behind in _MADE.words):
            return True
    return False
