"""A forecast of a month's calls and messages, and of the waits that DingTalk's limits cause."""

from collections.abc import Mapping
from math import ceil
from typing import Literal, NamedTuple

from bot.dingtalk.apis import APIS
from bot.dingtalk.attendance import PEOPLE_A_CALL
from bot.dingtalk.cards import MOST_PEOPLE
from bot.dingtalk.robot import PEOPLE_A_DING, RECIPIENTS_A_CALL
from bot.domain.quota import Edition, Quota
from bot.services.organisation.reads import HOURS
from bot.services.reporting.absence_reader import PEOPLE_A_LEAVE_CALL

Door = Literal["chat", "card", "page"]
WORKDAYS = 22
DAYS = 30
CHECKS = 2
# Of each API, by 《调用频次与限流》.
CALLS_A_SECOND: Mapping[Edition, int] = {"standard": 20, "professional": 40, "add-on": 60}
PUNCHES_A_SECOND = 400  # of one process on PostgreSQL, see docs/performance.md


class Forecast(NamedTuple):
    """A month of `people` in one shift from Monday to Friday, who all clock in and out by one door.

    Everybody is reminded before each check, by a DING with `dings`, and punches then. With
    `uploads` punches go to `record_upload`.
    """

    people: int
    by: Door
    uploads: bool
    dings: bool = False

    @property
    def usage(self) -> Mapping[str, int]:
        """Return calls and messages by `quota kind`, as the bot counts them."""
        checks = CHECKS * WORKDAYS
        punches = self.people * checks
        batches = ceil(self.people / PEOPLE_A_CALL)
        reads = DAYS * 24 // HOURS
        reminding, people_a_call = self._reminding_call
        calls = {
            "schedule": batches * (reads + checks),  # the plans of all; then before each reminder
            "leave": reads * ceil(self.people / PEOPLE_A_LEAVE_CALL) + batches * (DAYS + checks),
            # the nightly comparison; then before each reminder
            "list_record": batches * (DAYS + checks),
            "shift": DAYS // 3,
            reminding: checks * ceil(self.people / people_a_call),
            "record_upload": punches if self.uploads else 0,
            "replies": punches if self.by == "chat" else 0,
        }
        door = "card" if self.by == "card" else "robot"
        return {f"{Quota.MESSAGES} {door}": 0 if self.by == "page" else punches} | {
            f"{APIS[api].quota} {api}": n for api, n in calls.items()
        }

    @property
    def _reminding_call(self) -> tuple[str, int]:
        """Return the API that reminds, and the people of one call."""
        if self.dings:
            return "ding", PEOPLE_A_DING
        if self.by == "card":
            return "card_deliver", MOST_PEOPLE
        return "batch_send", RECIPIENTS_A_CALL

    def total(self, quota: Quota) -> int:
        """Return the month's calls or messages of one quota."""
        return sum(count for kind, count in self.usage.items() if kind.startswith(f"{quota} "))

    def seconds_to_remind(self, edition: Edition) -> int:
        """Return the seconds until everybody is reminded: their day is read first, fifty people a
        call.
        """
        people_a_call = min(PEOPLE_A_CALL, self._reminding_call[1])
        return ceil(ceil(self.people / people_a_call) / CALLS_A_SECOND[edition])

    def seconds_to_pass_on(self, edition: Edition) -> int:
        """Return the seconds until the last punch reaches its target, if all people punch in one
        moment.
        """
        return ceil(self.people / (CALLS_A_SECOND[edition] if self.uploads else PUNCHES_A_SECOND))
