"""Carrying punches to their targets, until each delivery is settled."""

import asyncio
import logging
from collections import Counter, defaultdict
from collections.abc import Awaitable, Iterable, Sequence
from datetime import timedelta
from functools import partial

from bot.dingtalk.attendance import PEOPLE_A_CALL
from bot.dingtalk.clock_in import RecordUpload, SignedClockIn
from bot.domain.punches import DeliveryState, Punch
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
from bot.storage.outbox import Delivery

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
    """Carries punches to their targets: the first try at once, later ones when their rows are due.

    A target that rests gets one punch now and then, so that its return is noticed.
    """

    at_once = 2 * AT_ONCE

    def __init__(self, base: Base, desk: ReceiptDesk, worker: OutboxWorker) -> None:
        self._targets: dict[str, SignedClockIn | RecordUpload] = {one.name: one for one in base.dingtalk.targets}
        self.targets = tuple(self._targets)  # every punch goes to these, in this order
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
            self._worker.begin(self, Job(self._guarded(self._carry(delivery, term), [delivery])))

    async def claim(self, room: int) -> Sequence[Job]:
        """Claim due deliveries. Raises StoreRefused."""
        term = self._base.lease.term
        jobs: list[Job] = []
        unknown: list[Delivery] = []
        for one in await self._base.store.deliveries.take_due(self._base.clock.now(), room):
            if one.target not in self._targets:
                await self._base.operators.alert(one.target, "alert.no_target", target=one.target)
                jobs.append(Job(self._guarded(self._settle(one, one.state, UNCONFIGURED_S), [one])))
            elif one.state is UNKNOWN:
                unknown.append(one)
            else:
                jobs.append(Job(self._guarded(self._carry(one, term), [one])))
        jobs += [
            Job(self._guarded(self._look_up(some, term), some), len(some)) for some in look_up_batches(unknown)
        ]
        return jobs

    async def _guarded(self, work: Awaitable[None], deliveries: Sequence[Delivery]) -> None:
        try:
            await work
        except Exception:
            log.exception("a delivery failed in a way nobody foresaw; it is read back before it goes again")
            for delivery in deliveries:
                await self._settle(delivery, UNKNOWN, self._back_off(delivery.tries + 3))

    async def _carry(self, delivery: Delivery, term: int) -> None:
        """Send one punch, claimed in `term` of the lease, to one target; it waits while the target rests."""
        target, probe_s = delivery.target, self._base.patience.probe_s
        async with self._slots[target]:
            if self._failures[target] >= AWAY_AFTER:
                now_s = self._base.clock.monotonic()
                if now_s < self._next_probe[target]:
                    await self._settle(delivery, ACCEPTED, self._base.rng.uniform(4, 8) * probe_s)
                    return
                self._next_probe[target] = now_s + probe_s  # this one shows whether the target is back
            await self._send(delivery, term)

    async def _send(self, delivery: Delivery, term: int) -> None:
        target = delivery.target
        try:
            with self._base.lease.acting(term):
                await self._targets[target].send(delivery.punch)
        except ClaimLost:
            await self._doubt(delivery)
        except NotSent as error:
            self._failures[target] += 1
            wait_s = min(error.retry_after_s or self._back_off(delivery.tries), LONGEST_WAIT_S)
            await self._settle(delivery, ACCEPTED, wait_s)
        except OutcomeUnknown as error:
            self._failures[target] += 1
            log.info("%s", error)
            await self._doubt(delivery)
        except Rejected as error:
            self._answered(target)
            await self._settle(delivery, REJECTED, reason=error.reason)
        except ServiceStopped as error:
            self._failures[target] = AWAY_AFTER
            await self._settle(delivery, ACCEPTED, self._base.patience.probe_s)
            alert = self._base.operators.alert
            await alert(target, "alert.stopped", service=error.service, reason=error.reason, remedy=error.remedy)
        else:
            self._answered(target)
            await self._settle(delivery, SENT)

    def _answered(self, target: str) -> None:
        rested, self._failures[target] = self._failures[target] >= AWAY_AFTER, 0
        if rested:
            self._base.operators.over(target)
            self._worker.wake(self)

    async def _doubt(self, delivery: Delivery) -> None:
        """Make a delivery due for read-back at once, on any process."""
        await self._settle(delivery, UNKNOWN)
        self._worker.wake(self)

    async def _look_up(self, deliveries: Sequence[Delivery], term: int) -> None:
        """Read back whether punches of unknown outcome were taken.

        Without read-back only a target that knows repeats may be tried again.
        """
        times = [one.punch.punched_at for one in deliveries]
        user_ids = sorted({one.punch.user_id for one in deliveries})
        first, last = min(times) - SEEN_WITHIN, max(times) + SEEN_WITHIN
        try:
            records = await self._base.dingtalk.attendance.records(user_ids, first, last)
        except (UpstreamError, OperatorError) as error:
            log.info("%s", error)
            for delivery in deliveries:
                if self._targets[delivery.target].knows_repeats:
                    await self._not_seen(delivery, term)
                    continue
                await self._settle(delivery, UNKNOWN, self._back_off(delivery.tries))
                alert = self._base.operators.alert
                await alert(
                    READ_BACK, "alert.unreadable", count=len(deliveries), service=delivery.target, reason=error
                )
            return
        self._base.operators.over(READ_BACK)
        for delivery in deliveries:
            if any(record.shows(delivery.punch, delivery.target) for record in records):
                await self._settle(delivery, SENT)
            else:
                await self._not_seen(delivery, term)

    async def _not_seen(self, delivery: Delivery, term: int) -> None:
        """Look again a few times, then send again."""
        looks = self._base.patience.lookup_s
        if not self._base.lease.holds(term):
            await self._doubt(delivery)
        elif delivery.tries < len(looks):
            await self._settle(delivery, UNKNOWN, looks[delivery.tries])
        else:
            await self._settle(delivery, ACCEPTED)
            self._worker.wake(self)

    async def _settle(
        self, delivery: Delivery, state: DeliveryState, after_s: float = 0.0, *, reason: str = ""
    ) -> None:
        """Write the outcome of a try; an open delivery goes on `after_s` seconds later."""
        next_at = self._base.clock.now() + timedelta(seconds=after_s)
        settle = partial(self._base.store.deliveries.settle, delivery, state, reason=reason, next_at=next_at)
        punch = await until_written(settle, "what became of a delivery")
        if state is not delivery.state:
            self._desk.on_settled(punch)

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
