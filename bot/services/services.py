"""The services that a handler reaches as `ctx.services`. The page reaches the same."""

from collections.abc import Callable

from bot.services.base import Base
from bot.services.organisation.directory import Directory
from bot.services.organisation.rosters import Rosters
from bot.services.organisation.visibility import Visibility
from bot.services.punches import Places, Punches
from bot.services.reminding.nudging import Nudging
from bot.services.reminding.planning import ReminderPlan
from bot.services.reporting.days import Days
from bot.services.reporting.processes import Aside


class Services:
    """`bot.app` sets each attribute. `refused` counts refused actions by reason."""

    base: Base
    punches: Punches
    places: Places
    reminder_plan: ReminderPlan  # which also knows who writes which language
    rosters: Rosters
    nudging: Nudging
    visibility: Visibility
    directory: Directory
    workshop: Aside  # makes charts and files
    summaries: Days
    refused: Callable[[str], None]
