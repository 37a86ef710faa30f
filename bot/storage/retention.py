"""Removing what is only kept for a while: positions, phones, questions, and frames that nobody could read."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, bindparam, delete, exists, select

from bot.clock import to_ms
from bot.storage.database import Database
from bot.storage.engine import Tx
from bot.storage.statements import Statement, storable
from bot.storage.tables import (
    buttons,
    deliveries,
    people,
    phones,
    punch_locations,
    punches,
    quarantine,
    tap_questions,
)

_STEP = 500  # rows a transaction, so that punches between them do not wait


def _positions(*which: ColumnElement[bool]) -> Statement:
    """Return what deletes some of the positions of the punches in question."""
    some = (
        select(punches.c.punch_id)
        .join(punch_locations, punch_locations.c.punch_id == punches.c.punch_id)
        .where(*which)
        .limit(_STEP)
    )
    gone = delete(punch_locations).where(punch_locations.c.punch_id.in_(some))
    return Statement(gone.returning(punch_locations.c.punch_id))


_SENT = ~exists().where(deliveries.c.punch_id == punches.c.punch_id, deliveries.c.next_ms.is_not(None))
_OLD = _positions(punches.c.punched_ms < bindparam("before"), _SENT)
_OF_SOMEBODY = _positions(punches.c.user_id == bindparam("who"), _SENT)
_PERSON = Statement(select(people.c.user_id).where(people.c.user_id == bindparam("who")))
_PUNCHER = Statement(select(punches.c.user_id).where(punches.c.user_id == bindparam("who")).limit(1))
_FRAMES = Statement(
    delete(quarantine)
    .where(
        quarantine.c.id.in_(select(quarantine.c.id).where(quarantine.c.at_ms < bindparam("before")).limit(_STEP))
    )
    .returning(quarantine.c.id)
)

# A button may hold the position that was typed in its message.
_BUTTONS = Statement(
    delete(buttons).where(buttons.c.expires_ms < bindparam("before")).returning(buttons.c.user_id)
)
_TAP_QUESTIONS = Statement(
    delete(tap_questions)
    .where(tap_questions.c.expires_ms < bindparam("before"))
    .returning(tap_questions.c.user_id)
)
_PHONES = Statement(delete(phones).where(phones.c.last_ms < bindparam("before")).returning(phones.c.digest))
_PHONES_OF_SOMEBODY = Statement(delete(phones).where(phones.c.user_id == bindparam("who")))
_BUTTONS_OF_SOMEBODY = Statement(delete(buttons).where(buttons.c.user_id == bindparam("who")))
_TAP_QUESTION_OF_SOMEBODY = Statement(delete(tap_questions).where(tap_questions.c.user_id == bindparam("who")))


class Retention:
    """What may only be kept for a while. Each call raises StoreRefused."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def forget_positions(self, before: datetime) -> int:
        """Delete the positions of punches made before `before`, and return of how many. Raises StoreRefused.

        Site, distance and the digest stay in the ledger, so that its chain still holds.
        """
        return await self._forget(_OLD, {"before": to_ms(before)})

    async def knows(self, user_id: str) -> bool:
        """Tell whether somebody by this id was ever read from DingTalk, or punched. Raises StoreRefused."""
        who = {"who": storable(user_id)}
        return await self._database.read(lambda tx: any(tx.one(one, who) for one in (_PERSON, _PUNCHER)))

    async def forget_positions_of(self, user_id: str) -> int:
        """Delete the positions of one person's punches, and return how many.

        The position of a punch that is still to be sent stays: it is sent with it. The person's phones and buttons
        are forgotten, too. Raises StoreRefused.
        """
        who = {"who": storable(user_id)}

        def work(tx: Tx) -> None:
            tx.run(_BUTTONS_OF_SOMEBODY, who)
            tx.run(_TAP_QUESTION_OF_SOMEBODY, who)
            tx.run(_PHONES_OF_SOMEBODY, who)

        await self._database.write(work, person=user_id)
        return await self._forget(_OF_SOMEBODY, who)

    async def forget_phones(self, before: datetime) -> int:
        """Forget the phones nobody has punched from since `before`; return how many. Raises StoreRefused."""
        return await self._forget(_PHONES, {"before": to_ms(before)})

    async def forget_what_was_asked(self, before: datetime) -> None:
        """Delete the buttons and tap questions that expired before `before`. Raises StoreRefused."""
        await self._forget(_BUTTONS, {"before": to_ms(before)})
        await self._forget(_TAP_QUESTIONS, {"before": to_ms(before)})

    async def forget_frames(self, before: datetime) -> int:
        """Delete heads of unreadable frames kept before `before`; return of how many. Raises StoreRefused."""
        return await self._forget(_FRAMES, {"before": to_ms(before)})

    async def _forget(self, statement: Statement, params: Mapping[str, object]) -> int:
        gone = 0
        while some := len(await self._database.write(lambda tx: tx.all(statement, params))):
            gone += some
        return gone
