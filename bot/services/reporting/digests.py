"""Summaries that come by themselves, to leads who want them: claimed once, then made, then said."""

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from bot.actions import Summary
from bot.clock import Clock
from bot.domain.agenda import Speaking
from bot.domain.digests import DigestKind, DigestRules, days_of, digests_due
from bot.domain.due import LATE, is_stale
from bot.domain.reminders import Reminder, ReminderState
from bot.i18n import Texts, language_or
from bot.services.organisation.directory import Directory
from bot.services.organisation.rosters import Rosters
from bot.services.organisation.visibility import Sight, Sighted, Visibility
from bot.services.reminding.nudges import Nudger
from bot.services.reporting.days import Days
from bot.storage.store import Store
from bot.views.reply import Language, Reply
from bot.views.team import team_day, team_range, with_left_out

log = logging.getLogger(__name__)

LOOK_BACK = timedelta(hours=24)
NO_LEAD = "leads nobody any more"
MADE_ANEW = timedelta(seconds=30)  # until a digest is made again, as its people or the role were not sure
NOT_WANTED = "is not wanted any more"
_DAY = timedelta(days=1)


class TeamStarts:
    """The starts of shifts (UTC) of a lead's people, by work date: yesterday, today and tomorrow."""

    def __init__(self, rosters: Rosters, visibility: Visibility) -> None:
        self._rosters = rosters
        self._visibility = visibility

    def of_all(self) -> Mapping[date, Mapping[str, datetime]]:
        """Return when everybody's shift starts, by work date and user id."""
        found: dict[date, dict[str, datetime]] = {}
        for plan, user_ids in self._rosters.plans.items():
            if (start := plan.start) is not None:
                found.setdefault(plan.work_date, {}).update(dict.fromkeys(user_ids, start.due_at))
        return found

    def of(self, lead: str, starts: Mapping[date, Mapping[str, datetime]]) -> Mapping[date, Collection[datetime]]:
        """Return those of `starts` that are of the lead's people."""
        theirs = frozenset(one.user_id for one in self._visibility.team_of(lead))
        return {day: [at for user_id, at in some.items() if user_id in theirs] for day, some in starts.items()}


class DigestService:
    """Claims the summaries that have become due, once for all processes, and says those still wanted."""

    def __init__(
        self,
        *,
        store: Store,
        rules: DigestRules,
        starts: TeamStarts,
        summaries: Days,
        texts: Callable[[Language], Texts],
        language: Language,
        directory: Directory,
        visibility: Visibility,
        nudger: Nudger,
        speaking: Speaking,
        clock: Clock,
    ) -> None:
        """Take `language`, for whoever never wrote in one."""
        self._book = store.digests
        self._reminders = store.reminders
        self._rules = rules
        self._starts = starts
        self._summaries = summaries
        self._texts = texts
        self._language = language
        self._directory = directory
        self._visibility = visibility
        self._nudger = nudger
        self._speaking = speaking
        self._clock = clock

    async def claimed(self) -> Sequence[Reminder]:
        """Claim what became due since the last look of any process; what is over an hour late gets a row, dropped.

        Raises StoreRefused; then the next look begins at the same moment.
        """
        now = self._clock.now()
        since = await self._book.looked_at()
        found: Sequence[Reminder] = ()
        if since is not None:
            begins = max(min(since, now), now - LOOK_BACK)
            wanted = [one for one in await self._due(now) if begins < one.moment <= now]
            late = [replace(one, state=ReminderState.DROPPED, reason=LATE) for one in wanted if is_stale(one, now)]
            if late:
                log.warning("%d digests are dropped: their moment is over an hour ago", len(late))
            found = await self._reminders.claim([*late, *(one for one in wanted if not is_stale(one, now))])
        await self._book.look_on(now)
        return found

    async def _due(self, now: datetime) -> list[Reminder]:
        zone, rules = self._speaking.zone, self._rules
        today = now.astimezone(zone).date()
        kinds = await self._kinds()
        every = self._starts.of_all() if kinds else {}
        starts = {day: every.get(day, {}) for day in (today - _DAY, today)}
        return [
            one
            for lead, wanted in kinds.items()
            for one in digests_due(lead, wanted, self._starts.of(lead, starts), rules, today=today, zone=zone)
        ]

    async def _kinds(self) -> dict[str, frozenset[DigestKind]]:
        """Return what each lead gets, by what they said or else by the configuration."""
        said = await self._book.all()
        default = self._rules.default
        silent = sorted(self._directory.teams().leads.difference(said)) if default else ()
        found = {user_id: default for user_id in silent if self._directory.is_active(user_id)}
        found.update((user_id, kinds) for user_id, kinds in said.items() if kinds)
        return found

    async def tell(self, digests: Sequence[Reminder], language_of: Callable[[str], str | None]) -> None:
        """Say the digests that this process has claimed. Raises StoreRefused."""
        wishes = await self._book.all()
        for one in digests:
            sight = await self._visibility.seen_by(one.user_id)
            if is_stale(one, self._clock.now()):
                await self._nudger.drop([one], LATE)
            elif sight.outcome is Sighted.NOT_READ:
                await self._nudger.again([one], MADE_ANEW)
            elif not sight.user_ids or not self._directory.is_active(one.user_id):
                await self._nudger.drop([one], NO_LEAD)
            elif one.which not in wishes.get(one.user_id, self._rules.default):
                await self._nudger.drop([one], NOT_WANTED)
            elif self._speaking.shadow:
                await self._nudger.only_write([one])
            else:
                await self._say(one, sight, language_of(one.user_id))

    async def _say(self, one: Reminder, sight: Sight, language: str | None) -> None:
        reply = await self._made(one, sight, language)
        now = await self._visibility.now(sight)
        if now == sight:
            await self._nudger.send([one], reply)
        elif now.outcome is Sighted.NOT_READ:
            await self._nudger.again([one], MADE_ANEW)
        else:
            await self._nudger.drop([one], NO_LEAD)

    async def _made(self, one: Reminder, sight: Sight, language: str | None) -> Reply:
        """Return the digest of the people a lead may see."""
        texts = self._texts(language_or(language, self._language))
        first, last = days_of(one)
        if first == last:
            reply = team_day(await self._summaries.day(sight, first), sight.people, texts, title=None)
        else:
            found = await self._summaries.range(sight, first, last)
            reply = team_range(found, sight.people, texts, title=None, asked=Summary())
        reply = replace(reply, text=f"{reply.text}\n\n{texts('digest.footer')}", buttons=())
        return with_left_out(reply, sight.left_out, texts)
