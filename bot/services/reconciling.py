"""Compare the ledger with DingTalk's records: settle open deliveries, and report differences."""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import chain
from typing import NamedTuple
from zoneinfo import ZoneInfo

from bot.clock import Clock
from bot.dingtalk.attendance import Attendance
from bot.domain.facts import DINGTALKS_OWN, AttendanceRecord, second_of
from bot.domain.punches import TAKEN, DeliveryState, Punch
from bot.domain.slots import A_DAY, Days
from bot.errors import ServiceStopped, UpstreamError
from bot.services.base import Base
from bot.services.organisation.rosters import in_batches
from bot.storage.outbox import Delivery
from bot.storage.store import Store

log = logging.getLogger(__name__)

DAYS_A_LIST = 7  # in one call of attendance/listRecord
SHOWN_DAYS = 180  # DingTalk shows no older records
LATE_FOR = timedelta(minutes=30)  # DingTalk documents late results without a limit
JOB = "reconcile"
SUBJECT = "comparison with DingTalk"


class Difference(StrEnum):
    """A difference between the ledger and DingTalk about one punch."""

    INVALID = "shown as invalid"
    NOT_SHOWN = "not shown by DingTalk"
    REJECTED_HERE = "valid at DingTalk, rejected or refused here"
    ELSEWHERE = "at DingTalk only"


class Comparison(NamedTuple):
    """One punch at one target. Without `punch` only DingTalk has it.

    `kind` is None if both agree. The delivery now takes `states`, one after the other.
    """

    kind: Difference | None
    user_id: str
    at: datetime
    punch: Punch | None = None
    target: str = ""
    reason: str = ""
    states: Sequence[DeliveryState] = ()


@dataclass(slots=True)
class ComparisonReport:
    """The result of comparing `days`.

    `settled` counts deliveries by their new state. `failures` are people who could not be compared,
    each with the reason.
    """

    days: Days
    people: int = 0
    punches: int = 0
    records: int = 0
    settled: Counter[DeliveryState] = field(default_factory=Counter)
    differences: list[Comparison] = field(default_factory=list)
    failures: list[tuple[Sequence[str], str]] = field(default_factory=list)


Batch = tuple[Sequence[str], Days]
Watch = Callable[[Iterator[Batch], int], Iterator[Batch]]  # shows progress
OnRead = Callable[[Sequence[str], Days, Sequence[AttendanceRecord]], Awaitable[None]]


@dataclass(eq=False)
class Reconciler:
    """Compares the ledger with DingTalk's records, fifty people a call.

    It takes `targets` of every punch. `on_read` gets each read: people, days and records.
    """

    store: Store
    attendance: Attendance
    clock: Clock
    zone: ZoneInfo
    targets: Sequence[str]
    on_settled: Callable[[Punch], object] = lambda _: None
    on_read: OnRead | None = None

    async def run(self, days: Days, watch: Watch = lambda batches, _: batches) -> ComparisonReport:
        """Compare everybody on the local dates `days`. Raises StoreRefused.

        The report names the people of a failed call. A ServiceStopped ends the comparison.
        """
        people = await self.store.ledger.people_to_compare(days.with_neighbours)
        report = ComparisonReport(days, people=len(people))
        batches = [(batch, span) for span in spans_of(days) for batch in in_batches(people)]
        for number, (user_ids, span) in enumerate(watch(iter(batches), len(batches))):
            try:
                await self._compare(user_ids, span, report)
            except ServiceStopped as error:
                left_out = dict.fromkeys(
                    user_id for rest, _ in batches[number:] for user_id in rest
                )
                report.failures.append((list(left_out), str(error)))
                break
            except UpstreamError as error:
                report.failures.append((user_ids, str(error)))
        return report

    async def _compare(self, user_ids: Sequence[str], days: Days, report: ComparisonReport) -> None:
        """Compare some people.

        Records come first: then the ledger has every punch that they show.
        """
        records = await self.attendance.records(user_ids, *moments_of(days, self.zone))
        around = days.with_neighbours
        punches_by_person = await asyncio.gather(
            *(self.store.ledger.punches(user_id, around) for user_id in user_ids)
        )
        punches = [
            punch
            for punch in chain.from_iterable(punches_by_person)
            if punch.punched_at.astimezone(self.zone).date() in days
        ]
        if self.on_read is not None:
            await self.on_read(user_ids, days, records)
        findings = compare(punches, records, self.clock.now())
        report.punches += len(punches)
        report.records += len(records)
        report.differences += [finding for finding in findings if finding.kind is not None]
        for finding in findings:
            if finding.punch is None or not finding.states:
                continue
            target = finding.target
            delivery = Delivery(finding.punch, target, finding.punch.states[target])
            settled = await self.store.deliveries.settle(
                delivery, *finding.states, reason=finding.reason, usual=self.targets
            )
            if settled.states.get(target) is finding.states[-1]:
                report.settled[finding.states[-1]] += 1
            self.on_settled(settled)


async def compare_tonight(base: Base, reconciler: Reconciler) -> None:
    """Compare the last seven days once a night, by one process. Repeat an incomplete comparison.

    Alert administrators to failed calls, and to punches that DingTalk took and no longer shows. To
    be called several times a night. Raises StoreRefused.
    """
    today = base.today

    async def compare_all() -> bool:
        report = await reconciler.run(days_to_compare(today))
        lost = sum(
            finding.kind is Difference.NOT_SHOWN and finding.target in DINGTALKS_OWN
            for finding in report.differences
        )
        log.info(
            "compared %d punches with %d records of DingTalk: %d differences, %d calls failed",
            report.punches,
            report.records,
            len(report.differences),
            len(report.failures),
        )
        if report.failures:
            await base.operators.alert(SUBJECT, "alert.not_compared", reason=report.failures[0][1])
        elif lost:
            await base.operators.alert(SUBJECT, "alert.not_shown", count=lost)
        else:
            base.operators.over(SUBJECT)
        return not report.failures

    await base.store.jobs.do_once(JOB, today.isoformat(), compare_all)


def spans_of(days: Days) -> list[Days]:
    """Return the days in spans of at most seven, one call each."""
    spans = in_batches(list(days), DAYS_A_LIST)
    return [Days(span[0], span[-1]) for span in spans]


def moments_of(days: Days, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return the first second of the first day and the last second but one of the last day, UTC.

    `Attendance.records` adds a second. Another second would touch an eighth day, which DingTalk
    refuses.
    """
    starts_at = datetime.combine(days.first, time(), zone)
    ends_at = datetime.combine(days.last, time(23, 59, 58), zone)
    return starts_at.astimezone(UTC), ends_at.astimezone(UTC)


def days_to_compare(today: date, first: date | None = None, last: date | None = None) -> Days:
    """Return the wanted days, or else the seven days up to yesterday. Raises ValueError."""
    until = last or max(today - A_DAY, first or date.min)
    since = first or until - timedelta(days=DAYS_A_LIST - 1)
    if until < since:
        raise ValueError(f"the last day, {until}, is before the first, {since}")
    if until > today:
        raise ValueError(f"{until} is in the future")
    if (today - since).days > SHOWN_DAYS:
        raise ValueError(f"DingTalk shows {SHOWN_DAYS} days back, {since} is before that")
    return Days(since, until)


def compare(
    punches: Sequence[Punch], shown: Iterable[AttendanceRecord], now: datetime
) -> list[Comparison]:
    """Compare punches and records of the same people and days.

    Each record belongs to one punch. A rejected punch gets a record only if no other punch of that
    second takes it.
    """
    free: dict[tuple[str, int], list[AttendanceRecord]] = {}
    # valid records first
    for record in sorted(shown, key=lambda record: record.invalid_reason is not None):
        free.setdefault(second_of(record.user_id, record.checked_at), []).append(record)
    ours = {second_of(punch.user_id, punch.punched_at) for punch in punches}
    findings: list[Comparison] = []
    for punch in sorted(punches, key=lambda punch: not punch.stands):
        records = free.get(second_of(punch.user_id, punch.punched_at), [])
        for target in punch.states:
            number = next(
                (at for at, record in enumerate(records) if record.shows(punch, target)), None
            )
            own = None if number is None else records.pop(number)
            findings.append(_compare_delivery(punch, target, own, now))
    for record in (records[0] for second, records in free.items() if second not in ours):
        reason = "; ".join(part for part in (record.source, record.invalid_reason) if part)
        findings.append(
            Comparison(Difference.ELSEWHERE, record.user_id, record.checked_at, reason=reason)
        )
    return findings


def _compare_delivery(
    punch: Punch, target: str, record: AttendanceRecord | None, now: datetime
) -> Comparison:
    """Compare a punch at a target with its record there."""
    state = punch.states[target]
    finding = Comparison(
        kind=None, user_id=punch.user_id, at=punch.punched_at, punch=punch, target=target
    )
    if record is None:
        is_lost = state in TAKEN and now - punch.punched_at >= LATE_FOR
        return finding._replace(kind=Difference.NOT_SHOWN) if is_lost else finding
    final = DeliveryState.CONFIRMED if record.invalid_reason is None else DeliveryState.REJECTED
    if state is DeliveryState.UNKNOWN:
        finding = finding._replace(states=(DeliveryState.SENT, final))
    elif state is DeliveryState.SENT:
        finding = finding._replace(states=(final,))
    if record.invalid_reason is not None:
        return finding._replace(kind=Difference.INVALID, reason=record.invalid_reason)
    return finding if punch.stands else finding._replace(kind=Difference.REJECTED_HERE)
