"""A lead's bundled note after the start of a shift: people missing, on leave, and unknown."""

from collections.abc import Mapping, Sequence

from bot.domain.day import Standing, person_day
from bot.domain.due import LATE, NOT_THEIRS, QUIET_HOURS, is_stale
from bot.domain.people import Employee
from bot.domain.reminders import Reminder, ReminderState
from bot.services.base import Base
from bot.services.nudging import Nudging
from bot.services.organisation.directory import Directory
from bot.services.organisation.rosters import Rosters, in_calls
from bot.services.organisation.visibility import Visibility
from bot.services.reminding.planning import ReminderPlan
from bot.services.reminding.sending import ASK_AGAIN, NOBODY_MISSING, ReminderSender
from bot.services.reporting.day_reader import DayReader
from bot.settings.rules import reminder_policy_of
from bot.views.leading import TeamNote, escalation
from bot.views.reply import Reply

_NAMED = (Standing.MISSING, Standing.ON_LEAVE, Standing.UNKNOWN)


class LeadNotes:
    """Says claimed notes, by the facts and the rights of the moment. Each call raises StoreRefused."""

    def __init__(
        self,
        base: Base,
        *,
        rosters: Rosters,
        directory: Directory,
        visibility: Visibility,
        reader: DayReader,
        plan: ReminderPlan,
        nudging: Nudging,
        sender: ReminderSender,
    ) -> None:
        self._base = base
        self._rosters = rosters
        self._directory = directory
        self._visibility = visibility
        self._reader = reader
        self._plan = plan
        self._nudging = nudging
        self._sender = sender
        self._policy = reminder_policy_of(base.settings)

    async def tell(self, notes: Sequence[Reminder]) -> Mapping[str, str]:
        """Tell the leads of one start of a shift; return what could not be read, by the name of the API."""
        now = self._base.clock.now()
        late = [one for one in notes if is_stale(one, now)]
        await self._sender.drop(late, LATE)
        fresh = [one for one in notes if one not in late]
        if self._policy.is_quiet(now):
            await self._sender.drop(fresh, QUIET_HOURS)
            return {}
        if not fresh:
            return {}
        states, troubles = await self._states(fresh)
        for note in fresh:
            await self._tell(note, states)
        return troubles

    async def _states(self, notes: Sequence[Reminder]) -> tuple[Mapping[str, Standing], Mapping[str, str]]:
        """Return the people of this start of a shift whom a note names, with their standing."""
        day, starts_at = notes[0].work_date, notes[0].due_at
        leads, teams = {note.user_id for note in notes}, self._directory.teams()
        starters = [
            user_id
            for plan, user_ids in self._rosters.plans.items()
            if plan.work_date == day and (point := plan.start) is not None and point.due_at == starts_at
            for user_id in user_ids
            if self._directory.is_active(user_id) and not leads.isdisjoint(teams.leads_of(user_id))
        ]
        states: dict[str, Standing] = {}
        troubles: dict[str, str] = {}
        for some in in_calls(starters):
            reading = await self._reader.read_now(some, day)
            troubles.update(reading.troubles)
            now = self._base.clock.now()
            for user_id in some:
                one = person_day(reading.facts[user_id], now)
                if one.standing in _NAMED and one.arrived_at is None and not one.excused:
                    states[user_id] = one.standing
        return states, troubles

    async def _tell(self, note: Reminder, states: Mapping[str, Standing]) -> None:
        teams = self._directory.teams()
        theirs = [one for one in states if note.user_id in teams.leads_of(one)]
        told = await self._visibility.to_be_told(note.user_id, theirs)  # reading took its time
        if told is None:
            await self._sender.again([note], ASK_AGAIN)
            return
        user_ids, left_out = told
        reply = await self._note(note, {one: states[one] for one in user_ids}, left_out)
        if reply is None:
            await self._sender.drop([note], NOT_THEIRS if theirs and not user_ids else NOBODY_MISSING)
        elif self._policy.shadow:
            await self._sender.settle([note], ReminderState.SHADOW)
        else:
            await self._sender.send([note], reply)

    async def _note(self, note: Reminder, states: Mapping[str, Standing], left_out: int) -> Reply | None:
        """Return the words of a note, None if nobody is missing, unknown or left out."""

        def people(wanted: Standing) -> list[Employee]:
            found = (one for one, state in states.items() if state is wanted)
            employees = (self._directory.employee(one) or Employee(one, one) for one in found)
            return sorted(employees, key=lambda one: (one.name, one.user_id))

        missing = people(Standing.MISSING)
        shown = TeamNote(
            note.due_at,
            self._base.clock.now(),
            missing=missing,
            nudgeable=await self._nudging.reachable([one.user_id for one in missing], note.work_date),
            on_leave=people(Standing.ON_LEAVE),
            unknown=people(Standing.UNKNOWN),
            left_out=left_out,
        )
        return escalation(shown, self._base.texts(self._plan.language_of(note.user_id)))
