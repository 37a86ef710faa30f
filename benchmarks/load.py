"""The pretend DingTalk with a load generator: a burst of messages from many people, and the bot's
figures.

    python benchmarks/load.py PORT EMPLOYEES [PING_EVERY_S]

`POST /_sandbox/burst` with `messages`, `text` and `rate` starts a burst. `GET /_sandbox/burst`
returns its figures.
"""

import asyncio
import json
import sys
from array import array
from collections.abc import Callable
from math import isnan, nan
from statistics import quantiles
from typing import Any

from aiohttp import web

from bot.sandbox.api import Call, State
from bot.sandbox.cards import CARD_TOPIC
from bot.sandbox.gateway import Frame
from bot.sandbox.people import CALLBACK, ROBOT_TOPIC, say
from bot.sandbox.server import Sandbox, control_route
from bot.sandbox.talk import Entry
from bot.sandbox.world import World, WorldError

LATE_ACK_MS = 3000.0  # DingTalk's time limit
_BREATHE_EVERY = 32


class Burst:
    """One burst. A message is complete after its ACK, its punch at the target and its answer."""

    def __init__(
        self,
        state: State,
        messages: int,
        text: str,
        *,
        rate: float = 0.0,
        a_card: int = 0,
    ) -> None:
        """Push `rate` messages a second, or as many as the connections take (0).

        With `a_card` each person presses the first button of a card instead. One card goes to this
        many people.
        """
        self._a_card = a_card
        state.world.grow_to(messages)
        self._rate = rate
        self._pings = array("d")
        self._state = state
        self._text = text
        self._people = [person for _, person in zip(range(messages), state.world, strict=False)]
        self._index = {person.user_id: index for index, person in enumerate(self._people)}
        self._times = {
            name: array("d", [nan]) * messages for name in ("pushed", "acked", "replied", "punched")
        }
        self._stop_listening = state.feed.listen(self._hear)

    async def run(self) -> None:
        """Push all messages at their rate. Raises NoBotConnected."""
        await self._state.gateway.choose(CALLBACK, ROBOT_TOPIC)
        begun = self._state.clock.monotonic()
        for index, person in enumerate(self._people):
            if self._rate:
                await self._until(begun + index / self._rate)
            self._times["pushed"][index] = self._state.clock.monotonic()
            if self._a_card:
                pressed = press_of(f"card-{index // self._a_card}", person.user_id)
                await self._state.gateway.call_back(CARD_TOPIC, pressed, person.user_id)
            else:
                await say(self._state, person.user_id, self._text)
            if index % _BREATHE_EVERY == 0:
                await asyncio.sleep(0)

    def close(self) -> None:
        self._stop_listening()

    def as_json(self) -> dict[str, Any]:
        """Return counts, latency percentiles (ms after the push) and complete punches a second."""
        acks, replies = self._latencies("acked"), self._latencies("replied")
        finished = [max(one) for one in self._complete()]
        started = self._times["pushed"][0]
        seconds = max(finished) - started if finished else 0.0
        return {
            "messages": len(self._people),
            "done": len(finished) == len(self._people),
            "acked": len(acks),
            "replied": len(replies),
            "punched": sum(not isnan(one) for one in self._times["punched"]),
            "complete": len(finished),
            "seconds": round(seconds, 3),
            "complete_per_s": round(len(finished) / seconds, 1) if seconds else 0.0,
            "ack_ms": percentiles(acks),
            "reply_ms": percentiles(replies),
            "late_acks": sum(ack > LATE_ACK_MS for ack in acks),
            "ping_ms": percentiles(self._pings.tolist()),
        }

    async def _until(self, moment: float) -> None:
        left_s = moment - self._state.clock.monotonic()
        if left_s > 0:
            await asyncio.sleep(left_s)

    def _hear(self, kind: str, news: object) -> None:
        if kind == "ack" and isinstance(news, Frame):
            if news.kind == "SYSTEM":
                self._pings.append(round((self._state.clock.monotonic() - news.pushed) * 1000, 2))
            self._mark("acked", news.user_id)
            if "state" in (news.ack_data or ""):
                self._mark("replied", news.user_id)
        elif kind == "said" and isinstance(news, Entry) and news.speaker == "bot":
            self._mark("replied", news.user_id)
        elif kind == "call" and isinstance(news, Call) and _took_punch(news):
            self._mark("punched", news.request.get("user_id") or news.request["userid"])

    def _mark(self, name: str, user_id: str) -> None:
        """Store the first time of this event for the person's message."""
        index = self._index.get(user_id)
        times = self._times[name]
        if index is not None and isnan(times[index]) and not isnan(self._times["pushed"][index]):
            times[index] = self._state.clock.monotonic()

    def _latencies(self, name: str) -> list[float]:
        pairs = zip(self._times[name], self._times["pushed"], strict=True)
        return [round((then - pushed) * 1000, 2) for then, pushed in pairs if not isnan(then)]

    def _complete(self) -> list[tuple[float, float, float]]:
        rows = zip(
            self._times["acked"], self._times["replied"], self._times["punched"], strict=True
        )
        return [row for row in rows if not any(map(isnan, row))]


def press_of(out_track_id: str, user_id: str) -> dict[str, Any]:
    """Return the callback data of a press on a card's first button."""
    content = json.dumps({"cardPrivateData": {"actionIds": ["b1"], "params": {"button": "b1"}}})
    return {
        "type": "actionCallback",
        "outTrackId": out_track_id,
        "userId": user_id,
        "content": content,
    }


def _took_punch(call: Call) -> bool:
    taken = isinstance(call.answer, dict) and call.answer.get("errcode") == 0
    return taken and call.api in ("signed", "record_upload")


def percentiles(values: list[float]) -> dict[str, float]:
    """Return p50, p95, p99 and the maximum, or nothing without values."""
    if not values:
        return {}
    cuts = quantiles(values, n=100, method="inclusive") if len(values) > 1 else values * 99
    picked = {"p50": cuts[49], "p95": cuts[94], "p99": cuts[98], "max": max(values)}
    return {name: round(value, 2) for name, value in picked.items()}


class LoadedSandbox(Sandbox):
    """A sandbox that can push bursts."""

    _burst: Burst | None = None

    def routes(self) -> list[web.AbstractRouteDef]:
        own: dict[str, Callable[..., Any]] = {"POST burst": self._start, "GET burst": self._figures}
        return [
            *super().routes(),
            *(control_route(name, function) for name, function in own.items()),
        ]

    async def _start(
        self, messages: int, text: str = "clock in", rate: float = 0, a_card: int = 0
    ) -> dict[str, int]:
        if self._burst is not None:
            self._burst.close()
        self._burst = Burst(self, messages, text, rate=rate, a_card=a_card)
        await self._burst.run()
        return {"messages": messages}

    def _figures(self) -> dict[str, Any]:
        if self._burst is None:
            raise WorldError("no burst has been started")
        return self._burst.as_json()


async def serve(port: int, employees: int, ping_every_s: float = 20.0) -> None:
    """Run until cancelled."""
    async with LoadedSandbox(world=World(employees), port=port, ping_every_s=ping_every_s):
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), int(sys.argv[2]), *map(float, sys.argv[3:])))
