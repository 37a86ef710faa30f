"""Telling the leads of one start of a shift who is missing, each of their own people."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import date

from bot.clock import Clock
from bot.domain.agenda import Speaking
from bot.domain.due import LATE, NOT_THEIRS, QUIET_HOURS, is_stale
from bot.domain.reminders import Reminder
from bot.services.organisation.directory import Directory
from bot.services.organisation.visibility import Visibility
from bot.services.reminding.agendas import AgendaKeeper
from bot.services.reminding.blind_spots import BlindSpots
from bot.services.reminding.escalations import Escalations
from bot.services.reminding.nudges import ASK_AGAIN, Nudger
from bot.services.reminding.reminder_sentences import ReminderSentences

NOBODY_MISSING = "nobody is missing"


class LeadNotes:
    """Says the notes that were claimed, by the facts and the rights of the moment."""

    def __init__(
        self,
        *,
        escalations: Escalations,
        directory: Directory,
        visibility: Visibility,
        keeper: AgendaKeeper,
        nudger: Nudger,
        blind: BlindSpots,
        sentences: ReminderSentences,
        speaking: Speaking,
        clock: Clock,
        reachable: Callable[[Sequence[str], date], Awaitable[frozenset[str]]],
    ) -> None:
        """Take `reachable`: it returns the people whom a nudge for a work date would reach now."""
        self._escalations = escalations
        self._directory = directory
        self._visibility = visibility
        self._keeper = keeper
        self._nudger = nudger
        self._blind = blind
        self._sentences = sentences
        self._speaking = speaking
        self._clock = clock
        self._reachable = reachable

    async def tell(self, notes: Sequence[Reminder]) -> None:
        """Tell the leads of one start of a shift, each of their own people."""
        now = self._clock.now()
        late = [one for one in notes if is_stale(one, now)]
        await self._nudger.drop(late, LATE)
        fresh = [one for one in notes if one not in late]
        if self._speaking.is_quiet(self._clock.now()):
            await self._nudger.drop(fresh, QUIET_HOURS)
            return
        if not fresh:
            return
        doubted = [one for one in fresh if self._directory.is_role_doubted(one.user_id)]
        await self._nudger.again(doubted, ASK_AGAIN)
        fresh = [one for one in fresh if one not in doubted]
        if not fresh:
            return
        leads = [one.user_id for one in fresh]
        teams, troubles = await self._escalations.teams(fresh[0].work_date, fresh[0].due_at, leads)
        if troubles:
            await self._blind.note(troubles)
        for note in fresh:
            team = teams[note.user_id]
            told = await self._visibility.to_be_told(note.user_id, team.people)  # the reading took its time
            if told is None:
                await self._nudger.again([note], ASK_AGAIN)
                continue
            if team.people and not told.user_ids and not told.left_out:
                await self._nudger.drop([note], NOT_THEIRS)
                continue
            language = self._keeper.language_of(note.user_id)
            shown = team.only(told.user_ids)
            nudgeable = await self._reachable(shown.missing, note.work_date)
            reply = self._sentences.escalation(note, shown, nudgeable, language, left_out=told.left_out)
            if reply is None:
                await self._nudger.drop([note], NOBODY_MISSING)
            elif self._speaking.shadow:
                await self._nudger.only_write([note])
            else:
                await self._nudger.send([note], reply)
