"""Speaking to people who are due: equal texts together, each from a row, never the same one twice."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.dingtalk.http import asking_too
from bot.dingtalk.robot import Robot, SendResult
from bot.domain.due import LATE, is_stale
from bot.domain.reminders import Reminder, ReminderState
from bot.errors import ClaimLost, NotSent, OperatorError, OutcomeUnknown, Rejected, UpstreamError
from bot.services.outbox.worker import Lease, until_written
from bot.services.speaking import Operators
from bot.storage.reminders import Reminders
from bot.views.reply import Reply

log = logging.getLogger(__name__)

HASTY_TRIES = 2  # before a call that came too soon waits for the next look
SOON_S = 5.0
TRY_AGAIN = timedelta(seconds=30)
ASK_AGAIN = timedelta(seconds=60)  # for facts that could not be read
UNSENT = "sending reminders"
OUTAGE_MINUTES = 2
UNREACHABLE = "DingTalk does not deliver to this person"
STOOD_STILL = "this process stood still meanwhile"


class _TooLate(Exception):
    """While a call waited for its turn the moment of a reminder in it passed."""


class Nudger:
    """Sends one text to at most 20 people, and notes the outcome."""

    def __init__(
        self,
        messenger: Robot,
        reminders: Reminders,
        clock: Clock,
        lease: Lease,
        operators: Operators | None = None,
    ) -> None:
        """With `operators`, they hear of an outage of the sending once it is over: it cannot be told before."""
        self._operators = operators
        self._failing: tuple[datetime, UpstreamError | OperatorError] | None = None  # since when, and why
        self._messenger = messenger
        self._reminders = reminders
        self._clock = clock
        self._lease = lease

    async def send(self, reminders: Sequence[Reminder], reply: Reply) -> None:
        """Send `reply` to the people of `reminders`, as far as this process still has them in its hands.

        What is certainly not sent is tried again, as long as its moment is near; an unknown outcome is left so.
        Raises StoreRefused if nothing has left yet.
        """
        term = self._lease.term
        begun = await self._reminders.begin(reminders)
        late = [one for one in begun if is_stale(one, self._clock.now())]
        await self.drop(late, LATE)
        in_time = [one for one in begun if one not in late]
        if in_time:
            await self._say(in_time, reply, term)

    async def _say(self, reminders: Sequence[Reminder], reply: Reply, term: int) -> None:
        try:
            with self._lease.acting(term), asking_too(lambda: self._be_in_time(reminders)):
                result = await self._spoken([one.user_id for one in reminders], reply)
        except ClaimLost:
            log.warning("%d reminders may be in other hands: nothing is said that waited here", len(reminders))
            await self._settle(reminders, ReminderState.UNKNOWN, STOOD_STILL)  # what is still ours
        except _TooLate:
            await self.again(reminders, TRY_AGAIN)
        except OutcomeUnknown as error:
            log.warning("%d reminders may or may not have been sent: %s", len(reminders), error)
            await self._settle(reminders, ReminderState.UNKNOWN, str(error))
        except Rejected as error:
            await self._rejected(reminders, reply, term, error)
        except (UpstreamError, OperatorError) as error:
            log.warning("%d reminders could not be sent: %s", len(reminders), error)
            self._failing = self._failing or (self._clock.now(), error)
            asked = error.retry_after_s if isinstance(error, NotSent) else None
            await self.again(reminders, timedelta(seconds=asked) if asked else TRY_AGAIN)
        else:
            invalid, later = frozenset(result.invalid), frozenset(result.flow_controlled)
            await self.drop([one for one in reminders if one.user_id in invalid], UNREACHABLE)
            await self.again([one for one in reminders if one.user_id in later - invalid], TRY_AGAIN)
            reached = [one for one in reminders if one.user_id not in invalid | later]
            await self._settle(reached, ReminderState.SENT)
            await self._tell_that_it_is_over()

    async def _tell_that_it_is_over(self) -> None:
        """Tell the administrators of an outage that ends now; a call that was merely too soon is none."""
        failing, self._failing = self._failing, None
        if failing is None or self._operators is None:
            return
        since, reason = failing
        minutes = round((self._clock.now() - since).total_seconds() / 60)
        if minutes >= OUTAGE_MINUTES:
            await self._operators.announce(UNSENT, "alert.reminders_unsent", minutes=minutes, reason=reason)

    async def _spoken(self, user_ids: Sequence[str], reply: Reply) -> SendResult:
        """Send; a call that came a little too soon for DingTalk goes again in its turn, not a minute later."""
        for _ in range(HASTY_TRIES):
            try:
                return await self._messenger.send(user_ids, reply, urgent=False)
            except NotSent as error:
                if error.retry_after_s is None or error.retry_after_s > SOON_S:
                    raise
                log.info("%d reminders go again: %s", len(user_ids), error)
        return await self._messenger.send(user_ids, reply, urgent=False)

    def _be_in_time(self, reminders: Sequence[Reminder]) -> None:
        """Let none leave whose moment passed while the call waited, or this process stood still."""
        if any(is_stale(one, self._clock.now()) for one in reminders):
            raise _TooLate

    async def drop(self, reminders: Sequence[Reminder], reason: str) -> None:
        """Note that these are not sent, and why."""
        await self._settle(reminders, ReminderState.DROPPED, reason)

    async def hold(self, reminders: Sequence[Reminder]) -> None:
        """Keep these for the person's next clock-in."""
        await self._settle(reminders, ReminderState.HELD)

    async def free(self, reminders: Sequence[Reminder]) -> None:
        """Forget these, of which nothing was begun, so that somebody else may claim them."""
        await until_written(lambda: self._reminders.free(reminders), "that a nudge is free again")

    async def only_write(self, reminders: Sequence[Reminder]) -> None:
        """Note that these would have been sent."""
        await self._settle(reminders, ReminderState.SHADOW)

    async def again(self, reminders: Sequence[Reminder], pause: timedelta) -> None:
        """Try these again after `pause`; drop those whose moment has passed by then."""
        at = self._clock.now() + pause
        await self.drop([one for one in reminders if is_stale(one, at)], LATE)
        rest = [one for one in reminders if not is_stale(one, at)]
        if rest:
            await until_written(lambda: self._reminders.again(rest, at), "that reminders are sent later")

    async def _rejected(self, reminders: Sequence[Reminder], reply: Reply, term: int, error: Rejected) -> None:
        """Send one by one what was refused together: one person can be the reason for all."""
        if len(reminders) == 1:
            log.warning("a reminder was refused: %s", error)
            await self.drop(reminders, error.reason)
            return
        for reminder in reminders:
            await self._say([reminder], reply, term)

    async def _settle(self, reminders: Sequence[Reminder], state: ReminderState, reason: str = "") -> None:
        if reminders:
            await until_written(
                lambda: self._reminders.settle(reminders, state, reason), "what became of reminders"
            )
