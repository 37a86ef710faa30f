"""Rows that become a message to one person, told at least once: notes on requests, excused days and positions."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import date

from bot.domain.corrections import CorrectionState
from bot.domain.outbox import Kind, Owed
from bot.errors import ClaimLost, StoreRefused, UpstreamError
from bot.services.base import Base
from bot.services.cards import CardDesk
from bot.services.organisation.directory import Directory
from bot.services.organisation.visibility import Visibility
from bot.services.outbox.worker import OTHERS_TURN, Job, pause_after, until_written
from bot.services.reporting.days import Days
from bot.storage.outbox import Outbox
from bot.views import corrections as views
from bot.views import leading
from bot.views.i18n import Texts
from bot.views.reply import Reply

log = logging.getLogger(__name__)

MOST_TRIES = 1500  # about a day; after it DingTalk is taken to refuse for good


class NotYet(Exception):
    """The facts for the text are not known yet."""


class MessageSender:
    """Sends rows of some kinds. After an unknown outcome a row is sent again."""

    at_once = 64

    def __init__(
        self,
        base: Base,
        rows: Outbox,
        word: Callable[[Owed], Awaitable[Reply | None]],
        cards: CardDesk | None = None,
    ) -> None:
        """Take `word`, which returns the text of a row as of now, None where nothing is left to say.

        It may raise NotYet and StoreRefused. With `cards` a text with buttons goes as a card.
        """
        self._cards = cards
        self._base = base
        self._rows = rows
        self._word = word

    async def claim(self, room: int) -> Sequence[Job]:
        """Claim due rows. Raises StoreRefused."""
        term = self._base.lease.term
        return [Job(self._send(one, term)) for one in await self._rows.take_due(self._base.clock.now(), room)]

    async def _send(self, owed: Owed, term: int) -> None:
        """Send a row that was claimed in `term` of the lease, and settle it."""
        is_over, pause = False, pause_after(owed.tries)
        try:
            reply = await self._word(owed)
            with self._base.lease.acting(term):
                is_over = reply is None or await self._say(owed, reply)
        except NotYet:
            log.debug("what to say to somebody is not known yet")
        except ClaimLost:
            pause = OTHERS_TURN
        except StoreRefused as error:
            log.warning("a message waits for the database: %s", error)
        except Exception:
            log.exception("a message failed in a way nobody foresaw; it is tried again later")
        if not is_over and owed.tries >= MOST_TRIES:
            log.error("a message (%s) could not be sent in %d tries and is given up", owed.kind, owed.tries)
            is_over = True
        if is_over:
            await until_written(lambda: self._rows.told(owed), "that a message was given")
        else:
            until = self._base.clock.now() + pause
            await until_written(lambda: self._rows.postpone(owed, until), "that a message is given later")

    async def _say(self, owed: Owed, reply: Reply) -> bool:
        """Say it as a card or a message. Return False to try again. Raises ClaimLost, StoreRefused."""
        if self._cards is not None and reply.buttons:
            try:
                missed = await self._cards.send([owed.recipient], reply, owed.kind, owed.about)
            except UpstreamError as error:
                log.warning("a card could not be sent: %s", error)
                return False
            if not missed:
                return True
        return await self._base.speaker.say(owed.recipient, reply, None)


class Notes:
    """Says each note as things stand now. Every call raises StoreRefused."""

    def __init__(self, base: Base, directory: Directory, visibility: Visibility, days: Days) -> None:
        self._base = base
        self._directory = directory
        self._visibility = visibility
        self._days = days

    async def word(self, owed: Owed) -> Reply | None:
        """Return a note about a make-up punch or an excused day. Raises NotYet."""
        texts, store = await self._base.texts_for(owed.recipient), self._base.store
        if owed.kind is Kind.EXCUSED:
            return await self._excused(owed, texts)
        correction = await store.corrections.get(owed.about)
        if correction is None:
            return None
        asker = self._directory.name_of(correction.user_id)
        if owed.kind is Kind.ASKED:
            may_decide = await self._visibility.may_decide(owed.recipient, correction.user_id)
            if may_decide is None:
                raise NotYet
            if correction.state is not CorrectionState.ASKED or not may_decide:
                return None
            day = await self._days.own_day(correction.user_id, correction.work_date)
            return views.to_decide(correction, asker, day, texts)
        if owed.kind is Kind.CLOSED:
            return views.closed(correction, self._directory.name_of(correction.decided_by), texts)
        punch = await store.ledger.of_message(correction.punch_message_id)
        return None if punch is None else views.outcome(correction, asker, punch, texts)

    async def _excused(self, owed: Owed, texts: Texts) -> Reply | None:
        """Return the lead's last decision on a day; an earlier one that nobody heard is dropped."""
        day, _, number = owed.about.partition("/")
        last = await self._base.store.excuses.last(owed.recipient, date.fromisoformat(day))
        if last is None or last.number != int(number):
            return None
        return leading.excused_by(last, self._directory.name_of(last.decided_by), texts)

    async def word_flag(self, owed: Owed) -> Reply | None:
        """Return the lead's note on a flagged position: site and distance, no coordinates.

        None once they lead the person no more. A row without recipient becomes one for each lead, or for the
        administrators. Raises NotYet.
        """
        assert owed.punch is not None, "a flag is about a punch"
        leads = await self._leads_of(owed.punch.user_id)
        if not owed.recipient:
            await self._base.store.flags.address(owed, leads)
        if owed.recipient not in leads:
            return None
        name = self._directory.name_of(owed.punch.user_id)
        return leading.flag_note(owed.punch, name, await self._base.texts_for(owed.recipient))

    async def _leads_of(self, user_id: str) -> Sequence[str]:
        """Return the leads to tell about a person. Raises NotYet while they are not known."""
        if not self._directory.is_read or not await self._visibility.is_team_known(user_id):
            raise NotYet
        leads = sorted(self._visibility.deciders(user_id))  # only now: another process may have read them anew
        for lead in leads:
            if not await self._visibility.is_role_settled(lead):
                raise NotYet
        return leads
