"""`audit`: verifies the ledger's chain, a long one in stretches side by side, on as many cores as there are."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterable

from bot.domain.chain import Audit, Break, Link, Stretch
from bot.errors import OperatorError, ProcessFailed
from bot.processes import Aside
from bot.storage.chain import audit_ledger, audited, divided, walked

AT_LEAST = 50_000  # links in a stretch: about a second's, as long as a process takes to start
MOST = 4  # processes, of about 66 MiB each, that keep the cores and the disk busy

Walk = tuple[str, Link | None, Link | None, Stretch]
Walked = tuple[Link, Break | None]


async def audit_aside(url: str, kept: Link | None, *, most: int | None = None, at_least: int = AT_LEAST) -> Audit:
    """Find what `audit_ledger` finds, with at most `most` processes (default: one a core, at most four).

    Raises OperatorError when the ledger cannot be read.
    """
    most = min(MOST, os.cpu_count() or 1) if most is None else most
    head, stretches = await asyncio.to_thread(divided, url, most, at_least)
    if len(stretches) == 1:
        return await asyncio.to_thread(audit_ledger, url, kept)
    walks = await asyncio.gather(*(_apart((url, head, kept, stretch)) for stretch in stretches))
    return await asyncio.to_thread(audited, url, walks)


async def _apart(walk: Walk) -> Walked:
    try:
        found = await Aside(limit_s=None).run(_walk, _alone(walk))
    except ProcessFailed as error:
        raise OperatorError(f"The ledger was not read to its end: {error}") from error
    if isinstance(found, OperatorError):
        raise found
    return found


async def _alone(walk: Walk) -> AsyncIterator[Walk]:
    yield walk


def _walk(walks: Iterable[Walk]) -> Walked | OperatorError:
    """Walk one stretch, in a process of its own, which hands back also what an operator has to mend."""
    (walk,) = walks
    try:
        return walked(*walk)
    except OperatorError as error:
        return error
