"""What makes pictures and files of days, and the summaries that come by themselves."""

from bot.processes import Aside
from bot.services.organisation.roster_books import RosterBook
from bot.services.organisation.team_starts import TeamStarts
from bot.services.organisation.visibility import Visibility
from bot.services.reminding.nudges import Nudger
from bot.services.reporting.digests import DigestClaims, DigestMaker, DigestService, DigestWishes
from bot.services.reporting.reports import ReportService, Workshop
from bot.services.reporting.summaries import SummaryService
from bot.wiring.organisation import Surroundings
from bot.wiring.values import digest_rules_of, reminder_policy_of, speaking_of


def reports_of(
    around: Surroundings, visibility: Visibility, summaries: SummaryService, workshop: Workshop | None
) -> ReportService:
    """Return what makes reports, in `workshop` or in a process of their own, and sends them."""
    return ReportService(summaries, around.directory, visibility, workshop or Aside(), around.dingtalk.media)


def team_starts_of(rosters: RosterBook, visibility: Visibility) -> TeamStarts:
    """Return what tells when a lead's people start."""
    return TeamStarts(rosters, visibility)


def digest_wishes_of(around: Surroundings, starts: TeamStarts) -> DigestWishes:
    """Return which digests people want."""
    return DigestWishes(
        around.store.digests,
        digest_rules_of(around.settings),
        starts,
        quiet_hours=reminder_policy_of(around.settings).quiet_hours,
        zone=around.settings.zone,
    )


def digests_of(
    around: Surroundings, rosters: RosterBook, visibility: Visibility, summaries: SummaryService
) -> DigestService:
    """Return what sends digests."""
    starts = team_starts_of(rosters, visibility)
    settings, store, clock = around.settings, around.store, around.clock
    wishes, directory = digest_wishes_of(around, starts), around.directory
    return DigestService(
        wishes=wishes,
        claims=DigestClaims(
            wishes, store.digests, store.reminders, starts, directory, clock=clock, zone=settings.zone
        ),
        maker=DigestMaker(summaries, around.texts, settings.language),
        directory=directory,
        visibility=visibility,
        nudger=Nudger(around.dingtalk.robot, store.reminders, clock, around.lease),
        speaking=speaking_of(settings),
        clock=clock,
    )
