"""Reminders: once a minute what has become due is claimed, then proved, then sent, equal texts together."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from bot.dingtalk.robot import RECIPIENTS_A_CALL
from bot.domain.day import person_day
from bot.domain.reminders import Reminder, ReminderKind, is_due, one_each
from bot.domain.sites import LocationSource
from bot.errors import StoreRefused
from bot.services.organisation.rosters import in_calls
from bot.services.outbox.worker import Job, OutboxWorker
from bot.services.reminding.leads import LeadMessages
from bot.services.reminding.sending import ReminderSender
from bot.services.reporting.day_reader import DayReader
from bot.services.use_cases import Services
from bot.settings import Settings
from bot.views.reminders import nudge

log = logging.getLogger(__name__)

PEOPLE_AT_ONCE = 1000  # claimed together, so that the first leave soon
PROOFS_AT_ONCE = 6  # groups of people whose facts are read at the same time
SENDS_AT_ONCE = 12
CALM = timedelta(minutes=10)  # an API that answers for so long works again; one that comes and goes has one outage
T = TypeVar("T")


def leads_to_page(settings: Settings) -> bool:
    """Tell whether a reminder offers the page. With a required position the first tap leads there anyway."""
    rules = settings.clock_in
    measured = {LocationSource.BROWSER, LocationSource.DINGTALK} & rules.trusted_sources
    return settings.web.public_url is not None and rules.location == "optional" and bool(measured)


class ReminderService:
    """Claims due reminders, proves them by the facts of the moment, and sends them."""

    def __init__(
        self,
        services: Services,
        *,
        reader: DayReader,
        sender: ReminderSender,
        worker: OutboxWorker,
        clock_is_wrong: Callable[[], bool],
    ) -> None:
        """While `clock_is_wrong` nothing is claimed."""
        self._base = base = services.base
        self._reminders = base.store.reminders
        self._plan = services.reminder_plan
        self._directory = services.directory
        self._visibility = services.visibility
        self._reader = reader
        self._sender = sender
        self._leads = LeadMessages(services, reader, sender)
        self._worker = worker
        self._clock_is_wrong = clock_is_wrong
        self._by_page = leads_to_page(base.settings)
        self._proofs = asyncio.Semaphore(PROOFS_AT_ONCE)
        self._sends = asyncio.Semaphore(SENDS_AT_ONCE)
        self._failed_at: dict[str, datetime] = {}  # subjects of alerts

    async def tick(self) -> None:
        """Claim what has become due since the last tick of any process, and begin to work it off.

        Raises StoreRefused; then nothing is missed, because the next tick looks from the same moment on.
        """
        await self._plan.follow()
        if self._clock_is_wrong():
            return
        now = self._base.clock.now()
        due = _by_person([*await self._plan.due(now), *self._leads.digests_due(now)])
        self.begin(await self._reminders.take_over())
        for people in in_calls(list(due.values()), PEOPLE_AT_ONCE):
            self.begin(await self._reminders.claim([one for theirs in people for one in theirs]))
        await self._reminders.look_on(now)

    def begin(self, claimed: Sequence[Reminder]) -> None:
        """Begin to prove and send what this process has claimed."""
        if claimed:
            self._worker.begin(self, Job(self._work(claimed), len(claimed)))

    async def _work(self, reminders: Sequence[Reminder]) -> None:
        to_people = []
        by_start: dict[tuple[object, ...], list[Reminder]] = {}
        for one in reminders:
            if one.kind is ReminderKind.ESCALATION:
                by_start.setdefault((one.work_date, one.due_at), []).append(one)
            elif one.kind is ReminderKind.DIGEST:
                await self._guarded([one], self._leads.digest(one))
            else:
                to_people.append(one)
        await self._remind(to_people)
        for notes in by_start.values():
            await self._note_troubles(await self._guarded(notes, self._leads.note(notes)) or {})

    async def _remind(self, reminders: Sequence[Reminder]) -> None:
        """Send what the facts prove; equal texts go together as soon as they fill a call."""
        texts: dict[tuple[object, ...], list[Reminder]] = {}
        async with asyncio.TaskGroup() as group:

            async def prove(some: Sequence[Reminder]) -> None:
                async with self._proofs:
                    for one in await self._guarded(some, self._proved(some)) or ():
                        language = self._plan.language_of(one.user_id)
                        text = (one.kind, one.check_type, one.work_date, one.due_at, language)
                        waiting = texts.setdefault(text, [])
                        waiting.append(one)
                        if len(waiting) == RECIPIENTS_A_CALL:
                            group.create_task(self._say(texts.pop(text)))
                    await self._sends.acquire()  # so that facts are read shortly before they are needed
                    self._sends.release()

            for people in in_calls(list(_by_person(reminders).values())):
                group.create_task(prove([one for theirs in people for one in theirs]))
        await asyncio.gather(*map(self._say, texts.values()))

    async def _proved(self, some: Sequence[Reminder]) -> Sequence[Reminder]:
        """Read the facts of at most 50 people; return one reminder a person to send now."""
        due: list[Reminder] = []
        for day in sorted({one.work_date for one in some}):
            of_day = [one for one in some if one.work_date == day]
            reading = await self._reader.read_now(list({one.user_id: None for one in of_day}), day)
            await self._note_troubles(reading.troubles)
            now = self._base.clock.now()
            found = {one: is_due(one, person_day(reading.facts[one.user_id], now)) for one in of_day}
            await self._sender.again([one for one in of_day if found[one] is None])
            await self._sender.drop([one for one in of_day if found[one] is False], "not due any more")
            due += [one for one in of_day if found[one]]
        chosen = one_each(due)
        await self._sender.drop([one for one in due if one not in chosen], "another one is sent instead")
        return chosen

    async def _say(self, reminders: Sequence[Reminder]) -> None:
        """Send one text to the people who are still due at a last look."""
        async with self._sends:
            left = await self._guarded(reminders, self._still_due(reminders))
            if left:
                texts, now = self._base.texts(self._plan.language_of(left[0].user_id)), self._base.clock.now()
                reply = nudge(left[0], texts, as_of=now, by_page=self._by_page)
                await self._guarded(left, self._sender.send(left, reply))

    async def _still_due(self, reminders: Sequence[Reminder]) -> Sequence[Reminder]:
        """Look a last time whether somebody punched, wants none or left meanwhile; drop those."""
        day = reminders[0].work_date
        facts = await self._reader.known([one.user_id for one in reminders], day, day)
        await self._plan.follow_wishes()
        now = self._base.clock.now()
        left = []
        for one in reminders:
            is_over = is_due(one, person_day(facts[one.user_id][day], now)) is False
            if is_over or self._plan.is_silenced(one) or not self._directory.is_active(one.user_id):
                await self._sender.drop([one], "punched, or not wanted any more")
            elif one.kind is not ReminderKind.NUDGE or await self._is_asked_still(one):
                left.append(one)
        return left

    async def _is_asked_still(self, nudge: Reminder) -> bool:
        """Tell whether the lead who asked for a nudge still leads the person."""
        is_theirs = await self._visibility.is_led_by(nudge.user_id, nudge.asked_by)
        if is_theirs is None:
            await self._sender.again([nudge])
        elif not is_theirs:
            await self._sender.drop([nudge], "who asked does not lead them any more")
        return bool(is_theirs)

    async def _note_troubles(self, troubles: Mapping[str, str]) -> None:
        """Tell the administrators which API does not answer, once for each outage."""
        now, operators = self._base.clock.now(), self._base.operators
        for service, reason in troubles.items():
            subject = f"reminders: {service}"
            self._failed_at[subject] = now
            await operators.alert(subject, "alert.reminders_blind", service=service, reason=reason)
        for subject in [one for one, at in self._failed_at.items() if now - at >= CALM]:
            del self._failed_at[subject]
            operators.over(subject)

    async def _guarded(self, some: Sequence[Reminder], work: Awaitable[T]) -> T | None:
        """Do `work`; if the database refuses, its reminders are tried again."""
        try:
            return await work
        except StoreRefused as error:
            log.warning("%d reminders wait for the database: %s", len(some), error)
            await self._sender.again(some)
        except Exception:
            log.exception("%d reminders failed because of a bug; they stay as they are", len(some))
        return None


def _by_person(reminders: Iterable[Reminder]) -> dict[str, list[Reminder]]:
    """Return the reminders of each person, the earliest moments first."""
    people: dict[str, list[Reminder]] = {}
    for one in sorted(reminders, key=lambda one: (one.moment, one.work_date, one.check_point)):
        people.setdefault(one.user_id, []).append(one)
    return people
