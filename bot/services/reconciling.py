"""Reading back: settles what is open by what DingTalk shows, and reports where the two differ."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

from bot.clock import Clock, local_date
from bot.dingtalk.attendance import PEOPLE_A_CALL, Attendance
from bot.domain.punches import DeliveryState, Punch
from bot.domain.reconciling import (
    AttendanceRecord,
    Days,
    Finding,
    Kind,
    Report,
    compare,
    days_to_compare,
)
from bot.errors import OperatorError, UpstreamError
from bot.services.base import Base
from bot.storage.outbox import Delivery
from bot.storage.store import Store

log = logging.getLogger(__name__)

JOB = "reconcile"
SUBJECT = "comparison with DingTalk"
OnRead = Callable[[Sequence[str], Days, Sequence[AttendanceRecord]], Awaitable[None]]
_DAY = timedelta(days=1)  # a work date is at most a day off the date of its punches


class Reconciler:
    """Compares the ledger with DingTalk's records, fifty people a call."""

    def __init__(
        self,
        store: Store,
        attendance: Attendance,
        clock: Clock,
        zone: ZoneInfo,
        *,
        on_settled: Callable[[Punch], None] | None = None,
        on_read: OnRead | None = None,
    ) -> None:
        """Take `on_read` to be given what was read: the people, the days and the records."""
        self._ledger = store.ledger
        self._deliveries = store.deliveries
        self._attendance = attendance
        self._clock = clock
        self._zone = zone
        self._on_settled = on_settled
        self._on_read = on_read

    async def run(self, days: Days) -> Report:
        """Compare everybody on the local dates `days`. Raises StoreRefused.

        A call that fails leaves its people out and is reported; once DingTalk wants an operator, it was the last.
        """
        people = await self._ledger.compared_people(days.first - _DAY, days.last + _DAY)
        report = Report(days, people=len(people))
        some = [people[start : start + PEOPLE_A_CALL] for start in range(0, len(people), PEOPLE_A_CALL)]
        batches = [(user_ids, span) for span in days.spans() for user_ids in some]
        for number, (user_ids, span) in enumerate(batches):
            try:
                await self._compare(user_ids, span, report)
            except UpstreamError as error:
                report.failures.append((user_ids, str(error)))
            except OperatorError as error:
                left_out = dict.fromkeys(user_id for rest, _ in batches[number:] for user_id in rest)
                report.failures.append((list(left_out), str(error)))
                break
        return report

    async def _compare(self, user_ids: Sequence[str], days: Days, report: Report) -> None:
        """Compare some people. Their records are read first: what they show of ours is in the ledger by then."""
        records = await self._attendance.records(user_ids, *days.moments(self._zone))
        around = days.first - _DAY, days.last + _DAY
        found = await asyncio.gather(*(self._ledger.punches(user_id, *around) for user_id in user_ids))
        punches = [one for punches in found for one in punches if days.hold(one.punched_at, self._zone)]
        if self._on_read is not None:
            await self._on_read(user_ids, days, records)
        findings = compare(punches, records, self._clock.now(), self._zone)
        report.punches += len(punches)
        report.records += len(records)
        report.differences += [one for one in findings if one.kind is not None]
        for finding in findings:
            if finding.punch is not None:
                await self._settle(finding.punch, finding, report)

    async def _settle(self, punch: Punch, finding: Finding, report: Report) -> None:
        target, current = finding.target, punch.states[finding.target]
        for following in finding.states:
            reason = finding.reason if following is DeliveryState.REJECTED else ""
            found = await self._deliveries.settle(Delivery(punch, target, current), following, reason=reason)
            current = following
            if found.states[target] is following:
                report.settled[following] = report.settled.get(following, 0) + 1
            if self._on_settled is not None and following is not DeliveryState.SENT:  # on the way to what is told
                self._on_settled(found)


async def compare_tonight(base: Base, reconciler: Reconciler) -> None:
    """Compare the last seven days, unless it is done or in other hands; an incomplete comparison is done again.

    The administrators are told of calls that failed and of punches that DingTalk took and lost. To be called
    several times a night. Raises StoreRefused.
    """
    today = local_date(base.clock, base.zone)

    async def compare_all() -> bool:
        report = await reconciler.run(days_to_compare(today))
        missing = (one for one in report.differences if one.kind is Kind.NOT_SHOWN)
        lost = sum(one.target == "record_upload" for one in missing)
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
