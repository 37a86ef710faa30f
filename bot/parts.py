"""The services of the assistant, built from the settings and connected to each other."""

import random
import secrets

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
from bot.services.outbox.deliveries import Courier
from bot.services.outbox.notes import MessageSender, Notes
from bot.services.outbox.receipts import ReceiptDesk
from bot.services.outbox.worker import Lease, OutboxWorker
from bot.services.places import DingTalkPlaces, Places
from bot.services.punches import Punches
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
        self.speaker = Speaker(self.dingtalk.robot)
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
        self.heartbeat = Heartbeat(self.base)
        self.clock_watch = ClockWatch(self.base)
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
        base, policy = self.base, rules.location_policy_of(self.settings)
        self.desk = ReceiptDesk(base, self.summaries, self.outbox)
        self.courier = Courier(base, self.desk, self.outbox)
        if self.settings.clock_in.sites_from == "config":
            self.places = Places(rules.sites_of(self.settings), policy)
        else:
            self.places = DingTalkPlaces(base, policy)
        self.punches = Punches(
            base, self.rosters, self.day_reader, places=self.places, courier=self.courier, desk=self.desk
        )
        self.reconciler = Reconciler(
            self.store,
            self.dingtalk.attendance,
            self.clock,
            self.settings.zone,
            on_settled=self.desk.on_settled,
            on_read=self.day_reader.take,
        )

    def _build_outbox(self) -> None:
        """Build make-up requests, and what leaves from rows."""
        base, store = self.base, self.store
        self.corrections = CorrectionService(base, self.day_reader, self.directory, self.visibility)
        notes = Notes(base, self.directory, self.visibility, self.corrections)
        self.outbox.add(
            self.courier,
            self.desk,
            MessageSender(base, store.notes, notes.word),
            MessageSender(base, store.flags, notes.word_flag),
            MessageSender(base, store.alerts, self.operators.word),
        )
