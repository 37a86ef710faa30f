"""The hash chain over the ledger, and its audit beside a running bot."""

from collections.abc import Callable, Iterator, Sequence

from bot.domain.chain import FIELDS, START, Audit, Break, Link, SealedPunch, follow, links_of
from bot.errors import OperatorError
from bot.storage.database import TopicRows
from bot.storage.engine import Connection, Tx
from bot.storage.months import fault_of_steps
from bot.storage.statements import Statement, insert
from bot.storage.tables import ledger_chain
from bot.storage.urls import reading

_LOCK = "the ledger's chain"  # locked like a person: one process adds links at a time
_ROW = ", ".join(f"punches.{name}" for name in FIELDS)
_ROW_ENDS = 3 + len(FIELDS)
_POSITION = ("salt", "latitude", "longitude", "accuracy_m", "datum", "source")
_HEAD = Statement("SELECT seq, hash FROM ledger_head")
_NEXT = Statement(
    f"""SELECT {_ROW} FROM ledger_unsealed JOIN punches ON punches.punch_id = ledger_unsealed.punch_id
    ORDER BY ledger_unsealed.punch_id LIMIT :limit"""
)
_LINK = Statement(insert(ledger_chain))
_SEALED = Statement("DELETE FROM ledger_unsealed WHERE punch_id = :punch_id")
_MOVE_HEAD = Statement("UPDATE ledger_head SET seq = :seq, hash = :hash")
_ENTRIES = Statement(
    f"""SELECT ledger_chain.seq, ledger_chain.hash, ledger_chain.punch_id, {_ROW},
      {", ".join(f"location.{name}" for name in _POSITION)}
    FROM ledger_chain LEFT JOIN punches ON punches.punch_id = ledger_chain.punch_id
      LEFT JOIN punch_locations AS location ON location.punch_id = ledger_chain.punch_id
    ORDER BY ledger_chain.seq"""
)
# One statement counts everything at one moment, while the sealer works.
_COUNTS = Statement(
    """SELECT
      (SELECT COUNT(*) FROM ledger_chain), (SELECT COUNT(*) FROM ledger_unsealed), (SELECT COUNT(*) FROM punches),
      (SELECT MIN(punch_id) FROM punches
        WHERE NOT EXISTS (SELECT 1 FROM ledger_chain WHERE ledger_chain.punch_id = punches.punch_id)
        AND NOT EXISTS (SELECT 1 FROM ledger_unsealed WHERE ledger_unsealed.punch_id = punches.punch_id))"""
)


class Chain(TopicRows):
    async def seal(self, limit: int) -> Sequence[Link]:
        """Link at most `limit` punches in the order of their ids.

        Raises StoreRefused, OperatorError.
        """

        def work(tx: Tx) -> Sequence[Link]:
            head = _head(tx)
            if head is None:
                raise OperatorError(
                    "The head of the ledger's chain is gone: run `audit` and restore a backup."
                )
            rows = tx.all(_NEXT, {"limit": limit})
            links = list(links_of(head, rows))
            if links:
                sealed = [
                    {**link._asdict(), "punch_id": row[0]}
                    for link, row in zip(links, rows, strict=True)
                ]
                tx.many(_LINK, sealed)
                tx.many(_SEALED, [{"punch_id": row[0]} for row in rows])
                tx.run(_MOVE_HEAD, links[-1]._asdict())
            return links

        return await self._database.write(work, person=_LOCK)


# Shows progress: gets the entries and about how many there are.
Watch = Callable[[Iterator[SealedPunch], int], Iterator[SealedPunch]]


def audit_ledger(
    url: str, kept: Link | None = None, watch: Watch = lambda entries, _: entries
) -> Audit:
    """Verify the whole ledger beside a running bot.

    `kept` is a link stored elsewhere. Raises OperatorError.
    """
    with reading(url) as connection:
        return audit(connection, kept, watch)


def audit(connection: Connection, kept: Link | None, watch: Watch) -> Audit:
    """Verify the ledger and the steps of months through a connection. The ledger may grow meanwhile. Blocks."""
    tx = connection.tx
    head = _head(tx)  # read first: the chain only grows, so it must reach at least this link
    wanted = [link for link in (head, kept) if link is not None]
    entries = watch(_entries(connection), head.seq if head else 0)
    last, broken = follow(entries, wanted or [START])
    sealed, waiting, recorded, around = tx.all(_COUNTS)[0]
    ends = _head(tx)
    if head is None or ends is None or ends.seq < last.seq:
        broken = broken or Break("the chain's head was removed or altered")
    elif around is not None:
        broken = broken or Break("the punch was not recorded by the bot", punch_id=around)
    elif recorded != sealed + waiting:
        broken = broken or Break(
            "there are not as many punches as links and punches that wait for one"
        )
    elif broken is None and (fault := fault_of_steps(connection)):
        broken = Break(fault)
    return Audit(last, sealed, waiting, broken)


def _head(tx: Tx) -> Link | None:
    row = tx.one(_HEAD)
    return None if row is None else Link(*row)


def _entries(connection: Connection) -> Iterator[SealedPunch]:
    for row in connection.rows(_ENTRIES, {}):
        seq, digest, punch_id = row[:3]
        punch = row[3:_ROW_ENDS]
        position = dict(zip(_POSITION, row[_ROW_ENDS:], strict=True))
        yield SealedPunch(
            link=Link(seq, digest),
            punch_id=punch_id,
            row=None if punch[0] is None else punch,  # its id is NULL when no punch was found
            position=None if position["salt"] is None else position,
        )
