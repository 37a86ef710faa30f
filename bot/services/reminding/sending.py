"""Sending reminders: equal texts together, each from its row, none of them twice."""

import logging
from collections.abc import Sequence
from datetime import datetime

from bot.dingtalk.http import asking_too
from bot.domain.reminders import STALE_AFTER, Reminder, ReminderKind, ReminderState
from bot.errors import ClaimLost, OperatorError, OutcomeUnknown, Rejected, UpstreamError
from bot.services.base import Base
from bot.services.outbox.worker import until_written
from bot.views.reply import Reply

log = logging.getLogger(__name__)


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
        reminders = await self._in_time(reminders, self._base.clock.now())
        if self._base.settings.reminders.mode == "shadow":
            for one in reminders:
                log.info("shadow mode: %s about %s would be sent to %s", one.kind, one.about, one.user_id)
            await self._settle(reminders, ReminderState.SHADOW)
            return
        term = self._base.lease.term
        if begun := await self._reminders.begin(reminders):
            await self._send(begun, reply, term)

    async def drop(self, reminders: Sequence[Reminder], reason: str) -> None:
        """Note that these are not sent, and log why."""
        for one in reminders:
            log.info("%s about %s is not sent to %s: %s", one.kind, one.about, one.user_id, reason)
        await self._settle(reminders, ReminderState.DROPPED)

    async def again(self, reminders: Sequence[Reminder]) -> None:
        """Leave these to the next look of any process; drop those that are too late."""
        if rest := await self._in_time(reminders, self._base.clock.now()):
            await until_written(lambda: self._reminders.again(rest), "that reminders are sent later")

    async def _in_time(self, reminders: Sequence[Reminder], now: datetime) -> Sequence[Reminder]:
        """Drop those that come too late; return the others."""
        late = [one for one in reminders if self._is_late(one, now)]
        await self.drop(late, "its moment has passed, or quiet hours have begun")
        return [one for one in reminders if one not in late]

    def _is_late(self, reminder: Reminder, now: datetime) -> bool:
        is_quiet = reminder.kind is not ReminderKind.DIGEST and self._base.settings.is_quiet(now)
        return is_quiet or now - reminder.moment > STALE_AFTER

    async def _settle(self, reminders: Sequence[Reminder], state: ReminderState) -> None:
        if reminders:
            await until_written(lambda: self._reminders.settle(reminders, state), "what became of reminders")

    async def _send(self, reminders: Sequence[Reminder], reply: Reply, term: int) -> None:
        user_ids = [one.user_id for one in reminders]
        try:
            with self._base.lease.acting(term), asking_too(lambda: self._be_in_time(reminders)):
                result = await self._base.dingtalk.robot.send(user_ids, reply, urgent=False)
        except _TooLate:
            await self.again(reminders)
        except (ClaimLost, OutcomeUnknown) as error:
            log.warning("%d reminders may or may not have been sent: %r", len(reminders), error)
            await self._settle(reminders, ReminderState.UNKNOWN)
        except Rejected as error:
            if len(reminders) == 1:
                await self.drop(reminders, error.reason)
            for one in reminders if len(reminders) > 1 else ():  # one person can be the reason for all
                await self._send([one], reply, term)
        except (UpstreamError, OperatorError) as error:
            log.warning("%d reminders could not be sent: %s", len(reminders), error)
            await self.again(reminders)
        else:
            gone, later = set(result.invalid), set(result.flow_controlled) - set(result.invalid)
            await self.drop([one for one in reminders if one.user_id in gone], "DingTalk does not reach them")
            await self.again([one for one in reminders if one.user_id in later])
            reached = [one for one in reminders if one.user_id not in gone | later]
            await self._settle(reached, ReminderState.SENT)

    def _be_in_time(self, reminders: Sequence[Reminder]) -> None:
        """Raise if a moment passed while the call waited."""
        if any(self._is_late(one, self._base.clock.now()) for one in reminders):
            raise _TooLate
