"""Rows of an outbox in memory, and a robot that hears or fails."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, cast

from bot.clock import Clock
from bot.dingtalk.robot import RECIPIENTS_A_CALL, SendResult
from bot.domain.outbox import Owed
from bot.errors import UpstreamError
from bot.services.outbox.messages import MessageSender, Wording
from bot.services.outbox.worker import FOR_EVER_S, Lease, OutboxWorker
from bot.views.reply import Reply


class Rows:
    """Rows that are due at once, also when they are postponed."""

    def __init__(self, *owed: Owed) -> None:
        self.due = list(owed)
        self.told_of: list[Owed] = []
        self.postponed: list[Owed] = []

    async def take_due(self, now: datetime, limit: int) -> Sequence[Owed]:
        due, self.due = self.due[:limit], self.due[limit:]
        return due

    async def told(self, owed: Sequence[Owed]) -> None:
        self.told_of += owed

    async def postpone(self, owed: Sequence[Owed], until: datetime) -> None:
        self.postponed += owed
        self.due += owed

    async def address(self, owed: Owed, recipients: Iterable[str]) -> None:
        self.due += [replace(owed, recipient=one) for one in recipients]


class Robot:
    """Knows whom it spoke to. Fails with the calls of these numbers, and holds these people back at first."""

    def __init__(self, fails: Collection[int] = (), held_back: Collection[str] = ()) -> None:
        self.heard: list[str] = []
        self.calls = 0
        self._fails = fails
        self._held_back = set(held_back)

    async def send(self, user_ids: Sequence[str], reply: Reply, *, urgent: bool = True) -> SendResult:
        assert len(user_ids) <= RECIPIENTS_A_CALL
        self.calls += 1
        if self.calls in self._fails:
            raise UpstreamError("robot", "no answer")
        held_back = self._held_back & set(user_ids)
        self._held_back -= held_back
        self.heard += sorted(set(user_ids) - held_back)
        return SendResult(flow_controlled=tuple(held_back))


def sender_of(
    rows: Rows, wording: Wording, robot: Robot, clock: Clock, lease: Lease | None = None
) -> MessageSender:
    """Return what sends these rows."""
    if lease is None:
        lease = Lease(clock, lasts_s=FOR_EVER_S)
        lease.renewed(clock.monotonic())
    return MessageSender(cast(Any, rows), wording, cast(Any, robot), lease, clock)


async def one_round(sender: MessageSender) -> None:
    """Let a worker begin what is due, and wait until it is done."""
    worker = OutboxWorker([sender], round_s=60)
    await worker.round()
    await worker.ended()
