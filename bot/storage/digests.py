"""Which summaries people want by themselves, and up to when it was looked for those that are due."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select

from bot.clock import from_ms, to_ms
from bot.domain.digests import DigestKind
from bot.storage.database import Database
from bot.storage.moments import Moment
from bot.storage.statements import Statement, upsert
from bot.storage.tables import digest_wishes
from bot.storage.texts import storable

_PUT = upsert(digest_wishes, "user_id", "kinds")
_ALL = Statement(select(digest_wishes.c.user_id, digest_wishes.c.kinds))


class SqlDigestBook:
    """`services.ports.reminding.DigestBook` in the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> Mapping[str, frozenset[DigestKind]]:
        """Return the kinds that each person wants who ever said so, none of them included. Raises StoreRefused."""
        rows = await self._database.read(lambda tx: tx.all(_ALL))
        return {user_id: frozenset(map(DigestKind, kinds.split())) for user_id, kinds in rows}

    async def put(self, user_id: str, kinds: frozenset[DigestKind]) -> None:
        """Store what somebody wants in place of the old. Raises StoreRefused."""
        params = {"user_id": storable(user_id), "kinds": " ".join(sorted(kinds))}
        await self._database.write(lambda tx: tx.run(_PUT, params))

    async def looked_at(self) -> datetime | None:
        """Return up to which moment due ones have been claimed, None at first. Raises StoreRefused."""
        at_ms = await self._database.read(Moment.DIGESTS_LOOKED_AT.get)
        return None if at_ms is None else from_ms(at_ms)

    async def look_on(self, until: datetime) -> None:
        """Note that everything due up to `until` is claimed; never goes back. Raises StoreRefused."""
        await self._database.write(lambda tx: Moment.DIGESTS_LOOKED_AT.move_on(tx, to_ms(until)))
