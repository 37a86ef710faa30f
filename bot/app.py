"""The composition root: settings in, a running assistant out. Only here does everything meet."""

import asyncio
import logging
import random
import secrets
import signal
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from datetime import timedelta

from prometheus_client import CollectorRegistry

from bot.chat.answering import Answering
from bot.chat.context import Services
from bot.chat.dispatcher import Dispatcher
from bot.chat.incoming import Incoming
from bot.chat.routing import Routes
from bot.clock import Clock
from bot.dingtalk.attendance import AttendanceApi
from bot.dingtalk.clock_in import RecordUpload, SignedClockIn
from bot.dingtalk.contacts import ContactsApi
from bot.dingtalk.gateway import new_session
from bot.dingtalk.http import Http
from bot.dingtalk.limits import Limits
from bot.dingtalk.openapi import OpenApi
from bot.dingtalk.robot import Robot
from bot.dingtalk.stream import StreamClient
from bot.domain.punches import Punch, PunchPolicy
from bot.domain.shifts import Section, Shift
from bot.domain.sites import Site
from bot.errors import OperatorError, StoreRefused, UpstreamError
from bot.i18n import Texts
from bot.scheduler import Scheduler
from bot.services.couriers import Courier
from bot.services.directory import Directory
from bot.services.operators import Operators
from bot.services.ports import Store
from bot.services.punches import PunchService
from bot.services.receipts import ReceiptDesk
from bot.services.reconciling import NightlyComparison, Reconciler
from bot.services.rosters import Assignment, ConfiguredRosters, DingTalkRosters, Rosters
from bot.services.sealing import Sealer
from bot.services.speakers import Speaker
from bot.settings import Settings, ShiftSettings
from bot.storage import open_store
from bot.supervisor import Supervisor
from bot.views.reply import Language
from bot.web.readiness import Readiness, Sources
from bot.web.server import WebServer
from handlers import ROUTERS

log = logging.getLogger(__name__)

HEARTBEAT_S = 2.0
CRAWL_AGAIN_S = 60.0
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Patience:
    """How long is waited, in seconds.

    For a target's answer; for targets before a receipt is given; between looks for a punch of unknown outcome;
    between looks for what is due; between two tries of a target that rests; between looks for punches to seal.
    """

    call_s: float = 10.0
    receipt_s: float = 3.0
    lookup_s: tuple[float, ...] = (2.0, 8.0, 20.0)
    round_s: float = 1.0
    probe_s: float = 5.0
    seal_s: float = 20.0


class DingTalk:
    """The adapters that speak to DingTalk and to the signed clock-in API, over one HTTP session."""

    def __init__(
        self, settings: Settings, clock: Clock, rng: random.Random, *, patience: Patience = Patience()
    ) -> None:
        app = settings.dingtalk
        secret = app.client_secret.get_secret_value()
        self.new_stream_session = new_session
        self.http = Http()
        limits = settings.limits
        self.limits = Limits(
            clock,
            each_api=limits.each_api,
            total=limits.all,
            rates={"signed": limits.signed, "replies": limits.replies},
        )
        self.openapi = OpenApi(
            self.http,
            self.limits,
            client_id=app.client_id,
            client_secret=secret,
            api_url=app.api_url,
            oapi_url=app.oapi_url,
            clock=clock,
            rng=rng,
        )
        self.attendance = AttendanceApi(
            self.openapi, operator_user_id=app.operator_user_id or "", zone=settings.zone, clock=clock
        )
        self.contacts = ContactsApi(self.openapi)
        self.robot = Robot(
            self.http,
            self.openapi,
            self.limits,
            robot_code=app.robot,
            api_url=app.api_url,
            oapi_url=app.oapi_url,
            clock=clock,
        )
        self.targets: list[SignedClockIn | RecordUpload] = [
            SignedClockIn(
                self.http,
                self.limits,
                url=settings.clock_in.signed_url,
                client_id=app.client_id,
                client_secret=secret,
                datum=settings.clock_in.datum,
                clock=clock,
                deadline_s=patience.call_s,
            )
            if name == "signed"
            else RecordUpload(self.openapi)
            for name in dict.fromkeys(settings.clock_in.targets)
        ]


class App:
    """The assistant, wired and ready to start."""

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Clock,
        rng: random.Random | None = None,
        patience: Patience = Patience(),
        store: Store | None = None,
        dingtalk: DingTalk | None = None,
    ) -> None:
        """Take `store` and `dingtalk` as they are; without them, those that `settings` name."""
        rng = rng or random.SystemRandom()
        self.settings = settings
        self._clock = clock
        self.store = store or open_store(settings.store.url, clock=clock, owner=secrets.token_hex(8))
        self.dingtalk = dingtalk or DingTalk(settings, clock, rng, patience=patience)
        speaker = Speaker(self.dingtalk.robot)
        texts = texts_of(settings)
        operators = Operators(self.dingtalk.robot, settings.roles.admins, texts(settings.language))
        self.directory = Directory(
            self.dingtalk.contacts, self.store.people, clock, corp_id=settings.dingtalk.corp_id
        )
        self.desk = ReceiptDesk(self.store.receipts, speaker, clock, texts, patience_s=patience.receipt_s)
        self.courier = Courier(
            self.dingtalk.targets,
            deliveries=self.store.deliveries,
            attendance=self.dingtalk.attendance,
            operators=operators,
            clock=clock,
            rng=rng,
            on_settled=self.desk.on_settled,
            lookup_after_s=patience.lookup_s,
            round_s=patience.round_s,
            probe_every_s=patience.probe_s,
        )
        sites = sites_of(settings)
        punches = PunchService(
            ledger=self.store.ledger,
            questions=self.store.questions,
            rosters=self._rosters(),
            courier=self.courier,
            desk=self.desk,
            sites=sites,
            policy=policy_of(settings),
            datum=settings.clock_in.datum,
            zone=settings.zone,
            clock=clock,
        )
        answering = Answering(
            directory=self.directory,
            routes=Routes(ROUTERS),
            services=Services(punches),
            sites=sites,
            texts=texts,
            language=settings.language,
        )
        self.dispatcher = Dispatcher(
            inbox=self.store.inbox,
            answering=answering,
            desk=self.desk,
            speaker=speaker,
            clock=clock,
            texts=texts,
            language=settings.language,
        )
        self.sealer = Sealer(self.store.chain, self.store.jobs, every_s=patience.seal_s)
        self.reconciler = reconciler_of(self.store, self.dingtalk, settings, clock, self.desk.on_settled)
        self.comparison = NightlyComparison(self.reconciler, self.store.jobs, operators, clock, settings.zone)
        self.supervisor = Supervisor(rng)
        self._scheduler = Scheduler(settings.zone)
        registry = CollectorRegistry()
        self._readiness = Readiness(self.store, self._sources(operators), registry)
        self.web = WebServer(settings.web.host, settings.web.port, self._readiness, registry)
        self.stream = StreamClient(
            client_id=settings.dingtalk.client_id,
            client_secret=settings.dingtalk.client_secret.get_secret_value(),
            api_url=settings.dingtalk.api_url,
            handlers=Incoming(self.dispatcher, self.directory, self.store.inbox, clock),
            clock=clock,
            rng=rng,
            new_session=self.dingtalk.new_stream_session,
            on_ack=self._readiness.on_ack,
        )

    async def start(self) -> None:
        """Start everything, the Stream last. Raises OperatorError when something has to be mended first."""
        await self.store.open()
        try:
            await self.web.start()
            await self.directory.load()
        except BaseException:
            await self.stop()
            raise
        self.supervisor.start("heartbeat", self._beat)
        self.supervisor.start("courier", self.courier.run)
        self.supervisor.start("receipts", self.desk.run)
        self.supervisor.start("inbox", self.dispatcher.run)
        self.supervisor.start("seal", self.sealer.run)
        self.supervisor.start("crawl", self._crawl_until_read)
        self._scheduler.daily("directory", self._crawl_daily, hour=3, minute=10)
        self._scheduler.daily("comparison", self.comparison.run, hour="5-7", minute=40)
        self._scheduler.start()
        self.supervisor.start("stream", self.stream.run)

    async def stop(self) -> None:
        """Take no more messages, finish what is in hand within seconds, leave the rest to the next start."""
        self._scheduler.stop()
        await self.supervisor.stop("stream")
        await self.dispatcher.drain(4.0)
        await self.courier.drain(3.0)
        await self.supervisor.stop_all()
        await self.web.stop()
        await self.store.close()
        await self.dingtalk.http.close()

    def _rosters(self) -> Rosters:
        schedule = self.settings.schedule
        if schedule.source == "config":
            return ConfiguredRosters([assignment_of(shift) for shift in schedule.shifts], self.settings.zone)
        return DingTalkRosters(self.dingtalk.attendance, self.store.plans, self._clock, self.settings.zone)

    def _sources(self, operators: Operators) -> Sources:
        return Sources(
            connected=lambda: self.stream.connected,
            stream_trouble=lambda: self.stream.trouble,
            stream_counts=lambda: asdict(self.stream.counters),
            messages_in_hand=lambda: self.dispatcher.in_hand,
            deliveries_in_hand=lambda: self.courier.in_hand,
            troubles=lambda: operators.troubles,
            restarts=lambda: self.supervisor.restarts,
            people_known=lambda: len(self.directory),
        )

    async def _beat(self) -> None:
        while True:
            try:
                await self.store.beat()
            except StoreRefused as error:
                log.warning("the database did not take the heartbeat: %s", error)
            await asyncio.sleep(HEARTBEAT_S)

    async def _crawl_until_read(self) -> None:
        """Read the organisation once at the start, trying on until it succeeds; later readings are a daily job."""
        read = await self._crawl()
        while not read:
            await asyncio.sleep(CRAWL_AGAIN_S)
            read = await self._crawl()
        await asyncio.Event().wait()

    async def _crawl(self) -> bool:
        try:
            count = await self.directory.crawl()
        except (UpstreamError, OperatorError, StoreRefused) as error:
            log.warning("the directory could not be read: %s", error)
            return False
        log.info("the directory has %d people", count)
        return True

    async def _crawl_daily(self) -> None:
        await self._crawl()


def texts_of(settings: Settings) -> Callable[[Language], Texts]:
    """Return what makes the sentences of a language, in the organisation's time zone."""
    made: dict[Language, Texts] = {language: Texts(language, settings.zone) for language in ("zh", "en")}
    return made.__getitem__


def sites_of(settings: Settings) -> list[Site]:
    """Return the configured sites."""
    return [
        Site(site.name, site.latitude, site.longitude, site.radius_m, site.datum, tuple(site.aliases))
        for site in settings.sites
    ]


def policy_of(settings: Settings) -> PunchPolicy:
    """Return what the company allows."""
    rules = settings.clock_in
    return PunchPolicy(
        max_age=timedelta(hours=rules.max_age_hours),
        location_required=rules.location == "required",
        refuse_outside=rules.outside == "reject",
    )


def assignment_of(shift: ShiftSettings) -> Assignment:
    """Return a configured shift with whom it is for."""
    sections = tuple(Section(start, end) for start, end in shift.sections)
    plan = Shift(shift.name, sections, shift.earliest_minutes, shift.latest_minutes, shift.grace_minutes)
    weekdays = frozenset(WEEKDAYS.index(day) for day in shift.days)
    if shift.people == "all":
        return Assignment(plan, weekdays, None, frozenset())
    return Assignment(plan, weekdays, frozenset(shift.people.departments), frozenset(shift.people.users))


def reconciler_of(
    store: Store,
    dingtalk: DingTalk,
    settings: Settings,
    clock: Clock,
    on_settled: Callable[[Punch], Awaitable[None]],
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
    )


async def run(app: App, *, ready: Callable[[], None] = lambda: None) -> None:
    """Run `app` until SIGTERM or SIGINT; a second signal ends the process at once."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()

    def stop() -> None:
        stopping.set()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    await app.start()
    try:
        ready()
        await stopping.wait()
    finally:
        await app.stop()
