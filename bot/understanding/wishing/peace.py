"""Whether a message is clearly a wish of one's own about reminders: none of them, others, or some back again.

A wish for peace that may be meant for this moment only, or that may be none, is asked about.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from bot.domain.shifts import CheckType
from bot.understanding.arguments.values import Arguments
from bot.understanding.intents import Intent, IntentName, RemindWish
from bot.understanding.wishing.away import is_taken_back
from bot.understanding.wishing.details import told_direction
from bot.understanding.wishing.mutes import complains, ends_mutes, tells_of_a_punch
from bot.understanding.wishing.refusals import (
    BESIDE,
    OTHERS,
    ends_negated,
    is_order_to_end,
    is_passive,
    refuses,
    refuses_a_punch,
    tells_of_an_end,
)
from bot.understanding.wishing.reminder_times import counts_days, ends_a_time, may_be_a_state, times_said
from bot.understanding.wishing.weekends import names_weekend, wishes_a_weekend, without_weekend
from bot.understanding.wishing.wish_words import peace_words, weekend_words
from bot.understanding.words.cues import cue
from bot.understanding.words.tokens import COMMANDS, Token, kinds_of

Clauses = Sequence[Sequence[Token]]
_QUIETENS = frozenset({"remind", "stop", "hush"})
_ASKS = frozenset({"question", "question_mark", "yesno", "how_to", "reported", "quote"})
_REFUSES = cue("refusal")
_FOR_A_MOMENT = cue("for_a_moment")
_BUSY = cue("busy")
_RECURS = cue("recurs")
_ANYWAY = frozenset({"polite", "greeting", "particle", "function"})
_OF_THIS_MOMENT = frozenset({
    "done_already", "claimed", "ticked", "going", "on_the_way", "arrive", "missing", "forgot",
})  # fmt: skip
# what a refusal of reminders (别提醒我, "stop reminding me") is said with where it is meant of all of them
_PLAIN = frozenset({
    "hush", "stop", "remind", "remind_self", "self", "self_q", "for_me", "polite", "greeting", "particle",
    "function", "do", "complaint", "attendance", "cmd", "cmd_on", "cmd_off", "cmd_wide", "cmd_wide_off",
    "schedule_word", "automatic", "suggest", "tag", "request", "want", "may_i", "question", "question_mark",
    "soft", "start_again", "negation", "no_need", "future", "slash", "modal", "bot_name", "push",
})  # fmt: skip
_OF_PUNCHES = _PLAIN | {"dated", "time", "number", "unit_day", "worked", "now", "word_on", "word_off", "to"}


def of_quiet(intent: Intent, tokens: Sequence[Token], clauses: Clauses, found: Arguments) -> Intent:
    """Return a wish for no reminders, or what takes its place where it is not clear, or about others."""
    quietening = [clause for clause in clauses if kinds_of(clause) & _QUIETENS]
    two = _two_wishes(tokens, clauses)
    if two is not None:
        return intent._replace(direction=two.ended, remind=RemindWish.SWAP if two.resumed else None)
    show = intent._replace(name=IntentName.REMIND_SET, remind=RemindWish.SHOW)
    if intent.person or intent.department or _names_others(tokens, quietening):
        return show._replace(remind=RemindWish.OTHERS)
    if intent.remind not in (None, RemindWish.FROM):
        return intent
    if _asks(tokens) or any(ends_negated(clause) or _tells(clause) for clause in quietening):
        return show
    if ends_mutes(clauses):
        return show._replace(remind=RemindWish.RESUME)
    if _resumes_first(clauses) or any(
        _refuses_twice(clause) or _turns_on(clause) or _ends_a_snooze(clause) for clause in quietening
    ):
        return show
    if intent.direction is None and any(told_direction(clause) for clause in clauses):
        return show  # one is to end, the other not, or both: 关了上班提醒，下班的留着
    if any(_of_something_else(clause) for clause in quietening):
        return intent._replace(remind=RemindWish.ELSEWHERE)
    strange = [clause for clause in quietening if any(map(_is_unknown, clause))]
    if strange:
        which = all(map(_tells_which, strange))
        return intent._replace(remind=RemindWish.UNCLEAR) if which else show
    if complains(tokens) or any(
        _may_be_told(one) or _is_idiom(one) or tells_of_an_end(one, "remind") for one in quietening
    ):
        return intent._replace(remind=RemindWish.UNCLEAR)
    brief = any(map(_is_for_a_moment, quietening)) or _is_of_another_matter(clauses) or may_be_a_state(tokens)
    if brief or is_taken_back(clauses, _QUIETENS):
        return intent._replace(remind=RemindWish.UNCLEAR)
    if _cannot_be_kept(intent, tokens, found):
        return intent._replace(remind=RemindWish.UNKEPT)
    unbounded = intent.dates is None and intent.at is None and intent.half is None
    for_now = unbounded and (
        _of_now(tokens, clauses) or wishes_a_weekend(tokens) or any(map(refuses_a_punch, clauses))
    )
    return intent._replace(remind=RemindWish.UNCLEAR) if for_now else intent


def of_when(intent: Intent, tokens: Sequence[Token], clauses: Clauses) -> Intent:
    """Return a wish for other times, unless it is about somebody else, of what is no punch, or none at all."""
    if intent.person or intent.department or _names_others(tokens, clauses):
        return intent._replace(remind=RemindWish.OTHERS)
    if any(map(_is_something_else, tokens)):
        return intent._replace(remind=RemindWish.SHOW)
    if any(map(ends_a_time, clauses)):
        return intent._replace(remind=RemindWish.SHOW if _asks(tokens) else RemindWish.ENDED)
    if times_said(tokens) > 1:
        return intent._replace(remind=RemindWish.SEVERAL)
    if intent.remind is not RemindWish.SNOOZE:
        return intent
    if any(token.has("dated") and not token.has("today") for token in tokens):
        return intent._replace(remind=RemindWish.SHOW)
    return intent._replace(remind=RemindWish.UNKEPT) if intent.minutes is None and counts_days(tokens) else intent


def of_resuming(intent: Intent, tokens: Sequence[Token], clauses: Clauses) -> Intent:
    """Return a wish to be reminded again, unless it is refused, asked or told, of others, or some are to end."""
    if intent.person or intent.department or _names_others(tokens, clauses):
        return intent._replace(remind=RemindWish.OTHERS)
    ends = any(
        token.has("hush") or (is_order_to_end(token) and not token.has("resume", "unmute")) for token in tokens
    )
    refused = any(refuses(clause, lambda token: token.has("resume", "unmute")) for clause in clauses)
    told = _asks(tokens) or any(map(_tells, clauses))
    if ends or refused or told or any(map(_is_something_else, tokens)):
        return intent._replace(remind=RemindWish.SHOW)
    return intent


def _is_something_else(token: Token) -> bool:
    """Tell whether a word names what is no punch: to buy milk, 开会. A shift and work are when one punches."""
    if token.has("context"):
        return not token.has("dated", "attendance", "worked")
    return _is_unknown(token) and len(token.words) > 1


def _names_others(tokens: Sequence[Token], quietening: Clauses) -> bool:
    """Tell whether somebody else is named, or reminding has an object that nobody knows: "stop reminding X"."""
    if any(
        token.kinds & OTHERS and not peace_words().every_one.ends(token.words) and not token.has("question")
        for token in tokens
    ):
        return True
    for clause in quietening:
        at = _reminding(clause)
        behind = clause[at + 1 :]
        if not kinds_of(clause[at : at + 2]) & {"self", "self_q"} and any(_is_unknown(token) for token in behind):
            return True
    return False


def _reminding(clause: Sequence[Token]) -> int:
    """Return where a clause speaks of reminding, its length where it does not."""
    return next((place for place, token in enumerate(clause) if token.has("remind", "hush")), len(clause))


def _tells_which(clause: Sequence[Token]) -> bool:
    """Tell whether all unknown words stand between what ends reminders and the reminders that it ends."""
    ordered = next((place for place, token in enumerate(clause) if is_order_to_end(token)), len(clause))
    named = max((place for place, token in enumerate(clause) if token.has("remind")), default=-1)
    return all(ordered < place < named for place, token in enumerate(clause) if _is_unknown(token))


def _is_unknown(token: Token) -> bool:
    return (
        not token.kinds
        and token.words not in BESIDE
        and token.words not in peace_words().event
        and token.words[0].isalpha()
        and not peace_words().part.within(token.words)
        and token.words not in peace_words().holiday
        and not weekend_words().names.fits(token)
        and token.words != "末"  # 本周末
    )


def _asks(tokens: Sequence[Token]) -> bool:
    """Tell whether a message asks about reminders, and not politely for peace: 能不能别提醒我, 别提醒我好吗."""
    if not kinds_of(tokens) & _ASKS or any(token.has("tag") for token in tokens):
        return False
    first = next((token for token in tokens if not token.has("self", "polite", "greeting")), None)
    return first is None or not peace_words().politely.opens(first.words)


def _tells(clause: Sequence[Token]) -> bool:
    """Tell whether a clause tells how it is: "reminders are off", "there were no reminders today", 提醒被关了."""
    if is_passive(clause, "stop"):
        return True
    state = peace_words().state
    return any(state.within(token.words) and not token.has("remind", "hush", "stop") for token in clause)


def _turns_on(clause: Sequence[Token]) -> bool:
    """Tell whether a clause also wants reminders: 打开上班提醒，关闭下班提醒; not 开启免打扰."""
    at = next((place for place, token in enumerate(clause) if token.has("resume")), len(clause))
    return any(token.has("remind") and not token.has("hush") for token in clause[at:])


def _resumes_first(clauses: Clauses) -> bool:
    """Tell whether what is off is to come back, but for what a clause behind it names: 恢复提醒，周五别提醒."""
    back = next((at for at, clause in enumerate(clauses) if any(token.has("unmute") for token in clause)), None)
    return back is not None and any(
        _ends(token) or token.has("stop") for one in clauses[back + 1 :] for token in one
    )


class _Two(NamedTuple):
    """Two wishes at once: checks of one direction are not reminded of any more, the others again or still."""

    ended: CheckType
    resumed: bool


def _two_wishes(tokens: Sequence[Token], clauses: Clauses) -> _Two | None:
    """Return two wishes about the two directions (打开上班提醒，关闭下班提醒), None where one is not plain."""
    parts = [part for clause in clauses for part in _by_order(clause)]
    if len(parts) != 2 or not all(_is_plain(token) for token in tokens):
        return None
    if any(ends_negated(clause) or _tells(clause) for clause in clauses):
        return None
    ended = [told_direction(part) for part in parts if any(map(_ends, part))]
    resumed = [told_direction(part) for part in parts if kinds_of(part) & {"resume", "unmute"}]
    others = resumed + [told_direction(part) for part in parts if any(map(_keeps, part))]
    if len(ended) != 1 or len(others) != 1 or ended[0] is None or others[0] is None or ended == others:
        return None
    return _Two(ended[0], bool(resumed))


def _by_order(clause: Sequence[Token]) -> list[Sequence[Token]]:
    """Return a clause cut before each further order: "turn on clock-in and turn off clock-out reminders"."""
    orders = [
        place
        for place, token in enumerate(clause)
        if _ends(token) or _keeps(token) or token.has("resume", "unmute")
    ]
    cuts = [0, *orders[1:], len(clause)]
    return [clause[start:end] for start, end in pairwise(cuts)]


def _ends(token: Token) -> bool:
    return token.has("hush") or is_order_to_end(token)


def _keeps(token: Token) -> bool:
    """Tell whether a word says that one kind of reminders is to stay: 下班的留着, "keep clock-out reminders"."""
    return peace_words().keeps.within(token.words)


def _is_plain(token: Token) -> bool:
    """Tell whether a word may stand beside two plain wishes: neither a no, nor a day, nor anything unknown."""
    if token.has("negation", "dated", "time", "question", "question_mark", "condition"):
        return False
    return token.of(_PLAIN | {"resume", "unmute", "sep", "left_or_came"}) or _keeps(token)


def _refuses_twice(clause: Sequence[Token]) -> bool:
    """Tell whether it is refused not to be reminded: 别不提醒我."""
    return any(
        one.words != other.words and all(_REFUSES.opens(token.words) for token in (one, other))
        for one, other in pairwise(clause)
    )


def _is_of_another_matter(clauses: Clauses) -> bool:
    """Tell whether a day is named only of what one does then: "quiet please, I'm in a meeting today"."""
    dated = [clause for clause in clauses if any(token.has("dated") for token in clause)]
    if any(kinds_of(clause) & (_QUIETENS | {"leave"}) for clause in dated):
        return False
    return any(_BUSY.search(token.words) for clause in dated for token in clause)


def _is_for_a_moment(clause: Sequence[Token]) -> bool:
    """Tell whether reminders are to stop for a moment only, perhaps: 提醒停一下."""
    return _FOR_A_MOMENT.search("".join(token.words for token in clause)) is not None


def _ends_a_snooze(clause: Sequence[Token]) -> bool:
    """Tell whether it is "once more in ten minutes" that is to end: "cancel the snooze", 取消稍后提醒."""
    at = next((place for place, token in enumerate(clause) if token.has("stop")), len(clause))
    return any(token.has("snooze") and token.words not in peace_words().again for token in clause[at + 1 :])


def _of_something_else(clause: Sequence[Token]) -> bool:
    """Tell whether reminders of what is no punch are meant: 取消会议提醒, 别提醒我开会, "no meeting reminders".

    What stands behind a word of time is when, not what: "while I'm in a meeting".
    """
    at, known = _reminding(clause), peace_words()
    if at == len(clause):
        return False
    if clause[at].has("thanks_remind"):
        return True
    named = clause[:at]
    ordered = next((place for place, token in enumerate(named) if is_order_to_end(token)), None)
    if ordered is not None and any(_is_thing(token) for token in named[ordered + 1 :]):
        return True
    for token in clause[at + 1 :]:
        if token.words in known.event or token.words in known.at_times or token.has("condition"):
            return False
        if _is_thing(token):
            return True
    return False


def _is_thing(token: Token) -> bool:
    """Tell whether a word that says of what one is reminded is about no punch and no time."""
    known = peace_words()
    if token.words in BESIDE or token.words in known.holiday or known.part.within(token.words):
        return False
    if known.length.ends(token.words):
        return False
    return token.kinds.isdisjoint(_OF_PUNCHES) if token.kinds else _is_unknown(token)


def _may_be_told(clause: Sequence[Token]) -> bool:
    return peace_words().told_so.within("".join(token.words for token in clause))


def _is_idiom(clause: Sequence[Token]) -> bool:
    """Tell whether what is to end is not named, or it is an idiom: "stop it", "don't remind me of that"."""
    ends = any(token.has("stop", "hush") and peace_words().points_back.within(token.words) for token in clause)
    if ends and "remind" not in kinds_of(clause):
        return True
    at = _reminding(clause)
    return any(one.words in peace_words().refers and other.has("function") for one, other in pairwise(clause[at:]))


def _of_now(tokens: Sequence[Token], clauses: Clauses) -> bool:
    """Tell whether peace may be wanted for this moment only: 马上到，别催了, 知道了不用提醒.

    So it may be where one tells what one just did or does, and where a mere refusal stands beside anything else.
    """
    if any(token.kinds & _OF_THIS_MOMENT and not token.kinds & (_ANYWAY | _QUIETENS) for token in tokens):
        return True
    if tells_of_a_punch(clauses) or any(
        clause[0].has("small_talk", "confirm") and not clause[0].kinds & _ANYWAY for clause in clauses
    ):
        return True  # 知道了不用提醒
    if any(is_order_to_end(token) for clause in clauses for token in clause if not token.has("negation", "hush")):
        return False
    return not all(
        token.kinds & _PLAIN or token.words in BESIDE or not token.words[0].isalpha() for token in tokens
    )


def _cannot_be_kept(intent: Intent, tokens: Sequence[Token], found: Arguments) -> bool:
    """Tell whether peace is wanted for a time that cannot be kept as it is said.

    Kept are dates, one half of them, and what is due from a time on; not hours with an end, lengths of time, noon,
    one part of each day, nor what begins or ends with something that happens.
    """
    known = peace_words()
    if intent.dates is not None:
        tokens = without_weekend(tokens)  # which is those dates
    elif names_weekend(tokens):
        return True
    if found.minutes is not None or _lasts(tokens, found) or "ahead" in kinds_of(tokens):
        return True
    if intent.at is not None:
        return intent.remind is not RemindWish.FROM or _has_end(tokens)
    parts = [
        token
        for place, token in enumerate(tokens)  # a greeting opens a message: "turn the morning reminder off"
        if known.part.within(token.words) and (not token.has("greeting") or (place and token.has("part_day")))
    ]
    if intent.half is None and parts:
        return True
    if any(known.each.within(token.words) or token.words in known.holiday or _is_event(token) for token in tokens):
        return True
    if any(_RECURS.search(joint.join(token.words for token in tokens)) for joint in ("", " ")):
        return True  # every Friday, 每周五
    if found.span is None and any(token.has("context") and not token.has("dated") for token in tokens):
        return True  # 周末, 开会, "lunch": what is about, without a date
    until = found.span is not None and found.span.until
    if "condition" in kinds_of(tokens) and not until:
        return True
    after_it = any(one.of(COMMANDS) and other.words in known.later for one, other in pairwise(tokens))
    return after_it or ("leave" in kinds_of(tokens) and found.span is None)


def _is_event(token: Token) -> bool:
    """Tell whether a word says that something comes first, or lasts: 打卡后, 出差期间, "while"."""
    known = peace_words()
    if token.words in known.event:
        return True
    return known.when.ends(token.words) and not token.has("dated", "time", "future", "snooze", "function")


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
    end = peace_words().end
    return any(end.within(token.words) for token in tokens[max(0, at - 1) : at + 2] if not token.has("time"))
