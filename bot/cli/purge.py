"""Remove what retention no longer keeps, as a running bot does every night.

On SQLite stop the bot first. With --user all positions of one person who asks for it are removed instead, but for
those of punches still to be sent on.
"""

import asyncio
import sys
from argparse import ArgumentParser, Namespace
from datetime import timedelta

from bot.cli.ledger import open_ledger
from bot.cli.options import DONE, FAILED, add_config, configured
from bot.clock import SystemClock
from bot.settings import Settings
from bot.views.operators import counted


def add_arguments(parser: ArgumentParser) -> None:
    add_config(parser)
    parser.add_argument("--user", metavar="ID", help="instead, all positions of one person who asks for it")


def run(options: Namespace) -> int:
    """Apply retention once, or remove one person's positions."""
    settings = configured(options)
    return asyncio.run(_purge(settings) if options.user is None else _purge_person(settings, options.user))


async def _purge(settings: Settings) -> int:
    days, clock = settings.retention.coordinates_days, SystemClock()
    async with open_ledger(settings, clock) as store:
        gone = await store.retention.purge(clock.now(), timedelta(days=days))
    what = f"{counted(gone['punch_locations'], 'position')} and {counted(gone['quarantine'], 'unreadable frame')}"
    print(f"Removed {what} older than {days:g} {'day' if days == 1 else 'days'}.")
    return DONE


async def _purge_person(settings: Settings, user_id: str) -> int:
    async with open_ledger(settings, SystemClock()) as store:
        removed = (
            await store.retention.forget_positions_of(user_id) if await store.retention.knows(user_id) else None
        )
    if removed is None:
        print(f"Nobody by the user id {user_id} is known. Nothing was removed.", file=sys.stderr)
        return FAILED
    if removed:
        what = counted(removed, "position")
        print(f"Removed {what} of {user_id}; those of punches still to be sent on are kept.")
    else:
        print(f"Nothing to remove: no position of {user_id} is stored, but for those still to be sent on.")
    return DONE
