"""The rules of the company, built from the settings."""

from datetime import date
from typing import get_args

from chinese_calendar import constants

from bot.domain.calendars import NO_CALENDAR, Calendar
from bot.domain.shifts import Section, Shift
from bot.domain.sites import LocationSource
from bot.services.organisation.configured_rosters import Assignment, Schedule
from bot.settings.keys import Settings, ShiftSettings, Weekday


def reminders_lead_to_page(settings: Settings) -> bool:
    """Tell whether a reminder offers the page. With a required position the first tap leads there anyway."""
    rules = settings.clock_in
    measured = {LocationSource.BROWSER, LocationSource.DINGTALK} & set(rules.trusted_sources)
    return settings.web.public_url is not None and rules.location == "optional" and bool(measured)


def schedule_of(settings: Settings) -> Schedule:
    """Return the plans that the configuration makes, with the company's own holidays and make-up days."""
    schedule = settings.schedule
    official = chinese_calendar() if schedule.calendar == "cn" else NO_CALENDAR
    calendar = official.with_days(frozenset(schedule.holidays), frozenset(schedule.make_up_days))
    return Schedule([_assignment_of(shift) for shift in schedule.shifts], settings.zone, calendar)


def chinese_calendar() -> Calendar:
    """Return the holidays and make-up days of the State Council's announcements.

    A year is known when its National Day is: the library carries whole announcements and guesses none.
    """
    holidays, make_up_days = frozenset(constants.holidays), frozenset(constants.workdays)
    known = frozenset(day.year for day in holidays if day == date(day.year, 10, 1))
    return Calendar(holidays, make_up_days, known)


def _assignment_of(shift: ShiftSettings) -> Assignment:
    sections = tuple(Section(start, end) for start, end in shift.sections)
    plan = Shift(shift.name, sections, shift.earliest_minutes, shift.latest_minutes, shift.grace_minutes)
    weekdays = frozenset(get_args(Weekday).index(day) for day in shift.days)
    return Assignment(plan, weekdays, shift.people, shift.holidays)
