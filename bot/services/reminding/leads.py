"""What leads are told unasked: who is missing after the start of a shift, and the daily summary."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.day import Standing, person_day
from bot.domain.people import Employee
from bot.domain.reminders import Reminder, ReminderKind
from bot.services.organisation.rosters import in_calls
from bot.services.organisation.visibility import ViewResult
from bot.services.reminding.sending import ReminderSender
from bot.services.reporting.day_reader import DayReader
from bot.services.use_cases import Services
from bot.views.leading import escalation
from bot.views.team import team_day, with_left_out

DIGEST_SPAN = timedelta(hours=1)  # a process that starts later than its time sends none


class LeadMessages:
    """Sends claimed messages to leads by the facts and rights of the moment. Each call raises StoreRefused."""

    def __init__(self, services: Services, reader: DayReader, sender: ReminderSender) -> None:
        self._base = services.base
        self._rosters = services.rosters
        self._directory = services.directory
        self._visibility = services.visibility
        self._days = services.summaries
        self._plan = services.reminder_plan
        self._reader = reader
        self._sender = sender

    async def note(self, notes: Sequence[Reminder]) -> Mapping[str, str]:
        """Tell the leads of one start of a shift; return what could not be read, by the name of the API."""
        standings, troubles = await self._standings(notes)
        for note in notes:
            told = await self._visibility.to_be_told(note.user_id, standings)  # reading took its time
            if told is None:
                await self._sender.again([note])
                continue
            user_ids, left_out = told
            people: dict[Standing, list[Employee]] = {}
            employees = [self._directory.employee(one) or Employee(one, one) for one in user_ids]
            for employee in sorted(employees, key=lambda one: (one.name, one.user_id)):
                people.setdefault(standings[employee.user_id], []).append(employee)
            texts, now = self._base.texts(self._plan.language_of(note.user_id)), self._base.clock.now()
            reply = escalation(note.due_at, people, texts, as_of=now, left_out=left_out)
            if reply is None:
                await self._sender.drop([note], "none of their people is missing")
            else:
                await self._sender.send([note], reply)
        return troubles

    async def _standings(self, notes: Sequence[Reminder]) -> tuple[Mapping[str, Standing], Mapping[str, str]]:
        """Return how the people stand who have this start of a shift and a lead of `notes`, and did not come."""
        day, starts_at = notes[0].work_date, notes[0].due_at
        leads, teams = {note.user_id for note in notes}, self._directory.teams()
        starters = [
            user_id
            for plan, user_ids in self._rosters.plans.items()
            if plan.work_date == day and (point := plan.start) is not None and point.due_at == starts_at
            for user_id in user_ids
            if self._directory.is_active(user_id) and not leads.isdisjoint(teams.leads_of(user_id))
        ]
        standings: dict[str, Standing] = {}
        troubles: dict[str, str] = {}
        for some in in_calls(starters):
            reading = await self._reader.read_now(some, day)
            troubles.update(reading.troubles)
            days = (person_day(one, self._base.clock.now()) for one in reading.facts.values())
            standings |= {one.user_id: one.standing for one in days if one.arrived_at is None and not one.excused}
        return standings, troubles

    def digests_due(self, now: datetime) -> Sequence[Reminder]:
        """Return today's summaries from their time on: of leads who want one and have people with a shift."""
        local = now.astimezone(self._base.zone)
        at = datetime.combine(local.date(), self._base.settings.summaries.digest_at, self._base.zone)
        if not at <= local < at + DIGEST_SPAN:
            return ()
        wanted = [one.user_id for one in self._plan.wishes.values() if one.digest]
        today = (user_ids for plan, user_ids in self._rosters.plans.items() if plan.work_date == local.date())
        at_work = frozenset(one for user_ids in today for one in user_ids) if wanted else frozenset()
        leads = [lead for lead in wanted if any(one.user_id in at_work for one in self._visibility.team_of(lead))]
        digest = (ReminderKind.DIGEST, local.date(), "digest", at, now)
        return [Reminder(lead, *digest) for lead in leads if self._directory.is_active(lead)]

    async def digest(self, one: Reminder) -> None:
        """Send a daily summary. The right to see is read before it is made and again before it leaves."""
        sight, reply = await self._visibility.seen_by(one.user_id), None
        if sight.user_ids:
            texts = self._base.texts(self._plan.language_of(one.user_id))
            reply = team_day(await self._days.day(sight, one.work_date), sight.people, texts, title=None)
            reply = replace(reply, text=f"{reply.text}\n\n{texts('digest.footer')}", buttons=())
            reply = with_left_out(reply, sight.left_out, texts)
            sight = await self._visibility.now(sight)
        if sight.outcome is ViewResult.NOT_READ:
            await self._sender.again([one])
        elif reply is None or not sight.user_ids:
            await self._sender.drop([one], "leads nobody any more")
        else:
            await self._sender.send([one], reply)
