"""Messages to a person, and alerts to the administrators."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.dingtalk.http import ASK_LEASE
from bot.dingtalk.robot import Robot
from bot.domain.messages import Kind, Owed, SessionWebhook
from bot.errors import BotError, OutcomeUnknown, Rejected, StoreRefused, UpstreamError
from bot.storage.outbox import Outbox
from bot.views.i18n import Texts
from bot.views.sentences import Reply, card_state, escape

log = logging.getLogger(__name__)

ALERT_AGAIN_AFTER = timedelta(hours=12)  # for a trouble that outlasts a restart
ALERT_S = 5.0  # for an alert that leaves without the database, so that heartbeats go on
_MOST = 300  # characters of a text from outside


class CardAck:
    """The ACK of a press on a card. It can carry the answer until it is sent."""

    def __init__(self) -> None:
        self._state: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def carry(self, reply: Reply) -> bool:
        """Let the ACK carry `reply` as the state of the card.

        Return False if the reply needs another way.
        """
        if self._state.done():
            return False
        self._state.set_result(card_state(reply))
        return bool(self._state.result())

    async def state(self, until: float) -> str:
        """Return the state that the ACK carries.

        At `until` (time of the event loop) close it without a state.
        """
        try:
            await asyncio.wait([self._state], timeout=until - asyncio.get_running_loop().time())
        finally:  # also where nobody waits any more, such as at a stop
            self._state.cancel()  # without effect once there is a state
        return "" if self._state.cancelled() else self._state.result()


Way = SessionWebhook | CardAck  # a way to answer one message


class Speaker:
    """Answers by the session webhook or the ACK of the message, else one to one by the robot."""

    def __init__(self, robot: Robot) -> None:
        self._robot = robot

    async def say(
        self,
        user_id: str | None,
        reply: Reply,
        way: Way | None,
        *,
        alone: Reply | None = None,
        again: Reply | None = None,
        instead: Reply | None = None,
        before_alone: Callable[[], Awaitable[None]] | None = None,
    ) -> bool:
        """Say `reply`. Return False if it has to be said again later.

        Without a working webhook the robot says `alone` one to one. If the outcome at the webhook
        is unknown, it says the reply again, in the words of `again`. If DingTalk refuses it for
        good, the robot says `instead`; a refusal of both is the end. It first awaits `before_alone`.
        Raises ClaimLost inside
        `Lease.acting` once another process may say it.
        """
        private = alone or reply
        if isinstance(way, CardAck):
            if way.carry(reply):
                return True
        elif way is not None:
            try:
                await self._robot.answer(way, reply)
            except UpstreamError as error:
                log.info("a session webhook failed, the robot answers one to one: %s", error)
                if isinstance(error, OutcomeUnknown):
                    private = again or reply
                ASK_LEASE.get()()
            else:
                return True
        if user_id is None:
            log.warning(
                "an answer is given up: the sender has no user id, and there is no session webhook"
            )
            return True
        if before_alone is not None:
            await before_alone()
        for words in filter(None, (private, instead)):
            try:
                result = await self._robot.send([user_id], words)
            except Rejected as error:
                log.error("DingTalk refuses a message for good: %s", error)
                continue
            except UpstreamError as error:
                log.warning("a message could not be sent: %s", error)
                return False
            if user_id in result.invalid:
                log.warning("an answer is given up: DingTalk does not deliver to this user id")
            return user_id in result.invalid or user_id not in result.flow_controlled
        return instead is not None

    async def mention(self, reply: Reply, way: Way | None) -> None:
        """Say something optional by the session webhook, if any. A failure is only logged."""
        if isinstance(way, SessionWebhook):
            try:
                await self._robot.answer(way, reply)
            except UpstreamError as error:
                log.info("an optional message could not be sent: %s", error)


class Operators:
    """Alerts to the administrators: once for each trouble until it is over. `/readyz` shows the
    troubles.
    """

    def __init__(
        self, robot: Robot, admins: Sequence[str], texts: Texts, *, alerts: Outbox, clock: Clock
    ) -> None:
        """Take `alerts`, the rows of alerts."""
        self._robot = robot
        self._admins = list(admins)
        self._texts = texts
        self._alerts = alerts
        self._clock = clock
        self.troubles: dict[str, str] = {}  # the present ones: a sentence by subject
        self._told: set[str] = set()
        self._over: dict[str, datetime] = {}

    async def alert(
        self,
        subject: str,
        key: str,
        *,
        is_told: bool = False,
        **values: object,
    ) -> None:
        """Log a trouble with `subject` and alert the administrators, once until it is over.

        `key` names the sentence. With `is_told` the administrators know it. If the database refuses
        the alert, it leaves at once. The next call repeats an alert that could not leave.
        """
        if subject not in self.troubles:
            text = self.troubles[subject] = self._texts(key, **values)
            log.error("operator alert on %s: %s", subject, text)
        if subject in self._told or is_told:
            return None
        self._told.add(subject)  # first: a call at the same time must not send it twice
        if "reason" in values:
            values["reason"] = for_markdown(str(values["reason"]))
        at = self._texts.day_and_clock(self._clock.now())  # an alert may arrive much later
        reply = Reply(self._texts("alert.title"), f"{self._texts(key, **values)}\n\n_{at}_")
        since = self._over.get(subject) or self._clock.now() - ALERT_AGAIN_AFTER
        owed = [
            Owed(Kind.ALERT, subject, admin, [reply.title, reply.text]) for admin in self._admins
        ]
        try:
            return await self._alerts.raise_anew(owed, since)
        except StoreRefused as error:
            log.warning("the alert on %s leaves without a row: %s", subject, error)
        try:
            async with asyncio.timeout(ALERT_S):
                for admin in self._admins:
                    await self._robot.send([admin], reply)
        except (BotError, TimeoutError) as error:
            log.warning("the alert on %s did not reach the administrators: %s", subject, error)
            self._told.discard(subject)

    def over(self, subject: str, *, may_return: bool = False) -> None:
        """Note that the trouble with `subject` is over.

        If it `may_return`, administrators hear of its return after ALERT_AGAIN_AFTER at the earliest.
        """
        self._told.discard(subject)
        if self.troubles.pop(subject, None) is None:
            return
        if not may_return:
            self._over[subject] = self._clock.now()
        log.info("the trouble with %s is over", subject)

    async def text_of(self, owed: Owed) -> Reply | None:
        """Return the text of an alert, None if the trouble is over by now."""
        is_over = owed.about in self._over and owed.about not in self.troubles
        return None if is_over else Reply(*owed.payload)


def for_markdown(text: str) -> str:
    """Return a text from outside, escaped and shortened for an alert."""
    return escape(text, most=_MOST)
