"""A database for tests, opened by one or several processes, also after a crash."""

import shutil
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random

import psycopg

from bot.domain.deciding import decide_punch
from bot.domain.facts import SeenPunch
from bot.domain.messages import Message, MessageKind, Sender
from bot.domain.punches import (
    Accepted,
    Decision,
    DeliveryState,
    Punch,
    PunchPolicy,
    PunchRequest,
    PunchSource,
)
from bot.domain.shifts import CheckType, TimeResult
from bot.domain.sites import NO_POSITION, Whereabouts
from bot.domain.slots import Days
from bot.storage import Store, open_store
from bot.storage.ledger import Recorded
from bot.storage.outbox import Delivery
from bot.views.i18n import Language
from tests.builders import TUESDAY, a_plan, local
from tests.faults.disks import StubbornDisk
from tests.storage.postgres_server import PostgresServer

NOON = local("12:00")
LATER = NOON + timedelta(days=1)
Stubborn = tuple[Store, StubbornDisk]


class HandClock:
    """A clock that stands still until a test moves it."""

    def __init__(self) -> None:
        self._now = NOON

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return (self._now - datetime(2026, 1, 1, tzinfo=UTC)).total_seconds()

    def move(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)


class Stage:
    """A database and its open stores."""

    shared = False  # whether several processes may write at the same time

    def __init__(self, url: str) -> None:
        self.url = url
        self.clock: HandClock = HandClock()
        self._stores: list[Store] = []

    async def open(self, owner: str = "one") -> Store:
        """Open the database as the process `owner`."""
        store = open_store(self.url, clock=self.clock, owner=owner, random=Random(owner))
        self.adopt(store)
        await store.open()
        return store

    def adopt(self, store: Store) -> None:
        """Close this store at the end, too."""
        self._stores.append(store)

    async def crash(self) -> None:
        """Leave the database as after the death of all its processes, and end their claims."""
        self.clock.move(10.1)

    async def close(self) -> None:
        for store in self._stores:
            await store.close()


class SqliteStage(Stage):
    """An SQLite file. A crash is a copy of the file and its WAL."""

    def __init__(self, directory: Path) -> None:
        super().__init__(f"sqlite:///{directory / 'clock-in.db'}")
        self.directory = directory

    @property
    def file(self) -> Path:
        return self.directory / "clock-in.db"

    @property
    def log(self) -> Path:
        return self.directory / "clock-in.db-wal"

    async def crash(self) -> None:
        there = self.directory.with_name(self.directory.name + "-again")
        there.mkdir()
        for path in (self.file, self.log):
            shutil.copy(path, there)
        self.directory = there
        self.url = f"sqlite:///{self.file}"


class ServedClock(HandClock):
    """A clock that also moves the server's view of living processes."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url

    def move(self, seconds: float) -> None:
        super().move(seconds)
        with (
            psycopg.connect(self._url, autocommit=True) as server,
            suppress(psycopg.errors.UndefinedTable),
        ):
            server.execute(
                "UPDATE replicas SET alive_until_ms = alive_until_ms - %s", [round(1000 * seconds)]
            )


class PostgresqlStage(Stage):
    """A database on a server for several processes."""

    shared = True

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.clock = ServedClock(url)


@asynccontextmanager
async def a_postgresql_stage(
    server: PostgresServer, database: str
) -> AsyncIterator[PostgresqlStage]:
    """Give a database on the server, and drop it at the end."""
    stage = PostgresqlStage(server.url(database))
    yield stage
    await stage.close()
    server.drop(database)


def a_message(message_id: str, person: str = "u1", text: str = "打卡") -> Message:
    """Return a message of `person` at noon."""
    sender = Sender(person, f"union-{person}", "corp")
    return Message(message_id, sender, f"cid-{person}", False, MessageKind.TEXT, text, NOON, NOON)


def a_wish(
    message_id: str, person: str = "u1", *, at: datetime = NOON, where: Whereabouts = NO_POSITION
) -> PunchRequest:
    """Return a request to clock in."""
    source = PunchSource.CHAT
    return PunchRequest(
        person, message_id, CheckType.ON_DUTY, at, TUESDAY, at, where, source, "traffic"
    )


def always(
    check_point: str | None = "OnDuty/0", check_type: CheckType = CheckType.ON_DUTY
) -> Accepted:
    """Return a decision that accepts the punch."""
    return Accepted(TUESDAY, check_type, check_point, TimeResult.LATE, 180, "traffic")


async def record(
    store: Store,
    request: PunchRequest,
    decision: Decision | None = None,
    *,
    targets: tuple[str, ...] = ("signed",),
    language: Language = "zh",
) -> Recorded:
    """Record a request with this decision, or by the real rules."""

    def decide(earlier: Sequence[Punch]) -> Decision:
        return decision or decide_punch(
            request, plans=[a_plan()], earlier=earlier, native=(), policy=PunchPolicy()
        )

    return await store.ledger.record(request, decide, targets=targets, language=language)


async def punched(store: Store, message_id: str, person: str = "u1", *targets: str) -> Punch:
    """Record a punch without a check and return it."""
    recorded = await record(
        store, a_wish(message_id, person), always(None), targets=targets or ("signed",)
    )
    assert recorded.punch is not None
    return recorded.punch


def delivery(punch: Punch, target: str = "signed") -> Delivery:
    """Return the delivery of a new punch."""
    return Delivery(punch, target, DeliveryState.ACCEPTED)


async def punches_known(
    store: Store, people: Sequence[str], day: date = TUESDAY
) -> Mapping[str, Sequence[SeenPunch]]:
    """Return the counting punches of a work date."""
    known = await store.days.load(people, Days(day, day), NOON, NOON)
    return {who: facts.seen for who, facts in known.items()}
