"""Where drawing begins: in the process that draws, the plotting library is loaded, and in no other."""

from collections.abc import Iterable

from bot.views.charts.values import Chart


def draw(parts: Iterable[Chart]) -> bytes:
    """Return the one chart of `parts` as PNG."""
    from bot.views.charts import drawing

    return drawing.draw(parts)
