"""What is said in chat of a tap on the page: the question whose phone it was, and the receipt."""

import asyncio
import logging
from collections.abc import Callable
from enum import StrEnum

from bot.domain.messages import Reached
from bot.domain.punches import AskPhone, Punch
from bot.i18n import Texts
from bot.services.outbox.receipts import ReceiptDesk
from bot.services.speaking import Speaker
from bot.services.tapping.taps import Tapping, TapService
from bot.storage.outbox import ReceiptAddress
from bot.storage.tap_questions import Asking
from bot.views.places import ask_phone
from bot.views.reply import Language

log = logging.getLogger(__name__)


class Asked(StrEnum):
    """What became of the question whose phone it is."""

    IN_CHAT = "phone"
    NOT_KNOWN = "phone_unsure"  # whether it came
    NOT_REACHED = "phone_unasked"
    ENOUGH = "phone_enough"


_ASKED = {Reached.YES: Asked.IN_CHAT, Reached.UNKNOWN: Asked.NOT_KNOWN, Reached.NO: Asked.NOT_REACHED}


class TapReplies:
    """Says it in private, to whom the tap is told to be of."""

    def __init__(
        self,
        taps: TapService,
        desk: ReceiptDesk,
        speaker: Speaker,
        texts: Callable[[Language], Texts],
    ) -> None:
        self._taps = taps
        self._desk = desk
        self._speaker = speaker
        self._texts = texts
        self._telling: set[asyncio.Task[None]] = set()

    async def ask_whose(self, tapping: Tapping, address: ReceiptAddress) -> Asked:
        """Ask in private chat whose tap it was, where that is to be asked anew, and tell what became of it.

        Raises StoreRefused.
        """
        decision, question = tapping.recorded.decision, tapping.question
        if tapping.asking is Asking.ENOUGH:
            return Asked.ENOUGH
        if tapping.asking is not Asking.ANEW or question is None or not isinstance(decision, AskPhone):
            return Asked.IN_CHAT
        said = await self._speaker.tell(address.user_id, ask_phone(decision, self._texts(address.language)))
        await self._taps.said(question, said)
        return _ASKED[said]

    def give_receipt(self, punch: Punch, address: ReceiptAddress) -> None:
        """Start to give the receipt of a punch that was just recorded."""
        telling = asyncio.create_task(self._tell(punch, address), name="page receipt")
        self._telling.add(telling)
        telling.add_done_callback(self._telling.discard)

    async def _tell(self, punch: Punch, address: ReceiptAddress) -> None:
        """Give the receipt in chat, as for any punch; one that fails here is given by a later process."""
        try:
            await self._desk.complete(punch, address, None)
        except Exception:
            log.exception("the receipt of a tap on the page failed in a way nobody foresaw")
