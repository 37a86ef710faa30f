"""An outbox on a real database, with a scripted robot, target and attendance."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path

from bot.dingtalk.http import ASK_LEASE
from bot.dingtalk.robot import SendResult
from bot.domain.day import PersonDay, person_day
from bot.domain.facts import AttendanceRecord, DayFacts
from bot.domain.punches import DeliveryState, Punch
from bot.errors import NotSent, OutcomeUnknown, Rejected, Unclassified
from bot.services.base import Base, Patience
from bot.services.outbox.deliveries import Courier
from bot.services.outbox.lease import VALID_FOR_S, Lease
from bot.services.outbox.messages import ReceiptDesk
from bot.services.outbox.worker import OutboxWorker
from bot.storage import Store
from bot.storage.outbox import Delivery, receipt_of
from bot.views.sentences import Reply
from tests.bases import a_base
from tests.builders import a_plan, local
from tests.faults.a_store import StillClock, a_message, an_open_store, punched
from tests.waiting import LONGEST_S, wait_until_idle

ACCEPTED, UNKNOWN, SENT = DeliveryState.ACCEPTED, DeliveryState.UNKNOWN, DeliveryState.SENT
LOOKS = (2.0, 8.0)
UNREADABLE = NotSent("listRecord", "HTTP 503")


@dataclass
class Robot:
    """Keeps the messages to each person. The next calls raise from `fails`."""

    heard: list[tuple[str, str]] = field(default_factory=list)
    fails: list[Exception] = field(default_factory=list)
    held_back: set[str] = field(default_factory=set)  # people that the first call does not reach
    # raised by each webhook answer
    unheard: Callable[[], Exception] = lambda: NotSent("webhook", "expired")
    may: asyncio.Event = field(default_factory=asyncio.Event)  # a message waits for it
    speaking: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.may.set()

    @property
    def texts(self) -> list[str]:
        return [text for _, text in self.heard]

    async def answer(self, webhook: object, reply: Reply) -> None:
        raise self.unheard()

    async def send(
        self, user_ids: Sequence[str], reply: Reply, *, urgent: bool = True
    ) -> SendResult:
        ASK_LEASE.get()()
        self.speaking.set()
        await self.may.wait()
        if self.fails:
            raise self.fails.pop(0)
        later = self.held_back & set(user_ids)
        self.held_back -= later
        self.heard += [(user_id, reply.text) for user_id in user_ids if user_id not in later]
        return SendResult(flow_controlled=tuple(later))


@dataclass
class Target:
    """A scripted clock-in API. `turn` stands for the queue before it."""

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
        ASK_LEASE.get()()
        self.calls += 1
        error = self.answer()
        if error is not None:
            raise error
        self.taken.append(punch.punch_id)


@dataclass
class Records:
    """DingTalk's attendance records. Reads raise `error`, and leave out the ends of their span."""

    error: Exception | None = None
    shown: list[AttendanceRecord] = field(default_factory=list)
    reads: int = 0

    async def records(
        self, ids: Sequence[str], first: datetime, last: datetime
    ) -> Sequence[AttendanceRecord]:
        self.reads += 1
        if self.error is not None:
            raise self.error
        return [record for record in self.shown if first < record.checked_at < last]


class OnePlan:
    """Days with a plan and no punches."""

    async def days_from_store(self, user_id: str, first: date, last: date) -> dict[date, PersonDay]:
        return {
            first: person_day(DayFacts(user_id, first, a_plan(day=first)), local("23:59", first))
        }


@dataclass
class Bench:
    """A courier and a receipt desk on a real database."""

    base: Base
    clock: StillClock
    target: Target
    records: Records
    robot: Robot
    desk: ReceiptDesk
    courier: Courier
    worker: OutboxWorker

    @property
    def store(self) -> Store:
        return self.base.store

    async def punch(self, number: int = 1, *, start: bool = True) -> Punch:
        """Record a punch and begin its delivery."""
        recorded = await punched(
            self.store, a_message(f"m{number}", f"u{number}"), targets=self.courier.targets
        )
        assert recorded.punch is not None
        if start:
            self.courier.start(recorded.punch, self.base.lease.term)
        return recorded.punch

    async def due_punch(self, number: int, target: str) -> Punch:
        """Record a punch with a delivery that any process may take."""
        recorded = await punched(
            self.store, a_message(f"m{number}", f"u{number}"), targets=[target]
        )
        assert recorded.punch is not None
        return await self.store.deliveries.settle(Delivery(recorded.punch, target), ACCEPTED)

    async def taken_punch(self) -> Punch:
        """Record a punch with a settled delivery."""
        punch = await self.punch(start=False)
        return await self.store.deliveries.settle(Delivery(punch, self.target.name, ACCEPTED), SENT)

    async def settled(self) -> None:
        async with asyncio.timeout(LONGEST_S):
            await wait_until_idle(self.worker)

    async def round(self, after_s: float = 0.0) -> None:
        """Advance the clock, give a heartbeat in time, and do all due work."""
        self.clock.advance(after_s)
        await self.store.database.beat()
        self.beat()
        await self.worker.round()
        await self.settled()

    def beat(self) -> None:
        self.base.lease.renew(self.clock.monotonic())

    def stand_still(self) -> None:
        """Pause the process until its claims have ended."""
        self.clock.advance(VALID_FOR_S)
        self.beat()

    async def find(self, punch: Punch) -> Punch:
        found = await self.store.ledger.of_message(punch.message_id)
        assert found is not None
        return found

    async def state(self, punch: Punch) -> DeliveryState:
        return (await self.find(punch)).states[self.target.name]

    async def reasons(self, punch: Punch) -> Mapping[str, str]:
        """Return the texts of the targets' answers."""
        return (await self.find(punch)).reasons

    async def owes_a_receipt(self, punch: Punch) -> bool:
        """Return whether a receipt of `punch` becomes due later on this day."""
        due = await self.store.receipts.take_due(self.clock.now().replace(hour=23), 9)
        return receipt_of(punch, "en").about in [receipt.about for receipt in due]


@asynccontextmanager
async def a_bench(
    folder: Path,
    *,
    receipt_s: float = 0.0,
    others: Sequence[Target] = (),
    make_up: Sequence[Target] = (),
    **target: object,
) -> AsyncIterator[Bench]:
    """Open a database in `folder` and the services of its outbox.

    `target` sets fields of the first `Target`.
    """
    clock, robot, made, records = StillClock(), Robot(), Target(**target), Records()  # type: ignore[arg-type]
    lease = Lease(clock, lambda: "one")
    lease.renew(clock.monotonic())
    made.turn.set()
    async with an_open_store(folder / "bot.db", clock) as store:
        base = a_base(
            store,
            clock=clock,
            lease=lease,
            robot=robot,
            patience=replace(Patience(), lookup_s=LOOKS, receipt_s=receipt_s),
            targets=[made, *others],
            make_up_targets=make_up or [made, *others],
            attendance=records,
        )
        worker = OutboxWorker(round_s=1)
        desk = ReceiptDesk(base, OnePlan(), worker)  # type: ignore[arg-type]
        courier = Courier(base, desk, worker)
        worker.add(courier)
        yield Bench(base, clock, made, records, robot, desk, courier, worker)


def unknown() -> Exception:
    return OutcomeUnknown("signed", "timeout")


def unsent() -> Exception:
    return NotSent("signed", "HTTP 503")


def unclassified() -> None:
    raise Unclassified("signed", "4711 never heard of", "4711")


def rejected() -> Exception:
    return Rejected("signed", "too early")
