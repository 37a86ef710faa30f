"""A burst of messages through the whole bot: frame, commit, ACK, signed call, receipt.

Two processes, one core each where there are two: the pretend DingTalk pushes one message from each of N people at
once and answers every call 50 ms late; the bot runs as in production, with `limits` at their defaults.

    python benchmarks/burst.py [--messages 1000 10000] [--api-ms 50] [--json]
"""

import argparse
import json
import os
import signal
import sys
import tempfile
import urllib.request
from pathlib import Path
from typing import Any

from harness import free_port, get, post, start, wait_for

SANDBOX = (
    "import asyncio, sys; from bot.sandbox.server import run_sandbox as r; asyncio.run(r({port}, employees={n}))"
)


def main() -> None:
    """Run one burst for each number of messages and print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, nargs="+", default=[1000, 10_000])
    parser.add_argument("--api-ms", type=int, default=50, help="delay of every API answer")
    parser.add_argument("--database", default="", help="store.url; default: a new SQLite file")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    for messages in options.messages:
        result = burst(messages, options.api_ms, options.database)
        print(json.dumps(result) if options.json else readable(result), flush=True)


def burst(messages: int, api_ms: int, database: str) -> dict[str, Any]:
    """Start both processes, push the burst, wait until every message is complete, return the figures."""
    with tempfile.TemporaryDirectory() as folder:
        sandbox_port, web_port = free_port(), free_port()
        base = f"http://127.0.0.1:{sandbox_port}"
        config = Path(folder) / "config.yaml"
        config.write_text(configuration(base, database or f"sqlite:///{folder}/clock-in.db", web_port))
        sandbox = start([sys.executable, "-c", SANDBOX.format(port=sandbox_port, n=messages)], cpu=0)
        bot = None
        try:
            wait_for(lambda: get(f"{base}/_sandbox/people"))
            bot = start([sys.executable, "-m", "bot", "run", "--config", str(config)], cpu=1)
            wait_for(lambda: knows_everybody(f"http://127.0.0.1:{web_port}/metrics", messages))
            post(f"{base}/_sandbox/faults", {"api_slow_ms": api_ms})
            before = cpu_seconds(bot.pid)
            post(f"{base}/_sandbox/burst", {"messages": messages, "text": "clock in"})
            figures: dict[str, Any] = wait_for(lambda: finished(f"{base}/_sandbox/burst"), deadline_s=300)
            figures["bot_cpu_s"] = round(cpu_seconds(bot.pid) - before, 2)
            figures["bot_peak_mib"] = round(peak_mib(bot.pid), 1)
            return figures
        finally:
            for process in (bot, sandbox):
                if process is not None:
                    process.send_signal(signal.SIGTERM)
                    process.wait(15)


def configuration(base: str, database: str, web_port: int) -> str:
    """Return the bot's configuration: shifts of its own, everything else at its default."""
    return f"""
dingtalk: {{client_id: sandbox, client_secret: sandbox, api_url: "{base}", oapi_url: "{base}"}}
clock_in: {{signed_url: "{base}/attendance/v1/clock/single/add"}}
schedule: {{source: config, shifts: [{{name: all day, sections: [["00:00", "23:59"]],
            days: [mon, tue, wed, thu, fri, sat, sun]}}]}}
store: {{url: "{database}"}}
web: {{port: {web_port}}}
"""


def readable(figures: dict[str, Any]) -> str:
    """Return the figures as lines."""
    ack, reply = figures["ack_ms"], figures["reply_ms"]
    return (
        f"{figures['messages']} messages: {figures['complete']} complete in {figures['seconds']} s, "
        f"{figures['complete_per_s']} a second\n"
        f"  ACK   p50 {ack['p50']} ms, p95 {ack['p95']} ms, p99 {ack['p99']} ms, slowest {ack['max']} ms\n"
        f"  reply p50 {reply['p50']} ms, p95 {reply['p95']} ms, p99 {reply['p99']} ms\n"
        f"  bot: {figures['bot_cpu_s']} s of CPU, peak {figures['bot_peak_mib']} MiB"
    )


def finished(url: str) -> dict[str, Any] | None:
    """Return the burst's figures once all of it is complete."""
    figures: dict[str, Any] = get(url)
    return figures if figures["done"] else None


def knows_everybody(url: str, people: int) -> bool:
    """Tell whether the bot is connected and has read the directory."""
    with urllib.request.urlopen(url, timeout=5) as answer:
        metrics = dict(line.rsplit(" ", 1) for line in answer.read().decode().splitlines() if line[0] != "#")
    known = float(metrics["clock_in_bot_people_known"])
    return bool(float(metrics["clock_in_bot_stream_connected"])) and known >= people


def cpu_seconds(pid: int) -> float:
    """Return the processor seconds a process has used, its threads included."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_mib(pid: int) -> float:
    """Return the most memory a process has had resident, in MiB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    return 0.0


if __name__ == "__main__":
    main()
