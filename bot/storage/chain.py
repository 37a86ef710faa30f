"""The hash chain over the ledger: grown by whoever has the sealer's claim, read beside a running bot."""

from collections.abc import Iterator, Sequence

from bot.domain.chain import FIELDS, Audit, Counts, Entry, Link, chained, concluded, follow
from bot.errors import OperatorError
from bot.storage.database import Database
from bot.storage.engine import Connection, Row, Tx
from bot.storage.statements import Statement, insert
from bot.storage.tables import ledger_chain
from bot.storage.urls import reading

_LOCK = "the ledger's chain"  # taken like a person's lock: one process links at a time
_ROW_ENDS = 3 + len(FIELDS)

_ROW = ", ".join(f"punches.{name}" for name in FIELDS)
_POSITION = "salt, latitude, longitude, accuracy_m, datum, location.source"
_LINKED = "EXISTS (SELECT 1 FROM ledger_chain WHERE ledger_chain.punch_id = punches.punch_id)"

_HEAD = Statement("SELECT seq, hash FROM ledger_head")
_NEXT = Statement(
    f"""SELECT {_ROW} FROM ledger_unsealed JOIN punches ON punches.punch_id = ledger_unsealed.punch_id
    WHERE NOT {_LINKED} ORDER BY ledger_unsealed.punch_id LIMIT :limit"""
)
_LINK = Statement(insert(ledger_chain))
_SEALED = Statement("DELETE FROM ledger_unsealed WHERE punch_id = :punch_id")
_MOVE_HEAD = Statement("UPDATE ledger_head SET seq = :seq, hash = :hash")
_ENTRIES = Statement(
    f"""SELECT ledger_chain.seq, ledger_chain.punch_id, ledger_chain.hash, {_ROW}, {_POSITION}
    FROM ledger_chain LEFT JOIN punches ON punches.punch_id = ledger_chain.punch_id
      LEFT JOIN punch_locations AS location ON location.punch_id = ledger_chain.punch_id
    ORDER BY ledger_chain.seq"""
)
# One statement, so that all of them are of one moment while the sealer goes on.
_COUNTS = Statement(
    f"""SELECT
      (SELECT COUNT(*) FROM ledger_chain), (SELECT COUNT(*) FROM ledger_unsealed), (SELECT COUNT(*) FROM punches),
      (SELECT MIN(punch_id) FROM punches WHERE NOT {_LINKED}
        AND NOT EXISTS (SELECT 1 FROM ledger_unsealed WHERE ledger_unsealed.punch_id = punches.punch_id))"""
)


class Chain:
    """The hash chain over the ledger."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def seal(self, limit: int) -> Sequence[Link]:
        """Link at most `limit` recorded punches that are in no link yet, in the order of their ids.

        Returns the new links. Raises StoreRefused; OperatorError when somebody removed the chain's head.
        """
        return await self._database.write(lambda tx: _seal(tx, limit), person=_LOCK)


def audit_ledger(url: str, kept: Link | None = None) -> Audit:
    """Verify the whole ledger, beside a running bot, in bounded memory; `kept` is a link kept elsewhere.

    The database is opened read-only and never checkpointed. Blocks. Raises OperatorError when it cannot be read.
    """
    with reading(url) as connection:
        return audit(connection, kept)


def audit(connection: Connection, kept: Link | None = None) -> Audit:
    """Verify the ledger that a connection reads, which may grow meanwhile. Blocks."""
    tx = connection.tx
    head = _head(tx)  # before the walk: the chain only grows, so it must reach at least this far
    walked = follow(head, _entries(connection), kept)
    return concluded(*walked, _head(tx), Counts(*tx.all(_COUNTS)[0]))


def _seal(tx: Tx, limit: int) -> Sequence[Link]:
    head = _head(tx)
    if head is None:
        raise OperatorError("The head of the ledger's chain is gone or altered: run `audit` and restore a backup.")
    rows = tx.all(_NEXT, {"limit": limit})
    links = list(chained(head, rows))
    if links:
        sealed = [{**link._asdict(), "punch_id": row[0]} for link, row in zip(links, rows, strict=True)]
        tx.many(_LINK, sealed)
        tx.many(_SEALED, [{"punch_id": row[0]} for row in rows])
        tx.run(_MOVE_HEAD, links[-1]._asdict())
    return links


def _head(tx: Tx) -> Link | None:
    """Return the chain's head, None where it is gone or no link any more."""
    row = tx.one(_HEAD)
    is_link = row is not None and isinstance(row[0], int) and isinstance(row[1], str)
    return Link(*row) if row is not None and is_link else None


def _entries(connection: Connection) -> Iterator[Entry]:
    for row in connection.rows(_ENTRIES, {}):
        yield Entry(row[0], row[1], row[2], _present(row[3:_ROW_ENDS]), _present(row[_ROW_ENDS:]))


def _present(columns: Row) -> Row | None:
    """Return the columns of a joined table, None where the join found nothing: its first is never NULL."""
    return None if columns[0] is None else columns
