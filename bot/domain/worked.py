"""Worked time, and the unpaid breaks (休息段) that are taken off it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from bot.domain.slots import A_DAY

Span = tuple[datetime, datetime]  # from, to
Break = tuple[time, time]  # local times; an end at or before the start is on the next day
_MINUTE = timedelta(minutes=1)


def local_span(day: date, start: time, end: time, zone: tzinfo) -> Span:
    """Return local times of a day in UTC, so that differences are real minutes across a DST change.

    An end at or before the start is on the next day.
    """
    last = day + A_DAY if end <= start else day
    return (
        datetime.combine(day, start, zone).astimezone(UTC),
        datetime.combine(last, end, zone).astimezone(UTC),
    )


def join_spans(spans: Iterable[Span]) -> list[Span]:
    """Return the time of `spans`, the earliest first. Spans that touch become one."""
    joined: list[Span] = []
    for starts, ends in sorted(spans):
        if joined and starts <= joined[-1][1]:
            first, last = joined.pop()
            joined.append((first, max(last, ends)))
        else:
            joined.append((starts, ends))
    return joined


def spans_within(spans: Iterable[Span], whole: Span) -> tuple[Span, ...]:
    """Return the parts of `spans` that lie within another span."""
    first, last = whole
    parts = ((max(starts, first), min(ends, last)) for starts, ends in spans)
    return tuple(part for part in parts if part[0] < part[1])


def time_worked(
    came: Mapping[int, datetime],
    went: Mapping[int, datetime],
    breaks: Sequence[Span] | None,
    *,
    read: bool,
) -> tuple[int | None, int | None]:
    """Return the minutes worked by section, without the breaks in between, and those of the breaks.

    Both are None without one of two punches, with unknown breaks (None), and with nothing `read`.
    """
    if came.keys() != went.keys():
        return None, None
    if not came:
        return 0 if read else None, 0 if read and breaks is not None else None
    if breaks is None:
        return None, None
    worked = 0
    taken_off = 0
    for section, at in came.items():
        inside, paid = minutes_of((at, went[section]), breaks)
        worked += paid
        taken_off += inside
    return worked, taken_off


def minutes_of(span: Span, breaks: Iterable[Span]) -> tuple[int, int]:
    """Return the minutes of `breaks` in a span, and its other minutes.

    Both ends count without their seconds: 08:58:40 to 09:05 is 7 minutes.
    """
    first, until = span
    since = first.replace(second=0, microsecond=0)
    if until <= since:
        return 0, 0
    parts = spans_within(breaks, (since, until))
    inside = sum([(ends - starts) // _MINUTE for starts, ends in parts])
    return inside, (until - since) // _MINUTE - inside


def fault_of_breaks(sections: Sequence[Break], breaks: Iterable[Break]) -> str | None:
    """Return what is wrong with the first wrong break of these sections, None if all fit."""
    day = date(2001, 1, 1)  # any day
    wholes = [local_span(day, start, end, UTC) for start, end in sections]
    taken: list[Span] = []
    for start, end in breaks:
        shown = f"{start:%H:%M}-{end:%H:%M}"
        spans = [local_span(on, start, end, UTC) for on in (day, day + A_DAY)]
        inside = [
            span for span in spans for whole in wholes if (span,) == spans_within([span], whole)
        ]
        if not inside:
            return f"{shown} is not within one section"
        if any(spans_within(taken, span) for span in inside):
            return f"{shown} overlaps another break"
        taken += inside
    return None
