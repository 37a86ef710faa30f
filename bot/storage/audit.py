"""The audit of the ledger and of the steps of months, beside a running bot."""

from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing

from bot.domain.chain import DIGEST, FIELDS, START, Audit, Break, Entry, Link, follow
from bot.domain.sites import position_digest
from bot.storage.chain import ROW, Chained, read_head
from bot.storage.engine import Connection
from bot.storage.months import FOREIGN_STEP, entries_of_steps
from bot.storage.outbox import FIX
from bot.storage.urls import reading

_ROW_ENDS = 3 + len(FIELDS)
_POSITION = ("salt", *FIX.columns)
_ENTRIES = f"""
    SELECT ledger_chain.seq, ledger_chain.hash, ledger_chain.punch_id, {ROW},
      {", ".join(f"location.{name}" for name in _POSITION)}
    FROM ledger_chain LEFT JOIN punches ON punches.punch_id = ledger_chain.punch_id
      LEFT JOIN punch_locations AS location ON location.punch_id = ledger_chain.punch_id
    ORDER BY ledger_chain.seq"""
# One statement counts everything at one moment, while the sealer works.
_COUNTS = """
    SELECT
      (SELECT COUNT(DISTINCT punch_id) FROM ledger_chain),
      (SELECT COUNT(*) FROM ledger_unsealed WHERE NOT EXISTS
        (SELECT 1 FROM ledger_chain WHERE ledger_chain.punch_id = ledger_unsealed.punch_id)),
      (SELECT COUNT(*) FROM punches),
      (SELECT MIN(punch_id) FROM punches
        WHERE NOT EXISTS (SELECT 1 FROM ledger_chain WHERE ledger_chain.punch_id = punches.punch_id)
        AND NOT EXISTS (SELECT 1 FROM ledger_unsealed WHERE ledger_unsealed.punch_id = punches.punch_id))"""
# Shows progress: gets the entries and about how many there are.
Watch = Callable[[Iterator[Entry], int], Iterator[Entry]]


def audit_ledger(
    url: str,
    kept: Link | None = None,
    kept_step: Link | None = None,
    watch: Watch = lambda entries, _: entries,
) -> Audit:
    """Verify the whole database beside a running bot.

    `kept` and `kept_step` are links stored elsewhere. Raises OperatorError.
    """
    with reading(url) as connection:
        return audit(connection, kept, kept_step, watch)


def audit(connection: Connection, kept: Link | None, kept_step: Link | None, watch: Watch) -> Audit:
    """Verify both chains through a connection. They may grow meanwhile. Blocks."""
    tx = connection.tx
    head = read_head(tx, "ledger")
    with closing(_entries(connection)) as stored:  # so that the next read may begin
        entries = watch(stored, head.seq if head else 0)
        last, broken = _follow(connection, "ledger", entries, head, kept)
    sealed, waiting, recorded, around = tx.all(_COUNTS)[0]
    if around is not None:
        broken = broken or Break("the punch was not recorded by the bot", punch_id=around)
    elif recorded != sealed + waiting:
        broken = broken or Break(
            "there are not as many punches as links and punches that wait for one"
        )
    step_head = read_head(tx, "steps")
    steps = entries_of_steps(connection, step_head or START)
    try:
        last_step, broken_step = _follow(connection, "steps", steps, step_head, kept_step)
    except ValueError as error:  # somebody wrote a word that is no kind or no month
        last_step = START
        broken_step = Break(f"a step cannot be read: {error}")
    if tx.one(FOREIGN_STEP) is not None:
        broken_step = broken_step or Break("a step was not taken by the bot")
    if broken_step is not None:
        fault = f"the steps of months: {broken_step.fault}"
        broken = broken or broken_step._replace(fault=fault)
    return Audit(last, last_step, sealed, waiting, broken)


def _follow(
    connection: Connection,
    chain: Chained,
    entries: Iterable[Entry],
    head: Link | None,
    kept: Link | None,
) -> tuple[Link, Break | None]:
    """Follow a chain at least to its `head`, which was read first, because chains only grow."""
    wanted = [link for link in (head, kept) if link is not None]
    last, broken = follow(entries, wanted or [START])
    ends = read_head(connection.tx, chain)
    if head is None or ends is None or ends.seq < last.seq:
        broken = broken or Break("the chain's head was removed or altered")
    return last, broken


def _entries(connection: Connection) -> Generator[Entry]:
    for row in connection.rows(_ENTRIES, {}):
        seq, digest, punch_id = row[:3]
        punch = None if row[3] is None else row[3:_ROW_ENDS]  # the id of a found punch
        position = dict(zip(_POSITION, row[_ROW_ENDS:], strict=True))
        fault = ""
        has_position = position["salt"] is not None
        if punch and has_position and position_digest(position) != punch[DIGEST]:
            fault = "the punch's position was altered"
        yield Entry(Link(seq, digest), punch, punch_id, fault)
