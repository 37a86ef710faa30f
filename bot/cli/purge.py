"""Remove the positions that retention no longer keeps, as a running bot does every night.

On SQLite stop the bot first. With --user all positions of one person who asks for it are removed instead, but for
those of punches still to be sent on.
"""

import asyncio
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

from bot.cli.ledger import open_ledger
from bot.cli.options import DONE, FAILED, add_config, configured
from bot.clock import SystemClock
from bot.services.upkeep import KEEP_PHONES, purge
from bot.settings import Settings
from bot.storage.privacy import Retention
from bot.views.operators import counted

T = TypeVar("T")


def add_arguments(parser: ArgumentParser) -> None:
    add_config(parser)
    parser.add_argument("--user", metavar="ID", help="instead, all positions of one person who asks for it")


def run(options: Namespace) -> int:
    """Apply retention once, or remove one person's positions."""
    settings, user_id = configured(options), options.user
    if user_id is not None:
        return _purge_person(settings, user_id)
    days = settings.retention.coordinates_days
    purged = asyncio.run(
        _with_retention(settings, lambda rows: purge(rows, SystemClock(), keep=timedelta(days=days)))
    )
    what = f"{counted(purged.positions, 'position')} and {counted(purged.frames, 'unreadable frame')}"
    print(f"Removed {what} older than {days:g} {'day' if days == 1 else 'days'}.")
    print(f"Forgot {counted(purged.phones, 'phone')} that nobody punched from for {KEEP_PHONES.days} days.")
    return DONE


def _purge_person(settings: Settings, user_id: str) -> int:
    async def forget(rows: Retention) -> int | None:
        return await rows.forget_positions_of(user_id) if await rows.knows(user_id) else None

    removed = asyncio.run(_with_retention(settings, forget))
    if removed is None:
        print(f"Nobody by the user id {user_id} is known. Nothing was removed.", file=sys.stderr)
        return FAILED
    if removed:
        what = counted(removed, "position")
        print(f"Removed {what} of {user_id}; those of punches still to be sent on are kept.")
    else:
        print(f"Nothing to remove: no position of {user_id} is stored, but for those still to be sent on.")
    return DONE


async def _with_retention(settings: Settings, work: Callable[[Retention], Awaitable[T]]) -> T:
    async with open_ledger(settings, SystemClock()) as store:
        return await work(store.retention)
