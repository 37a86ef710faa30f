"""The agenda of reminders, made again when a plan, a wish or an absence changes."""

import asyncio
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from operator import attrgetter, methodcaller
from typing import NamedTuple
from zoneinfo import ZoneInfo

from bot.clock import CLOCKS_APART
from bot.domain.absences import Absence, without_absences
from bot.domain.facts import SeenPunch, answers, window
from bot.domain.reminders import (
    STALE_AFTER,
    Reminder,
    ReminderKind,
    ReminderPolicy,
    ToldArrival,
    Wishes,
)
from bot.domain.shifts import CheckPoint, DayPlan, points_at
from bot.domain.slots import Days
from bot.domain.teams import Teams
from bot.errors import StoreRefused
from bot.services.base import Base
from bot.services.organisation.directory import Directory
from bot.services.organisation.rosters import Rosters
from bot.views.i18n import Language, language_or

AROUND = timedelta(days=3)  # absences before and after now that matter
COUNTED = frozenset({ReminderKind.BEFORE, ReminderKind.AFTER})  # `most` limits these for each check
CAN_BE_LAST = COUNTED | {ReminderKind.SNOOZE}


class AgendaEntry(NamedTuple):
    """A moment (UTC) for a reminder of `user_ids`, or for a note to their leads, about a check of
    `plan`. With the kind `MISSED` it is about their work date before `plan`.
    """

    moment: datetime
    kind: ReminderKind
    point: CheckPoint
    plan: DayPlan
    user_ids: Sequence[str]
    which: str = ""
    # kinds of later reminders of these people about the check, None where no reminder is a DING
    later: frozenset[ReminderKind] | None = None

    def is_last(self, sent: int, most: int) -> bool:
        """Return whether no other reminder follows, after `sent` reminders that `most` limits."""
        if self.later is None:
            return False
        has_more = sent + (self.kind in COUNTED) < most
        return not (self.later if has_more else self.later - COUNTED)


class ReminderPlan:
    """Keeps the agenda and returns due reminders. Asynchronous calls raise StoreRefused."""

    def __init__(self, base: Base, rosters: Rosters, directory: Directory) -> None:
        self._base = base
        self._rosters = rosters
        self._directory = directory
        self.agenda: Sequence[AgendaEntry] = ()
        self.wishes: dict[str, Wishes] = {}
        self._change = 0  # the number of the last known change of wishes
        self._absences: Sequence[Absence] = ()
        self._is_outdated = False  # stays true after a refusal of the database

    def wishes_of(self, user_id: str) -> Wishes:
        return self.wishes.get(user_id, Wishes(user_id))

    def language_of(self, user_id: str) -> Language:
        """Return the language of a person's last message, else the configured one."""
        return language_or(self.wishes_of(user_id).language, self._base.language)

    async def remember_language(self, user_id: str, language: Language, at: datetime) -> None:
        """Store the language of a person's words of `at` (UTC), if it changed as far as this process
        knows.

        A refusal does not matter: the next message repeats it.
        """
        if language == self.language_of(user_id):
            return
        with suppress(StoreRefused):
            change = methodcaller("in_language", language, at)
            self.wishes[user_id] = await self._base.store.wishes.change(user_id, change)

    def arrivals(self, starts_at: datetime) -> Mapping[str, ToldArrival]:
        """Return the told arrivals of people who come later than a shift begins, by user id."""
        known = {who: wishes.arrival_at(starts_at) for who, wishes in self.wishes.items()}
        return {who: arrival for who, arrival in known.items() if arrival is not None}

    def is_silenced(self, reminder: Reminder) -> bool:
        """Return whether the person's wishes stop this reminder."""
        return self.wishes_of(reminder.user_id).is_unwanted(reminder, self._base.zone)

    async def catch_up(self) -> None:
        """Take over what any process stored since the last call: plans, wishes, absences.

        Make the agenda anew if they changed. Raises StoreRefused.
        """
        self._is_outdated |= await self._rosters.catch_up()
        await self.catch_up_on_wishes()
        now = self._base.now
        absences = tuple(await self._base.store.absences.touching(now - AROUND, now + AROUND))
        self._is_outdated |= absences != self._absences
        self._absences = absences
        if self._is_outdated:
            self._is_outdated = False
            wishes = list(self.wishes.values())
            plans = self._rosters.plans
            policy = self._base.settings.reminders
            # On a thread: for 100,000 people this takes longer than a punch should wait.
            zone = self._base.zone
            self.agenda = await asyncio.to_thread(
                lambda: plan_agenda(plans, wishes, absences, policy, zone)
            )

    async def catch_up_on_wishes(self) -> None:
        """Take over the wishes that any process stored since the last call. Raises StoreRefused."""
        changed, self._change = await self._base.store.wishes.load_changes(self._change)
        self.wishes.update({wishes.user_id: wishes for wishes in changed})
        self._is_outdated |= bool(changed)

    async def entries(self, now: datetime) -> Sequence[AgendaEntry]:
        """Return the entries that became due since a process last claimed, none at the first start."""
        since = await self._base.store.reminders.claimed_until()
        if since is not None and since > now + CLOCKS_APART:
            since = now - STALE_AFTER  # by a clock that was ahead; a claim repeats no reminder
        if since is None:
            return ()
        moment_of = attrgetter("moment")
        first, end = (bisect_right(self.agenda, at, key=moment_of) for at in (since, now))
        return self.agenda[first:end]

    async def due(self, entries: Sequence[AgendaEntry], now: datetime) -> Sequence[Reminder]:
        """Return the reminders of entries that are not about missed checks."""
        store = self._base.store
        entries = [entry for entry in entries if entry.kind is not ReminderKind.MISSED]
        if not entries:
            return ()
        days = [entry.point.work_date for entry in entries]
        dates = Days(min(days), max(days))
        people = {user_id for entry in entries for user_id in entry.user_ids}
        known = await store.days.load(people, dates, window(dates, self._base.zone)[0], now)
        seen = {who: facts.seen for who, facts in known.items()}
        policy = self._base.settings.reminders
        least = policy.most - 1 if policy.ding else policy.most
        sent = await store.reminders.count(dates, least)
        active = self._directory.view.active
        teams = self._directory.view.teams
        chosen = await asyncio.to_thread(
            lambda: choose(entries, active, seen, teams, sent=sent, most=policy.most)
        )
        return [
            reminder
            for reminder in chosen
            if reminder.kind is ReminderKind.ESCALATION or not self.is_silenced(reminder)
        ]


def plan_agenda(
    people_by_plan: Mapping[DayPlan, Sequence[str]],
    wishes: Iterable[Wishes],
    absences: Iterable[Absence],
    policy: ReminderPolicy,
    zone: ZoneInfo,
) -> list[AgendaEntry]:
    """Return the entries of everybody in `people_by_plan`, sorted by moment.

    People with wishes or absences get entries of their own.
    """
    own = {wish.user_id: (wish, list[Absence]()) for wish in wishes if wish.has_own_rules}
    for absence in absences:
        if not absence.times_unknown:
            own.setdefault(absence.user_id, (Wishes(absence.user_id), []))[1].append(absence)
    entries: list[AgendaEntry] = []
    for plan, user_ids in people_by_plan.items():
        personal = own.keys() & user_ids
        usual = [who for who in user_ids if who not in personal] if personal else user_ids
        for point in plan.points if usual else ():
            entries += _entries(point, plan, usual, policy, policy.before_minutes)
        for user_id in personal:
            entries += _personal(plan, *own[user_id], policy)
        start = plan.start
        if start is None:
            continue
        of_start = partial(AgendaEntry, point=start, plan=plan)
        if policy.most:
            away = {
                who
                for who in personal
                if start.key
                not in [point.key for point in without_absences(plan.points, own[who][1])[0]]
            }
            coming = [who for who in user_ids if who not in away]
            entries.append(of_start(moment=start.due_at, kind=ReminderKind.MISSED, user_ids=coming))
        if not start.is_free and policy.escalate_minutes is not None:
            moment = start.due_at + timedelta(minutes=policy.escalate_minutes)
            entries.append(of_start(moment=moment, kind=ReminderKind.ESCALATION, user_ids=user_ids))
    loud = (entry for entry in entries if not policy.is_quiet(entry.moment.astimezone(zone)))
    agenda = sorted(loud, key=attrgetter("moment"))
    return _with_later(agenda) if policy.ding else agenda


def _with_later(agenda: Sequence[AgendaEntry]) -> list[AgendaEntry]:
    """Return a sorted agenda with the kinds of later reminders. An entry's first person stands for
    all: their other entries about the check are for the same people.
    """
    later = defaultdict[tuple[CheckPoint, str], frozenset[ReminderKind]](frozenset)
    entries = []
    for entry in reversed(agenda):
        if entry.kind in CAN_BE_LAST:
            check = (entry.point, entry.user_ids[0])
            entries.append(entry._replace(later=later[check]))
            later[check] |= {entry.kind}
        else:
            entries.append(entry)
    return entries[::-1]


def choose(
    entries: Iterable[AgendaEntry],
    active: Collection[str],
    seen: Mapping[str, Sequence[SeenPunch]],
    teams: Teams,
    *,
    sent: Mapping[tuple[str, str], int],
    most: int,
) -> list[Reminder]:
    """Return reminders for active people without a known punch, and notes for their active leads.

    `sent`: the number of reminders by person and check (`Reminder.about`), of which the company
    allows `most`.
    """
    chosen: list[Reminder] = []
    for entry in entries:
        point = entry.point
        missing = [
            who
            for who in entry.user_ids
            if who in active
            and not any(answers(punch, point, entry.plan, sure=True) for punch in seen.get(who, ()))
        ]
        is_note = entry.kind is ReminderKind.ESCALATION
        recipients: Iterable[str] = missing
        if is_note:
            recipients = {lead for who in missing for lead in teams.leads_of(who) if lead in active}
        for recipient in recipients:
            reminder = Reminder(
                user_id=recipient,
                kind=entry.kind,
                work_date=point.work_date,
                check_point="start" if is_note else point.key,
                due_at=point.due_at,
                moment=entry.moment,
                which=entry.which,
            )
            # `about` takes its time
            number = sent.get((recipient, reminder.about), 0) if sent else 0
            if entry.kind not in COUNTED or number < most:
                is_last = entry.is_last(number, most)
                chosen.append(replace(reminder, as_ding=True) if is_last else reminder)
    return chosen


def _entries(
    point: CheckPoint,
    plan: DayPlan,
    who: Sequence[str],
    policy: ReminderPolicy,
    before: Sequence[int],
) -> Iterator[AgendaEntry]:
    """Yield the entries of one check point inside its window."""
    if not policy.most or point.is_free:
        return
    earliest = min(point.opens_at, point.due_at)  # no reminder before its window opens
    moments = [
        (ReminderKind.BEFORE, minutes, max(point.due_at - timedelta(minutes=minutes), earliest))
        for minutes in before
    ]
    moments += [
        (ReminderKind.AFTER, minutes, point.due_at + timedelta(minutes=minutes))
        for minutes in policy.after_minutes
    ]
    for kind, minutes, moment in moments:
        if point.takes(moment):
            yield AgendaEntry(
                moment=moment,
                kind=kind,
                point=point,
                plan=plan,
                user_ids=who,
                which=str(minutes),
            )


def _personal(
    plan: DayPlan, wishes: Wishes, absences: Sequence[Absence], policy: ReminderPolicy
) -> Iterator[AgendaEntry]:
    """Yield the entries of one person.

    An absence adds entries for the checks that it moves, and removes none: leave may have been
    taken back. The sender reads it again before each reminder.
    """
    who = (wishes.user_id,)
    before = policy.before_minutes if wishes.before_minutes is None else [wishes.before_minutes]
    left = replace(plan, points=without_absences(plan.points, absences)[0]) if absences else plan
    for point in plan.points:
        yield from _entries(point, plan, who, policy, before)
    for point in left.points:
        if point not in plan.points:
            yield from _entries(point, left, who, policy, before)
    own = partial(AgendaEntry, plan=left, user_ids=who)
    start = plan.start
    arrival = wishes.arrival_at(start.due_at) if start is not None else None
    if start is not None and arrival is not None and policy.most and policy.after_minutes:
        moment = arrival.reminds_at
        if start.takes(moment):
            which = f"{arrival.at:%H%M}"
            yield own(moment=moment, kind=ReminderKind.AFTER, point=start, which=which)
    snooze = wishes.snoozed_until
    if snooze is not None:
        for point in points_at([left], snooze)[:1]:
            which = f"{snooze:%H%M}"
            yield own(moment=snooze, kind=ReminderKind.SNOOZE, point=point, which=which)
