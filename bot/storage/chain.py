"""The hash chain over the ledger: grown by whoever has the sealer's claim, read beside a running bot."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from sqlalchemy import BigInteger, bindparam, delete, exists, func, insert, select, update

from bot.domain.chain import (
    FIELDS,
    UNREADABLE,
    WHOLE,
    Audit,
    Break,
    Entry,
    Held,
    Link,
    Outside,
    Stretch,
    chained,
    concluded,
    follow,
)
from bot.errors import OperatorError
from bot.storage.database import Database
from bot.storage.engine import Connection, Row, Tx
from bot.storage.read_only import opened
from bot.storage.statements import Statement, values
from bot.storage.tables import ledger_chain, ledger_head, ledger_unsealed, punch_locations, punches

_LOCK = "the ledger's chain"  # taken like a person's lock: one process links at a time
_ROW_ENDS = 3 + len(FIELDS)
_LOWEST, _ALL = -(2**63), 2**63 - 1  # a link may have been inserted before the first

_row = [punches.c[name] for name in FIELDS]
_position = [column for column in punch_locations.c if column.name != "punch_id"]

_in_chain = exists().where(ledger_chain.c.punch_id == punches.c.punch_id)
_doubled = select(func.min(ledger_unsealed.c.punch_id)).where(
    exists().where(ledger_chain.c.punch_id == ledger_unsealed.c.punch_id)
)

_DOUBLED = Statement(_doubled)
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
_HELD = Statement(
    select(*(punches.c[name] for name in Held._fields)).where(punches.c.punch_id == bindparam("punch_id"))
)
_LINK = Statement(insert(ledger_chain).values(values(ledger_chain, *ledger_chain.c.keys())).inline())
_SEALED = Statement(delete(ledger_unsealed).where(ledger_unsealed.c.punch_id == bindparam("punch_id")))
_MOVE_HEAD = Statement(update(ledger_head).values(values(ledger_head, "seq", "hash")))

_ENTRIES = Statement(
    select(ledger_chain.c.seq, ledger_chain.c.punch_id, ledger_chain.c.hash, *_row, *_position)
    .select_from(ledger_chain)
    .outerjoin(punches, punches.c.punch_id == ledger_chain.c.punch_id)
    .outerjoin(punch_locations, punch_locations.c.punch_id == ledger_chain.c.punch_id)
    .where(ledger_chain.c.seq >= bindparam("first", type_=BigInteger))
    .order_by(ledger_chain.c.seq)
    .limit(bindparam("most", type_=BigInteger))
)
_queued = exists().where(ledger_unsealed.c.punch_id == punches.c.punch_id)
_recorded = exists().where(punches.c.punch_id == ledger_unsealed.c.punch_id)
# One statement, so that all of them are of one moment while the sealer goes on.
_OUTSIDE = Statement(
    select(
        select(func.count()).select_from(ledger_chain).scalar_subquery(),
        select(func.count()).select_from(ledger_unsealed).scalar_subquery(),
        select(func.count()).select_from(punches).scalar_subquery(),
        select(func.min(punches.c.punch_id)).where(~_in_chain, ~_queued).scalar_subquery(),
        select(func.min(ledger_unsealed.c.punch_id)).where(~_recorded).scalar_subquery(),
        _doubled.scalar_subquery(),
        select(func.min(ledger_unsealed.c.punch_id)).scalar_subquery(),
        select(func.max(punches.c.punch_id)).scalar_subquery(),
    )
)


class Chain:
    """The hash chain over the ledger."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def seal(self, limit: int) -> Sequence[Link]:
        """Link at most `limit` recorded punches that are in no link yet, in the order of their ids.

        Returns the new links. Raises StoreRefused; OperatorError when somebody removed the chain's head, and, once
        all others are linked, when somebody put a punch into the queue that has its link.
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
    with _reading(url) as connection:
        return audit(connection, kept)


def audit(connection: Connection, kept: Link | None = None) -> Audit:
    """Verify the ledger that a connection reads, which may grow meanwhile. Blocks."""
    head = _head(connection.tx)  # before the walk: the chain only grows, so it must reach at least this far
    return _concluded(connection.tx, *_walked(connection, head, kept, WHOLE))


def divided(url: str, most: int, at_least: int) -> tuple[Link | None, list[Stretch]]:
    """Return the chain's head and at most so many stretches of it, of at least so many links each, in order.

    Blocks. Raises OperatorError when the database cannot be read.
    """
    with _reading(url) as connection:
        head = _head(connection.tx)
        links = 0 if head is None else head.seq
        parts = max(1, min(most, links // at_least))
        ends = [_link_at(connection.tx, links * part // parts) for part in range(1, parts)]
        borders = [link for link in ends if link is not None]  # one that is gone is found on the way to the next
        starts = [WHOLE.after, *borders]
        return head, [Stretch(*ends) for ends in zip(starts, [*(link.seq for link in borders), None], strict=True)]


def walked(url: str, head: Link | None, kept: Link | None, stretch: Stretch) -> tuple[Link, Break | None]:
    """Return the last link of a stretch that holds, and the first break in it. Blocks. Raises OperatorError."""
    with _reading(url) as connection:
        return _walked(connection, head, kept, stretch)


def audited(url: str, walks: Sequence[tuple[Link, Break | None]]) -> Audit:
    """Return the whole finding, from the walks along all stretches, in order. Blocks. Raises OperatorError."""
    last, broken = next((walk for walk in walks if walk[1] is not None), walks[-1])
    with _reading(url) as connection:
        return _concluded(connection.tx, last, broken)


@contextmanager
def _reading(url: str) -> Iterator[Connection]:
    engine, connection = opened(url)
    try:
        yield connection
    except engine.errors as error:
        raise OperatorError(f"The ledger cannot be read to its end: {error}".strip()) from error
    finally:
        connection.close()


def _concluded(tx: Tx, last: Link, broken: Break | None) -> Audit:
    found = concluded(last, broken, _head(tx), _outside(tx))
    if found.broken is None or found.broken.punch_id is None:
        return found
    row = tx.one(_HELD, {"punch_id": found.broken.punch_id})
    return found if row is None else replace(found, held=Held(*row))


def _seal(tx: Tx, limit: int) -> Sequence[Link]:
    head = _head(tx)
    if head is None:
        raise OperatorError("The head of the ledger's chain is gone: run `audit` and restore a backup.")
    if head == UNREADABLE:
        raise OperatorError("The head of the ledger's chain was altered: run `audit` and restore a backup.")
    rows = tx.all(_NEXT, {"limit": limit})
    links = list(chained(head, rows))
    if not links:
        _refuse_doubled(tx)
    else:
        tx.many(_LINK, [_link_row(link, row[0]) for link, row in zip(links, rows, strict=True)])
        tx.many(_SEALED, [{"punch_id": row[0]} for row in rows])
        tx.run(_MOVE_HEAD, links[-1]._asdict())
    return links


def _refuse_doubled(tx: Tx) -> None:
    row = tx.one(_DOUBLED)
    if row is not None and row[0] is not None:
        raise OperatorError(f"Punch {row[0]} is sealed, and somebody put it into the queue again: run `audit`.")


def _link_row(link: Link, punch_id: str) -> dict[str, object]:
    return {"seq": link.seq, "punch_id": punch_id, "hash": link.hash}


def _head(tx: Tx) -> Link | None:
    row = tx.one(_HEAD)
    if row is None:
        return None
    seq, digest = row
    return Link(seq, digest) if isinstance(seq, int) and isinstance(digest, str) else UNREADABLE


def _link_at(tx: Tx, seq: int) -> Link | None:
    row = tx.one(_HASH_AT, {"at": seq})
    return None if row is None else Link(seq, row[0])


def _walked(
    connection: Connection, head: Link | None, kept: Link | None, stretch: Stretch
) -> tuple[Link, Break | None]:
    return follow(head, _entries(connection, stretch), [kept] if kept else [], stretch)


def _entries(connection: Connection, stretch: Stretch) -> Iterator[Entry]:
    """Walk the links of a stretch, and the one behind it."""
    after = stretch.after.seq
    first = after + 1 if after else _LOWEST
    most = stretch.upto - after + 1 if stretch.upto else _ALL
    for row in connection.rows(_ENTRIES, {"first": first, "most": most}):
        yield Entry(row[0], row[1], row[2], _present(row[3:_ROW_ENDS]), _present(row[_ROW_ENDS:]))


def _present(columns: Row) -> Row | None:
    """Return the columns of a joined table, None where the join found nothing: its first is never NULL."""
    return None if columns[0] is None else columns


def _outside(tx: Tx) -> Outside:
    row = tx.one(_OUTSIDE)
    assert row is not None, "a selection of figures has one row"
    return Outside(*row)
