"""Deliver punches to their targets."""

import asyncio
import logging
import random
from collections import defaultdict
from collections.abc import Awaitable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import inf

from bot.dingtalk.clock_in import Target
from bot.domain.punches import DeliveryState, Punch
from bot.errors import (
    ClaimLost,
    NotSent,
    OutcomeUnknown,
    Rejected,
    ServiceStopped,
    Unclassified,
    UpstreamError,
)
from bot.services.base import Base
from bot.services.organisation.rosters import in_batches
from bot.services.outbox.messages import ReceiptDesk
from bot.services.outbox.worker import Job, OutboxWorker, until_written
from bot.storage.outbox import Delivery

log = logging.getLogger(__name__)

RECORD_PRECISION = timedelta(seconds=1)  # of the times in DingTalk's records
AT_ONCE = 256  # calls under way to one target
LONGEST_WAIT_S = 30.0
UNCONFIGURED_S = 300.0  # between looks at a delivery with an unknown target
AWAY_AFTER = 5  # failures in a row: then the target rests
ALERT_AFTER_S = 60.0  # of failures without a success
GIVE_UP_AFTER_S = 150.0  # a punch refused for less time is always sent again
READ_BACK = "read-back"  # subjects of alerts
MAKE_UP = "make-up punches"
ACCEPTED = DeliveryState.ACCEPTED
UNKNOWN = DeliveryState.UNKNOWN


@dataclass(eq=False)
class _TargetState:
    """A target, and how its calls went. Times in seconds of the monotonic clock."""

    api: Target
    failures: int = 0  # in a row
    failing_since_s: float = inf
    next_probe_s: float = 0.0  # while it rests
    taken_s: float = -inf  # of the last taken punch

    def __post_init__(self) -> None:
        self.slots = asyncio.Semaphore(AT_ONCE)


class Courier:
    """Sends punches to their targets: the first try at once, later tries when their rows are due.

    A resting target gets one punch every `Patience.probe_s` seconds, to notice its return.
    """

    at_once = 2 * AT_ONCE

    def __init__(self, base: Base, desk: ReceiptDesk, worker: OutboxWorker) -> None:
        dingtalk = base.dingtalk
        # a punch goes to these, in this order
        self.targets = tuple(target.name for target in dingtalk.targets)
        self.make_up_targets = tuple(target.name for target in dingtalk.make_up_targets)
        self._targets = {
            target.name: _TargetState(target)
            for target in (*dingtalk.make_up_targets, *dingtalk.targets)
        }
        self._base = base
        self._desk = desk
        self._worker = worker
        # monotonic, of the first unclassified answer, by punch and target
        self._refused_s: dict[tuple[str, str], float] = {}

    def start(self, punch: Punch, term: int) -> None:
        """Begin the first try of a punch at each target, and expect the answers for its receipt.

        The punch was recorded in `term` of the lease.
        """
        self._desk.expect(punch, term)
        self._base.metrics.punches.labels(punch.source, "recorded").inc()
        for target in self.targets:
            delivery = Delivery(punch, target)
            self._worker.begin(
                self, Job(self._run_guarded(self._carry(delivery, term), [delivery]))
            )

    async def claim(self, room: int) -> Sequence[Job]:
        term = self._base.lease.term
        jobs: list[Job] = []
        unknown: list[Delivery] = []
        for delivery in await self._base.store.deliveries.take_due(self._base.now, room):
            if delivery.state is UNKNOWN and delivery.target in self._targets:
                unknown.append(delivery)
            else:
                jobs.append(Job(self._run_guarded(self._carry(delivery, term), [delivery])))
        jobs += [
            Job(self._run_guarded(self._look_up(batch, term), batch), len(batch))
            for batch in look_up_batches(unknown)
        ]
        return jobs

    async def _run_guarded(self, work: Awaitable[None], deliveries: Sequence[Delivery]) -> None:
        try:
            await work
        except Exception:
            log.exception("a delivery failed because of a bug; it is read back before the next try")
            for delivery in deliveries:
                await self._settle(delivery, UNKNOWN, after_s=LONGEST_WAIT_S)

    async def _carry(self, delivery: Delivery, term: int) -> None:
        """Send one punch to one target, unless the target rests or is no longer configured.

        It was claimed in `term` of the lease.
        """
        name = delivery.target
        target = self._targets.get(name)
        if target is None:
            await self._base.operators.alert(name, "alert.no_target", target=name)
            await self._settle(delivery, delivery.state, after_s=UNCONFIGURED_S)
            return
        probe_s = self._base.patience.probe_s
        async with target.slots:
            if target.failures >= AWAY_AFTER:
                now_s = self._base.clock.monotonic()
                if now_s < target.next_probe_s:
                    wait_s = random.uniform(4, 8) * probe_s  # noqa: S311
                    await self._settle(delivery, ACCEPTED, after_s=wait_s)
                    return
                # this try shows whether the target is back
                target.next_probe_s = now_s + probe_s
            await self._send(delivery, target, term)

    async def _send(self, delivery: Delivery, target: _TargetState, term: int) -> None:
        try:
            with self._base.lease.acting(term):
                await target.api.send(delivery.punch)
        except ClaimLost:
            await self._doubt(delivery)
        except Unclassified as error:
            self._note_answer(target)
            refused = (delivery.punch.punch_id, delivery.target)
            self._refused_s.setdefault(refused, self._base.clock.monotonic())
            await self._doubt(delivery, error.reason)
        except NotSent as error:
            await self._note_failure(target, error)
            wait_s = min(error.retry_after_s or self._back_off(delivery.tries), LONGEST_WAIT_S)
            await self._settle(delivery, ACCEPTED, after_s=wait_s)
        except OutcomeUnknown as error:
            await self._note_failure(target, error)
            log.info("%s", error)
            await self._doubt(delivery)
        except Rejected as error:
            self._note_answer(target)
            await self._settle(delivery, DeliveryState.REJECTED, reason=error.reason)
        except ServiceStopped as error:
            if target.failing_since_s < inf:
                self._base.operators.over(delivery.target)  # this reason replaces the earlier one
            target.failing_since_s = inf
            target.failures = AWAY_AFTER
            await self._settle(delivery, ACCEPTED, after_s=self._base.patience.probe_s)
            alert = self._base.operators.alert
            await alert(
                delivery.target,
                "alert.stopped",
                service=error.service,
                reason=error.reason,
                remedy=error.remedy,
            )
        else:
            self._note_answer(target)
            target.taken_s = self._base.clock.monotonic()
            await self._settle(delivery, DeliveryState.SENT)

    async def _note_failure(self, target: _TargetState, error: UpstreamError) -> None:
        target.failures += 1
        now_s = self._base.clock.monotonic()
        target.failing_since_s = min(target.failing_since_s, now_s)
        if target.failures >= AWAY_AFTER and now_s - target.failing_since_s >= ALERT_AFTER_S:
            name = target.api.name
            await self._base.operators.alert(name, "alert.away", service=name, reason=error.reason)

    def _note_answer(self, target: _TargetState) -> None:
        target.failing_since_s = inf
        target.failures = 0
        self._base.operators.over(target.api.name)

    async def _doubt(self, delivery: Delivery, reason: str = "") -> None:
        """Make a delivery due for read-back at once, by any process.

        `reason` is the text of an unclassified answer. The row keeps it until the punch goes again.
        """
        await self._settle(delivery, UNKNOWN, reason=reason)
        self._worker.wake(self)

    async def _look_up(self, deliveries: Sequence[Delivery], term: int) -> None:
        """Read back whether the targets took punches of unknown outcome.

        If the read-back fails, only a target that recognises repeats gets its punch again.
        """
        times = [delivery.punch.punched_at for delivery in deliveries]
        user_ids = sorted({delivery.punch.user_id for delivery in deliveries})
        first = min(times) - RECORD_PRECISION
        last = max(times) + RECORD_PRECISION
        try:
            records = await self._base.dingtalk.attendance.records(user_ids, first, last)
        except UpstreamError as error:
            log.info("%s", error)
            waiting: list[str] = []
            for delivery in deliveries:
                if self._targets[delivery.target].api.knows_repeats:
                    await self._look_or_send_again(delivery, term)
                else:
                    wait_s = self._back_off(delivery.tries)
                    await self._settle(delivery, UNKNOWN, after_s=wait_s, reason=_answer(delivery))
                    waiting.append(delivery.target)
            if waiting:
                await self._base.operators.alert(
                    READ_BACK,
                    "alert.unreadable",
                    count=len(waiting),
                    service=", ".join(sorted(set(waiting))),
                    reason=error,
                )
            return
        self._base.operators.over(READ_BACK)
        for delivery in deliveries:
            if any(record.shows(delivery.punch, delivery.target) for record in records):
                await self._settle(delivery, DeliveryState.SENT)
            else:
                await self._look_or_send_again(delivery, term, was_read=True)

    async def _look_or_send_again(
        self, delivery: Delivery, term: int, *, was_read: bool = False
    ) -> None:
        """Read a punch back a few more times, then send it again.

        An unclassified answer then is a refusal, if the records were read without the punch. But an
        error of every punch is no reason to reject one: the target must take others.
        """
        looks = self._base.patience.lookup_s
        reason = _answer(delivery)
        if not self._base.lease.holds(term):
            await self._doubt(delivery, reason)
        elif delivery.tries < len(looks):
            wait_s = looks[delivery.tries]
            await self._settle(delivery, UNKNOWN, after_s=wait_s, reason=reason)
        elif was_read and reason and self._takes_others(delivery):
            # in one write, so that no process sends it between both steps
            await self._settle(delivery, ACCEPTED, DeliveryState.REJECTED, reason=reason)
        else:
            await self._settle(delivery, ACCEPTED)
            self._worker.wake(self)

    def _takes_others(self, delivery: Delivery) -> bool:
        """Return whether the target refuses this punch for long, and took another one meanwhile.

        Only this process's calls count.
        """
        refused_s = self._refused_s.get((delivery.punch.punch_id, delivery.target), inf)
        refused_for_s = self._base.clock.monotonic() - refused_s
        return (
            refused_for_s > GIVE_UP_AFTER_S and self._targets[delivery.target].taken_s > refused_s
        )

    async def _settle(
        self, delivery: Delivery, *steps: DeliveryState, after_s: float = 0.0, reason: str = ""
    ) -> None:
        """Write the outcome of a try. An open delivery is due again `after_s` seconds later."""
        state = steps[-1]
        next_at = self._base.now + timedelta(seconds=after_s)
        punch = await until_written(
            self._base.store.deliveries.settle,
            delivery,
            *steps,
            reason=reason,
            next_at=next_at,
            usual=self.targets,
        )
        if state in (DeliveryState.SENT, DeliveryState.REJECTED):
            self._refused_s.pop((punch.punch_id, delivery.target), None)
        if state is DeliveryState.REJECTED and delivery.target not in punch.states:
            self._worker.wake(self)
            await self._base.operators.alert(MAKE_UP, "alert.no_make_up", reason=reason)
        elif state is DeliveryState.SENT and delivery.target not in self.targets:
            self._base.operators.over(MAKE_UP)
        if state is not delivery.state:
            self._desk.on_settled(punch)
            self._base.metrics.punches.labels(punch.source, state).inc()
        if state is DeliveryState.SENT:
            waited = self._base.now - punch.received_at
            self._base.metrics.delivery_seconds.labels(delivery.target).observe(
                waited.total_seconds()
            )

    def _back_off(self, tries: int) -> float:
        """Return the seconds to wait after `tries` failures: at random, up to 1, 2, 4 … 30."""
        return random.uniform(0.5, min(LONGEST_WAIT_S, 2.0 ** min(tries, 5)))  # noqa: S311


def _answer(delivery: Delivery) -> str:
    """Return the unclassified answer that made the outcome unknown, "" without one."""
    return delivery.punch.reasons.get(delivery.target, "")


def look_up_batches(unknown: Iterable[Delivery]) -> list[Sequence[Delivery]]:
    """Return deliveries in batches for one read-back each: at most 50, of one work date.

    One read-back takes at most 7 days.
    """
    by_date = defaultdict[date, list[Delivery]](list)
    for delivery in unknown:
        by_date[delivery.punch.work_date].append(delivery)
    return [batch for deliveries in by_date.values() for batch in in_batches(deliveries)]
