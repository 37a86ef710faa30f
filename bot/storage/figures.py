"""The use of DingTalk's monthly quotas, and the rows that wait."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from bot.clock import from_ms
from bot.domain.messages import Kind
from bot.storage.database import TopicRows
from bot.storage.engine import Tx
from bot.storage.outbox import KEY
from bot.storage.statements import insert

_ADD = f"{insert('usage')} ON CONFLICT (month, kind) DO UPDATE SET count = usage.count + excluded.count"
_OF_MONTH = "SELECT kind, count FROM usage WHERE month = :month"
_WAITING = """
    SELECT kind, CASE WHEN kind = 'punch' THEN recipient ELSE '' END, COUNT(*), MIN(moment_ms)
    FROM outbox WHERE due_ms IS NOT NULL GROUP BY 1, 2
    UNION ALL SELECT 'message', '', COUNT(*), MIN(received_ms) FROM inbox WHERE finished_ms IS NULL"""
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


class Waiting(NamedTuple):
    """Open rows of one kind; punches also by target. `since` is the time of the oldest row."""

    kind: str
    target: str
    rows: int
    since: datetime


class Figures(TopicRows):
    """Figures of all processes together. Each call raises StoreRefused."""

    async def use(self, month: str, counts: Mapping[str, int]) -> Mapping[str, int]:
        """Add the counts of this process in a month, such as 2026-11.

        Return the counts of all processes.
        """
        # In the same order in every process, so that no deadlock arises.
        rows = [
            {"month": month, "kind": kind, "count": count} for kind, count in sorted(counts.items())
        ]

        def work(tx: Tx) -> Mapping[str, int]:
            tx.many(_ADD, rows)
            return dict(tx.all(_OF_MONTH, month=month))

        return await self._database.write(work)

    async def waiting(self) -> Sequence[Waiting]:
        """Return the open rows of the outbox and of the inbox (`message`)."""
        rows = await self._database.all(_WAITING)
        return [
            Waiting(kind, target, count, from_ms(since))
            for kind, target, count, since in rows
            if count
        ]

    async def shorten_waits(self) -> None:
        """Make rows due that a clock ahead of time postponed. To be called by a right clock.

        A reminder waits for its moment.
        """
        await self._database.run(_RETRY)
        await self._database.run(_RETRY_MESSAGES)
