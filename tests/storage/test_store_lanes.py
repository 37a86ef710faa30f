"""A lane on both databases: works in groups, each failing alone."""

import asyncio
from collections.abc import AsyncIterator, Callable
from threading import Event

import pytest
from sqlalchemy import select, text

from bot.errors import StoreRefused
from bot.storage.engine import Tx
from bot.storage.lanes import Lane
from bot.storage.statements import Statement
from bot.storage.tables import replicas
from bot.storage.urls import engine_of
from tests.storage.stage import Stage

_DOZE = Statement(text("SELECT 1 FROM pg_sleep(0.005)"))
_OWNERS = Statement(select(replicas.c.owner).order_by(replicas.c.owner))


class Held:
    """A lane that is held up until a group has gathered."""

    def __init__(self, lane: Lane) -> None:
        self.lane = lane
        self.go = Event()
        self._running = Event()
        self._never = Event()

    async def hold(self) -> None:
        """Keep the lane's thread busy until `release`."""
        self.busy = asyncio.create_task(self.lane.run(self._wait))
        await asyncio.to_thread(self._running.wait)

    async def a_moment(self) -> None:
        """Let the threads go on."""
        await asyncio.to_thread(self._never.wait, 0.01)

    def _wait(self, tx: Tx) -> None:
        self._running.set()
        self.go.wait(10)

    async def put(self, work: Callable[[Tx], object], person: str = "") -> "asyncio.Task[object]":
        """Queue a work."""
        task = asyncio.create_task(self.lane.run(work, person))
        await asyncio.sleep(0)
        return task

    async def release(self) -> None:
        """Let what was queued run."""
        self.go.set()
        await self.busy

    async def owners(self) -> list[str]:
        """Return what is stored now."""
        rows = await self.lane.run(lambda tx: tx.all(_OWNERS))
        return [owner for (owner,) in rows]


@pytest.fixture
async def held(stage: Stage) -> AsyncIterator[Held]:
    """A lane to a new database, beside the store that made its schema."""
    await (await stage.open("schema")).close()
    lane = Lane(engine_of(stage.url), "tested")
    lane.start()
    yield Held(lane)
    await lane.stop()


def storing(owner: str, *, failing: bool = False) -> Callable[[Tx], str]:
    """Return a work that stores a row and then returns its name or fails."""

    def work(tx: Tx) -> str:
        tx.run(Statement(text(f"INSERT INTO replicas VALUES ('{owner}', 1)")))
        if failing:
            raise ValueError(owner)
        return owner

    return work


async def test_a_work_that_fails_takes_back_what_it_wrote_and_nothing_else(held: Held) -> None:
    await held.hold()
    works = [storing("a"), storing("b", failing=True), storing("c"), storing("a"), storing("d")]
    tasks = [await held.put(work) for work in works]
    await held.release()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert [outcomes[0], outcomes[2], outcomes[4]] == ["a", "c", "d"]
    assert isinstance(outcomes[1], ValueError)
    assert type(outcomes[3]).__name__ in {"IntegrityError", "UniqueViolation"}
    assert await held.owners() == ["a", "c", "d"]


async def test_works_run_in_the_order_they_came(held: Held) -> None:
    order: list[int] = []

    def noting(number: int) -> Callable[[Tx], None]:
        return lambda tx: order.append(number)

    await held.hold()
    tasks = [await held.put(noting(number)) for number in range(20)]
    await held.release()
    await asyncio.gather(*tasks)
    assert order == list(range(20))


async def test_works_of_one_round_of_the_event_loop_are_begun_together(held: Held) -> None:
    begun = Event()

    async def look_in_the_same_round() -> bool:
        return begun.wait(0.05)

    _, too_early = await asyncio.gather(held.lane.run(lambda tx: begun.set()), look_in_the_same_round())
    assert (begun.is_set(), too_early) == (True, False)


async def test_a_work_nobody_waits_for_any_more_is_not_run(held: Held) -> None:
    await held.hold()
    given_up, kept = await held.put(storing("a")), await held.put(storing("b"))
    given_up.cancel()
    with pytest.raises(asyncio.CancelledError):
        await given_up
    await held.release()
    assert await kept == "b"
    assert await held.owners() == ["b"]


async def test_whoever_gives_up_while_the_work_runs_disturbs_nobody(held: Held) -> None:
    running, go = Event(), Event()

    def slow(tx: Tx) -> None:
        running.set()
        go.wait(10)

    task = await held.put(slow)
    await asyncio.to_thread(running.wait, 10)
    other = await held.put(storing("b"))
    task.cancel()
    go.set()
    assert await other == "b"


async def test_a_stopped_lane_refuses(held: Held) -> None:
    await held.lane.stop()
    with pytest.raises(StoreRefused):
        await held.lane.run(storing("a"))


@pytest.mark.parametrize("stage", ["postgresql"], indirect=True)  # SQLite: one process, one connection that writes
async def test_one_persons_works_do_not_meet_on_another_connection(stage: Stage, held: Held) -> None:
    other = Lane(engine_of(stage.url), "other")
    other.start()
    inside: list[str] = []

    def work(tx: Tx) -> None:
        inside.append("in")
        tx.one(_DOZE)  # whose answer is waited for, while what is only sent is not carried out yet
        assert len(inside) == 1
        inside.pop()

    tasks = [lane.run(work, "u1") for _ in range(5) for lane in (held.lane, other)]
    await asyncio.gather(*tasks)
    await other.stop()


async def test_nobody_waits_longer_than_patience_lasts_and_what_was_given_up_is_not_run(stage: Stage) -> None:
    await (await stage.open("schema")).close()
    lane = Lane(engine_of(stage.url), "tested", patience_s=1.0)
    lane.start()
    held = Held(lane)
    await held.hold()
    queued = await held.put(storing("queued"))
    async with asyncio.timeout(60):
        for task in (held.busy, queued):
            with pytest.raises(StoreRefused, match="does not answer"):
                await task
        assert lane.silent
        with pytest.raises(StoreRefused, match="does not answer"):
            lane.run(storing("later")).send(None)  # at once, so that nothing piles up meanwhile
        held.go.set()
        while lane.silent:
            await held.a_moment()
        assert await lane.run(storing("after")) == "after"
    assert await held.owners() == ["after"]
    assert not lane.silent
    await lane.stop()


async def test_a_lane_that_gets_on_is_waited_for_however_long_the_queue_is(stage: Stage) -> None:
    await (await stage.open("schema")).close()
    lane = Lane(engine_of(stage.url), "tested", patience_s=1.0)
    lane.start()
    loop = asyncio.get_running_loop()
    ends = loop.time() + 3.0
    turns = 0

    async def one_after_another() -> None:
        nonlocal turns
        while loop.time() < ends:
            await lane.run(lambda tx: Event().wait(0.1))
            turns += 1

    await asyncio.gather(*(one_after_another() for _ in range(2)))
    assert turns > 5
    await lane.stop()


async def test_a_lane_whose_database_hangs_can_be_left(stage: Stage) -> None:
    await (await stage.open("schema")).close()
    lane = Lane(engine_of(stage.url), "tested")
    lane.start()
    held = Held(lane)
    await held.hold()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(lane.stop(), 0.05)
    await held.release()
    await lane.stop()
