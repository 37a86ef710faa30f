"""The composition root: builds the assistant from the settings, starts it and stops it."""

import asyncio
import gc
import secrets
import signal
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial

from bot.chat.answering import Answering
from bot.chat.dispatcher import Dispatcher
from bot.chat.intake import Intake, take_event
from bot.chat.presses import Presses
from bot.clock import Clock
from bot.dingtalk.stream import StreamClient
from bot.errors import ServiceStopped, StoreRefused, Unclassified
from bot.platform import DingTalk
from bot.scheduler import Scheduler
from bot.services.base import Patience
from bot.services.cards import CardDesk
from bot.services.clock_watch import ClockWatch
from bot.services.metrics import Metrics
from bot.services.months import PeopleMonths
from bot.services.organisation.directory import Directory
from bot.services.organisation.reads import Reads
from bot.services.organisation.rosters import ConfiguredRosters, DingTalkRosters, schedule_of
from bot.services.organisation.visibility import Visibility
from bot.services.outbox.deliveries import Courier
from bot.services.outbox.lease import FOR_EVER_S, VALID_FOR_S, Lease
from bot.services.outbox.messages import MessageSender, ReceiptDesk
from bot.services.outbox.worker import OutboxWorker
from bot.services.punches import Places, Punches
from bot.services.quota import QuotaWatch
from bot.services.reconciling import Reconciler, compare_tonight
from bot.services.reminding.planning import ReminderPlan
from bot.services.reminding.reminders import ReminderService
from bot.services.reminding.sending import ReminderSender
from bot.services.reporting.day_reader import DayReader
from bot.services.reporting.days import PeopleDays
from bot.services.services import Services
from bot.services.speaking import Operators, Speaker
from bot.services.upkeep import Heartbeat, keep_sealing, tidy
from bot.settings import Settings
from bot.storage import open_store
from bot.storage.store import Store
from bot.supervisor import StopStep, Supervisor, run_steps
from bot.understanding.understand import warm_up
from bot.views.i18n import Texts, load_catalogues
from bot.views.workshop import Workshop
from bot.web.api.door import ApiDoor
from bot.web.h5 import Page
from bot.web.server import WebServer, readiness
from handlers.digest import send_digest, send_notes
from handlers.notes import word_note

LAST_S = 9.8  # systemd and Docker kill a process ten seconds after SIGTERM
USAGE_S = 0.3  # for the last counts of calls, when the bot stops
# With Python's defaults a burst spends a fifth of its time on looking for cycles.
COLLECT_AFTER = (100_000, 20, 50)  # new objects, then collections of each younger generation


class App(Services):
    """The assistant: its services, its doors (chat, button, page) and its background tasks."""

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Clock,
        patience: Patience | None = None,
        store: Store | None = None,
        dingtalk: DingTalk | None = None,
        workshop: Workshop | None = None,
    ) -> None:
        """Build all services without starting them."""
        patience = patience or Patience()
        store = store or open_store(settings.store.url, clock=clock, owner=secrets.token_hex(8))
        dingtalk = dingtalk or DingTalk(settings, clock, call_s=patience.call_s)
        texts = Texts(settings.language, settings.zone)
        operators = Operators(
            dingtalk.robot, settings.roles.admins, texts, alerts=store.alerts, clock=clock
        )
        # SQLite has one writer
        valid_for_s = FOR_EVER_S if settings.store.url.startswith("sqlite") else VALID_FOR_S
        super().__init__(
            settings=settings,
            clock=clock,
            patience=patience,
            store=store,
            dingtalk=dingtalk,
            operators=operators,
            clock_watch=ClockWatch(clock, dingtalk.server_time, operators),
            lease=Lease(clock, lambda: store.database.owner, valid_for_s=valid_for_s),
            speaker=Speaker(dingtalk.robot),
            metrics=Metrics(store, clock),
        )
        self.quota = QuotaWatch(self)
        self.heartbeat = Heartbeat(self)
        self.outbox = OutboxWorker(round_s=patience.round_s)
        self.workshop = workshop or Workshop()
        self.supervisor = Supervisor()
        self.scheduler = Scheduler(settings.zone, clock, self.clock_watch.is_off)
        self._build_organisation()
        self._build_reminders()
        self._build_punching()
        self._build_doors()
        self._build_metrics()
        self.dingtalk.openapi.report = self._on_api_outcome

    def _build_organisation(self) -> None:
        settings = self.settings
        self.directory = Directory(self)
        self.visibility = Visibility(self.directory, settings.roles.admins, settings.roles.hr)
        if settings.schedule.source == "config":
            self.rosters = ConfiguredRosters(self, schedule_of(settings), self.directory)
        else:
            self.rosters = DingTalkRosters(self, self.directory)
        self.day_reader = DayReader(self, self.rosters)
        self.summaries = PeopleDays(self, self.rosters, self.day_reader)
        self.months = PeopleMonths(self, self.directory, self.summaries)

    def _build_reminders(self) -> None:
        self.reminder_plan = ReminderPlan(self, self.rosters, self.directory)
        self.card_desk = CardDesk(self, self.day_reader, self.quota)
        sender = ReminderSender(self, self.card_desk)
        self.reminders = ReminderService(
            self,
            sender=sender,
            worker=self.outbox,
            send_digest=partial(send_digest, self, sender),
            send_notes=partial(send_notes, self, sender),
        )
        self.begin_reminders = self.reminders.begin

    def _build_punching(self) -> None:
        trusted = self.settings.clock_in.trusted_sources
        self.desk = ReceiptDesk(self, self.summaries, self.outbox)
        self.courier = Courier(self, self.desk, self.outbox)
        self.places = Places(self.settings.sites, trusted)
        self.punches = Punches(
            self,
            self.rosters,
            self.day_reader,
            places=self.places,
            courier=self.courier,
        )
        self.reconciler = Reconciler(
            self.store,
            self.dingtalk.attendance,
            self.clock,
            self.zone,
            targets=self.courier.targets,
            on_settled=self.desk.on_settled,
            on_read=self.day_reader.store_records,
        )
        word = partial(word_note, self)
        self.outbox.add(self.courier, self.desk)
        self.outbox.add(
            MessageSender(self, self.store.notes, word, self.card_desk),
            MessageSender(self, self.store.month_notes, word, self.card_desk),
            MessageSender(self, self.store.flags, word),
            MessageSender(self, self.store.alerts, self.operators.text_of),
        )

    def _build_doors(self) -> None:
        place = self.settings.web
        answering = Answering(self)
        self.dispatcher = Dispatcher(self, answering, self.desk)
        # Else a first start knows no plan for a minute, and drops the reminders of that minute.
        on_walked = partial(self.scheduler.begin, "rosters")
        self.reads = Reads(self, self.directory, self.rosters, on_walked=on_walked)
        presses = Presses(self, self.dispatcher)
        intake = Intake(
            take=self.dispatcher.take,
            press=presses.take,
            on_event=partial(take_event, self, self.directory, self.rosters),
            clock=self.clock,
            zone=self.zone,
            usage=self.dingtalk.usage,
        )
        self.intake = intake
        self.stream = StreamClient(
            self.dingtalk.gateway,
            intake.handle,
            intake.counts,
            clock=self.clock,
            on_ack=self.metrics.ack_seconds.observe,
        )
        report = partial(readiness, self.store.database, self.stream, self.operators)
        self.web = WebServer(place.host, place.port, report=report, scrape=self.metrics.scrape)
        if place.public_url is not None:
            self.web.page = Page(self, self.desk, self.dingtalk.page_identity, answering.carry_out)
        if self.settings.api.enabled:
            self.web.api = ApiDoor(self)

    async def _on_api_outcome(self, api: str, error: Unclassified | ServiceStopped | None) -> None:
        """Alert the operators when an API refuses, and withdraw the alert when it works again.

        The outbox alerts about the targets of punches. If an answer by webhook is refused, the bot
        sends it one to one.
        """
        subject = f"the API {api}"
        unknown_error = f"an unknown error of {api}"
        if error is None:
            self.operators.over(unknown_error, may_return=True)
        if isinstance(error, Unclassified):
            self.metrics.unclassified.labels(api, error.code).inc()
            await self.operators.alert(
                unknown_error,
                "alert.unclassified",
                service=api,
                reason=error.reason,
            )
        elif api in ("replies", *self.courier.targets, *self.courier.make_up_targets):
            return
        elif error is None:
            self.operators.over(subject)
        else:
            await self.operators.alert(
                subject,
                "alert.refused",
                service=api,
                reason=error.reason,
                remedy=error.remedy,
            )

    def _build_metrics(self) -> None:
        gauge = self.metrics.gauge
        counter = self.metrics.counter
        gauge("stream_connected", "1 while connected to the gateway", lambda: self.stream.connected)
        counter(
            "stream_events",
            "Frames, refused frames, reconnects",
            lambda: self.intake.counts,
            "kind",
        )
        gauge("people_known", "People of the directory", lambda: len(self.directory.view.people))
        gauge(
            "troubles",
            "1 while it lasts",
            lambda: dict.fromkeys(self.operators.troubles, 1),
            "subject",
        )
        gauge(
            "slowed_api_rate",
            "Calls a second of a slowed API",
            self.dingtalk.limits.slow_rates,
            "api",
        )

    async def start(self) -> None:
        """Start everything, the Stream last.

        Raises OperatorError when an operator has to act first.
        """
        await self.store.open()
        await self.heartbeat.beat()
        try:
            await self.web.start()
            await self.directory.catch_up()
            await self.quota.store_usage()
            await self.reminder_plan.catch_up_on_wishes()  # the languages that people write
            await asyncio.to_thread(warm_up)  # before anybody waits
            await asyncio.to_thread(load_catalogues)
        except BaseException:
            await self.stop()
            raise
        # the task that starts last ends first
        start = self.supervisor.start
        add = self.scheduler.add
        start("heartbeat", self.heartbeat.run)
        start("outbox", self.outbox.run)
        start("inbox", self.dispatcher.run)
        start("seal", partial(keep_sealing, self))
        start("crawl", self.reads.walk)
        start("directory", self.directory.run)
        add("directory", self.reads.walk_daily, hour="3-5", minute="10")
        add(
            "comparison",
            partial(compare_tonight, self, self.reconciler),
            hour="5-7",
            minute="40",
        )
        add("tidying", partial(tidy, self), minute="25")
        add("requests", self.store.corrections.expire)
        add("waits", self.store.figures.shorten_waits)
        add("quota", self.quota.tick)
        add("calendar", self.reads.check_calendar, hour="8", minute="5")
        if self.patience.reminds:
            add("reminders", self.reminders.tick)
            add("months", self.months.tick)
            if self.settings.dingtalk.card_template_id:
                add("cards", self.card_desk.tick)
            add("rosters", self.reads.read_if_due)
            start("clock", self.scheduler.run)
        start("stream", self.stream.run)

    async def stop(self) -> None:
        """Take no more messages, finish those in hand within seconds, and leave the rest to the
        next start.
        """
        self.scheduler.stop()
        await run_steps(self.steps_to_stop())

    def steps_to_stop(self) -> Sequence[StopStep]:
        """Return the steps of `stop` in order, each with its share of the ten seconds."""
        return (
            StopStep("the Stream", 1.0, lambda: self.supervisor.stop("stream")),
            StopStep("the messages in hand", 3.7, lambda: self.dispatcher.drain(3.5)),
            StopStep("the punches under way", 1.7, lambda: self.outbox.drain(1.5)),
            StopStep("the background tasks", 0.4, self.supervisor.stop),
            StopStep("the web server", 0.5, self.web.stop),
            StopStep("the database", 1.8, self._close_store),
            StopStep("the connections to DingTalk", 0.2, self.dingtalk.http.close),
        )

    async def _close_store(self) -> None:
        """Give up all claims.

        Keep them after a cut-off call: it may still arrive, so nobody may repeat it yet.
        """
        with suppress(StoreRefused, TimeoutError):
            async with asyncio.timeout(USAGE_S):
                await self.quota.store_usage()
        was_cut_off = self.dispatcher.was_cut_off or self.outbox.was_cut_off
        await self.store.close(keep_claims=was_cut_off)


async def run_app(app: App, *, ready: Callable[[], None] | None = None) -> None:
    """Run `app` until SIGTERM or SIGINT.

    A second signal ends the process at once. Call `ready` once it runs.
    """
    gc.set_threshold(*COLLECT_AFTER)
    ending = asyncio.Event()
    loop = asyncio.get_running_loop()

    def stop() -> None:
        ending.set()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    await app.start()
    try:
        if ready is not None:
            ready()
        await ending.wait()
    finally:
        # A thread may hang, and nothing can cancel a thread: then the system ends this process.
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, LAST_S)
        await app.stop()
