"""Messages as interactive cards. A punch by another door changes the cards, too."""

import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta

from bot.dingtalk.cards import new_track_id
from bot.domain.day import person_day
from bot.domain.quota import Economy
from bot.domain.reminders import ReminderKind
from bot.errors import Rejected, StoreRefused, UpstreamError
from bot.services.base import Base
from bot.services.quota import QuotaWatch
from bot.services.reporting.day_reader import DayReader
from bot.storage.inbox import Card
from bot.views.receipts import result
from bot.views.sentences import CARD_BUTTONS, CardValues, Reply, card_values

log = logging.getLogger(__name__)

ABOUT_A_CHECK = (ReminderKind.BEFORE, ReminderKind.AFTER, ReminderKind.SNOOZE, ReminderKind.NUDGE)
CHANGE_JOB = "changing cards"
CHANGED_WITHIN = timedelta(hours=3)  # an older card stays as it is
MOST_CARDS = 200  # the newest, which each minute's tick checks
# until then the ACK of the press has hidden the buttons
ANSWERED_WITHIN = timedelta(minutes=1)


@dataclass(eq=False)
class CardDesk:
    """Sends cards if the company has a template.

    Hides the buttons of people who punched, unless the ACK of their press hid them.
    """

    base: Base
    reader: DayReader
    quota: QuotaWatch

    async def send(
        self, user_ids: Sequence[str], reply: Reply, kind: str, about: str
    ) -> Sequence[str]:
        """Send a reply as a card. Return the people who need a message instead.

        All need one without a template, without buttons, if the reply does not fit, or if DingTalk
        refuses the card. Raises NotSent, OutcomeUnknown, ClaimLost, and StoreRefused before the
        card is sent.
        """
        values = card_values(reply) if self.base.settings.dingtalk.card_template_id else None
        if values is None:
            return user_ids
        people = tuple(user_ids)
        card = Card(
            out_track_id=new_track_id(),
            kind=kind,
            about=about,
            user_ids=people,
            waiting=people,
            says=tuple(button.says or button.label for button in reply.buttons),
            sent_at=self.base.now,
        )
        await self.base.store.cards.store(card)
        result = await self.base.dingtalk.cards.deliver(card.out_track_id, user_ids, values)
        if result.missed:
            with suppress(StoreRefused):  # then a later change of the card also names these people
                await self.base.store.cards.close(card.out_track_id, result.missed, missed=True)
        # By 《创建并投放卡片》 a result names a space, which may not be the person. These people get
        # the message as well: a reminder that comes twice disturbs, one that never comes costs pay.
        # They stay addressees, so the buttons of the card work where it arrived.
        return [*result.missed, *result.unknown]

    async def tick(self) -> None:
        """Show people who still see buttons that they punched, with one call for each card.

        The next tick repeats a failed call, but never a refused one. While the bot saves API calls,
        it changes no card. Raises StoreRefused.
        """
        if self.quota.step is not Economy.FULL or not await self.base.store.jobs.take(CHANGE_JOB):
            return
        since = self.base.now - CHANGED_WITHIN
        for card in await self.base.store.cards.waiting(since, MOST_CARDS):
            if card.kind in ABOUT_A_CHECK and (values := await self._values_after_punches(card)):
                try:
                    await self.base.dingtalk.cards.change(card.out_track_id, values)
                except Rejected as refusal:
                    log.warning("a card stays as it is: %s", refusal)
                except UpstreamError as error:
                    log.info("cards are changed at the next tick: %s", error)
                    return
                await self.base.store.cards.close(card.out_track_id, values)

    async def _values_after_punches(self, card: Card) -> Mapping[str, CardValues]:
        """Return what to show to people who punched for the check of a card, by user id."""
        work_date = date.fromisoformat(card.about.partition(" ")[0])
        now = self.base.now
        values = {}
        facts = await self.reader.facts_on(card.waiting, work_date)
        for user_id in card.waiting:
            for check in person_day(facts[user_id], now).checks:
                at = None if check.pending else check.punched_at
                about = f"{work_date} {check.key} {check.due_at:%H%M}"
                if about == card.about and at is not None and at <= now - ANSWERED_WITHIN:
                    texts = await self.base.texts_for(user_id)
                    verdict = result(check.time_result, check.minutes, texts)
                    what = check.check_type
                    state = texts("short.done", what=what, at=at, verdict=verdict)
                    values[user_id] = {"state": state, **dict.fromkeys(CARD_BUTTONS, "")}
        return values
