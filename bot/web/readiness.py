"""Whether the bot can do its work, and the figures behind it."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from bot.errors import StoreRefused
from bot.storage.store import Store

PING_S = 2.0


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the figures come from, as functions read at each scrape."""

    connected: Callable[[], bool]
    stream_trouble: Callable[[], str]
    stream_counts: Callable[[], Mapping[str, int]]
    messages_in_hand: Callable[[], int]
    deliveries_in_hand: Callable[[], int]
    troubles: Callable[[], Mapping[str, str]]
    restarts: Callable[[], Mapping[str, int]]
    people_known: Callable[[], int]


class Readiness:
    """Answers `/readyz` and keeps the metrics up to date."""

    def __init__(self, store: Store, sources: Sources, registry: CollectorRegistry) -> None:
        self._store = store
        self._sources = sources
        self.ack_seconds = Histogram(
            "clock_in_bot_ack_seconds",
            "From reading a frame to acknowledging it",
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 10.0),
            registry=registry,
        )
        self._refusals = Counter("clock_in_bot_refusals", "Refused messages", ["reason"], registry=registry)
        self._connected = Gauge("clock_in_bot_stream_connected", "1 while connected", registry=registry)
        self._stream = Gauge("clock_in_bot_stream_events", "Frames and connections", ["kind"], registry=registry)
        self._messages = Gauge("clock_in_bot_messages_in_hand", "Messages in memory", registry=registry)
        self._deliveries = Gauge("clock_in_bot_deliveries_in_hand", "Calls under way", registry=registry)
        self._waiting = Gauge("clock_in_bot_punches_waiting", "Punches not settled", ["target"], registry=registry)
        self._waited_for: set[str] = set()  # targets that have a figure: at 0 nothing waits for them any more
        self._people = Gauge("clock_in_bot_people_known", "People of the directory", registry=registry)
        self._restarts = Gauge("clock_in_bot_task_restarts", "Restarts of a task", ["task"], registry=registry)

    def on_refused(self, reason: str) -> None:
        """Count a message without effect, by its reason; the reasons are few and fixed."""
        self._refusals.labels(reason).inc()

    async def report(self) -> dict[str, Any]:
        """Return each part's state; `ready` when the stream is connected and the database answers."""
        try:
            await asyncio.wait_for(self._store.beat(), PING_S)
            database = True
        except (StoreRefused, TimeoutError):
            database = False
        stream, trouble = self._sources.connected(), self._sources.stream_trouble() or "connecting"
        return {
            "ready": stream and database,
            "stream": "connected" if stream else f"not connected: {trouble}",
            "database": "answers" if database else "does not answer",
            "troubles": dict(self._sources.troubles()),
        }

    async def refresh(self) -> None:
        """Read the figures that no event counts."""
        self._connected.set(self._sources.connected())
        self._messages.set(self._sources.messages_in_hand())
        self._deliveries.set(self._sources.deliveries_in_hand())
        self._people.set(self._sources.people_known())
        for kind, count in self._sources.stream_counts().items():
            self._stream.labels(kind).set(count)
        for task, count in self._sources.restarts().items():
            self._restarts.labels(task).set(count)
        try:
            punches = await asyncio.wait_for(self._store.deliveries.waiting(), PING_S)
        except (StoreRefused, TimeoutError):
            return
        self._waited_for |= punches.keys()
        for target in self._waited_for:
            self._waiting.labels(target).set(punches.get(target, 0))
