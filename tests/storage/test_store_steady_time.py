"""A link that has ended works no more, whatever is done to the clock, by one process or several."""

from datetime import datetime, timedelta

import psycopg
import pytest

from bot.storage import Store
from bot.storage.database import SteadyTime
from bot.storage.links import Link
from tests.storage.stage import NOON, HandClock, PostgresqlStage, Stage

TOKEN, NEXT, DEVICE = "t" * 64, "n" * 64, "d" * 64
LASTS = timedelta(minutes=5)


class Machine(HandClock):
    """A machine whose clock is put on or back by somebody; the time that passes is that of the stage."""

    def __init__(self, passing: HandClock) -> None:
        self._passing = passing
        self._off = timedelta()

    def now(self) -> datetime:
        return self._passing.now() + self._off

    def monotonic(self) -> float:
        return self._passing.monotonic()

    def move(self, seconds: float) -> None:
        self._passing.move(seconds)

    def put(self, seconds: float) -> None:
        self._off += timedelta(seconds=seconds)


@pytest.fixture
def machine(stage: Stage) -> Machine:
    stage.clock = machine = Machine(stage.clock)
    return machine


def a_link(machine: HandClock) -> Link:
    now = machine.now()
    return Link("u1", "m1", "en", None, None, None, now, now, now, now + LASTS)


async def works(store: Store, token: str = TOKEN) -> bool:
    found = await store.links.owner(token) is not None
    assert (await store.links.open(token, DEVICE, None) is not None) == found
    return found


@pytest.mark.parametrize("opened", [False, True])
@pytest.mark.parametrize("back_s", [2, 299, 3600, 40 * 86400])
async def test_one_that_has_ended_stays_so_opened_or_not_though_the_clock_is_set_back(
    stage: Stage, machine: Machine, back_s: float, opened: bool
) -> None:
    store = await stage.open()
    await store.links.put(a_link(machine), TOKEN)
    assert not opened or await works(store)
    machine.move(300.5)
    machine.put(-back_s)
    assert not await works(store)
    assert await store.links.known(TOKEN)


@pytest.mark.parametrize("beats", [True, False])
async def test_so_it_does_where_the_process_died_meanwhile(stage: Stage, machine: Machine, beats: bool) -> None:
    store = await stage.open()
    await store.links.put(a_link(machine), TOKEN)
    machine.move(299 if not beats else 301)
    await store.beat()
    await stage.crash()
    machine.put(-3600)
    again = await stage.open("two")
    machine.move(0 if beats else 2)  # what had passed when it was last heard of counts, and what passes since
    assert not await works(again)


async def test_a_link_made_since_lasts_its_five_minutes(stage: Stage, machine: Machine) -> None:
    store = await stage.open()
    machine.put(-7200)
    link = a_link(machine)
    await store.links.put(link, TOKEN)
    machine.move(299)
    assert await store.links.open(TOKEN, DEVICE, None) == link
    machine.move(2)
    assert not await works(store)


async def test_a_clock_that_was_ahead_for_a_while_ends_no_link_that_is_made_once_it_is_right(
    stage: Stage, machine: Machine
) -> None:
    store = await stage.open()
    await store.links.put(a_link(machine), TOKEN)
    machine.put(86400)
    await store.beat()
    machine.put(-86400)
    assert not await works(store)
    await store.links.put(a_link(machine), NEXT)
    machine.move(299)
    assert await works(store, NEXT)
    machine.move(2)
    assert not await works(store, NEXT)


@pytest.mark.parametrize("stage", ["postgresql"], indirect=True)  # SQLite: one process, one connection that writes
async def test_another_process_whose_clock_was_set_back_does_not_open_it(stage: Stage, machine: Machine) -> None:
    here = await stage.open("one")
    stage.clock = other = Machine(machine)
    other.put(-3600)
    there = await stage.open("two")
    await here.links.put(a_link(machine), TOKEN)
    machine.move(299)
    assert await works(there)
    machine.move(2)
    assert [await works(store) for store in (here, there)] == [False, False]


@pytest.mark.parametrize("stage", ["postgresql"], indirect=True)  # SQLite: one process, one connection that writes
async def test_whoever_holds_the_moment_holds_up_no_beat(stage: Stage, machine: Machine) -> None:
    assert isinstance(stage, PostgresqlStage)
    store = await stage.open()
    with psycopg.connect(stage.url) as frozen:
        frozen.execute("SELECT at_ms FROM moments FOR UPDATE")
        machine.move(5)
        await store.beat()
        frozen.rollback()
    machine.move(5)
    await store.beat()
    with psycopg.connect(stage.url) as reader:
        row = reader.execute("SELECT at_ms FROM moments WHERE name = 'latest that was seen'").fetchone()
    assert row == (round((NOON + timedelta(seconds=10)).timestamp() * 1000),)


def test_steady_time_goes_on_by_what_passes_and_never_back() -> None:
    machine = Machine(HandClock())
    steady, noon_ms = SteadyTime(machine), round(NOON.timestamp() * 1000)
    told = []
    for passes_s, put_s in ((0, 0), (1, 0), (1, -3600), (1, 0), (0, 7200), (1, -7200)):
        machine.move(passes_s)
        machine.put(put_s)
        told.append(steady.now_ms() - noon_ms)
    assert told == [0, 1000, 2000, 3000, 3_603_000, 3_604_000]
    steady.not_before(noon_ms + 4_000_000)
    steady.not_before(noon_ms)
    machine.move(1)
    assert steady.now_ms() - noon_ms == 4_001_000
