"""A robot that keeps messages to administrators."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.dingtalk.robot import SendResult
from bot.views.reply import Reply


@dataclass
class Mailbox:
    """Messages to administrators. The first one sets `came`."""

    texts: list[str] = field(default_factory=list)
    came: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(self, user_ids: Sequence[str], reply: Reply, *, urgent: bool = True) -> SendResult:
        self.texts.append(reply.text)
        self.came.set()
        return SendResult()

    async def answer(self, webhook: object, reply: Reply) -> None:
        """Fail: alerts are no answers."""
        raise AssertionError("an alert answers nobody")
