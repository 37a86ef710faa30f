"""The list of several pages that each person asked for last."""

from sqlalchemy import bindparam, delete, select

from bot.clock import from_ms, to_ms
from bot.services.ports import PagedList
from bot.storage.database import Database
from bot.storage.statements import Statement, upsert
from bot.storage.tables import paged_lists
from bot.storage.texts import storable

_PUT = upsert(paged_lists, *paged_lists.c.keys())
_OF = Statement(select(paged_lists).where(paged_lists.c.user_id == bindparam("user_id")))
_FORGET = Statement(delete(paged_lists).where(paged_lists.c.user_id == bindparam("user_id")))


class SqlPagedLists:
    """`services.ports.PagedLists` in the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, asked: PagedList) -> None:
        """Remember a list in place of an older one. Raises StoreRefused."""
        row = {
            "user_id": storable(asked.user_id),
            "conversation_id": storable(asked.conversation_id),
            "said": storable(asked.said),
            "page": asked.page,
            "more": int(asked.more),
            "said_ms": to_ms(asked.said_at),
        }
        await self._database.write(self._database.if_ours(lambda tx: tx.run(_PUT, row)), person=asked.user_id)

    async def of(self, user_id: str) -> PagedList | None:
        """Return the list that a person asked for last. Raises StoreRefused."""
        row = await self._database.read(lambda tx: tx.one(_OF, {"user_id": storable(user_id)}))
        if row is None:
            return None
        _, conversation_id, said, page, more, said_ms = row
        return PagedList(user_id, conversation_id, said, page, bool(more), from_ms(said_ms))

    async def forget(self, user_id: str) -> None:
        """Forget a person's list. Raises StoreRefused."""
        who = {"user_id": storable(user_id)}
        await self._database.write(lambda tx: tx.run(_FORGET, who), person=user_id)
