"""DingTalk's monthly quotas: their use, their end at the present pace, and the steps of saving."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from typing import Literal, NamedTuple

from bot.domain.reminders import ReminderKind

Edition = Literal["standard", "professional", "add-on"]


class Quota(StrEnum):
    """The two quotas, by 《计费模型说明》.

    The whole organisation shares them, so other apps use them, too.
    """

    CALLS = "calls"
    MESSAGES = "messages"  # over Stream and webhooks


class Economy(IntEnum):
    """Steps of saving API calls. Each includes the earlier ones."""

    FULL = 0
    NO_DIGESTS = 1
    LATE_REMINDERS = (
        2  # after the due time, to people without a punch; snoozed reminders and nudges
    )
    PUNCHES_ONLY = 3


ALERT_PERCENT = (70, 90, 100)
LIMITS: Mapping[Edition, Mapping[Quota, int]] = {  # a month, by 《计费模型说明》
    "standard": {Quota.CALLS: 5_000, Quota.MESSAGES: 3_000},
    "professional": {Quota.CALLS: 200_000, Quota.MESSAGES: 50_000},
    "add-on": {Quota.CALLS: 5_000_000, Quota.MESSAGES: 500_000},
}
STOPPED = {  # kinds of reminders that each step does not send
    Economy.FULL: frozenset[ReminderKind](),
    Economy.NO_DIGESTS: frozenset({ReminderKind.DIGEST}),
    Economy.LATE_REMINDERS: frozenset(
        {
            ReminderKind.DIGEST,
            ReminderKind.ESCALATION,
            ReminderKind.BEFORE,
            ReminderKind.MISSED,
        }
    ),
    Economy.PUNCHES_ONLY: frozenset(ReminderKind),
}


class Budget(NamedTuple):
    """One quota of the month of `at`, a local time. An unknown `limit` is None."""

    quota: Quota
    used: int
    limit: int | None
    at: datetime

    @property
    def percent(self) -> int:
        """Return the used share, rounded down; 0 without a limit."""
        return 100 * self.used // self.limit if self.limit else 0

    @property
    def days(self) -> float:
        """Return the days of the month so far, at least one."""
        return max(self.at.day - 1 + (self.at.hour * 60 + self.at.minute) / 1440, 1.0)

    @property
    def runs_out_at(self) -> datetime | None:
        """Return when the quota is used up at the pace of the month so far; None if it lasts for
        the month.
        """
        if self.limit is None or not self.used:
            return None
        lasts_days = max(self.limit - self.used, 0) / self.used * self.days
        at = self.at + timedelta(days=min(lasts_days, 31))  # later than any month ends
        return at if (at.year, at.month) == (self.at.year, self.at.month) else None

    @property
    def reached(self) -> Economy:
        """Return the step of saving for the used share."""
        return Economy(sum(self.percent >= percent for percent in ALERT_PERCENT))

    @property
    def economy(self) -> Economy:
        """Return the step of saving that this budget asks for."""
        return self.reached if self.percent >= 100 or self.runs_out_at else Economy.FULL


def budget(quota: Quota, usage: Mapping[str, int], limit: int | None, at: datetime) -> Budget:
    """Return the budget of a quota. The keys of `usage` begin with its name."""
    used = sum(count for kind, count in usage.items() if kind.startswith(f"{quota} "))
    return Budget(quota=quota, used=used, limit=limit, at=at)
