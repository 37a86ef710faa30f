"""Work that one process does for all: who has it, and for which turn it is done."""

from sqlalchemy import Text, and_, bindparam, or_, update

from bot.storage.database import Database, ownerless
from bot.storage.engine import Tx
from bot.storage.statements import Statement, values
from bot.storage.tables import jobs

_me = bindparam("me", type_=Text)
_free = and_(jobs.c.finished_ms.is_(None), or_(jobs.c.owner == _me, ownerless(jobs)))

_TAKE = Statement(
    lambda insert: (
        insert(jobs)
        .values(**values(jobs, "name", "turn"), owner=_me)
        .on_conflict_do_update(index_elements=["name", "turn"], set_={"owner": _me}, where=_free)
        .returning(jobs.c.name)
    )
)
_FINISH = Statement(
    update(jobs)
    .values(finished_ms=bindparam("now"), owner=None)
    .where(jobs.c.name == bindparam("of_job"), jobs.c.turn == bindparam("of_turn"))
)


class Jobs:
    """Work that one process does for all."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take(self, name: str, turn: str = "") -> bool:
        """Claim a turn of a job; False when it is done, or a living process has it. Raises StoreRefused."""
        params = {"name": name, "turn": turn, "me": self._database.owner, "now": self._database.now_ms}

        def work(tx: Tx) -> bool:
            return tx.one(_TAKE, params) is not None

        return await self._database.claim(work)

    async def finish(self, name: str, turn: str) -> None:
        """Note that a turn is done, for good. Raises StoreRefused."""
        params = {"of_job": name, "of_turn": turn, "now": self._database.now_ms}
        await self._database.write(lambda tx: tx.run(_FINISH, params))
