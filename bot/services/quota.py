"""DingTalk's monthly quotas: usage of all processes, alerts to administrators, and steps of saving."""

from collections.abc import Callable, Mapping
from typing import Any

from bot.domain.quota import ALERT_PERCENT, STOPPED, Budget, Economy, Quota, budget
from bot.domain.reminders import ReminderKind
from bot.services.base import Base
from bot.services.metrics import ReadFigures
from bot.views.i18n import Texts
from bot.views.keys import SAVINGS

_USED = {Quota.CALLS: "alert.calls_used", Quota.MESSAGES: "alert.messages_used"}
_GONE = {Quota.CALLS: "alert.calls_gone", Quota.MESSAGES: "alert.messages_gone"}


class QuotaWatch:
    """Both budgets of the month as of the last minute, and the present step of saving."""

    def __init__(self, base: Base) -> None:
        self._base = base
        self._usage: Mapping[str, int] = {}
        self._alerts: set[str] = set()  # subjects of present alerts
        self.budgets: Mapping[Quota, Budget] = {}
        self.step = Economy.FULL
        # kinds of reminders that are not sent now
        self.stopped: frozenset[ReminderKind] = frozenset()
        self._build_metrics()

    @property
    def by_kind(self) -> Mapping[tuple[str, str], int]:
        """Return the billable calls and messages of the month by quota and kind."""
        kinds = ((kind.partition(" "), count) for kind, count in self._usage.items())
        return {(quota, kind): count for (quota, _, kind), count in kinds if quota in tuple(Quota)}

    async def tick(self) -> None:
        """Store and read usage, then alert and save where due.

        To be called every minute. Raises StoreRefused.
        """
        await self.store_usage()
        present = set[str]()
        for usage in self.budgets.values():
            if usage.reached:
                percent = ALERT_PERCENT[usage.reached - 1]
                subject = f"quota: {percent} % of {usage.limit} {usage.quota}"
                present.add(subject)
                await self._alert(
                    subject,
                    (_GONE if percent == 100 else _USED)[usage.quota],
                    percent=usage.percent,
                    used=usage.used,
                    limit=usage.limit,
                    until=quota_end_line(usage, self._base.texts(self._base.language)),
                )
        calls = self.budgets[Quota.CALLS]
        step = max(calls.economy, self.step)
        if step is not Economy.FULL:
            present.add(_saving(calls, step))
            await self._alert(_saving(calls, step), SAVINGS[step])
        for subject in self._alerts - present:
            self._base.operators.over(subject)
        self._alerts = present

    async def store_usage(self) -> None:
        """Add the counts of this process to this month in the database. Then take over the sums of
        all processes. Raises StoreRefused.

        After a refused commit the counts are added again: the sum may be too large, but never too
        small. A step of saving begins when the administrators hear of it. It ends with the month or
        a larger edition.
        """
        base = self._base
        now = base.now.astimezone(base.zone)
        counted = dict(base.dingtalk.usage)
        base.dingtalk.usage.clear()
        try:
            self._usage = await base.store.figures.use(f"{now:%Y-%m}", counted)
        except BaseException:
            base.dingtalk.usage.update(counted)
            raise
        limits = base.settings.dingtalk.limits_a_month
        self.budgets = {quota: budget(quota, self._usage, limits[quota], now) for quota in Quota}
        calls = self.budgets[Quota.CALLS]
        announced = [step for step in Economy if _saving(calls, step) in self._usage]
        self.step = max((step for step in announced if step <= calls.reached), default=Economy.FULL)
        self.stopped = STOPPED[self.step]

    def _build_metrics(self) -> None:
        def each(figure: Callable[[Budget], float | None]) -> ReadFigures:
            return lambda: {
                quota: value
                for quota, usage in self.budgets.items()
                if (value := figure(usage)) is not None
            }

        gauge = self._base.metrics.gauge
        gauge(
            "quota_used",
            "Billable uses of the month so far",
            each(lambda usage: usage.used),
            "quota",
        )
        gauge(
            "quota_limit",
            "Uses that the edition allows in a month",
            each(lambda usage: usage.limit),
            "quota",
        )
        gauge(
            "quota_used_by_kind",
            "By API, and by kind of message",
            lambda: self.by_kind,
            "quota",
            "kind",
        )
        ends = each(lambda usage: usage.runs_out_at.timestamp() if usage.runs_out_at else None)
        gauge("quota_runs_out_timestamp_seconds", "Missing while the quota lasts", ends, "quota")

    async def _alert(self, subject: str, key: str, **values: Any) -> None:
        """Tell the administrators once a month and edition: the usage notes each alert."""
        is_told = subject in self._usage
        await self._base.operators.alert(subject, key, is_told=is_told, **values)
        if not is_told:
            self._base.dingtalk.usage[subject] += 1
            await self.store_usage()


def quota_end_line(usage: Budget, texts: Texts) -> str:
    """Return the line on the day when a quota runs out, or that it does not."""
    ends_at = usage.runs_out_at
    return texts("quota.runs_out", day=f"{ends_at:%Y-%m-%d}") if ends_at else texts("quota.lasts")


def _saving(calls: Budget, step: Economy) -> str:
    return f"quota: saving, step {step.value} of {calls.limit} calls"
