"""Who left of late, so that a look-up that still knows them brings nobody back."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

GONE_FOR = timedelta(minutes=10)  # for so long after somebody left, a look-up may still know them
KEPT_FOR = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Leaving:
    """Somebody left at `left_at`, as the event tells, of which was heard at `heard_at`."""

    left_at: datetime
    heard_at: datetime


class Leavers:
    """Leavings as events told of them."""

    def __init__(self) -> None:
        self._of: dict[str, Leaving] = {}

    def __contains__(self, user_id: str) -> bool:
        """Tell whether somebody left and has not joined since."""
        return user_id in self._of

    def left(self, user_ids: Iterable[str], at: datetime, now: datetime) -> None:
        """Note that people left at `at`, of which is heard `now`; what is a day old is forgotten."""
        for user_id in [user_id for user_id, one in self._of.items() if now - one.heard_at >= KEPT_FOR]:
            del self._of[user_id]
        self._of.update(dict.fromkeys(user_ids, Leaving(at, now)))

    def joined(self, user_ids: Iterable[str], at: datetime) -> None:
        """Note that people joined at `at`: whoever left before is somebody again, whoever left after is not."""
        for user_id in user_ids:
            if (leaving := self._of.get(user_id)) is not None and leaving.left_at <= at:
                del self._of[user_id]

    def has_gone(self, user_id: str, read_at: datetime) -> bool:
        """Tell whether what was read of somebody at `read_at` may be from before they left."""
        leaving = self._of.get(user_id)
        return leaving is not None and read_at < leaving.heard_at + GONE_FOR
