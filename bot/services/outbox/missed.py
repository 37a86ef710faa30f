"""Checks that somebody never made: told with their next clock-in, once."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import date

from bot.clock import Clock
from bot.domain.day import PersonDay
from bot.domain.due import DueState, judge
from bot.domain.punches import Punch, PunchSource
from bot.domain.reminders import Reminder, ReminderState
from bot.domain.shifts import CheckType
from bot.errors import StoreRefused
from bot.i18n import Texts
from bot.services.outbox.worker import until_written
from bot.storage.reminders import Reminders
from bot.views.reminders import missed_line

log = logging.getLogger(__name__)

_STAY = (DueState.UNKNOWN, DueState.PENDING_LEAVE)  # neither said nor given up


class MissedChecks:
    """Gives the lines for a receipt, and notes that they were told.

    A line was proved half an hour after its check was over. What has become known here since is looked at again
    before it is said: a make-up punch, a punch that was told of late, leave that was approved afterwards.
    """

    def __init__(
        self,
        reminders: Reminders,
        clock: Clock,
        known: Callable[[str, date], Awaitable[PersonDay]],
        *,
        shadow: bool = False,
    ) -> None:
        """Take `known`, which returns how a person's work date stands by what is here, or raises StoreRefused.

        With `shadow` nothing is said, and what waited to be said counts as written down.
        """
        self._reminders = reminders
        self._clock = clock
        self._known = known
        self._shadow = shadow
        self._people: frozenset[str] = frozenset()

    async def follow(self) -> None:
        """Learn who has missed something, so that nobody else's receipt has to look; to be called every minute.

        Raises StoreRefused.
        """
        self._people = await self._reminders.holders()

    async def take(self, punch: Punch) -> Sequence[Reminder]:
        """Claim the missed checks to tell with the receipt of `punch`, a clock-in.

        A database that refuses costs the lines, not the receipt.
        """
        clocks_in = punch.check_type is CheckType.ON_DUTY and punch.source is not PunchSource.CORRECTION
        if not clocks_in or punch.user_id not in self._people:
            return ()
        try:
            held = await self._reminders.held(punch.user_id)
            still = await self._still_missed([one for one in held if one.work_date < punch.work_date])
            if self._shadow:
                await self._reminders.settle(still, ReminderState.SHADOW)
                return ()
            return await self._reminders.begin(still)
        except StoreRefused as error:
            log.warning("missed checks could not be looked up: %s", error)
            return ()

    async def _still_missed(self, held: Sequence[Reminder]) -> Sequence[Reminder]:
        """Return those of `held` that nothing known by now speaks against, and give up the others."""
        verdicts = {one: judge(one, await self._known(one.user_id, one.work_date)) for one in held}
        for one, verdict in verdicts.items():
            if verdict is not DueState.DUE and verdict not in _STAY:
                await self._reminders.settle([one], ReminderState.DROPPED, verdict)
        return [one for one, verdict in verdicts.items() if verdict is DueState.DUE]

    def lines(self, missed: Sequence[Reminder], texts: Texts) -> tuple[str, ...]:
        """Return one line for each missed check, with the time up to which DingTalk was asked."""
        today = self._clock.now().astimezone(texts.zone).date()
        return tuple(missed_line(one, texts, today=today, as_of=one.moment) for one in missed)

    async def told(self, missed: Sequence[Reminder], *, reached: bool) -> None:
        """Note that these were told, or let them wait for the next clock-in."""
        if missed:
            state = ReminderState.SENT if reached else ReminderState.HELD
            await until_written(lambda: self._reminders.settle(missed, state), "that missed checks were told")
