"""How many days one question, file or wish may be about."""

from datetime import date, timedelta

MOST_DAYS = 92  # a quarter, both ends counted


def is_too_long(first: date, last: date) -> bool:
    """Tell whether `first` to `last`, both included, are more days than one may ask for."""
    return (last - first).days >= MOST_DAYS


def shortened(first: date, last: date) -> date:
    """Return the first day of what can be asked for of `first` to `last`: its last days."""
    return max(first, last - timedelta(days=MOST_DAYS - 1))
