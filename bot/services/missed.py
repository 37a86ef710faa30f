"""Checks that somebody never made: told with their next clock-in, once."""

import logging
from collections.abc import Sequence

from bot.clock import Clock
from bot.domain.punches import Punch, PunchSource
from bot.domain.reminders import Reminder, ReminderState
from bot.domain.shifts import CheckType
from bot.errors import StoreRefused
from bot.i18n import Texts
from bot.services.persisting import until_written
from bot.services.ports import Reminders
from bot.views.nudges import missed_line

log = logging.getLogger(__name__)


class MissedChecks:
    """Gives the lines for a receipt, and notes that they were told."""

    def __init__(self, reminders: Reminders, clock: Clock) -> None:
        self._reminders = reminders
        self._clock = clock
        self._people: frozenset[str] = frozenset()

    async def follow(self) -> None:
        """Learn who has missed something, so that nobody else's receipt has to look; to be called every minute.

        Raises StoreRefused.
        """
        self._people = await self._reminders.holders()

    async def take(self, punch: Punch) -> Sequence[Reminder]:
        """Return what `punch`, a clock-in, is to be told along with; nobody else will tell it then.

        A database that refuses costs the lines, not the receipt.
        """
        clocks_in = punch.check_type is CheckType.ON_DUTY and punch.source is not PunchSource.CORRECTION
        if not clocks_in or punch.user_id not in self._people:
            return ()
        try:
            held = await self._reminders.held(punch.user_id)
            return await self._reminders.begin([one for one in held if one.work_date < punch.work_date])
        except StoreRefused as error:
            log.warning("missed checks could not be looked up: %s", error)
            return ()

    def lines(self, missed: Sequence[Reminder], texts: Texts) -> tuple[str, ...]:
        """Return one line for each missed check, with the time up to which DingTalk was asked."""
        today = self._clock.now().astimezone(texts.zone).date()
        return tuple(missed_line(one, texts, today=today, as_of=one.moment) for one in missed)

    async def told(self, missed: Sequence[Reminder], *, reached: bool) -> None:
        """Note that these were told, or let them wait for the next clock-in."""
        if missed:
            state = ReminderState.SENT if reached else ReminderState.HELD
            await until_written(lambda: self._reminders.settle(missed, state), "that missed checks were told")
