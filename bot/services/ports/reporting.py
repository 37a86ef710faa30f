"""What reports need: somebody who does heavy work elsewhere, and a way for files to reach people."""

from collections.abc import AsyncIterator, Callable, Iterable
from typing import Protocol, TypeVar

from bot.domain.attachments import Attachment
from bot.services.ports.dingtalk import SendResult

P = TypeVar("P")
R = TypeVar("R")


class Workshop(Protocol):
    """Does work that must not keep others waiting."""

    async def run(self, work: Callable[[Iterable[P]], R], parts: AsyncIterator[P]) -> R:
        """Return what `work` makes of `parts`, in a process of its own. Raises ProcessFailed."""
        ...


class Attachments(Protocol):
    """Gives pictures and files to people. Each call raises UpstreamError, ServiceStopped."""

    async def upload(self, attachment: Attachment) -> str:
        """Return the id under which an attachment can be sent."""
        ...

    async def send(self, user_id: str, attachment: Attachment, media_id: str) -> SendResult:
        """Show an uploaded attachment to one person, in private."""
        ...
