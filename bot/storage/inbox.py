"""Messages: taken once and for good, one person's in order, whichever process works on them."""

import logging
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from enum import StrEnum

from sqlalchemy import and_, bindparam, delete, exists, func, or_, select, update

from bot.domain.messages import Message
from bot.storage.database import FAR_MS, Database, alive, ownerless
from bot.storage.engine import Row, Tx
from bot.storage.rows import Packed
from bot.storage.statements import Statement, add, storable, values
from bot.storage.tables import inbox, quarantine

logger = logging.getLogger(__name__)

_HEAD_BYTES = 4096
_KEPT_FRAMES = 1000
_ADDRESS = re.compile(r"https?:[^\"\s]*", re.IGNORECASE)
MOST_OPEN = 200  # of one person: who floods us keeps nobody else from being heard
_TAKE_OVER = "take over"  # locked like a person, so that two processes do not split one person's messages

_BODY: Packed[Message] = Packed(Message)

_earlier = inbox.alias("earlier")
_open = inbox.c.finished_ms.is_(None)
_this = inbox.c.message_id == bindparam("this")

_LAST_OPEN = Statement(
    select(inbox.c.owner, inbox.c.handed, inbox.c.owner.in_(alive()))
    .where(inbox.c.person == bindparam("person"), _open)
    .order_by(inbox.c.id.desc())
    .limit(1)
)
_OPEN_OF = Statement(
    select(func.count()).select_from(
        select(inbox.c.id).where(inbox.c.person == bindparam("person"), _open).limit(MOST_OPEN).subquery()
    )
)
_ACCEPT = Statement(
    lambda insert: (
        insert(inbox)
        .values(values(inbox, "message_id", "person", "received_ms", "body", "owner", "handed"))
        .on_conflict_do_nothing()
        .returning(inbox.c.id)
    )
)
_SENDER = Statement(select(inbox.c.person).where(_this))
_HOLDS = Statement(select(inbox.c.owner, inbox.c.handed, inbox.c.finished_ms).where(_this))
_RENAME = Statement(
    update(inbox)
    .values(owner=bindparam("me"))
    .where(_this, _open, inbox.c.owner == bindparam("former"))
    .returning(inbox.c.handed)
)
_held_up = exists().where(
    _earlier.c.person == inbox.c.person,
    _earlier.c.finished_ms.is_(None),
    _earlier.c.id < inbox.c.id,
    or_(
        _earlier.c.not_before_ms.between(bindparam("now") + 1, bindparam("now") + FAR_MS),
        and_(_earlier.c.owner != bindparam("me"), _earlier.c.owner.in_(alive())),
    ),
)
_TAKE = Statement(
    update(inbox)
    .values(owner=bindparam("me"), handed=0)
    .where(
        _open,
        inbox.c.id.in_(
            select(inbox.c.id)
            .where(
                _open,
                ~inbox.c.not_before_ms.between(bindparam("now") + 1, bindparam("now") + FAR_MS),
                or_(ownerless(inbox), and_(inbox.c.owner == bindparam("me"), inbox.c.handed == 1)),
                ~_held_up,
            )
            .order_by(inbox.c.id + 0)  # by the bare key, the database would walk through all rows ever
            .limit(bindparam("limit"))
            .with_for_update(skip_locked=True)
        ),
    )
    .returning(inbox.c.id, inbox.c.message_id, inbox.c.body)
)
FINISH = Statement(update(inbox).values(finished_ms=bindparam("now"), body="", owner=None).where(_this, _open))
_postpone = (
    update(inbox)
    .values(owner=None, handed=0, not_before_ms=bindparam("until"), postponed=inbox.c.postponed + 1)
    .where(_this, _open, or_(inbox.c.owner.is_(None), inbox.c.owner == bindparam("me")))
)
_POSTPONE = Statement(_postpone.returning(inbox.c.postponed))
_QUARANTINE = add(quarantine, "at_ms", "reason", "head")
_FORGET_FRAMES = Statement(
    delete(quarantine).where(quarantine.c.id <= select(func.max(quarantine.c.id) - _KEPT_FRAMES).scalar_subquery())
)


class InboxResult(StrEnum):
    """What became of a message: committed once, unless it is one too many."""

    NEW = "new"  # this process's, to work on now
    REPEAT = "repeat"  # it was here before
    ELSEWHERE = "elsewhere"  # new, but an earlier one of the person is in other hands; comes by `take_over`
    TOO_MANY = "too many"  # not stored: so many others of the person are not answered yet


class Inbox:
    """Messages taken for good before they are acknowledged."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def accept(self, message: Message) -> InboxResult:
        """Commit the message, if its sender has fewer than 200 that are open. Raises StoreRefused."""
        row = {
            "message_id": storable(message.message_id),
            "person": storable(message.sender.key),
            "received_ms": message.received_at,
            "body": _BODY.write(message),
        }
        result, known_of = await self._database.claim(lambda tx: self._accept(tx, row), person=message.sender.key)
        if known_of not in (None, row["person"]):
            logger.warning("message %s came before, from somebody else, and is not taken", row["message_id"])
        return result

    async def holds(self, message_id: str, *, person: str = "") -> InboxResult | None:
        """Tell whether the message is stored, None if not; after a refused commit this reads a reopened database.

        It is `new` when it is open and in this process's hands. A commit that is still under way for `person`,
        the key of the message's sender, is waited for. Raises StoreRefused.
        """
        this = {"this": message_id}
        row = await self._database.look(lambda tx: tx.one(_HOLDS, this), person=person)
        if row is None:
            return None
        owner, handed, finished_ms = row
        if finished_ms is not None:
            return InboxResult.REPEAT
        if owner in self._database.former_owners:  # committed under the name that the refusal ended
            return await self._database.claim(lambda tx: self._rename(tx, this, owner), person=person)
        return InboxResult.NEW if owner == self._database.owner and not handed else InboxResult.ELSEWHERE

    def _rename(self, tx: Tx, this: Mapping[str, object], former: str) -> InboxResult:
        row = tx.one(_RENAME, {**this, "me": self._database.owner, "former": former})
        return InboxResult.NEW if row and not row[0] else InboxResult.ELSEWHERE

    async def take_over(self, limit: int) -> Sequence[Message]:
        """Claim open messages that no living process works on, or that others left to us, oldest first."""
        params = {"me": self._database.owner, "now": self._database.now_ms, "limit": limit}
        rows = await self._database.claim(lambda tx: tx.all(_TAKE, params), person=_TAKE_OVER)
        return [replace(_BODY.read(body), message_id=message_id) for _, message_id, body in sorted(rows)]

    async def finish(self, message_id: str) -> None:
        """Mark the message as answered and forget what it said; its id stays for good."""
        await self._database.run(FINISH, {"this": message_id, "now": self._database.now_ms})

    async def postpone(self, message_id: str, until: datetime) -> int:
        """Leave the message to anybody from `until` on; return how often it was postponed.

        0 if it is finished, or in the hands of another process, or of a former name of ours, which dies.
        """
        params = {"this": message_id, "until": until, "me": self._database.owner}
        row = await self._database.write(lambda tx: tx.one(_POSTPONE, params))
        return int(row[0]) if row else 0

    async def quarantine(self, raw: str, reason: str, at: datetime) -> None:
        """Keep the head of a frame, without the addresses in it: a session webhook is a secret."""
        head = _ADDRESS.sub("(address)", storable(raw[: 2 * _HEAD_BYTES])).encode()[:_HEAD_BYTES]
        row = {"at_ms": at, "reason": reason, "head": head.decode(errors="ignore")}

        def work(tx: Tx) -> None:
            tx.run(_QUARANTINE, row)
            tx.run(_FORGET_FRAMES)

        await self._database.write(work)

    def _accept(self, tx: Tx, row: dict[str, object]) -> tuple[InboxResult, str | None]:
        """Return the result and, for a repeated message, its first sender."""
        me = self._database.owner
        last = tx.one(_LAST_OPEN, {"person": row["person"], "now": self._database.now_ms})
        owner, handed = _hands(last, me, self._database.former_owners)
        full = last is not None and tx.one(_OPEN_OF, {"person": row["person"]}) == (MOST_OPEN,)
        if full or tx.one(_ACCEPT, {**row, "owner": owner, "handed": handed}) is None:
            known = tx.one(_SENDER, {"this": row["message_id"]})
            if known is None and full:
                return InboxResult.TOO_MANY, None
            return InboxResult.REPEAT, known[0] if known else None
        return InboxResult.NEW if owner == me and not handed else InboxResult.ELSEWHERE, None


def _hands(last: Row | None, me: str, former: Collection[str]) -> tuple[str | None, int]:
    """Return the process for a new message, and whether it is handed over, by the person's last open message.

    It is ours at once unless that one is in other hands or waits; then it goes the same way, to stay in order.
    """
    if last is None:
        return me, 0
    owner, handed, living = last
    if owner == me or owner in former:
        return me, handed
    return (owner, 1) if living else (None, 0)
