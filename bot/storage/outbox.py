"""The outbox: what is owed to somebody outside, each row in the hands of one process at a time."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, bindparam, exists, insert, literal, or_, select, tuple_, update

from bot.clock import to_ms
from bot.domain.corrections import PUNCH_MESSAGE
from bot.domain.outbox import NOTES, Kind, Owed
from bot.storage.database import Database, bring_near, ownerless
from bot.storage.engine import Tx
from bot.storage.punch_rows import punches_by_id
from bot.storage.statements import Statement, pack, storable, unpack, values
from bot.storage.tables import deliveries, outbox, punches

KEY = (outbox.c.kind, outbox.c.about, outbox.c.recipient)
_new = {**values(outbox, "kind", "about", "recipient", "payload", "moment_ms", "due_ms"), "tries": 0}
_this = and_(*(column == bindparam(f"this_{column.name}") for column in KEY))
_is_owed = outbox.c.due_ms.is_not(None)

_OWE = Statement(insert(outbox).values(_new).inline())
_OWE_ONCE = Statement(lambda insert: insert(outbox).values(_new).on_conflict_do_nothing())
_RAISE = Statement(
    lambda insert: (row := insert(outbox).values(_new)).on_conflict_do_update(
        index_elements=[column.name for column in KEY],
        set_={
            **{name: row.excluded[name] for name in ("payload", "moment_ms", "due_ms", "tries")},
            "owner": None,
        },
        where=outbox.c.moment_ms < bindparam("before"),
    )
)
_TOLD = Statement(update(outbox).values(due_ms=None, owner=None).where(_this))
_POSTPONE = Statement(
    update(outbox).values(due_ms=bindparam("until"), owner=None, tries=outbox.c.tries + 1).where(_this, _is_owed)
)

# An outcome is told once every target has answered.
_is_under_way = exists().where(
    punches.c.message_id == literal(PUNCH_MESSAGE) + outbox.c.about,
    deliveries.c.punch_id == punches.c.punch_id,
    deliveries.c.next_ms.is_not(None),
)
_MAY_GO = or_(outbox.c.kind != Kind.OUTCOME.value, ~_is_under_way)


def owe(tx: Tx, owed: Owed, due_ms: int) -> None:
    """Write that somebody is owed something, in the transaction that makes it so."""
    tx.run(_OWE, _row(owed, due_ms))


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
            update(outbox)
            .values(owner=bindparam("me"))
            .where(tuple_(*KEY).in_(due))
            .returning(outbox.c.due_ms, *KEY, outbox.c.tries, outbox.c.payload)
        )

    async def take_due(self, now: datetime, limit: int) -> Sequence[Owed]:
        """Claim rows that no living process has, the longest due first."""
        params = {"me": self._database.owner, "now": to_ms(now), "limit": limit}

        def work(tx: Tx) -> Sequence[Owed]:
            tx.run(self._bring_near, {"now": params["now"]})
            rows = sorted(tx.all(self._take, params))
            found = punches_by_id(tx, [row[2] for row in rows]) if self._with_punch else {}
            return [
                Owed(Kind(kind), about, recipient, unpack(payload), tries, found.get(about))
                for _, kind, about, recipient, tries, payload in rows
            ]

        return await self._database.claim(work)

    async def told(self, owed: Sequence[Owed]) -> None:
        """Note that nothing more is owed of these."""
        rows = [_this_row(one) for one in owed]
        await self._database.write(lambda tx: tx.many(_TOLD, rows))

    async def postpone(self, owed: Sequence[Owed], until: datetime) -> None:
        """Release the claims until `until`, one try more."""
        rows = [{**_this_row(one), "until": to_ms(until)} for one in owed]
        await self._database.write(lambda tx: tx.many(_POSTPONE, rows))


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
            tx.run(_TOLD, _this_row(owed))

        await self._database.write(work)


def _this_row(owed: Owed) -> dict[str, object]:
    return {"this_kind": owed.kind.value, "this_about": owed.about, "this_recipient": owed.recipient}


def _row(owed: Owed, due_ms: int) -> dict[str, object]:
    key = {"kind": owed.kind.value, "about": owed.about, "recipient": storable(owed.recipient)}
    return {**key, "payload": pack(owed.payload), "moment_ms": due_ms, "due_ms": due_ms}
