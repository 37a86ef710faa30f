"""The hash chain over the ledger, its audit, and a backup, both made beside a running bot."""

import os
import sqlite3
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from bot.domain.chain import FIELDS, START, Audit, Break, Entry, Link, chained, follow
from bot.errors import OperatorError
from bot.storage.database import TopicRows
from bot.storage.engine import Connection, Tx
from bot.storage.statements import Statement, insert
from bot.storage.tables import ledger_chain
from bot.storage.urls import reading

_LOCK = "the ledger's chain"  # taken like a person's lock: one process links at a time
_ROW = ", ".join(f"punches.{name}" for name in FIELDS)
_ROW_ENDS = 3 + len(FIELDS)
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
      salt, latitude, longitude, accuracy_m, datum, location.source
    FROM ledger_chain LEFT JOIN punches ON punches.punch_id = ledger_chain.punch_id
      LEFT JOIN punch_locations AS location ON location.punch_id = ledger_chain.punch_id
    ORDER BY ledger_chain.seq"""
)
# One statement, so that all of them are of one moment while the sealer goes on.
_COUNTS = Statement(
    """SELECT
      (SELECT COUNT(*) FROM ledger_chain), (SELECT COUNT(*) FROM ledger_unsealed), (SELECT COUNT(*) FROM punches),
      (SELECT MIN(punch_id) FROM punches
        WHERE NOT EXISTS (SELECT 1 FROM ledger_chain WHERE ledger_chain.punch_id = punches.punch_id)
        AND NOT EXISTS (SELECT 1 FROM ledger_unsealed WHERE ledger_unsealed.punch_id = punches.punch_id))"""
)


class Chain(TopicRows):
    """The hash chain over the ledger."""

    async def seal(self, limit: int) -> Sequence[Link]:
        """Link at most `limit` recorded punches that are in no link yet, in the order of their ids.

        Returns the new links. Raises StoreRefused; OperatorError when somebody removed the chain's head.
        """

        def work(tx: Tx) -> Sequence[Link]:
            head = _head(tx)
            if head is None:
                raise OperatorError("The head of the ledger's chain is gone: run `audit` and restore a backup.")
            rows = tx.all(_NEXT, {"limit": limit})
            links = list(chained(head, rows))
            if links:
                sealed = [{**link._asdict(), "punch_id": row[0]} for link, row in zip(links, rows, strict=True)]
                tx.many(_LINK, sealed)
                tx.many(_SEALED, [{"punch_id": row[0]} for row in rows])
                tx.run(_MOVE_HEAD, links[-1]._asdict())
            return links

        return await self._database.write(work, person=_LOCK)


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
    wanted = [link for link in (head, kept) if link is not None]
    last, broken = follow(_entries(connection), wanted or [START])
    sealed, waiting, recorded, around = tx.all(_COUNTS)[0]
    ends = _head(tx)
    if head is None or ends is None or ends.seq < last.seq:
        broken = broken or Break("the chain's head was removed or altered")
    elif around is not None:
        broken = broken or Break("the punch was not recorded by the bot", punch_id=around)
    elif recorded != sealed + waiting:
        broken = broken or Break("there are not as many punches as links and punches that wait for one")
    return Audit(last, sealed, waiting, broken)


def _head(tx: Tx) -> Link | None:
    row = tx.one(_HEAD)
    return None if row is None else Link(*row)


def _entries(connection: Connection) -> Iterator[Entry]:
    for row in connection.rows(_ENTRIES, {}):
        punch, position = row[3:_ROW_ENDS], row[_ROW_ENDS:]
        # Where a join found nothing, the first column is NULL.
        yield Entry(
            Link(*row[:2]), row[2], None if punch[0] is None else punch, None if position[0] is None else position
        )


def back_up(url: str, out: Path) -> Audit:
    """Write the copy to `out`, readable by its owner alone: a file of SQLite, or SQL of `pg_dump`. Blocks.

    Returns the audit of the ledger just before: the copy holds all punches up to its head.
    Raises OperatorError where the ledger cannot be read or `out` cannot be written.
    """
    with reading(url) as connection:
        found = audit(connection)
        try:
            os.close(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            if isinstance(connection.driver, sqlite3.Connection):
                with closing(sqlite3.connect(out)) as copy:
                    connection.driver.backup(copy)
            else:
                _dump(connection.driver.info, out)
        except OSError as error:
            raise OperatorError(f"{out} cannot be written: {error.strerror}") from None
    return found


def _dump(server: Any, out: Path) -> None:
    """Run `pg_dump`, which takes the password from its environment: arguments are seen by everybody."""
    address = {name.upper(): value for name, value in server.get_parameters().items() if name in ("host", "port")}
    names = {**address, "USER": server.user, "DATABASE": server.dbname, "PASSWORD": server.password}
    environment = {**os.environ, **{f"PG{name}": value for name, value in names.items() if value}}
    command = ["pg_dump", "--no-owner", "--no-privileges", f"--file={out}"]
    try:
        subprocess.run(command, env=environment, capture_output=True, text=True, check=True)  # noqa: S603
    except (FileNotFoundError, subprocess.CalledProcessError) as error:
        out.unlink()
        why = getattr(error, "stderr", "it is missing; install the client programs of PostgreSQL")
        raise OperatorError(f"pg_dump failed: {' '.join(why.split())}") from None
