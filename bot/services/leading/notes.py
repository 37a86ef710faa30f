"""Telling people what they are owed a word about: requests to decide, what was decided, excused days."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta

from bot.clock import Clock
from bot.domain.corrections import CorrectionState
from bot.errors import ClaimLost, StoreRefused
from bot.i18n import Texts
from bot.services.leading.corrections import CorrectionService
from bot.services.punching.speakers import Speaker, pause_after
from bot.services.upkeep.leases import OTHERS_TURN, Lease
from bot.services.upkeep.persisting import until_written
from bot.storage.corrections import Corrections
from bot.storage.excuses import Excuses
from bot.storage.ledger import Ledger
from bot.storage.notes import Note, NoteKind, Notes
from bot.views import corrections as views
from bot.views import excuses as excuse_views
from bot.views.reply import Language, Reply

log = logging.getLogger(__name__)

ROUND_S = 2.0
AT_ONCE = 64
EXPIRE_EVERY = timedelta(minutes=1)


class NoteDesk:
    """Tells each note from its row, at least once; what nobody decided in time expires here too."""

    def __init__(
        self,
        *,
        notes: Notes,
        corrections: Corrections,
        requests: CorrectionService,
        excuses: Excuses,
        ledger: Ledger,
        speaker: Speaker,
        lease: Lease,
        clock: Clock,
        texts: Callable[[Language], Texts],
        language_of: Callable[[str], Awaitable[Language]],
        round_s: float = ROUND_S,
    ) -> None:
        """Take `round_s`: seconds between looks for what is owed."""
        self._notes = notes
        self._corrections = corrections
        self._requests = requests
        self._excuses = excuses
        self._ledger = ledger
        self._speaker = speaker
        self._lease = lease
        self._clock = clock
        self._texts = texts
        self._language_of = language_of
        self._round_s = round_s
        self._expired_at: datetime | None = None

    async def run(self) -> None:
        """Tell what is owed, for ever. A refused database is waited for."""
        while True:
            try:
                told = await self.round()
            except StoreRefused as error:
                log.warning("the notes owed could not be read: %s", error)
                told = 0
            if told < AT_ONCE:
                await asyncio.sleep(self._round_s)

    async def round(self) -> int:
        """Let requests expire or go to new leads, tell what is due, and return how much that was.

        Raises StoreRefused.
        """
        now = self._clock.now()
        if self._expired_at is None or now - self._expired_at >= EXPIRE_EVERY:
            await self._corrections.expire()
            await self._requests.put_before_new_leads()
            self._expired_at = now
        term = self._lease.term
        due = await self._notes.take_due(now, AT_ONCE)
        await asyncio.gather(*(self._tell_guarded(note, term) for note in due))
        return len(due)

    async def _tell_guarded(self, note: Note, term: int) -> None:
        try:
            await self._tell(note, term)
        except StoreRefused as error:
            log.warning("a note waits for the database: %s", error)
            await self._postpone(note, OTHERS_TURN)
        except Exception:
            log.exception("a note failed in a way nobody foresaw; it is tried again later")
            await self._postpone(note, pause_after(note.tries))

    async def _tell(self, note: Note, term: int) -> None:
        if note.kind is NoteKind.ASKED and not await self._is_known_whose(note):
            await self._postpone(note, pause_after(note.tries))
            return
        reply = await self._reply(note)
        try:
            told = reply is None or await self._speaker.say_claimed(note.user_id, reply, None, term)
        except ClaimLost:
            await self._postpone(note, OTHERS_TURN)
            return
        if told:
            await until_written(lambda: self._notes.told(note), "that a note was given")
        else:
            await self._postpone(note, pause_after(note.tries))

    async def _is_known_whose(self, note: Note) -> bool:
        correction = await self._corrections.get(note.about)
        return correction is None or await self._requests.deciders.is_known_whose(note.user_id, correction)

    async def _reply(self, note: Note) -> Reply | None:
        """Return what to say as things stand now, None where there is nothing to say any more."""
        texts = self._texts(await self._language_of(note.user_id))
        if note.kind is NoteKind.EXCUSED:
            return await self._excused(note, texts)
        correction = await self._corrections.get(note.about)
        if correction is None:
            return None
        asker = self._requests.deciders.name_of(correction.user_id)
        if note.kind is NoteKind.ASKED:
            if correction.state is not CorrectionState.ASKED or not self._requests.deciders.may_decide(
                note.user_id, correction
            ):
                return None
            replaces = await self._requests.replaced_by(correction)
            external = await self._requests.external.known(correction)
            return views.to_decide(correction, asker, replaces, texts, external)
        if note.kind is NoteKind.CLOSED:
            by = self._requests.deciders.name_of(correction.decided_by) if correction.decided_by else ""
            return views.closed_for_asker(correction, by, texts)
        punch = await self._ledger.of_message(correction.punch_message_id)
        return None if punch is None else views.outcome(correction, asker, punch, texts)

    async def _excused(self, note: Note, texts: Texts) -> Reply | None:
        """Return the lead's last word on a day; who was not told of an earlier one need not hear it."""
        day, _, number = note.about.partition("/")  # a note from before excuses could be taken back has no number
        last = await self._excuses.last(note.user_id, date.fromisoformat(day))
        if last is None or last.number != int(number or 1):
            return None
        return excuse_views.for_person(last, self._requests.deciders.name_of(last.decided_by), texts)

    async def _postpone(self, note: Note, pause: timedelta) -> None:
        until = self._clock.now() + pause
        await until_written(lambda: self._notes.postpone(note, until), "that a note is given later")
