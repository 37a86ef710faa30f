"""The stages in order: normalise, tokenise, read the arguments, hold them against the rules, then the grammar."""

from collections.abc import Sequence
from datetime import date, time
from functools import partial
from itertools import pairwise
from typing import Literal, TypedDict

from bot.domain.bracketed import EMPTY, take
from bot.domain.shifts import CheckType
from bot.domain.sites import Site
from bot.understanding.arguments.dates import resolve
from bot.understanding.arguments.joined_days import Dates, is_long_ago, meant
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
from bot.understanding.arguments.places import with_places_asked
from bot.understanding.arguments.read import MOST_TOKENS, read
from bot.understanding.arguments.reasons import told_fieldwork, without_positions
from bot.understanding.arguments.times import as_time, of_either_half
from bot.understanding.arguments.told_times import is_only_time, meant_moment
from bot.understanding.arguments.values import Arguments
from bot.understanding.asking.asked import asked_of_somebody, page_of_requests
from bot.understanding.asking.near_commands import is_near_after_all
from bot.understanding.asking.report_days import with_days_of_report
from bot.understanding.asking.rules import Rule, evidence, first_rule
from bot.understanding.intents import DateRange, Evidence, Intent, IntentName, NoneReason, TypedPosition
from bot.understanding.punching.beside import goes_with, told_beside
from bot.understanding.punching.by_location import lacks_position, renounced, without_location
from bot.understanding.punching.observed import observed
from bot.understanding.punching.parting import clauses_of
from bot.understanding.punching.punches import Judgement, judge
from bot.understanding.punching.taps import answered_tap
from bot.understanding.wishing.details import (
    about_leave,
    answer_form,
    asks_for_late,
    correction_reason,
    day_within,
    digest_period,
    quiet_half,
    quiet_wish,
    remind_wish,
    told_direction,
    verdict_direction,
)
from bot.understanding.wishing.leads import LeadsWord, decided, excused, nudged
from bot.understanding.wishing.open_days import without_open_days
from bot.understanding.wishing.weekends import of_weekend
from bot.understanding.wishing.wishes import as_meant
from bot.understanding.words.code import code_signs
from bot.understanding.words.mentions import without_mention
from bot.understanding.words.normalise import LIMIT, Text, has_han, normalise
from bot.understanding.words.tokens import Token, kinds_of

_PUNCHES = frozenset({IntentName.CLOCK_IN, IntentName.CLOCK_OUT})
_MAY_TELL = frozenset({IntentName.NONE, IntentName.CORRECTION})  # "clock me in before I forget"
_ASKS = frozenset({NoneReason.QUESTION, NoneReason.HOW_TO, NoneReason.ONLY_DAYS, NoneReason.TOO_LONG})
_NOT_OF_POSITIONS = frozenset({IntentName.CORRECTION, IntentName.NONE})
_OF_SOMEBODY = frozenset({IntentName.STATUS, IntentName.HISTORY, IntentName.SOMEBODY})
_ASKED = {"why": IntentName.WHY, "late": IntentName.HISTORY, "in": IntentName.STATUS}
_EXCUSES = frozenset({"excuse", "unexcuse"})
_EXCUSING = frozenset({IntentName.EXCUSE, IntentName.UNEXCUSE})
_FORWARD = frozenset({IntentName.LEAVE, IntentName.REMIND_SET, IntentName.REMIND_OFF})
_OF_ONE_STRETCH = _PUNCHES | {IntentName.LEAVE}  # of punches today alone counts; leave has words beside each day
_ONE_DAY_COUNTS = _EXCUSING | {IntentName.REMIND_OFF}
_AWAY = frozenset({IntentName.LEAVE, IntentName.REMIND_OFF})  # "until Friday" begins today
# what names a request, or all that wait, and is none of these: 撤回补卡申请 undoes no punch
_MAY_BE_NEAR = frozenset({IntentName.UNDO, IntentName.CORRECTION, IntentName.STATUS, IntentName.MISSING})
_HOW = ("page", "picture", "plain_text")  # how an answer is wanted, which says nothing of what it is about
_OWN = frozenset({IntentName.STATUS, IntentName.HISTORY, IntentName.EXPORT})  # questions that may be about oneself
_OF_MANY = frozenset({IntentName.SUMMARY_TODAY, IntentName.SUMMARY_RANGE, IntentName.MISSING})
_OF_DAYS = _OWN | _OF_MANY
_MAY_NUDGE = frozenset({IntentName.REMIND_SET, IntentName.STATUS})  # "remind 李娜 to clock in"
_BESIDE = frozenset({"sep", *_HOW})
_Language = Literal["zh", "en"]


class _Told(TypedDict):
    place_name: str | None
    places: tuple[str, ...]
    position: TypedPosition | None
    position_error: str | None
    dates: DateRange | None
    no_such_day: bool
    days_apart: bool
    at: time | None
    minutes: int | None
    person: str | None
    department: str | None
    reason: str | None


def understand(text: str, *, today: date, sites: Sequence[Site] = ()) -> Intent:
    """Return what a message means. Pure and deterministic; `today` is the person's local date.

    Text beyond 2,000 characters is not read. Names of `sites` are recognised as places; others are returned
    as written. The language is that of the sentence, whatever the names in it are written in.
    """
    intent = _by_location(text, today, sites) or _understood(text, today, sites)
    if intent.name in _MAY_TELL and intent.none_reason not in _ASKS:
        intent = _beside_what_is_told(text, today, sites) or intent
    page = page_of_requests(text)
    if page is not None:
        return Intent(IntentName.REQUESTS, intent.language, page=page)
    if intent.name in _MAY_BE_NEAR and is_near_after_all(text):
        return Intent(IntentName.NONE, intent.language, none_reason=NoneReason.NOT_ABOUT_US)
    asked = asked_of_somebody(text) if intent.name is IntentName.NONE else None
    if asked is not None:
        of_them = _understood(asked.whose, today, sites)
        if of_them.name in _OF_SOMEBODY and (of_them.person or of_them.unclear) and not of_them.department:
            direction = CheckType.ON_DUTY if asked.what == "why" else None
            of_them = of_them._replace(direction=direction, none_reason=None)
            intent = of_them._replace(name=_ASKED[asked.what], language=intent.language)
    if intent.name in _NOT_OF_POSITIONS and intent.at is None and intent.dates is None and lacks_position(text):
        intent = Intent(IntentName.NO_POSITION, intent.language, intent.direction)
    if intent.language == "zh" and _is_english(intent, text):
        intent = intent._replace(language="en")
    return intent._replace(reason=without_positions(intent.reason, text) or None) if intent.reason else intent


def _by_location(text: str, today: date, sites: Sequence[Site]) -> Intent | None:
    """Return the punch that is asked for without where its sender is, or with it and no place told, else None."""
    rest = (without := renounced(text)) or without_location(text)
    intent = _understood(rest, today, sites) if rest else None
    if intent is None or intent.name not in _PUNCHES or without:
        return intent if intent and intent.name in _PUNCHES else None
    told = intent.place_name or intent.places or intent.position or intent.position_error or intent.at_sign
    return None if told else intent._replace(by_location=True)


def _beside_what_is_told(text: str, today: date, sites: Sequence[Site]) -> Intent | None:
    """Return the punch that a message is but for clauses that only tell of one's day, else None."""
    for told in told_beside(text):
        intent = _understood(told.rest, today, sites)
        if goes_with(told, intent):
            return intent
    return None


def _is_english(intent: Intent, text: str) -> bool:
    """Tell whether a message is Chinese in nothing but what it names: "nudge 李娜", "excuse 李娜 today: 医院"."""
    names = [name for name in (intent.reason, intent.person, intent.department, intent.place_name) if name]
    if not names:
        return False
    rest = text
    for name in names:
        rest = rest.replace(name, " ")
    return not has_han(rest) and any(char.isalpha() for char in rest)


def _understood(written: str, today: date, sites: Sequence[Site]) -> Intent:
    named, text = take(written) if len(written) <= LIMIT else (None, written)
    language: _Language = "zh" if has_han(text[:LIMIT]) else "en"
    whole = normalise(text) if len(text) <= LIMIT else None
    if whole is None or len(whole.shown) == 2 * LIMIT:  # signs that stand for several filled it: its end is cut
        return Intent(IntentName.NONE, language, none_reason=NoneReason.TOO_LONG)
    folded = without_mention(whole)
    tap = answered_tap(folded)
    if tap is not None:
        return tap
    tokens, found = read(folded, sites, today, named)
    if len(tokens) > MOST_TOKENS:
        return Intent(IntentName.NONE, language, none_reason=NoneReason.NOT_ABOUT_US)
    tokens = with_places_asked(tokens, sites)
    said = kinds_of(tokens) | code_signs(text)
    lead = decided(tokens, folded, found.references) if found.references else None
    if lead is None and not said.isdisjoint(_EXCUSES):
        lead = excused(tokens, folded)
        found.leave_out_days_behind(tokens, lead and lead.because)
    if lead is not None:
        return without_open_days(_by_lead(lead, language, found, today), tokens, folded, found, today)
    clauses = clauses_of(tokens)
    content = [token for token in tokens if token.kinds.isdisjoint(_BESIDE) or "question_mark" in token.kinds]
    present = observed(tokens, clauses, said)
    rule = first_rule(content, present, clauses)
    lead = nudged(tokens, folded) if rule is None or rule.intent in _MAY_NUDGE else None
    if lead is not None:
        return _by_lead(lead, language, found, today)
    if rule is not None:
        by_rule = _by_rule(rule, language, content, found, today)
        wanted = as_meant(by_rule, content, clauses, found, folded, today=today)
        intent = without_open_days(wanted, tokens, folded, found, today)
        if intent.name is IntentName.CORRECTION:
            intent = _corrected(intent, clauses, folded)
        if intent.name not in _OF_DAYS:
            return intent
        of_report = with_days_of_report(intent, tokens, folded, today)
        return _of_everybody(_of_whom(of_report, tokens, folded, found))
    verdict = judge(clauses, present)
    intent = _by_grammar(verdict, language, present, found, today)
    if verdict.punch and intent.reason is None:
        intent = intent._replace(reason=told_fieldwork(clauses, folded))
    if verdict.stray is None:
        if "at_sign" in present and _place_behind_at(content):
            intent = intent._replace(at_sign=True)
        return _of_everybody(_by_name_only(intent, tokens, folded, found))
    start, end, at_sign = verdict.stray
    return intent._replace(stray=folded.shown[start:end].strip(), at_sign=at_sign)


def _corrected(intent: Intent, clauses: Sequence[Sequence[Token]], text: Text) -> Intent:
    """Return a request to correct with its reason and with the one time that is meant, if any is."""
    if intent.at is not None:
        moment = meant_moment(clauses)
        told = as_time(moment, late_hours=intent.direction is CheckType.OFF_DUTY) if moment else None
        intent = intent._replace(twelve_hour=moment is not None and of_either_half(moment))
        intent = intent if is_only_time(clauses) else intent._replace(at=told)
    return intent._replace(reason=intent.reason or correction_reason(clauses, text))


def _of_whom(intent: Intent, tokens: Sequence[Token], text: Text, found: Arguments) -> Intent:
    """Return a question about days with all that may say whose: nothing is left out as if it had not been said."""
    if any(token.has("except") for token in tokens):
        return intent._replace(name=IntentName.NONE, none_reason=NoneReason.NOT_ABOUT_US)
    asked = partial(intent._replace, form=answer_form(tokens), page=found.page)
    if intent.person or intent.department:
        return asked(unclear=found.others)
    if intent.name in _OWN and is_of_oneself(tokens):
        return asked(own=intent.name is IntentName.EXPORT and asks_for_ones_own(tokens))
    left = unclear(tokens, text)
    department = department_in(left) or (None if left else whole_company(tokens))
    if department:
        return asked(department=department)
    loose = unlike_names(tokens, text) if left and intent.name in _OF_MANY else frozenset()
    return asked(unclear=left, loose=loose)


def _of_everybody(intent: Intent) -> Intent:
    """Return a question about days, marked where what it names may be the whole company."""
    named = [one for one in (intent.person, intent.department, *intent.unclear) if one]
    return intent._replace(everybody=True) if may_be_whole_company(named) else intent


def _by_name_only(intent: Intent, tokens: Sequence[Token], text: Text, found: Arguments) -> Intent:
    """Return a message that is none, but may name somebody and their day, as one that is to be looked up."""
    if intent.name is not IntentName.NONE or intent.none_reason is not NoneReason.NOT_ABOUT_US or intent.unsure:
        return intent
    if not asks_by_name_only(tokens) or is_of_oneself(tokens):
        return intent
    left = found.others if found.person or found.department else unclear(tokens, text)
    if not (left or found.person or found.department):
        form = answer_form(tokens)
        of_days = form == "picture" and intent.dates is not None  # "chart of last week": a picture needs no verb
        return intent._replace(name=IntentName.SUMMARY_RANGE, none_reason=None, form=form) if of_days else intent
    return intent._replace(name=IntentName.SOMEBODY, unclear=left, form=answer_form(tokens), page=found.page)


def _by_lead(said: LeadsWord, language: _Language, found: Arguments, today: date) -> Intent:
    person = found.person if said.person and EMPTY in said.person else said.person
    dates = _days(said.name, found, today) if said.name in _EXCUSING else Dates(None)
    return Intent(
        said.name,
        language,
        dates=dates.days,
        no_such_day=dates.missing,
        days_apart=dates.apart,
        person=person,
        reason=said.reason,
        reference=said.reference,
        confirmed=said.confirmed,
        unsure=said.unsure,
        why=(Evidence(f"{said.name}: of", person or said.reference or ""),),
    )


def _by_rule(rule: Rule, language: _Language, tokens: Sequence[Token], found: Arguments, today: date) -> Intent:
    name = rule.intent
    direction = told_direction(tokens) if name in _DIRECTED or found.moment is not None else None
    late_hours = direction is CheckType.OFF_DUTY or any(token.words == "走" for token in tokens)
    late_hours |= name is IntentName.REMIND_OFF  # nobody wants peace from three in the night on: 三点后别提醒我
    intent = Intent(
        name,
        language,
        direction=direction if name in _DIRECTED else None,
        none_reason=rule.reason,
        why=evidence(rule, tokens),
        **_told(name, found, today, late_hours=late_hours),
    )
    return _detailed(intent, tokens, found, today)


def _detailed(intent: Intent, tokens: Sequence[Token], found: Arguments, today: date) -> Intent:
    """Return `intent` with what its name leaves open."""
    if intent.name is IntentName.REMIND_SET:
        return intent._replace(remind=remind_wish(tokens, found))
    if intent.name is IntentName.REMIND_OFF:
        half = None if intent.at else quiet_half(tokens)
        dates = intent.dates or _dates_within(tokens, "now", today)
        intent = intent._replace(half=half, remind=quiet_wish(tokens, found), dates=dates)
        return of_weekend(intent, tokens, found, today)
    if intent.name is IntentName.LEAVE:
        dates = intent.dates or _dates_within(tokens, "leave", today)
        return intent._replace(leave=about_leave(tokens, found), dates=dates)
    if intent.name in {IntentName.DIGEST_ON, IntentName.DIGEST_OFF}:
        return intent._replace(period=digest_period(tokens))
    if intent.name in {IntentName.MISSING, IntentName.NUDGE_ALL}:
        return intent._replace(check_type=told_direction(tokens))
    if intent.name is IntentName.SUMMARY_RANGE:
        return intent._replace(late_first=asks_for_late(tokens), compares="compares" in kinds_of(tokens))
    if intent.name is IntentName.WHY:
        return intent._replace(direction=verdict_direction(tokens) or intent.direction)
    return intent


def _dates_within(tokens: Sequence[Token], kind: str, today: date) -> DateRange | None:
    span = day_within(tokens, kind)
    return resolve(span, today, forward=True) if span else None


_DIRECTED = frozenset({IntentName.CORRECTION, IntentName.REMIND_SET, IntentName.REMIND_OFF, IntentName.STATUS,
                       IntentName.UNDO, IntentName.WHY})  # fmt: skip


def _by_grammar(
    verdict: Judgement, language: _Language, present: frozenset[str], found: Arguments, today: date
) -> Intent:
    name, reason = IntentName.NONE, verdict.reason
    if verdict.punch:
        name = IntentName.CLOCK_OUT if verdict.direction is CheckType.OFF_DUTY else IntentName.CLOCK_IN
    elif reason is None:
        small_talk = "small_talk" in present or not present
        reason = NoneReason.SMALL_TALK if small_talk else NoneReason.NOT_ABOUT_US
    intent = Intent(
        name,
        language,
        direction=verdict.direction,
        half=verdict.half,
        none_reason=reason,
        unsure=verdict.unsure or (found.amounts and reason is NoneReason.NOT_ABOUT_US and _goes_or_comes(present)),
        why=verdict.why,
        **_told(name, found, today, late_hours=False),
    )
    if found.told_now is not None and intent.at is None and (verdict.punch or verdict.unsure):
        off = verdict.direction is CheckType.OFF_DUTY
        intent = intent._replace(
            at=as_time(found.told_now, late_hours=off),
            twelve_hour=of_either_half(found.told_now),
        )
    elif found.moment is not None and intent.at is not None:
        intent = intent._replace(twelve_hour=of_either_half(found.moment))
    if found.unread and (verdict.punch or verdict.unsure):
        return intent._replace(position=None, position_error=intent.position_error or "unreadable")
    return intent


def _goes_or_comes(present: frozenset[str]) -> bool:
    return not present.isdisjoint({"say_on", "say_off", "word_on", "word_off"})


def _place_behind_at(tokens: Sequence[Token]) -> bool:
    """Tell whether a place stands behind an @, where one names a site: not "at Atlantis"."""
    return any(one.has("at_sign") and other.has("place", "spot") for one, other in pairwise(tokens))


def _days(name: IntentName, found: Arguments, today: date) -> Dates:
    """Return the days of a message; of leave and punches those beside others are looked at elsewhere."""
    forward = name in _FORWARD or (name in _EXCUSING and is_long_ago(found.days, today))
    dates = meant(
        found.days, today, forward=forward, first_only=name in _OF_ONE_STRETCH, no_others=name in _ONE_DAY_COUNTS
    )
    if dates.days is not None and found.span is not None and found.span.until and name in _AWAY:
        return dates._replace(days=DateRange(min(today, dates.days.first), dates.days.last))
    return dates


def _told(name: IntentName, found: Arguments, today: date, *, late_hours: bool) -> _Told:
    """Return the arguments of a message by the names that an intent gives them."""
    position = found.position
    dates = _days(name, found, today)
    return {
        "place_name": found.place_name,
        "places": found.places,
        "position": position.position if position else None,
        "position_error": "unreadable" if found.unreadable else position.error if position else None,
        "dates": dates.days,
        "no_such_day": dates.missing,
        "days_apart": dates.apart,
        "at": as_time(found.moment, late_hours=late_hours) if found.moment else None,
        "minutes": found.minutes,
        "person": found.person,
        "department": found.department,
        "reason": found.reason,
    }
