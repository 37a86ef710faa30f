"""Whether a message is clearly one's own wish: to be left alone, to be away, to have a punch put right.

What is not switches nothing off and files nothing; whoever handles the intent says what can be done instead.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise

from bot.understanding.arguments import Arguments
from bot.understanding.intents import AboutLeave, Intent, IntentName, NoneReason, RemindWish
from bot.understanding.normalise import Text
from bot.understanding.retractions import calls_off
from bot.understanding.tokens import Token, kinds_of

_OTHERS = frozenset({"third", "person", "lead", "team", "department", "crowd", "who", "other"})
_EVERY_ONE = re.compile(r"\ball$|所有|全部")  # "all reminders": a team elsewhere
_TIMES = frozenset({RemindWish.BEFORE, RemindWish.AT, RemindWish.SNOOZE})
_QUIETENS = frozenset({"remind", "stop", "hush"})
_ASKS = frozenset({"question", "question_mark", "yesno", "how_to", "reported", "quote"})
_REQUEST = re.compile(r"能|可|(can|could|would|will) you\b")
_STATE = re.compile(r"已|\b(is|are|was|were|has|have|had|did|does|didn't|haven't|hasn't|came)\b")
_REFUSES = re.compile(
    r"不|别|还?没|勿|甭|无需|(do not|don't|dont|can't|cannot|never|not|no|without|didn't|won't)\b"
)
_VERBS_FOLLOW = re.compile(r"不|别|勿|甭|无需|(do not|don't|dont|never)\b")
_BETWEEN = frozenset(
    {"function", "do", "particle", "remind", "mine", "self", "self_q", "polite", "for_me", "push"}
)
# what stands beside a wish for peace and is nothing to anything else
_BESIDE = frozenset(
    {"anymore", "any", "ever", "sending", "send", "turn", "switch", "needed", "mode", "make", "模式", "烦", "吵"}
)
# a time that is none of the clock: "while", 打卡后, 假期
_EVENT = frozenset(
    {"后", "之后", "前", "之前", "时", "期间", "假期", "after", "before", "while", "during", "once"}
)
_WHEN = ("后", "前", "期间")
_PART = re.compile(
    r"午|早上|早晨|夜|凌晨|傍晚|晚|半天|noon|lunch|midday|overnight|\bnight|morning|evening|half (a |the )?day"
)
_EACH = re.compile(r"(morning|afternoon|evening|night)s\b")
_END = re.compile(r"[到至前止]|[-~–—]|\b(until|till|til|before|between|to)$")
_OWN_WORD = frozenset({"my", "our", "我的", "我们的"})
_INTRODUCES = frozenset({
    "polite", "greeting", "particle", "function", "dated", "time", "do", "now", "soft", "slash", "colon",
    "feeling",
})  # fmt: skip
_TOLD_OF_A_PUNCH = frozenset({"forgot", "missing", "missing_punch", "left_or_came"})
_AWAY = frozenset({"leave"})
_PERHAPS = frozenset({"maybe", "perhaps", "probably", "可能", "也许", "大概", "说不定"})
_OF_A_FACT = frozenset({"实际", "其实", "实际上", "确实", "oops"})

_SAID_BY_OTHERS = re.compile(
    r"(?:我们?|咱)?(?:老板|领导|主管|经理|组长|上司|店长|人事|hr|同事|他们?|她)(?:刚才|刚|今天|早上|昨天)?"
    r"(?:说|讲|告诉我|通知我|提醒我|跟我说|和我说)"
)


def as_meant(
    intent: Intent, tokens: Sequence[Token], clauses: Sequence[Sequence[Token]], found: Arguments, text: Text
) -> Intent:
    """Return `intent`, or what takes its place where it is not clearly the person's own wish.

    Of reminders and digests that is switching them off, of leave being away, of corrections asking for one.
    """
    match intent.name:
        case IntentName.REMIND_OFF:
            return _of_reminders(intent, tokens, clauses, found)
        case IntentName.REMIND_SET if intent.remind in _TIMES:
            return _of_when(intent, tokens, clauses)
        case IntentName.DIGEST_OFF if intent.person or intent.department:
            return replace(intent, name=IntentName.NONE, none_reason=NoneReason.NOT_ABOUT_US)
        case IntentName.DIGEST_OFF if any(_ends_negated(clause) for clause in clauses):
            return replace(intent, name=IntentName.NONE, none_reason=NoneReason.NEGATED)
        case IntentName.LEAVE if intent.leave is AboutLeave.DAYS and _not_ones_own_leave(tokens, clauses):
            return replace(intent, leave=AboutLeave.UNSURE)
        case IntentName.CORRECTION if calls_off(text.folded) or any(map(_refuses_correction, clauses)):
            return replace(intent, name=IntentName.NONE, none_reason=NoneReason.NEGATED)
        case IntentName.CORRECTION if intent.person or _of_somebodys_punch(tokens, clauses, text):
            return replace(intent, name=IntentName.NONE, none_reason=NoneReason.PROXY)
        case IntentName.CORRECTION if _SAID_BY_OTHERS.match(" ".join(text.folded.split())):
            return replace(intent, unsure=True)
    return intent


def _of_reminders(
    intent: Intent, tokens: Sequence[Token], clauses: Sequence[Sequence[Token]], found: Arguments
) -> Intent:
    quietening = [clause for clause in clauses if kinds_of(clause) & _QUIETENS]
    if intent.person or intent.department or _names_others(tokens, quietening):
        return replace(intent, name=IntentName.REMIND_SET, remind=RemindWish.OTHERS)
    if intent.remind not in (None, RemindWish.FROM):
        return intent
    if _asks(tokens) or any(_ends_negated(clause) or _tells(clause) for clause in quietening):
        return replace(intent, name=IntentName.REMIND_SET, remind=RemindWish.SHOW)
    strange = [
        (clause, place) for clause in quietening for place, token in enumerate(clause) if _is_unknown(token)
    ]
    if any(not _tells_which(clause, place) for clause, place in strange):
        return replace(intent, name=IntentName.REMIND_SET, remind=RemindWish.SHOW)
    return (
        replace(intent, remind=RemindWish.UNKEPT) if strange or _cannot_be_kept(intent, tokens, found) else intent
    )


def _of_when(intent: Intent, tokens: Sequence[Token], clauses: Sequence[Sequence[Token]]) -> Intent:
    """Return a wish for other times, unless it is about somebody else or reminds of what is no punch."""
    if intent.person or intent.department or _names_others(tokens, clauses):
        return replace(intent, remind=RemindWish.OTHERS)
    if any(_is_something_else(token) for token in tokens):
        return replace(intent, remind=RemindWish.SHOW)
    return intent


def _is_something_else(token: Token) -> bool:
    """Tell whether a word names what is no punch: to buy milk, 开会. A shift and work are when one punches."""
    if token.has("context"):
        return not token.has("dated", "attendance", "worked")
    return _is_unknown(token) and len(token.words) > 1


def _names_others(tokens: Sequence[Token], quietening: Sequence[Sequence[Token]]) -> bool:
    """Tell whether somebody else is named, or reminding has an object that nobody knows: "stop reminding X"."""
    if any(
        token.kinds & _OTHERS and not _EVERY_ONE.search(token.words) and not token.has("question")
        for token in tokens
    ):
        return True
    for clause in quietening:
        at = next((place for place, token in enumerate(clause) if token.has("remind", "hush")), len(clause))
        behind = clause[at + 1 :]
        if not kinds_of(clause[at : at + 2]) & {"self", "self_q"} and any(_is_unknown(token) for token in behind):
            return True
    return False


def _tells_which(clause: Sequence[Token], place: int) -> bool:
    """Tell whether an unknown word may tell which reminders are meant: "cancel my payroll reminders"."""
    before, behind = clause[:place], clause[place + 1 :]
    stopped = any(token.has("stop") and not _VERBS_FOLLOW.match(token.words) for token in before)
    return stopped and any(token.has("remind") for token in behind)


def _is_unknown(token: Token) -> bool:
    return (
        not token.kinds
        and token.words not in _BESIDE | _EVENT
        and token.words[0].isalpha()
        and not _PART.search(token.words)
    )


def _asks(tokens: Sequence[Token]) -> bool:
    """Tell whether a message asks about reminders, and not politely for peace: 能不能别提醒我."""
    if not kinds_of(tokens) & _ASKS:
        return False
    first = next((token for token in tokens if not token.has("self", "polite", "greeting")), None)
    return first is None or not _REQUEST.match(first.words)


def _tells(clause: Sequence[Token]) -> bool:
    """Tell whether a clause tells how it is: "reminders are off", "there were no reminders today", 提醒被关了."""
    if any(one.words == "被" and other.has("stop") for one, other in pairwise(clause)):
        return True
    return any(_STATE.search(token.words) and not token.has("remind", "hush", "stop") for token in clause)


def _ends_negated(clause: Sequence[Token]) -> bool:
    """Tell whether an end of something is refused: 别关提醒, "don't stop reminding me"."""
    return _refuses(clause, lambda token: token.has("stop", "hush") and not _REFUSES.match(token.words))


def _refuses_correction(clause: Sequence[Token]) -> bool:
    return _refuses(clause, lambda token: token.has("forgot", "fix_bare"))


def _refuses(clause: Sequence[Token], is_refused: Callable[[Token], bool]) -> bool:
    """Tell whether a "no" stands before something that is refused, with nothing of weight between them."""
    refusing = False
    for token in clause:
        if refusing and is_refused(token):
            return True
        if token.has("negation", "notyet", "no_need", "stop") and _REFUSES.match(token.words):
            refusing = True
        elif not (token.kinds & _BETWEEN or token.words in _BESIDE):
            refusing = False
    return False


def _cannot_be_kept(intent: Intent, tokens: Sequence[Token], found: Arguments) -> bool:
    """Tell whether peace is wanted for a time that cannot be kept as it is said.

    Kept are dates, one half of them, and what is due from a time on; not hours with an end, lengths of time, noon,
    one part of each day, nor what begins or ends with something that happens.
    """
    if found.minutes is not None or _lasts(tokens, found) or "ahead" in kinds_of(tokens):
        return True
    if intent.at is not None:
        return intent.remind is not RemindWish.FROM or _has_end(tokens)
    parts = [
        token
        for place, token in enumerate(tokens)  # a greeting opens a message: "turn the morning reminder off"
        if _PART.search(token.words) and (not token.has("greeting") or (place and token.has("part_day")))
    ]
    if intent.half is None and parts:
        return True
    if any(_EACH.search(token.words) or _is_event(token) for token in tokens):
        return True
    if found.span is None and any(token.has("context") and not token.has("dated") for token in tokens):
        return True  # 周末, 开会, "lunch": what is about, without a date
    until = found.span is not None and found.span.until
    if "condition" in kinds_of(tokens) and not until:
        return True
    after_it = any(
        one.has("cmd", "cmd_on", "cmd_off") and other.words == "以后" for one, other in pairwise(tokens)
    )
    return after_it or ("leave" in kinds_of(tokens) and found.span is None)


def _is_event(token: Token) -> bool:
    """Tell whether a word says that something comes first, or lasts: 打卡后, 出差期间, "while"."""
    if token.words in _EVENT:
        return True
    return token.words.endswith(_WHEN) and not token.has("dated", "time", "future", "snooze", "function")


def _lasts(tokens: Sequence[Token], found: Arguments) -> bool:
    """Tell whether days are counted that were not read as dates: 暂停提醒一周, "for 3 days"."""
    return found.span is None and any(
        one.has("number") and other.has("unit_day") for one, other in pairwise(tokens)
    )


def _has_end(tokens: Sequence[Token]) -> bool:
    """Tell whether hours have an end: "from 5pm to 7pm", 三点后到五点前."""
    if sum(token.has("time") for token in tokens) > 1:
        return True
    at = next((place for place, token in enumerate(tokens) if token.has("time")), 0)
    return any(_END.search(token.words) for token in tokens[max(0, at - 1) : at + 2] if not token.has("time"))


def _not_ones_own_leave(tokens: Sequence[Token], clauses: Sequence[Sequence[Token]]) -> bool:
    away = [clause for clause in clauses if any(token.has("leave") for token in clause)]
    if "condition" in kinds_of(tokens) and not any(token.has("to") for token in tokens):
        return True
    if any(token.words in _PERHAPS for token in tokens) or any(
        _refuses(clause, lambda token: token.has("leave")) for clause in away
    ):
        return True
    return any(_is_of_another(clause, _AWAY) or clause[0].has("served", "comer") for clause in away)


def _of_somebodys_punch(tokens: Sequence[Token], clauses: Sequence[Sequence[Token]], text: Text) -> bool:
    for one, other in pairwise(tokens):
        if one.words == "for" and not other.kinds and text.shown[other.start].isupper():
            return True
    return any(_is_of_another(clause, _TOLD_OF_A_PUNCH) for clause in clauses)


def _is_of_another(clause: Sequence[Token], told: frozenset[str]) -> bool:
    """Tell whether what a clause tells is told of somebody else: its first word of weight is nobody of ours."""
    if not kinds_of(clause) & told or any(token.has("self") and token.words not in _OWN_WORD for token in clause):
        return False
    first = next(
        (token for token in clause if not token.kinds & _INTRODUCES and token.words not in _OWN_WORD | _OF_A_FACT),
        None,
    )
    if first is None or first.kinds & told:
        return False
    return bool(first.kinds & _OTHERS) or (not first.kinds and _may_be_a_name(clause, first))


def _may_be_a_name(clause: Sequence[Token], first: Token) -> bool:
    """Tell whether an unknown word that begins a clause may name somebody: 芳芳昨天忘打卡, not 太忙忘打卡."""
    if first.words.isascii():
        return not first.words.endswith("ly")
    known = next((token for token in clause if token.start > first.start and token.kinds), None)
    return clause[0] is first and known is not None and known.has("dated")
