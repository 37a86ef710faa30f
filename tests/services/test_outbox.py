"""The outbox worker and its messages: everybody hears once, and slow rows hold up no others."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bot.dingtalk.robot import SendResult
from bot.domain.messages import Kind, Owed
from bot.errors import Rejected, StoreRefused, UpstreamError
from bot.services.organisation.visibility import Visibility
from bot.services.outbox.lease import Lease
from bot.services.outbox.messages import MOST_TRIES, MessageSender, NotYet
from bot.services.outbox.worker import Job, OutboxWorker
from bot.views.sentences import Reply
from handlers.notes import word_note
from tests.bases import a_base
from tests.builders import a_punch, local
from tests.services.directory_stage import ANN, BOB, CAT, Stage, a_stage
from tests.services.outbox_stage import Robot
from tests.waiting import until, wait_until_idle

NOTES = [Owed(Kind.CLOSED, "p1", f"lead{number}") for number in range(5)]
LEAD = replace(ANN, leads=(1,))
PUNCH = replace(a_punch(local("08:58")), user_id="bob")
OWED = Owed(Kind.FLAG, PUNCH.punch_id, punch=PUNCH)


class Rows:
    """Rows that are always due, also after `postpone`."""

    def __init__(self, *owed: Owed) -> None:
        self.due = list(owed)
        self.told_of: list[Owed] = []
        self.postponed: list[Owed] = []

    async def take_due(self, now: datetime, limit: int) -> Sequence[Owed]:
        due, self.due = self.due[:limit], self.due[limit:]
        return due

    async def note_sent(self, owed: Owed) -> None:
        self.told_of.append(owed)

    async def postpone(self, owed: Owed, until: datetime) -> None:
        self.postponed.append(owed)
        self.due.append(owed)

    async def address(self, owed: Owed, recipients: Iterable[str]) -> None:
        self.due += [replace(owed, recipient=recipient) for recipient in recipients]


async def word(owed: Owed) -> Reply | None:
    return Reply("A", owed.recipient)


def sender_of(
    rows: Rows, robot: Robot, word: Any = word, lease: Lease | None = None
) -> MessageSender:
    return MessageSender(a_base(robot=robot, lease=lease), cast(Any, rows), word)


async def one_round(sender: MessageSender) -> None:
    """Let a worker do all due rows."""
    worker = OutboxWorker([sender], round_s=60)
    await worker.round()
    await wait_until_idle(worker)


@pytest.mark.parametrize(
    ("fails", "held_back"), [((UpstreamError("robot", "away"),), ()), ((), ("lead3",))]
)
async def test_a_note_that_failed_for_some_reaches_nobody_twice(
    fails: tuple[Exception, ...], held_back: tuple[str, ...]
) -> None:
    rows = Rows(*NOTES)
    robot = Robot(fails=list(fails), held_back=set(held_back))
    sender = sender_of(rows, robot)
    while rows.due:
        await one_round(sender)
    assert len(rows.postponed) == 1
    assert sorted(robot.texts) == [note.recipient for note in NOTES]


async def test_a_note_that_dingtalk_refuses_ends_after_a_day() -> None:
    class Refusing(Robot):
        async def send(
            self, user_ids: Sequence[str], reply: Reply, *, urgent: bool = True
        ) -> SendResult:
            raise Rejected("robot", "staffId.notExisted")

    rows = Rows(NOTES[0], replace(NOTES[1], tries=MOST_TRIES))
    await one_round(sender_of(rows, Refusing()))
    assert (rows.postponed, [owed.recipient for owed in rows.told_of]) == ([NOTES[0]], ["lead1"])


@pytest.mark.parametrize("error", [NotYet(), StoreRefused("away"), ValueError("a bug")])
async def test_a_note_without_words_waits_and_delays_no_other(error: Exception) -> None:
    async def doubtful(owed: Owed) -> Reply | None:
        if owed.recipient == "lead1":
            raise error
        return None if owed.recipient == "lead2" else await word(owed)

    rows, robot = Rows(*NOTES[:4]), Robot()
    await one_round(sender_of(rows, robot, doubtful))
    assert sorted(robot.texts) == ["lead0", "lead3"]
    assert [owed.recipient for owed in rows.postponed] == ["lead1"]


class Slow:
    """A kind of row with endless jobs."""

    at_once = 3

    def __init__(self) -> None:
        self.claimed = 0

    async def claim(self, room: int) -> Sequence[Job]:
        self.claimed += room
        return [Job(asyncio.Event().wait()) for _ in range(room)]


class Refused(Slow):
    """A kind of row that cannot be read."""

    async def claim(self, room: int) -> Sequence[Job]:
        raise StoreRefused("away")


async def test_a_slow_or_unreadable_kind_delays_no_other() -> None:
    rows, robot, slow = Rows(), Robot(), Slow()
    sender = sender_of(rows, robot)
    worker = OutboxWorker([slow, Refused(), sender], round_s=60)
    running = asyncio.create_task(worker.run())
    await until(lambda: slow.claimed > 0, what="the slow ones")
    rows.due.append(NOTES[0])
    worker.wake(sender)
    await until(lambda: bool(rows.told_of), what="the note")
    running.cancel()
    await worker.drain(0)
    assert slow.claimed == slow.at_once


class Endless(Slow):
    """A kind of row with a backlog: each claim finds more."""

    async def claim(self, room: int) -> Sequence[Job]:
        self.claimed += room
        return [Job(asyncio.sleep(0)) for _ in range(room)]


async def test_rows_that_become_due_during_a_backlog_of_others_do_not_wait() -> None:
    rows, others = Rows(), Endless()
    worker = OutboxWorker([others, sender_of(rows, Robot())], round_s=0.2)
    running = asyncio.create_task(worker.run())
    await until(lambda: others.claimed > others.at_once, what="the backlog")
    rows.due.append(NOTES[0])
    await until(lambda: bool(rows.told_of), what="the note")
    running.cancel()
    await worker.drain(0)


def flags_of(stage: Stage, rows: Rows, robot: Robot, admins: Sequence[str]) -> MessageSender:
    async def nothing_written(user_id: str) -> Any:
        return SimpleNamespace(language="en")

    store = SimpleNamespace(flags=rows, wishes=SimpleNamespace(get=nothing_written))
    base = a_base(cast(Any, store), robot=robot, settings={"roles": {"admins": list(admins)}})
    services = cast(Any, base)
    services.directory = stage.directory
    services.visibility = Visibility(stage.directory, admins, ())
    return MessageSender(base, cast(Any, rows), partial(word_note, services))


async def test_a_flag_waits_until_the_leads_are_known(tmp_path: Path) -> None:
    rows, robot = Rows(OWED), Robot()
    async with a_stage(tmp_path, LEAD, BOB, replace(CAT, leads=(1,))) as stage:
        flags = flags_of(stage, rows, robot, ["admin"])
        await one_round(flags)
        assert (robot.heard, rows.told_of, rows.postponed) == ([], [], [OWED])
        await stage.directory.crawl()
        for _ in range(2):  # first finds the leads, then tells each
            await one_round(flags)
    assert sorted(who for who, _ in robot.heard) == ["ann", "cat"]


async def test_a_former_lead_gets_no_flag(tmp_path: Path) -> None:
    rows, robot = Rows(replace(OWED, recipient="cat")), Robot()
    async with a_stage(tmp_path, LEAD, BOB) as stage:
        await stage.directory.crawl()
        await one_round(flags_of(stage, rows, robot, ["gone"]))
    assert (robot.heard, [owed.recipient for owed in rows.told_of]) == ([], ["cat"])
