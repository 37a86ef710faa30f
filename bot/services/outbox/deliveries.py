"""Carrying punches to their targets, until each delivery is settled."""

import asyncio
import logging
from collections import Counter, defaultdict
from collections.abc import Awaitable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Unpack

from bot.dingtalk.attendance import PEOPLE_A_CALL
from bot.dingtalk.clock_in import RecordUpload, SignedClockIn
from bot.domain.punches import DeliveryState, Punch
from bot.domain.reconciling import shows
from bot.errors import (
    ClaimLost,
    NotSent,
    OperatorError,
    OutcomeUnknown,
    Rejected,
    ServiceStopped,
    UpstreamError,
)
from bot.services.base import Base
from bot.services.outbox.receipts import ReceiptDesk
from bot.services.outbox.worker import Job, OutboxWorker, until_written
from bot.storage.deliveries import Delivery, Tried

log = logging.getLogger(__name__)

SEEN_WITHIN = timedelta(seconds=1)  # DingTalk keeps a record's time to the second
AT_ONCE = 256  # calls under way to one target
LOOKUP_SPAN = timedelta(days=6)  # and at most 7 days
LONGEST_WAIT_S = 30.0
UNCONFIGURED_S = 3600.0  # until a punch whose target nobody configured is looked at again
AWAY_AFTER = 5  # failures of a target in a row: then it rests
READ_BACK = "read-back"
ACCEPTED, UNKNOWN, SENT, REJECTED = (
    DeliveryState.ACCEPTED,
    DeliveryState.UNKNOWN,
    DeliveryState.SENT,
    DeliveryState.REJECTED,
)


class Courier:
    """Carries punches to their targets: first tries at once, then whatever the database says is due.

    A target that rests gets one punch now and then, so that its return is noticed.
    """

    at_once = 2 * AT_ONCE

    def __init__(self, base: Base, desk: ReceiptDesk, worker: OutboxWorker) -> None:
        targets = base.dingtalk.targets
        self.targets = tuple(target.name for target in targets)  # that every punch goes to, in their order
        self._targets: dict[str, SignedClockIn | RecordUpload] = {target.name: target for target in targets}
        self._base = base
        self._desk = desk
        self._worker = worker
        self._slots = {name: asyncio.Semaphore(AT_ONCE) for name in self._targets}
        self._failures: Counter[str] = Counter()
        self._next_probe: defaultdict[str, float] = defaultdict(float)  # monotonic seconds, by target that rests

    def start(self, punch: Punch, term: int) -> None:
        """Begin the first try of a punch, recorded in `term` of the lease, at each of its targets."""
        for target in self.targets:
            delivery = Delivery(punch, target, ACCEPTED)
            self._worker.begin(self, self._job(self._carry(delivery, term), [delivery]))

    async def claim(self, room: int) -> Sequence[Job]:
        """Claim due deliveries. Raises StoreRefused."""
        term = self._base.lease.term
        jobs: list[Job] = []
        unknown: list[Delivery] = []
        for one in await self._base.store.deliveries.take_due(self._base.clock.now(), room):
            if one.target not in self._targets:
                jobs.append(self._job(self._leave(one), [one]))
            elif one.state is not UNKNOWN:
                jobs.append(self._job(self._carry(one, term), [one]))
            else:
                unknown.append(one)
        return [*jobs, *(self._job(self._look_up(some, term), some) for some in look_up_batches(unknown))]

    def _job(self, work: Awaitable[None], deliveries: Sequence[Delivery]) -> Job:
        return Job(self._guarded(work, deliveries), len(deliveries))

    async def _guarded(self, work: Awaitable[None], deliveries: Sequence[Delivery]) -> None:
        try:
            await work
        except Exception:
            log.exception("a delivery failed in a way nobody foresaw; it is read back before it goes again")
            for delivery in deliveries:
                next_at = self._in(self._back_off(delivery.tries + 3))
                await self._settle(delivery, UNKNOWN, next_at=next_at, sent=True)

    async def _leave(self, delivery: Delivery) -> None:
        """Let a punch wait whose target nobody configured any more."""
        await self._base.operators.alert(delivery.target, "alert.no_target", target=delivery.target)
        await self._settle(delivery, delivery.state, next_at=self._in(UNCONFIGURED_S))

    async def _carry(self, delivery: Delivery, term: int) -> None:
        """Send one punch, claimed in `term` of the lease, to one target; it waits while the target rests."""
        async with self._slots[delivery.target]:
            if self._may_go(delivery.target):
                await self._send(delivery, term)
            else:
                pause_s = self._base.rng.uniform(4, 8) * self._base.patience.probe_s
                await self._settle(delivery, ACCEPTED, next_at=self._in(pause_s))

    def _may_go(self, target: str) -> bool:
        """Tell whether a punch may go: freely, or as the one that shows whether a resting target is back."""
        if self._failures[target] < AWAY_AFTER:
            return True
        now_s = self._base.clock.monotonic()
        if now_s < self._next_probe[target]:
            return False
        self._next_probe[target] = now_s + self._base.patience.probe_s
        return True

    async def _send(self, delivery: Delivery, term: int) -> None:
        target = delivery.target
        try:
            with self._base.lease.acting(term):
                await self._targets[target].send(delivery.punch)
        except ClaimLost:
            await self._give_back(delivery)
        except NotSent as error:
            self._failures[target] += 1
            wait_s = min(error.retry_after_s or self._back_off(delivery.tries), LONGEST_WAIT_S)
            await self._settle(delivery, ACCEPTED, next_at=self._in(wait_s), sent=True)
        except OutcomeUnknown as error:
            self._failures[target] += 1
            log.info("%s", error)
            await self._settle(delivery, UNKNOWN, next_at=self._in(0), sent=True)
            self._worker.wake(self)
        except Rejected as error:
            self._answered(target)
            await self._settle(delivery, REJECTED, reason=error.reason, sent=True)
        except ServiceStopped as error:
            self._failures[target] = AWAY_AFTER
            await self._settle(delivery, ACCEPTED, next_at=self._in(self._base.patience.probe_s))
            alert = self._base.operators.alert
            await alert(target, "alert.stopped", service=error.service, reason=error, remedy=error.remedy)
        else:
            self._answered(target)
            await self._settle(delivery, SENT, sent=True)

    def _answered(self, target: str) -> None:
        rested, self._failures[target] = self._failures[target] >= AWAY_AFTER, 0
        if rested:
            self._base.operators.over(target)
            self._worker.wake(self)

    async def _give_back(self, delivery: Delivery) -> None:
        """Leave it to whoever took it over; if nobody did, it is read back before it goes again."""
        await self._settle(delivery, UNKNOWN, next_at=self._in(0))
        self._worker.wake(self)

    async def _look_up(self, deliveries: Sequence[Delivery], term: int) -> None:
        """Read back whether punches of unknown outcome were taken."""
        try:
            seen = await self._seen(deliveries)
        except (UpstreamError, OperatorError) as error:
            await self._cannot_look(deliveries, term, error)
            return
        for delivery in deliveries:
            if (delivery.punch.punch_id, delivery.target) in seen:
                await self._settle(delivery, SENT, looked_up=True)
            else:
                await self._not_seen(delivery, term)

    async def _seen(self, deliveries: Sequence[Delivery]) -> set[tuple[str, str]]:
        """Return the ids of the punches that DingTalk shows, each with the target that took it.

        Raises UpstreamError, OperatorError.
        """
        times = [one.punch.punched_at for one in deliveries]
        user_ids = sorted({one.punch.user_id for one in deliveries})
        first, last = min(times) - SEEN_WITHIN, max(times) + SEEN_WITHIN
        records = await self._base.dingtalk.attendance.records(user_ids, first, last)
        self._base.operators.over(READ_BACK)
        return {
            (one.punch.punch_id, one.target)
            for one in deliveries
            if any(shows(record, one.punch, one.target) for record in records)
        }

    async def _not_seen(self, delivery: Delivery, term: int) -> None:
        """Look again a few times, then send again."""
        looks = self._base.patience.lookup_s
        if not self._base.lease.holds(term):
            await self._give_back(delivery)
        elif delivery.lookups < len(looks):
            next_at = self._in(looks[delivery.lookups])
            await self._settle(delivery, UNKNOWN, next_at=next_at, looked_up=True)
        else:
            await self._settle(delivery, ACCEPTED, next_at=self._in(0), looked_up=True)
            self._worker.wake(self)

    async def _cannot_look(self, deliveries: Sequence[Delivery], term: int, error: Exception) -> None:
        """Without read-back only a target that knows a repeat when it sees one may be tried again."""
        log.info("%s", error)
        for delivery in deliveries:
            if self._targets[delivery.target].knows_repeats:
                await self._not_seen(delivery, term)
            else:
                next_at = self._in(self._back_off(delivery.lookups))
                await self._settle(delivery, UNKNOWN, next_at=next_at, looked_up=True)
                alert = self._base.operators.alert
                await alert(
                    READ_BACK, "alert.unreadable", count=len(deliveries), service=delivery.target, reason=error
                )

    async def _settle(self, delivery: Delivery, state: DeliveryState, **tried: Unpack[Tried]) -> None:
        settle = self._base.store.deliveries.settle
        punch = await until_written(lambda: settle(delivery, state, **tried), "what became of a delivery")
        if state is not delivery.state:
            self._desk.on_settled(punch)

    def _in(self, seconds: float) -> datetime:
        return self._base.clock.now() + timedelta(seconds=seconds)

    def _back_off(self, tries: int) -> float:
        """Return seconds to wait after the `tries`-th failure: doubling from 1 to 30, with full jitter."""
        return self._base.rng.uniform(0.5, min(LONGEST_WAIT_S, 2.0 ** min(tries, 5)))


def look_up_batches(unknown: Iterable[Delivery]) -> list[list[Delivery]]:
    """Return deliveries in batches that one read-back can ask for: 50 people, within 6 days."""
    batches: list[list[Delivery]] = []
    for delivery in sorted(unknown, key=lambda one: one.punch.punched_at):
        last = batches[-1] if batches else []
        is_near = bool(last) and delivery.punch.punched_at - last[0].punch.punched_at < LOOKUP_SPAN
        if is_near and len(last) < PEOPLE_A_CALL:
            last.append(delivery)
        else:
            batches.append([delivery])
    return batches
