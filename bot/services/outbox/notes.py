"""Notes about make-up punches and excused days: requests to decide, what was decided, excused days."""

from collections.abc import Awaitable, Callable
from datetime import date

from bot.domain.corrections import CorrectionState
from bot.domain.outbox import Kind, Owed
from bot.i18n import Texts
from bot.services.base import Base
from bot.services.corrections import CorrectionService
from bot.services.outbox.messages import NotYet
from bot.views import corrections as views
from bot.views import leading
from bot.views.reply import Language, Reply


class NoteWording:
    """Says each note as things stand now."""

    def __init__(
        self, base: Base, requests: CorrectionService, language_of: Callable[[str], Awaitable[Language]]
    ) -> None:
        self._base = base
        self._requests = requests
        self._language_of = language_of

    async def word(self, owed: Owed) -> Reply | None:
        """Return what to say, None where there is nothing to say any more. Raises NotYet, StoreRefused."""
        texts = self._base.texts(await self._language_of(owed.recipient))
        if owed.kind is Kind.EXCUSED:
            return await self._excused(owed, texts)
        correction = await self._base.store.corrections.get(owed.about)
        if correction is None:
            return None
        requests = self._requests
        asker = requests.name_of(correction.user_id)
        if owed.kind is Kind.ASKED:
            may_decide = await requests.may_decide(owed.recipient, correction)
            if may_decide is None:
                raise NotYet
            if correction.state is not CorrectionState.ASKED or not may_decide:
                return None
            replaces = await requests.replaced_by(correction)
            return views.to_decide(correction, asker, replaces, await requests.external(correction), texts)
        if owed.kind is Kind.CLOSED:
            return views.closed(correction, requests.name_of(correction.decided_by), texts)
        punch = await self._base.store.ledger.of_message(correction.punch_message_id)
        return None if punch is None else views.outcome(correction, asker, punch, texts)

    async def _excused(self, owed: Owed, texts: Texts) -> Reply | None:
        """Return the lead's last decision on a day; an earlier one that nobody heard is dropped."""
        day, _, number = owed.about.partition("/")
        last = await self._base.store.excuses.last(owed.recipient, date.fromisoformat(day))
        if last is None or last.number != int(number):
            return None
        return leading.excused_by(last, self._requests.name_of(last.decided_by), texts)
