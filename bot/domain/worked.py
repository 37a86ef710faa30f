"""Worked time, and the unpaid breaks (休息段) that are taken off it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.domain.slots import A_DAY

Span = tuple[datetime, datetime]  # from, to
Break = tuple[time, time]  # local times; an end at or before the start is on the next day
_MINUTE = timedelta(minutes=1)
_MINUTES_A_DAY = 24 * 60


def local_span(day: date, start: time, end: time, zone: ZoneInfo) -> Span:
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


def break_spans(
    breaks: Iterable[Break], work_date: date, section: Span, zone: ZoneInfo
) -> tuple[Span, ...]:
    """Return the moments (UTC) of `breaks` within a section of `work_date`, in order.

    A section may last into the next day.
    """
    spans = [
        local_span(day, start, end, zone)
        for start, end in breaks
        for day in (work_date, work_date + A_DAY)
    ]
    return spans_within(join_spans(spans), section)


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


def fault_of_breaks(sections: Sequence[tuple[time, time]], breaks: Iterable[Break]) -> str | None:
    """Return what is wrong with the first wrong break of these sections, None if all fit."""
    taken: list[tuple[int, int, int]] = []
    for start, end in breaks:
        shown = f"{start:%H:%M}-{end:%H:%M}"
        place = next(_places(sections, start), None)
        if place is None:
            return f"{shown} starts outside every section"
        section, length, first = place
        last = _minutes_after(sections[section][0], end)
        if last <= first:
            return f"{shown} ends before it starts"
        if last > length:
            return f"{shown} ends outside its section"
        if any(section == at and first < to and since < last for at, since, to in taken):
            return f"{shown} overlaps another break"
        taken.append((section, first, last))
    return None


def _places(sections: Sequence[tuple[time, time]], at: time) -> Iterator[tuple[int, int, int]]:
    """Yield each section that `at` lies in: its index, its length, and the minutes to `at`."""
    for index, (start, end) in enumerate(sections):
        length = _minutes_after(start, end) or _MINUTES_A_DAY
        minutes = _minutes_after(start, at)
        if minutes < length:
            yield index, length, minutes


def _minutes_after(start: time, at: time) -> int:
    minutes = (at.hour - start.hour) * 60 + at.minute - start.minute
    return minutes % _MINUTES_A_DAY
