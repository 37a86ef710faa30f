"""The composition root: settings in, a running assistant out. Only here does everything meet."""

import asyncio
import gc
import logging
import random
import secrets
import signal
from collections.abc import Callable, Sequence
from datetime import timedelta

from prometheus_client import CollectorRegistry

from bot.chat.answering import Answering
from bot.chat.buttons import Buttons
from bot.chat.dispatcher import Dispatcher
from bot.chat.reading import Reader
from bot.chat.routing import Routes
from bot.clock import Clock
from bot.dingtalk.stream import StreamClient
from bot.errors import StoreRefused
from bot.scheduler import Scheduler
from bot.services.locating.position_notices import PositionNotices
from bot.services.organisation.absence_hints import AbsenceHints
from bot.services.organisation.calendar_watch import CalendarWatch
from bot.services.organisation.crawling import Crawling
from bot.services.organisation.incoming import Incoming
from bot.services.organisation.own_organisation import OwnOrganisation
from bot.services.organisation.rosters import ConfiguredRosters
from bot.services.punching.couriers import Courier
from bot.services.punching.missed import MissedChecks
from bot.services.punching.receipts import ReceiptDesk
from bot.services.punching.reconciling import NightlyComparison
from bot.services.punching.speakers import Speaker
from bot.services.punching.targets import Pace
from bot.services.reporting.known_facts import KnownFacts
from bot.services.reporting.reports import Workshop
from bot.services.upkeep.clock_watch import ClockWatch
from bot.services.upkeep.confirmations import ConfirmationWatch
from bot.services.upkeep.heartbeats import Heartbeat
from bot.services.upkeep.leases import Lease
from bot.services.upkeep.missing_settings import MissingSettings
from bot.services.upkeep.operators import Operators
from bot.services.upkeep.sealing import Sealer
from bot.services.upkeep.tidying import Tidying
from bot.services.use_cases import Services
from bot.settings import Settings
from bot.stopping import Step, end_in_turn
from bot.storage import open_store
from bot.storage.store import Store
from bot.supervisor import Supervisor
from bot.understanding import warm_up
from bot.web.readiness import Readiness, Sources
from bot.web.server import WebServer
from bot.wiring.corrections import corrections_of, excuses_of, notes_of, privacy_of
from bot.wiring.locating import flag_notes_of, links_of, page_of, port_limits_of, taps_of
from bot.wiring.organisation import (
    Surroundings,
    absence_reader_of,
    book_of,
    directory_of,
    reconciler_of,
    roster_reading_of,
    rosters_of,
    sightings_of,
)
from bot.wiring.platform import DingTalk
from bot.wiring.punching import punching_of
from bot.wiring.reminding import nudging_of, reminders_of, wishes_of
from bot.wiring.reports import digest_wishes_of, digests_of, reports_of, team_starts_of
from bot.wiring.teams import past_days_of, summaries_of, visibility_of
from bot.wiring.values import Patience, lease_s_of, texts_of, without_operator
from handlers import ROUTERS

log = logging.getLogger(__name__)

COLLECT_AFTER = 50_000  # new objects; at 700, as Python has it, a fifth of a burst goes into looking for cycles


class App:
    """The assistant, wired and ready to start."""

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Clock,
        rng: random.Random | None = None,
        patience: Patience | None = None,
        store: Store | None = None,
        dingtalk: DingTalk | None = None,
        workshop: Workshop | None = None,
    ) -> None:
        """Take what is handed in as it is; without `store` and `dingtalk`, those that `settings` name."""
        self._workshop = workshop
        rng, patience = rng or random.SystemRandom(), patience or Patience()
        self.settings = settings
        self._clock = clock
        self._reminds = patience.reminds
        self.store = store or open_store(settings.store.url, clock=clock, owner=secrets.token_hex(8))
        self.dingtalk = dingtalk or DingTalk(settings, clock, rng, call_s=patience.call_s)
        self._lease = Lease(clock, lasts_s=lease_s_of(settings), name=lambda: self.store.owner)
        self._speaker = Speaker(self.dingtalk.robot, self._lease)
        self._texts = texts_of(settings)
        self._operators = Operators(self.dingtalk.robot, settings.roles.admins, self._texts(settings.language))
        self.heartbeat = Heartbeat(self.store, self._lease, self._operators, clock)
        self.directory = directory_of(settings, self.store, self.dingtalk, clock, patience)
        self.supervisor = Supervisor(rng)
        self._scheduler = Scheduler(settings.zone, clock)
        self._crawling = Crawling(
            self.directory, jobs=self.store.jobs, operators=self._operators, clock=clock, zone=settings.zone,
            on_read=lambda: self._scheduler.soon("rosters"),
        )  # fmt: skip  # a first start would else know no plan for a minute, and drop what is due in it unsaid
        self._registry = CollectorRegistry()
        self._readiness = Readiness(self.store, self._sources(), self._registry)
        limits = port_limits_of(settings, patience)
        self.web = WebServer(settings.web.host, settings.web.port, self._readiness, self._registry, limits=limits)
        self._wire_reminders(patience)
        self._wire_punches(rng, patience)
        self._wire_conversation(patience)
        self._wire_upkeep(patience)
        self._wire_stream(rng)

    def _wire_reminders(self, patience: Patience) -> None:
        settings, store, clock, lease = self.settings, self.store, self._clock, self._lease
        self._around = Surroundings(
            settings, store, self.dingtalk, self.directory, self._operators, self._texts, clock, lease, patience
        )
        self._rosters = rosters_of(settings, self.store, self.dingtalk, clock, patience)
        self._book = book_of(self._around, self._rosters)
        self._past = past_days_of(self._around, self._rosters)
        self._visibility = visibility_of(self._around)
        self._summaries = summaries_of(self._around, self._book, self._past)
        digests = digests_of(self._around, self._book, self._visibility, self._summaries)
        self._clock_watch = ClockWatch(self.dingtalk.server_time, self._operators, clock)
        self.reminders = reminders_of(self._around, self._book, self._visibility, digests, self._clock_watch)
        self._missed = MissedChecks(
            self.store.reminders,
            clock,
            KnownFacts(self._past, sightings_of(self._around), self.store.absences, self.store.excuses).of,
            shadow=settings.reminders.mode == "shadow",
        )
        self.roster_reading = roster_reading_of(self._around, self._book)
        self._hints = AbsenceHints(
            absence_reader_of(self._around),
            clock,
            settings.zone,
            is_known=lambda user_id: self.directory.employee(user_id) is not None,
            read_all=self.roster_reading.changed,
        )

    def _wire_punches(self, rng: random.Random, patience: Patience) -> None:
        kept = timedelta(days=self.settings.retention.coordinates_days)
        self._notices = PositionNotices(self.store.links, self._texts, keep=kept)
        self.desk = ReceiptDesk(
            self.store.receipts,
            self._speaker,
            self._clock,
            self._texts,
            lease=self._lease,
            missed=self._missed,
            notices=self._notices,
            own_days=self._summaries.own,
            patience_s=patience.receipt_s,
            round_s=patience.owed_s,
        )
        self.courier = Courier(
            self.dingtalk.targets,
            deliveries=self.store.deliveries,
            attendance=self.dingtalk.attendance,
            operators=self._operators,
            lease=self._lease,
            clock=self._clock,
            rng=rng,
            on_settled=self.desk.on_settled,
            pace=Pace(patience.lookup_s, patience.round_s, patience.probe_s),
            for_corrections=self.dingtalk.for_corrections,
        )
        self._punching = punching_of(self._around, self._rosters, self.courier, self.desk)

    def _wire_conversation(self, patience: Patience) -> None:
        punching = self._punching
        requests = corrections_of(self._around, self._rosters, self._visibility, self._past)
        self.notes = notes_of(self._around, requests, speaker=self._speaker, lease=self._lease)
        taps = taps_of(self._around, punching.recorder, punching.own, punching.positions)
        services = Services(
            punches=punching.punches,
            own_punches=punching.own,
            positions=punching.positions,
            policy=punching.policy,
            buttons=self.store.buttons,
            wishes=wishes_of(self._around, self.reminders),
            rosters=self._rosters,
            nudging=nudging_of(self._around, self._book, self._visibility, self._clock_watch),
            visibility=self._visibility,
            summaries=self._summaries,
            reports=reports_of(self._around, self._visibility, self._summaries, self._workshop),
            digests=digest_wishes_of(self._around, team_starts_of(self._book, self._visibility)),
            in_groups=self.settings.summaries.in_groups,
            corrections=requests,
            excuses=excuses_of(self._around, self._rosters, self._visibility),
            privacy=privacy_of(self._around, self._visibility),
            refused=self._readiness.on_refused,
            progress_s=patience.progress_s,
            links=links_of(self._around, lambda: self.web.url),
            taps=taps,
        )
        buttons = Buttons(self.store.buttons, self._clock)
        reader = Reader(
            buttons,
            sites=punching.positions.places.known_to,
            names=self.directory.names,
            local_date=punching.own.local_date,
        )
        refused = self._readiness.on_refused
        answering = Answering(
            own_organisation=OwnOrganisation(self.settings.dingtalk.corp_id, self._operators, refused),
            directory=self.directory,
            reader=reader,
            buttons=buttons,
            routes=Routes(ROUTERS),
            services=services,
            texts=self._texts,
            language=self.settings.language,
        )
        self.dispatcher = Dispatcher(
            inbox=self.store.inbox,
            answering=answering,
            desk=self.desk,
            speaker=self._speaker,
            lease=self._lease,
            clock=self._clock,
            texts=self._texts,
            waiting_s=patience.waiting_s,
            round_s=patience.inbox_s,
        )
        self.web.page = page_of(
            self._around,
            own=punching.own,
            positions=punching.positions,
            taps=taps,
            desk=self.desk,
            notices=self._notices,
            speaker=self._speaker,
            served=lambda: self.web.url,
        )
        self.flag_notes = flag_notes_of(self._around, self._visibility, self.reminders.language_of, self._lease)

    def _wire_upkeep(self, patience: Patience) -> None:
        settings, operators, clock = self.settings, self._operators, self._clock
        self._missing_settings = MissingSettings(operators, without_operator(settings))
        self.sealer = Sealer(self.store.chain, self.store.jobs, operators, every_s=patience.seal_s)
        self.confirmation_watch = ConfirmationWatch(
            self.store.confirmations, operators, every_s=patience.confirmed_s
        )
        self.reconciler = reconciler_of(
            self.store, self.dingtalk, settings, clock, self.desk.on_settled, on_read=self._past.take
        )
        self.comparison = NightlyComparison(self.reconciler, self.store.jobs, operators, clock, settings.zone)
        keep = timedelta(days=settings.retention.coordinates_days)
        self._tidying = Tidying(self.store, clock, settings.zone, keep_positions=keep)
        self._calendar_watch = (
            CalendarWatch(self._rosters, operators, self.store.jobs, clock, settings.zone)
            if isinstance(self._rosters, ConfiguredRosters)
            else None
        )

    def _wire_stream(self, rng: random.Random) -> None:
        incoming = Incoming(
            self.directory,
            self.store.inbox,
            self._clock,
            native_punches=self.store.native_punches,
            absences=self.store.absences,
            hints=self._hints,
            roster_changed=self.roster_reading.changed,
        )
        self.stream = StreamClient(
            self.dingtalk.gateway,
            take=self.dispatcher.take,
            handlers=incoming,
            clock=self._clock,
            rng=rng,
            on_ack=self._readiness.on_ack,
        )

    async def start(self) -> None:
        """Start everything, the Stream last. Raises OperatorError when something has to be mended first."""
        await self.store.open()
        await self.heartbeat.beat()
        try:
            await self.web.start()
            await self.directory.load()
            await asyncio.to_thread(warm_up)  # before anybody waits
        except BaseException:
            await self.stop()
            raise
        self.supervisor.start("missing settings", self._missing_settings.run)
        self.supervisor.start("heartbeat", self.heartbeat.run)
        self.supervisor.start("courier", self.courier.run)
        self.supervisor.start("receipts", self.desk.run)
        self.supervisor.start("flags", self.flag_notes.run)
        self.supervisor.start("inbox", self.dispatcher.run)
        self.supervisor.start("waiting", self.dispatcher.tell_waiting)
        self.supervisor.start("seal", self.sealer.run)
        self.supervisor.start("confirmations", self.confirmation_watch.run)
        self.supervisor.start("crawl", self._crawling.run)
        self.supervisor.start("directory", self.directory.run)
        self.supervisor.start("reminders", self.reminders.run)
        self.supervisor.start("notes", self.notes.run)
        self._scheduler.daily("directory", self._crawling.daily, hour="3-5", minute=10)
        self._scheduler.daily("comparison", self.comparison.run, hour="5-7", minute=40)
        self._scheduler.daily("tidying", self._tidying.run, hour=4, minute=25)
        self._scheduler.daily("clock watch", self._clock_watch.run, hour="*", minute="*/15")
        if self._reminds:
            self._scheduler.minutely("reminders", self.remind)
            self._scheduler.minutely("rosters", self.read_rosters)
            self.supervisor.start("clock", self._scheduler.run)
        if self._calendar_watch is not None:
            self._scheduler.daily("calendar", self._calendar_watch.run, hour=8, minute=5)
            self.supervisor.start("calendar", self._watch_calendar)
        self._scheduler.start()
        self.supervisor.start("stream", self.stream.run)

    async def stop(self) -> None:
        """Take no more messages, finish what is in hand within seconds, leave the rest to the next start."""
        self._scheduler.stop()
        await end_in_turn(self.steps_to_stop())

    def steps_to_stop(self) -> Sequence[Step]:
        """Return what `stop` ends one after the other, each within its share of the ten seconds."""
        return (
            Step("the Stream", 1.0, lambda: self.supervisor.stop("stream")),
            Step("the messages in hand", 3.7, lambda: self.dispatcher.drain(3.5)),
            Step("the punches under way", 1.7, lambda: self.courier.drain(1.5)),
            Step("what runs in the background", 0.4, self.supervisor.stop_all),
            Step("the web server", 0.5, self.web.stop),
            Step("the database", 1.8, self.store.close),  # whose claims end by themselves
            Step("the connections to DingTalk", 0.2, self.dingtalk.http.close),
        )

    def _sources(self) -> Sources:
        return Sources(
            connected=lambda: self.stream.connected,
            stream_trouble=lambda: self.stream.trouble,
            stream_counts=lambda: self.stream.counts,
            messages_in_hand=lambda: self.dispatcher.in_hand,
            deliveries_in_hand=lambda: self.courier.in_hand,
            troubles=lambda: self._operators.troubles,
            restarts=lambda: self.supervisor.restarts,
            people_known=lambda: len(self.directory),
        )

    async def remind(self) -> None:
        """Look whom to remind; to be called every minute."""
        try:
            await self.directory.follow()
            await self._clock_watch.look()
            await self.reminders.tick()
            await self._missed.follow()
        except StoreRefused as error:
            log.warning("whom to remind could not be looked up: %s", error)

    async def read_rosters(self) -> None:
        """Read the plans and absences that are due to be read, once it is known of whom; for every minute."""
        if self.directory.is_read:
            await self.roster_reading.read_if_due()
            await self._hints.read()

    async def _watch_calendar(self) -> None:
        if self._calendar_watch is not None:
            await self._calendar_watch.run()
        await asyncio.Event().wait()


async def run(
    app: App, *, ready: Callable[[], None] = lambda: None, stopping: Callable[[], None] = lambda: None
) -> None:
    """Run `app` until SIGTERM or SIGINT; a second signal ends the process at once.

    `ready` is called when it runs, `stopping` when it begins to end.
    Raises StoreDamaged when the database turned out to be damaged: then nothing but a restored one helps.
    """
    gc.set_threshold(COLLECT_AFTER)
    ending = app.heartbeat.ending
    loop = asyncio.get_running_loop()

    def stop() -> None:
        ending.set()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    await app.start()
    try:
        ready()
        await ending.wait()
    finally:
        stopping()
        await app.stop()
    if app.heartbeat.damage is not None:
        raise app.heartbeat.damage
