"""Links to the page: one a person, known by a hash, bound to the first device that opens it."""

import hmac
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import and_, bindparam, delete, func, not_, or_, select, update

from bot.clock import to_ms
from bot.domain.shifts import CheckType
from bot.storage.database import Database
from bot.storage.engine import Row, Tx
from bot.storage.rows import Rows
from bot.storage.statements import Statement, values
from bot.storage.tables import links, phones, position_notices
from bot.views.reply import Language

_KEPT_MS = round(timedelta(days=1).total_seconds() * 1000)  # after it expired: its outcome can be asked for

_fields = [column.name for column in links.c if column.name not in ("device_hash", "used_ms", "yes_id")]
_PUT = Statement(
    lambda insert: (
        (row := insert(links).values(**values(links, *_fields)))
        .on_conflict_do_update(
            index_elements=["user_id"],
            set_={
                **{name: row.excluded[name] for name in _fields if name != "user_id"},
                "device_hash": None,
                "used_ms": None,
                "yes_id": None,
            },
            where=not_(and_(links.c.message_id == row.excluded.message_id, links.c.used_ms.is_not(None))),
        )
        .returning(links.c.user_id)
    )
)
_FORGET = Statement(delete(links).where(links.c.expires_ms < bindparam("before")))
_KNOWN = Statement(select(links.c.token_hash).where(links.c.token_hash == bindparam("token_hash")))
_BIND = Statement(
    update(links)
    .values(device_hash=bindparam("device"))
    .where(
        links.c.token_hash == bindparam("this"),
        or_(links.c.device_hash.is_(None), links.c.device_hash == bindparam("device")),
    )
    .returning(links.c.user_id)
)
# Run where the punch is stored, so that both are there or neither is.
USE = Statement(
    update(links)
    .values(used_ms=bindparam("now"), yes_id=bindparam("yes_id"))
    .where(links.c.user_id == bindparam("who"), links.c.message_id == bindparam("this"))
)
END = Statement(
    update(links)
    .values(expires_ms=bindparam("now"))
    .where(links.c.user_id == bindparam("who"), links.c.message_id == bindparam("this"))
)
_NOTICED = Statement(select(position_notices.c.words).where(position_notices.c.user_id == bindparam("user_id")))
_NOTICE = Statement(  # the moment stays that of the first time in these words
    lambda insert: (
        row := insert(position_notices).values(**values(position_notices, "user_id", "told_ms", "words"))
    ).on_conflict_do_update(
        index_elements=["user_id"],
        set_={"told_ms": row.excluded.told_ms, "words": row.excluded.words},
        where=position_notices.c.words.is_distinct_from(row.excluded.words),
    )
)
# Run where the punch is stored: only what somebody punched from is theirs. No row where it is somebody else's.
REMEMBER = Statement(
    lambda insert: (
        (row := insert(phones).values(values(phones)))
        .on_conflict_do_update(
            index_elements=["digest"],
            set_={"last_ms": row.excluded.last_ms},
            where=phones.c.user_id == row.excluded.user_id,  # a phone is one person's
        )
        .returning(phones.c.digest)
    )
)
_HOLDER = Statement(select(phones.c.user_id).where(phones.c.digest == bindparam("digest")))
_OTHERS = Statement(
    select(func.count())
    .select_from(phones)
    .where(phones.c.user_id == bindparam("who"), phones.c.digest != bindparam("digest"))
)


@dataclass(frozen=True, slots=True)
class Link:
    """A person's way to the page, bound to the message it answers.

    A tap up to `keeps_until` punches with the time of that message, `asked_about`; a later one with its own.
    """

    user_id: str
    message_id: str
    language: Language
    direction: CheckType | None
    place_name: str | None
    reason: str | None
    asked_about: datetime
    received_at: datetime
    keeps_until: datetime
    expires_at: datetime
    used: bool = False

    @property
    def is_for_a_punch(self) -> bool:
        """Tell whether it answers a wish to punch, not where one may."""
        return self.keeps_until >= self.asked_about


_LINKS = Rows(Link, links)
_FIND = Statement(
    select(links.c.token_hash, links.c.device_hash, links.c.used_ms, *_LINKS.columns).where(
        links.c.token_hash == bindparam("token_hash"), links.c.expires_ms > bindparam("now")
    )
)


class Links:
    """At most one link a person; the token and the device that opened it are known by their SHA-256 alone."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, link: Link, token_hash: str) -> bool:
        """Store the link in place of the person's last one, but for one of the same message that was used.

        Tell whether it is stored. Raises StoreRefused, and ClaimLost where another process has the message.
        """
        ends_ms = to_ms(link.expires_at) + self._ahead_ms
        row = _LINKS.row(link) | {"token_hash": token_hash, "expires_ms": ends_ms}
        before = {"before": self._database.now_ms - _KEPT_MS}

        def work(tx: Tx) -> bool:
            tx.run(_FORGET, before)
            return tx.one(_PUT, row) is not None

        return await self._database.write(self._database.if_ours(work), person=link.user_id)

    async def known(self, token_hash: str) -> bool:
        """Tell whether such a link was made and not replaced, expired for a day at most."""
        row = await self._database.read(lambda tx: tx.one(_KNOWN, {"token_hash": token_hash}))
        return row is not None and hmac.compare_digest(row[0], token_hash)

    async def open(self, token_hash: str, device_hash: str, user_id: str | None) -> Link | None:
        """Return the link that has not expired, if this is the first device or the same again.

        And None, with no device bound, for the link of somebody else than `user_id`.
        """
        find = {"token_hash": token_hash, "now": self._database.now_ms}
        row = await self._database.one(_FIND, find)
        if row is None or not hmac.compare_digest(row[0], token_hash):
            return None
        if user_id is not None and user_id != row[3]:
            return None
        if row[1] is None:
            bind = {"this": token_hash, "device": device_hash}
            bound = await self._database.write(lambda tx: tx.one(_BIND, bind), person=row[3])
            return None if bound is None else self._link(row)
        return self._link(row) if hmac.compare_digest(row[1], device_hash) else None

    async def owner(self, token_hash: str) -> str | None:
        """Return the owner of this link, None for an unknown or expired one."""
        find = {"token_hash": token_hash, "now": self._database.now_ms}
        row = await self._database.one(_FIND, find)
        return None if row is None else str(row[3])

    async def noticed(self, user_id: str, words: str) -> bool:
        """Tell whether a person had the position notice in these words."""
        row = await self._database.read(lambda tx: tx.one(_NOTICED, {"user_id": user_id}))
        return row is not None and row[0] == words

    async def notice(self, user_id: str, words: str) -> None:
        row = {"user_id": user_id, "told_ms": self._database.now_ms, "words": words}
        await self._database.write(lambda tx: tx.run(_NOTICE, row), person=user_id)

    @property
    def _ahead_ms(self) -> int:
        """Return how far the time by which links end is ahead of the clock, where that was set back."""
        return self._database.now_ms - self._database.now_ms

    def _link(self, row: Row) -> Link:
        link = _LINKS.read(row[3:], used=row[2] is not None)
        return replace(link, expires_at=link.expires_at - timedelta(milliseconds=self._ahead_ms))


class Phones:
    """From which phones, known by their digests alone, people have punched; each is one person's.

    Each call raises StoreRefused.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def holder(self, digest: str) -> str | None:
        """Return the owner of a known phone, or None."""
        row = await self._database.one(_HOLDER, {"digest": digest})
        return None if row is None else str(row[0])

    async def others(self, user_id: str, digest: str) -> int:
        """Return how many phones but this one are known as a person's."""
        row = await self._database.one(_OTHERS, {"who": user_id, "digest": digest})
        return 0 if row is None else int(row[0])
