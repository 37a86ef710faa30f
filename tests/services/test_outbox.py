"""The worker of the outbox and messages from rows: everybody once, nobody kept waiting by others."""

import asyncio
from collections.abc import Sequence

import pytest

from bot.clock import SystemClock
from bot.dingtalk.robot import RECIPIENTS_A_CALL, SendResult
from bot.domain.outbox import Kind, Owed
from bot.errors import Rejected, StoreRefused
from bot.services.outbox.messages import NotYet
from bot.services.outbox.worker import Job, Lease, OutboxWorker
from bot.views.reply import Reply
from tests.services.outbox_stage import Robot, Rows, one_round, sender_of
from tests.waiting import until

NOTES = [Owed(Kind.FLAG, "p1", f"lead{number:02}") for number in range(2 * RECIPIENTS_A_CALL + 1)]
LEADS = [one.recipient for one in NOTES]


class Words:
    """Says the same to each, in one of two languages."""

    async def word(self, owed: Owed) -> Reply | None:
        return Reply("A", "en" if owed.recipient < "lead30" else "zh")


async def test_each_of_many_recipients_is_told_once() -> None:
    rows, robot = Rows(*NOTES), Robot()
    await one_round(sender_of(rows, Words(), robot, SystemClock()))
    assert (sorted(robot.heard), rows.postponed, robot.calls) == (LEADS, [], 3)


@pytest.mark.parametrize("robot", [Robot(fails={2}), Robot(held_back={"lead03"}), Robot(fails={2, 4})])
async def test_who_was_told_is_not_told_again_when_others_could_not_be(robot: Robot) -> None:
    rows = Rows(*NOTES)
    sender = sender_of(rows, Words(), robot, SystemClock())
    while rows.due:
        await one_round(sender)
    assert rows.postponed
    assert sorted(robot.heard) == LEADS


class Refusing(Robot):
    """Refuses each call with one of these people."""

    async def send(self, user_ids: Sequence[str], reply: Reply, *, urgent: bool = True) -> SendResult:
        if "lead07" in user_ids:
            raise Rejected("robot", "staffId.notExisted")
        return await super().send(user_ids, reply)


async def test_one_person_who_is_refused_keeps_nothing_from_the_others() -> None:
    rows, robot = Rows(*NOTES), Refusing()
    await one_round(sender_of(rows, Words(), robot, SystemClock()))
    assert sorted(robot.heard) == [one for one in LEADS if one != "lead07"]
    assert [one.recipient for one in rows.postponed] == ["lead07"]


@pytest.mark.parametrize("error", [NotYet(), StoreRefused("away"), ValueError("a bug")])
async def test_what_cannot_be_worded_yet_waits_and_holds_up_no_other(error: Exception) -> None:
    class Doubtful(Words):
        async def word(self, owed: Owed) -> Reply | None:
            if owed.recipient == "lead01":
                raise error
            return None if owed.recipient == "lead02" else await super().word(owed)

    rows, robot = Rows(*NOTES[:4]), Robot()
    await one_round(sender_of(rows, Doubtful(), robot, SystemClock()))
    assert robot.heard == ["lead00", "lead03"]
    assert [one.recipient for one in rows.postponed] == ["lead01"]
    assert [one.recipient for one in rows.told_of] == ["lead02", "lead00", "lead03"]


async def test_a_process_that_lost_its_claims_says_nothing() -> None:
    clock = SystemClock()
    rows, robot = Rows(*NOTES[:2]), Robot()
    await one_round(sender_of(rows, Words(), robot, clock, Lease(clock)))  # no heartbeat yet
    assert (robot.heard, rows.told_of, rows.postponed) == ([], [], NOTES[:2])


class Slow:
    """A kind with endless rows that never end."""

    at_once = 3

    def __init__(self) -> None:
        self.claimed = 0

    async def claim(self, room: int) -> Sequence[Job]:
        self.claimed += room
        return [Job(asyncio.sleep(60)) for _ in range(room)]


async def test_a_kind_that_is_slow_takes_no_more_than_its_share_and_holds_up_no_other() -> None:
    rows, robot, slow = Rows(*NOTES), Robot(), Slow()
    worker = OutboxWorker([slow, sender_of(rows, Words(), robot, SystemClock())], round_s=0.01)
    running = asyncio.create_task(worker.run())
    await until(lambda: len(rows.told_of) == len(NOTES), what="every note")
    running.cancel()
    await worker.drain(0)
    assert slow.claimed == slow.at_once


class Refused(Slow):
    """A kind whose rows cannot be read."""

    async def claim(self, room: int) -> Sequence[Job]:
        raise StoreRefused("away")


async def test_a_kind_that_cannot_be_read_holds_up_no_other_and_a_wake_is_heard_at_once() -> None:
    rows, robot = Rows(), Robot()
    sender = sender_of(rows, Words(), robot, SystemClock())
    worker = OutboxWorker([Refused(), sender], round_s=60)
    running = asyncio.create_task(worker.run())
    await asyncio.sleep(0.02)
    rows.due.append(NOTES[0])
    worker.wake(sender)
    await until(lambda: bool(rows.told_of), what="the note")
    running.cancel()
