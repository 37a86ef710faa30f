"""Digests: summaries that come by themselves, to leads who want them; claimed once, then made, then said."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from bot.actions import Summary
from bot.domain.digests import days_of, digests_due
from bot.domain.due import LATE, is_stale
from bot.domain.reminders import Reminder, ReminderState
from bot.services.base import Base
from bot.services.organisation.directory import Directory
from bot.services.organisation.rosters import A_DAY, Rosters
from bot.services.organisation.visibility import Sight, ViewResult, Visibility
from bot.services.reminding.planning import ReminderPlan
from bot.services.reminding.sending import NO_LEAD, NOT_WANTED, TRY_AGAIN, ReminderSender
from bot.services.reporting.days import Days
from bot.settings.rules import digest_rules_of
from bot.views.reply import Reply
from bot.views.team import team_day, team_range, with_left_out

log = logging.getLogger(__name__)

LOOK_BACK = timedelta(hours=24)


class DigestService:
    """Claims the digests that have become due, once for all processes, and says those still wanted.

    Each call raises StoreRefused.
    """

    def __init__(
        self,
        base: Base,
        *,
        rosters: Rosters,
        directory: Directory,
        visibility: Visibility,
        days: Days,
        plan: ReminderPlan,
        sender: ReminderSender,
    ) -> None:
        self._base = base
        self._rosters = rosters
        self._directory = directory
        self._visibility = visibility
        self._days = days
        self._plan = plan
        self._sender = sender
        self._rules = digest_rules_of(base.settings)
        self._is_shadow = base.settings.reminders.mode == "shadow"

    async def claimed(self) -> Sequence[Reminder]:
        """Claim what became due since the last look of any process; what is over an hour late is dropped."""
        now = self._base.clock.now()
        since = await self._base.store.digests.looked_at()
        found: Sequence[Reminder] = ()
        if since is not None:
            begins = max(min(since, now), now - LOOK_BACK)
            due = [one for one in self._due(now) if begins < one.moment <= now]
            late = [replace(one, state=ReminderState.DROPPED, reason=LATE) for one in due if is_stale(one, now)]
            if late:
                log.warning("%d digests are dropped: their moment is over an hour ago", len(late))
            in_time = [one for one in due if not is_stale(one, now)]
            found = await self._base.store.reminders.claim([*late, *in_time])
        await self._base.store.digests.look_on(now)
        return found

    async def tell(self, one: Reminder) -> None:
        """Say a digest that this process has claimed."""
        lead = one.user_id
        sight = await self._visibility.seen_by(lead)
        chosen = (await self._base.store.wishes.get(lead)).digests
        if is_stale(one, self._base.clock.now()):
            await self._sender.drop([one], LATE)
        elif sight.outcome is ViewResult.NOT_READ:
            await self._sender.again([one], TRY_AGAIN)
        elif not sight.user_ids or not self._directory.is_active(lead):
            await self._sender.drop([one], NO_LEAD)
        elif one.which not in (self._rules.default if chosen is None else chosen):
            await self._sender.drop([one], NOT_WANTED)
        elif self._is_shadow:
            await self._sender.settle([one], ReminderState.SHADOW)
        else:
            reply = await self._made(one, sight)
            now = await self._visibility.now(sight)
            if now == sight:
                await self._sender.send([one], reply)
            elif now.outcome is ViewResult.NOT_READ:
                await self._sender.again([one], TRY_AGAIN)
            else:
                await self._sender.drop([one], NO_LEAD)

    async def _made(self, one: Reminder, sight: Sight) -> Reply:
        """Return the digest of the people a lead may see."""
        texts = self._base.texts(self._plan.language_of(one.user_id))
        first, last = days_of(one)
        if first == last:
            reply = team_day(await self._days.day(sight, first), sight.people, texts, title=None)
        else:
            found = await self._days.range(sight, first, last)
            reply = team_range(found, sight.people, texts, title=None, asked=Summary())
        reply = replace(reply, text=f"{reply.text}\n\n{texts('digest.footer')}", buttons=())
        return with_left_out(reply, sight.left_out, texts)

    def _due(self, now: datetime) -> list[Reminder]:
        """Return the digests of yesterday and today."""
        zone, wanted = self._base.zone, self._wanted()
        today = now.astimezone(zone).date()
        everybody = self._starts() if wanted else {}
        found: list[Reminder] = []
        for lead, kinds in wanted.items():
            team = frozenset(one.user_id for one in self._visibility.team_of(lead))
            starts = {
                day: [at for user_id, at in everybody.get(day, {}).items() if user_id in team]
                for day in (today - A_DAY, today)
            }
            found += digests_due(lead, kinds, starts, self._rules, today=today, zone=zone)
        return found

    def _wanted(self) -> dict[str, frozenset[str]]:
        """Return what each lead gets, by what they said or else by the configuration."""
        said, default = self._plan.digests, self._rules.default
        silent = sorted(self._directory.teams().leads.difference(said)) if default else ()
        found = {user_id: default for user_id in silent if self._directory.is_active(user_id)}
        return found | {user_id: kinds for user_id, kinds in said.items() if kinds}

    def _starts(self) -> Mapping[date, Mapping[str, datetime]]:
        """Return when everybody's shift starts (UTC), by work date and user id."""
        found: dict[date, dict[str, datetime]] = {}
        for plan, user_ids in self._rosters.plans.items():
            if (start := plan.start) is not None:
                found.setdefault(plan.work_date, {}).update(dict.fromkeys(user_ids, start.due_at))
        return found
