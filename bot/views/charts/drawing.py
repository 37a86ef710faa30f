"""Draws the values of `values` as PNG. To be run in a process of its own: it imports the plotting library."""

from collections.abc import Iterable, Sequence

from bot.views.charts.canvas import INK, LINE, PAPER, QUIET, WIDTH, Canvas, fitted, wide
from bot.views.charts.values import Arrivals, Bin, Calendar, Chart, Day, Grid, Heading, Histogram, Mark

COLOURS = {
    Mark.ON_TIME: "#0b62b8",
    Mark.LATE: "#c2410c",
    Mark.OUTSIDE: "#6b3fa0",
    Mark.MISSING: "#8c1111",
    Mark.UNKNOWN: "#57606a",
    Mark.NOT_YET_DUE: "#57606a",
    Mark.EXCUSED: "#0b7285",
    Mark.ON_LEAVE: "#1a7f4b",
    Mark.OFF: "#9aa4af",
}
_TINTS = {
    Mark.ON_TIME: "#dcebfa",
    Mark.LATE: "#fde3d3",
    Mark.OUTSIDE: "#eae2f5",
    Mark.MISSING: "#f8d7d7",
    Mark.UNKNOWN: "#e9ecef",
    Mark.NOT_YET_DUE: "#ffffff",
    Mark.EXCUSED: "#d3f0f2",
    Mark.ON_LEAVE: "#d9f0e3",
    Mark.OFF: "#f3f4f6",
}
_EDGE = 40
_NAMES = 250  # pixels for a name
_ROW = 48
_BARS = 460


def draw(parts: Iterable[Chart]) -> bytes:
    """Return the one chart of `parts` as PNG, 1080 pixels wide, no text below 28 pixels."""
    (chart,) = parts
    match chart:
        case Arrivals():
            return _arrivals(chart)
        case Histogram():
            return _histogram(chart)
        case Grid():
            return _grid(chart)
        case Calendar():
            return _calendar(chart)


def _arrivals(chart: Arrivals) -> bytes:
    top = _heading_height(chart.heading)
    canvas = Canvas(top + 70 + _ROW * len(chart.rows) + 70)
    _head(canvas, chart.heading)
    moments = [m for row in chart.rows for m in (row.minute, row.due_minute) if m is not None]
    scale = _Scale(moments, _EDGE + _NAMES, WIDTH - _EDGE - 60)
    bottom = top + 70 + _ROW * len(chart.rows)
    scale.draw(canvas, top + 30, top + 60, bottom)
    for due in sorted({row.due_minute for row in chart.rows if row.due_minute is not None}):
        canvas.line(scale.at(due), top + 56, scale.at(due), bottom, colour=INK, px=3)
    for index, row in enumerate(chart.rows):
        y = top + 70 + _ROW * (index + 0.5)
        canvas.text(_EDGE, y, fitted(row.name, _NAMES - 20), px=30)
        if row.minute is None:
            x = _EDGE + _NAMES + 24
            canvas.box(x - 20, y - 20, 44 + wide(row.note), 40, PAPER)
            _symbol(canvas, x, y, 12, row.mark)
            canvas.text(x + 24, y, row.note, colour=COLOURS[row.mark])
            continue
        place = scale.at(row.minute)
        _symbol(canvas, place, y, 12, row.mark)
        if row.note:
            side, align = (-24, "right") if place + 24 + wide(row.note) > WIDTH - 10 else (24, "left")
            canvas.text(place + side, y, row.note, colour=COLOURS[row.mark], align=align)
    return canvas.png()


def _histogram(chart: Histogram) -> bytes:
    top = _heading_height(chart.heading) + 20
    bottom = top + _BARS
    canvas = Canvas(bottom + 90 + 44 * len(chart.absent))
    _head(canvas, chart.heading)
    highest = max((sum(one.counts.values()) for one in chart.bins), default=0) or 1
    moments = [*(one.minute for one in chart.bins), *(one.minute + chart.step_minutes for one in chart.bins)]
    scale = _Scale([*moments, *chart.due_minutes], _EDGE + 30, WIDTH - _EDGE - 30)
    scale.draw(canvas, bottom + 30, top, bottom)
    for one in chart.bins:
        _bar(canvas, scale, one, step=chart.step_minutes, bottom=bottom, unit=(_BARS - 60) / highest)
    for due in chart.due_minutes:
        canvas.line(scale.at(due), top, scale.at(due), bottom, colour=INK, px=3)
    for index, words in enumerate(chart.absent):
        canvas.text(_EDGE, bottom + 80 + 44 * index, words)
    return canvas.png()


def _bar(canvas: Canvas, scale: "_Scale", one: Bin, *, step: int, bottom: float, unit: float) -> None:
    x, width = scale.at(one.minute) + 2, scale.at(one.minute + step) - scale.at(one.minute) - 4
    y = bottom
    for mark, count in one.counts.items():
        y -= count * unit
        canvas.box(x, y, width, count * unit, COLOURS[mark])
        if count * unit > 30 and width > 26:
            _symbol(canvas, x + width / 2, y + count * unit / 2, 9, mark, colour=PAPER)
    total = sum(one.counts.values())
    if total:
        canvas.text(x + width / 2, y - 22, str(total), align="center")


def _grid(chart: Grid) -> bytes:
    top = _heading_height(chart.heading) + 20
    canvas = Canvas(top + 50 + _ROW * len(chart.rows) + 30)
    _head(canvas, chart.heading)
    cell = (WIDTH - 2 * _EDGE - _NAMES) / max(1, len(chart.columns))
    for index, label in enumerate(chart.columns):
        if label:
            canvas.text(_EDGE + _NAMES + cell * (index + 0.5), top + 20, label, colour=QUIET, align="center")
    for index, (name, marks) in enumerate(chart.rows):
        y = top + 50 + _ROW * index
        canvas.text(_EDGE, y + _ROW / 2, fitted(name, _NAMES - 20), px=30)
        for column, mark in enumerate(marks):
            x = _EDGE + _NAMES + cell * column
            canvas.box(x + 1.5, y + 2, cell - 3, _ROW - 4, PAPER if mark is None else _TINTS[mark])
            if mark is not None:
                _symbol(canvas, x + cell / 2, y + _ROW / 2, min(10, cell / 3), mark)
    return canvas.png()


def _calendar(chart: Calendar) -> bytes:
    top = _heading_height(chart.heading) + 20
    cell, high = (WIDTH - 2 * _EDGE) / 7, 132
    canvas = Canvas(int(top + 50 + high * len(chart.weeks) + 30))
    _head(canvas, chart.heading)
    for index, words in enumerate(chart.weekdays):
        canvas.text(_EDGE + cell * (index + 0.5), top + 20, words, colour=QUIET, align="center")
    for row, week in enumerate(chart.weeks):
        for column, day in enumerate(week):
            if day is not None:
                _day(canvas, day, _EDGE + cell * column, top + 50 + high * row, size=(cell, high))
    return canvas.png()


def _day(canvas: Canvas, day: Day, x: float, y: float, *, size: tuple[float, float]) -> None:
    wide_px, high = size
    tint = _TINTS[day.mark] if day.mark is not None else _share_tint(day.share)
    canvas.box(x + 3, y + 3, wide_px - 6, high - 6, tint, edge=LINE)
    canvas.text(x + 16, y + 32, day.number, px=30)
    if day.mark is not None:
        _symbol(canvas, x + wide_px - 32, y + 32, 12, day.mark)
    if day.note:
        colour = INK if day.mark is None else COLOURS[day.mark]
        canvas.text(x + wide_px / 2, y + high - 42, fitted(day.note, wide_px - 12), colour=colour, align="center")


def _share_tint(share: float | None) -> str:
    """Return white for nothing known, else from orange to blue; the number stands beside it."""
    if share is None:
        return "#f3f4f6"
    low, high = (253, 211, 180), (208, 230, 250)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in zip(low, high, strict=True))


class _Scale:
    """Minutes of the day along a line, from a little before the first to a little after the last."""

    def __init__(self, minutes: Sequence[int], left: float, right: float) -> None:
        first, last = (min(minutes), max(minutes)) if minutes else (8 * 60, 18 * 60)
        self._step = next((step for step in (15, 30, 60, 120, 240) if last - first <= 4 * step), 360)
        self._first = first // self._step * self._step
        self._last = max(-(-last // self._step), self._first // self._step + 1) * self._step
        if self._last == last:
            self._last += self._step
        self._left, self._unit = left, (right - left) / (self._last - self._first)

    def at(self, minute: float) -> float:
        """Return the pixel of a minute."""
        return self._left + (minute - self._first) * self._unit

    def draw(self, canvas: Canvas, y: float, top: float, bottom: float) -> None:
        """Draw the hours as words and faint lines."""
        for minute in range(self._first, self._last + 1, self._step):
            canvas.line(self.at(minute), top, self.at(minute), bottom)
            clock = f"{minute // 60 % 24:02d}:{minute % 60:02d}"
            canvas.text(self.at(minute), y, clock, colour=QUIET, align="center")


def _heading_height(heading: Heading) -> int:
    return 150 + 46 * len(_legend_lines(heading))


def _head(canvas: Canvas, heading: Heading) -> None:
    canvas.text(_EDGE, 58, fitted(heading.title, WIDTH - 2 * _EDGE, px=42), px=42)
    canvas.text(_EDGE, 112, fitted(heading.subtitle, WIDTH - 2 * _EDGE), colour=QUIET)
    for index, marks in enumerate(_legend_lines(heading)):
        x, y = _EDGE + 12.0, 168 + 46 * index
        for mark in marks:
            _symbol(canvas, x, y, 12, mark)
            canvas.text(x + 24, y, heading.words[mark], colour=QUIET)
            x += 64 + wide(heading.words[mark])


def _legend_lines(heading: Heading) -> list[list[Mark]]:
    """Return the marks of the legend, line by line as they fit."""
    lines: list[list[Mark]] = []
    left = 0.0
    for mark, words in heading.words.items():
        width = 64 + wide(words)
        if not lines or left < width:
            lines.append([])
            left = WIDTH - 2.0 * _EDGE
        lines[-1].append(mark)
        left -= width
    return lines


def _symbol(canvas: Canvas, x: float, y: float, size: float, mark: Mark, *, colour: str | None = None) -> None:
    """Draw the shape of a mark: who cannot tell the colours apart reads this."""
    colour = colour or COLOURS[mark]
    match mark:
        case Mark.ON_TIME:
            canvas.dot(x, y, size * 0.9, colour)
        case Mark.NOT_YET_DUE:
            canvas.dot(x, y, size * 0.8, colour, hollow=True)
        case Mark.LATE:
            canvas.shape(
                [(x, y - size * 1.1), (x + size * 1.15, y + size * 0.9), (x - size * 1.15, y + size * 0.9)], colour
            )
        case Mark.OUTSIDE:
            half = size * 0.9
            canvas.shape(
                [(x - half, y - half), (x + half, y - half), (x + half, y + half), (x - half, y + half)], colour
            )
        case Mark.ON_LEAVE:
            canvas.shape(
                [(x, y - size * 1.2), (x + size * 1.2, y), (x, y + size * 1.2), (x - size * 1.2, y)], colour
            )
        case Mark.MISSING:
            canvas.line(x - size, y - size, x + size, y + size, colour=colour, px=5)
            canvas.line(x - size, y + size, x + size, y - size, colour=colour, px=5)
        case Mark.EXCUSED:
            canvas.line(x - size, y, x + size, y, colour=colour, px=5)
            canvas.line(x, y - size, x, y + size, colour=colour, px=5)
        case Mark.UNKNOWN:
            canvas.text(x, y, "?", px=max(28, round(size * 2.4)), colour=colour, align="center")
        case Mark.OFF:
            canvas.line(x - size * 0.7, y, x + size * 0.7, y, colour=colour, px=4)
