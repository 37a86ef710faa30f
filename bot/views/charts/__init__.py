"""Pictures of how days went: `building` makes their values, `drawing` the pixels."""

from collections.abc import Iterable

from bot.views.charts.building import Chart


def draw(parts: Iterable[Chart]) -> bytes:
    """Return the one chart of `parts` as PNG. Pillow is loaded here, in the process that draws."""
    from bot.views.charts.drawing import picture_of

    (chart,) = parts
    return picture_of(chart)
