"""The heads of both hash chains, and the seals of the ledger."""

from collections.abc import Sequence
from typing import Literal

from bot.domain.chain import FIELDS, Link, link_hash
from bot.domain.punches import Punch
from bot.errors import OperatorError
from bot.storage.database import TopicRows
from bot.storage.engine import Tx
from bot.storage.statements import insert

Chained = Literal["ledger", "steps"]

_LOCK = "the ledger's chain"  # name of a lock: one process adds links at a time
ROW = ", ".join(f"punches.{name}" for name in FIELDS)
_HEAD = "SELECT seq, hash FROM chain_heads WHERE chain = :chain"
_NEXT = f"""
    SELECT {ROW} FROM ledger_unsealed JOIN punches ON punches.punch_id = ledger_unsealed.punch_id
    ORDER BY ledger_unsealed.punch_id LIMIT :limit FOR UPDATE SKIP LOCKED"""
# An existing row is locked until the commit, so that no link comes before the change.
_WAIT = f"""{insert("ledger_unsealed")}
    ON CONFLICT (punch_id) DO UPDATE SET punch_id = excluded.punch_id"""
_LINK = insert("ledger_chain")
_SEALED = "DELETE FROM ledger_unsealed WHERE punch_id = :punch_id"
_MOVE_HEAD = "UPDATE chain_heads SET seq = :seq, hash = :hash WHERE chain = :chain"


def read_head(tx: Tx, chain: Chained) -> Link | None:
    """Return the last link of a chain, None if somebody removed it."""
    row = tx.one(_HEAD, chain=chain)
    return None if row is None else Link(*row)


def head_of(tx: Tx, chain: Chained) -> Link:
    """Return the last link of a chain. Raises OperatorError if somebody removed it."""
    head = read_head(tx, chain)
    if head is None:
        raise OperatorError(
            f"The head of the chain {chain} is gone: run `audit` and restore a backup."
        )
    return head


def move_head(tx: Tx, chain: Chained, head: Link) -> None:
    tx.run(_MOVE_HEAD, **head._asdict(), chain=chain)


def owe_link(tx: Tx, punch: Punch) -> None:
    """Let the sealer link a punch, and the punch that it replaces, in the transaction that adds or
    changes it.
    """
    for punch_id in sorted(filter(None, (punch.punch_id, punch.corrects))):
        tx.run(_WAIT, punch_id=punch_id)


class Chain(TopicRows):
    async def seal(self, limit: int) -> Sequence[Link]:
        """Link at most `limit` punches in the order of their ids, without those that change now.

        Raises StoreRefused, OperatorError.
        """

        def work(tx: Tx) -> Sequence[Link]:
            head = head_of(tx, "ledger")
            links = []
            sealed = []
            for row in tx.all(_NEXT, limit=limit):
                head = Link(head.seq + 1, link_hash(head.hash, row))
                links.append(head)
                sealed.append({**head._asdict(), "punch_id": row[0]})
            if links:
                tx.many(_LINK, sealed)
                tx.many(_SEALED, sealed)
                move_head(tx, "ledger", head)
            return links

        return await self._database.write(work, person=_LOCK)
