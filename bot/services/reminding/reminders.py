"""Each minute: claim due reminders, prove them by present facts, send each once."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from bot.dingtalk.attendance import PEOPLE_A_CALL
from bot.domain.day import person_day
from bot.domain.reminders import (
    STALE_AFTER,
    NamedChecks,
    Reminder,
    ReminderKind,
    is_due,
    named_checks,
    one_per_person,
)
from bot.domain.sites import LocationSource
from bot.errors import StoreRefused
from bot.services.metrics import TOO_LATE
from bot.services.organisation.rosters import in_batches
from bot.services.outbox.worker import Job, OutboxWorker
from bot.services.reminding.missed import find_missed
from bot.services.reminding.sending import ReminderSender
from bot.services.services import Services
from bot.views.notes import ding_text, missed_text, reminder_text

log = logging.getLogger(__name__)

DIGEST_SPAN = timedelta(hours=1)  # a process that starts later sends no digest for the day
PEOPLE_AT_ONCE = 1000  # in one claim, so that the first reminders leave soon
PROOFS_AT_ONCE = 6  # groups of people that are read at one time
SENDS_AT_ONCE = 12
CALM = timedelta(minutes=10)  # an outage ends after so much time without a failure
T = TypeVar("T")


class ReminderService:
    """Claims due reminders, proves them by the facts of the moment, and sends them."""

    def __init__(
        self,
        services: Services,
        *,
        sender: ReminderSender,
        worker: OutboxWorker,
        send_digest: Callable[[Reminder], Awaitable[None]],
        send_notes: Callable[[Sequence[Reminder]], Awaitable[Mapping[str, str]]],
    ) -> None:
        self._services = services
        self._reminders = services.store.reminders
        self._plan = services.reminder_plan
        self._sender = sender
        self._send_digest = send_digest
        self._send_notes = send_notes
        self._worker = worker
        # where a position is required, the first tap leads to the page anyway
        rules = services.settings.clock_in
        measured = {LocationSource.BROWSER, LocationSource.DINGTALK} & rules.trusted_sources
        self._offers_page = (
            bool(services.settings.web.public_url and measured) and rules.location == "optional"
        )
        self._proofs = asyncio.Semaphore(PROOFS_AT_ONCE)
        self._sends = asyncio.Semaphore(SENDS_AT_ONCE)
        self._failed_at: dict[str, datetime] = {}  # subjects of alerts

    async def tick(self) -> None:
        """Claim the reminders that became due since the last tick of any process, and begin to send
        them.

        Raises StoreRefused. Then the next tick looks from the same moment on, and misses nothing.
        """
        await self._services.directory.catch_up()
        is_clock_off = await self._services.clock_watch.is_off()  # a wrong clock reminds nobody
        await self._plan.catch_up()
        if is_clock_off:
            return
        now = self._services.now
        entries = await self._plan.entries(now)
        self.begin(await self._reminders.take_over())
        await self._claim([*await self._plan.due(entries, now), *self._digests_due(now)], now)
        # last: to find these takes the longest
        async for missed in find_missed(self._services, entries):
            await self._claim(missed, now)
        await self._reminders.note_claimed_until(now)

    async def _claim(self, planned: Sequence[Reminder], now: datetime) -> None:
        """Claim new reminders that are in time, and begin to send them."""
        stopped = self._services.quota.stopped
        wanted = [reminder for reminder in planned if reminder.kind not in stopped]
        due = [reminder for reminder in wanted if now - reminder.moment < STALE_AFTER]
        for reminder in set(wanted).difference(due):
            log.warning("nobody looked in time for %s of %s", reminder.about, reminder.user_id)
            self._services.metrics.reminders.labels(reminder.kind, TOO_LATE).inc()
        for batch in _in_batches_of_people(due, PEOPLE_AT_ONCE):
            self.begin(await self._reminders.claim(batch))

    def _digests_due(self, now: datetime) -> Sequence[Reminder]:
        """Return today's due digests."""
        local = now.astimezone(self._services.zone)
        at = datetime.combine(
            local.date(), self._services.settings.summaries.digest_at, self._services.zone
        )
        if not at <= local < at + DIGEST_SPAN:
            return ()
        return [
            Reminder(
                user_id=who,
                kind=ReminderKind.DIGEST,
                work_date=local.date(),
                check_point="digest",
                due_at=at,
                moment=now,
            )
            for who, wishes in self._plan.wishes.items()
            if wishes.digest and who in self._services.directory.view.active
        ]

    def begin(self, claimed: Sequence[Reminder]) -> None:
        if claimed:
            self._worker.begin(self, Job(self._work(claimed), len(claimed)))

    async def _work(self, reminders: Sequence[Reminder]) -> None:
        to_people = []
        by_start: dict[tuple[object, ...], list[Reminder]] = {}
        for reminder in reminders:
            if reminder.kind in (ReminderKind.ESCALATION, ReminderKind.LATE):
                by_start.setdefault((reminder.work_date, reminder.due_at), []).append(reminder)
            elif reminder.kind is ReminderKind.DIGEST:
                await self._run_guarded([reminder], self._send_digest(reminder))
            else:
                to_people.append(reminder)
        await self._remind(to_people)
        for notes in by_start.values():
            await self._note_troubles(await self._run_guarded(notes, self._send_notes(notes)) or {})

    async def _remind(self, reminders: Sequence[Reminder]) -> None:
        """Send proved reminders. Equal texts share a call, which leaves as soon as it is full."""
        texts: dict[tuple[NamedChecks, *tuple[object, ...]], list[Reminder]] = {}
        async with asyncio.TaskGroup() as group:

            async def prove(some: Sequence[Reminder]) -> None:
                async with self._proofs:
                    for reminder, checks in await self._run_guarded(some, self._prove(some)) or ():
                        language = self._plan.language_of(reminder.user_id)
                        text = (
                            checks,
                            reminder.kind,
                            reminder.work_date,
                            reminder.as_ding,
                            language,
                        )
                        waiting = texts.setdefault(text, [])
                        waiting.append(reminder)
                        if self._sender.is_full(waiting):
                            group.create_task(self._say(texts.pop(text), checks))
                    # so that facts are read shortly before they are needed
                    await self._sends.acquire()
                    self._sends.release()

            for batch in _in_batches_of_people(reminders, PEOPLE_A_CALL):
                group.create_task(prove(batch))
        await asyncio.gather(*(self._say(waiting, text[0]) for text, waiting in texts.items()))

    async def _prove(self, reminders: Sequence[Reminder]) -> Sequence[tuple[Reminder, NamedChecks]]:
        """Read the facts of at most 50 people. Return one due reminder for each person, and the
        checks that it names.
        """
        due: dict[Reminder, NamedChecks] = {}
        for day in sorted({reminder.work_date for reminder in reminders}):
            of_day = [reminder for reminder in reminders if reminder.work_date == day]
            reading = await self._services.day_reader.read_now(
                list({reminder.user_id: None for reminder in of_day}), day
            )
            await self._note_troubles(reading.troubles)
            now = self._services.now
            unknown = []
            over = []
            for reminder in of_day:
                theirs = person_day(reading.facts[reminder.user_id], now)
                verdict = is_due(reminder, theirs)
                if verdict is None:
                    unknown.append(reminder)
                elif verdict:
                    due[reminder] = named_checks(reminder, theirs)
                else:
                    over.append(reminder)
            await self._sender.again(unknown)
            await self._sender.drop(over, "not due")
        chosen = one_per_person(due)
        await self._sender.drop(
            [reminder for reminder in due if reminder not in chosen], "replaced"
        )
        return [(reminder, due[reminder]) for reminder in chosen]

    async def _say(self, reminders: Sequence[Reminder], checks: NamedChecks) -> None:
        """Send one text to the people who are still due."""
        async with self._sends:
            left = await self._run_guarded(reminders, self._still_due(reminders, checks))
            if left:
                texts = self._services.texts(self._plan.language_of(left[0].user_id))
                now = self._services.now
                ding = ding_text(left[0], texts, as_of=now) if left[0].as_ding else ""
                if left[0].kind is ReminderKind.MISSED:
                    can_ask = self._services.settings.corrections.enabled
                    reply = missed_text(left[0], checks, texts, as_of=now, can_ask=can_ask)
                else:
                    reply = reminder_text(left[0], texts, as_of=now, by_page=self._offers_page)
                await self._run_guarded(left, self._sender.send(left, reply, ding))

    async def _still_due(
        self, reminders: Sequence[Reminder], checks: NamedChecks
    ) -> Sequence[Reminder]:
        """Return reminders about `checks` that stored facts, wishes and the directory still allow.

        Drop the others.
        """
        facts = await self._services.day_reader.facts_on(
            [reminder.user_id for reminder in reminders], reminders[0].work_date
        )
        await self._plan.catch_up_on_wishes()
        now = self._services.now
        left = []
        for reminder in reminders:
            stored = person_day(facts[reminder.user_id], now)
            if (
                is_due(reminder, stored) is False
                or named_checks(reminder, stored) != checks
                or self._plan.is_silenced(reminder)
                or reminder.user_id not in self._services.directory.view.active
            ):
                await self._sender.drop([reminder], "not wanted")
            elif reminder.kind is not ReminderKind.NUDGE:
                left.append(reminder)
            else:
                visibility = self._services.visibility
                is_theirs = await visibility.is_led_by(reminder.user_id, reminder.asked_by)
                if is_theirs:
                    left.append(reminder)
                elif is_theirs is None:
                    await self._sender.again([reminder])
                else:
                    await self._sender.drop([reminder], "not led any more")
        return left

    async def _note_troubles(self, troubles: Mapping[str, str]) -> None:
        """Alert the administrators to failing APIs, once for each outage."""
        now = self._services.now
        operators = self._services.operators
        for service, reason in troubles.items():
            subject = f"reminders: {service}"
            self._failed_at[subject] = now
            await operators.alert(subject, "alert.reminders_blind", service=service, reason=reason)
        for subject in [name for name, at in self._failed_at.items() if abs(now - at) >= CALM]:
            del self._failed_at[subject]
            operators.over(subject)

    async def _run_guarded(self, reminders: Sequence[Reminder], work: Awaitable[T]) -> T | None:
        """Do `work`. If the database refuses, try its reminders again."""
        try:
            return await work
        except StoreRefused as error:
            log.warning("%d reminders wait for the database: %s", len(reminders), error)
            await self._sender.again(reminders)
        except Exception:
            log.exception(
                "%d reminders failed because of a bug; they stay as they are", len(reminders)
            )
        return None


def _in_batches_of_people(reminders: Iterable[Reminder], most: int) -> Iterator[Sequence[Reminder]]:
    """Yield the reminders of at most `most` people at a time."""
    people = defaultdict[str, list[Reminder]](list)
    for reminder in reminders:
        people[reminder.user_id].append(reminder)
    for batch in in_batches(list(people.values()), most):
        yield [reminder for theirs in batch for reminder in theirs]
