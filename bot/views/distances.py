"""Distances, as people say them."""

from bot.i18n import Texts


def distance(metres: float, texts: Texts) -> str:
    """Return a distance in whole metres, from one kilometre on in kilometres."""
    if round(metres) < 1000:
        return texts("where.metres", metres=round(metres))
    return texts("where.kilometres", km=f"{metres / 1000:.1f}")
