"""The services that a handler reaches as `ctx.services`. The page reaches the same."""

from collections.abc import Callable, Sequence

from bot.domain.reminders import Reminder
from bot.services.base import Base
from bot.services.months import PeopleMonths
from bot.services.organisation.directory import Directory
from bot.services.organisation.rosters import Rosters
from bot.services.organisation.visibility import Visibility
from bot.services.punches import Places, Punches
from bot.services.quota import QuotaWatch
from bot.services.reminding.planning import ReminderPlan
from bot.services.reporting.day_reader import DayReader
from bot.services.reporting.days import PeopleDays
from bot.views.workshop import Workshop


class Services(Base):
    """`bot.app` sets each attribute."""

    punches: Punches
    places: Places
    reminder_plan: ReminderPlan  # also knows the languages of people
    rosters: Rosters
    # proves and sends claimed reminders in the background
    begin_reminders: Callable[[Sequence[Reminder]], None]
    day_reader: DayReader
    visibility: Visibility
    directory: Directory
    workshop: Workshop  # makes charts and files
    summaries: PeopleDays
    months: PeopleMonths
    quota: QuotaWatch
