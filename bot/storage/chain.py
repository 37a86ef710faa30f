"""The hash chain over the ledger: grown by whoever has the sealer's claim, read beside a running bot."""

from collections.abc import Iterator, Sequence

from sqlalchemy import bindparam, delete, exists, func, insert, select, update

from bot.domain.chain import FIELDS, Audit, Counts, Entry, Link, chained, concluded, follow
from bot.errors import OperatorError
from bot.storage.database import Database
from bot.storage.engine import Connection, Row, Tx
from bot.storage.statements import Statement, values
from bot.storage.tables import ledger_chain, ledger_head, ledger_unsealed, punch_locations, punches
from bot.storage.urls import reading

_LOCK = "the ledger's chain"  # taken like a person's lock: one process links at a time
_ROW_ENDS = 3 + len(FIELDS)

_row = [punches.c[name] for name in FIELDS]
_position = [column for column in punch_locations.c if column.name != "punch_id"]

_in_chain = exists().where(ledger_chain.c.punch_id == punches.c.punch_id)
_HEAD = Statement(select(ledger_head.c.seq, ledger_head.c.hash))
_HASH_AT = Statement(select(ledger_chain.c.hash).where(ledger_chain.c.seq == bindparam("at")))
_NEXT = Statement(
    select(*_row)
    .select_from(ledger_unsealed)
    .join(punches, punches.c.punch_id == ledger_unsealed.c.punch_id)
    .where(~_in_chain)
    .order_by(ledger_unsealed.c.punch_id)
    .limit(bindparam("limit"))
)
_LINK = Statement(insert(ledger_chain).values(values(ledger_chain, *ledger_chain.c.keys())).inline())
_SEALED = Statement(delete(ledger_unsealed).where(ledger_unsealed.c.punch_id == bindparam("punch_id")))
_MOVE_HEAD = Statement(update(ledger_head).values(values(ledger_head, "seq", "hash")))

_ENTRIES = Statement(
    select(ledger_chain.c.seq, ledger_chain.c.punch_id, ledger_chain.c.hash, *_row, *_position)
    .select_from(ledger_chain)
    .outerjoin(punches, punches.c.punch_id == ledger_chain.c.punch_id)
    .outerjoin(punch_locations, punch_locations.c.punch_id == ledger_chain.c.punch_id)
    .order_by(ledger_chain.c.seq)
)
_queued = exists().where(ledger_unsealed.c.punch_id == punches.c.punch_id)
# One statement, so that all of them are of one moment while the sealer goes on.
_COUNTS = Statement(
    select(
        select(func.count()).select_from(ledger_chain).scalar_subquery(),
        select(func.count()).select_from(ledger_unsealed).scalar_subquery(),
        select(func.count()).select_from(punches).scalar_subquery(),
        select(func.min(punches.c.punch_id)).where(~_in_chain, ~_queued).scalar_subquery(),
    )
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

    async def holds(self, link: Link) -> bool:
        """Tell whether the chain passes through `link`. Raises StoreRefused."""
        row = await self._database.read(lambda tx: tx.one(_HASH_AT, {"at": link.seq}))
        return row is not None and row[0] == link.hash


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
    last, broken = follow(head, _entries(connection), kept)
    row = tx.one(_COUNTS)
    assert row is not None, "a selection of figures has one row"
    return concluded(last, broken, _head(tx), Counts(*row))


def _seal(tx: Tx, limit: int) -> Sequence[Link]:
    head = _head(tx)
    if head is None:
        raise OperatorError("The head of the ledger's chain is gone or altered: run `audit` and restore a backup.")
    rows = tx.all(_NEXT, {"limit": limit})
    links = list(chained(head, rows))
    if links:
        tx.many(_LINK, [_link_row(link, row[0]) for link, row in zip(links, rows, strict=True)])
        tx.many(_SEALED, [{"punch_id": row[0]} for row in rows])
        tx.run(_MOVE_HEAD, links[-1]._asdict())
    return links


def _link_row(link: Link, punch_id: str) -> dict[str, object]:
    return {"seq": link.seq, "punch_id": punch_id, "hash": link.hash}


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
