"""A `Base` for tests of single services."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from types import SimpleNamespace
from typing import Any, cast

import yaml

from bot.clock import Clock
from bot.dingtalk.limits import Limits
from bot.services.base import Base, Patience
from bot.services.clock_watch import ClockWatch
from bot.services.metrics import Metrics
from bot.services.outbox.lease import FOR_EVER_S, Lease
from bot.services.speaking import Operators, Speaker
from bot.settings import Settings, parse
from bot.storage.store import Store
from bot.views.i18n import Texts
from tests.faults.a_store import StillClock
from tests.mailbox import Alerts, Mailbox


def a_base(
    store: Store | None = None,
    *,
    clock: Clock | None = None,
    lease: Lease | None = None,
    patience: Patience | None = None,
    settings: dict[str, Any] | None = None,
    robot: object = None,
    **dingtalk: object,
) -> Base:
    """Return a base with defaults. `settings` override the minimal ones, `dingtalk` are adapters by
    name.

    The administrator is `admin`. Without a `lease` claims never end.
    """
    clock = clock or StillClock()
    if lease is None:
        lease = Lease(clock, lambda: "one", valid_for_s=FOR_EVER_S)
        lease.renew(clock.monotonic())
    made = the_settings(**settings or {})
    rows = cast(Any, Alerts(refuses=True))
    spoken_through = cast(Any, Mailbox() if robot is None else robot)
    texts = Texts(made.language, made.zone)
    operators = Operators(spoken_through, ["admin"], texts, alerts=rows, clock=clock)
    adapters = SimpleNamespace(
        robot=spoken_through, limits=Limits(clock), server_time=_time_of(clock)
    )
    vars(adapters).update(dingtalk)

    def server_time() -> Awaitable[datetime]:
        """Return the answer of the present adapter: a test may replace it."""
        return cast(Awaitable[datetime], adapters.server_time())

    return Base(
        settings=made,
        clock=clock,
        patience=patience or Patience(),
        store=cast(Any, store),
        dingtalk=cast(Any, adapters),
        operators=operators,
        clock_watch=ClockWatch(clock, server_time, operators),
        lease=lease,
        speaker=Speaker(spoken_through),
        metrics=Metrics(cast(Any, store), clock),
    )


def _time_of(clock: Clock) -> Callable[[], Awaitable[datetime]]:
    """Return a server's time that is always the time of `clock`."""

    async def now() -> datetime:
        return clock.now()

    return now


def the_settings(**changes: Any) -> Settings:
    """Return the minimal settings with `changes`."""
    raw: dict[str, Any] = {
        "dingtalk": {"client_id": "ding1", "client_secret": "secret"},
        "roles": {"admins": ["admin"]},
        "language": "en",
    }
    return parse(yaml.safe_dump(raw | changes), "test")
