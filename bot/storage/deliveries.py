"""Punches on their way to their targets: who has which under way, and when to try again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypedDict

from sqlalchemy import BindParameter, and_, bindparam, case, func, or_, select, tuple_, update

from bot.clock import to_ms
from bot.domain.deliveries import DeliveryState, may_become
from bot.domain.outbox import Kind
from bot.domain.punches import Punch
from bot.storage.database import Database, bring_near, ownerless
from bot.storage.engine import Row, Tx
from bot.storage.outbox import KEY
from bot.storage.punches import IS_DELIVERY, free_check, is_replaced, punches_by_id, states_of
from bot.storage.statements import Statement, storable
from bot.storage.tables import outbox

_SKIPPED = 4  # targets that one call can leave out
_OPEN = (DeliveryState.ACCEPTED, DeliveryState.UNKNOWN)

_skips = [bindparam(f"skip_{number}", type_=outbox.c.recipient.type) for number in range(_SKIPPED)]
_rests = [bindparam(f"rest_{number}", type_=outbox.c.recipient.type) for number in range(_SKIPPED)]
_is_delivery = outbox.c.kind == IS_DELIVERY
_of_punch = and_(_is_delivery, outbox.c.about == bindparam("of_punch"))
_accepted = outbox.c.state == DeliveryState.ACCEPTED.value
_perhaps_sent = and_(_accepted, outbox.c.in_flight == 1)
_to_be_read_back = or_(outbox.c.state == DeliveryState.UNKNOWN.value, _perhaps_sent)

_BRING_NEAR = bring_near(outbox.c.due_ms, _is_delivery)
_TAKE = Statement(
    update(outbox)
    .values(
        owner=bindparam("me"),
        state=case((_perhaps_sent, DeliveryState.UNKNOWN.value), else_=outbox.c.state),
        in_flight=case((_perhaps_sent, 0), (_accepted, 1), else_=0),
    )
    .where(
        tuple_(*KEY).in_(
            select(*KEY)
            .where(
                *(_is_delivery, outbox.c.due_ms <= bindparam("now"), ownerless(outbox)),
                outbox.c.recipient.not_in(_skips),
                or_(outbox.c.recipient.not_in(_rests), _to_be_read_back),
            )
            .order_by(outbox.c.due_ms)
            .limit(bindparam("limit"))
            .with_for_update(skip_locked=True)
        )
    )
    .returning(
        *(outbox.c.due_ms, outbox.c.about, outbox.c.recipient),
        *(outbox.c.state, outbox.c.tries, outbox.c.payload),
    )
)
_OF_PUNCH = Statement(
    select(
        *(outbox.c.recipient, outbox.c.state, outbox.c.reason),
        *(outbox.c.owner, outbox.c.tries, outbox.c.payload),
    )
    .where(_of_punch)
    .order_by(outbox.c.recipient)
    .with_for_update()
)
_SETTLE = Statement(
    update(outbox)
    .values(
        **{name: bindparam(name) for name in ("state", "reason", "tries", "payload", "due_ms")},
        **{"owner": None, "in_flight": 0},
    )
    .where(_of_punch, outbox.c.recipient == bindparam("to_target"))
)
# Who was told that the punch had been taken is owed another word, unless it counts for nothing any more.
_TELL_AGAIN = Statement(
    update(outbox)
    .values(due_ms=bindparam("now"), state=DeliveryState.SENT.value)
    .where(
        *(outbox.c.kind == Kind.RECEIPT.value, outbox.c.about == bindparam("of_punch")),
        *(outbox.c.due_ms.is_(None), ~is_replaced(outbox.c.about)),
    )
)
_WAITING = Statement(
    select(outbox.c.recipient, func.count())
    .where(_is_delivery, outbox.c.due_ms.is_not(None))
    .group_by(outbox.c.recipient)
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

    `next_at` is when to go on with what is not settled (None: at once), unless it `is_over`. `sent` counts one
    send, `looked_up` one read-back.
    """

    reason: str
    next_at: datetime | None
    sent: bool
    looked_up: bool
    is_over: bool


@dataclass(frozen=True, slots=True)
class _Change:
    """What a try came to."""

    state: DeliveryState
    reason: str
    next_ms: int | None
    sent: bool
    looked_up: bool


class Deliveries:
    """The outbox of punches."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take_due(
        self, now: datetime, limit: int, *, skip_targets: Sequence[str], resting: Sequence[str] = ()
    ) -> Sequence[Delivery]:
        """Claim due deliveries, the longest due first; at most four targets can be skipped, and four rest.

        Raises StoreRefused.
        """
        params = {
            "me": self._database.owner,
            "now": to_ms(now),
            "limit": limit,
            **_named(_skips, skip_targets),
            **_named(_rests, resting),
        }

        def work(tx: Tx) -> Sequence[Delivery]:
            tx.run(_BRING_NEAR, {"now": params["now"]})
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
        is_over: bool = False,
    ) -> Punch:
        """Write the outcome of a try, release the claim, return the punch as it stands.

        A delivery that is not settled yet is due at `next_at`, at once without it, and never more if it `is_over`.
        What another process has made of the delivery in the meantime holds, unless it is now known that the target
        took or refused the punch.
        Raises ValueError for a transition that does not exist, StoreRefused.
        """
        next_ms = None if is_over or state not in _OPEN else to_ms(next_at) if next_at else self._database.now_ms
        change = _Change(state, storable(reason), next_ms, sent, looked_up)
        return await self._database.write(
            lambda tx: self._settle(tx, delivery, change), person=delivery.punch.user_id
        )

    async def waiting(self) -> Mapping[str, int]:
        """Return how many punches are not yet settled, by target. Raises StoreRefused."""
        return dict(await self._database.read(lambda tx: tx.all(_WAITING)))

    def _settle(self, tx: Tx, delivery: Delivery, change: _Change) -> Punch:
        punch = delivery.punch
        rows = {row[0]: row for row in tx.all(_OF_PUNCH, {"of_punch": punch.punch_id})}
        if delivery.target not in rows:
            raise ValueError(f"punch {punch.punch_id} has no delivery to {delivery.target}")
        standing = rows[delivery.target]
        if self._holds(standing, delivery, change.state):
            tx.run(_SETTLE, _settled(standing, punch.punch_id, change))
            if (standing[1], change.state) == (DeliveryState.SENT, DeliveryState.REJECTED):
                tx.run(_TELL_AGAIN, {"of_punch": punch.punch_id, "now": self._database.now_ms})
            rows[delivery.target] = (delivery.target, change.state, change.reason)
        states, reasons = states_of(row[:3] for row in rows.values())
        settled = replace(punch, states=states, reasons=reasons)
        if not settled.stands:
            free_check(tx, settled)
        return settled

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


def _named(places: Sequence[BindParameter[str]], targets: Sequence[str]) -> dict[str, str]:
    """Return the targets by the parameters that take them; no target has an empty name."""
    names = (*targets, *[""] * len(places))[: max(len(places), len(targets))]
    return {place.key: name for place, name in zip(places, names, strict=True)}


def _settled(standing: Row, punch_id: str, change: _Change) -> dict[str, object]:
    target, _, _, _, tries, lookups = standing
    return {
        "of_punch": punch_id,
        "to_target": target,
        "state": change.state,
        "reason": change.reason,
        "tries": tries + change.sent,
        "payload": str(change.looked_up + (0 if change.sent else int(lookups))),
        "due_ms": change.next_ms,
    }
