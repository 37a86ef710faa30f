"""People's months: live figures beside the steps that close them, and the question to everybody."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.domain.closing import MonthStep, PersonMonth, StepKind, to_json
from bot.domain.months import Month, figures_of
from bot.services.base import Base
from bot.services.organisation.directory import Directory
from bot.services.organisation.rosters import in_batches
from bot.services.reporting.days import PEOPLE_AT_ONCE, PeopleDays

ASK_DAYS = 7  # a bot that was away on the day still asks in the week after it


@dataclass(eq=False)
class PeopleMonths:
    """Reads months, and asks people about them. Each call raises StoreRefused."""

    base: Base
    directory: Directory
    days: PeopleDays

    @property
    def closers(self) -> Sequence[str]:
        """Return HR, without HR the admins: they get objections and adjustments."""
        roles = self.base.settings.roles
        return sorted(self.directory.view.active.intersection(roles.hr or roles.admins))

    async def of(self, user_ids: Iterable[str], month: Month) -> Sequence[PersonMonth]:
        """Return the months of these people. DingTalk is asked about days that were not read."""
        ids = sorted(user_ids)
        figures = {}
        for batch in in_batches(ids, PEOPLE_AT_ONCE):
            days = await self.days.of(batch, month.days)
            figures.update(
                {user_id: figures_of(user_id, month, days[user_id]) for user_id in batch}
            )
        # people answer during the reads
        states = await self.base.store.months.states(month, ids)
        return [PersonMonth(figures[user_id], states[user_id]) for user_id in ids]

    async def show(self, user_id: str, month: Month) -> PersonMonth:
        """Return a person's month, and note that the person sees its figures."""
        (shown,) = await self.of([user_id], month)
        await self.base.store.months.add([self.step(shown, StepKind.SHOWN, user_id)])
        return shown

    def step(self, about: PersonMonth, kind: StepKind, actor: str, reason: str = "") -> MonthStep:
        """Return a step of now by `actor`, who saw the figures of `about`."""
        return MonthStep(
            user_id=about.user_id,
            month=about.figures.month.first,
            kind=kind,
            actor=actor,
            taken_at=self.base.now,
            seen=about.figures.digest(),
            reason=reason,
            figures=to_json(about.figures) if kind is StepKind.LOCKED else "",
        )

    async def tick(self) -> None:
        """Ask everybody on `months.ask_day` about the last month, once. Call this every minute."""
        settings = self.base.settings
        now = self.base.now
        local = now.astimezone(self.base.zone)
        since = settings.months.ask_day
        if not settings.months.enabled or settings.reminders.mode == "shadow":
            return
        is_time = local.time() >= settings.summaries.digest_at and not self.base.is_quiet(now)
        if not since <= local.day < since + ASK_DAYS or not is_time:
            return
        month = Month.before(local.date())

        async def ask() -> bool:
            await self.directory.catch_up()
            if self.directory.is_read:
                await self.base.store.months.ask(month, self.directory.view.active)
            return self.directory.is_read

        await self.base.store.jobs.do_once("months", local.date().isoformat(), ask)
