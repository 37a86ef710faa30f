"""Saying something: to a person, and to the administrators when something needs mending."""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from bot.clock import Clock, SystemClock
from bot.dingtalk.robot import RECIPIENTS_A_CALL, Robot
from bot.domain.messages import SessionWebhook
from bot.domain.outbox import Kind, Owed
from bot.errors import (
    BotError,
    ClaimLost,
    NotSent,
    OperatorError,
    OutcomeUnknown,
    Rejected,
    ServiceStopped,
    StoreRefused,
    UpstreamError,
)
from bot.i18n import Texts
from bot.services.outbox.worker import Lease
from bot.storage.outbox import Outbox
from bot.views.formatting import escape
from bot.views.reply import Reply

log = logging.getLogger(__name__)


class Speaker:
    """Answers through the message's session webhook, else one to one through the robot."""

    def __init__(self, messenger: Robot, lease: Lease) -> None:
        self._messenger = messenger
        self._lease = lease

    async def say(self, user_id: str | None, reply: Reply, webhook: SessionWebhook | None) -> bool:
        """Say `reply`; True when it needs no further try.

        An answer whose outcome is unknown is said again the other way: twice is better than never.
        """
        return await self._say(user_id, reply, webhook, lambda: True)

    async def say_claimed(
        self,
        user_id: str | None,
        reply: Reply,
        webhook: SessionWebhook | None,
        term: int,
        *,
        again: Reply | None = None,
    ) -> bool:
        """Say what was claimed in `term` of the lease, as `say` does.

        `again` is said instead where `reply` may have come already. Raises ClaimLost once others may say it,
        whether or not it was said: after a pause of this process an answer that came meanwhile looks like none,
        and would be said the other way too.
        """
        with self._lease.acting(term):
            return await self._say(user_id, reply, webhook, lambda: self._lease.holds(term), again)

    async def _say(
        self,
        user_id: str | None,
        reply: Reply,
        webhook: SessionWebhook | None,
        ours: Callable[[], bool],
        again: Reply | None = None,
    ) -> bool:
        if webhook is not None:
            try:
                await self._messenger.answer(webhook, reply)
            except (UpstreamError, OperatorError) as error:
                log.info("a session webhook was of no use, falling back: %s", error)
                if isinstance(error, OutcomeUnknown):
                    reply = again or reply
            else:
                return True
        if not ours():
            raise ClaimLost
        if user_id is None:
            log.warning("nobody to tell: the sender has no user id and the session webhook is gone")
            return True
        return await self._send(user_id, reply)

    async def mention(self, reply: Reply, webhook: SessionWebhook) -> None:
        """Say what may be left unsaid, through the session webhook or not at all."""
        try:
            await self._messenger.answer(webhook, reply)
        except (UpstreamError, OperatorError) as error:
            log.info("somebody who waits could not be told so: %s", error)

    async def _send(self, user_id: str, reply: Reply) -> bool:
        """Say it one to one; False where it is to be tried again."""
        try:
            result = await self._messenger.send([user_id], reply)
        except (UpstreamError, OperatorError) as error:
            log.warning("a message could not be sent: %s", error)
            return False
        if user_id in result.invalid:
            log.warning("DingTalk does not deliver to this user id; the message is given up")
            return True
        return user_id not in result.flow_controlled


_MOST_WORDS = 250  # of what somebody else says
_MOST = 300  # with what we say of it


def trouble(error: BotError, texts: Texts, *, service_named: bool) -> str:
    """Return what `error` means, with the words of whoever refused, which may be in another language.

    Those begin with the service, unless the sentence around them has named it.
    """
    words = str(error)
    if service_named and isinstance(error, NotSent | OutcomeUnknown | Rejected | ServiceStopped):
        words = error.reason
    return texts(f"trouble.{_kind(error)}", words=words[:_MOST_WORDS])


def for_markdown(text: str) -> str:
    """Return words of anybody as they may stand in an alert."""
    return escape(text, most=_MOST)


def _kind(error: BotError) -> str:
    match error:
        case NotSent():
            return "not_sent"
        case OutcomeUnknown():
            return "outcome_unknown"
        case Rejected():
            return "rejected"
        case ServiceStopped():
            return "stopped"
        case OperatorError():
            return "set_up"
    return "other"


TOLD_AGAIN_AFTER = timedelta(hours=12)  # what lasts over a restart, or what an earlier process did not see end


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
        self._untold: dict[str, list[str]] = {}
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

        Whom the alert does not reach is told at the next call; return whether there is nobody left. A `reason` may
        be an error, or somebody's own words.
        """
        return await self._alert(subject, key, values, from_rows=self._alerts)

    async def alert_at_once(self, subject: str, key: str, **values: object) -> bool:
        """Do as `alert` does, without the database."""
        return await self._alert(subject, key, values, from_rows=None)

    async def _alert(
        self, subject: str, key: str, values: Mapping[str, object], *, from_rows: Outbox | None
    ) -> bool:
        if subject not in self._troubles:
            self.note(subject, key, **values)
            self._untold[subject] = self._admins
        untold = self._untold.pop(subject, [])  # taken out, so that a call at the same time tells nobody twice
        if not untold:
            return True
        values = self._in_words(values)
        if "reason" in values:
            values["reason"] = for_markdown(str(values["reason"]))
        reply = Reply(self._texts("alert.title"), self._texts(key, **values))
        is_owed = from_rows is not None and await self._owe(from_rows, subject, untold, reply)
        missed = [] if is_owed else await self._not_reached(untold, reply)
        if missed and subject in self._troubles:
            self._untold[subject] = missed
        return not missed

    async def announce(self, subject: str, key: str, **values: object) -> None:
        """Tell of a trouble that is over already."""
        subject = f"{subject} until {self._clock.now():%F %T}"
        await self.alert(subject, key, **values)
        self._troubles.pop(subject, None)
        self._untold.pop(subject, None)

    def over(self, subject: str) -> None:
        """Note that `subject` works again."""
        self._untold.pop(subject, None)
        if self._troubles.pop(subject, None) is not None:
            self._over[subject] = self._clock.now()
            log.info("%s works again", subject)

    async def word(self, owed: Owed) -> Reply | None:
        """Return what an alert says, None where it is over before it was told."""
        is_over = owed.about in self._over and owed.about not in self._troubles
        return None if is_over else Reply(*owed.payload)

    async def _owe(self, alerts: Outbox, subject: str, admins: Sequence[str], reply: Reply) -> bool:
        """Owe the alert to `admins`; False where it has to leave at once."""
        since = self._over.get(subject) or self._clock.now() - TOLD_AGAIN_AFTER
        owed = [Owed(Kind.ALERT, subject, admin, [reply.title, reply.text]) for admin in admins]
        try:
            await alerts.raise_anew(owed, since)
        except StoreRefused as error:
            log.warning("the alert on %s leaves without a row: %s", subject, error)
            return False
        return True

    async def _not_reached(self, admins: Sequence[str], reply: Reply) -> list[str]:
        """Send `reply` to `admins`; return those it did not reach."""
        missed: list[str] = []
        for start in range(0, len(admins), RECIPIENTS_A_CALL):
            some = admins[start : start + RECIPIENTS_A_CALL]
            try:
                missed += (await self._robot.send(some, reply)).flow_controlled
            except BotError as error:
                log.warning("an alert did not reach the administrators: %s", error)
                missed += some
        return missed

    def _in_words(self, values: Mapping[str, object]) -> dict[str, object]:
        reason = values.get("reason")
        if not isinstance(reason, BotError):
            return dict(values)
        return {**values, "reason": trouble(reason, self._texts, service_named="service" in values)}
