"""How long what people gave is kept, and removing it then."""

import logging
from dataclasses import dataclass
from datetime import timedelta

from bot.clock import Clock
from bot.services.ports import Retention

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Purged:
    """How many were removed: positions of punches, and heads of frames that could not be read."""

    positions: int
    frames: int


async def purge(retention: Retention, clock: Clock, *, keep: timedelta) -> Purged:
    """Remove what is older than `keep`, and expired questions; the ledger stays whole. Raises StoreRefused."""
    before = clock.now() - keep
    await retention.forget_questions(clock.now())
    purged = Purged(await retention.forget_positions(before), await retention.forget_frames(before))
    log.info("retention removed %d positions and %d unreadable frames", purged.positions, purged.frames)
    return purged
