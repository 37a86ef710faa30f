"""What people want of reminders, and which of it is new since somebody last looked."""

from collections.abc import Callable, Sequence
from datetime import date, time
from sys import intern

from sqlalchemy import bindparam, func, select

from bot.clock import from_ms, to_ms
from bot.domain.reminders import Quiet, Wishes
from bot.storage.database import Database
from bot.storage.engine import Row, Tx
from bot.storage.statements import Statement, pack, storable, unpack, values
from bot.storage.tables import wishes

# Taken like a person's lock until the change is committed: whoever sees a change number has seen all lower ones.
_LOCK = "wishes"

_next_number = select(func.coalesce(func.max(wishes.c.change_number), 0) + 1).scalar_subquery()
_PUT = Statement(
    lambda insert: (
        row := insert(wishes).values(**values(wishes, "user_id", "body"), change_number=_next_number)
    ).on_conflict_do_update(
        index_elements=["user_id"],
        set_={"body": row.excluded.body, "change_number": row.excluded.change_number},
    )
)
_GET = Statement(select(wishes.c.user_id, wishes.c.body).where(wishes.c.user_id == bindparam("user_id")))
_CHANGED = Statement(
    select(wishes.c.user_id, wishes.c.body, wishes.c.change_number)
    .where(wishes.c.change_number > bindparam("since"))
    .order_by(wishes.c.change_number)
)


class WishBook:
    """What people want of reminders, and the language they write."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, user_id: str) -> Wishes:
        """Return a person's wishes, none of any kind for somebody who never said anything. Raises StoreRefused."""
        return await self._database.read(lambda tx: _of(tx, user_id))

    async def change(self, user_id: str, change: Callable[[Wishes], Wishes]) -> Wishes:
        """Store what the pure `change` makes of a person's wishes, and return it, in one transaction.

        Raises StoreRefused.
        """

        def work(tx: Tx) -> Wishes:
            old = _of(tx, user_id)
            new = change(old)
            if new != old:
                _store(tx, new)
            return new

        return await self._database.write(self._database.if_ours(work), person=_LOCK)

    async def changed(self, since_change: int) -> tuple[Sequence[Wishes], int]:
        """Return the wishes stored after the change number, 0 for all, and the newest number, oldest change first.

        A person who changed theirs twice is there once. Raises StoreRefused.
        """
        rows = await self._database.read(lambda tx: tx.all(_CHANGED, {"since": since_change}))
        return [_wishes(row) for row in rows], rows[-1][2] if rows else since_change


def _of(tx: Tx, user_id: str) -> Wishes:
    row = tx.one(_GET, {"user_id": storable(user_id)})
    return Wishes(user_id) if row is None else _wishes(row)


def _store(tx: Tx, wishes: Wishes) -> None:
    tx.run(_PUT, {"user_id": storable(wishes.user_id), "body": _body(wishes)})


def _body(wishes: Wishes) -> str:
    return pack(
        (
            wishes.language,
            wishes.before_minutes,
            _iso(wishes.on_duty_at),
            _iso(wishes.off_duty_at),
            wishes.is_muted,
            [(_iso(one.first), _iso(one.last)) for one in wishes.quiet],
            None if wishes.snoozed_until is None else to_ms(wishes.snoozed_until),
        )
    )


def _wishes(row: Row) -> Wishes:
    language, before, on_duty, off_duty, is_muted, quiet, snoozed_ms = unpack(row[1])
    return Wishes(
        user_id=intern(row[0]),  # one with the directory's: many are kept in memory
        language=language,
        before_minutes=None if before is None else tuple(before),
        on_duty_at=_time(on_duty),
        off_duty_at=_time(off_duty),
        is_muted=is_muted,
        quiet=tuple(Quiet(date.fromisoformat(first), date.fromisoformat(last)) for first, last in quiet),
        snoozed_until=None if snoozed_ms is None else from_ms(snoozed_ms),
    )


def _iso(value: date | time | None) -> str | None:
    return None if value is None else value.isoformat()


def _time(text: str | None) -> time | None:
    return None if text is None else time.fromisoformat(text)
