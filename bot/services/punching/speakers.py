"""Saying something to somebody, one way or the other."""

import logging
from collections.abc import Callable

from bot.dingtalk.robot import Robot
from bot.domain.messages import Reached, SessionWebhook
from bot.errors import ClaimLost, OperatorError, OutcomeUnknown, UpstreamError
from bot.services.upkeep.leases import Lease
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
        said, undeliverable = await self._send(user_id, reply)
        return undeliverable or said is Reached.YES

    async def tell(self, user_id: str, reply: Reply) -> Reached:
        """Say `reply` one to one, once, and tell whether it came."""
        said, _ = await self._send(user_id, reply)
        return said

    async def mention(self, reply: Reply, webhook: SessionWebhook) -> None:
        """Say what may be left unsaid, through the session webhook or not at all."""
        try:
            await self._messenger.answer(webhook, reply)
        except (UpstreamError, OperatorError) as error:
            log.info("somebody who waits could not be told so: %s", error)

    async def _send(self, user_id: str, reply: Reply) -> tuple[Reached, bool]:
        """Return whether it came, and whether it never will."""
        try:
            result = await self._messenger.send([user_id], reply)
        except (UpstreamError, OperatorError) as error:
            log.warning("a message could not be sent: %s", error)
            return Reached.UNKNOWN if isinstance(error, OutcomeUnknown) else Reached.NO, False
        if user_id in result.invalid:
            log.warning("DingTalk does not deliver to this user id; the message is given up")
            return Reached.NO, True
        return Reached.NO if user_id in result.flow_controlled else Reached.YES, False
