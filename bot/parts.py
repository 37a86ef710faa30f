"""The services of the assistant, built from the settings and connected to each other."""

import random
import secrets
from datetime import timedelta

from bot.clock import Clock
from bot.platform import DingTalk
from bot.services.base import Base, Patience
from bot.services.corrections import CorrectionService
from bot.services.languages import Languages
from bot.services.nudging import Nudging
from bot.services.organisation.absences import AbsenceReader
from bot.services.organisation.configured_rosters import ConfiguredRosters
from bot.services.organisation.dingtalk_rosters import DingTalkRosters
from bot.services.organisation.directory import Directory
from bot.services.organisation.rosters import Rosters
from bot.services.organisation.visibility import Visibility
from bot.services.outbox.couriers import Courier
from bot.services.outbox.flags import FlagWording
from bot.services.outbox.messages import MessageSender
from bot.services.outbox.missed import MissedChecks
from bot.services.outbox.notes import NoteWording
from bot.services.outbox.receipts import ReceiptDesk
from bot.services.outbox.worker import Lease, OutboxWorker
from bot.services.places import ConfiguredPlaces, DingTalkPlaces, Places, Positions
from bot.services.position_notices import PositionNotices
from bot.services.punches import OwnPunches, PunchService
from bot.services.reconciling import Reconciler
from bot.services.reminding.lead_notes import LeadNotes
from bot.services.reminding.planning import ReminderPlan
from bot.services.reminding.reminders import ReminderService
from bot.services.reminding.sending import ReminderSender
from bot.services.reporting.day_reader import DayReader
from bot.services.reporting.days import Days
from bot.services.reporting.digests import DigestService
from bot.services.reporting.processes import Aside
from bot.services.speaking import Operators, Speaker
from bot.services.upkeep import ClockWatch, Heartbeat
from bot.settings import Settings, rules
from bot.storage import open_store
from bot.storage.store import Store


class Parts:
    """The services, ready to use. Building them starts nothing; each group uses those built before it."""

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Clock,
        rng: random.Random | None = None,
        patience: Patience | None = None,
        store: Store | None = None,
        dingtalk: DingTalk | None = None,
        workshop: Aside | None = None,
    ) -> None:
        """Take what is handed in as it is; without `store` and `dingtalk`, those that `settings` name."""
        self.settings = settings
        self.clock = clock
        self.rng = rng or random.SystemRandom()
        self.patience = patience or Patience()
        self.store = store or open_store(settings.store.url, clock=clock, owner=secrets.token_hex(8))
        self.dingtalk = dingtalk or DingTalk(settings, clock, self.rng, call_s=self.patience.call_s)
        self.texts = rules.texts_of(settings)
        self.lease = Lease(clock, lasts_s=rules.lease_s_of(settings), name=lambda: self.store.owner)
        self.speaker = Speaker(self.dingtalk.robot, self.lease)
        self.operators = Operators(
            self.dingtalk.robot,
            settings.roles.admins,
            self.texts(settings.language),
            alerts=self.store.alerts,
            clock=clock,
        )
        self.base = Base(
            settings=settings,
            clock=clock,
            rng=self.rng,
            patience=self.patience,
            store=self.store,
            dingtalk=self.dingtalk,
            texts=self.texts,
            operators=self.operators,
            lease=self.lease,
            speaker=self.speaker,
        )
        self.heartbeat = Heartbeat(self.store, self.lease, self.operators, clock)
        self.clock_watch = ClockWatch(self.dingtalk.server_time, self.operators, clock)
        self.outbox = OutboxWorker(round_s=self.patience.round_s)
        self.workshop = workshop or Aside()
        self._build()

    def _build(self) -> None:
        self._build_organisation()
        self._build_days()
        self._build_reminders()
        self._build_punching()
        self._build_outbox()

    def _build_organisation(self) -> None:
        """Build the directory, the rosters and visibility."""
        settings = self.settings
        self.directory = Directory(self.base)
        self.visibility = Visibility(self.directory, settings.roles.admins)
        self.rosters: Rosters
        if settings.schedule.source == "config":
            self.rosters = ConfiguredRosters(self.base, rules.schedule_of(settings), self.directory)
        else:
            self.rosters = DingTalkRosters(self.base, self.directory)
        self.absence_reader = AbsenceReader(self.base)

    def _build_days(self) -> None:
        """Build what knows people's days."""
        self.day_reader = DayReader(self.base, self.rosters, self.absence_reader)
        self.summaries = Days(self.base, self.rosters, self.day_reader)

    def _build_reminders(self) -> None:
        """Build what speaks to people unasked, and what makes reports."""
        base, directory, visibility, rosters = self.base, self.directory, self.visibility, self.rosters
        sender, reader = ReminderSender(base), self.day_reader
        plan = ReminderPlan(base, rosters, directory)
        self.languages = Languages(base, plan)
        digests = DigestService(
            base,
            rosters=rosters,
            directory=directory,
            visibility=visibility,
            days=self.summaries,
            plan=plan,
            sender=sender,
        )

        def clock_is_wrong() -> bool:
            return self.clock_watch.is_wrong

        self.nudging = Nudging(base, visibility, rosters, reader, sender=sender, clock_is_wrong=clock_is_wrong)
        lead_notes = LeadNotes(
            base,
            rosters=rosters,
            directory=directory,
            visibility=visibility,
            reader=reader,
            plan=plan,
            nudging=self.nudging,
            sender=sender,
        )
        self.reminders = ReminderService(
            base,
            plan=plan,
            directory=directory,
            visibility=visibility,
            reader=reader,
            sender=sender,
            lead_notes=lead_notes,
            digests=digests,
            worker=self.outbox,
            clock_is_wrong=clock_is_wrong,
        )

    def _build_punching(self) -> None:
        """Build what judges, records and sends punches, and gives receipts."""
        settings, store, patience = self.settings, self.store, self.patience
        keep = timedelta(days=settings.retention.coordinates_days)
        self.notices = PositionNotices(store.position_notices, self.texts, keep=keep)
        self.missed = MissedChecks(
            store.reminders, self.clock, self.summaries.known_day, shadow=settings.reminders.mode == "shadow"
        )
        self.desk = ReceiptDesk(
            store.receipts,
            self.speaker,
            self.clock,
            self.texts,
            lease=self.lease,
            missed=self.missed,
            notices=self.notices,
            known_day=self.summaries.known_day,
            worker=self.outbox,
            patience_s=patience.receipt_s,
        )
        self.courier = Courier(
            self.dingtalk.targets,
            deliveries=store.deliveries,
            attendance=self.dingtalk.attendance,
            operators=self.operators,
            lease=self.lease,
            clock=self.clock,
            rng=self.rng,
            on_settled=self.desk.on_settled,
            worker=self.outbox,
            lookup_after_s=patience.lookup_s,
            probe_every_s=patience.probe_s,
            for_corrections=self.dingtalk.for_corrections,
        )
        self.positions = Positions(self._places(), rules.location_policy_of(settings))
        self.own_punches = OwnPunches(store.ledger, self.rosters, settings.zone)
        self.punch_policy = rules.punch_policy_of(settings)
        self.punches = PunchService(
            ledger=store.ledger,
            rosters=self.rosters,
            reader=self.day_reader,
            courier=self.courier,
            desk=self.desk,
            policy=self.punch_policy,
            own=self.own_punches,
            positions=self.positions,
            datum=settings.clock_in.datum,
        )
        self.reconciler = Reconciler(
            ledger=store.ledger,
            deliveries=store.deliveries,
            attendance=self.dingtalk.attendance,
            clock=self.clock,
            zone=settings.zone,
            on_settled=self.desk.on_settled,
            on_read=self.day_reader.take,
        )

    def _build_outbox(self) -> None:
        """Build make-up requests, and what leaves from rows."""
        store, robot = self.store, self.dingtalk.robot
        self.corrections = CorrectionService(self.base, self.day_reader, self.directory, self.visibility)
        notes = NoteWording(self.base, self.corrections, self.languages.of)
        flags = FlagWording(
            store.flags,
            self.directory,
            self.texts,
            visibility=self.visibility,
            admins=self.settings.roles.admins,
            language_of=self.languages.known,
        )
        messages = ((store.notes, notes), (store.flags, flags), (store.alerts, self.operators))
        senders = [MessageSender(rows, wording, robot, self.lease, self.clock) for rows, wording in messages]
        self.outbox.add(self.courier, self.desk, *senders)

    def _places(self) -> Places:
        if self.settings.clock_in.sites_from == "config":
            return ConfiguredPlaces(rules.sites_of(self.settings))
        return DingTalkPlaces(self.dingtalk.sites, self.clock, patience_s=self.patience.facts_s)
