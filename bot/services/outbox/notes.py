"""Notes about make-up punches and excused days: requests to decide, what was decided, excused days."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import date

from bot.domain.corrections import CorrectionState
from bot.domain.outbox import Kind, Owed
from bot.errors import StoreRefused
from bot.i18n import Texts
from bot.services.corrections import CorrectionService
from bot.services.outbox.messages import NotYet
from bot.storage.corrections import Corrections, Excuses
from bot.storage.ledger import Ledger
from bot.views import corrections as views
from bot.views import leading
from bot.views.reply import Language, Reply

log = logging.getLogger(__name__)

EXPIRE_EVERY_S = 60.0


async def renew_requests(corrections: Corrections, requests: CorrectionService) -> None:
    """Let what nobody decided in time expire, and put the rest before new leads. Raises StoreRefused."""
    await corrections.expire()
    await requests.put_before_new_leads()


async def keep_renewing(renew: Callable[[], Awaitable[None]]) -> None:
    """Renew the requests once a minute, for ever."""
    while True:
        try:
            await renew()
        except StoreRefused as error:
            log.warning("open requests could not be read: %s", error)
        await asyncio.sleep(EXPIRE_EVERY_S)


class NoteWording:
    """Says each note as things stand now."""

    def __init__(
        self,
        *,
        corrections: Corrections,
        requests: CorrectionService,
        excuses: Excuses,
        ledger: Ledger,
        texts: Callable[[Language], Texts],
        language_of: Callable[[str], Awaitable[Language]],
    ) -> None:
        self._corrections = corrections
        self._requests = requests
        self._excuses = excuses
        self._ledger = ledger
        self._texts = texts
        self._language_of = language_of

    async def word(self, owed: Owed) -> Reply | None:
        """Return what to say, None where there is nothing to say any more. Raises NotYet, StoreRefused."""
        texts = self._texts(await self._language_of(owed.recipient))
        if owed.kind is Kind.EXCUSED:
            return await self._excused(owed, texts)
        correction = await self._corrections.get(owed.about)
        if correction is None:
            return None
        requests = self._requests
        asker = requests.name_of(correction.user_id)
        if owed.kind is Kind.ASKED:
            if not await requests.is_known_whose(owed.recipient, correction):
                raise NotYet
            may_decide = requests.may_decide(owed.recipient, correction)
            if correction.state is not CorrectionState.ASKED or not may_decide:
                return None
            replaces = await requests.replaced_by(correction)
            external = await requests.external(correction)
            return views.to_decide(correction, asker, replaces, texts, external)
        if owed.kind is Kind.CLOSED:
            return views.closed_for_asker(correction, requests.name_of(correction.decided_by), texts)
        punch = await self._ledger.of_message(correction.punch_message_id)
        return None if punch is None else views.outcome(correction, asker, punch, texts)

    async def _excused(self, owed: Owed, texts: Texts) -> Reply | None:
        """Return the lead's last decision on a day; an earlier one that nobody heard is dropped."""
        day, _, number = owed.about.partition("/")
        last = await self._excuses.last(owed.recipient, date.fromisoformat(day))
        if last is None or last.number != int(number):
            return None
        return leading.excused_by(last, self._requests.name_of(last.decided_by), texts)
