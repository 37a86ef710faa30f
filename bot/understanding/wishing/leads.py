"""What a lead says to the bot about one of their people: nudge them, excuse them, decide on their request."""

from collections.abc import Sequence
from itertools import dropwhile
from typing import NamedTuple

from bot.understanding.intents import IntentName
from bot.understanding.wishing.retractions import withdraws
from bot.understanding.words.cues import cue, words_of
from bot.understanding.words.normalise import Text, has_han
from bot.understanding.words.tokens import EVERY_COMMAND, Token, kinds_of

_OPENS = frozenset({"polite", "slash", "request", "for_me", "greeting"})
_TO_PUNCH = frozenset({
    "cmd", "cmd_on", "cmd_off", "cmd_wide", "cmd_wide_off", "attendance", "word_on", "word_off",
    "polite", "particle", "do", "sep", "now",
})  # fmt: skip
# "nudge 9" or "chase the report" is no nudge of a person; what is said of people in general neither
_NO_NAME = frozenset({
    "self", "self_q", "mine", "remind_self", "who", "team", "department", "missing", "late", "crowd", "third",
    "you", "time", "minutes", "hush", "stop", "start_again", "question", "question_mark", "remind", "quote",
    "colon", "cmd", "cmd_on", "cmd_off", "cmd_wide", "cmd_wide_off", "negation", "code_talk", "sep",
})  # fmt: skip
_CHASE_ONLY = frozenset({"nudge", "chase", "poke", "prod", "催", "催一下", "催下", "催催", "催促", "戳一下"})
_FIGURES_OF_AN_ID = 4
_LONGEST_NAME = 40  # characters
_MOST_TOKENS = 6
_DECIDES = frozenset({"approve", "refuse"})
_HEDGES = frozenset({"condition", "snooze"})  # "if ok", "later"
_WITHDRAWAL = cue("withdrawal")
_WOULD = words_of("would")
_BUT = words_of("second_thought")
_YES = frozenset({"yes", "是", "是的"})  # as an answer begins: "Yes, approve C-7F3K2M"
_AROUND = _OPENS | {"confirming", "requested", "self", "particle", "function", "do", "sep", "colon", "now"}
_BETWEEN = frozenset({"function", "particle", "do", "polite", "dated", "now"})
_ASKS = frozenset({"question", "question_mark", "how_to", "may_i", "quote", "reported", "condition"})
_WAS = frozenset({"被", "已", "已经", "是", "was", "is", "has been", "been"})
_DONE = frozenset({"了", "啦", "过", "过了", "的"})
_POLITELY = frozenset({"request", "may_i", "polite", "tag"})
_PART_OF_A_DAY = frozenset({"part_day", "day_part"})
_BEFORE_REASON = _BETWEEN | _PART_OF_A_DAY | {"excuse"}
_STARTS_REASON = frozenset({"sep", "colon", "reason"})
_BACK = frozenset({"unexcuse", "takes_back", "called_off", "undo"})
_BEFORE_A_NAME = _OPENS | _BETWEEN | _BACK | {"request", "sep"}


class LeadsWord(NamedTuple):
    """What a lead says: the intent, of whom or of which request, and why; `confirmed`: asked twice.

    `unsure`: a refusal holds only if something is so, which takes back no request of one's own; or an excuse names
    a part of its day.
    """

    name: IntentName
    person: str | None = None
    reference: str | None = None
    reason: str | None = None
    confirmed: bool = False
    unsure: bool = False
    because: int | None = None  # the sign of the text at which a reason is announced: days behind it are its own


def decided(tokens: Sequence[Token], text: Text, references: Sequence[str]) -> LeadsWord | None:
    """Return the decision on a request (批准 C-7F3K2M, "refuse C-7F3K2M: no proof"), None where none is plain.

    Taking a request back (撤回 C-7F3K2M) is a refusal of one's own.

    What stands behind a refusal is its reason. Behind an approval nothing but courtesy may stand. What is said
    with a condition confirms nothing, so that the request is shown and asked about: "yes approve C-7F3K2M if ok",
    "I'd approve C-7F3K2M but". Where both are named nothing is decided: "refuse C-7F3K2M or approve".
    """
    if len(references) == 1 and withdraws(text.folded):
        return LeadsWord(IntentName.REFUSE, reference=references[0])
    named = next((index for index, token in enumerate(tokens) if token.has("reference")), None)
    verbs = [index for index, token in enumerate(tokens) if token.kinds & _DECIDES]
    hedged = bool(kinds_of(tokens) & _HEDGES)
    if hedged and not verbs and len(references) == 1 and _WITHDRAWAL.search(text.folded):
        return LeadsWord(IntentName.REFUSE, reference=references[0], unsure=True)  # 还没批的话撤回 C-7F3K2M
    if (
        named is None
        or len(references) != 1
        or not verbs
        or kinds_of(tokens) & {"question_mark", "question", "quote"}
        or any("被" in token.words for token in tokens[: verbs[0] + 1])  # C-7F3K2M 被拒绝了 tells what was decided
    ):
        return None
    if any(map(_leaves_open, tokens, tokens[1:], tokens[2:])):
        return None
    end = max(named, verbs[0]) + 1
    head, rest = tokens[:end], tokens[end:]
    refuses = tokens[verbs[0]].has("refuse")
    if kinds_of([*head, *(rest[:1] if refuses else rest)]) & _HEDGES:
        negated = any(token.has("negation") for token in head if not token.has("refuse"))
        name = IntentName.REFUSE if refuses else IntentName.APPROVE
        return None if negated else LeadsWord(name, reference=references[0], unsure=refuses)
    yes = head[0].words in _YES
    head = head[1:] if yes else head
    if not all(token.kinds & (_AROUND | _DECIDES) or token.has("reference") for token in head):
        return None
    doubted = any(token.words in _WOULD for token in head)
    doubted |= not refuses and any(token.words in _BUT for token in rest)
    confirmed = not doubted and (yes or any(token.has("confirming") for token in head))
    if refuses:
        said = LeadsWord(IntentName.REFUSE, reference=references[0], reason=_shown(rest, text))
        return said._replace(confirmed=confirmed, unsure=hedged or doubted)
    if not all(token.kinds & _AROUND for token in rest):
        return None
    return LeadsWord(IntentName.APPROVE, reference=references[0], confirmed=confirmed)


def _leaves_open(one: Token, joint: Token, other: Token) -> bool:
    """Tell whether it is left open which of two is decided: "refuse C-7F3K2M or approve", "approve or refuse"."""
    return joint.has("either_or") and other.of(_DECIDES) and one.of(_DECIDES | {"reference"})


def excused(tokens: Sequence[Token], text: Text) -> LeadsWord | None:
    """Return whom a message excuses and why, or of whom it takes an excuse back; None for nobody.

    豁免张三今天, "excuse Alice today: doctor"; 取消豁免张三, "take back the excuse of Alice today".
    """
    at = next((index for index, token in enumerate(tokens) if token.has("excuse", "unexcuse")), None)
    if at is None or kinds_of(tokens) & _ASKS or _tells(tokens, at):
        return None
    back = any(token.of(_BACK) for token in tokens[: at + 1])
    before = [token for token in tokens[:at] if not token.of(_BEFORE_A_NAME)]
    rest = list(tokens[at + 1 :])
    if back:  # "the excuse *of* Alice"
        rest = list(dropwhile(lambda token: token.has("function"), rest))
    person, after = (before, rest) if before else _name_at_start(rest)
    if not person or not (_is_name(person, text) or _is_user_id(_shown(person, text) or "")):
        return None
    after = list(dropwhile(lambda token: token.of(_BEFORE_REASON) and not token.of(_STARTS_REASON), after))
    if after and not after[0].kinds & _STARTS_REASON:
        return None
    name = IntentName.UNEXCUSE if back else IntentName.EXCUSE
    because = next((token.start for token in after if token.has("colon", "reason")), None)
    part = not _PART_OF_A_DAY.isdisjoint(kinds_of(tokens[: len(tokens) - len(after)]))
    return LeadsWord(name, person=_shown(person, text), reason=_shown(after, text), because=because, unsure=part)


def _tells(tokens: Sequence[Token], at: int) -> bool:
    """Tell whether it is told that somebody was excused: 周婷被豁免了, 周婷已豁免; 把周婷豁免了 asks for it."""
    before = {token.words for token in tokens[:at]}
    behind = next((token for token in tokens[at + 1 :] if not token.has("dated")), None)
    done = behind is not None and behind.words in _DONE and at > 0 and "把" not in before
    return done or not before.isdisjoint(_WAS)


def _name_at_start(tokens: Sequence[Token]) -> tuple[list[Token], list[Token]]:
    """Return the tokens of the name that a message begins with, and those behind it."""
    end = 0
    while end < len(tokens) and not tokens[end].kinds & (_STARTS_REASON | {"dated", "function", "particle"}):
        end += 1
    return list(tokens[:end]), list(tokens[end:])


def _is_name(tokens: Sequence[Token], text: Text) -> bool:
    return len(tokens) <= _MOST_TOKENS and all(_may_be_a_name(token, text) for token in tokens)


def _shown(tokens: Sequence[Token], text: Text) -> str | None:
    """Return a stretch as it was written, without the signs and announcing words around it."""
    stretch = list(dropwhile(lambda token: token.has("sep", "colon"), tokens))
    while stretch and stretch[-1].has("sep"):
        stretch.pop()
    return text.shown[stretch[0].start : stretch[-1].end].strip(" :,，：") if stretch else None


def nudged(tokens: Sequence[Token], text: Text) -> LeadsWord | None:
    """Return whom a message asks to nudge, as written: 催 张三, "nudge u-12", 提醒张三打卡; None for nobody."""
    kinds = kinds_of(tokens)
    if kinds & {"question", "question_mark"} and not kinds & _POLITELY:
        return None  # "nudge Tom?"
    begin = next((index for index, token in enumerate(tokens) if not token.kinds & _OPENS), len(tokens))
    if begin + 1 >= len(tokens) or not tokens[begin].has("chase"):
        return None
    verb, *rest = tokens[begin:]
    end = len(rest)
    while end > 1 and not rest[end - 1].kinds.isdisjoint(_TO_PUNCH):
        end -= 1
    whom, to_punch = rest[:end], kinds_of(rest[end:])
    shown = text.shown[whom[0].start : whom[-1].end]
    said = LeadsWord(IntentName.NUDGE, person=shown)
    sure = verb.words in _CHASE_ONLY and verb.end < whom[0].start
    if _is_user_id(shown) and (verb.words in _CHASE_ONLY or _punches(to_punch)):
        return said
    if len(shown) > _LONGEST_NAME or len(whom) > _MOST_TOKENS:
        return None
    if len(whom) == 1 and whom[0].has("person"):
        return said
    named = all(_may_be_a_name(token, text) for token in whom)
    return said if named and (sure or _punches(to_punch)) else None


def _punches(kinds: frozenset[str]) -> bool:
    return not kinds.isdisjoint(EVERY_COMMAND | {"word_on", "word_off"})


def _may_be_a_name(token: Token, text: Text) -> bool:
    """Tell whether a token may be a piece of a name: an unknown one, or a word of ours written with a capital."""
    if token.words in {"·", ".", "-", "'"} or token.has("person") or not token.kinds:
        return True
    if not token.kinds.isdisjoint(_NO_NAME):
        return False
    return not token.has("dated") if has_han(token.words) else text.shown[token.start].isupper()


def _is_user_id(shown: str) -> bool:
    """Tell whether it looks like a user id: one word with a figure in it, as no name has, or a long number."""
    plain = shown.replace("-", "").replace("_", "").replace(".", "")
    figures = sum(char.isdigit() for char in plain)
    return plain.isascii() and plain.isalnum() and (0 < figures < len(plain) or figures >= _FIGURES_OF_AN_ID)
