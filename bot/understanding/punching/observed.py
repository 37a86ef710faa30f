"""What only the whole of a message shows, beside what its words say: a heading, a quotation, a clear command."""

from collections.abc import Sequence
from itertools import pairwise, zip_longest

from bot.understanding.punching.punches import quoted
from bot.understanding.words.cues import cue, words_of
from bot.understanding.words.tokens import COMMANDS, Token, kinds_of

_COURTESY = frozenset({
    "polite", "particle", "do", "now", "greeting", "for_me", "self", "want", "suggest", "soft", "slash",
})  # fmt: skip
_GOING = frozenset({"say_off", "word_off"})
_COMMANDING, _TAKING_LEAVE = COMMANDS | _COURTESY, _GOING | _COURTESY
_ASKING = frozenset({"question", "question_mark", "who", "see", "how_to"})
_WONDERING, _COUNTED = frozenset({"why", "how_so"}), frozenset({"late", "early"})
_DESCRIBES = frozenset({"dated", "today", "today_word", "day_part", "past_day", "attendance_noun"})
_OF_PUNCHES = COMMANDS | {
    "attendance", "record", "status_word", "schedule_word", "summary", "late", "early", "word_on", "word_off",
    "how_to",
}  # fmt: skip
_LABELS, _LISTING, _ONES_OWN = words_of("label"), words_of("listing"), cue("ones_own")
_PUNCH = words_of("punch_of_ones_own")
_MOMENTS = frozenset({"dated", "now"})
_MANY = 2  # unknown pieces from which a message is about more than we know


def observed(tokens: Sequence[Token], clauses: Sequence[Sequence[Token]], said: frozenset[str]) -> frozenset[str]:
    """Return what the words of a message say (`said`), and as further kinds what only the whole of it shows."""
    kinds: set[str] = set()
    unknown = sum([not token.kinds for token in tokens])
    if unknown:
        kinds.add("unknown")
    if unknown >= _MANY:
        kinds.add("unknown_many")
    if "quote" in said and quoted(tokens):
        kinds.add("quoted")
    if _headed(tokens, said):
        kinds.add("heading")
    if not said.isdisjoint({"self", "self_q"}) and said.isdisjoint({"who", "team", "department"}):
        kinds.add("self_only")
    if not said.isdisjoint(COMMANDS) and _ordered(tokens, said):
        kinds.add("ordered")
    if not said.isdisjoint(_GOING) and said.isdisjoint(_ASKING) and _done_and_going(clauses):
        kinds.add("commanded")
    if not said.isdisjoint(COMMANDS):
        if said.isdisjoint(_ASKING) and any(_commands(clause) for clause in clauses):
            kinds.add("commanded")
        kinds |= _of_a_command(tokens, said)
    signs = not said.isdisjoint({"paren", "slash"})
    if signs and any(one.words + other.words in {"()", "//"} for one, other in pairwise(tokens)):
        kinds.add("code_sign")
    if not said.isdisjoint(_WONDERING) and not said.isdisjoint(_COUNTED) and _of_a_thing(tokens):
        kinds.add("of_a_thing")
    if len(tokens) > 1 and _last_word(tokens) in {"没", "没有", "不", "否", "未"}:
        kinds.add("question")
    hailed = "question_mark" in said and _only_hails(tokens)
    return (said - {"question_mark"} if hailed else said) | kinds


def _of_a_command(tokens: Sequence[Token], said: frozenset[str]) -> set[str]:
    """Return whom a command is for, and whether it is said to be done."""
    kinds = {"done_for"} if "person" in said and _for_somebody(tokens) else set()
    if "schedule_word" in said and _is_listed(tokens):
        kinds.add("asked")
    return kinds | {"claimed"} if "self" in said and _claimed(tokens) else kinds


def _is_listed(tokens: Sequence[Token]) -> bool:
    """Tell whether a command is one of several things that a list names: 早退、下班打卡."""
    return any(
        one.words in _LABELS and sign.words in _LISTING and other.has("cmd_on", "cmd_off")
        for one, sign, other in zip(tokens, tokens[1:], tokens[2:], strict=False)
    )


def _of_a_thing(tokens: Sequence[Token]) -> bool:
    """Tell whether something of one's own that is no punch is spoken of: "my coffee", 我的快递."""
    said = [token for token in tokens if token.kinds.isdisjoint(_DESCRIBES)]
    return any(
        _ONES_OWN.ends(one.words) and other.kinds.isdisjoint(_OF_PUNCHES) and other.words not in _PUNCH
        for one, other in pairwise(said)
    )


def _for_somebody(tokens: Sequence[Token]) -> bool:
    """Tell whether an English command has somebody as its object: "clock in for 吴刚", "clock in 吴刚 please"."""
    said = [token for token in tokens if token.words != "for"]
    return any(one.of(COMMANDS) and one.words.isascii() and other.has("person") for one, other in pairwise(said))


def _only_hails(tokens: Sequence[Token]) -> bool:
    """Tell whether all that is asked is a greeting in front of what is said: 小助手在吗？帮我打卡."""
    last = max(index for index, token in enumerate(tokens) if token.has("question_mark"))
    hail = tokens[:last]
    return (
        last < len(tokens) - 1
        and bool(hail)
        and hail[0].has("greeting")
        and all(token.has("greeting", "polite", "sep") for token in hail)
    )


def _last_word(tokens: Sequence[Token]) -> str | None:
    return next((token.words for token in reversed(tokens) if "sep" not in token.kinds), None)


def _headed(tokens: Sequence[Token], said: frozenset[str]) -> bool:
    """Tell whether a message has a heading, as what is passed on has: 【考勤提醒】您今天还未打卡."""
    if (
        "colon" in said
        and len(tokens) > 2
        and tokens[1].has("colon")
        and tokens[0].has("remind", "urge", "you", "bot_text")
    ):
        return True
    return bool(tokens) and tokens[0].words == "【" and "】" in [token.words for token in tokens[2:5]]


def _commands(clause: Sequence[Token]) -> bool:
    """Tell whether a clause is a command and courtesies, nothing else: 下班打卡谢谢."""
    return not kinds_of(clause).isdisjoint(COMMANDS) and all(token.of(_COMMANDING) for token in clause)


def _done_and_going(clauses: Sequence[Sequence[Token]]) -> bool:
    """Tell whether something is told to be done and one is going home: 周报发了，下班了."""
    done = any(clause[-1].has("ended") and len(clause) > 1 for clause in clauses)
    return done and any(
        clause[-1].of(_GOING) and all(token.of(_TAKING_LEAVE) for token in clause) for clause in clauses
    )


def _ordered(tokens: Sequence[Token], said: frozenset[str]) -> bool:
    """Tell whether a clear command is meant for oneself, or why one goes reads as leave: 去医院，下班打卡."""
    leave = [token for token in tokens if token.has("leave")]
    told = bool(leave) and all(token.has("errand", "feeling") for token in leave)
    return told or "for_me" in said


def _claimed(tokens: Sequence[Token]) -> bool:
    """Tell whether somebody says 我打卡了: done already, or meant as a command; only they know."""
    told = [token for token in tokens if token.kinds.isdisjoint(_MOMENTS)]
    return any(
        one.words == "我" and other.of(COMMANDS) and (after or other).words[-1] in "了啦"
        for one, other, after in zip_longest(told, told[1:], told[2:])
        if other is not None
    )
