"""Messages to leads: the daily summary, and the note on people missing at a start of a shift."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import chain

from bot.actions import SetDigest
from bot.chat.context import Answer, Context, answers
from bot.domain.day import Standing, person_day
from bot.domain.people import Employee
from bot.domain.reminders import Reminder, ReminderKind
from bot.domain.slots import Whom
from bot.services.organisation.rosters import in_batches
from bot.services.organisation.sights import ViewResult
from bot.services.reminding.sending import ReminderSender
from bot.services.services import Services
from bot.views.keys import SAVINGS
from bot.views.notes import late_note, missing_note
from bot.views.sentences import reply_without_title
from bot.views.team import team_day, with_left_out


@answers(SetDigest)
async def set_digest(ctx: Context, action: SetDigest) -> Answer:
    """Show the change. Its button switches the daily summary on or off."""
    texts = ctx.texts
    services = ctx.services
    await ctx.read_sight(action, Whom(), otherwise="digest.no_team")
    at = f"{services.settings.summaries.digest_at:%H:%M}"
    if not ctx.sure:
        key = "digest.shown_on" if action.wanted else "digest.shown_off"
        return ctx.confirm(key, action, at=at)
    await services.store.wishes.change(ctx.user_id, lambda old: replace(old, digest=action.wanted))
    quota = services.quota
    lines = [texts("digest.on" if action.wanted else "digest.off", at=at)]
    if action.wanted and ReminderKind.DIGEST in quota.stopped:
        lines.append(texts(SAVINGS[quota.step]))
    return reply_without_title("\n\n".join(lines))


async def send_notes(
    services: Services, sender: ReminderSender, notes: Sequence[Reminder]
) -> Mapping[str, str]:
    """Send the notes about one start of a shift, by present facts and rights.

    Return the failed calls: a reason by API. Raises StoreRefused.
    """
    standings, troubles = await _read_standings(services, notes)
    for note in notes:
        arrivals = services.reminder_plan.arrivals(note.due_at)
        is_late_note = note.kind is ReminderKind.LATE
        shown = [
            who
            for who, standing in standings.items()
            if not is_late_note or (who in arrivals and standing is not Standing.ON_LEAVE)
        ]
        texts = await services.texts_for(note.user_id)
        # after the slow reads
        people_shown = await services.visibility.people_for_note(note.user_id, shown)
        if people_shown is None:
            await sender.again([note])
            continue
        user_ids, left_out = people_shown
        people: dict[Standing, list[Employee]] = {}
        employees = [services.directory.employee(who) or Employee(who, who) for who in user_ids]
        for employee in sorted(employees, key=lambda employee: (employee.name, employee.user_id)):
            people.setdefault(standings[employee.user_id], []).append(employee)
        now = services.now
        if is_late_note:
            reply = late_note(note.due_at, [*chain(*people.values())], arrivals, texts)
        else:
            reply = missing_note(note.due_at, people, arrivals, texts, as_of=now, left_out=left_out)
        if reply is None:
            await sender.drop([note], "nobody missing")
        else:
            await sender.send([note], reply)
    return troubles


async def _read_standings(
    services: Services, notes: Sequence[Reminder]
) -> tuple[Mapping[str, Standing], Mapping[str, str]]:
    """Return the standings of people who did not come to this start of a shift, under a lead of
    `notes`.
    """
    day = notes[0].work_date
    starts_at = notes[0].due_at
    leads = {note.user_id for note in notes}
    teams = services.directory.view.teams
    starters = [
        user_id
        for plan, user_ids in services.rosters.plans.items()
        if plan.work_date == day and (point := plan.start) is not None and point.due_at == starts_at
        for user_id in user_ids
        if user_id in services.directory.view.active
        and not leads.isdisjoint(teams.leads_of(user_id))
    ]
    standings: dict[str, Standing] = {}
    troubles: dict[str, str] = {}
    for batch in in_batches(starters):
        reading = await services.day_reader.read_now(batch, day)
        troubles.update(reading.troubles)
        days = (person_day(facts, services.now) for facts in reading.facts.values())
        standings |= {
            day.user_id: day.standing for day in days if day.arrived_at is None and not day.excused
        }
    return standings, troubles


async def send_digest(services: Services, sender: ReminderSender, reminder: Reminder) -> None:
    """Send a digest, unless nobody works today.

    The right to see is read first, and again before the digest leaves. Raises
    StoreRefused.
    """
    sight = await services.visibility.read_sight(reminder.user_id)
    reply = None
    if sight.user_ids:
        texts = await services.texts_for(reminder.user_id)
        team = await services.summaries.day(sight, reminder.work_date)
        if any(day.plan is not None and day.plan.points for day in team.days):
            title = sight.title(texts)
            reply = team_day(team, sight.people, texts, title=title)
            reply = replace(reply, text=f"{reply.text}\n\n{texts('digest.footer')}", buttons=())
            reply = with_left_out(reply, sight.left_out, texts)
        sight = await services.visibility.recheck(sight)
    if sight.outcome is ViewResult.NOT_READ:
        await sender.again([reminder])
    elif reply is None or not sight.user_ids:
        await sender.drop([reminder], "nobody at work")
    else:
        await sender.send([reminder], reply)
