"""The outbox: rows owed to somebody outside, each in the hands of one process at a time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.clock import to_ms
from bot.domain.corrections import PUNCH_MESSAGE
from bot.domain.outbox import Kind, Owed
from bot.domain.punches import DeliveryState, Punch, PunchSource
from bot.storage.database import OWNERLESS, Database
from bot.storage.engine import Params, Row, Tx
from bot.storage.punches import punches_by_id
from bot.storage.statements import Statement, insert, pack, unpack
from bot.storage.tables import outbox
from bot.views.reply import Language

KEY = "kind, about, recipient, which"


def under_way(punch_id: str) -> str:
    """Return SQL: a target's answer about a punch is still to come.

    For the bare `due_ms` SQLite would walk through all rows that are owed.
    """
    return f"""EXISTS (
        SELECT 1 FROM outbox AS delivery
        WHERE delivery.kind = 'punch' AND delivery.about = {punch_id} AND delivery.due_ms + 0 IS NOT NULL
    )"""


# While a target's answer is still to come, there is nothing new for whoever has the first word.
RECEIPT_WAITS = f"state <> '' AND {under_way('outbox.about')}"
# An outcome is told once every target has answered.
NOTE_WAITS = f"""kind = 'outcome' AND EXISTS (
    SELECT 1 FROM punches WHERE message_id = '{PUNCH_MESSAGE}' || outbox.about AND {under_way("punches.punch_id")}
)"""
_READ = "due_ms, kind, about, recipient, payload, tries, state"
_OWE = Statement(insert(outbox))
_OWE_ONCE = Statement(f"{insert(outbox)} ON CONFLICT DO NOTHING")
_RAISE = Statement(
    f"""
    {insert(outbox)} ON CONFLICT ({KEY}) DO UPDATE
    SET payload = excluded.payload, moment_ms = excluded.moment_ms, due_ms = excluded.due_ms,
        tries = 0, owner = NULL
    WHERE outbox.moment_ms < :before
    """
)
# Not in our hands any more: a row that was raised anew meanwhile, or that another process took over.
_IN_HAND = """kind = :kind AND about = :about AND recipient = :recipient AND which = ''
    AND owner IN [:ours] AND due_ms + 0 IS NOT NULL"""
_TOLD = Statement(f"UPDATE outbox SET state = :state, owner = NULL WHERE {_IN_HAND}")
# A mark that is still looked for has the state "unknown": one more word is owed when that is over.
_OVER = Statement(
    f"""
    UPDATE outbox SET state = :state, owner = NULL,
        due_ms = CASE WHEN kind = 'receipt' AND {under_way("outbox.about")} THEN due_ms END
    WHERE {_IN_HAND}
    """
)
_POSTPONE = Statement(f"UPDATE outbox SET due_ms = :until, owner = NULL, tries = tries + 1 WHERE {_IN_HAND}")


@dataclass(frozen=True, slots=True)
class ReceiptAddress:
    """The recipient of a receipt, their language, and whether it goes to a group."""

    user_id: str
    is_group: bool
    language: Language


def receipt_of(punch: Punch, address: ReceiptAddress) -> Owed:
    """Return the receipt that is owed for a punch; the page itself says the first word of its own."""
    payload, is_shown = [address.is_group, address.language], punch.source is PunchSource.PAGE
    state = DeliveryState.ACCEPTED.value if is_shown else ""
    return Owed(Kind.RECEIPT, punch.punch_id, address.user_id, payload, state=state, punch=punch)


def row_of(owed: Owed, now_ms: int, **more: object) -> dict[str, object]:
    """Return what is owed as a row, due now and in nobody's hands; `more` are other columns."""
    key = {"kind": owed.kind, "about": owed.about, "recipient": owed.recipient, "which": ""}
    said = {"payload": pack(owed.payload), "state": owed.state, "reason": "", "tries": 0}
    return {**key, **said, "moment_ms": now_ms, "due_ms": now_ms, "owner": None, "in_flight": 0, **more}


def owe(tx: Tx, owed: Owed, now_ms: int) -> None:
    """Write that somebody is owed something, in the transaction that makes it so."""
    tx.run(_OWE, row_of(owed, now_ms))


def owe_all(tx: Tx, rows: Sequence[Params]) -> None:
    """Write rows of `row_of`."""
    tx.many(_OWE, rows)


def owe_once(tx: Tx, owed: Iterable[Owed], now_ms: int) -> None:
    """Write what people are owed, but for what they are or were owed already."""
    tx.many(_OWE_ONCE, [row_of(one, now_ms) for one in owed])


class Outbox:
    """The rows of some kinds. Every call raises StoreRefused."""

    def __init__(self, database: Database, *kinds: Kind, waits: str = "FALSE", with_punch: bool = False) -> None:
        """`waits` is SQL for due rows that nobody may take yet; `about` of rows `with_punch` is a punch id."""
        self._database = database
        self._with_punch = with_punch
        names = ", ".join(f"'{kind}'" for kind in kinds)
        of_kinds = f"kind IN ({names})"
        self._take = Statement(
            f"""
            UPDATE outbox SET owner = :me WHERE ({KEY}) IN (
                SELECT {KEY} FROM outbox
                WHERE {of_kinds} AND due_ms <= :now AND {OWNERLESS} AND NOT ({waits})
                ORDER BY due_ms LIMIT :limit FOR UPDATE SKIP LOCKED
            )
            RETURNING {_READ}
            """
        )

    async def take_due(self, now: datetime, limit: int) -> Sequence[Owed]:
        """Claim rows that no living process has, the longest due first."""
        params = {"me": self._database.owner, "now": now, "limit": limit}
        return await self._database.claim(lambda tx: self._owed(tx, tx.all(self._take, params)))

    async def told(self, owed: Sequence[Owed], state: str = "", *, is_over: bool = True) -> None:
        """Note that these were told, of `state`, and release the claims. Unless it `is_over`, more is owed."""
        rows = [{**self._key(one), "state": state} for one in owed]
        await self._database.write(lambda tx: tx.many(_OVER if is_over else _TOLD, rows))

    async def postpone(self, owed: Sequence[Owed], until: datetime) -> None:
        """Release the claims until `until`, one try more."""
        rows = [{**self._key(one), "until": until} for one in owed]
        await self._database.write(lambda tx: tx.many(_POSTPONE, rows))

    async def raise_anew(self, alerts: Sequence[Owed], before: datetime) -> None:
        """Owe alerts, but for those of which the same was raised at or after `before` and may still hold."""
        rows = [row_of(one, self._database.now_ms, before=to_ms(before)) for one in alerts]
        await self._database.write(lambda tx: tx.many(_RAISE, rows))

    async def address(self, owed: Owed, recipients: Iterable[str]) -> None:
        """Owe each of `recipients` what `owed`, which has no recipient, holds."""
        addressed = [Owed(owed.kind, owed.about, one, owed.payload) for one in recipients]

        def work(tx: Tx) -> None:
            owe_once(tx, addressed, self._database.now_ms)
            tx.run(_OVER, {**self._key(owed), "state": ""})

        await self._database.write(work)

    def _owed(self, tx: Tx, rows: Sequence[Row]) -> Sequence[Owed]:
        """Return the rows that were taken, the longest due first."""
        found = punches_by_id(tx, [row[2] for row in rows]) if self._with_punch else {}
        return [
            Owed(Kind(kind), about, recipient, unpack(payload), tries, state, found.get(about))
            for _, kind, about, recipient, payload, tries, state in sorted(rows)
        ]

    def _key(self, owed: Owed) -> dict[str, object]:
        ours = [self._database.owner, *self._database.former_owners]
        return {"kind": owed.kind, "about": owed.about, "recipient": owed.recipient, "ours": ours}
