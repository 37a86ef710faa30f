"""Administrators who keep what they are sent."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.dingtalk.robot import SendResult
from bot.views.reply import Reply


@dataclass
class Mailbox:
    """What the administrators were sent; `came` is set with the first of it."""

    texts: list[str] = field(default_factory=list)
    came: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(self, user_ids: Sequence[str], reply: Reply, *, urgent: bool = True) -> SendResult:
        self.texts.append(reply.text)
        self.came.set()
        return SendResult()

    async def answer(self, webhook: object, reply: Reply) -> None:
        """Refuse an answer to something that was said."""
        raise AssertionError("an alert answers nobody")
