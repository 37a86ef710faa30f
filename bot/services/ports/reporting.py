"""What reports need: somebody who does heavy work elsewhere, and a way for files to reach people."""

from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from bot.domain.attachments import Attachment
from bot.services.ports.dingtalk import SendResult

P = TypeVar("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class PagedList:
    """A list of several pages: what was `said` to see it, which `page` was shown, whether `more` follow."""

    user_id: str
    conversation_id: str
    said: str
    page: int
    more: bool
    said_at: datetime


class PagedLists(Protocol):
    """The list that each person asked for last, so that they can turn its pages. Each call raises StoreRefused."""

    async def put(self, asked: PagedList) -> None:
        """Remember a list in place of an older one."""
        ...

    async def of(self, user_id: str) -> PagedList | None:
        """Return the list that a person asked for last."""
        ...

    async def forget(self, user_id: str) -> None:
        """Forget a person's list."""
        ...


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
