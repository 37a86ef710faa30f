"""Kills the bot at random moments under load and counts lost and doubled punches. Both must be 0.

The pretend DingTalk runs here, the bot in another process on a real database. People clock in and
out at a steady pace, and messages without ACK come again. Each punch goes to both targets. Only the
signed API recognises repeats. At the end ledger, records and receipts are compared. The exit code
is 1 after an error or an unexplained repeat.

    python benchmarks/killing.py [--messages 10000] [--kills 100] [--database sqlite|postgresql]
    [--seed 1]
"""

import argparse
import asyncio
import json
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.company import morning
from tests.crash.trial import DEAD_AFTER_S, Trial, a_trial
from tests.crash.witness import Verdict
from tests.storage.postgres_server import PostgresServer
from tests.waiting import until

PACE = 100  # messages a second
REDELIVERY_S = 3.0
NO_SHIFTS = {  # each punch counts at any time
    "source": "config",
    "shifts": [
        {
            "name": "x",
            "sections": [["09:00", "18:00"]],
            "days": ["mon"],
            "people": {"users": ["nobody"]},
        }
    ],
}
LIMITS = {"each_api": 0, "all": 0, "signed": 0, "replies": 0}
TARGETS = {"targets": ["signed", "record_upload"]}
COUNTED = ("messages", "acked", "punches", "calls", "resent", "receipts", "repeats", "excused")


def main() -> int:
    """Run once, print the result and return the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--seed", type=int, default=1, help="of the moments of the kills")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, a_database(options.database) as url:
        verdict, kills = asyncio.run(run(options, Path(folder), url))
    figures = figures_of(verdict, kills) | {"seconds": round(time.monotonic() - began, 1)}
    print(json.dumps(figures) if options.json else readable(options.database, figures))
    for sentence in verdict.wrong[:20]:
        print(sentence, file=sys.stderr)
    return 1 if verdict.wrong else 0


@contextmanager
def a_database(kind: str) -> Iterator[str]:
    """Give the URL of a new database, or an empty text for a new SQLite file."""
    if kind == "sqlite":
        yield ""
        return
    server = PostgresServer()
    try:
        server.start()
        yield server.url(server.new_database())
    finally:
        server.stop()


async def run(options: argparse.Namespace, folder: Path, url: str) -> tuple[Verdict, int]:
    """Send messages, kill bots, wait for the end. Return the verdict and the number of kills."""
    rng = random.Random(options.seed)
    people = (options.messages + 1) // 2
    changes = {"clock_in": TARGETS, "limits": LIMITS, "schedule": NO_SHIFTS}
    async with a_trial(
        folder, url, at=morning(), employees=people, redelivery_s=REDELIVERY_S, **changes
    ) as trial:
        await know_everybody(trial, people)
        talk = asyncio.create_task(speak(trial, options.messages, rng))
        kills = await kill(trial, options.kills, options.messages / PACE, rng)
        last = trial.start()
        await talk
        trial.advance(DEAD_AFTER_S)
        await trial.settle(within_s=600)
        await last.up()
        await trial.stop(last)
        return trial.witness.verdict(trial.books.punches(), trial.targets), kills


async def know_everybody(trial: Trial, people: int) -> None:
    """Let a bot read the directory before the load."""
    bot = trial.start()
    await until(lambda: trial.books.people() >= people, what="a directory")
    bot.terminate()
    await bot.ended()


async def speak(trial: Trial, messages: int, rng: random.Random) -> None:
    """Let everybody clock in and then out, in random order."""
    people = [person.user_id for person in trial.sandbox.world]
    rng.shuffle(people)
    wishes = [(who, text) for text in ("clock in", "clock out") for who in people][:messages]
    began = time.monotonic()
    async with asyncio.TaskGroup() as talk:
        for number, (who, text) in enumerate(wishes):
            await asyncio.sleep(max(0.0, began + number / PACE - time.monotonic()))
            talk.create_task(trial.witness.say(who, text))


async def kill(trial: Trial, kills: int, seconds: float, rng: random.Random) -> int:
    """Start bots and kill each after a while, so that all kills fit into `seconds`."""
    for _ in range(kills):
        bot = trial.start()
        await bot.up()
        await asyncio.sleep(rng.uniform(0, 2 * seconds / max(1, kills)))
        await trial.kill(bot)
    return kills


def figures_of(verdict: Verdict, kills: int) -> dict[str, Any]:
    found = asdict(verdict)
    lists = {
        name: len(found[name])
        for name in ("lost", "doubled", "untold", "repeated", "contradictions")
    }
    return {"kills": kills, **{name: found[name] for name in COUNTED}, **lists}


def readable(database: str, figures: dict[str, Any]) -> str:
    return (
        f"{database}: {figures['kills']} kills, {figures['messages']} messages, "
        f"{figures['acked']} acknowledged, "
        f"{figures['punches']} punches, in {figures['seconds']} s\n"
        f"  lost {figures['lost']}, doubled {figures['doubled']}, without receipt "
        f"{figures['untold']}, "
        f"contradictions {figures['contradictions']}, said too often {figures['repeated']}\n"
        f"  {figures['calls']} calls to the targets, {figures['resent']} for what was there "
        f"and known again\n"
        f"  {figures['receipts']} receipts, {figures['repeats']} of them once more after a "
        f"kill, which left "
        f"{figures['excused']} said and not written down"
    )


if __name__ == "__main__":
    sys.exit(main())
