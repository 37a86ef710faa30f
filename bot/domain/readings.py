"""Which of two readings of one thing counts."""

from datetime import datetime


def is_overtaken(begun_at: datetime, kept_at: datetime | None, now: datetime) -> bool:
    """Tell whether a reading is older than the one that is kept, None for none, by when each was begun.

    However late a reading ends, it may tell what was so when it began. A kept one that lies ahead of `now` was
    begun before a clock was set back: it overtakes nothing, else nothing would be taken in until then.
    """
    return kept_at is not None and begun_at < kept_at <= now
