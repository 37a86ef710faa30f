"""Draw charts as PNG: 1080 pixels wide, text from 28 pixels on (minutes in a cell: 18), white
background for light and dark chats.
"""

import io
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from PIL import Image, ImageDraw, ImageFont

from bot.domain.day import Standing
from bot.views.charts.building import Arrivals, Cell, Chart, Grid, Heading
from bot.views.sentences import one_line


class Mark(NamedTuple):
    """The look of a standing. The shape also tells it without colours."""

    shape: str
    colour: str
    tint: str  # of the cell behind the shape
    size: float = 1.0
    stroke: float = 0.0  # makes thin lines thicker


MARKS = {
    Standing.ON_TIME: Mark("●", "#0b62b8", "#dcebfa"),
    Standing.LATE: Mark("▲", "#c2410c", "#fde3d3"),
    Standing.OUTSIDE: Mark("■", "#6b3fa0", "#eae2f5"),
    Standing.MISSING: Mark("╳", "#8c1111", "#f8d7d7", size=0.8, stroke=0.11),
    Standing.UNKNOWN: Mark("?", "#57606a", "#e9ecef"),
    Standing.NOT_YET_DUE: Mark("○", "#57606a", "#ffffff", size=0.8, stroke=0.06),
    Standing.EXCUSED: Mark("＋", "#0b7285", "#d3f0f2", stroke=0.07),
    Standing.ON_LEAVE: Mark("◆", "#1a7f4b", "#d9f0e3"),
    Standing.OFF: Mark("－", "#9aa4af", "#f3f4f6", size=0.7, stroke=0.09),
}
_WIDTH = 1080  # as wide as most phones show a picture
_INK = "#1b1f24"
_QUIET = "#57606a"
_LINE = "#d0d7de"
_PAPER = "#ffffff"
_FONT = Path(__file__).parent / "NotoSansSC-Regular.otf"  # Chinese on a bare machine
# pixels
_EDGE = 40
_NAMES = 250
_ROW = 48
_LINE_HEIGHT = 28


def picture_of(chart: Chart) -> bytes:
    """Return the chart as PNG."""
    picture = _grid(chart) if isinstance(chart, Grid) else _arrivals(chart)
    content = io.BytesIO()
    picture.image.save(content, format="PNG")
    return content.getvalue()


class _Picture:
    """A picture with heading and legend, and `room` pixels below `top`."""

    def __init__(self, heading: Heading, room: int) -> None:
        shown = [standing for standing in MARKS if standing in heading.labels]
        lines = min(1, len(shown))
        end = 0.0
        places = []
        for standing in shown:
            across = 64 + _wide(heading.labels[standing])
            if end + across > _WIDTH - 2 * _EDGE:
                lines = lines + 1
                end = 0.0
            places.append((_EDGE + 12 + end, 122 + 46 * lines))
            end += across
        self.top = 150 + 46 * lines
        self.image = Image.new("RGB", (_WIDTH, self.top + room), _PAPER)
        self._pen = ImageDraw.Draw(self.image)
        self.text(_EDGE, 58, fit_words(heading.title, _WIDTH - 2 * _EDGE, px=42), px=42)
        self.text(_EDGE, 112, fit_words(heading.subtitle, _WIDTH - 2 * _EDGE), colour=_QUIET)
        for standing, (x, y) in zip(shown, places, strict=True):
            self.mark(x, y, 28, standing)
            self.text(x + 24, y, heading.labels[standing], colour=_QUIET)

    def text(
        self,
        x: float,
        y: float,
        words: str,
        *,
        px: int = 28,
        colour: str = _INK,
        anchor: str = "ls",
    ) -> None:
        """Write one line, `px` high. `y` is the middle of a capital or a Chinese character."""
        self._pen.text((x, y + 0.37 * px), words, colour, _font(px), anchor)

    def mark(self, x: float, y: float, px: float, standing: Standing) -> None:
        """Draw the shape of a standing."""
        mark = MARKS[standing]
        px *= mark.size
        place = (x, y + 0.37 * px)
        stroke = px * mark.stroke
        self._pen.text(place, mark.shape, mark.colour, _font(px), "ms", stroke_width=stroke)

    def box(self, x: float, y: float, across: float, down: float, colour: str) -> None:
        """Fill a rectangle."""
        corners = (round(x), round(y), round(x + across) - 1, round(y + down) - 1)
        self._pen.rectangle(corners, fill=colour)

    def scale(
        self,
        minutes: Sequence[int],
        left: float,
        right: float,
        *,
        y: float,
        top: float,
        bottom: float,
    ) -> Callable[[float], float]:
        """Draw the hours as words at `y` and as faint lines.

        Return the function from a minute to its x.
        """
        first, last = (min(minutes), max(minutes)) if minutes else (8 * 60, 18 * 60)
        step = next((step for step in (15, 30, 60, 120, 240) if last - first <= 4 * step), 360)
        begins = first // step * step
        ends = (last // step + 1) * step

        def place(minute: float) -> float:
            return left + (right - left) * (minute - begins) / (ends - begins)

        for minute in range(begins, ends + 1, step):
            self.box(place(minute) - 1, top, 2, bottom - top, _LINE)
            clock = f"{minute // 60 % 24:02d}:{minute % 60:02d}"
            self.text(place(minute), y, clock, colour=_QUIET, anchor="ms")
        return place


def _arrivals(chart: Arrivals) -> _Picture:
    down = _ROW * len(chart.rows)
    picture = _Picture(chart.heading, 140 + down)
    top = picture.top + 70
    left = _EDGE + _NAMES
    dues = {row.due_minute for row in chart.rows if row.due_minute is not None}
    moments = [*dues, *(row.minute for row in chart.rows if row.minute is not None)]
    place = picture.scale(
        moments, left, _WIDTH - _EDGE - 60, y=top - 40, top=top - 10, bottom=top + down
    )
    for due in dues:
        picture.box(place(due) - 1.5, top - 14, 3, down + 14, _INK)
    for index, row in enumerate(chart.rows):
        y = top + _ROW * (index + 0.5)
        room = _wide(row.note)
        picture.text(_EDGE, y, fit_words(row.name, _NAMES - 20, px=30), px=30)
        x = left + 24.0 if row.minute is None else place(row.minute)
        is_right = x + 24 + room <= _WIDTH - 10
        words_x = x + 24 if is_right else x - 24 - room
        if row.note:
            picture.box(words_x - 4, y - 18, room + 8, 36, _PAPER)  # no line through the words
        picture.mark(x, y, 28, row.standing)
        picture.text(words_x, y, row.note, colour=MARKS[row.standing].colour)
    return picture


def _grid(chart: Grid) -> _Picture:
    lines = [len(cell.lines) for _, cells in chart.rows for cell in cells if cell is not None]
    down = _LINE_HEIGHT * (1 + max([1, *lines])) + 4
    picture = _Picture(chart.heading, 140 + down * len(chart.rows))
    names_px = max((_wide(name, 30) for name, _ in chart.rows), default=0)
    left = _EDGE + min(_NAMES, names_px + 20)
    across = (_WIDTH - left - _EDGE) / len(chart.columns)
    for column, labels in enumerate(chart.columns):
        for line, label in enumerate(labels):
            middle = left + across * (column + 0.5)
            y = picture.top + 40 * (line + 1)
            picture.text(middle, y, label, colour=_QUIET, anchor="ms")
    for row, (name, cells) in enumerate(chart.rows):
        y = picture.top + 110 + down * row
        picture.text(_EDGE, y + down / 2, fit_words(name, _NAMES - 20, px=30), px=30)
        for column, cell in enumerate(cells):
            if cell is not None:
                _cell(picture, cell, left + across * column, y, size=(across, down))
    return picture


def _cell(picture: _Picture, cell: Cell, x: float, y: float, *, size: tuple[float, float]) -> None:
    """Draw the mark of a day, with its lines below if they fit."""
    across, down = size
    look = MARKS[cell.standing]
    picture.box(x + 1.5, y + 2, across - 3, down - 4, look.tint)
    middle = x + across / 2
    widest = max(cell.lines, key=_wide, default="")
    px = next((px for px in (24, 18) if _wide(widest, px) <= across - 3), 0)
    lines = cell.lines if px else ()
    top = y + 16 if lines else y + down / 2
    picture.mark(middle, top, min(24, across * 0.8), cell.standing)
    for line, words in enumerate(lines, start=1):
        at = top + _LINE_HEIGHT * line - 2
        picture.text(middle, at, words, px=px, colour=look.colour, anchor="ms")


def fit_words(words: str, room: float, *, px: int = 28) -> str:
    """Return `words` on one line, cut with an ellipsis to `room` pixels."""
    shown = one_line(words)
    if _wide(shown, px) <= room:
        return shown
    while shown and _wide(shown + "…", px) > room:
        shown = shown[:-1]
    return shown.rstrip() + "…"


def _wide(words: str, px: float = 28) -> float:
    return _font(px).getlength(words)


@cache
def _font(px: float) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(_FONT, px, layout_engine=ImageFont.Layout.BASIC)
