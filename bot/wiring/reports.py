"""What makes pictures and files of days, and the summaries that come by themselves."""

from bot.domain.digests import DigestKind, DigestRules
from bot.processes import Aside
from bot.services.digests import DigestService, DigestWishes
from bot.services.nudges import Nudger
from bot.services.reports import ReportService
from bot.services.roster_books import RosterBook
from bot.services.summaries import SummaryService
from bot.services.visibility import Visibility
from bot.wiring.organisation import Surroundings
from bot.wiring.values import reminder_policy_of


def reports_of(around: Surroundings, visibility: Visibility, summaries: SummaryService) -> ReportService:
    """Return what makes and sends reports."""
    return ReportService(summaries, around.directory, visibility, Aside(), around.dingtalk.media)


def digest_wishes_of(around: Surroundings) -> DigestWishes:
    """Return which digests people want."""
    rules = around.settings.summaries.digests
    kinds = {"daily": DigestKind.DAILY, "weekly": DigestKind.WEEKLY, "monthly": DigestKind.MONTHLY}
    default = frozenset(kinds[name] for name in rules.default)
    return DigestWishes(
        around.store.digests, DigestRules(rules.daily_minutes, rules.weekly, rules.monthly, default)
    )


def digests_of(
    around: Surroundings, rosters: RosterBook, visibility: Visibility, summaries: SummaryService
) -> DigestService:
    """Return what sends digests."""
    settings, store, clock = around.settings, around.store, around.clock
    return DigestService(
        wishes=digest_wishes_of(around),
        book=store.digests,
        reminders=store.reminders,
        rosters=rosters,
        directory=around.directory,
        visibility=visibility,
        summaries=summaries,
        nudger=Nudger(around.dingtalk.robot, store.reminders, clock),
        texts=around.texts,
        language=settings.language,
        quiet_hours=reminder_policy_of(settings).quiet_hours,
        shadow=settings.reminders.mode == "shadow",
        clock=clock,
        zone=settings.zone,
    )
