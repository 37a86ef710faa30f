"""The shift of a day in words: every answer about a day takes them from here."""

from collections.abc import Iterable

from bot.domain.day import PersonDay
from bot.domain.shifts import CheckType
from bot.domain.worked import Span
from bot.views.i18n import Texts
from bot.views.sentences import escape


def shift_of(day: PersonDay, texts: Texts) -> str:
    """Return the name and the hours of a day's shift, safe to show."""
    name = escape(day.plan.shift_name or "") if day.plan is not None else ""
    return _join([f"{name} {_hours_worked(day, texts)}".strip(), *away_note(day, texts)], texts)


def shift_line(day: PersonDay, texts: Texts) -> str:
    """Return the shift of a day, also an unknown one or none."""
    if day.plan is None:
        return texts("shift.unknown")
    if not day.plan.points:
        return texts("shift.none")
    approved = [texts("shift.approved")] if day.plan.shows_approval and not day.away else []
    return " · ".join([shift_of(day, texts), *approved])


def hours_of(day: PersonDay, texts: Texts) -> str:
    """Return the hours of work, then the hours of approved absence within the shift.

    Empty without a shift.
    """
    return _join([_hours_worked(day, texts), *_away(day, texts)], texts)


def away_note(day: PersonDay, texts: Texts) -> list[str]:
    """Return the hours of approved absence within the shift, nothing without any. HR reads kinds."""
    kinds = texts("shift.separator").join(map(escape, day.kinds))
    return [
        texts("shift.kinds", away=away, kinds=kinds) if kinds else away
        for away in _away(day, texts)
    ]


def _away(day: PersonDay, texts: Texts) -> list[str]:
    return [texts("shift.away", spans=_spans(day.away, texts))] if day.away else []


def _hours_worked(day: PersonDay, texts: Texts) -> str:
    ends = {
        check.section: check.due_at
        for check in day.checks
        if check.check_type is CheckType.OFF_DUTY
    }
    spans = (
        (check.due_at, ends[check.section])
        for check in day.checks
        if check.check_type is CheckType.ON_DUTY and check.section in ends
    )
    return _spans(spans, texts)


def _join(parts: Iterable[str], texts: Texts) -> str:
    return texts("shift.separator").join(filter(None, parts))


def _spans(spans: Iterable[Span], texts: Texts) -> str:
    return ", ".join(f"{texts.clock(starts)}–{texts.clock(ends)}" for starts, ends in spans)
