"""Which summaries people want by themselves, and up to when it was looked for those that are due."""

from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy import bindparam, select

from bot.clock import from_ms, to_ms
from bot.domain.digests import DigestKind
from bot.storage.database import Database
from bot.storage.engine import Tx
from bot.storage.replicas import Moment
from bot.storage.statements import Statement, storable, upsert
from bot.storage.tables import digest_wishes

_PUT = upsert(digest_wishes, "user_id", "kinds")
_OF = Statement(select(digest_wishes.c.kinds).where(digest_wishes.c.user_id == bindparam("user_id")))
_ALL = Statement(select(digest_wishes.c.user_id, digest_wishes.c.kinds))


class DigestBook:
    """Which summaries people want by themselves, and how far it was looked for due ones."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> Mapping[str, frozenset[DigestKind]]:
        """Return the kinds that each person wants who ever said so, none of them included. Raises StoreRefused."""
        rows = await self._database.read(lambda tx: tx.all(_ALL))
        return {user_id: _kinds(kinds) for user_id, kinds in rows}

    async def change(
        self, user_id: str, change: Callable[[frozenset[DigestKind] | None], frozenset[DigestKind]]
    ) -> frozenset[DigestKind]:
        """Store and return what `change` makes of what somebody wants, in one transaction. Raises StoreRefused."""
        who = {"user_id": storable(user_id)}

        def work(tx: Tx) -> frozenset[DigestKind]:
            row = tx.one(_OF, who)
            kinds = change(None if row is None else _kinds(row[0]))
            tx.run(_PUT, {**who, "kinds": " ".join(sorted(kinds))})
            return kinds

        return await self._database.write(self._database.if_ours(work), person=user_id)

    async def looked_at(self) -> datetime | None:
        """Return up to which moment due ones have been claimed, None at first. Raises StoreRefused."""
        at_ms = await self._database.read(Moment.DIGESTS_LOOKED_AT.get)
        return None if at_ms is None else from_ms(at_ms)

    async def look_on(self, until: datetime) -> None:
        """Note that everything due up to `until` is claimed; never goes back. Raises StoreRefused."""
        await self._database.write(lambda tx: Moment.DIGESTS_LOOKED_AT.move_on(tx, to_ms(until)))


def _kinds(stored: str) -> frozenset[DigestKind]:
    return frozenset(map(DigestKind, stored.split()))
