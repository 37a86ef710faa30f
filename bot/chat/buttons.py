"""Buttons that remember an action: kept when a reply goes out, found again when one is pressed."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.actions import Action, Punch
from bot.domain.corrections import CROCKFORD
from bot.domain.messages import Message
from bot.domain.people import Employee
from bot.errors import UserError
from bot.services.base import Base
from bot.storage.buttons import PRIVATE, KeptButton, conversation_of
from bot.views.reply import Button, Reply

TOKEN_LENGTH = 4
ANSWER_WITHIN = timedelta(minutes=2)  # an ask, or a typed yes
PUNCH_WITHIN = timedelta(minutes=10)  # a button that punches with the time of an earlier message
PRESS_WITHIN = timedelta(hours=1)
_PRESS = re.compile(rf"#\s*([{CROCKFORD}]{{{TOKEN_LENGTH}}})\s*$", re.IGNORECASE)


class Buttons:
    """Keeps the buttons of replies, and finds the one that a message presses."""

    def __init__(self, base: Base) -> None:
        self._kept = base.store.buttons
        self._clock = base.clock

    async def keep(self, who: Employee, message: Message, reply: Reply, *, privately: bool = False) -> Reply:
        """Return the reply with a token on each button that remembers an action, once these are stored.

        A reply to the same message that is made anew has the same tokens. `privately` tells that the reply goes to
        the person and not to the group of the message. Raises StoreRefused.
        """
        asked_at = self._clock.now()
        kept: list[KeptButton] = []

        def put(shown_as: str, action: Action, within: timedelta, **more: Any) -> str:
            one = KeptButton(
                token=token_of(message.message_id, shown_as),
                user_id=who.user_id,
                conversation=PRIVATE if privately else conversation_of(message),
                reply_id=message.message_id,
                action=action,
                asked_at=asked_at,
                expires_at=max(asked_at, message.at) + within,
                **more,
            )
            kept.append(one)
            return one.token

        def shown(button: Button) -> Button:
            if button.action is None:
                return button
            within = PUNCH_WITHIN if isinstance(button.action, Punch) else PRESS_WITHIN
            token = put(button.label, button.action, within, sure=button.sure)
            return replace(button, says=f"{button.label} #{token}")

        shown_buttons = tuple(map(shown, reply.buttons))
        if reply.ask is not None:
            put(reply.ask.slot, reply.ask.action, ANSWER_WITHIN, slot=reply.ask.slot, sure=reply.ask.sure)
        if kept:
            await self._kept.put(who.user_id, message.message_id, kept)
        return replace(reply, buttons=shown_buttons)

    async def pressed(self, who: Employee, message: Message) -> KeptButton | None:
        """Return the button that `message` presses, None where it presses none.

        Raises UserError for one that is not there, over, or used by another message; StoreRefused.
        """
        match = _PRESS.search(message.text)
        if match is None:
            return None
        token = match[1].upper()
        button = await self._kept.find(who.user_id, token)
        if button is None or button.slot is not None:
            raise UserError("button.unknown")
        if button.pressed_by not in (None, message.message_id):
            raise UserError("button.used")
        if message.at >= button.expires_at:
            raise UserError("button.over")
        return button

    async def open(self, who: Employee, message: Message) -> Sequence[KeptButton]:
        """Return the buttons or the ask of the last reply here, for two minutes. Raises StoreRefused."""
        return await self._kept.newest(who.user_id, message, since=message.at - ANSWER_WITHIN)

    async def close(self, opened: Sequence[KeptButton], message: Message) -> None:
        """Stop typed answers to these buttons and asks. Raises StoreRefused."""
        if opened:
            await self._kept.close(opened[0], message)


def token_of(reply_id: str, shown_as: str) -> str:
    """Return the token of a label, the same in a reply made anew. No secret: only its person can press it."""
    digest = hashlib.sha256(f"{reply_id}/{shown_as}".encode(errors="replace")).digest()
    return "".join(CROCKFORD[byte % len(CROCKFORD)] for byte in digest[:TOKEN_LENGTH])
