"""A lane on both databases: works run in groups, fail alone, and wait for a limited time."""

import asyncio
from collections.abc import AsyncIterator, Callable
from threading import Event

import pytest

from bot.errors import StoreRefused
from bot.storage.engine import Lane, Tx
from bot.storage.urls import engine_of
from tests.storage.stage import Stage

DOZE = "SELECT 1 FROM pg_sleep(0.005)"
STORE = "INSERT INTO replicas VALUES (:owner, 1)"
OWNERS = "SELECT owner FROM replicas ORDER BY owner"


class Held:
    """A lane that waits until a group has gathered."""

    def __init__(self, lane: Lane) -> None:
        self.lane = lane
        self.go = Event()
        self._running = Event()

    async def hold(self) -> None:
        """Keep the lane's thread busy until `release`."""
        self.busy = asyncio.create_task(self.lane.run(self._wait))
        await asyncio.to_thread(self._running.wait)

    def _wait(self, tx: Tx) -> None:
        self._running.set()
        self.go.wait(10)

    async def put(self, work: Callable[[Tx], object], person: str = "") -> "asyncio.Task[object]":
        task = asyncio.create_task(self.lane.run(work, person))
        await asyncio.sleep(0)
        return task

    async def release(self) -> None:
        self.go.set()
        await self.busy

    async def owners(self) -> list[str]:
        return [owner for (owner,) in await self.lane.run(lambda tx: tx.all(OWNERS))]


@pytest.fixture
async def held(stage: Stage) -> AsyncIterator[Held]:
    """A lane to a new database with the schema. Its callers wait for one second."""
    await (await stage.open("schema")).close()
    engine = engine_of(stage.url)
    engine.answers_within_s = 1.0
    lane = Lane(engine, "tested")
    lane.start()
    found = Held(lane)
    yield found
    found.go.set()
    await lane.stop()


def storing(owner: str, *, failing: bool = False) -> Callable[[Tx], str]:
    """Return a work that stores a row and then returns its name or fails."""

    def work(tx: Tx) -> str:
        tx.run(STORE, owner=owner)
        if failing:
            raise ValueError(owner)
        return owner

    return work


async def test_a_failed_work_undoes_only_its_own_writes(held: Held) -> None:
    await held.hold()
    works = [storing("a"), storing("b", failing=True), storing("c"), storing("a"), storing("d")]
    tasks = [await held.put(work) for work in works]
    await held.release()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert [outcomes[0], outcomes[2], outcomes[4]] == ["a", "c", "d"]
    assert isinstance(outcomes[1], ValueError)
    assert type(outcomes[3]).__name__ in {"IntegrityError", "UniqueViolation"}
    assert await held.owners() == ["a", "c", "d"]


async def test_an_abandoned_work_does_not_run(held: Held) -> None:
    await held.hold()
    given_up, kept = await held.put(storing("a")), await held.put(storing("b"))
    given_up.cancel()
    with pytest.raises(asyncio.CancelledError):
        await given_up
    await held.release()
    assert await kept == "b"
    assert await held.owners() == ["b"]


@pytest.mark.parametrize(
    "stage", ["postgresql"], indirect=True
)  # SQLite: one process, one connection that writes
async def test_one_persons_works_never_run_at_the_same_time(stage: Stage, held: Held) -> None:
    other = Lane(engine_of(stage.url), "other")
    other.start()
    inside: list[str] = []

    def work(tx: Tx) -> None:
        inside.append("in")
        tx.one(DOZE)  # wait for this answer, so that the sent statements have run
        assert len(inside) == 1
        inside.pop()

    await asyncio.gather(*(lane.run(work, "u1") for _ in range(5) for lane in (held.lane, other)))
    await other.stop()


async def test_a_silent_database_ends_the_wait(held: Held) -> None:
    await held.hold()
    queued = await held.put(storing("queued"))
    for task in (held.busy, queued):
        with pytest.raises(StoreRefused, match="does not answer"):
            await task
    with pytest.raises(StoreRefused, match="does not answer"):
        held.lane.run(storing("later")).send(None)  # at once, so that no works pile up
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(held.lane.stop(), 0.05)
    held.go.set()
    await held.lane.stop()
    with pytest.raises(StoreRefused, match="not open"):
        await held.lane.run(storing("after"))
