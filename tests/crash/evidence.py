"""What the commits of a step leave in the database, by which it is seen on which side of one a process died."""

from collections.abc import Sequence
from typing import Any

from tests.crash.books import Books
from tests.crash.doomed_bot import KillPoint

# Each finds what the first commit of the step changes, and nothing before that in the life of a process: of the
# rows that an earlier life left open, only `take_over` and `take_due` give the oldest one a new owner.
EVIDENCE = {
    "store.open": "SELECT count(*) FROM alembic_version",
    "store.close": "SELECT 1 - count(*) FROM replicas",
    "inbox.accept": "SELECT count(*) FROM inbox",
    "inbox.take_over": "SELECT owner FROM inbox WHERE finished_ms IS NULL ORDER BY id LIMIT 1",
    "inbox.finish": """
        SELECT count(*) FROM inbox WHERE finished_ms > 0 AND message_id NOT IN (SELECT message_id FROM punches)
    """,
    "inbox.postpone": "SELECT count(*) FROM inbox WHERE postponed > 0",
    "wishes.change": "SELECT count(*) FROM wishes",
    "plans.put": "SELECT count(*) FROM plans",
    "ledger.record": "SELECT count(*) FROM punches",
    "deliveries.settle": """
        SELECT coalesce(sum(tries + CAST(payload AS INTEGER) + CASE state WHEN 'confirmed' THEN 1 ELSE 0 END), 0)
        FROM outbox WHERE kind = 'punch'
    """,
    "deliveries.take_due": """
        SELECT owner FROM outbox WHERE kind = 'punch' AND due_ms > 0 ORDER BY due_ms, about LIMIT 1
    """,
    "receipts.told": "SELECT count(*) FROM outbox WHERE kind = 'receipt' AND state <> ''",
    "receipts.postpone": "SELECT count(*) FROM outbox WHERE kind = 'receipt' AND tries > 0",
    "receipts.take_due": """
        SELECT owner FROM outbox WHERE kind = 'receipt' AND due_ms > 0 ORDER BY due_ms, about LIMIT 1
    """,
    "buttons.put": "SELECT count(*) FROM buttons",
    "chain.seal": "SELECT count(*) FROM ledger_chain",
    "position_notices.note": "SELECT count(*) FROM position_notices",
    "corrections.ask": "SELECT count(*) FROM corrections",
    "corrections.approve": "SELECT count(*) FROM punches",
}
NOTHING = (0,)
BEFORE, AFTER = ("before", "before commit"), ("after commit", "after")


def evidence(books: Books, step: str) -> Sequence[Any]:
    """Return what the commits of `step` have left, always the same for a step of which there is no evidence."""
    found = books.rows_if_any(EVIDENCE[step]) if step in EVIDENCE else ()
    return found[0] if found else NOTHING


def see_where_it_died(point: KillPoint, before: Sequence[Any], now: Sequence[Any]) -> None:
    """Compare the evidence of a step before the life that ended at `point`, and now."""
    if point.step not in EVIDENCE:
        return
    if point.moment in BEFORE and point.nth == 1:
        assert now == before, f"there was a commit already: {point}"
    if point.moment in AFTER:
        assert now != before, f"there was no commit yet: {point}"
