"""What people are still to be told about their punches."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, case, exists, or_, select, update

from bot.clock import to_ms
from bot.domain.deliveries import DeliveryState
from bot.domain.punches import Punch
from bot.storage.database import Database, bring_near, ownerless
from bot.storage.engine import Row, Tx
from bot.storage.punch_rows import punch_by_id
from bot.storage.statements import Statement
from bot.storage.tables import deliveries, receipts
from bot.views.reply import Language

_this = receipts.c.punch_id == bindparam("this")
_owed = receipts.c.due_ms.is_not(None)
_unsettled = exists().where(deliveries.c.punch_id == receipts.c.punch_id, deliveries.c.next_ms.is_not(None))
_news = or_(receipts.c.told.is_(None), ~_unsettled)

_BRING_NEAR = bring_near(receipts.c.due_ms)
_take = (
    update(receipts)
    .values(owner=bindparam("me"))
    .returning(
        *(receipts.c.due_ms, receipts.c.punch_id, receipts.c.user_id, receipts.c.is_group),
        *(receipts.c.language, receipts.c.told, receipts.c.tries),
    )
)
_TAKE = Statement(
    _take.where(
        receipts.c.punch_id.in_(
            select(receipts.c.punch_id)
            .where(receipts.c.due_ms <= bindparam("now"), ownerless(receipts), _news)
            .order_by(receipts.c.due_ms)
            .limit(bindparam("limit"))
            .with_for_update(skip_locked=True)
        )
    )
)
_HAS = Statement(select(receipts.c.owner).where(_this, _owed).with_for_update())
_TAKE_THIS = Statement(
    _take.where(
        *(_this, receipts.c.due_ms <= bindparam("now"), _news),
        or_(ownerless(receipts), receipts.c.owner == bindparam("former")),
    )
)
_TOLD = Statement(update(receipts).values(told=bindparam("state"), owner=None).where(_this, _owed))
# While a mark is still looked for its state says "unknown", and one more word is owed when that is over.
_CLOSE = Statement(
    update(receipts)
    .values(told=bindparam("state"), due_ms=case((_unsettled, receipts.c.due_ms), else_=None), owner=None)
    .where(_this)
)
_POSTPONE = Statement(
    update(receipts).values(due_ms=bindparam("until"), owner=None, tries=receipts.c.tries + 1).where(_this, _owed)
)


@dataclass(frozen=True, slots=True)
class ReceiptAddress:
    """To whom, how and in which language a receipt goes."""

    user_id: str
    is_group: bool
    language: Language


@dataclass(frozen=True, slots=True)
class Receipt:
    """A receipt owed for one punch. `told` is the state the person last heard of, None for none yet."""

    punch: Punch
    address: ReceiptAddress
    told: DeliveryState | None
    tries: int = 0


class Receipts:
    """What people are still to be told about their punches."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take_due(self, now: datetime, limit: int) -> Sequence[Receipt]:
        """Claim what is due and has something new to say, the longest due first. Raises StoreRefused."""
        params = {"me": self._database.owner, "now": to_ms(now), "limit": limit}

        def work(tx: Tx) -> Sequence[Receipt]:
            tx.run(_BRING_NEAR, {"now": params["now"]})
            return [_receipt(tx, row) for row in sorted(tx.all(_TAKE, params), key=lambda row: row[:2])]

        return await self._database.claim(work)

    async def take(self, punch_id: str, now: datetime) -> Receipt | None:
        """Claim the receipt of one punch, if it is due, has something new to say, and nobody living has it.

        It may be had by a former name of this process, which recorded the punch in a commit that was refused and
        happened all the same. Raises StoreRefused.
        """
        params = {"this": punch_id, "now": to_ms(now)}

        def work(tx: Tx) -> Receipt | None:
            held = tx.one(_HAS, {"this": punch_id})
            former = held[0] if held is not None and held[0] in self._database.former_owners else None
            row = tx.one(_TAKE_THIS, {**params, "me": self._database.owner, "former": former})
            return None if row is None else _receipt(tx, row)

        return await self._database.claim(work)

    async def told(self, punch_id: str, state: DeliveryState, *, closed: bool) -> None:
        """Note what the person has heard and release the claim. Raises StoreRefused.

        With `closed` nothing more is owed, unless some target is still asked or looked at.
        """
        params = {"this": punch_id, "state": state}
        await self._database.write(lambda tx: tx.run(_CLOSE if closed else _TOLD, params))

    async def postpone(self, punch_id: str, until: datetime) -> None:
        """Release the claim until `until`, one try more. Raises StoreRefused."""
        params = {"this": punch_id, "until": to_ms(until)}
        await self._database.write(lambda tx: tx.run(_POSTPONE, params))


def _receipt(tx: Tx, row: Row) -> Receipt:
    _, punch_id, user_id, is_group, language, told, tries = row
    punch = punch_by_id(tx, punch_id)
    assert punch is not None, "a receipt refers to a punch"
    address = ReceiptAddress(user_id, bool(is_group), language)
    return Receipt(punch, address, None if told is None else DeliveryState(told), tries)
