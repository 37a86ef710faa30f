"""What lets people see days: who may see whom, the days themselves, and what is kept of past ones."""

from bot.dingtalk.limits import Priority
from bot.services.organisation.roster_books import RosterBook
from bot.services.organisation.rosters import ConfiguredRosters, DingTalkRosters
from bot.services.organisation.visibility import Visibility
from bot.services.reporting.past_days import PastDays
from bot.services.reporting.summaries import SummaryService
from bot.wiring.organisation import Surroundings, absence_reader_of
from bot.wiring.reminding import finder_of


def visibility_of(around: Surroundings) -> Visibility:
    """Return who may see whose days."""
    return Visibility(around.directory, around.settings.roles.admins)


def past_days_of(around: Surroundings, rosters: ConfiguredRosters | DingTalkRosters) -> PastDays:
    """Return what reads and keeps past days."""
    return PastDays(
        days=around.store.days,
        attendance=around.dingtalk.attendance.at(Priority.REMINDER),
        native_punches=around.store.native_punches,
        absences=absence_reader_of(around),
        directory=around.directory,
        configured=rosters if isinstance(rosters, ConfiguredRosters) else None,
        clock=around.clock,
        zone=around.settings.zone,
    )


def summaries_of(around: Surroundings, book: RosterBook, past: PastDays) -> SummaryService:
    """Return the days of teams."""
    return SummaryService(
        days=around.store.days,
        excuses=around.store.excuses,
        book=book,
        finder=finder_of(around, book),
        past=past,
        clock=around.clock,
        zone=around.settings.zone,
        patience_s=around.patience.team_s,
    )
