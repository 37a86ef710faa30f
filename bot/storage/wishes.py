"""What people want of reminders and the daily summary."""

from collections.abc import Callable, Sequence

from bot.domain.reminders import Wishes
from bot.storage.database import Database
from bot.storage.engine import Tx
from bot.storage.statements import Packed, Statement

# Held until the change is committed, so that change numbers become visible in their order.
LOCK = "wishes"
BODY: Packed[Wishes] = Packed(Wishes)

PUT = Statement(
    """INSERT INTO wishes (user_id, body, change_number)
    VALUES (:user_id, :body, (SELECT COALESCE(MAX(change_number), 0) + 1 FROM wishes))
    ON CONFLICT (user_id) DO UPDATE SET body = excluded.body, change_number = excluded.change_number"""
)
_GET = Statement("SELECT body FROM wishes WHERE user_id = :user_id")
_CHANGED = Statement("SELECT body, change_number FROM wishes WHERE change_number > :since ORDER BY change_number")
_TOLD = Statement("SELECT told_ms FROM position_notices WHERE user_id = :user_id")
_TELL = Statement("INSERT INTO position_notices (user_id, told_ms) VALUES (:user_id, :now) ON CONFLICT DO NOTHING")


class WishBook:
    """What people want of reminders, and the language they write. Each call raises StoreRefused."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, user_id: str) -> Wishes:
        """Return a person's wishes, none of any kind for somebody who never said anything."""
        return await self._database.read(lambda tx: _of(tx, user_id))

    async def change(self, user_id: str, change: Callable[[Wishes], Wishes]) -> Wishes:
        """Store what the pure `change` makes of a person's wishes, and return it, in one transaction."""

        def work(tx: Tx) -> Wishes:
            old = _of(tx, user_id)
            new = change(old)
            if new != old:
                tx.run(PUT, {"user_id": user_id, "body": BODY.write(new)})
            return new

        return await self._database.write(self._database.if_ours(work), person=LOCK)

    async def changed(self, since_change: int) -> tuple[Sequence[Wishes], int]:
        """Return the wishes stored after the change number, 0 for all, and the newest number, oldest change first.

        A person who changed theirs twice is there once.
        """
        rows = await self._database.all(_CHANGED, {"since": since_change})
        return [BODY.read(body) for body, _ in rows], rows[-1][1] if rows else since_change


class PositionNoticeRows:
    """Who was told what is kept of positions. Each call raises StoreRefused."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def is_told(self, user_id: str) -> bool:
        """Tell whether a person had the notice."""
        return await self._database.one(_TOLD, {"user_id": user_id}) is not None

    async def note(self, user_id: str) -> None:
        """Note that a person had the notice; the first moment stays."""
        await self._database.run(_TELL, {"user_id": user_id, "now": self._database.now_ms}, person=user_id)


def _of(tx: Tx, user_id: str) -> Wishes:
    row = tx.one(_GET, {"user_id": user_id})
    return Wishes(user_id) if row is None else BODY.read(row[0])
