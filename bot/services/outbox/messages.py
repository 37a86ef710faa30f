"""Rows that become a message to their recipient: each is told at least once."""

import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol

from bot.clock import Clock
from bot.dingtalk.robot import RECIPIENTS_A_CALL, Robot
from bot.domain.outbox import Owed
from bot.errors import ClaimLost, OperatorError, Rejected, StoreRefused, UpstreamError
from bot.services.outbox.worker import OTHERS_TURN, Job, Lease, pause_after, until_written
from bot.storage.outbox import Outbox
from bot.views.reply import Reply

log = logging.getLogger(__name__)


class NotYet(Exception):
    """It is not known yet what to say."""


class Settled(Exception):
    """The row was settled while its words were looked for."""


class Wording(Protocol):
    """Knows what the rows of some kinds say."""

    async def word(self, owed: Owed) -> Reply | None:
        """Return what to say as things stand now, None where nothing is to be said any more.

        Raises NotYet, Settled, StoreRefused.
        """
        ...


class MessageSender:
    """Sends equal words together, to at most 20 people a call. What has an unknown outcome is sent again."""

    at_once = 64

    def __init__(self, rows: Outbox, wording: Wording, robot: Robot, lease: Lease, clock: Clock) -> None:
        self._rows = rows
        self._wording = wording
        self._robot = robot
        self._lease = lease
        self._clock = clock

    async def claim(self, room: int) -> Sequence[Job]:
        """Claim due rows; rows of the same kind about the same thing are one job. Raises StoreRefused."""
        term = self._lease.term
        groups: dict[tuple[str, str], list[Owed]] = {}
        for owed in await self._rows.take_due(self._clock.now(), room):
            groups.setdefault((owed.kind, owed.about), []).append(owed)
        return [Job(self._send(group, term), len(group)) for group in groups.values()]

    async def _send(self, group: Sequence[Owed], term: int) -> None:
        replies: dict[Reply, list[Owed]] = {}
        for owed in group:
            try:
                reply = await self._wording.word(owed)
            except Settled:
                continue
            except NotYet:
                await self._postpone([owed])
            except StoreRefused as error:
                log.warning("a message waits for the database: %s", error)
                await self._postpone([owed], OTHERS_TURN)
            except Exception:
                log.exception("a message failed in a way nobody foresaw; it is tried again later")
                await self._postpone([owed])
            else:
                if reply is None:
                    await self._told([owed])
                else:
                    replies.setdefault(reply, []).append(owed)
        for reply, those in replies.items():
            for start in range(0, len(those), RECIPIENTS_A_CALL):
                await self._say(those[start : start + RECIPIENTS_A_CALL], reply, term)

    async def _say(self, those: Sequence[Owed], reply: Reply, term: int) -> None:
        """Send rows claimed in `term` of the lease, and settle them."""
        try:
            with self._lease.acting(term):
                result = await self._robot.send([one.recipient for one in those], reply)
        except ClaimLost:
            await self._postpone(those, OTHERS_TURN)
        except Rejected as error:
            log.warning("a message was refused: %s", error)
            if len(those) == 1:
                await self._postpone(those)
            for one in those if len(those) > 1 else ():  # one person can be the reason for all
                await self._say([one], reply, term)
        except (UpstreamError, OperatorError) as error:
            log.warning("a message could not be sent: %s", error)
            await self._postpone(those)
        except Exception:
            log.exception("a message failed in a way nobody foresaw; it is tried again later")
            await self._postpone(those)
        else:
            if result.invalid:
                log.warning("DingTalk does not deliver to %d people; they are given up", len(result.invalid))
            later = set(result.flow_controlled) - set(result.invalid)
            await self._told([one for one in those if one.recipient not in later])
            await self._postpone([one for one in those if one.recipient in later])

    async def _told(self, those: Sequence[Owed]) -> None:
        if those:
            await until_written(lambda: self._rows.told(those), "that messages were given")

    async def _postpone(self, those: Sequence[Owed], pause: timedelta | None = None) -> None:
        if those:
            until = self._clock.now() + (pause or pause_after(max(one.tries for one in those)))
            await until_written(lambda: self._rows.postpone(those, until), "that messages are given later")
