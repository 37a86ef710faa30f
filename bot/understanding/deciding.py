"""The intent of a message by what decides it: a word of a lead, a rule, or the grammar of a punch."""

from collections.abc import Sequence
from datetime import date, time
from typing import TypedDict

from bot.domain.bracketed import EMPTY
from bot.domain.shifts import CheckType
from bot.understanding.arguments.calendar_days import resolve
from bot.understanding.arguments.joined_days import Dates, is_long_ago, meant
from bot.understanding.arguments.times import as_time, of_either_half
from bot.understanding.arguments.values import Arguments
from bot.understanding.asking.rules import Rule, evidence
from bot.understanding.intents import (
    EXCUSES,
    PUNCHES,
    DateRange,
    Evidence,
    Intent,
    IntentName,
    NoneReason,
    TypedPosition,
)
from bot.understanding.punching.punches import judge
from bot.understanding.sentence import Sentence
from bot.understanding.wishing.details import (
    about_leave,
    asks_for_late,
    day_within,
    digest_period,
    quiet_half,
    quiet_wish,
    remind_wish,
    told_direction,
    verdict_direction,
)
from bot.understanding.wishing.leads import LeadsWord
from bot.understanding.wishing.weekends import of_weekend
from bot.understanding.words.tokens import Token, kinds_of

_FORWARD = frozenset({IntentName.LEAVE, IntentName.REMIND_SET, IntentName.REMIND_OFF})
_OF_ONE_STRETCH = PUNCHES | {IntentName.LEAVE}  # of punches today alone counts; leave has words beside each day
_ONE_DAY_COUNTS = EXCUSES | {IntentName.REMIND_OFF}
_AWAY = frozenset({IntentName.LEAVE, IntentName.REMIND_OFF})  # "until Friday" begins today
_DIRECTED = frozenset({IntentName.CORRECTION, IntentName.REMIND_SET, IntentName.REMIND_OFF, IntentName.STATUS,
                       IntentName.UNDO, IntentName.WHY})  # fmt: skip


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


def by_lead(said: LeadsWord, sentence: Sentence) -> Intent:
    """Return the intent of what a lead says of one of their people, or of a request."""
    found = sentence.found
    person = found.person if said.person and EMPTY in said.person else said.person
    dates = _days(said.name, found, sentence.today) if said.name in EXCUSES else Dates(None)
    return Intent(
        said.name,
        sentence.language,
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


def by_rule(rule: Rule, sentence: Sentence) -> Intent:
    """Return the intent of a rule, with its arguments and what its name leaves open."""
    name, tokens, found, today = rule.intent, sentence.content, sentence.found, sentence.today
    direction = told_direction(tokens) if name in _DIRECTED or found.moment is not None else None
    late_hours = direction is CheckType.OFF_DUTY or any(token.words == "走" for token in tokens)
    late_hours |= name is IntentName.REMIND_OFF  # nobody wants peace from three in the night on: 三点后别提醒我
    intent = Intent(
        name,
        sentence.language,
        direction=direction if name in _DIRECTED else None,
        none_reason=rule.reason,
        why=evidence(rule, tokens),
        **_told(name, found, today, late_hours=late_hours),
    )
    return _detailed(intent, tokens, found, today)


def _detailed(intent: Intent, tokens: Sequence[Token], found: Arguments, today: date) -> Intent:
    """Return `intent` with what its name leaves open."""
    if intent.name is IntentName.REMIND_SET:
        either = found.moment is not None and of_either_half(found.moment)
        return intent._replace(remind=remind_wish(tokens, found), twelve_hour=either)
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


def by_grammar(sentence: Sentence) -> Intent:
    """Return the punch that a message is, or why it is none; what no word of it tells of is none of ours."""
    verdict, present, found = judge(sentence.clauses, sentence.present), sentence.present, sentence.found
    name, reason = IntentName.NONE, verdict.reason
    if verdict.punch:
        name = IntentName.CLOCK_OUT if verdict.direction is CheckType.OFF_DUTY else IntentName.CLOCK_IN
    elif reason is None:
        small_talk = "small_talk" in present or not present
        reason = NoneReason.SMALL_TALK if small_talk else NoneReason.NOT_ABOUT_US
    intent = Intent(
        name,
        sentence.language,
        direction=verdict.direction,
        half=verdict.half,
        none_reason=reason,
        unsure=verdict.unsure or (found.amounts and reason is NoneReason.NOT_ABOUT_US and _goes_or_comes(present)),
        why=verdict.why,
        **_told(name, found, sentence.today, late_hours=False),
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
        intent = intent._replace(position=None, position_error=intent.position_error or "unreadable")
    if verdict.stray is None:
        return intent
    start, end, at_sign = verdict.stray
    return intent._replace(stray=sentence.text.shown[start:end].strip(), at_sign=at_sign)


def _goes_or_comes(present: frozenset[str]) -> bool:
    return not present.isdisjoint({"say_on", "say_off", "word_on", "word_off"})


def _days(name: IntentName, found: Arguments, today: date) -> Dates:
    """Return the days of a message; of leave and punches those beside others are looked at elsewhere."""
    forward = name in _FORWARD or (name in EXCUSES and is_long_ago(found.days, today))
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
