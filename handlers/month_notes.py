"""The texts of messages about months: the monthly question, objections, adjustments."""

from bot.domain.closing import MonthAnswer
from bot.domain.messages import Kind, Owed
from bot.domain.months import Month
from bot.services.services import Services
from bot.views import months as views
from bot.views.sentences import Reply


class MonthNotes:
    """Words each message by the present facts. Every call raises StoreRefused."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def text_of(self, owed: Owed) -> Reply | None:
        """Return a message, None if nothing is left to say."""
        months = self._services.months
        texts = await self._services.texts_for(owed.recipient)
        if owed.kind is Kind.MONTH:
            mine = await months.show(owed.recipient, Month.parse(owed.about))
            is_open = mine.state.locked is None and mine.answer is not MonthAnswer.CONFIRMED
            return views.to_confirm(mine, texts) if is_open and not mine.is_empty else None
        user_id, month = owed.payload
        if owed.kind is Kind.ADJUSTED and not owed.recipient:
            readers = dict.fromkeys((user_id, *months.closers))
            await self._services.store.month_notes.address(owed, readers)
            return None
        if not await self._may_read(owed.recipient, user_id):
            return None
        (person_month,) = await months.of([user_id], Month.parse(month))
        name = self._services.directory.name_of(user_id)
        if owed.kind is Kind.ADJUSTED:
            is_own = owed.recipient == user_id
            return (
                views.adjustment_note(person_month, "" if is_own else name, texts)
                if person_month.locked
                else None
            )
        objection = person_month.state.objected
        if objection is None or str(objection.number) != owed.about:
            return None
        return views.objection_note(person_month, objection.reason, name, texts)

    async def _may_read(self, reader: str, user_id: str) -> bool:
        """Return whether somebody still sees this person's months."""
        visibility = self._services.visibility
        if reader == user_id or reader in self._services.months.closers:
            return True
        return bool(await visibility.may_decide(reader, user_id))
