"""The last look before a reminder leaves: whether somebody punched, said no, or left in the meantime."""

from collections.abc import Sequence

from bot.clock import Clock
from bot.domain.day import person_day
from bot.domain.due import DueState, judge
from bot.domain.reminders import Reminder, ReminderKind
from bot.services.organisation.directory import Directory
from bot.services.organisation.visibility import Visibility
from bot.services.reminding.agendas import AgendaKeeper
from bot.services.reminding.nudges import ASK_AGAIN, Nudger
from bot.services.reporting.day_reader import DayReader
from bot.storage.reminders import Reminders

GONE = "is no longer here"
SILENCED = "wants none for this day"
ENOUGH = "was reminded as often as is wanted"


class LastLook:
    """Drops reminders that are no longer due."""

    def __init__(
        self,
        *,
        reminders: Reminders,
        keeper: AgendaKeeper,
        reader: DayReader,
        directory: Directory,
        visibility: Visibility,
        nudger: Nudger,
        most: int,
        clock: Clock,
    ) -> None:
        """Take how many reminders a check may have at `most`."""
        self._reminders = reminders
        self._keeper = keeper
        self._reader = reader
        self._directory = directory
        self._visibility = visibility
        self._nudger = nudger
        self._most = most
        self._clock = clock

    async def still_due(self, reminders: Sequence[Reminder]) -> Sequence[Reminder]:
        """Return those of reminders of one check that are still to be said; the others are dropped, or wait.

        Raises StoreRefused.
        """
        day = reminders[0].work_date
        facts = await self._reader.known([one.user_id for one in reminders], day, day)
        await self._keeper.follow_wishes()
        now = self._clock.now()
        reasons = {
            one: self._reason(one, judge(one, person_day(facts[one.user_id][day], now))) for one in reminders
        }
        left = [one for one, reason in reasons.items() if reason is None]
        reasons.update(dict.fromkeys(await self._reminded_enough(left), ENOUGH))
        for reason in set(reasons.values()) - {None}:
            await self._nudger.drop([one for one, its in reasons.items() if its == reason], reason or "")
        left = [one for one in left if reasons[one] is None]
        return [one for one in left if one.kind is not ReminderKind.NUDGE or await self._is_asked_still(one)]

    def _reason(self, reminder: Reminder, verdict: DueState) -> str | None:
        """Return why a reminder is not said, None where nothing speaks against it."""
        if verdict not in (DueState.DUE, DueState.UNKNOWN):
            return verdict
        if self._keeper.is_silenced(reminder):
            return SILENCED
        return None if self._directory.is_active(reminder.user_id) else GONE

    async def _is_asked_still(self, nudge: Reminder) -> bool:
        """Tell whether who asked for a nudge may do so now; else it waits, or its check is free for others.

        It comes here when it was not sent at once, and meanwhile they may have lost the role.
        """
        is_theirs = await self._visibility.is_led_by(nudge.user_id, nudge.asked_by)
        if is_theirs is None:
            await self._nudger.again([nudge], ASK_AGAIN)
        elif not is_theirs:
            await self._nudger.free([nudge])
        return bool(is_theirs)

    async def _reminded_enough(self, reminders: Sequence[Reminder]) -> Sequence[Reminder]:
        """Return reminders that waited past the check and were replaced by later ones."""
        now, most = self._clock.now(), self._most
        late = [one for one in reminders if one.kind is ReminderKind.BEFORE and now > one.due_at]
        if not late:
            return ()
        counts = await self._reminders.spoken(late[0].work_date, late[0].work_date, most + 1)
        return [one for one in late if one.check in counts]  # itself included
