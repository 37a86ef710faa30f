"""Reading a whole organisation: departments, managers and members, into memory and the database.

Two processes run, on one core each if possible. The pretend DingTalk answers each call after 50 ms
and refuses more than 20 calls of an API a second. The bot's own adapters, limits and directory read
at this pace.

    python benchmarks/directory.py [--people 1000 10000] [--api-ms 50] [--rate 20] [--json]
"""

import argparse
import asyncio
import json
import os
import resource
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from harness import free_port, get, post, start, wait_for

from bot.clock import SystemClock
from bot.dingtalk.contacts import Contacts
from bot.dingtalk.http import Http
from bot.dingtalk.limits import Limits
from bot.dingtalk.openapi import DingTalkApp, OpenApi
from bot.services.base import Patience
from bot.services.organisation.directory import Directory
from bot.storage import open_store

ROOT = Path(__file__).resolve().parent.parent

SANDBOX = (
    "import asyncio, sys; from bot.sandbox.server import run_sandbox as r; "
    "asyncio.run(r({port}, employees={n}))"
)


def main() -> None:
    """Read one organisation for each number of people and print the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--people", type=int, nargs="+", default=[1000, 10_000])
    parser.add_argument("--api-ms", type=int, default=50, help="delay of every API answer")
    parser.add_argument("--rate", type=float, default=20.0, help="calls a second of each API")
    parser.add_argument("--database", default="", help="store.url; default: a new SQLite file")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    for people in options.people:
        result = measured(people, options.api_ms, options.rate, options.database)
        print(json.dumps(result) if options.json else readable(result), flush=True)


def measured(people: int, api_ms: int, rate: float, database: str) -> dict[str, Any]:
    """Start the pretend DingTalk, read the organisation and return the figures."""
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    sandbox = start([sys.executable, "-c", SANDBOX.format(port=port, n=people)], cpu=0)
    if (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(0, {1})
    try:
        wait_for(lambda: get(f"{base}/_sandbox/people"))
        post(f"{base}/_sandbox/faults", {"api_slow_ms": api_ms, "qps_limit": rate})
        with tempfile.TemporaryDirectory() as folder:
            return asyncio.run(
                read(base, people, rate, database or f"sqlite:///{folder}/clock-in.db")
            )
    finally:
        sandbox.send_signal(signal.SIGTERM)
        sandbox.wait(15)


async def read(base: str, people: int, rate: float, database: str) -> dict[str, Any]:
    """Read the organisation twice: into an empty database, and without changes."""
    clock = SystemClock()
    http = Http()
    limits = Limits(clock, each_api=rate)
    openapi = OpenApi(
        http,
        limits,
        DingTalkApp("sandbox", "sandbox", base, base),
        clock=clock,
        usage=Counter(),
    )
    store = open_store(database, clock=clock, owner="benchmark")
    await store.open()
    try:
        dingtalk, settings = (
            SimpleNamespace(contacts=Contacts(openapi)),
            SimpleNamespace(roles=SimpleNamespace(leads={})),
        )
        parts = SimpleNamespace(
            clock=clock, store=store, dingtalk=dingtalk, settings=settings, patience=Patience()
        )
        directory = Directory(cast(Any, parts))
        first_s, cpu_s = await timed(directory, people)
        again_s, _ = await timed(directory, people)
        began = time.perf_counter()
        await Directory(cast(Any, parts)).catch_up()
        load_s = time.perf_counter() - began
        began = time.perf_counter()
        leads = sum(
            1
            for one in directory.view.people.values()
            if directory.view.teams.leads_of(one.user_id)
        )
        teams_s = time.perf_counter() - began
    finally:
        await store.close()
        await http.close()
    return {
        "people": len(directory.view.people),
        "departments": len(directory.view.departments),
        "seconds": round(first_s, 2),
        "again_s": round(again_s, 2),
        "cpu_s": round(cpu_s, 2),
        "load_s": round(load_s, 3),
        "teams_s": round(teams_s, 3),
        "with_a_lead": leads,
        "peak_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    }


async def timed(directory: Directory, people: int) -> tuple[float, float]:
    """Read once. Return wall and processor seconds. Raises ValueError if somebody is missing."""
    began, cpu = time.perf_counter(), time.process_time()
    await directory.crawl()
    took = time.perf_counter() - began, time.process_time() - cpu
    found = len(directory.view.people)
    if found != people:
        raise ValueError(f"{found} people were found instead of {people}")
    return took


def readable(figures: dict[str, Any]) -> str:
    return (
        f"{figures['people']} people in {figures['departments']} departments: read in "
        f"{figures['seconds']} s, "
        f"again in {figures['again_s']} s\n"
        f"  {figures['cpu_s']} s of CPU, peak {figures['peak_mib']} MiB; from the database in "
        f"{figures['load_s']} s; the leads of all in {figures['teams_s']} s ({figures['with_a_lead']} have one)"
    )


if __name__ == "__main__":
    main()
