"""What reminds people, and what lets them and their leads say how."""

from bot.dingtalk.limits import Priority
from bot.i18n import language_or
from bot.services.leading.nudging import Nudging
from bot.services.organisation.roster_books import RosterBook
from bot.services.organisation.visibility import Visibility
from bot.services.reminding.agendas import AgendaKeeper
from bot.services.reminding.escalations import Escalations
from bot.services.reminding.nudges import Nudger
from bot.services.reminding.reminder_facts import FactFinder
from bot.services.reminding.reminder_sentences import ReminderSentences
from bot.services.reminding.reminders import ReminderService
from bot.services.reminding.wishes import WishService
from bot.services.reporting.digests import DigestService
from bot.services.upkeep.clock_watch import ClockWatch
from bot.wiring.organisation import Surroundings, absence_reader_of, sightings_of
from bot.wiring.values import reminder_policy_of


def finder_of(around: Surroundings, book: RosterBook) -> FactFinder:
    """Return what reads, right before somebody is spoken to, whether they are due."""
    return FactFinder(
        attendance=around.dingtalk.attendance.at(Priority.REMINDER),
        absences=around.store.absences,
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
        sentences=ReminderSentences(around.directory, around.texts, settings.language, clock),
        policy=reminder_policy_of(settings),
        shadow=settings.reminders.mode == "shadow",
        clock=clock,
        clock_is_wrong=lambda: clock_watch.is_wrong,
        zone=settings.zone,
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
    policy = reminder_policy_of(settings)
    finder = finder_of(around, book)
    keeper = AgendaKeeper(
        book=book, wishes=store.wishes, absences=store.absences, policy=policy, clock=clock, zone=settings.zone
    )
    return ReminderService(
        reminders=store.reminders,
        keeper=keeper,
        sightings=sightings_of(around),
        directory=around.directory,
        visibility=visibility,
        finder=finder,
        trace=store.nudge_trace,
        nudger=Nudger(around.dingtalk.robot, store.reminders, clock, around.lease, around.operators),
        escalations=Escalations(book, around.directory, finder, around.store.excuses),
        operators=around.operators,
        jobs=store.jobs,
        sentences=ReminderSentences(around.directory, around.texts, settings.language, clock),
        digests=digests,
        policy=policy,
        shadow=settings.reminders.mode == "shadow",
        clock=clock,
        clock_is_wrong=lambda: clock_watch.is_wrong,
        zone=settings.zone,
    )


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
