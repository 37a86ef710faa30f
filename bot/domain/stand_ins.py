"""Stand-ins: people who see and decide for a lead on some days."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.domain.slots import Days

MOST_DAYS = 60
_FARTHEST_AHEAD = timedelta(days=180)


@dataclass(frozen=True, slots=True)
class Appointment:
    """The person `user_id` stands in for `lead`, on local dates, both included.

    `reference` is the message that asked for it. Its end at `ended_at` counts at once.
    """

    reference: str
    lead: str
    user_id: str
    first_day: date
    last_day: date
    asked_at: datetime
    ended_at: datetime | None = None
    ended_by: str | None = None

    def is_open(self, today: date) -> bool:
        """Return whether it holds today or will hold."""
        return self.ended_at is None and today <= self.last_day


def days_to_stand_in(days: Days, today: date) -> Days | str:
    """Return the days from today on, or the key of why nobody may stand in on them."""
    if days.last < today or days.first > today + _FARTHEST_AHEAD:
        return "stand_in.not_then"
    coming = Days(max(days.first, today), days.last)
    is_short = (coming.last - coming.first).days < MOST_DAYS
    return coming if is_short else "stand_in.too_long"
