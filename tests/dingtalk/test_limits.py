"""The pace of calls on pretend time."""

import asyncio
import math
import random
from itertools import pairwise

import pytest

from bot.dingtalk.limits import BEAT, SETTLE_S, Limits, Priority
from bot.errors import NotSent
from tests.dingtalk.rig import PretendTime


class Callers:
    """Callers with the times of their turns, on `limits` and pretend `time`."""

    def __init__(self, each_api: float = 20, total: float = 0, **rates: float) -> None:
        self.time = PretendTime()
        self.limits = Limits(
            self.time, each_api=each_api, total=total, rates=rates, sleep=self.time.sleep
        )
        self.left: list[tuple[float, str]] = []
        self.tasks: list[asyncio.Task[None]] = []

    def queue(
        self,
        api: str,
        times: int = 1,
        priority: Priority = Priority.PUNCH,
        *,
        counted: bool = False,
    ) -> None:
        self.tasks += [
            asyncio.create_task(self._call(api, priority, counted)) for _ in range(times)
        ]

    async def _call(self, api: str, priority: Priority, counted: bool) -> None:
        await self.limits.wait_for_turn(api, priority, counted=counted)
        self.left.append((self.time.monotonic(), f"{api} {priority.name}"))

    def moments(self, api: str = "") -> list[float]:
        return [at for at, name in self.left if name.startswith(api)]

    def busiest_second(self, api: str = "") -> int:
        """Return the largest number of calls within one second."""
        moments = self.moments(api)
        return max(sum(1 for other in moments if at <= other < at + 1 - 1e-6) for at in moments)


@pytest.mark.parametrize("processes", [1, 4])
async def test_calls_leave_at_an_even_pace_that_processes_share(processes: int) -> None:
    callers = Callers(each_api=20)
    callers.limits.processes = processes
    beat_s = processes * 0.05 / BEAT
    callers.queue("shift", 100)
    await callers.time.advance(60)
    gaps = [later - earlier for earlier, later in pairwise(callers.moments())]
    assert gaps == pytest.approx([beat_s] * 99)
    callers.queue("shift", 3)
    await callers.time.advance(1)
    assert callers.moments()[100:] == pytest.approx([60.0, 60 + beat_s, 60 + 2 * beat_s])


@pytest.mark.parametrize("rate", [0.5, 7, 22.5, 450])
async def test_late_timers_never_exceed_the_rate(rate: float) -> None:
    callers = Callers(each_api=rate)
    rng = random.Random(7)
    callers.queue("shift", 500)
    await callers.time.advance(1100, late=lambda: rng.expovariate(1 / 0.003))
    assert len(callers.left) == 500
    assert callers.busiest_second() <= math.ceil(rate)


@pytest.mark.parametrize("seed", range(10))
async def test_urgent_calls_leave_first(seed: int) -> None:
    rng = random.Random(seed)
    callers = Callers(each_api=1)
    for _ in range(30):
        callers.queue("shift", 1, rng.choice(list(Priority)))
    await callers.time.advance(0)
    for task in rng.sample(callers.tasks, 12):
        task.cancel()
    await callers.time.advance(30)
    # the first caller has no wait
    urgency = [Priority[name.split()[1]] for _, name in callers.left[1:]]
    assert len(urgency) >= 17
    assert urgency == sorted(urgency)


async def test_a_refusal_halves_the_rate_for_a_while() -> None:
    callers = Callers(each_api=20)
    for _ in range(3):  # refusals of calls at the same rate
        callers.limits.slow_down("shift")
        assert callers.limits.slow_rates().get("shift", 20) == 10
    rates = []
    for _ in range(6):
        await callers.time.advance(1.0)
        rates.append(callers.limits.slow_rates().get("shift", 20))
    assert rates == pytest.approx([12, 14, 16, 18, 20, 20])
    for halved in (10, 6, 4):  # two more calls a second, then half
        callers.limits.slow_down("shift")
        assert callers.limits.slow_rates().get("shift", 20) == pytest.approx(halved)
        await callers.time.advance(SETTLE_S)
        callers.limits.slow_rates().get("shift", 20)


async def test_a_refusal_slows_an_unlimited_api_for_a_while() -> None:
    callers = Callers(signed=0)
    callers.queue("signed", 1000)
    await callers.time.advance(0)
    assert callers.moments() == [0] * 1000
    callers.left.clear()
    callers.limits.slow_down("signed")
    rng = random.Random(7)
    callers.queue("signed", 240)
    await callers.time.advance(4.9, late=lambda: rng.expovariate(1 / 0.003))
    assert len(callers.left) == 240
    assert callers.busiest_second() <= 100
    await callers.time.advance(6.0)
    assert callers.limits.slow_rates().get("signed", 0) == 0


async def test_the_total_limit_counts_only_calls_to_dingtalk() -> None:
    callers = Callers(each_api=5, total=10, signed=0)
    callers.queue("signed", 100)
    callers.queue("batch_send", 20, Priority.REMINDER, counted=True)
    for name in "abcd":
        callers.queue(name, 10, counted=True)
    await callers.time.advance(30)
    assert callers.moments("signed") == [0] * 100
    callers.left = [one for one in callers.left if not one[1].startswith("signed")]
    assert len(callers.left) == 60
    assert callers.busiest_second() <= 10
    assert callers.busiest_second("batch_send") <= 5


async def test_a_ban_holds_back_all_calls_to_dingtalk() -> None:
    callers = Callers(each_api=1)
    callers.queue("shift", 3, counted=True)
    await callers.time.advance(0)
    callers.limits.pause("schedule", 300, counted=True)
    await callers.time.advance(2)
    assert callers.moments() == [0]
    assert [type(task.exception()) for task in callers.tasks[1:]] == [NotSent, NotSent]
    await callers.limits.wait_for_turn("signed", Priority.PUNCH, counted=False)
    callers.limits.pause("signed", 10, counted=False)
    with pytest.raises(NotSent) as caught:
        await callers.limits.wait_for_turn("signed", Priority.PUNCH, counted=False)
    assert caught.value.retry_after_s == 10
