"""Whether a message is clearly one's own wish: to be left alone, to be away, to have a punch put right.

What is not switches nothing off and files nothing; whoever handles the intent says what can be done instead.
"""

import re
from collections.abc import Sequence
from datetime import date
from functools import cache
from itertools import pairwise

from bot.understanding.arguments.values import Arguments
from bot.understanding.intents import AboutLeave, Intent, IntentName, NoneReason, RemindWish
from bot.understanding.wishing.away import begins_some_weekday, days_away, says_one_is_away
from bot.understanding.wishing.details import digest_period
from bot.understanding.wishing.peace import of_quiet, of_resuming, of_when
from bot.understanding.wishing.refusals import (
    BESIDE,
    OTHERS,
    ends_negated,
    is_order_to_end,
    is_passive,
    refuses,
    tells_of_an_end,
)
from bot.understanding.wishing.retractions import calls_off
from bot.understanding.wishing.wish_words import own_words
from bot.understanding.words.normalise import Text
from bot.understanding.words.tokens import Token, kinds_of

_TIMES = frozenset({RemindWish.BEFORE, RemindWish.AT, RemindWish.INEXACT, RemindWish.SNOOZE})
_INTRODUCES = frozenset({
    "polite", "greeting", "particle", "function", "dated", "time", "do", "now", "soft", "slash", "colon",
    "feeling",
})  # fmt: skip
_TOLD_OF_A_PUNCH = frozenset({"forgot", "missing", "missing_punch", "left_or_came"})
_REQUESTED = frozenset({"fix", "fix_bare"})
_SEVERAL = OTHERS | {"proxy"}
_GOES_ON = frozenset({
    "fix", "fix_bare", "forgot", "missing", "missing_punch", "left_or_came", "dated", "time", "word_on",
    "word_off", "cmd", "cmd_on", "cmd_off", "attendance", "function", "do", "particle", "past", "polite",
})  # fmt: skip
_BEHIND_A_DIGEST = frozenset({
    "digest", "stop", "hush", "function", "particle", "polite", "suggest", "dated", "automatic", "do", "for_me",
    "self", "push", "tag", "summaries", "attendance", "question", "slash", "now", "period", "often", "request",
    "unreceived",
})  # fmt: skip
_BEFORE_A_DIGEST = OTHERS | {"function", "do", "particle", "polite", "self", "mine", "automatic", "push"}
_AWAY = frozenset({"leave"})


def as_meant(
    intent: Intent,
    tokens: Sequence[Token],
    clauses: Sequence[Sequence[Token]],
    found: Arguments,
    text: Text,
    *,
    today: date,
) -> Intent:
    """Return `intent`, or what takes its place where it is not clearly the person's own wish.

    Of reminders and digests that is switching them off, of leave being away, of corrections asking for one.
    """
    match intent.name:
        case IntentName.REMIND_OFF:
            return of_quiet(intent, tokens, clauses, found)
        case IntentName.REMIND_SET if intent.remind in _TIMES:
            return of_when(intent, tokens, clauses)
        case IntentName.REMIND_SET if intent.remind is RemindWish.RESUME:
            return of_resuming(intent, tokens, clauses)
        case IntentName.DIGEST_ON if intent.person or _is_sent_to_another(tokens):
            return intent._replace(name=IntentName.NONE, none_reason=NoneReason.NOT_ABOUT_US)
        case IntentName.DIGEST_OFF:
            return _without_digests(intent, tokens, clauses)
        case IntentName.SUMMARY_TODAY | IntentName.SUMMARY_RANGE:
            stops = next(filter(_ends_a_digest, clauses), None)
            period = digest_period(stops or ())
            asked = Intent(IntentName.DIGEST_OFF, intent.language, period=period, unsure=True, why=intent.why)
            return intent if stops is None else asked
        case IntentName.LEAVE if intent.leave is AboutLeave.DAYS:
            return _of_leave(intent, tokens, clauses, found, today)
        case IntentName.CORRECTION if calls_off(text.folded) or any(map(_refuses_correction, clauses)):
            return intent._replace(name=IntentName.NONE, none_reason=NoneReason.NEGATED)
        case IntentName.CORRECTION if intent.person or _of_somebodys_punch(tokens, clauses, text):
            return intent._replace(name=IntentName.NONE, none_reason=NoneReason.PROXY)
        case IntentName.CORRECTION if _said_by_others().match(" ".join(text.folded.split())):
            return intent._replace(unsure=True)
    return intent


def _without_digests(intent: Intent, tokens: Sequence[Token], clauses: Sequence[Sequence[Token]]) -> Intent:
    """Return an end of digests, marked where it is told rather than wished, or what takes its place."""
    if intent.person or intent.department or any(map(_is_work, clauses)):
        return intent._replace(name=IntentName.NONE, none_reason=NoneReason.NOT_ABOUT_US)
    if any(ends_negated(clause) for clause in clauses):
        return intent._replace(name=IntentName.NONE, none_reason=NoneReason.NEGATED)
    told = any(map(_tells_of_digests, clauses)) or any(map(_is_of_a_day, tokens))
    return intent._replace(unsure=True) if told else intent


@cache
def _said_by_others() -> re.Pattern[str]:
    """Return how a message begins that tells what somebody else said: 我们老板刚才说."""
    own = own_words()
    boss, speaker, when, speaks = (
        "|".join(sorted(words.words, key=len, reverse=True))
        for words in (own.whose_boss, own.speaker, own.spoken_when, own.speaks)
    )
    return re.compile(f"(?:{boss})?(?:{speaker})(?:{when})?(?:{speaks})")


def _tells_of_digests(clause: Sequence[Token]) -> bool:
    """Tell whether it is told how it is with digests: 日报停了, "I no longer get the daily summary"."""
    return (
        bool(kinds_of(clause) & {"unreceived"}) or tells_of_an_end(clause, "digest") or is_passive(clause, "stop")
    )


def _ends_a_digest(clause: Sequence[Token]) -> bool:
    """Tell whether a clause begins by ending a digest, which asks for none: "stop summaries for everyone"."""
    begin = next((place for place, token in enumerate(clause) if not token.kinds & _INTRODUCES), len(clause))
    if begin == len(clause) or not is_order_to_end(clause[begin]):
        return False
    behind = [token for token in clause[begin + 1 :] if token.words == "of" or not token.kinds & _BEFORE_A_DIGEST]
    return bool(behind) and behind[0].has("digest", "summaries", "summary")  # not "end of month report"


def _is_of_a_day(token: Token) -> bool:
    """Tell whether a day is named beside a digest: "no daily digest today". None can be left out by itself."""
    return token.has("dated", "today_word") and not token.has("digest")


def _is_work(clause: Sequence[Token]) -> bool:
    """Tell whether the word behind a digest makes something else of it: the weekly report *meeting*."""
    behind = [other for one, other in pairwise(clause) if one.has("digest")]
    return any(
        not token.kinds & _BEHIND_A_DIGEST and token.words not in BESIDE | own_words().sent.words
        for token in behind
    )


def _is_sent_to_another(tokens: Sequence[Token]) -> bool:
    """Tell whether somebody else, or a team, is to have a digest: 每周发汇总给研发部."""
    return any(one.words in own_words().to_another and other.kinds & OTHERS for one, other in pairwise(tokens))


def _refuses_correction(clause: Sequence[Token]) -> bool:
    return refuses(clause, lambda token: token.has("forgot", "fix_bare"))


def _of_leave(
    intent: Intent,
    tokens: Sequence[Token],
    clauses: Sequence[Sequence[Token]],
    found: Arguments,
    today: date,
) -> Intent:
    """Return a message about whole days away with its dates, unless it is not plain whose, which or whether."""
    away = [clause for clause in clauses if any(token.has("leave") for token in clause)]
    others = any(_is_of_another(clause, _AWAY) or clause[0].has("served", "comer") for clause in away)
    if others or not says_one_is_away(tokens, clauses):
        several = sum(token.has("dated") for token in tokens) > 1  # 明天请假改成后天: which of them is not plain
        return intent._replace(leave=AboutLeave.UNSURE, dates=None if several else intent.dates)
    if intent.dates is None:
        return intent
    if begins_some_weekday(tokens, found.span):
        return intent._replace(leave=AboutLeave.UNSURE, dates=None)
    dates = days_away(tokens, clauses, intent.dates, today)
    return intent._replace(leave=AboutLeave.UNSURE, dates=None) if dates is None else intent._replace(dates=dates)


def _of_somebodys_punch(tokens: Sequence[Token], clauses: Sequence[Sequence[Token]], text: Text) -> bool:
    for one, other in pairwise(tokens):
        if one.words in own_words().on_behalf and not other.kinds and text.shown[other.start].isupper():
            return True
    if any(map(_is_for_others, clauses)):
        return True
    return any(_is_of_another(clause, _TOLD_OF_A_PUNCH) for clause in clauses)


def _is_for_others(clause: Sequence[Token]) -> bool:
    """Tell whether a make-up punch is asked for others, or for several: 帮同事补卡, 全员补卡, "for my team".

    Whom one helps or meets gives a reason, which goes on otherwise: 帮同事搬家, "for my team dinner".
    """
    requests = not kinds_of(clause).isdisjoint(_REQUESTED)
    if not requests and any(not token.kinds for token in clause):
        return False
    first = next((token for token in clause if not token.kinds & _INTRODUCES), None)
    on_behalf = False  # all since a "for" says whom it is for: 帮所有同事, "for the whole team"
    for place, token in enumerate(clause):
        if requests and token.words in own_words().in_bulk:
            return True
        behind = clause[place + 1] if place + 1 < len(clause) else None
        is_whose = on_behalf or token.has("proxy", "department") or (requests and token is first)
        if is_whose and token.kinds & _SEVERAL and (behind is None or behind.kinds & _GOES_ON):
            return True
        on_behalf = token.words in own_words().on_behalf or (on_behalf and token.has("function", *_SEVERAL))
    return False


def _is_of_another(clause: Sequence[Token], told: frozenset[str]) -> bool:
    """Tell whether what a clause tells is told of somebody else: its first word of weight is nobody of ours."""
    own = own_words()
    if not kinds_of(clause) & told or any(token.has("self") and token.words not in own.mine for token in clause):
        return False
    no_name = own.mine.words | own.of_a_fact.words
    first = next((token for token in clause if not token.kinds & _INTRODUCES and token.words not in no_name), None)
    if first is None or first.kinds & told:
        return False
    return bool(first.kinds & OTHERS) or (not first.kinds and _may_be_a_name(clause, first))


def _may_be_a_name(clause: Sequence[Token], first: Token) -> bool:
    """Tell whether an unknown word that begins a clause may name somebody: 芳芳昨天忘打卡, not 太忙忘打卡."""
    if first.words.isascii():
        return not first.words.endswith("ly")
    known = next((token for token in clause if token.start > first.start and token.kinds), None)
    return clause[0] is first and known is not None and known.has("dated")
