"""Reminders: the plan follows changes, and each message has an outcome."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bot.dingtalk.http import ASK_LEASE
from bot.dingtalk.robot import SendResult
from bot.domain.absences import Absence, AbsenceSource
from bot.domain.quiet import quiet_days
from bot.domain.reminders import STALE_AFTER, Reminder, ReminderKind, ReminderState
from bot.errors import NotSent, OutcomeUnknown, Rejected, ServiceStopped, StoreRefused
from bot.services.cards import CardDesk
from bot.services.outbox.lease import FOR_EVER_S, VALID_FOR_S, Lease
from bot.services.reminding.planning import ReminderPlan
from bot.services.reminding.sending import ReminderSender
from bot.storage.store import Store
from bot.views.i18n import Language
from bot.views.sentences import Reply
from tests.bases import a_base
from tests.builders import ON_TUESDAY, TUESDAY, a_plan, local
from tests.faults.a_store import StillClock, an_open_store
from tests.services.attendance_stage import People

NOW = local("08:50")
REPLY = Reply("title", "text")


def due(*user_ids: str) -> list[Reminder]:
    kind = ReminderKind.BEFORE
    return [
        Reminder(user_id, kind, TUESDAY, "OnDuty/0", local("09:00"), NOW) for user_id in user_ids
    ]


# --- the plan


@dataclass
class Book:
    """Everybody's plan. It changes once."""

    changed: bool = True

    @property
    def plans(self) -> dict[Any, Sequence[str]]:
        return {a_plan(): ["ann", "bob"]}

    async def catch_up(self) -> bool:
        changed, self.changed = self.changed, False
        return changed


def a_reminder_plan(store: Store) -> ReminderPlan:
    base = a_base(store, clock=StillClock(local("08:00")), settings={"language": "zh"})
    return ReminderPlan(base, cast(Any, Book()), cast(Any, People()))


def reminded(plan: ReminderPlan, at: str) -> list[str]:
    entries = [entry for entry in plan.agenda if entry.moment == local(at)]
    return sorted(user_id for entry in entries for user_id in entry.user_ids)


async def test_the_agenda_follows_plans_wishes_and_leave(tmp_path: Path) -> None:
    async with an_open_store(tmp_path / "bot.db", StillClock()) as store:
        plan = a_reminder_plan(store)
        assert reminded(plan, "08:50") == []
        await plan.catch_up()
        assert reminded(plan, "08:50") == ["ann", "bob"]
        agenda = plan.agenda
        await plan.catch_up()
        assert plan.agenda is agenda, "nothing changed"
        await store.wishes.change("ann", lambda old: replace(old, before_minutes=15))
        span = (local("09:00"), local("13:00"))
        leave = Absence("bob", *span, "leave")
        await store.absences.store(["bob"], span, [leave], AbsenceSource.LEAVE)
        await plan.catch_up()
        assert [reminded(plan, at) for at in ("08:45", "08:50", "12:50")] == [
            ["ann"],
            ["bob"],
            ["bob"],
        ]
        await store.absences.store(["bob"], span, [], AbsenceSource.LEAVE)
        await store.wishes.change("ann", lambda old: replace(old, quiet=(quiet_days(ON_TUESDAY),)))
        await plan.catch_up_on_wishes()
        assert [plan.is_silenced(reminder) for reminder in due("ann", "bob")] == [True, False]


@pytest.mark.parametrize("spoken", ["0101", "00110"])
async def test_the_last_language_counts_in_every_process(tmp_path: Path, spoken: str) -> None:
    async with an_open_store(tmp_path / "bot.db", StillClock()) as store:
        plans = [a_reminder_plan(store) for _ in range(2)]
        languages: tuple[Language, Language] = ("en", "zh")
        for number, heard_by in enumerate(spoken):
            at = NOW + timedelta(seconds=number)
            await plans[int(heard_by)].remember_language("u1", languages[number % 2], at)
            for one in plans:
                await one.catch_up_on_wishes()
                assert one.language_of("u1") == languages[number % 2]


# --- sending


@dataclass
class Mouth:
    """Answers from `outcomes`, then with success. It refuses calls for people in `refused`.

    `meanwhile` runs while the first call waits for its turn.
    """

    outcomes: list[Exception | SendResult] = field(default_factory=list)
    refused: frozenset[str] = frozenset()
    meanwhile: Callable[[], None] | None = None
    calls: list[list[str]] = field(default_factory=list)

    async def send(
        self, user_ids: Sequence[str], reply: Reply, *, urgent: bool = True
    ) -> SendResult:
        assert not urgent, "reminders let receipts go first"
        if self.meanwhile is not None:
            self.meanwhile()
            self.meanwhile = None
            await asyncio.sleep(0)
            ASK_LEASE.get()()
        self.calls.append(list(user_ids))
        if self.refused.intersection(user_ids):
            raise Rejected("batch_send", "one of them is nobody")
        outcome = self.outcomes.pop(0) if self.outcomes else SendResult()
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


@dataclass
class Rows:
    """Notes each person's outcome. Another process took the people in `lost`."""

    lost: frozenset[str] = frozenset()
    refuses: bool = False
    became: dict[str, str] = field(default_factory=dict)

    async def begin(self, reminders: Sequence[Reminder]) -> Sequence[Reminder]:
        if self.refuses:
            raise StoreRefused("no")
        return [reminder for reminder in reminders if reminder.user_id not in self.lost]

    async def settle(self, reminders: Sequence[Reminder], state: ReminderState) -> None:
        self.became.update((reminder.user_id, state) for reminder in reminders)


class Sending:
    def __init__(
        self,
        mouth: Mouth,
        rows: Rows | None = None,
        *,
        at: datetime = NOW,
        valid_for_s: float = FOR_EVER_S,
    ):
        self.mouth, self.rows, self.clock = mouth, rows or Rows(), StillClock(at)
        self.lease = Lease(self.clock, lambda: "one", valid_for_s=valid_for_s)
        self.lease.renew(self.clock.monotonic())
        store: Any = SimpleNamespace(reminders=self.rows)
        base = a_base(store, clock=self.clock, lease=self.lease, robot=mouth)
        self.sender = ReminderSender(base, CardDesk(base, cast(Any, None), cast(Any, None)))

    async def became(self, *user_ids: str) -> dict[str, str]:
        await self.sender.send(due(*user_ids), REPLY)
        return self.rows.became


async def test_one_call_reaches_all_and_unreachable_people_are_dropped() -> None:
    mouth = Mouth([SendResult(invalid=("ann",), flow_controlled=("ann", "bob"))])
    noted = await Sending(mouth).became("ann", "bob", "cem", "dan")
    assert mouth.calls == [["ann", "bob", "cem", "dan"]]
    assert noted == {"ann": "dropped", "bob": "claimed", "cem": "sent", "dan": "sent"}


@pytest.mark.parametrize(
    ("error", "noted"),
    [
        (OutcomeUnknown("batch_send", "no answer"), "unknown"),
        (NotSent("batch_send", "sent away", retry_after_s=300.0), "claimed"),
        (ServiceStopped("batch_send", "no permission", "Grant it."), "claimed"),
    ],
)
async def test_an_unsent_reminder_goes_again_and_an_unknown_one_never(
    error: Exception, noted: str
) -> None:
    mouth = Mouth([error])
    assert await Sending(mouth).became("ann") == {"ann": noted}
    assert len(mouth.calls) == 1


async def test_a_late_reminder_is_dropped() -> None:
    mouth = Mouth()
    assert await Sending(mouth, at=local("09:00:01")).became("ann") == {"ann": "dropped"}
    assert mouth.calls == []


async def test_one_refused_person_does_not_stop_the_others() -> None:
    noted = await Sending(Mouth(refused=frozenset({"bob"}))).became("ann", "bob", "cem")
    assert noted == {"ann": "sent", "bob": "dropped", "cem": "sent"}


async def test_no_reminder_leaves_without_its_claim() -> None:
    mouth = Mouth()
    assert await Sending(mouth, Rows(lost=frozenset({"ann"}))).became("ann", "bob") == {
        "bob": "sent"
    }
    with pytest.raises(StoreRefused):
        await Sending(mouth, Rows(refuses=True)).became("ann")
    assert mouth.calls == [["bob"]]


@pytest.mark.parametrize("goes_on", [False, True])
async def test_no_reminder_leaves_after_a_pause(goes_on: bool) -> None:
    mouth = Mouth()
    sending = Sending(mouth, valid_for_s=VALID_FOR_S)

    def pause() -> None:
        sending.clock.advance(seconds=VALID_FOR_S)
        if goes_on:
            sending.lease.renew(sending.clock.monotonic())

    mouth.meanwhile = pause
    assert await sending.became("ann", "bob") == {"ann": "unknown", "bob": "unknown"}
    assert mouth.calls == []


async def test_no_reminder_leaves_after_its_moment() -> None:
    mouth = Mouth()
    sending = Sending(mouth)
    mouth.meanwhile = lambda: sending.clock.advance(seconds=STALE_AFTER.total_seconds() + 1)
    fresh = replace(due("bob")[0], moment=NOW + timedelta(minutes=10))
    await sending.sender.send([*due("ann"), fresh], REPLY)
    assert mouth.calls == []
    assert sending.rows.became == {"ann": "dropped", "bob": "claimed"}
