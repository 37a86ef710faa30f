"""Telling leads of punches whose position wants a look; what they see is site and distance, no coordinates."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import timedelta

from bot.clock import Clock
from bot.dingtalk.robot import RECIPIENTS_A_CALL, Robot
from bot.domain.teams import told_about
from bot.errors import OperatorError, StoreRefused, UpstreamError
from bot.i18n import Texts
from bot.services.organisation.directory import Directory
from bot.services.organisation.visibility import Visibility
from bot.services.upkeep.leases import OTHERS_TURN, Lease
from bot.services.upkeep.persisting import until_written
from bot.storage.punch_flags import FlagBook, Flagged
from bot.views.flag_notes import flag_note
from bot.views.reply import Language, Reply

log = logging.getLogger(__name__)

ROUND_S = 2.0
AT_ONCE = 64
MOST_HALF_TOLD = 1000  # notes that some were told of and others not yet


class FlagNotes:
    """Works off what is owed to leads, from rows that were written with the punches.

    Somebody without a lead is told of to the administrators. A note of unknown outcome is sent again: twice is
    better than never. While the process lives nobody is told again because others could not be.
    """

    def __init__(
        self,
        flags: FlagBook,
        messenger: Robot,
        directory: Directory,
        clock: Clock,
        texts: Callable[[Language], Texts],
        *,
        visibility: Visibility,
        admins: Sequence[str],
        language_of: Callable[[str], Language],
        lease: Lease,
        round_s: float = ROUND_S,
    ) -> None:
        """Take `round_s`: seconds between looks for what is owed."""
        self._flags = flags
        self._messenger = messenger
        self._directory = directory
        self._clock = clock
        self._texts = texts
        self._visibility = visibility
        self._admins = tuple(admins)
        self._language_of = language_of
        self._lease = lease
        self._round_s = round_s
        self._told: dict[str, set[str]] = {}  # user ids by punch id, of notes that not everybody was told yet

    async def run(self) -> None:
        """Tell leads, for ever."""
        while True:
            if await self.round() < AT_ONCE:
                await asyncio.sleep(self._round_s)

    async def round(self) -> int:
        """Tell what is owed now; return how much was."""
        due: Sequence[Flagged] = ()
        try:
            term = self._lease.term
            due = await self._flags.take_due(self._clock.now(), AT_ONCE)
            for flagged in due:
                await self._tell_guarded(flagged, term)
        except StoreRefused as error:
            log.warning("what leads are to be told could not be read: %s", error)
        return len(due)

    async def _tell_guarded(self, flagged: Flagged, term: int) -> None:
        try:
            told = self._lease.holds(term) and await self._tell(flagged)
        except Exception:
            log.exception("a note to a lead failed in a way nobody foresaw; it is tried again later")
            told = False
        punch_id = flagged.punch.punch_id
        if told:
            await until_written(lambda: self._flags.told(punch_id), "that leads know of a punch")
            self._told.pop(punch_id, None)
            return
        pause = max(OTHERS_TURN, timedelta(seconds=min(300, 2 ** min(flagged.tries + 1, 9))))
        until = self._clock.now() + pause
        await until_written(lambda: self._flags.postpone(punch_id, until), "that leads are told later")

    async def _tell(self, flagged: Flagged) -> bool:
        """Tell everybody who leads the person, once that is known; True when nobody is left to tell."""
        if not self._directory.is_read:
            return False  # whoever has no lead yet may have one
        user_id = flagged.punch.user_id
        if not await self._visibility.is_team_known(user_id):
            return False
        led_by = self._directory.teams().leads_of(user_id)  # only now: another process may have read them anew
        leads = sorted(told_about(user_id, led_by, self._admins, self._directory.is_active))
        for lead in leads:
            if not await self._visibility.is_role_known(lead):
                return False
        told = self._told_of(flagged.punch.punch_id)
        by_language: dict[Language, list[str]] = defaultdict(list)
        for lead in (one for one in leads if one not in told):
            by_language[self._language_of(lead)].append(lead)
        name = self._directory.name_of(user_id) or user_id
        for language, those in by_language.items():
            note = flag_note(flagged.punch, flagged.flags, name, self._texts(language))
            for start in range(0, len(those), RECIPIENTS_A_CALL):
                told |= await self._sent(those[start : start + RECIPIENTS_A_CALL], note)
        return told.issuperset(leads)

    def _told_of(self, punch_id: str) -> set[str]:
        """Return who was told of a punch so far, to be added to."""
        if punch_id not in self._told and len(self._told) >= MOST_HALF_TOLD:
            self._told.pop(next(iter(self._told)))  # the longest kept: another process may have told the others
        return self._told.setdefault(punch_id, set())

    async def _sent(self, leads: Sequence[str], note: Reply) -> set[str]:
        """Return whom of `leads` the note needs not be sent again."""
        try:
            sent = await self._messenger.send(leads, note)
        except (UpstreamError, OperatorError) as error:
            log.warning("leads could not be told of a punch: %s", error)
            return set()
        return set(leads) - set(sent.flow_controlled)
