"""The stages that decide what a sentence means, or put that right; `understand.py` tells their order."""

from collections.abc import Sequence
from datetime import date
from functools import partial
from itertools import pairwise
from typing import NamedTuple

from bot.domain.shifts import CheckType
from bot.domain.sites import Site
from bot.understanding.arguments.dotted import names_a_dotted_day, with_dotted_times
from bot.understanding.arguments.named import (
    asks_by_name_only,
    asks_for_ones_own,
    department_in,
    is_of_oneself,
    may_be_whole_company,
    unclear,
    unlike_names,
    whole_company,
)
from bot.understanding.arguments.reasons import told_fieldwork, without_positions
from bot.understanding.arguments.times import as_time, of_either_half
from bot.understanding.arguments.told_times import is_only_time, meant_moment
from bot.understanding.asking.asked import page_of_requests
from bot.understanding.asking.near_commands import is_near_after_all
from bot.understanding.asking.report_days import with_days_of_report
from bot.understanding.deciding import by_lead, by_rule
from bot.understanding.intents import (
    OWN_QUESTIONS,
    PUNCHES,
    QUESTIONS_OF_DAYS,
    QUESTIONS_OF_MANY,
    Intent,
    IntentName,
    NoneReason,
)
from bot.understanding.punching.by_location import has_wrong_position, lacks_position
from bot.understanding.sentence import Sentence
from bot.understanding.wishing.details import answer_form, correction_reason
from bot.understanding.wishing.leads import nudged
from bot.understanding.wishing.open_days import without_open_days
from bot.understanding.wishing.wishes import as_meant
from bot.understanding.words.normalise import has_han

_NOT_OF_POSITIONS = frozenset({IntentName.CORRECTION, IntentName.NONE})
# what names a request, or all that wait, and is none of these: 撤回补卡申请 undoes no punch
_MAY_BE_NEAR = frozenset({IntentName.UNDO, IntentName.CORRECTION, IntentName.STATUS, IntentName.MISSING})
_MAY_NUDGE = frozenset({IntentName.REMIND_SET, IntentName.STATUS})  # 提醒张三打卡, "remind 李娜 to clock in"


class Message(NamedTuple):
    """What somebody sent, on their local date, and the sites that they may name."""

    text: str
    today: date
    sites: Sequence[Site]


def leads_word(sentence: Sentence) -> Intent | None:
    """Return the decision or excuse of a lead that a sentence plainly is."""
    return None if sentence.lead is None else by_lead(sentence.lead, sentence)


def nudge(sentence: Sentence) -> Intent | None:
    """Return whom somebody asks to nudge, unless a rule says that something else is wanted."""
    if sentence.rule is not None and sentence.rule.intent not in _MAY_NUDGE:
        return None
    lead = nudged(sentence.tokens, sentence.text)
    return None if lead is None else by_lead(lead, sentence)


def rule_that_fits(sentence: Sentence) -> Intent | None:
    """Return what the first rule that fits tells."""
    return None if sentence.rule is None else by_rule(sentence.rule, sentence)


def ones_own_wish(sentence: Sentence, intent: Intent) -> Intent:
    """Return an intent, or what takes its place where it is not clearly the wish of who sent it."""
    content, clauses, found = sentence.content, sentence.clauses, sentence.found
    return as_meant(intent, content, clauses, found, sentence.text, today=sentence.today)


def plain_days(sentence: Sentence, intent: Intent) -> Intent:
    """Return an intent without its days where it is not plain which are meant."""
    return without_open_days(intent, sentence.tokens, sentence.text, sentence.found, sentence.today)


def one_time(sentence: Sentence, intent: Intent) -> Intent:
    """Return a request to correct with its reason and with the one time that is meant, if any is."""
    if intent.name is not IntentName.CORRECTION:
        return intent
    clauses = sentence.clauses if intent.at is not None else with_dotted_times(sentence.clauses)
    if intent.dates is None and names_a_dotted_day(clauses):
        intent = intent._replace(days_apart=True)
    if intent.at is not None or any(token.has("time") for clause in clauses for token in clause):
        moment = meant_moment(clauses)
        told = as_time(moment, late_hours=intent.direction is CheckType.OFF_DUTY) if moment else None
        intent = intent._replace(twelve_hour=moment is not None and of_either_half(moment))
        if intent.at is None:
            intent = intent._replace(minutes=None)  # 18h of 18h40
        intent = intent if intent.at and is_only_time(clauses) else intent._replace(at=told)
    return intent._replace(reason=intent.reason or correction_reason(clauses, sentence.text))


def whose_days(sentence: Sentence, intent: Intent) -> Intent:
    """Return a question about days with those that are meant, and whose."""
    if intent.name not in QUESTIONS_OF_DAYS:
        return intent
    of_report = with_days_of_report(intent, sentence.tokens, sentence.text, sentence.today)
    return _of_everybody(_of_whom(sentence, of_report))


def _of_whom(sentence: Sentence, intent: Intent) -> Intent:
    """Return a question about days with all that may say whose: nothing is left out as if it had not been said."""
    tokens, text, found = sentence.tokens, sentence.text, sentence.found
    if any(token.has("except") for token in tokens):
        return intent._replace(name=IntentName.NONE, none_reason=NoneReason.NOT_ABOUT_US)
    asked = partial(intent._replace, form=answer_form(tokens), page=found.page)
    if intent.person or intent.department:
        return asked(unclear=found.others)
    if intent.name in OWN_QUESTIONS and is_of_oneself(tokens):
        return asked(own=intent.name is IntentName.EXPORT and asks_for_ones_own(tokens))
    left = unclear(tokens, text)
    department = department_in(left) or (None if left else whole_company(tokens))
    if department:
        return asked(department=department)
    loose = unlike_names(tokens, text) if left and intent.name in QUESTIONS_OF_MANY else frozenset()
    return asked(unclear=left, loose=loose)


def _of_everybody(intent: Intent) -> Intent:
    """Return a question about days, marked where what it names may be the whole company."""
    named = [one for one in (intent.person, intent.department, *intent.unclear) if one]
    return intent._replace(everybody=True) if may_be_whole_company(named) else intent


def fieldwork(sentence: Sentence, intent: Intent) -> Intent:
    """Return a punch with what one is about elsewhere as its reason, where it names no other."""
    if intent.name not in PUNCHES or intent.reason is not None:
        return intent
    return intent._replace(reason=told_fieldwork(sentence.clauses, sentence.text))


def behind_an_at(sentence: Sentence, intent: Intent) -> Intent:
    """Return an intent, marked where its place stands behind an @, where one names a site: not "at Atlantis"."""
    marked = (
        intent.stray is None
        and "at_sign" in sentence.present
        and any(one.has("at_sign") and other.has("place", "spot") for one, other in pairwise(sentence.content))
    )
    return intent._replace(at_sign=True) if marked else intent


def named_at_all(sentence: Sentence, intent: Intent) -> Intent:
    """Return what is no punch with whose day it may ask for."""
    return intent if intent.stray is not None else _of_everybody(_by_name_only(sentence, intent))


def _by_name_only(sentence: Sentence, intent: Intent) -> Intent:
    """Return a message that is none, but may name somebody and their day, as one that is to be looked up."""
    if intent.name is not IntentName.NONE or intent.none_reason is not NoneReason.NOT_ABOUT_US or intent.unsure:
        return intent
    tokens, found = sentence.tokens, sentence.found
    if not asks_by_name_only(tokens) or is_of_oneself(tokens):
        return intent
    left = found.others if found.person or found.department else unclear(tokens, sentence.text)
    if not (left or found.person or found.department):
        form = answer_form(tokens)
        of_days = form == "picture" and intent.dates is not None  # "chart of last week": a picture needs no verb
        return intent._replace(name=IntentName.SUMMARY_RANGE, none_reason=None, form=form) if of_days else intent
    return intent._replace(name=IntentName.SOMEBODY, unclear=left, form=answer_form(tokens), page=found.page)


def page_of_open_requests(message: Message, intent: Intent) -> Intent | None:
    """Return that a page of the open requests is asked for."""
    page = page_of_requests(message.text)
    return None if page is None else Intent(IntentName.REQUESTS, intent.language, page=page)


def near_command(message: Message, intent: Intent) -> Intent | None:
    """Return that a message is only nearly a command, though it reads as something else."""
    may_be = intent.name in _MAY_BE_NEAR or intent.none_reason is NoneReason.PROXY  # "approve Bob's make-up punch"
    if not may_be or not is_near_after_all(message.text):
        return None
    return Intent(IntentName.NONE, intent.language, none_reason=NoneReason.NOT_ABOUT_US)


def no_position(message: Message, intent: Intent) -> Intent | None:
    """Return that somebody's position is wrong, by itself or so that they cannot punch."""
    if intent.name not in _NOT_OF_POSITIONS or intent.at is not None or intent.dates is not None:
        return None
    if has_wrong_position(message.text):  # which says no direction: "GPS is off"
        return Intent(IntentName.NO_POSITION, intent.language)
    lacks = lacks_position(message.text)
    return Intent(IntentName.NO_POSITION, intent.language, intent.direction) if lacks else None


def in_its_language(message: Message, intent: Intent) -> Intent:
    """Return an intent in English where its message is Chinese in nothing but what it names: "nudge 李娜"."""
    if intent.language == "en":
        return intent
    names = [name for name in (intent.reason, intent.person, intent.department, intent.place_name) if name]
    if not names:
        return intent
    rest = message.text
    for name in names:
        rest = rest.replace(name, " ")
    is_english = not has_han(rest) and any(char.isalpha() for char in rest)
    return intent._replace(language="en") if is_english else intent


def without_positions_told(message: Message, intent: Intent) -> Intent:
    """Return an intent whose reason tells no position."""
    if not intent.reason:
        return intent
    return intent._replace(reason=without_positions(intent.reason, message.text) or None)
