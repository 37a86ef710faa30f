"""Take presses of buttons on cards: commit each as a message, and answer in its ACK while that is
open.
"""

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass

from bot.chat.dispatcher import Dispatcher
from bot.dingtalk.cards import TEST_CARD, CardChange, CardPress
from bot.domain.messages import Message, MessageKind, Sender
from bot.domain.reminders import ReminderKind
from bot.errors import StoreRefused
from bot.services.base import Base
from bot.services.speaking import CardAck
from bot.storage.inbox import press_id
from bot.views.receipts import receipt
from bot.views.sentences import CARD_BUTTONS

log = logging.getLogger(__name__)


@dataclass(eq=False)
class Presses:
    """Turns each press into a message with the words of the button."""

    base: Base
    dispatcher: Dispatcher

    def __post_init__(self) -> None:
        self._open: dict[str, CardAck] = {}  # by card, person and button

    async def take(self, press: CardPress) -> CardChange | None:
        """Commit a press. Return the change of the card that its ACK carries. Raises StoreRefused.

        Without a change the ACK is empty: the answer goes one to one, or the press changed nothing.
        """
        # a frame that comes late or again leaves less time for the ACK
        late = press.received_at - (press.sent_at or press.received_at)
        seconds = self.base.patience.ack_s - max(0.0, late.total_seconds())
        until = asyncio.get_running_loop().time() + seconds
        if press.out_track_id.startswith(TEST_CARD):
            texts = await self.base.texts_for(press.user_id)
            return _last_change(texts("test.pressed"), for_all=True)
        card = await self.base.store.cards.find(press.out_track_id)
        number = CARD_BUTTONS.index(press.button)
        if card is None or press.user_id not in card.user_ids or number >= len(card.says):
            log.warning(
                "a press changed nothing: the person was not sent this card with this button"
            )
            self.base.metrics.count_refusal("card_press")
            return None
        button = f"{press.out_track_id}/{press.user_id}/{press.button}"
        message = Message(
            message_id=press_id(button, press.sent_at or press.received_at),
            sender=Sender(press.user_id, None, press.corp_id),
            conversation_id="",
            is_group=False,
            kind=MessageKind.PRESS,
            text=card.says[number],
            sent_at=press.sent_at,
            received_at=press.received_at,
        )
        # their buttons are about several people or checks: the others stay
        if card.kind in (ReminderKind.ESCALATION, ReminderKind.MISSED):
            await self.dispatcher.take(message, None)
            if card.kind == ReminderKind.MISSED:
                return None  # a time in words is another request for the same check
            return CardChange({press.button: ""}, for_all=True)
        state = await self._commit_and_answer(button, message, until)
        if not state:
            return None
        with suppress(StoreRefused):  # then a later tick changes the card once more
            await self.base.store.cards.close(press.out_track_id, [press.user_id])
        return _last_change(state, for_all=len(card.user_ids) == 1)

    async def _commit_and_answer(self, button: str, message: Message, until: float) -> str:
        """Commit the message. Return its answer as the state of the card, or nothing."""
        # DingTalk delivers it twice: both ACKs carry the answer
        first = self._open.get(button)
        ack = first or self._open.setdefault(button, CardAck())
        try:
            is_ours = await self.dispatcher.take(message, ack)
            if is_ours or first:
                return await ack.state(until)
        finally:
            self._open.pop(button, None)
        # The person pressed again, so the first ACK did not change the card. Show the punch now.
        message_id = await self.base.store.inbox.same_press(message)
        punch = await self.base.store.ledger.of_message(message_id)
        if punch is None:
            return ""
        return receipt(punch, await self.base.texts_for(message.sender.key), in_group=False).short


def _last_change(state: str, *, for_all: bool) -> CardChange:
    """Return the change that shows a result in place of the buttons."""
    return CardChange({"state": state, **dict.fromkeys(CARD_BUTTONS, "")}, for_all=for_all)
