"""A figure measured in pixels, with a font that has Chinese on a bare machine. Imports the plotting library."""

import io
import unicodedata
from functools import cache
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.ft2font import FT2Font
from matplotlib.patches import Polygon, Rectangle
from pylopdf_fonts_zh_cn import sans_path

WIDTH = 1080  # as wide as most phones show a picture
DPI = 100
INK, QUIET, LINE, PAPER = "#1b1f24", "#57606a", "#d0d7de", "#ffffff"
_GROUND, _LINES, _COVER, _MARKS = 1.0, 2.0, 2.5, 3.0  # from the lowest to the highest
_MISSING = "〓"  # the printers' sign for a character that is not at hand


class Canvas:
    """Draws at pixels from the upper left corner, on opaque white, which both light and dark chats show alike."""

    def __init__(self, height: int) -> None:
        self.height = height
        self._figure = Figure(figsize=(WIDTH / DPI, height / DPI), dpi=DPI, facecolor=PAPER)
        FigureCanvasAgg(self._figure)
        self._axes = self._figure.add_axes((0, 0, 1, 1))
        self._axes.set_xlim(0, WIDTH)
        self._axes.set_ylim(height, 0)
        self._axes.axis("off")

    def text(
        self, x: float, y: float, words: str, *, px: int = 28, colour: str = INK, align: str = "left"
    ) -> None:
        """Write one line, its middle at `y`, `px` high."""
        self._axes.text(
            x,
            y,
            drawable(words),
            fontproperties=_font(),
            fontsize=px * 72 / DPI,
            color=colour,
            ha=align,
            va="center_baseline",
            parse_math=False,
        )

    def line(self, x: float, y: float, to_x: float, to_y: float, *, colour: str = LINE, px: float = 2) -> None:
        """Draw a straight line; one thicker than those of the scale is a mark and lies above them."""
        points, order = px * 72 / DPI, _MARKS if px > 3 else _LINES
        self._axes.plot([x, to_x], [y, to_y], color=colour, linewidth=points, solid_capstyle="butt", zorder=order)

    def box(self, x: float, y: float, wide: float, high: float, colour: str, *, edge: str | None = None) -> None:
        """Fill a rectangle, and draw its edge where one is named; a box of paper hides the lines behind it."""
        patch = Rectangle((x, y), wide, high, facecolor=colour, edgecolor=edge or "none")
        patch.set_linewidth(0 if edge is None else 2)
        patch.set_zorder(_COVER if colour == PAPER else _GROUND)
        self._axes.add_patch(patch)

    def shape(self, points: list[tuple[float, float]], colour: str) -> None:
        """Fill a polygon."""
        self._axes.add_patch(Polygon(points, closed=True, facecolor=colour, edgecolor="none", zorder=_MARKS))

    def dot(self, x: float, y: float, radius: float, colour: str, *, hollow: bool = False) -> None:
        """Draw a disc, or its edge alone."""
        size = (2 * radius * 72 / DPI) ** 2
        fill = PAPER if hollow else colour
        self._axes.scatter([x], [y], s=size, facecolors=fill, edgecolors=colour, linewidths=2, zorder=_MARKS)

    def png(self) -> bytes:
        """Return the picture."""
        target = io.BytesIO()
        self._figure.savefig(target, format="png", facecolor=PAPER)
        return target.getvalue()


def drawable(words: str) -> str:
    """Return `words` as far as the font can draw them: a letter it lacks becomes 〓, a sign or emoji goes."""
    known = _characters()
    kept = (
        char if ord(char) in known else _MISSING if unicodedata.category(char)[0] in "LN" else ""
        for char in unicodedata.normalize("NFC", words)
    )
    return "".join(kept).strip()


def fitted(words: str, width: float, *, px: int = 28) -> str:
    """Return `words` as they can be drawn, cut with an ellipsis to about `width` pixels; "?" for nothing."""
    shown = drawable(words) or "?"
    if wide(shown, px=px) <= width:
        return shown
    while shown and wide(shown + "…", px=px) > width:
        shown = shown[:-1]
    return shown.rstrip() + "…"


def wide(words: str, *, px: int = 28) -> float:
    """Return about how many pixels `words` take."""
    full = sum(unicodedata.east_asian_width(char) in "WFA" for char in words)
    return px * (full + 0.55 * (len(words) - full))


@cache
def _font() -> FontProperties:
    return FontProperties(fname=str(sans_path()))


@cache
def _characters() -> frozenset[int]:
    return frozenset(FT2Font(Path(sans_path())).get_charmap())
