"""How long what people gave is kept, and removing it then."""

import logging
from dataclasses import astuple, dataclass
from datetime import timedelta

from bot.clock import Clock
from bot.storage.privacy import Retention

KEEP_PHONES = timedelta(days=90)  # without a punch from them: longer than any holiday

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Purged:
    """How many were removed: positions of punches, heads of frames that could not be read, and phones."""

    positions: int
    frames: int
    phones: int = 0


async def purge(retention: Retention, clock: Clock, *, keep: timedelta) -> Purged:
    """Remove rows older than `keep`, expired buttons and unused phones. The ledger stays whole.

    Raises StoreRefused.
    """
    before = clock.now() - keep
    await retention.forget_what_was_asked(clock.now())
    phones = await retention.forget_phones(clock.now() - KEEP_PHONES)
    purged = Purged(await retention.forget_positions(before), await retention.forget_frames(before), phones)
    log.info("retention removed %d positions, %d unreadable frames and %d phones", *astuple(purged))
    return purged
