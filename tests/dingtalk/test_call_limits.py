"""The pace of calls, on pretend time."""

import asyncio
import math
import random
from itertools import pairwise

import pytest

from bot.dingtalk.limits import LONE, RECENT, RECOVER_EVERY_S, Limits, Priority
from bot.errors import NotSent
from tests.dingtalk.rig import PretendTime


class Callers:
    """People who want to call, and when each of them could."""

    def __init__(self, time: PretendTime, limits: Limits) -> None:
        self._time = time
        self._limits = limits
        self.left: list[tuple[float, str]] = []
        self.tasks: list[asyncio.Task[None]] = []

    def queue(
        self, api: str, times: int = 1, priority: Priority = Priority.PUNCH, *, counted: bool = False
    ) -> None:
        self.tasks += [
            asyncio.create_task(self._call(api, f"{api} {priority.name}", priority, counted)) for _ in range(times)
        ]

    async def _call(self, api: str, name: str, priority: Priority, counted: bool) -> None:
        await self._limits.turn(api, priority, counted=counted)
        self.left.append((self._time.monotonic(), name))

    @property
    def moments(self) -> list[float]:
        return [at for at, _ in self.left]

    @property
    def names(self) -> list[str]:
        return [name for _, name in self.left]


def busiest_second(moments: list[float]) -> int:
    """Return how many calls left within any one second."""
    return max(sum(1 for other in moments if at <= other < at + 1 - 1e-6) for at in moments)


def a_line(
    each_api: float = 20, total: float = 0, headroom: float = 1, **rates: float
) -> tuple[PretendTime, Limits, Callers]:
    time = PretendTime()
    limits = Limits(time, each_api=each_api, headroom=headroom, total=total, rates=rates, sleep=time.sleep)
    return time, limits, Callers(time, limits)


def refuse(limits: Limits, api: str, times: int = LONE + 1) -> None:
    """Refuse calls as one too many: by default so many that no chance brought them too close together."""
    for _ in range(times):
        limits.slow_down(api)


async def test_calls_leave_evenly_spaced() -> None:
    time, _, callers = a_line(each_api=20)
    callers.queue("shift", 100)
    await time.advance(4.96)
    assert len(callers.left) == 100
    gaps = [later - earlier for earlier, later in pairwise(callers.moments)]
    assert gaps == pytest.approx([0.05] * 99)


@pytest.mark.parametrize("rate", [0.5, 1, 7, 20, 22.5, 450])
async def test_no_second_holds_more_calls_than_the_rate_even_when_timers_are_late(rate: float) -> None:
    time, _, callers = a_line(each_api=rate)
    rng = random.Random(7)
    callers.queue("shift", 500)
    await time.advance(1000, late=lambda: rng.expovariate(1 / 0.003))
    assert len(callers.left) == 500
    assert busiest_second(callers.moments) <= math.ceil(rate)


@pytest.mark.parametrize("stall_s", [0.02, 0.1, 0.2])
async def test_a_machine_that_stands_still_now_and_then_keeps_the_beat_and_the_rate(stall_s: float) -> None:
    time, _, callers = a_line(each_api=20, headroom=0.98)
    rng = random.Random(3)
    callers.queue("shift", 500)
    await time.advance(40, late=lambda: stall_s if rng.random() < 0.02 else rng.expovariate(1 / 0.004))
    assert callers.moments[-1] < 500 / 20 * 1.05 - 0.5
    assert busiest_second(callers.moments) <= 20


async def test_after_a_pause_calls_do_not_catch_up() -> None:
    time, _, callers = a_line(each_api=20)
    callers.queue("shift", 1)
    await time.advance(60)
    callers.queue("shift", 3)
    await time.advance(1)
    assert callers.moments[1:] == pytest.approx([60.0, 60.05, 60.10])


async def test_the_urgent_leaves_first() -> None:
    time, _, callers = a_line(each_api=1)
    await time.advance(5)
    for priority in (Priority.DIGEST, Priority.REMINDER, Priority.CORRECTION, Priority.RECEIPT, Priority.PUNCH):
        callers.queue("batch_send", 2, priority)
    await time.advance(20)
    # The first to come found nobody before it.
    assert [name.split()[1] for name in callers.names] == (
        ["DIGEST"] + ["PUNCH"] * 2 + ["RECEIPT"] * 2 + ["CORRECTION"] * 2 + ["REMINDER"] * 2 + ["DIGEST"]
    )


@pytest.mark.parametrize("seed", range(20))
async def test_the_order_holds_however_many_give_up(seed: int) -> None:
    rng = random.Random(seed)
    time, _, callers = a_line(each_api=1)
    for _ in range(30):
        callers.queue("shift", 1, rng.choice(list(Priority)))
    await time.advance(0)
    for task in rng.sample(callers.tasks, 12):
        task.cancel()
    await time.advance(30)
    urgency = [Priority[name.split()[1]] for name in callers.names[1:]]
    assert len(urgency) >= 17
    assert urgency == sorted(urgency)


async def test_an_unlimited_api_leaves_at_once() -> None:
    time, _, callers = a_line(signed=0)
    callers.queue("signed", 1000)
    await time.advance(0)
    assert callers.moments == [0] * 1000


async def test_a_few_refusals_among_many_calls_cost_a_beat_each() -> None:
    time, limits, callers = a_line(each_api=20)
    for _ in range(LONE * 3):
        callers.queue("shift", RECENT // LONE + 1)
        await time.advance(2)
        limits.slow_down("shift")
        assert limits.rate("shift") == 20
    before = time.monotonic()
    callers.queue("shift", 2)
    await time.advance(1)
    assert callers.moments[-2:] == pytest.approx([before + 0.05, before + 0.1])


async def test_more_than_a_few_refusals_halve_the_rate_and_it_recovers_step_by_step() -> None:
    time, limits, callers = a_line(each_api=20)
    refuse(limits, "shift", LONE)
    assert limits.rate("shift") == 20
    refuse(limits, "shift", 1)
    assert limits.rate("shift") == 10
    callers.queue("shift", 21)
    await time.advance(2.05)
    assert busiest_second(callers.moments) == 10
    rates = []
    for _ in range(6):
        await time.advance(RECOVER_EVERY_S)
        rates.append(limits.rate("shift"))
    assert rates == [12, 14, 16, 18, 20, 20]


async def test_a_slowed_unlimited_api_keeps_its_bound_when_timers_are_late() -> None:
    time, limits, callers = a_line(signed=0)
    limits.slow_down("signed")
    rng = random.Random(7)
    callers.queue("signed", 240)
    await time.advance(4.9, late=lambda: rng.expovariate(1 / 0.003))
    assert len(callers.left) == 240
    assert busiest_second(callers.moments) <= 50
    await time.advance(RECOVER_EVERY_S * 6)
    assert limits.rate("signed") == 0, "unlimited again"


async def test_refusals_of_the_same_moment_count_once() -> None:
    time, limits, _ = a_line(each_api=20)
    for _ in range(20):
        limits.slow_down("shift")
    assert limits.rate("shift") == 10
    await time.advance(1.5)
    limits.slow_down("shift")
    assert limits.rate("shift") == 5


async def test_only_calls_to_dingtalk_count_towards_the_total() -> None:
    time, _, callers = a_line(each_api=0, total=10)
    callers.queue("shift", 15, counted=True)
    callers.queue("signed", 100, counted=False)
    await time.advance(0)
    assert callers.names.count("signed PUNCH") == 100
    await time.advance(1.45)
    assert callers.names.count("shift PUNCH") == 15
    assert busiest_second([at for at, name in callers.left if name.startswith("shift")]) == 10


async def test_an_api_held_back_by_the_total_does_not_leave_in_a_burst_afterwards() -> None:
    time, _, callers = a_line(each_api=5, total=10)
    callers.queue("batch_send", 20, Priority.REMINDER, counted=True)
    for name in "abcd":
        callers.queue(name, 10, Priority.PUNCH, counted=True)
    await time.advance(30)
    assert len(callers.left) == 60
    assert busiest_second(callers.moments) <= 10
    assert busiest_second([at for at, name in callers.left if name.startswith("batch_send")]) <= 5


async def test_calls_to_a_service_that_sent_us_away_are_not_sent() -> None:
    time, limits, callers = a_line()
    limits.pause("shift", 300, counted=False)
    await time.advance(100)
    with pytest.raises(NotSent) as caught:
        await limits.turn("shift", Priority.PUNCH, counted=False)
    assert caught.value.retry_after_s == 200
    callers.queue("schedule")
    await time.advance(200)
    callers.queue("shift")
    await time.advance(0)
    assert callers.moments == [100, 300]


async def test_a_ban_by_dingtalk_holds_for_all_its_hosts_and_for_those_who_wait() -> None:
    time, limits, callers = a_line(each_api=1)
    callers.queue("shift", 3, counted=True)
    await time.advance(0)
    limits.pause("schedule", 300, counted=True)
    await time.advance(2)
    assert callers.moments == [0]
    assert [type(task.exception()) for task in callers.tasks[1:]] == [NotSent, NotSent]
    await limits.turn("signed", Priority.PUNCH, counted=False)
