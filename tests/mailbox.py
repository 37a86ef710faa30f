"""Messages and rows of alerts to administrators."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.dingtalk.robot import SendResult
from bot.domain.messages import Owed
from bot.errors import StoreRefused
from bot.views.sentences import Reply


@dataclass
class Mailbox:
    """Messages to administrators. The first one sets `came`."""

    texts: list[str] = field(default_factory=list)
    came: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(
        self, user_ids: Sequence[str], reply: Reply, *, urgent: bool = True
    ) -> SendResult:
        self.texts.append(reply.text)
        self.came.set()
        return SendResult()

    async def answer(self, webhook: object, reply: Reply) -> None:
        """Fail: alerts are no answers."""
        raise AssertionError("an alert answers nobody")


class Alerts:
    """Rows of alerts. With `refuses` the database is away."""

    def __init__(self, *, refuses: bool = False) -> None:
        self.owed: list[Owed] = []
        self.since: list[datetime] = []
        self._refuses = refuses

    async def raise_anew(self, alerts: Sequence[Owed], before: datetime) -> None:
        if self._refuses:
            raise StoreRefused("the disk is full")
        self.owed += alerts
        self.since.append(before)
