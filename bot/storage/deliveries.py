"""Punches on their way to their targets: who has which under way, and when to try again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypedDict

from bot.domain.punches import DeliveryState, Punch, may_become
from bot.storage.database import OWNERLESS, Database
from bot.storage.engine import Row, Tx
from bot.storage.outbox import KEY
from bot.storage.punches import corrected, punches_by_id, states_of
from bot.storage.statements import Statement, storable

_OPEN = (DeliveryState.ACCEPTED, DeliveryState.UNKNOWN)
_PERHAPS_SENT = "state = 'accepted' AND in_flight = 1"
_TAKE = Statement(
    f"""
    UPDATE outbox SET owner = :me,
        state = CASE WHEN {_PERHAPS_SENT} THEN 'unknown' ELSE state END,
        in_flight = CASE WHEN state = 'accepted' AND in_flight = 0 THEN 1 ELSE 0 END
    WHERE ({KEY}) IN (
        SELECT {KEY} FROM outbox
        WHERE kind = 'punch' AND due_ms <= :now AND {OWNERLESS}
        ORDER BY due_ms LIMIT :limit FOR UPDATE SKIP LOCKED
    )
    RETURNING due_ms, about, recipient, state, tries, payload
    """
)
_OF_PUNCH = Statement(
    """
    SELECT recipient, state, reason, owner, tries, payload FROM outbox
    WHERE kind = 'punch' AND about = :punch_id ORDER BY recipient FOR UPDATE
    """
)
_SETTLE = Statement(
    """
    UPDATE outbox SET state = :state, reason = :reason, tries = :tries, payload = :payload, due_ms = :due_ms,
        owner = NULL, in_flight = 0
    WHERE kind = 'punch' AND about = :punch_id AND recipient = :target
    """
)
# Whoever was told that the punch had been taken is owed another word, unless it counts for nothing any more.
_TELL_AGAIN = Statement(
    f"""
    UPDATE outbox SET due_ms = :now, state = 'sent'
    WHERE kind = 'receipt' AND about = :punch_id AND due_ms IS NULL AND NOT {corrected("outbox.about")}
    """
)
_WAITING = Statement(
    "SELECT recipient, count(*) FROM outbox WHERE kind = 'punch' AND due_ms IS NOT NULL GROUP BY recipient"
)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One punch on its way to one target. `tries` counts sends, `lookups` read-backs since the last send."""

    punch: Punch
    target: str
    state: DeliveryState
    tries: int = 0
    lookups: int = 0


class Tried(TypedDict, total=False):
    """What came of a try of a delivery, besides the state it is in then.

    `next_at` is when to go on with what is not settled (None: at once). `sent` counts one
    send, `looked_up` one read-back.
    """

    reason: str
    next_at: datetime | None
    sent: bool
    looked_up: bool


class Deliveries:
    """The outbox of punches. Each call raises StoreRefused."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take_due(self, now: datetime, limit: int) -> Sequence[Delivery]:
        """Claim due deliveries, the longest due first."""
        params = {"me": self._database.owner, "now": now, "limit": limit}

        def work(tx: Tx) -> Sequence[Delivery]:
            rows = sorted(tx.all(_TAKE, params))
            punches = punches_by_id(tx, [row[1] for row in rows])
            return [
                Delivery(punches[punch_id], target, DeliveryState(state), tries, int(lookups))
                for _, punch_id, target, state, tries, lookups in rows
            ]

        return await self._database.claim(work)

    async def settle(
        self,
        delivery: Delivery,
        state: DeliveryState,
        *,
        reason: str = "",
        next_at: datetime | None = None,
        sent: bool = False,
        looked_up: bool = False,
    ) -> Punch:
        """Write the outcome of a try, release the claim, return the punch as it stands.

        A delivery that is not settled yet is due at `next_at`, at once without it.
        What another process has made of the delivery in the meantime holds, unless it is now known that the target
        took or refused the punch. Raises ValueError for a transition that does not exist.
        """
        punch, reason = delivery.punch, storable(reason)
        this = {"punch_id": punch.punch_id, "target": delivery.target, "now": self._database.now_ms}
        due = None if state not in _OPEN else next_at or this["now"]

        def work(tx: Tx) -> Punch:
            rows = {row[0]: row for row in tx.all(_OF_PUNCH, this)}
            if delivery.target not in rows:
                raise ValueError(f"punch {punch.punch_id} has no delivery to {delivery.target}")
            _, before, _, _, tries, lookups = standing = rows[delivery.target]
            if self._holds(standing, delivery, state):
                counts = {"tries": tries + sent, "payload": str(looked_up + (0 if sent else int(lookups)))}
                tx.run(_SETTLE, {**this, **counts, "state": state, "reason": reason, "due_ms": due})
                if (before, state) == (DeliveryState.SENT, DeliveryState.REJECTED):
                    tx.run(_TELL_AGAIN, this)
                rows[delivery.target] = (delivery.target, state, reason)
            states, reasons = states_of(row[:3] for row in rows.values())
            return replace(punch, states=states, reasons=reasons)

        return await self._database.write(work, person=punch.user_id)

    async def waiting(self) -> Mapping[str, int]:
        """Return how many punches are not yet settled, by target."""
        return dict(await self._database.all(_WAITING))

    def _holds(self, standing: Row, delivery: Delivery, following: DeliveryState) -> bool:
        """Tell whether to write `following`; raise ValueError when no such transition exists."""
        current, owner = DeliveryState(standing[1]), standing[3]
        if owner not in (None, self._database.owner) and following in _OPEN:
            return False
        if following is current or may_become(current, following):
            return True
        if current is delivery.state:
            raise ValueError(f"a delivery that is {current} cannot become {following}")
        return False
