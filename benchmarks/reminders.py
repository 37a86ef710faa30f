"""Reminders of a large organisation: the time of a tick, and the pace of sending.

First a tick runs over 100,000 people (3,000 on leave, 3,000 with own wishes), in a new process for
each source of plans. Then 10,000 reminders go to the pretend DingTalk. It answers after 50 ms and
refuses more than 20 calls of an API a second. The exit code is 1 if an aim is missed.

    python benchmarks/reminders.py [--people 100000] [--source dingtalk config] [--reminders 10000]
    [--json]
"""

import argparse
import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from harness import free_port, get, post, start, wait_for
from reminder_ticks import ZONE, MovedClock, Watch, parts_of, peak_mib

from bot.app import App
from bot.domain.slots import Days
from bot.platform import DingTalk
from bot.settings import Settings
from bot.storage import open_store
from bot.storage.store import Store

ROOT = Path(__file__).resolve().parent.parent
SANDBOX = (
    "import asyncio, sys; from bot.sandbox.server import run_sandbox as r; "
    "asyncio.run(r({port}, employees={n}))"
)
TUESDAY = 1
PEOPLE_A_CALL = 20
DECIDE_S, IDLE_MS, MEMORY_MIB, SLOWER = 1.0, 10.0, 300.0, 1.05  # the aims


def main() -> None:
    """Measure and print the figures. Return 1 if an aim is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--people", type=int, default=100_000, help="in the roster of the tick; 0 for no tick"
    )
    parser.add_argument(
        "--source", nargs="+", choices=["dingtalk", "config"], default=["dingtalk", "config"]
    )
    parser.add_argument("--reminders", type=int, default=10_000, help="that are sent; 0 for none")
    parser.add_argument("--api-ms", type=int, default=50, help="delay of every API answer")
    parser.add_argument("--rate", type=float, default=20.0, help="calls a second of each API")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    missed: list[str] = []
    for source in options.source if options.people else ():
        figures = ticks(source, options.people)
        print(json.dumps(figures) if options.json else readable_ticks(figures), flush=True)
        missed += slow_ticks(figures)
    if options.reminders:
        figures = sends(options.reminders, options.api_ms, options.rate)
        print(json.dumps(figures) if options.json else readable_sends(figures), flush=True)
        missed += slow_sends(figures)
    for aim in missed:
        print(f"missed: {aim}", file=sys.stderr)
    sys.exit(1 if missed else 0)


def ticks(source: str, people: int) -> dict[str, Any]:
    """Fill a database in one process, tick in another, and return the figures."""
    with tempfile.TemporaryDirectory() as folder:
        figures: dict[str, Any] = {}
        for step in ("fill", "measure"):
            command = [
                sys.executable,
                str(ROOT / "benchmarks" / "reminder_ticks.py"),
                step,
                "--source",
                source,
            ]
            command += ["--people", str(people), "--database", f"sqlite:///{folder}/clock-in.db"]
            environment = {**os.environ, "PYTHONPATH": str(ROOT)}
            done = subprocess.run(
                command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=True
            )
            figures |= json.loads(done.stdout)
        return figures


def slow_ticks(figures: dict[str, Any]) -> list[str]:
    """Return the missed aims of ticks."""
    aims = {
        f"a tick decides in {figures['due']['decide_s']} s": figures["due"]["decide_s"] < DECIDE_S,
        f"a late tick decides in {figures['late']['decide_s']} s": figures["late"]["decide_s"]
        < DECIDE_S,
        f"an idle tick takes {figures['idle']['median_ms']} ms": figures["idle"]["median_ms"]
        < IDLE_MS,
        f"{figures['peak_mib']} MiB are used": figures["peak_mib"] < MEMORY_MIB,
        f"{figures['claimed']} reminders are claimed": figures["claimed"]
        >= figures["people"] - figures["on_leave"] - 1,
    }
    return [f"{figures['source']}: {aim}" for aim, reached in aims.items() if not reached]


def readable_ticks(figures: dict[str, Any]) -> str:
    """Return the figures of ticks as lines."""
    lines = [
        (
            f"{figures['people']} people, plans from {figures['source']}: peak "
            f"{figures['peak_mib']} MiB"
        )
    ]
    lines.append(
        f"  idle: median {figures['idle']['median_ms']} ms, slowest "
        f"{figures['idle']['slowest_ms']} ms"
    )
    for name, what in (
        ("start", "all read from the database"),
        ("changed", "a wish and a leave are new"),
        ("due", "everybody is due"),
        ("missed", "yesterday's missed checks are looked up, after all that is due"),
        ("late", "everybody is late who has not punched at the gate"),
    ):
        step = figures[name]
        decided = f", decides in {step['decide_s']} s, claims in {step['claim_s']} s"
        lines.append(
            f"  {what}: {step['seconds']} s{decided if step['claim_s'] else ''}; "
            f"nobody else answered for at most {step['blocked_ms']} ms"
        )
    return "\n".join(lines)


def sends(reminders: int, api_ms: int, rate: float) -> dict[str, Any]:
    """Start the pretend DingTalk with everybody due, and return the figures."""
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    sandbox = start(
        [sys.executable, "-c", SANDBOX.format(port=port, n=employees(reminders))], cpu=0
    )
    if (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(0, {1})
    try:
        wait_for(lambda: get(f"{base}/_sandbox/people"))
        with tempfile.TemporaryDirectory() as folder:
            return asyncio.run(send(base, f"sqlite:///{folder}/clock-in.db", api_ms, rate))
    finally:
        sandbox.send_signal(signal.SIGTERM)
        sandbox.wait(15)


def employees(at_nine: int) -> int:
    """Return the size of a company with `at_nine` people in day shifts.

    The others work at night.
    """
    number = at_nine
    while number - number // 6 - 1 < at_nine:
        number += 1
    return number


async def send(base: str, database: str, api_ms: int, rate: float) -> dict[str, Any]:
    """Read the organisation without limits, then tick at ten to nine and send within the limits.

    The process has ticked a minute before, and its readings, token and shifts are some minutes old.
    """
    clock = MovedClock()
    move(base, clock, "08:45:00")
    store = open_store(database, clock=clock, owner="benchmark")
    await store.open()
    try:
        async with Setting(base, store, clock, rate=0) as unhurried:
            await unhurried.directory.crawl()
            await unhurried.book.read()
        post(f"{base}/_sandbox/faults", {"api_slow_ms": api_ms, "qps_limit": rate})
        async with Setting(base, store, clock, rate=rate) as setting:
            await setting.directory.catch_up()
            await setting.service.tick()
            move(base, clock, "08:49:00")
            await setting.service.tick()
            somebody = next(iter(setting.directory.view.people))
            await setting.book.refresh([somebody], clock.now().astimezone(ZONE).date())
            return await timed(setting.parts, store, base, clock, rate)
    finally:
        await store.close()


class Setting:
    """The services that remind, on one HTTP session."""

    def __init__(self, base: str, store: Store, clock: MovedClock, *, rate: float) -> None:
        settings = Settings(
            dingtalk={
                "client_id": "sandbox", "client_secret": "sandbox", "operator_user_id": "lead01",
                "api_url": base, "oapi_url": base,
            },
            limits={"each_api": rate, "all": 0 if not rate else 450},
        )  # fmt: skip
        dingtalk = DingTalk(settings, clock)
        self.parts = parts_of(dingtalk, settings, store, clock)
        self.directory, self.service, self.book = (
            self.parts.directory,
            self.parts.reminders,
            self.parts.rosters,
        )

    async def __aenter__(self) -> "Setting":
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.parts.dingtalk.http.close()


async def timed(
    parts: App, store: Store, base: str, clock: MovedClock, rate: float
) -> dict[str, Any]:
    """Tick with everybody due and wait for the last call.

    Times count from the tick to the call's arrival.
    """
    move(base, clock, "08:50:00")
    watch = Watch()
    watching = asyncio.create_task(watch.run())
    began, cpu = clock.now(), time.process_time()
    await parts.reminders.tick()
    claimed_s = (clock.now() - began).total_seconds()
    while parts.outbox.tasks:
        await asyncio.wait(parts.outbox.tasks)
    cpu_s = time.process_time() - cpu
    watching.cancel()
    calls = get(f"{base}/_sandbox/requests?limit=3000")
    left = sorted(
        datetime.fromisoformat(one["at"]) for one in calls if one["path"].endswith("/batchSend")
    )
    day = began.astimezone(ZONE).date()
    rows = [one for one in await store.reminders.between(Days(day, day)) if one.kind == "before"]
    sent = sum(one.state == "sent" for one in rows)
    fewest = -(-len(rows) // PEOPLE_A_CALL)
    return {
        "reminders": len(rows),
        "sent": sent,
        "seconds": round((left[-1] - began).total_seconds(), 2),
        "limit_alone_s": fewest / rate if rate else 0.0,
        "tick_s": round(claimed_s, 2),
        "first_send_s": round((left[0] - began).total_seconds(), 2),
        "longest_gap_ms": round(max((b - a).total_seconds() for a, b in pairwise(left)) * 1000),
        "blocked_ms": round(watch.worst_ms),
        "cpu_s": round(cpu_s, 2),
        "peak_mib": peak_mib(),
    }


def slow_sends(figures: dict[str, Any]) -> list[str]:
    """Return the missed aims of sending."""
    most = figures["limit_alone_s"] * SLOWER
    aims = {
        f"the last reminder left after {figures['seconds']} s instead of {most:.2f}": figures[
            "seconds"
        ]
        <= most,
        f"{figures['sent']} of {figures['reminders']} were sent": figures["sent"]
        == figures["reminders"]
        > 0,
    }
    return [aim for aim, reached in aims.items() if not reached]


def readable_sends(figures: dict[str, Any]) -> str:
    """Return the figures of sending as lines."""
    return (
        f"{figures['sent']} of {figures['reminders']} reminders sent in {figures['seconds']} s; "
        f"the limit alone takes {figures['limit_alone_s']} s\n"
        f"  tick {figures['tick_s']} s, first send after {figures['first_send_s']} s, "
        f"longest gap between sends "
        f"{figures['longest_gap_ms']} ms; nobody else answered for at most "
        f"{figures['blocked_ms']} ms\n"
        f"  {figures['cpu_s']} s of CPU, peak {figures['peak_mib']} MiB"
    )


def move(base: str, clock: MovedClock, local: str) -> None:
    """Move both clocks to a local time of the next Tuesday."""
    there = datetime.fromisoformat(get(f"{base}/_sandbox/state")["now"])
    today = there.date()
    while today.weekday() != TUESDAY:
        today += timedelta(days=1)
    moved = post(f"{base}/_sandbox/clock", {"move_to": f"{today.isoformat()}T{local}"})
    clock.move_to(datetime.fromisoformat(moved["now"]))


if __name__ == "__main__":
    main()
