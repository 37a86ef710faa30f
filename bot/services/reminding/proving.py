"""What becomes of a reminder: proved by the facts of the moment, then said, dropped or left until asked again."""

from collections.abc import Mapping, Sequence

from bot.clock import Clock
from bot.domain.agenda import Speaking
from bot.domain.day import person_day
from bot.domain.due import LATE, QUIET_HOURS, DueState, is_stale, judge, most_telling
from bot.domain.reminders import Reminder, ReminderKind
from bot.services.reminding.blind_spots import BlindSpots
from bot.services.reminding.last_look import LastLook
from bot.services.reminding.nudges import ASK_AGAIN, Nudger
from bot.services.reminding.reminder_sentences import ReminderSentences
from bot.services.reporting.day_reader import DayReader

SAID_ANOTHER = "another reminder was said at the same time"


class Proving:
    """Tells nobody what the facts do not say, nor what another word has overtaken."""

    def __init__(
        self,
        *,
        reader: DayReader,
        blind: BlindSpots,
        last_look: LastLook,
        nudger: Nudger,
        sentences: ReminderSentences,
        speaking: Speaking,
        clock: Clock,
    ) -> None:
        self._reader = reader
        self._blind = blind
        self._last_look = last_look
        self._nudger = nudger
        self._sentences = sentences
        self._speaking = speaking
        self._clock = clock

    async def prove(self, batch: Sequence[Reminder]) -> Sequence[Reminder]:
        """Read the facts of at most 50 people; return the reminders to say now, one a person.

        The others are dropped, held or wait. Raises StoreRefused.
        """
        said: Sequence[Reminder] = ()
        now = self._clock.now()
        stale = [one for one in batch if is_stale(one, now)]
        await self._nudger.drop(stale, LATE)
        verdicts = await self._verdicts([one for one in batch if not is_stale(one, now)])
        for verdict in set(verdicts.values()):
            some = [one for one, its_verdict in verdicts.items() if its_verdict is verdict]
            if verdict is DueState.DUE:
                said = await self._said(some)
            elif verdict is DueState.UNKNOWN:
                await self._nudger.again(some, ASK_AGAIN)
            else:
                await self._nudger.drop(some, verdict)
        return said

    async def say(self, reminders: Sequence[Reminder], language: str | None) -> None:
        """Send one text to those for whom the last look still finds it due. Raises StoreRefused."""
        if self._speaking.is_quiet(self._clock.now()):
            await self._nudger.drop(reminders, QUIET_HOURS)
            return
        left = await self._last_look.still_due(reminders)
        if left:
            await self._nudger.send(left, self._sentences.nudge(left[0], language))

    async def _verdicts(self, reminders: Sequence[Reminder]) -> Mapping[Reminder, DueState]:
        """Return what the facts say, read once for each work date."""
        verdicts: dict[Reminder, DueState] = {}
        for day in sorted({one.work_date for one in reminders}):
            of_day = [one for one in reminders if one.work_date == day]
            reading = await self._reader.read_now(list({one.user_id: None for one in of_day}), day)
            now = self._clock.now()
            verdicts.update((one, judge(one, person_day(reading.facts[one.user_id], now))) for one in of_day)
            await self._blind.note(reading.troubles)
        return verdicts

    async def _said(self, due: Sequence[Reminder]) -> Sequence[Reminder]:
        """Return one reminder text a person; a missed check is no message."""
        missed = [one for one in due if one.kind is ReminderKind.MISSED]
        said = most_telling(one for one in due if one.kind is not ReminderKind.MISSED)
        await self._nudger.drop([one for one in due if one not in missed and one not in said], SAID_ANOTHER)
        if self._speaking.is_quiet(self._clock.now()):
            await self._nudger.drop(said, QUIET_HOURS)
            said = []
        if self._speaking.shadow:
            await self._nudger.only_write([*said, *missed])
            return ()
        await self._nudger.hold(missed)
        return said
