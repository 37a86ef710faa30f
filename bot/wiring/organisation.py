"""Who people are and what they work: directory, plans, absences, and the comparison with DingTalk."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from bot.calendars import calendar_of
from bot.clock import Clock
from bot.dingtalk.limits import Priority
from bot.domain.punches import Punch
from bot.i18n import Texts
from bot.services.organisation.absence_reading import AbsenceReader
from bot.services.organisation.directory import Directory
from bot.services.organisation.roster_books import ConfiguredBook, ReadBook, RosterBook
from bot.services.organisation.roster_reading import RosterReading
from bot.services.organisation.rosters import ConfiguredRosters, DingTalkRosters
from bot.services.punching.reconciling import OnRead, Reconciler
from bot.services.punching.sightings import Sightings
from bot.services.upkeep.leases import Lease
from bot.services.upkeep.operators import Operators
from bot.settings import Settings
from bot.storage.store import Store
from bot.views.reply import Language
from bot.wiring.platform import DingTalk
from bot.wiring.values import Patience, assignment_of


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the parts of the assistant are built from, and share."""

    settings: Settings
    store: Store
    dingtalk: DingTalk
    directory: Directory
    operators: Operators
    texts: Callable[[Language], Texts]
    clock: Clock
    lease: Lease
    patience: Patience = field(default_factory=Patience)


def directory_of(
    settings: Settings, store: Store, dingtalk: DingTalk, clock: Clock, patience: Patience
) -> Directory:
    """Return who people are."""
    return Directory(
        dingtalk.contacts,
        store.people,
        clock,
        departments=store.departments,
        extra_leads=settings.roles.leads,
        patience_s=patience.facts_s,
    )


def rosters_of(
    settings: Settings, store: Store, dingtalk: DingTalk, clock: Clock, patience: Patience
) -> ConfiguredRosters | DingTalkRosters:
    """Return where the plans of single people come from."""
    if settings.schedule.source == "config":
        return configured_rosters_of(settings)
    return DingTalkRosters(dingtalk.attendance, store.plans, clock, settings.zone, patience_s=patience.facts_s)


def configured_rosters_of(settings: Settings) -> ConfiguredRosters:
    """Return the plans that the configuration makes, with the company's own holidays and make-up days."""
    schedule = settings.schedule
    calendar = calendar_of(schedule.calendar).with_days(
        frozenset(schedule.holidays), frozenset(schedule.make_up_days)
    )
    return ConfiguredRosters([assignment_of(shift) for shift in schedule.shifts], settings.zone, calendar)


def book_of(around: Surroundings, rosters: ConfiguredRosters | DingTalkRosters) -> RosterBook:
    """Return where the plans of everybody come from."""
    zone = around.settings.zone
    if isinstance(rosters, ConfiguredRosters):
        return ConfiguredBook(rosters, around.directory, around.clock, zone)
    attendance = around.dingtalk.attendance.at(Priority.REMINDER)
    return ReadBook(attendance, around.store.plans, around.directory, around.clock, zone)


def absence_reader_of(around: Surroundings) -> AbsenceReader:
    """Return what reads who is away."""
    attendance = around.dingtalk.attendance.at(Priority.REMINDER)
    return AbsenceReader(attendance, around.store.absences, around.clock, around.settings.zone)


def roster_reading_of(around: Surroundings, book: RosterBook) -> RosterReading:
    """Return what reads the plans of everybody when they are due."""
    return RosterReading(
        book=book,
        reader=absence_reader_of(around),
        jobs=around.store.jobs,
        operators=around.operators,
        clock=around.clock,
        zone=around.settings.zone,
    )


def sightings_of(around: Surroundings) -> Sightings:
    """Return what knows of punches without asking DingTalk."""
    return Sightings(around.store.ledger, around.store.native_punches, around.settings.zone)


def reconciler_of(
    store: Store,
    dingtalk: DingTalk,
    settings: Settings,
    clock: Clock,
    on_settled: Callable[[Punch], Awaitable[None]],
    *,
    on_read: OnRead | None = None,
) -> Reconciler:
    """Return what compares the ledger with DingTalk's records."""
    return Reconciler(
        comparisons=store.comparisons,
        ledger=store.ledger,
        deliveries=store.deliveries,
        attendance=dingtalk.attendance,
        clock=clock,
        zone=settings.zone,
        on_settled=on_settled,
        on_read=on_read,
    )
