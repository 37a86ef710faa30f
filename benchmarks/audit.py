"""How long `audit` takes on a large ledger with positions, sealed by the bot's own sealer.

python benchmarks/audit.py [--punches 1000000] [--database postgresql://user@host/empty] [--json]
"""

import argparse
import asyncio
import json
import resource
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

from bot.clock import SystemClock
from bot.domain.sites import position_digest
from bot.storage import migrate, open_store
from bot.storage.audit import audit_ledger

SITE = {
    "latitude": 39.908823,
    "longitude": 116.39747,
    "accuracy_m": 20.0,
    "datum": "gcj02",
    "source": "named",
}
TABLES = {"punches": 17, "punch_locations": 7, "ledger_unsealed": 1}


def main() -> None:
    """Fill a ledger, seal it, audit it and print the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--punches", type=int, default=1_000_000)
    parser.add_argument(
        "--database", default="", help="store.url of an empty database; default: a new SQLite file"
    )
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = measured(options.database or f"sqlite:///{folder}/clock-in.db", options.punches)
    print(
        json.dumps(figures)
        if options.json
        else "\n".join(f"{name}: {value}" for name, value in figures.items())
    )


def measured(url: str, punches: int) -> dict[str, Any]:
    """Return wall and processor seconds of sealing and auditing, and the peak memory in MiB."""
    migrate(url)
    fill(url, punches)
    before = peak_mib()
    began = time.perf_counter()
    asyncio.run(seal(url))
    sealed, cpu = time.perf_counter(), cpu_s()
    found = audit_ledger(url)
    ended = time.perf_counter()
    assert (found.sealed, found.unsealed, found.broken) == (punches, 0, None), found
    return {
        "punches": punches,
        "seal_s": round(sealed - began, 1),
        "audit_s": round(ended - sealed, 1),
        "audit_cpu_s": round(cpu_s() - cpu, 1),
        "peak_mib": round(peak_mib(), 1),
        "peak_mib_before": round(before, 1),
    }


def rows(punches: int) -> Iterator[dict[str, tuple[Any, ...]]]:
    """Yield the rows of each table, punch by punch."""
    for number in range(punches):
        key, salt, at = (
            f"{1_790_000_000_000 + number:012x}{number:012x}",
            f"{number:032x}",
            1_790_000_000_000,
        )
        day, person, message = (
            f"2026-{number % 12 + 1:02}-{number % 28 + 1:02}",
            f"user{number % 5000}",
            f"m{number}",
        )
        digest = position_digest({"salt": salt, **SITE})
        judged = (
            "Normal",
            0,
            "Normal",
            "HQ",
            12.345678901234 + number,
            digest,
            "chat",
            message,
            "",
            None,
        )
        yield {
            "punches": (
                key,
                person,
                day,
                "OnDuty",
                "OnDuty/0",
                at + number,
                at + number + 250,
                *judged,
            ),
            "punch_locations": (key, salt, *SITE.values()),
            "ledger_unsealed": (key,),
        }


def fill(url: str, punches: int) -> None:
    """Write the rows without the bot."""
    if url.startswith("sqlite:///"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as file, file:
            for table, width in TABLES.items():
                marks = ", ".join("?" * width)
                file.executemany(
                    f"INSERT INTO {table} VALUES ({marks})", (row[table] for row in rows(punches))
                )
        return
    import psycopg

    with psycopg.connect(url) as connection:
        for table in TABLES:
            with (
                connection.cursor() as cursor,
                cursor.copy(f"COPY {table} FROM STDIN".encode()) as copy,
            ):
                for row in rows(punches):
                    copy.write_row(row[table])


async def seal(url: str) -> None:
    """Link all punches like the bot."""
    store = open_store(url, clock=SystemClock(), owner="benchmark")
    await store.open()
    try:
        while await store.chain.seal(256):
            pass
    finally:
        await store.close()


def cpu_s() -> float:
    """Return the processor seconds of this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def peak_mib() -> float:
    """Return the peak resident memory of this process in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
