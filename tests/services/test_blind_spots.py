"""How often administrators hear of an API that hides who is to be reminded."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from bot.domain.outbox import Owed
from bot.i18n import Texts
from bot.services.reminding.blind_spots import BlindSpots
from bot.services.speaking import Operators
from tests.builders import SHANGHAI, local

DOWN = {"list_record": "HTTP 503"}


class MovableClock:
    at = local("08:50")

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()


class Alerts:
    """The alerts that are owed, as both processes see them."""

    def __init__(self, clock: MovableClock) -> None:
        self.raised: list[datetime] = []
        self._clock = clock

    async def raise_anew(self, alerts: Sequence[Owed], before: datetime) -> None:
        if not self.raised or self.raised[-1] < before:
            self.raised.append(self._clock.now())


class Stage:
    """Two processes that read, and what the administrators hear of both."""

    def __init__(self) -> None:
        self.clock = MovableClock()
        self.alerts = Alerts(self.clock)
        robot, alerts, texts = cast(Any, None), cast(Any, self.alerts), Texts("en", SHANGHAI)
        self.operators = [Operators(robot, ["admin"], texts, alerts=alerts, clock=self.clock) for _ in range(2)]
        self.processes = [BlindSpots(one, self.clock) for one in self.operators]

    async def read(self, at: str, troubles: dict[str, str]) -> int:
        """Let both processes read at a time of day; return how many alerts there were so far."""
        self.clock.at = local(at)
        for number, one in enumerate(self.processes):
            self.clock.at += timedelta(seconds=number)
            await one.note(troubles)
        return len(self.alerts.raised)


async def test_an_outage_is_told_once_by_one_process() -> None:
    stage = Stage()
    assert [await stage.read(f"08:{minute}", DOWN) for minute in range(50, 60)] == [1] * 10
    assert all(one.troubles for one in stage.operators)


async def test_a_second_outage_is_told_too() -> None:
    stage = Stage()
    assert await stage.read("09:00", DOWN) == 1
    assert await stage.read("09:12", {}) == 1
    assert not any(one.troubles for one in stage.operators)
    assert await stage.read("09:20", DOWN) == 2
    assert await stage.read("09:21", DOWN) == 2


async def test_an_api_that_comes_and_goes_has_one_outage() -> None:
    stage = Stage()
    told = [await stage.read(f"09:{minute:02}", {} if minute % 2 else DOWN) for minute in range(60)]
    assert set(told) == {1}


async def test_an_outage_that_was_never_over_is_no_second_one() -> None:
    stage = Stage()
    assert await stage.read("09:00", DOWN) == 1
    assert await stage.read("09:30", DOWN) == 1
