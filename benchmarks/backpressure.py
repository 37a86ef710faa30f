"""More load than the bot can carry: 50,000 messages at 2,000 a second, and 50,000 in one burst.

Like `burst.py`, with two probes. The gateway pings twice a second, and a watch reads `/healthz` ten
times a second. At the end each message must have one punch in the ledger.

    python benchmarks/backpressure.py [--messages 50000] [--rates 2000 0] [--json]
"""

import argparse
import json
import signal
import sqlite3
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path
from typing import Any

from burst import configuration, finished, knows_everybody, peak_mib
from harness import free_port, get, post, start, wait_for

LATE_MS, SOON_MS, MOST_MIB = 3000.0, 1000.0, 300.0


class Watch(threading.Thread):
    """Reads `/healthz` ten times a second and keeps the response times."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self._url = url
        self._over = threading.Event()
        self.slowest_ms = 0.0
        self.unanswered = 0

    def run(self) -> None:
        """Read until `end`."""
        while not self._over.wait(0.1):
            began = time.monotonic()
            try:
                with urllib.request.urlopen(self._url, timeout=10) as answer:
                    answer.read()
            except OSError:
                self.unanswered += 1
            self.slowest_ms = max(self.slowest_ms, (time.monotonic() - began) * 1000)

    def end(self) -> None:
        """Stop reading."""
        self._over.set()
        self.join()


def main() -> int:
    """Run once for each rate and print figures and failures. Return 1 after a failure."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--messages", type=int, default=50_000)
    parser.add_argument(
        "--rates", type=float, nargs="+", default=[2000, 0], help="messages a second; 0: one burst"
    )
    parser.add_argument("--api-ms", type=int, default=50, help="delay of every API answer")
    parser.add_argument(
        "--deadline-s", type=float, default=600, help="how long to wait until all is complete"
    )
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    broken = []
    for rate in options.rates:
        figures = pressed(options.messages, rate, options.api_ms, options.deadline_s)
        figures["broken"] = promises_broken(figures)
        broken += figures["broken"]
        print(json.dumps(figures) if options.json else readable(figures), flush=True)
    return 1 if broken else 0


def pressed(messages: int, rate: float, api_ms: int, deadline_s: float) -> dict[str, Any]:
    """Start both processes, push the messages, wait for their completion and return the figures."""
    with tempfile.TemporaryDirectory() as folder:
        sandbox_port, web_port = free_port(), free_port()
        base, web = f"http://127.0.0.1:{sandbox_port}", f"http://127.0.0.1:{web_port}"
        config = Path(folder) / "config.yaml"
        config.write_text(configuration(base, f"sqlite:///{folder}/clock-in.db", web_port))
        sandbox = start(
            [sys.executable, "benchmarks/load.py", str(sandbox_port), str(messages), "0.5"], cpu=0
        )
        bot = None
        try:
            wait_for(lambda: get(f"{base}/_sandbox/state"))
            bot = start([sys.executable, "-m", "bot", "run", "--config", str(config)], cpu=1)
            wait_for(lambda: knows_everybody(f"{web}/metrics", messages), deadline_s=180)
            idle_mib = peak_mib(bot.pid)
            post(f"{base}/_sandbox/faults", {"api_slow_ms": api_ms})
            watch = Watch(f"{web}/healthz")
            watch.start()
            post(f"{base}/_sandbox/burst", {"messages": messages, "text": "clock in", "rate": rate})
            figures = completed(f"{base}/_sandbox/burst", deadline_s)
            watch.end()
            figures |= {
                "rate": rate,
                "idle_mib": round(idle_mib, 1),
                "peak_mib": round(peak_mib(bot.pid), 1),
            }
            figures |= {
                "healthz_ms": round(watch.slowest_ms, 1),
                "healthz_unanswered": watch.unanswered,
            }
            return figures | in_ledger(Path(folder) / "clock-in.db")
        finally:
            for process in (bot, sandbox):
                if process is not None:
                    process.send_signal(signal.SIGTERM)
                    process.wait(30)


def completed(url: str, deadline_s: float) -> dict[str, Any]:
    """Return the figures of the complete burst, or the current ones at the deadline."""
    try:
        return dict(wait_for(lambda: finished(url), deadline_s=deadline_s))
    except TimeoutError:
        return dict(get(url))


def in_ledger(database: Path) -> dict[str, int]:
    """Return the numbers of punches, messages and people in the ledger."""
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    counts = "SELECT count(*), count(DISTINCT message_id), count(DISTINCT user_id) FROM punches"
    punches, _, people = connection.execute(counts).fetchone()
    connection.close()
    return {"ledger_punches": punches, "ledger_people": people}


def promises_broken(figures: dict[str, Any]) -> list[str]:
    """Return the failures as sentences."""
    messages, at_a_rate = figures["messages"], figures["rate"] > 0
    held = {
        "every message is acknowledged": figures["acked"] == messages,
        "nothing is lost": figures["ledger_people"] == messages == figures["punched"],
        "nothing is doubled": figures["ledger_punches"] == figures["ledger_people"],
        "everybody is answered": figures["replied"] == messages,
        "no ACK takes over 3 s": not at_a_rate or figures["ack_ms"]["max"] <= LATE_MS,
        "a ping is answered within 1 s": figures["ping_ms"]["max"] <= SOON_MS,
        "/healthz answers within 1 s": figures["healthz_ms"] <= SOON_MS
        and not figures["healthz_unanswered"],
        "memory stays under 300 MiB": figures["peak_mib"] <= MOST_MIB,
    }
    return [promise for promise, holds in held.items() if not holds]


def readable(figures: dict[str, Any]) -> str:
    ack, reply, ping = figures["ack_ms"], figures["reply_ms"], figures["ping_ms"]
    pushed = f"at {figures['rate']:g} a second" if figures["rate"] else "in one burst"
    return (
        f"{figures['messages']} messages {pushed}: {figures['complete']} complete in "
        f"{figures['seconds']} s, "
        f"{figures['complete_per_s']} a second\n"
        f"  ACK   p50 {ack['p50']} ms, p99 {ack['p99']} ms, slowest {ack['max']} ms; "
        f"{figures['late_acks']} after 3 s\n"
        f"  reply p50 {reply['p50']} ms, p99 {reply['p99']} ms, slowest {reply['max']} ms\n"
        f"  ping  p50 {ping['p50']} ms, slowest {ping['max']} ms; /healthz slowest "
        f"{figures['healthz_ms']} ms\n"
        f"  bot: {figures['idle_mib']} MiB before, {figures['peak_mib']} MiB at most\n"
        f"  ledger: {figures['ledger_punches']} punches of {figures['ledger_people']} people\n"
        f"  broken: {', '.join(figures['broken']) or 'nothing'}"
    )


if __name__ == "__main__":
    sys.exit(main())
