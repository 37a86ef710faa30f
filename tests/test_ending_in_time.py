"""That the bot ends within ten seconds, shown by its shares of them: no wait is without a bound."""

import asyncio
import json
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import aiohttp
import pytest
from prometheus_client import CollectorRegistry

from bot.dingtalk.stream import StreamConnection
from bot.supervisor import LAST_S, Step, end_at_last, end_in_turn
from bot.web.server import WebServer
from tests.company import a_company
from tests.dingtalk.stream_stage import START, said
from tests.virtual_time import seconds_waited

LEEWAY_S = 0.4  # for what is computed between the steps


async def for_ever() -> None:
    await asyncio.Event().wait()


async def stubbornly() -> None:
    """Wait for ever, whoever cancels."""
    while True:
        with suppress(asyncio.CancelledError):
            await for_ever()


async def at_once() -> None:
    """Be done."""


async def badly() -> None:
    raise RuntimeError("a bug")


async def test_the_shares_of_all_that_ends_leave_some_of_the_ten_seconds(tmp_path: Path) -> None:
    async with a_company(tmp_path) as company:
        assert company.app is not None
        steps = company.app.steps_to_stop()
        assert len({step.name for step in steps}) == len(steps)
        assert sum(step.most_s for step in steps) + LEEWAY_S < LAST_S < 10


@pytest.mark.parametrize("work", [for_ever, stubbornly])
def test_whatever_hangs_has_its_share_and_no_more(work: Callable[[], Awaitable[None]]) -> None:
    ended: list[str] = []

    async def note() -> None:
        ended.append("the rest")

    steps = [Step("one", 2.0, work), Step("quick", 5.0, at_once), Step("two", 1.5, work), Step("last", 1.0, note)]
    assert seconds_waited(end_in_turn(steps)) == pytest.approx(3.5)
    assert ended == ["the rest"]


def test_what_fails_is_raised_once_the_rest_has_ended() -> None:
    ended: list[str] = []

    async def note() -> None:
        ended.append("the rest")

    with pytest.raises(RuntimeError, match="a bug"):
        seconds_waited(end_in_turn([Step("bad", 1.0, badly), Step("last", 1.0, note)]))
    assert ended == ["the rest"]


class DeafSocket:
    """A peer that sent one message and then neither reads, nor writes, nor closes."""

    closed = False

    def __init__(self) -> None:
        self._frames = [json.dumps(said())]

    async def receive(self) -> aiohttp.WSMessage:
        if self._frames:
            return aiohttp.WSMessage(aiohttp.WSMsgType.TEXT, self._frames.pop(), None)
        await for_ever()
        raise AssertionError

    async def close(self) -> None:
        await for_ever()


async def never_handled(raw: str, frame: object) -> str | None:
    """Begin to handle a frame and never end."""
    await stubbornly()
    return None


class StillClock:
    def now(self) -> datetime:
        return START

    def monotonic(self) -> float:
        return 0.0


def test_a_connection_to_a_deaf_peer_with_work_that_does_not_end_is_left_in_less_than_a_second() -> None:
    async def lived_and_stopped() -> None:
        connection = StreamConnection(
            cast(Any, DeafSocket()),
            never_handled,
            clock=cast(Any, StillClock()),
            sleep=asyncio.sleep,
            on_ack=lambda _: None,
        )
        serving = asyncio.create_task(connection.serve())
        for _ in range(10):  # turns of the loop, in which it takes the message in hand
            await asyncio.sleep(0)
        serving.cancel()
        with suppress(asyncio.CancelledError):
            await serving
        assert connection._in_hand
        await connection.stop()

    assert 0 < seconds_waited(lived_and_stopped()) < 1.0


class HangingReadiness:
    def __init__(self) -> None:
        self.asked = asyncio.Event()

    async def report(self) -> Any:
        self.asked.set()
        await for_ever()


async def test_a_request_in_hand_does_not_hold_up_the_end() -> None:
    readiness = HangingReadiness()
    server = WebServer("127.0.0.1", 0, cast(Any, readiness), CollectorRegistry())
    await server.start()
    async with aiohttp.ClientSession() as session:
        asking = asyncio.create_task(session.get(f"{server.url}/readyz"))
        await readiness.asked.wait()
        async with asyncio.timeout(30):  # aiohttp by itself would wait for a minute
            await server.stop()
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)


def test_at_last_the_system_ends_the_process() -> None:
    before = signal.getsignal(signal.SIGALRM)
    try:
        end_at_last()
        assert signal.getsignal(signal.SIGALRM) is signal.SIG_DFL
        assert 0 < signal.getitimer(signal.ITIMER_REAL)[0] <= LAST_S
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
