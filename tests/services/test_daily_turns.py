"""What is done once a day among all processes."""

from dataclasses import dataclass

from bot.services.upkeep.turns import take_turn
from tests.storage.stage import PostgresqlStage, Stage


@dataclass
class Work:
    """Counts how often it was done; it succeeds when told so."""

    succeeds: bool = True
    times: int = 0

    async def __call__(self) -> bool:
        self.times += 1
        return self.succeeds


async def test_of_two_processes_one_does_it_and_nobody_a_second_time(postgresql_stage: PostgresqlStage) -> None:
    one, two = await postgresql_stage.open("one"), await postgresql_stage.open("two")
    work = Work()
    done = [await take_turn(store.jobs, "directory", "2026-11-24", work) for store in (one, two, one)]
    assert (done, work.times) == ([True, False, False], 1)
    assert await take_turn(two.jobs, "directory", "2026-11-25", work)


async def test_what_did_not_succeed_is_done_again(stage: Stage) -> None:
    store = await stage.open()
    work = Work(succeeds=False)
    for _ in range(2):
        assert await take_turn(store.jobs, "directory", "2026-11-24", work)
    work.succeeds = True
    assert await take_turn(store.jobs, "directory", "2026-11-24", work)
    assert not await take_turn(store.jobs, "directory", "2026-11-24", work)
    assert work.times == 3
