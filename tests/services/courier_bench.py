"""A courier over a real database, with a target and records of DingTalk that do as told."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from bot.domain.deliveries import DeliveryState
from bot.domain.punches import Punch
from bot.domain.reconciling import AttendanceRecord
from bot.errors import NotSent, OutcomeUnknown
from bot.i18n import Texts
from bot.services.outbox.couriers import Courier
from bot.services.outbox.worker import Lease, OutboxWorker
from bot.services.speaking import Operators
from bot.storage import Store
from bot.storage.deliveries import Deliveries
from tests.builders import SHANGHAI
from tests.faults.a_store import StillClock, a_message, an_open_store, punched
from tests.mailbox import Mailbox

ACCEPTED, UNKNOWN, SENT = DeliveryState.ACCEPTED, DeliveryState.UNKNOWN, DeliveryState.SENT
LOOKS = (2.0, 8.0)


@dataclass
class Target:
    """A clock-in API that answers as told; `turn` stands for the queue before it."""

    name: str = "signed"
    knows_repeats: bool = True
    answer: Callable[[], Exception | None] = lambda: None
    turn: asyncio.Event = field(default_factory=asyncio.Event)
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    taken: list[str] = field(default_factory=list)
    calls: int = 0

    async def send(self, punch: Punch) -> None:
        self.asked.set()
        await self.turn.wait()
        self.calls += 1
        error = self.answer()
        if error is not None:
            raise error
        self.taken.append(punch.punch_id)


@dataclass
class Records:
    """DingTalk's records, which may be unreadable."""

    readable: bool = True
    shown: list[AttendanceRecord] = field(default_factory=list)

    async def records(self, ids: Sequence[str], first: datetime, last: datetime) -> Sequence[AttendanceRecord]:
        if not self.readable:
            raise NotSent("listRecord", "HTTP 503")
        return self.shown


@dataclass
class Bench:
    """A courier over a real database."""

    store: Store
    deliveries: Deliveries
    clock: StillClock
    target: Target
    records: Records
    mailbox: Mailbox
    lease: Lease
    courier: Courier
    worker: OutboxWorker

    async def punch(self, number: int = 1) -> Punch:
        """Record a punch and start it on its way."""
        user_id = f"u{number}"
        recorded = await punched(self.store, a_message(f"m{number}", user_id), targets=[self.target.name])
        assert recorded.punch is not None
        self.courier.start(recorded.punch, self.courier.term)
        return recorded.punch

    async def carry(self, punch: Punch, answer: Callable[[], Exception | None]) -> None:
        """Send a punch to a target that answers like this, and wait for what comes of it."""
        self.target.answer = answer
        self.courier.start(punch, self.courier.term)
        await self.settled()

    async def settled(self) -> None:
        """Wait until nothing is under way."""
        async with asyncio.timeout(60):
            await self.worker.ended()

    async def round(self, after_s: float = 0.0) -> None:
        """Let time pass, a heartbeat in time, and work off what is due then."""
        self.clock.advance(after_s)
        self.beat()
        await self.worker.round()
        await self.settled()

    def beat(self) -> None:
        self.lease.renewed(self.clock.monotonic())

    async def state(self, punch: Punch) -> DeliveryState:
        found = await self.store.ledger.of_message(punch.message_id)
        assert found is not None
        return found.states[self.target.name]


@asynccontextmanager
async def a_bench(folder: Path, **target: object) -> AsyncIterator[Bench]:
    clock, mailbox = StillClock(), Mailbox()
    lease = Lease(clock)
    lease.renewed(clock.monotonic())
    made, records = Target(**target), Records()  # type: ignore[arg-type]
    made.turn.set()

    async def on_settled(punch: Punch) -> None:
        pass

    async with an_open_store(folder / "bot.db", clock) as store:
        outbox = store.deliveries
        worker = OutboxWorker(round_s=1)
        courier = Courier(
            [made],
            deliveries=outbox,
            attendance=records,  # type: ignore[arg-type]
            operators=Operators(mailbox, ["admin"], Texts("en", SHANGHAI)),
            lease=lease,
            clock=clock,
            rng=random.Random(1),
            on_settled=on_settled,
            worker=worker,
            lookup_after_s=LOOKS,
            probe_every_s=5.0,
        )
        worker.add(courier)
        yield Bench(store, outbox, clock, made, records, mailbox, lease, courier, worker)


def unknown() -> Exception:
    return OutcomeUnknown("signed", "timeout")


def taken() -> None:
    """Answer that the punch was taken."""
