"""A burst of messages through the whole bot: frame, commit, ACK, signed call, receipt.

With `--rate 20` the messages come as fast as DingTalk lets a bot call it. The company is like real
ones: its people have shifts and sites and write in its language, and its database exists.

Two processes run, on one core each if possible. The pretend DingTalk pushes one message from each
of N people at once and answers each call after 50 ms. The bot runs as in production, with default
`limits`.

    python benchmarks/burst.py [--messages 1000 10000] [--rate 0] [--api-ms 50] [--cards]
    [--yardstick] [--json]

With `--cards` each person presses a button of a card; DingTalk waits two seconds for the ACK. With
`--yardstick` each burst also goes to a minimal bot (yardstick.py), whose figures show the speed of
the machine.
"""

import argparse
import asyncio
import json
import os
import signal
import sys
import tempfile
import urllib.request
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from itertools import islice
from pathlib import Path
from subprocess import Popen
from typing import Any
from zoneinfo import ZoneInfo

from harness import free_port, get, post, start, wait_for

from bot.clock import SystemClock
from bot.sandbox.world import World
from bot.storage import migrate, open_store
from bot.storage.inbox import Card

ZONE = "Asia/Shanghai"


def main() -> None:
    """Run one burst for each number of messages and print the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--messages", type=int, nargs="+", default=[1000, 10_000])
    parser.add_argument("--api-ms", type=int, default=50, help="delay of every API answer")
    parser.add_argument("--rate", type=float, default=0, help="messages a second; 0: all at once")
    parser.add_argument("--database", default="", help="store.url; default: a new SQLite file")
    parser.add_argument(
        "--cards", action="store_true", help="press buttons of cards instead of messages"
    )
    parser.add_argument(
        "--yardstick", action="store_true", help="measure the least that a bot could do, too"
    )
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    for messages in options.messages:
        result = burst(
            messages,
            options.api_ms,
            options.database,
            a_card=35 * options.cards,
            rate=options.rate,
        )
        print(json.dumps(result) if options.json else readable(result), flush=True)
        if options.yardstick:
            least = yardstick(messages, options.api_ms)
            print(
                json.dumps({"yardstick": least}) if options.json else readable(least, "yardstick"),
                flush=True,
            )


def burst(
    messages: int,
    api_ms: int,
    database: str,
    *,
    a_card: int = 0,
    processes: int = 1,
    rate: float = 0,
) -> dict[str, Any]:
    """Push a burst at the bot and return the figures after the last message.

    With `a_card` people press buttons of cards. One card goes to this many people. Several
    `processes` share all cores.
    """

    def start_bots(base: str, folder: Path) -> list[Popen[bytes]]:
        url, bots = database or f"sqlite:///{folder}/clock-in.db", []
        migrate(url)
        if a_card:
            asyncio.run(send_cards(url, messages, a_card))
        for web_port in [free_port() for _ in range(processes)]:
            config = folder / f"{web_port}.yaml"
            config.write_text(configuration(base, url, web_port))
            command = [sys.executable, "-m", "bot", "run", "--config", str(config)]
            bots.append(start(command, cpu=1 if processes == 1 else None))
            metrics = f"http://127.0.0.1:{web_port}/metrics"
            wait_for(partial(knows_everybody, metrics, messages), deadline_s=300)
        return bots

    return pushed(messages, api_ms, start_bots, a_card=a_card, rate=rate)


async def send_cards(url: str, people: int, a_card: int) -> None:
    """Store cards with a button for everybody, as after sending."""
    clock = SystemClock()
    store = open_store(url, clock=clock, owner="the sender")
    await store.open()
    user_ids = [person.user_id for person in islice(World(people), people)]
    for first in range(0, people, a_card):
        having = tuple(user_ids[first : first + a_card])
        about = "2026-11-24 OnDuty/0 0100"
        await store.cards.store(
            Card(
                f"card-{first // a_card}",
                "before",
                about,
                having,
                having,
                ("clock in",),
                clock.now(),
            )
        )
    await store.close()


def yardstick(messages: int, api_ms: int) -> dict[str, Any]:
    """Push a burst at the yardstick and return the figures after the last answer."""

    def start_it(base: str, folder: Path) -> list[Popen[bytes]]:
        return [
            start(
                [sys.executable, "benchmarks/yardstick.py", base, str(folder / "yardstick.db")],
                cpu=1,
            )
        ]

    return pushed(messages, api_ms, start_it)


def pushed(
    messages: int,
    api_ms: int,
    start_bots: Callable[[str, Path], list[Popen[bytes]]],
    **more: float,
) -> dict[str, Any]:
    """Start the pretend DingTalk and the program, push the burst, and wait until all is done."""
    with tempfile.TemporaryDirectory() as folder:
        sandbox_port = free_port()
        base = f"http://127.0.0.1:{sandbox_port}"
        sandbox = start(
            [sys.executable, "benchmarks/load.py", str(sandbox_port), str(messages)], cpu=0
        )
        bots: list[Popen[bytes]] = []
        try:
            wait_for(lambda: get(f"{base}/_sandbox/people"))
            bots = start_bots(base, Path(folder))
            post(f"{base}/_sandbox/faults", {"api_slow_ms": api_ms})
            before = sum(cpu_seconds(bot.pid) for bot in bots)
            post(f"{base}/_sandbox/burst", {"messages": messages, "text": "clock in", **more})
            figures: dict[str, Any] = wait_for(
                lambda: finished(f"{base}/_sandbox/burst"), deadline_s=300
            )
            figures["bot_cpu_s"] = round(sum(cpu_seconds(bot.pid) for bot in bots) - before, 2)
            figures["bot_peak_mib"] = round(max(peak_mib(bot.pid) for bot in bots), 1)
            return figures
        finally:
            for process in (*bots, sandbox):
                process.send_signal(signal.SIGTERM)
                process.wait(15)


def configuration(base: str, database: str, web_port: int) -> str:
    """Return the configuration of a company whose shift begins in an hour, so that nobody is late
    or reminded.
    """
    now = SystemClock().now().astimezone(ZoneInfo(ZONE))
    start = now + timedelta(hours=1)
    end = start + timedelta(hours=9)
    return f"""
time_zone: {ZONE}
language: en
dingtalk: {{client_id: sandbox, client_secret: sandbox, api_url: "{base}", oapi_url: "{base}"}}
clock_in: {{signed_url: "{base}/attendance/v1/clock/single/add"}}
schedule:
  source: config
  calendar: none
  shifts: [{{name: day, sections: [["{start:%H:%M}", "{end:%H:%M}"]],
            days: [mon, tue, wed, thu, fri, sat, sun]}}]
sites:
  - {{name: HQ, latitude: 31.2304, longitude: 121.4737, radius_m: 300, aliases: [总部]}}
  - {{name: Plant, latitude: 31.1434, longitude: 121.8052, radius_m: 500, aliases: [工厂]}}
store: {{url: "{database}"}}
web: {{port: {web_port}}}
"""


def readable(figures: dict[str, Any], who: str = "bot") -> str:
    ack, reply = figures["ack_ms"], figures["reply_ms"]
    return (
        f"{who}, {figures['messages']} messages: {figures['complete']} complete in "
        f"{figures['seconds']} s, {figures['complete_per_s']} a second\n"
        f"  ACK   p50 {ack['p50']} ms, p95 {ack['p95']} ms, p99 {ack['p99']} ms, slowest "
        f"{ack['max']} ms\n"
        f"  reply p50 {reply['p50']} ms, p95 {reply['p95']} ms, p99 {reply['p99']} ms\n"
        f"  {who}: {figures['bot_cpu_s']} s of CPU, peak {figures['bot_peak_mib']} MiB"
    )


def finished(url: str) -> dict[str, Any] | None:
    """Return the figures of a complete burst."""
    figures: dict[str, Any] = get(url)
    return figures if figures["done"] else None


def knows_everybody(url: str, people: int) -> bool:
    """Return whether the bot is connected and has read the directory."""
    with urllib.request.urlopen(url, timeout=5) as answer:
        metrics = dict(
            line.rsplit(" ", 1) for line in answer.read().decode().splitlines() if line[0] != "#"
        )
    known = float(metrics["clock_in_bot_people_known"])
    return bool(float(metrics["clock_in_bot_stream_connected"])) and known >= people


def cpu_seconds(pid: int) -> float:
    """Return the processor seconds of a process and its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_mib(pid: int) -> float:
    """Return the peak resident memory of a process in MiB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    return 0.0


if __name__ == "__main__":
    main()
