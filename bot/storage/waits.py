"""The time until the next try of rows and messages."""

from bot.domain.messages import Kind
from bot.storage.database import TopicRows
from bot.storage.outbox import KEY

_LONGEST_WAIT_MS = 360_000  # of a row until its next try; the senders wait up to five minutes
_RETRY = f"""
    UPDATE outbox SET due_ms = :now WHERE ({KEY}) IN (
      SELECT {KEY} FROM outbox
      WHERE kind IN ({", ".join(f"'{kind}'" for kind in Kind)}) AND due_ms > :now + {_LONGEST_WAIT_MS}
      FOR UPDATE SKIP LOCKED)"""
_RETRY_MESSAGES = f"""
    UPDATE inbox SET not_before_ms = :now WHERE finished_ms IS NULL AND id IN (
      SELECT id FROM inbox WHERE finished_ms IS NULL AND not_before_ms > :now + {_LONGEST_WAIT_MS}
      FOR UPDATE SKIP LOCKED)"""


class Waits(TopicRows):
    """The time until the next try of a row."""

    async def shorten(self) -> None:
        """Make rows due that a clock ahead of time postponed. To be called by a right clock.

        A reminder waits for its moment. Raises StoreRefused.
        """
        await self._database.run(_RETRY)
        await self._database.run(_RETRY_MESSAGES)
