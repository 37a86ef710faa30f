"""Where somebody was lately, by a punch of their own: what their distances are counted from when they ask."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from bot.domain.punches import Punch
from bot.domain.sites import LocationSource

KNOWN_FOR = timedelta(hours=1)  # after it people are elsewhere


def last_placed(punches: Iterable[Punch], at: datetime) -> Punch | None:
    """Return the last of a person's punches with coordinates in the hour up to `at` (aware), None without one.

    A site that was only named says nothing of distances.
    """
    placed = [
        punch
        for punch in punches
        if punch.where.fix is not None
        and punch.where.fix.source is not LocationSource.NAMED
        and timedelta() <= at - punch.punched_at <= KNOWN_FOR
    ]
    return max(placed, key=lambda punch: punch.punched_at, default=None)
