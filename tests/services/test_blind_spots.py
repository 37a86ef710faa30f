"""How often administrators hear of an API that hides who is to be reminded."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.dingtalk.robot import SendResult
from bot.i18n import Texts
from bot.services.reminding.blind_spots import BlindSpots
from bot.services.upkeep.operators import Operators
from bot.views.reply import Reply
from tests.builders import SHANGHAI, local

DOWN = {"list_record": "HTTP 503"}


class MovableClock:
    at = local("08:50")

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()


class Turns:
    """A turn is taken by whoever comes first."""

    def __init__(self) -> None:
        self.taken: set[tuple[str, str]] = set()

    async def take(self, name: str, turn: str = "") -> bool:
        is_free = (name, turn) not in self.taken
        self.taken.add((name, turn))
        return is_free

    async def finish(self, name: str, turn: str) -> None:
        """It is taken for good already."""


class Inbox:
    def __init__(self) -> None:
        self.told: list[str] = []

    async def send(self, user_ids: Sequence[str], reply: Reply, *, urgent: bool = True) -> SendResult:
        self.told.append(reply.text)
        return SendResult()


class Stage:
    """Two processes that read, and what the administrators hear of both."""

    def __init__(self) -> None:
        self.clock, self.inbox, turns = MovableClock(), Inbox(), Turns()
        self.operators = [Operators(self.inbox, ["admin"], Texts("en", SHANGHAI)) for _ in range(2)]
        self.processes = [BlindSpots(one, turns, self.clock) for one in self.operators]

    async def read(self, at: str, troubles: dict[str, str]) -> int:
        """Let both processes read at a time of day; return how many alerts there were so far."""
        self.clock.at = local(at)
        for number, one in enumerate(self.processes):
            self.clock.at += timedelta(seconds=number)
            await one.note(troubles)
        return len(self.inbox.told)


async def test_an_outage_is_told_once_by_one_process() -> None:
    stage = Stage()
    assert [await stage.read(f"08:{minute}", DOWN) for minute in range(50, 60)] == [1] * 10
    assert all(one.troubles for one in stage.operators)


async def test_a_second_outage_within_the_hour_is_told_too() -> None:
    stage = Stage()
    assert await stage.read("09:00", DOWN) == 1
    assert await stage.read("09:03", {}) == 1
    assert not any(one.troubles for one in stage.operators)
    assert await stage.read("09:20", DOWN) == 2
    assert await stage.read("09:21", DOWN) == 2
    assert await stage.read("09:22", {}) == 2
    assert await stage.read("09:40", DOWN) == 3


async def test_an_api_that_comes_and_goes_is_told_of_once_an_hour() -> None:
    stage = Stage()
    told = [await stage.read(f"09:{minute:02}", {} if minute % 2 else DOWN) for minute in range(60)]
    assert set(told) == {1}
    assert await stage.read("10:00", DOWN) == 2


async def test_an_outage_that_was_never_over_is_no_second_one() -> None:
    stage = Stage()
    assert await stage.read("09:00", DOWN) == 1
    assert await stage.read("09:30", DOWN) == 1
