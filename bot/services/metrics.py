"""Figures of this process and of the database, for Prometheus."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from itertools import product
from typing import Any

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from bot.clock import Clock
from bot.domain.reminders import ReminderKind, ReminderState
from bot.errors import StoreRefused
from bot.storage.store import Store

TOO_LATE = "too late"  # outcome of a reminder that did not leave in time
_NAMESPACE = "clock_in_bot"
_PATIENCE_S = 2.0  # for the database; a scrape without its figures is better than none
_ACK_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 10.0)
_DELIVERY_S = (0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 3600.0)

# Returns a figure, or figures by the value of the label (a tuple for several labels).
ReadFigures = Callable[[], float | Mapping[Any, float]]


class Metrics:
    """Figures that services count, and figures that each scrape reads."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        counter = partial(Counter, namespace=_NAMESPACE, registry=registry)
        gauge = partial(Gauge, namespace=_NAMESPACE, registry=registry)
        histogram = partial(Histogram, namespace=_NAMESPACE, registry=registry)
        self.ack_seconds = histogram(
            "ack_seconds", "From reading a frame to its ACK", buckets=_ACK_S
        )
        self.delivery_seconds = histogram(
            "delivery_seconds",
            "From receiving a punch until a target took it",
            ["target"],
            buckets=_DELIVERY_S,
        )
        # a punch comes by a door: chat, voice, card, page or correction
        self.punches = counter(
            "punches", "Punches recorded, and what targets answered", ["door", "outcome"]
        )
        self.reminders = counter(
            "reminders", "Reminders, notes and digests: sent, or why not", ["kind", "outcome"]
        )
        for kind, outcome in product(ReminderKind, (TOO_LATE, ReminderState.UNKNOWN)):
            self.reminders.labels(kind, outcome)  # 0, because an alert rule reads the increase
        self.unclassified = counter(
            "unclassified_answers",
            "Answers of DingTalk with an unknown error code",
            ["api", "code"],
        )
        self._refusals = counter(
            "refusals", "Messages refused, or ended by a bug: see the log", ["reason"]
        )
        # a row of outbox or inbox is open until nothing more is to do for it
        labels = ["kind", "target"]
        self._rows = gauge("waiting_rows", "Open rows of outbox and inbox", labels)
        self._ages = gauge("oldest_waiting_seconds", "Age of the oldest open row", labels)

    async def scrape(self) -> bytes:
        """Return all figures for Prometheus.

        The database's figures are missing while it does not answer.
        """
        try:
            async with asyncio.timeout(_PATIENCE_S):
                groups = await self._store.figures.waiting()
        except (StoreRefused, TimeoutError):
            groups = ()
        now = self._clock.now()
        self._rows.clear()
        self._ages.clear()
        for group in groups:
            self._rows.labels(group.kind, group.target).set(group.rows)
            age = max(now - group.since, timedelta())
            self._ages.labels(group.kind, group.target).set(age.total_seconds())
        return generate_latest(self._registry)

    def count_refusal(self, reason: str) -> None:
        """Count a message that was refused, or ended by a bug.

        Use few fixed reasons: each becomes a series in Prometheus.
        """
        self._refusals.labels(reason).inc()

    def gauge(self, name: str, text: str, read: ReadFigures, *labels: str) -> None:
        """Add a figure that may rise and fall. Each scrape calls `read`.

        With `labels` it returns figures by the values of the labels.
        """
        self._registry.register(_ReadMetric(GaugeMetricFamily, name, text, read, labels))

    def counter(self, name: str, text: str, read: ReadFigures, *labels: str) -> None:
        """Add a figure that only grows. Otherwise it is like a `gauge`."""
        self._registry.register(_ReadMetric(CounterMetricFamily, name, text, read, labels))


@dataclass(frozen=True, slots=True)
class _ReadMetric(Collector):
    """One metric, made anew at each scrape: a label without a figure disappears."""

    kind: type[GaugeMetricFamily | CounterMetricFamily]
    name: str
    text: str
    read: ReadFigures
    labels: Sequence[str]

    def collect(self) -> Iterator[Metric]:
        family = self.kind(f"{_NAMESPACE}_{self.name}", self.text, labels=self.labels)
        figures = self.read()
        for key, value in figures.items() if isinstance(figures, Mapping) else [((), figures)]:
            family.add_metric((key,) if isinstance(key, str) else key, float(value))
        yield family
