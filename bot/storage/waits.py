"""The time until the next try of rows and messages."""

from bot.domain.messages import Kind
from bot.storage.database import TopicRows
from bot.storage.outbox import KEY
from bot.storage.statements import Statement

_LONGEST_WAIT_MS = 360_000  # of a row until its next try; the senders wait up to five minutes
_RETRY = Statement(
    f"""UPDATE outbox SET due_ms = :now WHERE ({KEY}) IN (
      SELECT {KEY} FROM outbox
      WHERE kind IN ({", ".join(f"'{kind}'" for kind in Kind)}) AND due_ms > :now + {_LONGEST_WAIT_MS}
      FOR UPDATE SKIP LOCKED)"""
)
_RETRY_MESSAGES = Statement(
    f"""UPDATE inbox SET not_before_ms = :now WHERE finished_ms IS NULL AND id IN (
      SELECT id FROM inbox WHERE finished_ms IS NULL AND not_before_ms > :now + {_LONGEST_WAIT_MS}
      FOR UPDATE SKIP LOCKED)"""
)


class Waits(TopicRows):
    """The time until the next try of a row."""

    async def shorten(self) -> None:
        """Make rows due that a clock ahead of time postponed. To be called by a right clock.

        A reminder waits for its moment. Raises StoreRefused.
        """
        now = {"now": self._database.now_ms}
        await self._database.run(_RETRY, now)
        await self._database.run(_RETRY_MESSAGES, now)
