"""What reminds people, and what lets them and their leads say how."""

from bot.dingtalk.limits import Priority
from bot.domain.sites import LocationSource
from bot.i18n import language_or
from bot.services.leading.nudging import Nudging
from bot.services.organisation.roster_books import RosterBook
from bot.services.organisation.visibility import Visibility
from bot.services.reminding.agendas import AgendaKeeper
from bot.services.reminding.blind_spots import BlindSpots
from bot.services.reminding.due_reminders import DueReminders
from bot.services.reminding.escalations import Escalations
from bot.services.reminding.last_look import LastLook
from bot.services.reminding.lead_notes import LeadNotes
from bot.services.reminding.nudges import Nudger
from bot.services.reminding.proving import Proving
from bot.services.reminding.reminder_facts import FactFinder
from bot.services.reminding.reminder_sentences import ReminderSentences
from bot.services.reminding.reminders import ReminderService
from bot.services.reminding.wishes import WishService
from bot.services.reporting.digests import DigestService
from bot.services.upkeep.clock_watch import ClockWatch
from bot.wiring.organisation import Surroundings, absence_reader_of, sightings_of
from bot.wiring.values import reminder_policy_of, speaking_of


def finder_of(around: Surroundings, book: RosterBook) -> FactFinder:
    """Return what reads, right before somebody is spoken to, whether they are due."""
    return FactFinder(
        attendance=around.dingtalk.attendance.at(Priority.REMINDER),
        absences=around.store.absences,
        excuses=around.store.excuses,
        reader=absence_reader_of(around),
        sightings=sightings_of(around),
        book=book,
        clock=around.clock,
    )


def nudging_of(around: Surroundings, book: RosterBook, visibility: Visibility, clock_watch: ClockWatch) -> Nudging:
    """Return what lets leads ask their people to punch."""
    settings, store, clock = around.settings, around.store, around.clock
    return Nudging(
        visibility=visibility,
        book=book,
        finder=finder_of(around, book),
        wishes=store.wishes,
        reminders=store.reminders,
        trace=store.nudge_trace,
        nudger=Nudger(around.dingtalk.robot, store.reminders, clock, around.lease),
        sentences=_sentences_of(around),
        speaking=speaking_of(settings),
        clock=clock,
        clock_is_wrong=lambda: clock_watch.is_wrong,
    )


def reminders_of(
    around: Surroundings,
    book: RosterBook,
    visibility: Visibility,
    digests: DigestService,
    clock_watch: ClockWatch,
) -> ReminderService:
    """Return what reminds people."""
    settings, store, clock = around.settings, around.store, around.clock
    policy, speaking = reminder_policy_of(settings), speaking_of(settings)
    finder, sightings = finder_of(around, book), sightings_of(around)
    nudger = Nudger(around.dingtalk.robot, store.reminders, clock, around.lease, around.operators)
    sentences = _sentences_of(around)
    blind = BlindSpots(around.operators, store.jobs, clock)
    keeper = AgendaKeeper(
        book=book, wishes=store.wishes, absences=store.absences, policy=policy, clock=clock, zone=settings.zone
    )
    last_look = LastLook(
        reminders=store.reminders,
        keeper=keeper,
        sightings=sightings,
        directory=around.directory,
        visibility=visibility,
        trace=store.nudge_trace,
        nudger=nudger,
        most=policy.most,
        clock=clock,
    )
    proving = Proving(
        finder=finder,
        blind=blind,
        last_look=last_look,
        nudger=nudger,
        sentences=sentences,
        speaking=speaking,
        clock=clock,
    )
    lead_notes = LeadNotes(
        escalations=Escalations(book, around.directory, finder),
        directory=around.directory,
        visibility=visibility,
        keeper=keeper,
        nudger=nudger,
        blind=blind,
        sentences=sentences,
        speaking=speaking,
        clock=clock,
        reachable=nudging_of(around, book, visibility, clock_watch).reachable,
    )
    return ReminderService(
        reminders=store.reminders,
        due=DueReminders(store.reminders, keeper, sightings, around.directory, most=policy.most),
        keeper=keeper,
        proving=proving,
        lead_notes=lead_notes,
        digests=digests,
        clock=clock,
        clock_is_wrong=lambda: clock_watch.is_wrong,
    )


def _sentences_of(around: Surroundings) -> ReminderSentences:
    """Return what reminders say. Where a position is required their first tap already leads to the page."""
    settings = around.settings
    measured = {LocationSource.BROWSER, LocationSource.DINGTALK} & set(settings.clock_in.trusted_sources)
    by_page = settings.web.public_url is not None and settings.clock_in.location == "optional" and bool(measured)
    return ReminderSentences(around.directory, around.texts, settings.language, around.clock, by_page=by_page)


def wishes_of(around: Surroundings, reminders: ReminderService) -> WishService:
    """Return what changes people's wishes."""
    settings = around.settings
    return WishService(
        around.store.wishes,
        reminder_policy_of(settings),
        around.clock,
        settings.zone,
        language_of=lambda user_id: language_or(reminders.language_of(user_id), settings.language),
        live=settings.reminders.mode == "live",
    )
