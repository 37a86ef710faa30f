"""The order in which a message is understood; what stands above wins over what stands below.

`_DECIDE` says who may tell what a sentence means, and what that is put right by. `_INSTEAD` are the messages that
are known by the whole of their wording, whatever was decided of their words. `_AT_LAST` is done to every intent.
"""

from collections.abc import Callable, Sequence
from datetime import date
from typing import NamedTuple

from bot.domain.shifts import CheckType
from bot.domain.sites import Site
from bot.understanding.asking.asked import asked_of_somebody
from bot.understanding.deciding import by_grammar
from bot.understanding.intents import PUNCHES, Intent, IntentName
from bot.understanding.punching.by_location import may_tell_of_position, renounced, without_location
from bot.understanding.sentence import Sentence, read_sentence
from bot.understanding.stages import (
    Message,
    behind_an_at,
    fieldwork,
    in_its_language,
    leads_word,
    named_at_all,
    near_command,
    no_position,
    nudge,
    one_time,
    ones_own_wish,
    page_of_open_requests,
    plain_days,
    rule_that_fits,
    whose_days,
    without_positions_told,
)
from bot.understanding.two_wishes import punch_beside
from bot.understanding.wishing.witnesses import with_witness, witnessed

_OF_SOMEBODY = frozenset({IntentName.STATUS, IntentName.HISTORY, IntentName.SOMEBODY})
_ASKED = {"why": IntentName.WHY, "late": IntentName.HISTORY, "in": IntentName.STATUS}


class _Stage(NamedTuple):
    """Who decides, and what is put right of their intent, in this order."""

    decides: Callable[[Sentence], Intent | None]
    then: tuple[Callable[[Sentence, Intent], Intent], ...] = ()


def understand(text: str, *, today: date, sites: Sequence[Site] = ()) -> Intent:
    """Return what a message means. Pure and deterministic; `today` is the person's local date.

    Text beyond 2,000 characters is not read. Names of `sites` are recognised as places; others are returned
    as written. The language is that of the sentence, whatever the names in it are written in.
    """
    message = Message(text, today, sites)
    intent = _one_thing(message)
    return punch_beside(message, intent, _one_thing) or intent


def _one_thing(message: Message) -> Intent:
    """Return what a message means where it says one thing."""
    intent = _by_location(message) or _witnessed(message) or _understood(message)
    for instead in _INSTEAD:
        other = instead(message, intent)
        if other is not None:
            intent = other
            break
    for finished in _AT_LAST:
        intent = finished(message, intent)
    return intent


def _understood(message: Message) -> Intent:
    """Return what the words of a message mean: what the first stage decides that decides anything."""
    sentence = read_sentence(*message)
    if isinstance(sentence, Intent):
        return sentence
    decided = ((then, intent) for decides, then in _DECIDE if (intent := decides(sentence)) is not None)
    then, intent = next(decided)  # the last one always decides
    for put_right in then:
        intent = put_right(sentence, intent)
    return intent


def _by_location(message: Message) -> Intent | None:
    """Return the punch that is asked for without where its sender is, or with it, else None.

    A site that is named beside that is where they say that the position will be; coordinates are one themselves.
    Words that nobody knows are asked about as in any other punch.
    """
    if not may_tell_of_position(message.text):
        return None
    rest = (without := renounced(message.text)) or without_location(message.text)
    intent = _understood(message._replace(text=rest)) if rest else None
    if intent is None or intent.name not in PUNCHES or without:
        return intent if intent and (intent.name in PUNCHES or intent.stray is not None) else None
    return None if intent.position or intent.position_error else intent._replace(by_location=True)


def _witnessed(message: Message) -> Intent | None:
    """Return the request to correct that a message is beside who saw it, whose days it does not ask for."""
    said = witnessed(message.text)
    intent = None if said is None else _understood(message._replace(text=said.rest))
    if said is None or intent is None or intent.name is not IntentName.CORRECTION:
        return None
    return intent._replace(reason=with_witness(intent.reason, said))


def _asked_of_somebody(message: Message, intent: Intent) -> Intent | None:
    """Return a question about somebody's lateness or absence: whose day it is, is understood by itself."""
    asked = asked_of_somebody(message.text) if intent.name is IntentName.NONE else None
    if asked is None:
        return None
    of_them = _understood(message._replace(text=asked.whose))
    if of_them.name not in _OF_SOMEBODY or not (of_them.person or of_them.unclear) or of_them.department:
        return None
    direction = CheckType.ON_DUTY if asked.what == "why" else None
    name = _ASKED[asked.what]
    return of_them._replace(name=name, direction=direction, none_reason=None, language=intent.language)


_DECIDE: tuple[_Stage, ...] = (
    # a request is named by its reference, or who is excused: then no other word wishes or asks for anything
    _Stage(leads_word, (plain_days,)),
    # 提醒张三打卡 reads as a reminder of one's own, "remind 李娜 to clock in" as a question about her
    _Stage(nudge),
    # all that is no punch, so that what fits a rule never is one; then more than its kinds of words is looked at:
    _Stage(
        rule_that_fits,
        (
            ones_own_wish,  # what is told, asked or somebody else's switches nothing off and files nothing
            plain_days,  # nor is anything done on a day that is not plainly meant
            one_time,  # of the times in a make-up request none is taken by guess
            whose_days,  # a question shows nobody's day but theirs who are named
        ),
    ),
    # what is left: a punch if every word is accounted for, else none, which may yet name whose day is asked for
    _Stage(by_grammar, (fieldwork, behind_an_at, named_at_all)),
)
_INSTEAD: tuple[Callable[[Message, Intent], Intent | None], ...] = (
    page_of_open_requests,  # 我的补卡 第2页 asks for no correction
    near_command,  # 撤回补卡申请 undoes no punch
    _asked_of_somebody,  # "why was Bob late" has words that no rule has
    no_position,  # whose position is wrong wants no make-up punch yet
)
_AT_LAST: tuple[Callable[[Message, Intent], Intent], ...] = (
    in_its_language,  # before the reason is cut, for it is looked up as it was written
    without_positions_told,  # a reason is shown to others; where somebody was is not
)
