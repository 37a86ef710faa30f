"""The outbox: rows owed to somebody outside, each in the hands of one process at a time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, bindparam, case, exists, insert, literal, or_, select, tuple_, update

from bot.clock import to_ms
from bot.domain.corrections import PUNCH_MESSAGE
from bot.domain.deliveries import DeliveryState
from bot.domain.outbox import NOTES, Kind, Owed
from bot.domain.punches import Punch
from bot.storage.database import Database, bring_near, ownerless
from bot.storage.engine import Row, Tx
from bot.storage.punches import delivers, is_under_way, punches_by_id
from bot.storage.statements import Statement, pack, storable, unpack, values
from bot.storage.tables import outbox, punches
from bot.views.reply import Language


@dataclass(frozen=True, slots=True)
class ReceiptAddress:
    """The recipient of a receipt, their language, and whether it goes to a group."""

    user_id: str
    is_group: bool
    language: Language


def delivery_of(punch: Punch, target: str, state: DeliveryState) -> Owed:
    """Return the delivery of a punch that a target is owed."""
    return Owed(Kind.PUNCH, punch.punch_id, target, 0, state=state.value)


def receipt_of(punch: Punch, address: ReceiptAddress) -> Owed:
    """Return the receipt that is owed for a punch."""
    payload = [address.is_group, address.language]
    return Owed(Kind.RECEIPT, punch.punch_id, address.user_id, payload, punch=punch)


KEY = (outbox.c.kind, outbox.c.about, outbox.c.recipient)
_WRITTEN = (*(column.name for column in KEY), *("payload", "state", "reason"), *("moment_ms", "due_ms"))
_new = {**values(outbox, *_WRITTEN, "owner", "in_flight"), "which": "", "tries": 0}
_this = and_(*(column == bindparam(f"this_{column.name}") for column in KEY))
# SQLite shall find one row by its key. For the bare column it would walk through all rows that are owed.
_due_ms = outbox.c.due_ms + 0
_is_owed = _due_ms.is_not(None)

_OWE = Statement(insert(outbox).values(_new).inline())
_OWE_ONCE = Statement(lambda insert: insert(outbox).values(_new).on_conflict_do_nothing())
_RAISE = Statement(
    lambda insert: (row := insert(outbox).values(_new)).on_conflict_do_update(
        index_elements=outbox.primary_key.columns.keys(),
        set_={
            **{name: row.excluded[name] for name in ("payload", "moment_ms", "due_ms", "tries")},
            "owner": None,
        },
        where=outbox.c.moment_ms < bindparam("before"),
    )
)
_is_unsettled = exists().where(delivers(outbox.c.about), is_under_way)
_is_receipt = outbox.c.kind == Kind.RECEIPT.value
_TOLD = Statement(update(outbox).values(state=bindparam("state"), owner=None).where(_this, _is_owed))
# While a mark is still looked for its state says "unknown", and one more word is owed when that is over.
_OVER = Statement(
    update(outbox)
    .values(
        state=bindparam("state"),
        due_ms=case((and_(_is_receipt, _is_unsettled), outbox.c.due_ms), else_=None),
        owner=None,
    )
    .where(_this)
)
_POSTPONE = Statement(
    update(outbox).values(due_ms=bindparam("until"), owner=None, tries=outbox.c.tries + 1).where(_this, _is_owed)
)

# An outcome is told once every target has answered.
_is_under_way = exists().where(
    punches.c.message_id == literal(PUNCH_MESSAGE) + outbox.c.about,
    delivers(punches.c.punch_id),
    is_under_way,
)
_HAS_NEWS = or_(outbox.c.state == "", ~_is_unsettled)
_READ = (outbox.c.due_ms, *KEY, outbox.c.payload, outbox.c.tries, outbox.c.state)
_this_receipt = and_(_is_receipt, outbox.c.about == bindparam("this"))
_RECEIPT_OWNER = Statement(select(outbox.c.owner).where(_this_receipt, _is_owed).with_for_update())
_TAKE_RECEIPT = Statement(
    update(outbox)
    .values(owner=bindparam("me"))
    .where(
        *(_this_receipt, _due_ms <= bindparam("now"), _HAS_NEWS),
        or_(ownerless(outbox), outbox.c.owner == bindparam("former")),
    )
    .returning(*_READ)
)
_MAY_GO = or_(outbox.c.kind != Kind.OUTCOME.value, ~_is_under_way)


def owe(tx: Tx, owed: Owed, now_ms: int, **more: object) -> None:
    """Write that somebody is owed something, in the transaction that makes it so; `more` are further columns."""
    tx.run(_OWE, {**_row(owed, now_ms), **more})


def owe_once(tx: Tx, owed: Iterable[Owed], due_ms: int) -> None:
    """Write what people are owed, but for what they are or were owed already."""
    tx.many(_OWE_ONCE, [_row(one, due_ms) for one in owed])


class Outbox:
    """The rows of some kinds. Every call raises StoreRefused."""

    def __init__(
        self, database: Database, *kinds: Kind, may_go: ColumnElement[bool] | None = None, with_punch: bool = False
    ) -> None:
        """`about` of rows `with_punch` is a punch id. Take `may_go`: which of the due rows may be taken."""
        self._database = database
        self._with_punch = with_punch
        of_kinds = outbox.c.kind.in_([literal(kind.value) for kind in kinds])
        conditions = (of_kinds, outbox.c.due_ms <= bindparam("now"), ownerless(outbox))
        due = select(*KEY).where(*conditions, *(() if may_go is None else (may_go,)))
        due = due.order_by(outbox.c.due_ms).limit(bindparam("limit")).with_for_update(skip_locked=True)
        self._bring_near = bring_near(outbox.c.due_ms, of_kinds)
        self._take = Statement(
            update(outbox).values(owner=bindparam("me")).where(tuple_(*KEY).in_(due)).returning(*_READ)
        )

    async def take_due(self, now: datetime, limit: int) -> Sequence[Owed]:
        """Claim rows that no living process has, the longest due first."""
        params = {"me": self._database.owner, "now": to_ms(now), "limit": limit}

        def work(tx: Tx) -> Sequence[Owed]:
            tx.run(self._bring_near, {"now": params["now"]})
            return self._owed(tx, tx.all(self._take, params))

        return await self._database.claim(work)

    def _owed(self, tx: Tx, rows: Sequence[Row]) -> Sequence[Owed]:
        """Return the rows that were taken, the longest due first."""
        found = punches_by_id(tx, [row[2] for row in rows]) if self._with_punch else {}
        return [
            Owed(Kind(kind), about, recipient, unpack(payload), tries, state, found.get(about))
            for _, kind, about, recipient, payload, tries, state in sorted(rows)
        ]

    async def told(self, owed: Sequence[Owed], state: str = "", *, is_over: bool = True) -> None:
        """Note that these were told, of `state`, and release the claims. Unless it `is_over`, more is owed."""
        rows = [{**_this_row(one), "state": state} for one in owed]
        await self._database.write(lambda tx: tx.many(_OVER if is_over else _TOLD, rows))

    async def postpone(self, owed: Sequence[Owed], until: datetime) -> None:
        """Release the claims until `until`, one try more."""
        rows = [{**_this_row(one), "until": to_ms(until)} for one in owed]
        await self._database.write(lambda tx: tx.many(_POSTPONE, rows))


class Receipts(Outbox):
    """What people are still to be told about their punches. Every call raises StoreRefused."""

    def __init__(self, database: Database) -> None:
        """A receipt may be taken when there is something new to say."""
        super().__init__(database, Kind.RECEIPT, may_go=_HAS_NEWS, with_punch=True)

    async def take(self, punch_id: str, now: datetime) -> Owed | None:
        """Claim the receipt of one punch, if it is due, has something new to say, and nobody living has it.

        It may be had by a former name of this process, which recorded the punch in a commit that was refused and
        happened all the same.
        """
        params = {"this": punch_id, "now": to_ms(now)}

        def work(tx: Tx) -> Owed | None:
            held = tx.one(_RECEIPT_OWNER, {"this": punch_id})
            former = held[0] if held is not None and held[0] in self._database.former_owners else None
            rows = tx.all(_TAKE_RECEIPT, {**params, "me": self._database.owner, "former": former})
            return next(iter(self._owed(tx, rows)), None)

        return await self._database.claim(work)


def notes_in(database: Database) -> Outbox:
    """Return what people are owed about make-up punches and excused days."""
    return Outbox(database, *NOTES, may_go=_MAY_GO)


class Alerts(Outbox):
    """What administrators are owed. Every call raises StoreRefused."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, Kind.ALERT)

    async def raise_anew(self, alerts: Sequence[Owed], before: datetime) -> None:
        """Owe alerts, but for those of which the same was raised at or after `before` and may still hold."""
        now_ms, before_ms = self._database.now_ms, to_ms(before)
        rows = [{**_row(one, now_ms), "before": before_ms} for one in alerts]
        await self._database.write(lambda tx: tx.many(_RAISE, rows))


class Flags(Outbox):
    """What leads are owed about positions. Every call raises StoreRefused."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, Kind.FLAG, with_punch=True)

    async def address(self, owed: Owed, recipients: Iterable[str]) -> None:
        """Owe each of `recipients` what `owed`, which has no recipient, holds."""
        addressed = [Owed(owed.kind, owed.about, one, owed.payload) for one in recipients]

        def work(tx: Tx) -> None:
            owe_once(tx, addressed, self._database.now_ms)
            tx.run(_OVER, {**_this_row(owed), "state": ""})

        await self._database.write(work)


def _this_row(owed: Owed) -> dict[str, object]:
    return {"this_kind": owed.kind.value, "this_about": owed.about, "this_recipient": owed.recipient}


def _row(owed: Owed, due_ms: int) -> dict[str, object]:
    key = {"kind": owed.kind.value, "about": owed.about, "recipient": storable(owed.recipient)}
    said = {"payload": pack(owed.payload), "state": owed.state, "reason": ""}
    return {**key, **said, "moment_ms": due_ms, "due_ms": due_ms, "owner": None, "in_flight": 0}
