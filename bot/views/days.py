"""One person's day in words: its shift, its times, its checks with verdict and place, and notes.

Every answer about a day takes its shift from here.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from bot.domain.day import Check, CheckState, PersonDay, Standing
from bot.domain.shifts import LATE, WRONG, CheckType, TimeResult
from bot.domain.sites import LocationResult
from bot.domain.worked import Span
from bot.views.i18n import Texts
from bot.views.keys import STANDINGS
from bot.views.receipts import result
from bot.views.sentences import escape

_STILL_IN = (CheckState.NOT_DUE, CheckState.MISSING)


def days_with_something(days: Sequence[PersonDay]) -> list[PersonDay]:
    """Return the days with a shift or a punch."""
    return [day for day in days if day.standing is not Standing.OFF or day.present]


def day_parts(day: PersonDay, texts: Texts) -> list[str]:
    """Return the parts of a line about a day, without its date."""
    parts = [span_of(day, texts)] if day.present else []
    late = lateness(day, texts)
    is_said = day.standing is Standing.ON_TIME or (day.standing is Standing.LATE and bool(late))
    if not day.present or not is_said:
        parts.append(texts(STANDINGS[day.standing]))
    parts += [*late, *earliness(day, texts)]
    if day.missed:
        parts.append(texts("team.missed", count=day.missed))
    return [*parts, *partly_away(day, texts), *note_about_excuse(day, texts)]


def partly_away(day: PersonDay, texts: Texts) -> list[str]:
    """Return the hours of absence on a day of work. Of a whole day the standing says enough, except
    the kind.
    """
    return away_note(day, texts) if day.checks or day.kinds else []


def check_lines(day: PersonDay, texts: Texts) -> list[str]:
    """Return a line for each check, with time and verdict, site and distance.

    For a day without checks return its times.
    """
    if not day.checks:
        return [span_of(day, texts)] if day.present else []
    lines = []
    for check in day.checks:
        key = "team.check"
        parts = []
        if check.punched_at is None:
            key = "team.check_missed" if check.missed else "team.check_open"
        else:
            if check.time_result in WRONG:
                parts.append(result(check.time_result, check.minutes, texts))
            parts += marks_of(check, texts)
        line = texts(key, what=check.check_type, due=check.due_at, at=check.punched_at)
        lines.append(" · ".join([line, *parts]))
    return lines


def native_lines(day: PersonDay, texts: Texts) -> Iterator[tuple[datetime, str]]:
    """Yield the moment and the line of each punch outside the bot."""
    for check in day.checks:
        if check.punched_at is not None and check.native:
            parts = [texts("day.punch", at=check.punched_at, what=check.check_type)]
            if check.time_result is not TimeResult.UNKNOWN:
                parts.append(result(check.time_result, check.minutes, texts))
            yield check.punched_at, " · ".join([*parts, texts("day.native")])
    for at, kind in ((day.arrived_at, CheckType.ON_DUTY), (day.left_at, CheckType.OFF_DUTY)):
        if at is not None and not day.checks:
            yield at, " · ".join([texts("day.punch", at=at, what=kind), texts("day.native")])


def marks_of(check: Check, texts: Texts, *, only_outside: bool = False) -> list[str]:
    """Return the remarks on a check: site and distance, waiting, make-up punch."""
    where = check.where
    marks = list[str]()
    outside = where.result is LocationResult.OUTSIDE
    if where.site is not None and where.distance_m is not None and (outside or not only_outside):
        key = "team.outside_of" if outside else "team.at_site"
        marks.append(texts(key, site=escape(where.site), distance=where.distance_m))
    elif outside:
        marks.append(texts("team.outside"))
    elif where.site is not None and not only_outside:
        marks.append(escape(where.site))  # named, not measured
    if check.pending:
        marks.append(texts("team.pending"))
    return [*marks, texts("team.correction")] if check.correction else marks


def lateness(day: PersonDay, texts: Texts) -> list[str]:
    is_late = day.lateness in LATE and bool(day.checks)
    return [result(day.lateness, day.late_minutes, texts)] if is_late else []


def earliness(day: PersonDay, texts: Texts) -> list[str]:
    return [result(TimeResult.EARLY, day.early_minutes, texts)] if day.left_early else []


def note_about_excuse(day: PersonDay, texts: Texts) -> list[str]:
    """Return the note that a lead excused the day, unless its standing says so."""
    return [texts("team.excused")] if day.excused and day.standing is not Standing.EXCUSED else []


def span_of(day: PersonDay, texts: Texts) -> str:
    """Return the times of arrival and departure, with ? for an unknown time.

    A person who may still clock out is in.
    """
    may_clock_out = day.departure in _STILL_IN and not day.checks[-1].missed
    if day.arrived_at is not None and day.left_at is None and may_clock_out:
        return texts("team.still_in", at=day.arrived_at)
    return "–".join(
        texts.clock(moment) if moment else "?" for moment in (day.arrived_at, day.left_at)
    )


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
