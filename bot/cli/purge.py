"""Remove what retention no longer keeps, as a running bot does every night.

On SQLite stop the bot first. With --user all positions of one person who asks for it are removed instead, but for
those of punches still to be sent on.
"""

import asyncio
import sys
from argparse import ArgumentParser, Namespace
from datetime import timedelta

from bot.cli.options import DONE, FAILED, add_config, configured, open_ledger
from bot.clock import SystemClock
from bot.settings import Settings
from bot.views.operators import counted


def add_arguments(parser: ArgumentParser) -> None:
    add_config(parser)
    parser.add_argument("--user", metavar="ID", help="instead, all positions of one person who asks for it")


def run(options: Namespace) -> int:
    """Apply retention once, or remove one person's positions."""
    return asyncio.run(_purge(configured(options), options.user))


async def _purge(settings: Settings, user_id: str | None) -> int:
    async with open_ledger(settings) as store:
        if user_id is None:
            days = settings.retention.coordinates_days
            gone = await store.privacy.purge(SystemClock().now(), timedelta(days=days))
            positions = counted(gone["punch_locations"], "position")
            print(f"Removed {positions} older than {days:g} {'day' if days == 1 else 'days'}.")
            return DONE
        if not await store.privacy.knows(user_id):
            print(f"Nobody by the user id {user_id} is known. Nothing was removed.", file=sys.stderr)
            return FAILED
        removed = counted(await store.privacy.forget_positions_of(user_id), "position")
        print(f"Removed {removed} of {user_id}; those of punches still to be sent on are kept.")
        return DONE
