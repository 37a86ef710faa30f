"""What leads are still to be told of punches."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, insert, select, update

from bot.clock import to_ms
from bot.domain.flags import Flag, FlagKind
from bot.domain.punches import Punch
from bot.storage.database import Database, bring_near, ownerless
from bot.storage.engine import Row, Tx
from bot.storage.punch_rows import punch_by_id
from bot.storage.statements import Statement, values
from bot.storage.tables import punch_flags
from bot.storage.texts import pack, unpack

_this = punch_flags.c.punch_id == bindparam("this")

# Run where the punch is stored, so that a flag is never without its punch, and no lead untold of it.
FLAG = Statement(insert(punch_flags).values(**values(punch_flags, "punch_id", "body", "due_ms"), tries=0).inline())
_BRING_NEAR = bring_near(punch_flags.c.due_ms)
_TAKE = Statement(
    update(punch_flags)
    .values(owner=bindparam("me"))
    .where(
        punch_flags.c.punch_id.in_(
            select(punch_flags.c.punch_id)
            .where(punch_flags.c.due_ms <= bindparam("now"), ownerless(punch_flags))
            .order_by(punch_flags.c.due_ms)
            .limit(bindparam("limit"))
            .with_for_update(skip_locked=True)
        )
    )
    .returning(punch_flags.c.due_ms, punch_flags.c.punch_id, punch_flags.c.body, punch_flags.c.tries)
)
_TOLD = Statement(update(punch_flags).values(due_ms=None, owner=None).where(_this))
_POSTPONE = Statement(
    update(punch_flags)
    .values(due_ms=bindparam("until"), owner=None, tries=punch_flags.c.tries + 1)
    .where(_this, punch_flags.c.due_ms.is_not(None))
)


@dataclass(frozen=True, slots=True)
class Flagged:
    """A punch of which leads are still to be told why it was flagged."""

    punch: Punch
    flags: tuple[Flag, ...]
    tries: int = 0


class FlagBook:
    """What leads are still to be told of punches; written with the punch itself."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take_due(self, now: datetime, limit: int) -> Sequence[Flagged]:
        """Claim what is due and no living process works on, the longest due first. Raises StoreRefused."""
        params = {"me": self._database.owner, "now": to_ms(now), "limit": limit}

        def work(tx: Tx) -> Sequence[Flagged]:
            tx.run(_BRING_NEAR, {"now": params["now"]})
            return [_flagged(tx, row) for row in sorted(tx.all(_TAKE, params), key=lambda row: row[:2])]

        return await self._database.claim(work)

    async def told(self, punch_id: str) -> None:
        """Note that the leads know. Raises StoreRefused."""
        await self._database.write(lambda tx: tx.run(_TOLD, {"this": punch_id}))

    async def postpone(self, punch_id: str, until: datetime) -> None:
        """Release the claim until `until`, one try more. Raises StoreRefused."""
        params = {"this": punch_id, "until": to_ms(until)}
        await self._database.write(lambda tx: tx.run(_POSTPONE, params))


def flag_row(punch_id: str, flags: Sequence[Flag], now_ms: int) -> dict[str, object]:
    """Return the row of `FLAG`, due at once."""
    body = pack([[flag.kind, flag.site, flag.metres, flag.minutes, flag.said] for flag in flags])
    return {"punch_id": punch_id, "body": body, "due_ms": now_ms}


def _flagged(tx: Tx, row: Row) -> Flagged:
    _, punch_id, body, tries = row
    punch = punch_by_id(tx, punch_id)
    assert punch is not None, "a flag refers to a punch"
    flags = (Flag(FlagKind(kind), *details) for kind, *details in unpack(body))
    return Flagged(punch, tuple(flags), tries)
