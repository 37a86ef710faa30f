"""Carrying punches to their targets, until each is settled."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Protocol, Unpack

from bot.clock import Clock
from bot.dingtalk.attendance import PEOPLE_A_CALL, Attendance
from bot.dingtalk.clock_in import ApproveCheck
from bot.domain.corrections import NOT_SEEN, reference_of
from bot.domain.deliveries import DeliveryState
from bot.domain.punches import Punch
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
from bot.services.outbox.worker import Job, Lease, OutboxWorker, until_written
from bot.services.speaking import Operators
from bot.storage.deliveries import Deliveries, Delivery, Tried

log = logging.getLogger(__name__)

SEEN_WITHIN = timedelta(seconds=1)  # DingTalk keeps a record's time to the second
AT_ONCE = 256  # calls under way to one target
LOOKUP_SPAN = timedelta(days=6)  # and at most 7 days
LONGEST_WAIT_S = 30.0
AWAY_AFTER = 5  # failures of a target in a row


class ClockInTarget(Protocol):
    """An API that takes punches."""

    @property
    def name(self) -> str:
        """Return `signed` or `record_upload`."""
        ...

    @property
    def knows_repeats(self) -> bool:
        """Tell whether a second call with the same person and time is taken as the same punch."""
        ...

    async def send(self, punch: Punch) -> None:
        """Hand the punch over, with the punch's own time. Returns once it is taken.

        Raises NotSent (safe to send again), OutcomeUnknown (read back first), Rejected (final),
        ServiceStopped (an operator must act; the punch waits).
        """
        ...


class TargetHealth:
    """A target's recent answers: open, or resting with a probe now and then so that its return is noticed."""

    def __init__(self, name: str, clock: Clock, *, probe_every_s: float) -> None:
        self.name = name
        self._probe_every_s = probe_every_s
        self._clock = clock
        self._failures = 0
        self._stopped = False
        self._next_probe = 0.0

    @property
    def open(self) -> bool:
        """Tell whether punches may go there freely."""
        return not self._stopped and self._failures < AWAY_AFTER

    def may_probe(self) -> bool:
        """Tell whether it is time to try one punch, and count it as tried."""
        now = self._clock.monotonic()
        if now < self._next_probe:
            return False
        self._next_probe = now + self._probe_every_s
        return True

    def failed(self) -> None:
        """Note that it did not answer."""
        self._failures += 1

    def stopped(self) -> None:
        """Note that it refuses us until an operator acts."""
        self._stopped = True

    def answered(self) -> None:
        """Note that it answered."""
        self._failures = 0
        self._stopped = False


class Courier:
    """Carries punches to their targets: first tries at once, then whatever the database says is due."""

    at_once = 2 * AT_ONCE

    def __init__(
        self,
        targets: Sequence[ClockInTarget],
        *,
        deliveries: Deliveries,
        attendance: Attendance,
        operators: Operators,
        lease: Lease,
        clock: Clock,
        rng: random.Random,
        on_settled: Callable[[Punch], Awaitable[None]],
        worker: OutboxWorker,
        lookup_after_s: tuple[float, ...],
        probe_every_s: float,
        for_corrections: Sequence[ApproveCheck] = (),
    ) -> None:
        """Take `lookup_after_s`: seconds between looks for a punch of unknown outcome; the first is at once.

        A target that rests gets one punch every `probe_every_s`. Let `for_corrections` take approved make-up
        punches alone. What has an unknown outcome there is never sent again.
        """
        self._of_every_punch = tuple(target.name for target in targets)
        self._for_corrections = {target.name: target for target in for_corrections}
        self._targets: dict[str, ClockInTarget] = {target.name: target for target in (*targets, *for_corrections)}
        self._health = {name: TargetHealth(name, clock, probe_every_s=probe_every_s) for name in self._targets}
        self._slots = {name: asyncio.Semaphore(AT_ONCE) for name in self._targets}
        self._deliveries = deliveries
        self._attendance = attendance
        self._operators = operators
        self._lease = lease
        self._clock = clock
        self._rng = rng
        self._on_settled = on_settled
        self._worker = worker
        self._lookup_after_s = lookup_after_s
        self._strangers: list[str] | None = None  # until the first look

    @property
    def targets(self) -> tuple[str, ...]:
        """Return the names of the targets that every punch goes to, in their order."""
        return self._of_every_punch

    @property
    def term(self) -> int:
        """Return the present term of the lease, to be read before a punch is recorded."""
        return self._lease.term

    def start(self, punch: Punch, term: int) -> None:
        """Begin the first try of a punch, recorded in `term` of the lease, at each of its targets."""
        for target in self._of_every_punch:
            delivery = Delivery(punch, target, DeliveryState.ACCEPTED)
            self._worker.begin(self, self._job(self._carry(delivery, term), [delivery]))

    async def _find_strangers(self) -> list[str]:
        """Return targets that punches still wait for although nobody configured them, and tell the operators."""
        waiting = await self._deliveries.waiting()
        strangers = [target for target in waiting if target not in self._targets]
        for target in strangers:
            await self._operators.alert(target, "alert.no_target", target=target, count=waiting[target])
        return strangers

    async def claim(self, room: int) -> Sequence[Job]:
        """Claim due deliveries, and one probe for each resting target. Raises StoreRefused."""
        if self._strangers is None:
            self._strangers = await self._find_strangers()
        term = self._lease.term
        resting = [name for name, health in self._health.items() if not health.open]
        now = self._clock.now()
        due = await self._deliveries.take_due(now, room, skip_targets=self._strangers, resting=resting)
        probes: list[Delivery] = []
        for name in resting:
            if self._health[name].may_probe():
                others = [other for other in (*self._targets, *self._strangers) if other != name]
                probes += await self._deliveries.take_due(self._clock.now(), 1, skip_targets=others)
        jobs: list[Job] = []
        unknown: list[Delivery] = []
        for number, one in enumerate((*due, *probes)):
            if one.state is not DeliveryState.UNKNOWN:
                jobs.append(self._job(self._carry(one, term, probe=number >= len(due)), [one]))
            elif one.target in self._for_corrections:
                jobs.append(self._job(self._look_for_mark(one), [one]))
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
                await self._settle(delivery, DeliveryState.UNKNOWN, next_at=next_at, sent=True)

    async def _carry(self, delivery: Delivery, term: int, *, probe: bool = False) -> None:
        """Send one punch, claimed in `term` of the lease, to one target and write down the outcome.

        It waits in the database while the target rests.
        """
        async with self._slots[delivery.target]:
            if self._health[delivery.target].open or probe:
                await self._send(delivery, term)
            else:
                await self._settle(delivery, DeliveryState.ACCEPTED, next_at=self._in(self._rng.uniform(1, 5)))

    async def _send(self, delivery: Delivery, term: int) -> None:
        health = self._health[delivery.target]
        try:
            with self._lease.acting(term):
                await self._targets[delivery.target].send(delivery.punch)
        except ClaimLost:
            await self._give_back(delivery)
        except NotSent as error:
            health.failed()
            wait_s = min(error.retry_after_s or self._back_off(delivery.tries), LONGEST_WAIT_S)
            await self._settle(delivery, DeliveryState.ACCEPTED, next_at=self._in(wait_s), sent=True)
        except OutcomeUnknown as error:
            health.failed()
            log.info("%s", error)
            await self._settle(delivery, DeliveryState.UNKNOWN, next_at=self._clock.now(), sent=True)
            self._worker.wake(self)
        except Rejected as error:
            self._works(delivery.target)
            await self._settle(delivery, DeliveryState.REJECTED, reason=error.reason, sent=True)
        except ServiceStopped as error:
            await self._stop(delivery, error)
        else:
            self._works(delivery.target)
            await self._settle(delivery, DeliveryState.SENT, sent=True)

    def _works(self, target: str) -> None:
        was_resting = not self._health[target].open
        self._health[target].answered()
        if was_resting:
            self._operators.over(target)
            self._worker.wake(self)

    async def _stop(self, delivery: Delivery, error: ServiceStopped) -> None:
        self._health[delivery.target].stopped()
        await self._settle(delivery, DeliveryState.ACCEPTED, next_at=self._in(5))
        await self._operators.alert(
            delivery.target, "alert.stopped", service=error.service, reason=error, remedy=error.remedy
        )

    async def _give_back(self, delivery: Delivery) -> None:
        """Leave it to whoever took it over; if nobody did, it is read back before it goes again."""
        await self._settle(delivery, DeliveryState.UNKNOWN, next_at=self._clock.now())
        self._worker.wake(self)

    async def _look_up(self, deliveries: Sequence[Delivery], term: int) -> None:
        """Read back whether punches of unknown outcome were taken; what is not seen in time goes again."""
        times = [delivery.punch.punched_at for delivery in deliveries]
        user_ids = sorted({delivery.punch.user_id for delivery in deliveries})
        try:
            records = await self._attendance.records(user_ids, min(times) - SEEN_WITHIN, max(times) + SEEN_WITHIN)
        except (UpstreamError, OperatorError) as error:
            await self._cannot_look(deliveries, term, error)
            return
        self._operators.over("read-back")
        for delivery in deliveries:
            if any(shows(record, delivery.punch, delivery.target) for record in records):
                await self._settle(delivery, DeliveryState.SENT, looked_up=True)
            else:
                await self._not_seen(delivery, term)

    async def _not_seen(self, delivery: Delivery, term: int) -> None:
        if not self._lease.holds(term):
            await self._give_back(delivery)
        elif delivery.lookups < len(self._lookup_after_s):
            next_at = self._in(self._lookup_after_s[delivery.lookups])
            await self._settle(delivery, DeliveryState.UNKNOWN, next_at=next_at, looked_up=True)
        else:
            await self._settle(delivery, DeliveryState.ACCEPTED, next_at=self._clock.now(), looked_up=True)
            self._worker.wake(self)

    async def _cannot_look(self, deliveries: Sequence[Delivery], term: int, error: Exception) -> None:
        """Without read-back only a target that knows a repeat when it sees one may be tried again."""
        for delivery in deliveries:
            if self._targets[delivery.target].knows_repeats:
                await self._not_seen(delivery, term)
            else:
                wait_s = self._back_off(delivery.lookups)
                await self._settle(delivery, DeliveryState.UNKNOWN, next_at=self._in(wait_s), looked_up=True)
                await self._operators.alert(
                    "read-back",
                    "alert.unreadable",
                    count=len(deliveries),
                    service=delivery.target,
                    reason=error,
                )

    async def _look_for_mark(self, delivery: Delivery) -> None:
        """Read back a make-up punch of unknown outcome; what never shows is left to an operator."""
        try:
            seen = await self._for_corrections[delivery.target].is_marked(delivery.punch)
        except (UpstreamError, OperatorError) as error:
            log.info("%s", error)
            seen = False
        if seen:
            await self._settle(delivery, DeliveryState.SENT, looked_up=True)
        elif delivery.lookups < len(self._lookup_after_s):
            next_at = self._in(self._lookup_after_s[delivery.lookups])
            await self._settle(delivery, DeliveryState.UNKNOWN, next_at=next_at, looked_up=True)
        else:
            await self._settle(delivery, DeliveryState.UNKNOWN, reason=NOT_SEEN, looked_up=True, is_over=True)
            await self._operators.alert(
                f"{delivery.target} {delivery.punch.message_id}",
                "alert.not_marked",
                reference=reference_of(delivery.punch.message_id),
            )

    async def _settle(self, delivery: Delivery, state: DeliveryState, **tried: Unpack[Tried]) -> None:
        punch = await until_written(
            lambda: self._deliveries.settle(delivery, state, **tried), "what became of a delivery"
        )
        if state is not delivery.state:
            await self._on_settled(punch)

    def _in(self, seconds: float) -> datetime:
        return self._clock.now() + timedelta(seconds=seconds)

    def _back_off(self, tries: int) -> float:
        """Return seconds to wait after the `tries`-th failure: doubling from 1 to 30, with full jitter."""
        return self._rng.uniform(0.5, min(LONGEST_WAIT_S, 2.0 ** min(tries, 5)))


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
