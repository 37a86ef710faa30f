"""Send reminders that were proved, each once, and note each outcome."""

import logging
from collections.abc import Awaitable, Callable, Sequence, Set
from functools import partial

from bot.dingtalk.cards import fills_card
from bot.dingtalk.robot import PEOPLE_A_DING, RECIPIENTS_A_CALL, SendResult
from bot.domain.reminders import STALE_AFTER, Reminder, ReminderKind, ReminderState
from bot.errors import (
    ClaimLost,
    NotSent,
    OutcomeUnknown,
    Rejected,
    ServiceStopped,
    StoreRefused,
    Unclassified,
    UpstreamError,
)
from bot.services.base import Base
from bot.services.cards import CardDesk
from bot.services.metrics import TOO_LATE
from bot.services.organisation.rosters import in_batches
from bot.services.outbox.worker import until_written
from bot.views.sentences import Reply

log = logging.getLogger(__name__)

# Sends to people, and returns those whom it missed.
Way = Callable[[Sequence[str]], Awaitable[Sequence[str]]]


class ReminderSender:
    """Sends one text to the people of one call, and notes each outcome."""

    def __init__(self, base: Base, cards: CardDesk) -> None:
        self._base = base
        self._cards = cards
        self._as_cards = base.settings.dingtalk.card_template_id is not None
        self._reminders = base.store.reminders

    async def send(self, reminders: Sequence[Reminder], reply: Reply, ding: str = "") -> None:
        """Send `reply` to the people of `reminders` that this process still holds. With `ding` they
        get a DING with this text, or the reply where it does not reach them.

        A reminder that certainly did not leave is tried again for some minutes. After an unknown
        outcome it is not repeated. Raises StoreRefused if nothing has left yet.
        """
        reminders = await self._in_time(reminders)
        if self._base.settings.reminders.mode == "shadow":
            await self.drop(reminders, "shadow mode", ReminderState.SHADOW)
            return
        term = self._base.lease.term
        if begun := await self._reminders.begin(reminders):
            ways: list[Way] = [partial(self._ding, ding)] if ding else []
            if self._as_cards:
                first = begun[0]
                ways.append(
                    partial(self._cards.send, reply=reply, kind=first.kind, about=first.about)
                )
            await self._send(begun, reply, term, ways)

    def is_full(self, reminders: Sequence[Reminder]) -> bool:
        """Return whether one DING, card or message takes no more people."""
        if reminders[0].as_ding:
            return len(reminders) >= PEOPLE_A_DING
        if self._as_cards:
            return fills_card([reminder.user_id for reminder in reminders])
        return len(reminders) >= RECIPIENTS_A_CALL

    async def drop(
        self,
        reminders: Sequence[Reminder],
        reason: str,
        state: ReminderState = ReminderState.DROPPED,
    ) -> None:
        """Drop reminders. Log and count the reason, which is one of a few words."""
        for reminder in reminders:
            log.info(
                "%s about %s is not sent to %s: %s",
                reminder.kind,
                reminder.about,
                reminder.user_id,
                reason,
            )
        await self._settle(reminders, state, reason)

    async def again(self, reminders: Sequence[Reminder]) -> None:
        """Leave reminders to the next look of any process. Drop late reminders."""
        await self._settle(await self._in_time(reminders), ReminderState.CLAIMED)

    async def _in_time(self, reminders: Sequence[Reminder]) -> Sequence[Reminder]:
        """Drop late reminders, and return the others."""
        late = [reminder for reminder in reminders if self._is_late(reminder)]
        await self.drop(late, TOO_LATE)
        return [reminder for reminder in reminders if reminder not in late]

    def _is_late(self, reminder: Reminder) -> bool:
        now = self._base.now
        is_quiet = reminder.kind is not ReminderKind.DIGEST and self._base.is_quiet(now)
        return is_quiet or now - reminder.moment > STALE_AFTER

    async def _settle(
        self, reminders: Sequence[Reminder], state: ReminderState, reason: str = ""
    ) -> None:
        if reminders:
            await until_written(self._reminders.settle, reminders, state)
        for reminder in reminders if state is not ReminderState.CLAIMED else ():
            self._base.metrics.reminders.labels(reminder.kind, reason or state).inc()

    async def _send(
        self, reminders: Sequence[Reminder], reply: Reply, term: int, ways: Sequence[Way] = ()
    ) -> None:
        """Send reminders by the first of `ways`. People whom it misses get the next way.

        The last way is a message.
        """

        def be_in_time() -> None:
            if any(self._is_late(reminder) for reminder in reminders):
                raise NotSent("reminders", "their moment passed while the call waited")

        user_ids = [reminder.user_id for reminder in reminders]
        result = SendResult()
        missed = frozenset[str]()
        try:
            with self._base.lease.acting(term, be_in_time):
                if ways:
                    missed = frozenset(await ways[0](user_ids))
                else:
                    result = await self._base.dingtalk.robot.send(user_ids, reply, urgent=False)
        except (ClaimLost, OutcomeUnknown) as error:
            log.warning("%d reminders may or may not have been sent: %r", len(reminders), error)
            await self._settle(reminders, ReminderState.UNKNOWN)
        except (Rejected, Unclassified) as error:
            log.warning("DingTalk refuses %d reminders: %s", len(reminders), error)
            is_final = isinstance(error, Rejected)
            is_nearly_late = self._base.now - reminders[0].moment > STALE_AFTER / 2
            if len(reminders) > 1 and (is_final or is_nearly_late):
                for reminder in reminders:  # one person can be the reason for all
                    await self._send([reminder], reply, term)
            elif is_final:
                await self.drop(reminders, "refused")
            else:
                await self.again(reminders)
        except (UpstreamError, StoreRefused) as error:
            log.warning("%d reminders could not be sent: %s", len(reminders), error)
            await self.again(reminders)
        else:
            gone = set(result.invalid)
            later = set(result.flow_controlled) - gone
            reached = set(user_ids) - gone - later - missed
            await self.drop(_of(gone, reminders), "not reached")
            await self.again(_of(later, reminders))
            await self._settle(_of(reached, reminders), ReminderState.SENT)
            for rest in in_batches(_of(missed, reminders), RECIPIENTS_A_CALL):
                await self._send(rest, reply, term, ways[1:])

    async def _ding(self, text: str, user_ids: Sequence[str]) -> Sequence[str]:
        """Send a DING. Return the people who need a message instead. Raises OutcomeUnknown."""
        try:
            return await self._base.dingtalk.robot.ding(user_ids, text)
        except (NotSent, ServiceStopped, Unclassified) as refusal:
            log.warning("%d DINGs go as messages: %s", len(user_ids), refusal)
            return user_ids


def _of(user_ids: Set[str], reminders: Sequence[Reminder]) -> Sequence[Reminder]:
    return [reminder for reminder in reminders if reminder.user_id in user_ids]
