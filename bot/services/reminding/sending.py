"""Sending reminders: equal texts together, each from its row, none of them twice."""

import logging
from collections.abc import Sequence
from datetime import timedelta

from bot.dingtalk.http import asking_too
from bot.dingtalk.robot import SendResult
from bot.domain.due import LATE, is_stale
from bot.domain.reminders import Reminder, ReminderState
from bot.errors import ClaimLost, NotSent, OperatorError, OutcomeUnknown, Rejected, UpstreamError
from bot.services.base import Base
from bot.services.outbox.worker import until_written
from bot.views.reply import Reply

log = logging.getLogger(__name__)

HASTY_TRIES = 2  # of a call that came a little too soon, before it waits for the next look
SOON_S = 5.0
TRY_AGAIN = timedelta(seconds=30)
ASK_AGAIN = timedelta(seconds=60)  # for facts that could not be read
# Why a reminder was not said, beside `domain.due`; docs/reminders.md explains each.
GONE = "is no longer here"
ENOUGH = "was reminded as often as is wanted"
SILENCED = "wants none for this day"
SAID_ANOTHER = "another reminder was said at the same time"
NOBODY_MISSING = "nobody is missing"
NO_LEAD = "leads nobody any more"
NOT_WANTED = "is not wanted any more"


class _TooLate(Exception):
    """The moment of a reminder passed while the call waited for its turn."""


class ReminderSender:
    """Sends one text to at most 20 people, and notes what became of each."""

    def __init__(self, base: Base) -> None:
        self._base = base
        self._reminders = base.store.reminders

    async def send(self, reminders: Sequence[Reminder], reply: Reply) -> None:
        """Send `reply` to the people of `reminders`, if this process still has them in its hands.

        What is certainly not sent is tried again while its moment is near; an unknown outcome stays so.
        Raises StoreRefused if nothing has left yet.
        """
        term = self._base.lease.term
        begun = await self._reminders.begin(reminders)
        late = [one for one in begun if is_stale(one, self._base.clock.now())]
        await self.drop(late, LATE)
        if in_time := [one for one in begun if one not in late]:
            await self._send(in_time, reply, term)

    async def drop(self, reminders: Sequence[Reminder], reason: str) -> None:
        """Note that these are not sent, and why."""
        await self.settle(reminders, ReminderState.DROPPED, reason)

    async def again(self, reminders: Sequence[Reminder], pause: timedelta) -> None:
        """Try these again after `pause`; drop those whose moment has passed by then."""
        at = self._base.clock.now() + pause
        await self.drop([one for one in reminders if is_stale(one, at)], LATE)
        if rest := [one for one in reminders if not is_stale(one, at)]:
            await until_written(lambda: self._reminders.again(rest, at), "that reminders are sent later")

    async def settle(self, reminders: Sequence[Reminder], state: ReminderState, reason: str = "") -> None:
        """Note what became of these."""
        if reminders:
            await until_written(
                lambda: self._reminders.settle(reminders, state, reason), "what became of reminders"
            )

    async def _send(self, reminders: Sequence[Reminder], reply: Reply, term: int) -> None:
        try:
            with self._base.lease.acting(term), asking_too(lambda: self._be_in_time(reminders)):
                result = await self._spoken([one.user_id for one in reminders], reply)
        except ClaimLost:
            log.warning("%d reminders may be in other hands: nothing is said that waited here", len(reminders))
            await self.settle(reminders, ReminderState.UNKNOWN, "this process stood still meanwhile")
        except _TooLate:
            await self.again(reminders, TRY_AGAIN)
        except OutcomeUnknown as error:
            log.warning("%d reminders may or may not have been sent: %s", len(reminders), error)
            await self.settle(reminders, ReminderState.UNKNOWN, str(error))
        except Rejected as error:
            await self._rejected(reminders, reply, term, error)
        except (UpstreamError, OperatorError) as error:
            log.warning("%d reminders could not be sent: %s", len(reminders), error)
            asked = error.retry_after_s if isinstance(error, NotSent) else None
            await self.again(reminders, timedelta(seconds=asked) if asked else TRY_AGAIN)
        else:
            await self._sent(reminders, result)

    async def _sent(self, reminders: Sequence[Reminder], result: SendResult) -> None:
        invalid, later = frozenset(result.invalid), frozenset(result.flow_controlled)
        not_reached = [one for one in reminders if one.user_id in invalid]
        await self.drop(not_reached, "DingTalk does not deliver to this person")
        await self.again([one for one in reminders if one.user_id in later - invalid], TRY_AGAIN)
        reached = [one for one in reminders if one.user_id not in invalid | later]
        await self.settle(reached, ReminderState.SENT)

    async def _rejected(self, reminders: Sequence[Reminder], reply: Reply, term: int, error: Rejected) -> None:
        """Send one by one what was refused together: one person can be the reason for all."""
        if len(reminders) == 1:
            log.warning("a reminder was refused: %s", error)
            await self.drop(reminders, error.reason)
            return
        for reminder in reminders:
            await self._send([reminder], reply, term)

    async def _spoken(self, user_ids: Sequence[str], reply: Reply) -> SendResult:
        """Send; a call that came a little too soon for DingTalk goes again in its turn, not a minute later."""
        for _ in range(HASTY_TRIES):
            try:
                return await self._base.dingtalk.robot.send(user_ids, reply, urgent=False)
            except NotSent as error:
                if error.retry_after_s is None or error.retry_after_s > SOON_S:
                    raise
                log.info("%d reminders go again: %s", len(user_ids), error)
        return await self._base.dingtalk.robot.send(user_ids, reply, urgent=False)

    def _be_in_time(self, reminders: Sequence[Reminder]) -> None:
        """Raise if a moment passed while the call waited, or while this process stood still."""
        if any(is_stale(one, self._base.clock.now()) for one in reminders):
            raise _TooLate
