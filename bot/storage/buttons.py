"""Buttons and asks that wait for somebody."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot import actions
from bot.actions import Action, Slot
from bot.domain.messages import Message
from bot.storage.database import Database
from bot.storage.engine import Tx
from bot.storage.statements import Rows, Statement, put
from bot.storage.tables import buttons

PRIVATE = "private"  # no group has this id: theirs begin with "cid"
_KEPT_MS = timedelta(days=1) // timedelta(milliseconds=1)  # after it expired: a late press is told the truth


def conversation_of(message: Message) -> str:
    """Return the id of the group in which a message was said, PRIVATE for none."""
    return message.conversation_id if message.is_group else PRIVATE


@dataclass(frozen=True, slots=True)
class KeptButton:
    """One button, or one ask (then `slot` is what lacks), of the reply to the message `reply_id`.

    `token` is what a press sends. `conversation` is PRIVATE or the id of a group. A message that answers something
    else closes it (`closed_by`): then it takes presses, but no typed answer.
    """

    token: str
    user_id: str
    conversation: str
    reply_id: str
    action: Action
    asked_at: datetime
    expires_at: datetime
    slot: Slot | None = None
    sure: bool = False
    pressed_by: str | None = None
    closed_by: str | None = None


_BUTTONS = Rows(KeptButton, buttons, action=(actions.read, actions.written))
_OF_REPLY = "user_id = :user_id AND reply_id = :reply_id"
_CLEAR = Statement(
    """
    DELETE FROM buttons
    WHERE user_id = :user_id AND (expires_ms < :old OR reply_id = :reply_id AND pressed_by IS NULL)
    """
)
_IS_PRESSED = Statement(f"SELECT token FROM buttons WHERE {_OF_REPLY}")
_PUT = Statement(put(buttons))
_CLOSE = Statement(f"UPDATE buttons SET closed_by = :this WHERE {_OF_REPLY}")
_FIND = Statement(f"SELECT {_BUTTONS.sql()} FROM buttons WHERE user_id = :user_id AND token = :token")
_OPEN = Statement(
    f"""
    SELECT {_BUTTONS.sql()} FROM buttons
    WHERE user_id = :user_id AND conversation = :conversation AND reply_id <> :this
        AND asked_ms > :since AND asked_ms <= :received AND (closed_by IS NULL OR closed_by = :this)
    ORDER BY asked_ms DESC, token
    """
)


class ButtonRows:
    """The buttons in the database. Each call raises StoreRefused."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, user_id: str, reply_id: str, kept: Sequence[KeptButton]) -> None:
        """Keep the buttons of one reply, in place of those that an earlier try of it left.

        A reply of which a button was pressed stays as it is.
        """
        rows = [_BUTTONS.row(one) for one in kept]
        reply = {"user_id": user_id, "reply_id": reply_id, "old": self._database.now_ms - _KEPT_MS}

        def work(tx: Tx) -> None:
            tx.run(_CLEAR, reply)
            if tx.one(_IS_PRESSED, reply) is None:
                tx.many(_PUT, rows)

        await self._database.write(work, person=user_id)

    async def find(self, user_id: str, token: str) -> KeptButton | None:
        """Return a person's button by its token, None without one."""
        row = await self._database.one(_FIND, {"user_id": user_id, "token": token})
        return None if row is None else _BUTTONS.read(row)

    async def newest(self, user_id: str, message: Message, since: datetime) -> Sequence[KeptButton]:
        """Return the buttons or the ask of the last reply before `message` in its conversation, after `since`.

        Nothing when another message has pressed or closed them.
        """
        params = {
            "user_id": user_id,
            "conversation": conversation_of(message),
            "since": since,
            "received": message.received_at,
            "this": message.message_id,
        }
        kept = [_BUTTONS.read(row) for row in await self._database.all(_OPEN, params)]
        last = [one for one in kept if one.reply_id == kept[0].reply_id]
        return [] if any(one.pressed_by not in (None, message.message_id) for one in last) else last

    async def close(self, button: KeptButton, message: Message) -> None:
        """Let the reply of this button take no more typed answers after `message`."""
        params = {"user_id": button.user_id, "reply_id": button.reply_id, "this": message.message_id}
        await self._database.run(_CLOSE, params, person=button.user_id)
