"""The official Chinese calendar, as the library knows it; nothing else imports the library."""

from datetime import date
from typing import Literal

from chinese_calendar import constants

from bot.domain.calendars import NO_CALENDAR, Calendar


def calendar_of(name: Literal["cn", "none"]) -> Calendar:
    """Return the calendar that goes by `name` in the configuration."""
    return chinese_calendar() if name == "cn" else NO_CALENDAR


def chinese_calendar() -> Calendar:
    """Return the holidays and make-up days of the State Council's announcements.

    A year is known when its National Day is: the library carries whole announcements and guesses none.
    """
    holidays, make_up_days = frozenset(constants.holidays), frozenset(constants.workdays)
    known = frozenset(day.year for day in holidays if day == date(day.year, 10, 1))
    return Calendar(holidays, make_up_days, known)
