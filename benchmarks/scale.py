"""Punches a second with 1, 2 and 4 processes of the bot on one PostgreSQL, in one run.

    python benchmarks/scale.py [--processes 1 2 4] [--messages 4000] [--api-ms 50] [--json]

Each count of processes gets an empty database and one burst: one message from each person at once.
The pretend DingTalk, the bots and the server share the cores of this machine: read the CPU of a
punch, too.
"""

import argparse
import json
import os
from pathlib import Path
from typing import Any

import psycopg
from burst import burst, cpu_seconds

from tests.storage.postgres_server import PostgresServer

SIZES = "SELECT pg_database_size(current_database()), pg_database_size('template1')"


def main() -> None:
    """Run one burst for each count of processes, and print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--processes", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--messages", type=int, default=4000)
    parser.add_argument("--api-ms", type=int, default=50, help="delay of every API answer")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    server = PostgresServer({"fsync": "on", "shared_buffers": "256MB"})
    server.start()
    try:
        if not options.json:
            print(f"{os.cpu_count()} cores")
            print(
                "processes | punches a second | ACK p99 ms | CPU ms a punch of bot and "
                "database | bytes a punch"
            )
        for processes in options.processes:
            figures = measured(server, processes, options.messages, options.api_ms)
            print(json.dumps(figures) if options.json else row(figures), flush=True)
    finally:
        server.stop()


def measured(server: PostgresServer, processes: int, messages: int, api_ms: int) -> dict[str, Any]:
    """Return the figures of one burst on an empty database."""
    before, name = database_cpu_s(server), server.new_database()
    figures = burst(messages, api_ms, server.url(name), processes=processes)
    cpu_s = round(database_cpu_s(server) - before, 2)
    with psycopg.connect(server.url(name)) as connection:
        ((size,),) = connection.execute(
            "SELECT pg_database_size(current_database()) - pg_database_size('template1')"
        )
    return {
        "processes": processes,
        **figures,
        "database_cpu_s": cpu_s,
        "bytes_a_punch": size // messages,
    }


def row(figures: dict[str, Any]) -> str:
    bot_ms, database_ms = (
        1000 * figures[name] / figures["complete"] for name in ("bot_cpu_s", "database_cpu_s")
    )
    speed = f"{figures['complete_per_s']:.0f} | {figures['ack_ms']['p99']:.0f}"
    return (
        f"{figures['processes']} | {speed} | {bot_ms:.2f} and {database_ms:.2f} | "
        f"{figures['bytes_a_punch']}"
    )


def database_cpu_s(server: PostgresServer) -> float:
    """Return the processor seconds of the server: of its living processes, and of those that ended."""
    main_pid = int((server.directory / "data/postmaster.pid").read_text().split()[0])
    ended = Path(f"/proc/{main_pid}/stat").read_text().rsplit(")", 1)[1].split()[13:15]
    children = Path(f"/proc/{main_pid}/task/{main_pid}/children").read_text().split()
    ticks = os.sysconf("SC_CLK_TCK")
    return sum(map(cpu_seconds, [main_pid, *map(int, children)])) + sum(map(int, ended)) / ticks


if __name__ == "__main__":
    main()
