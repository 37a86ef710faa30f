"""Saying something: to a person, and to the administrators when something needs mending."""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta

from bot.clock import Clock, SystemClock
from bot.dingtalk.http import ASK_LEASE
from bot.dingtalk.robot import RECIPIENTS_A_CALL, Robot
from bot.domain.messages import SessionWebhook
from bot.domain.outbox import Kind, Owed
from bot.errors import (
    BotError,
    NotSent,
    OperatorError,
    OutcomeUnknown,
    Rejected,
    ServiceStopped,
    StoreRefused,
    UpstreamError,
)
from bot.i18n import Texts
from bot.storage.outbox import Outbox
from bot.views.formatting import escape
from bot.views.reply import Reply

log = logging.getLogger(__name__)

TOLD_AGAIN_AFTER = timedelta(hours=12)  # what lasts over a restart, or what an earlier process did not see end
_MOST_WORDS = 250  # of what somebody else says
_MOST = 300  # with what we say of it
_KINDS = {  # of errors, and the sentence for each
    NotSent: "not_sent",
    OutcomeUnknown: "outcome_unknown",
    Rejected: "rejected",
    ServiceStopped: "stopped",
    OperatorError: "set_up",
    BotError: "other",
}


class Speaker:
    """Answers through the message's session webhook, else one to one through the robot."""

    def __init__(self, robot: Robot) -> None:
        self._robot = robot

    async def say(
        self, user_id: str | None, reply: Reply, webhook: SessionWebhook | None, *, again: Reply | None = None
    ) -> bool:
        """Say `reply`; True when it needs no further try.

        An answer whose outcome is unknown is said again the other way, as `again`: twice is better than never.
        Raises ClaimLost inside `Lease.acting` once others may say it. After a pause of this process an answer
        that came meanwhile looks like none.
        """
        if webhook is not None:
            try:
                await self._robot.answer(webhook, reply)
            except (UpstreamError, OperatorError) as error:
                log.info("a session webhook was of no use, falling back: %s", error)
                if isinstance(error, OutcomeUnknown):
                    reply = again or reply
                ASK_LEASE.get()()
            else:
                return True
        if user_id is None:
            log.warning("nobody to tell: the sender has no user id and the session webhook is gone")
            return True
        try:
            result = await self._robot.send([user_id], reply)
        except (UpstreamError, OperatorError) as error:
            log.warning("a message could not be sent: %s", error)
            return False
        if user_id in result.invalid:
            log.warning("DingTalk does not deliver to this user id; the message is given up")
        return user_id in result.invalid or user_id not in result.flow_controlled

    async def mention(self, reply: Reply, webhook: SessionWebhook) -> None:
        """Say what may be left unsaid, through the session webhook or not at all."""
        try:
            await self._robot.answer(webhook, reply)
        except (UpstreamError, OperatorError) as error:
            log.info("somebody who waits could not be told so: %s", error)


class Operators:
    """The administrators' inbox: each trouble is told once until it is over, and shown by `/readyz` meanwhile."""

    def __init__(
        self,
        robot: Robot,
        admins: Sequence[str],
        texts: Texts,
        *,
        alerts: Outbox | None = None,
        clock: Clock | None = None,
    ) -> None:
        """Take `alerts`: alerts leave from their rows; without, and while the database refuses, at once."""
        self._robot = robot
        self._admins = list(admins)
        self._texts = texts
        self._alerts = alerts
        self._clock = clock or SystemClock()
        self._troubles: dict[str, str] = {}
        self._told: set[str] = set()
        self._over: dict[str, datetime] = {}

    @property
    def troubles(self) -> dict[str, str]:
        """Return what is wrong now, a sentence by subject."""
        return dict(self._troubles)

    def note(self, subject: str, key: str, **values: object) -> None:
        """Show and log a trouble of which another process tells the administrators."""
        if subject not in self._troubles:
            text = self._troubles[subject] = self._texts(key, **self._in_words(values))
            log.error("operator alert on %s: %s", subject, text)

    async def alert(self, subject: str, key: str, **values: object) -> bool:
        """Tell log and administrators about `subject` with the sentence `key`, unless they know already.

        Return whether they know: what did not leave is told at the next call. A `reason` may be an error, or
        somebody's own words.
        """
        return await self._alert(subject, key, values, self._owe)

    async def alert_at_once(self, subject: str, key: str, **values: object) -> bool:
        """Do as `alert` does, without the database."""
        return await self._alert(subject, key, values, self._send)

    async def _alert(
        self, subject: str, key: str, values: Mapping[str, object], tell: Callable[[str, Reply], Awaitable[bool]]
    ) -> bool:
        self.note(subject, key, **values)
        if subject in self._told:
            return True
        self._told.add(subject)  # first, so that a call at the same time tells nobody twice
        said = self._in_words(values)
        if "reason" in said:
            said["reason"] = for_markdown(str(said["reason"]))
        reply = Reply(self._texts("alert.title"), self._texts(key, **said))
        told = await tell(subject, reply)
        if not told:
            self._told.discard(subject)
        return told

    def over(self, subject: str) -> None:
        """Note that `subject` works again."""
        self._told.discard(subject)
        if self._troubles.pop(subject, None) is not None:
            self._over[subject] = self._clock.now()
            log.info("%s works again", subject)

    async def word(self, owed: Owed) -> Reply | None:
        """Return what an alert says, None where it is over before it was told."""
        is_over = owed.about in self._over and owed.about not in self._troubles
        return None if is_over else Reply(*owed.payload)

    async def _owe(self, subject: str, reply: Reply) -> bool:
        """Owe the alert to each administrator; while the database refuses, it leaves at once."""
        if self._alerts is None:
            return await self._send(subject, reply)
        since = self._over.get(subject) or self._clock.now() - TOLD_AGAIN_AFTER
        owed = [Owed(Kind.ALERT, subject, admin, [reply.title, reply.text]) for admin in self._admins]
        try:
            await self._alerts.raise_anew(owed, since)
        except StoreRefused as error:
            log.warning("the alert on %s leaves without a row: %s", subject, error)
            return await self._send(subject, reply)
        return True

    async def _send(self, subject: str, reply: Reply) -> bool:
        """Send the alert to the administrators; False where it has to be sent again."""
        try:
            for start in range(0, len(self._admins), RECIPIENTS_A_CALL):
                await self._robot.send(self._admins[start : start + RECIPIENTS_A_CALL], reply)
        except BotError as error:
            log.warning("the alert on %s did not reach the administrators: %s", subject, error)
            return False
        return True

    def _in_words(self, values: Mapping[str, object]) -> dict[str, object]:
        """Return the values with an error as a sentence around the service's own words.

        Those begin with the service, unless the sentence around them names it.
        """
        reason = values.get("reason")
        if not isinstance(reason, BotError):
            return dict(values)
        named = "service" in values and isinstance(reason, UpstreamError | ServiceStopped)
        words = reason.reason if named and isinstance(reason, UpstreamError | ServiceStopped) else str(reason)
        kind = next(name for error, name in _KINDS.items() if isinstance(reason, error))
        return {**values, "reason": self._texts(f"trouble.{kind}", words=words[:_MOST_WORDS])}


def for_markdown(text: str) -> str:
    """Return words of anybody as they may stand in an alert."""
    return escape(text, most=_MOST)
