"""What becomes of reminders when they are sent."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from bot.dingtalk.http import ASK_LEASE
from bot.dingtalk.robot import SendResult
from bot.domain.due import LATE, STALE_AFTER
from bot.domain.reminders import Reminder, ReminderKind, ReminderState
from bot.errors import NotSent, OutcomeUnknown, Rejected, ServiceStopped, StoreRefused
from bot.services.outbox.worker import FOR_EVER_S, LASTS_S, Lease
from bot.services.reminding.nudges import HASTY_TRIES, STOOD_STILL, UNREACHABLE, Nudger
from bot.views.reply import Reply
from tests.builders import TUESDAY, local

REPLY = Reply("title", "text")
SOON = NotSent("batch_send", "too fast", retry_after_s=1.0)


@dataclass
class Mouth:
    """Answers each call with the next of `outcomes`, then well; refuses whoever is in `refused`."""

    outcomes: list[Exception | SendResult] = field(default_factory=list)
    refused: frozenset[str] = frozenset()
    calls: list[list[str]] = field(default_factory=list)

    async def send(self, user_ids: Sequence[str], reply: Reply, *, urgent: bool = True) -> SendResult:
        assert not urgent, "reminders let receipts go first"
        self.calls.append(list(user_ids))
        if self.refused.intersection(user_ids):
            raise Rejected("batch_send", "one of them is nobody")
        outcome = self.outcomes.pop(0) if self.outcomes else SendResult()
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


@dataclass
class Rows:
    """Notes what became of whom; `lost` were taken by another process."""

    lost: frozenset[str] = frozenset()
    refuses: bool = False
    became: dict[str, str] = field(default_factory=dict)

    async def begin(self, reminders: Sequence[Reminder]) -> Sequence[Reminder]:
        if self.refuses:
            raise StoreRefused("no")
        return [one for one in reminders if one.user_id not in self.lost]

    async def settle(self, reminders: Sequence[Reminder], state: ReminderState, reason: str = "") -> None:
        self.became.update((one.user_id, f"{state} {reason}".strip()) for one in reminders)

    async def again(self, reminders: Sequence[Reminder], at: datetime) -> None:
        seconds = int((at - NOW).total_seconds())
        self.became.update((one.user_id, f"again after {seconds}") for one in reminders)


NOW = local("08:50")


class StoppedClock:
    def __init__(self, now: datetime = NOW) -> None:
        self._now = now
        self._passed = timedelta(0)

    def now(self) -> datetime:
        return self._now + self._passed

    def monotonic(self) -> float:
        return self._passed.total_seconds()

    def move(self, passed: timedelta) -> None:
        self._passed += passed


def due(*user_ids: str) -> list[Reminder]:
    return [
        Reminder(one, TUESDAY, "OnDuty/0", "before:10", ReminderKind.BEFORE, NOW, local("09:00"))
        for one in user_ids
    ]


def held(clock: StoppedClock | None = None, lasts_s: float = FOR_EVER_S) -> Lease:
    """Return a lease that is not over."""
    lease = Lease(clock or StoppedClock(), lasts_s=lasts_s)
    lease.renewed(0.0)
    return lease


async def became(mouth: Mouth, *user_ids: str, now: datetime = NOW, rows: Rows | None = None) -> dict[str, str]:
    """Send to `user_ids`; return what became of each."""
    rows = rows or Rows()
    nudger = Nudger(mouth, rows, StoppedClock(now), held())  # type: ignore[arg-type]
    await nudger.send(due(*user_ids), REPLY)
    return rows.became


async def test_whoever_is_reached_is_noted_as_sent_in_one_call() -> None:
    mouth = Mouth()
    assert await became(mouth, "ann", "bob") == {"ann": "sent", "bob": "sent"}
    assert mouth.calls == [["ann", "bob"]]


async def test_unreachable_people_are_dropped_and_held_up_ones_tried_again() -> None:
    mouth = Mouth([SendResult(invalid=("ann",), flow_controlled=("ann", "bob"))])
    noted = await became(mouth, "ann", "bob", "cem")
    assert noted == {"ann": f"dropped {UNREACHABLE}", "bob": "again after 30", "cem": "sent"}


async def test_an_unknown_outcome_is_never_repeated() -> None:
    mouth = Mouth([OutcomeUnknown("batch_send", "no answer")])
    assert await became(mouth, "ann") == {"ann": "unknown batch_send: no answer"}
    assert len(mouth.calls) == 1


async def test_a_call_that_came_too_soon_goes_again_at_once() -> None:
    mouth = Mouth([SOON])
    assert await became(mouth, "ann", "bob") == {"ann": "sent", "bob": "sent"}
    assert mouth.calls == [["ann", "bob"]] * 2


async def test_a_call_that_keeps_coming_too_soon_waits_for_the_next_look() -> None:
    mouth = Mouth([SOON] * 9)
    assert await became(mouth, "ann") == {"ann": "again after 1"}
    assert len(mouth.calls) == HASTY_TRIES + 1


async def test_an_unknown_outcome_of_a_second_try_is_not_repeated_either() -> None:
    mouth = Mouth([SOON, OutcomeUnknown("batch_send", "no answer")])
    assert await became(mouth, "ann") == {"ann": "unknown batch_send: no answer"}
    assert len(mouth.calls) == 2


@pytest.mark.parametrize(
    ("error", "noted"),
    [
        (NotSent("batch_send", "no way there"), "again after 30"),
        (NotSent("batch_send", "sent away", retry_after_s=300.0), "again after 300"),
        (ServiceStopped("batch_send", "no permission", "Grant it."), "again after 30"),
    ],
)
async def test_what_cannot_be_sent_now_is_tried_later(error: Exception, noted: str) -> None:
    mouth = Mouth([error])
    assert await became(mouth, "ann") == {"ann": noted}
    assert len(mouth.calls) == 1


async def test_what_would_be_too_late_then_is_dropped() -> None:
    mouth = Mouth([NotSent("batch_send", "no way there")])
    assert await became(mouth, "ann", now=local("08:59:31")) == {"ann": "dropped its moment had passed"}


async def test_one_persons_refusal_is_not_everybodys() -> None:
    mouth = Mouth(refused=frozenset({"bob"}))
    noted = await became(mouth, "ann", "bob", "cem")
    assert noted == {"ann": "sent", "bob": "dropped one of them is nobody", "cem": "sent"}


async def test_what_another_process_took_over_is_left_to_it() -> None:
    mouth = Mouth()
    assert await became(mouth, "ann", "bob", rows=Rows(lost=frozenset({"ann"}))) == {"bob": "sent"}
    assert await became(mouth, "ann", rows=Rows(lost=frozenset({"ann"}))) == {}
    assert mouth.calls == [["bob"]]


async def test_nothing_leaves_that_the_database_does_not_know_of() -> None:
    mouth = Mouth()
    with pytest.raises(StoreRefused):
        await became(mouth, "ann", rows=Rows(refuses=True))
    assert mouth.calls == []


async def test_held_and_shadowed_ones_are_only_written() -> None:
    mouth, rows = Mouth(), Rows()
    nudger = Nudger(mouth, rows, StoppedClock(), held())  # type: ignore[arg-type]
    await nudger.hold(due("ann"))
    await nudger.only_write(due("bob"))
    assert (rows.became, mouth.calls) == ({"ann": "held", "bob": "shadow"}, [])


async def test_what_took_too_long_to_prove_is_not_said_any_more() -> None:
    mouth = Mouth()
    noted = await became(mouth, "ann", now=NOW + STALE_AFTER + timedelta(seconds=1))
    assert noted == {"ann": f"dropped {LATE}"}
    assert mouth.calls == []


class Queue(Mouth):
    """Speaks when it is its turn; `meanwhile` happens while it waits."""

    def __init__(self, *meanwhile: Callable[[], None]) -> None:
        super().__init__()
        self.meanwhile = list(meanwhile)

    async def send(self, user_ids: Sequence[str], reply: Reply, *, urgent: bool = True) -> SendResult:
        if self.meanwhile:
            self.meanwhile.pop(0)()
        await asyncio.sleep(0)
        ASK_LEASE.get()()
        return await super().send(user_ids, reply, urgent=urgent)


@pytest.mark.parametrize("goes_on", [False, True])
async def test_what_waits_for_its_turn_does_not_leave_once_another_process_may_have_it(goes_on: bool) -> None:
    clock, rows = StoppedClock(), Rows()
    lease = held(clock, LASTS_S)

    def pause() -> None:
        clock.move(timedelta(seconds=LASTS_S))
        if goes_on:
            lease.renewed(clock.monotonic())

    mouth = Queue(pause)
    await Nudger(mouth, rows, clock, lease).send(due("ann", "bob"), REPLY)  # type: ignore[arg-type]
    assert mouth.calls == []
    assert rows.became == dict.fromkeys(("ann", "bob"), f"unknown {STOOD_STILL}")


async def test_what_waits_for_its_turn_until_its_moment_is_past_is_not_said() -> None:
    clock, rows = StoppedClock(), Rows()
    mouth = Queue(lambda: clock.move(STALE_AFTER + timedelta(seconds=1)))
    fresh = replace(due("bob")[0], moment=NOW + STALE_AFTER)
    nudger = Nudger(mouth, rows, clock, held())  # type: ignore[arg-type]
    await nudger.send([*due("ann"), fresh], REPLY)
    assert mouth.calls == []
    assert rows.became == {"ann": f"dropped {LATE}", "bob": "again after 631"}
    await nudger.send([fresh], REPLY)
    assert mouth.calls == [["bob"]]
