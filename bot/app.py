"""The composition root: settings in, a running assistant out. Only here does everything meet."""

import asyncio
import gc
import logging
import signal
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from ipaddress import ip_network

from prometheus_client import CollectorRegistry

from bot.chat.answering import Answering
from bot.chat.buttons import Buttons
from bot.chat.context import Routes
from bot.chat.dispatcher import Dispatcher
from bot.chat.reading import Reader
from bot.dingtalk.stream import StreamClient
from bot.errors import StoreRefused
from bot.parts import Parts
from bot.scheduler import Scheduler
from bot.services.organisation.reads import Incoming, Reads
from bot.services.reconciling import compare_tonight
from bot.services.upkeep import Sealer, keep_alerting, tidy
from bot.services.use_cases import Services
from bot.settings import rules
from bot.supervisor import Step, Supervisor, end_in_turn
from bot.understanding import warm_up
from bot.understanding.gate import without_positions
from bot.web.board import Board
from bot.web.desk import PunchDesk
from bot.web.guards import Gate
from bot.web.h5 import Page
from bot.web.readiness import Readiness, Sources
from bot.web.server import WebServer
from handlers import ROUTERS

log = logging.getLogger(__name__)

COLLECT_AFTER = 50_000  # new objects; at 700, as Python has it, a fifth of a burst goes into looking for cycles


class App(Parts):
    """The assistant: its services, the doors to them, and what runs by itself; ready to start."""

    def _build(self) -> None:
        super()._build()
        self.supervisor = Supervisor(self.rng)
        self.sealer = Sealer(self.base)
        self.scheduler = Scheduler(self.settings.zone, self.clock)
        self._build_web()
        self._build_conversation()
        self._build_reading()

    def _build_web(self) -> None:
        """Build the web server."""
        web, registry = self.settings.web, CollectorRegistry()
        self.readiness = Readiness(self.store, self._sources(), registry)
        self.web = WebServer(web.host, web.port, self.readiness, registry)

    def _build_page(self, answering: Answering, services: Services) -> None:
        """Build the page, which is served with `web.public_url` alone."""
        settings = self.settings
        if settings.web.public_url is None:
            return
        desk = PunchDesk(
            services,
            self.desk,
            self.clock,
            answering.carry_out,
            without_positions=without_positions,
        )
        proxies = [ip_network(one) for one in settings.web.trusted_proxies]
        self.web.page = Page(
            settings,
            self.clock,
            self.texts,
            identity=self.dingtalk.page_identity,
            directory=self.directory,
            desk=desk,
            board=Board(services, answering.carry_out),
            gate=Gate(self.clock.monotonic, proxies=proxies),
            body_s=self.patience.body_s,
        )

    def _build_conversation(self) -> None:
        """Build what reads messages and answers them."""
        store = self.store
        services = Services(
            base=self.base,
            punches=self.punches,
            places=self.places,
            languages=self.languages,
            rosters=self.rosters,
            nudging=self.nudging,
            visibility=self.visibility,
            summaries=self.summaries,
            directory=self.directory,
            workshop=self.workshop,
            corrections=self.corrections,
            refused=self.readiness.on_refused,
        )
        buttons = Buttons(store.buttons, self.clock)
        reader = Reader(
            buttons,
            sites=self.places.known_to,
            names=self.directory.names,
            date_of=self.punches.date_of,
        )
        answering = Answering(
            self.base, self.directory, reader, buttons, routes=Routes(ROUTERS), services=services
        )
        self._build_page(answering, services)
        self.dispatcher = Dispatcher(self.base, answering, self.desk)

    def _build_reading(self) -> None:
        """Build what reads people, plans and absences by itself, and what DingTalk pushes."""
        self.reads = Reads(
            self.base,
            self.directory,
            self.rosters,
            self.absence_reader,
            # Else a first start knows no plan for a minute, and drops the reminders due in it.
            on_walked=lambda: self.scheduler.soon("rosters"),
        )
        incoming = Incoming(self.base, self.directory, self.rosters, self.absence_reader)
        self.stream = StreamClient(
            self.dingtalk.gateway,
            take=self.dispatcher.take,
            on_event=incoming.event,
            clock=self.clock,
            rng=self.rng,
            on_ack=self.readiness.on_ack,
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
        for name, work in self._loops().items():
            self.supervisor.start(name, work)
        add = self.scheduler.add
        add("directory", self.reads.walk_daily, hour="3-5", minute="10")
        add("comparison", partial(compare_tonight, self.base, self.reconciler), hour="5-7", minute="40")
        add("tidying", partial(tidy, self.base), hour="4", minute="25")
        add("requests", self.corrections.renew)
        add("clock watch", self.clock_watch.run, minute="*/15")
        add("calendar", self.reads.check_calendar, hour="8", minute="5")
        if self.patience.reminds:
            add("reminders", self.remind)
            add("rosters", self.reads.read_if_due)
            self.supervisor.start("clock", self.scheduler.run)
        self.supervisor.start("stream", self.stream.run)

    def _loops(self) -> dict[str, Callable[[], Awaitable[None]]]:
        """Return what runs for ever, by name; the last one is the first to end."""
        unusable = rules.without_operator(self.settings)
        return {
            "missing settings": lambda: keep_alerting(self.operators, unusable),
            "heartbeat": self.heartbeat.run,
            "outbox": self.outbox.run,
            "inbox": self.dispatcher.run,
            "waiting": self.dispatcher.tell_waiting,
            "seal": self.sealer.run,
            "crawl": self.reads.walk,
            "directory": self.directory.run,
        }

    async def stop(self) -> None:
        """Take no more messages, finish what is in hand within seconds, leave the rest to the next start."""
        self.scheduler.stop()
        await end_in_turn(self.steps_to_stop())

    def steps_to_stop(self) -> Sequence[Step]:
        """Return what `stop` ends one after the other, each within its share of the ten seconds."""
        return (
            Step("the Stream", 1.0, lambda: self.supervisor.stop("stream")),
            Step("the messages in hand", 3.7, lambda: self.dispatcher.drain(3.5)),
            Step("the punches under way", 1.7, lambda: self.outbox.drain(1.5)),
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
            deliveries_in_hand=lambda: self.outbox.in_hand(self.courier),
            troubles=lambda: self.operators.troubles,
            restarts=lambda: self.supervisor.restarts,
            people_known=lambda: len(self.directory),
        )

    async def remind(self) -> None:
        """Find and send due reminders; to be called every minute."""
        try:
            await self.directory.follow()
            await self.clock_watch.look()
            await self.reminders.tick()
            await self.desk.follow()
        except StoreRefused as error:
            log.warning("whom to remind could not be looked up: %s", error)


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
