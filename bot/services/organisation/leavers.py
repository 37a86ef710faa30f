"""Who left of late, so that a look-up that still knows them brings nobody back."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.domain.people import GONE_FOR

KEPT_FOR = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Leaving:
    """Somebody left at `left_at`, as the event tells, of which was heard at `heard_at`.

    From the look `known_from` on the database knows it, and then knows better: others may have heard since that
    they joined.
    """

    left_at: datetime
    heard_at: datetime
    known_from: int | None = None


class Leavers:
    """Leavings as events told this process of them; what others heard is in the database alone."""

    def __init__(self) -> None:
        self._of: dict[str, Leaving] = {}
        self._looks = 0

    def __contains__(self, user_id: str) -> bool:
        """Tell whether somebody left and has not joined since."""
        return user_id in self._of

    def left(self, user_ids: Iterable[str], at: datetime, now: datetime) -> None:
        """Note that people left at `at`, of which is heard `now`; what is a day old is forgotten."""
        for user_id in [user_id for user_id, one in self._of.items() if now - one.heard_at >= KEPT_FOR]:
            del self._of[user_id]
        self._of.update(dict.fromkeys(user_ids, Leaving(at, now)))

    def look(self) -> int:
        """Return the number of a look into the database that begins now."""
        self._looks += 1
        return self._looks

    def stored(self, user_ids: Iterable[str]) -> None:
        """Note that the database knows that these left, for every look that begins later."""
        since = self._looks + 1
        self._of.update({one: replace(self._of[one], known_from=since) for one in user_ids if one in self._of})

    def is_back(self, user_id: str) -> None:
        """Forget that somebody left."""
        self._of.pop(user_id, None)

    def joined(self, user_ids: Iterable[str], at: datetime) -> None:
        """Note that people joined at `at`: whoever left before is somebody again, whoever left after is not."""
        for user_id in user_ids:
            if (leaving := self._of.get(user_id)) is not None and leaving.left_at <= at:
                del self._of[user_id]

    def has_gone(self, user_id: str, read_at: datetime) -> bool:
        """Tell whether what was read of somebody at `read_at` may be from before they left."""
        leaving = self._of.get(user_id)
        return leaving is not None and read_at < leaving.heard_at + GONE_FOR

    def escaped(self, look: int, user_id: str) -> bool:
        """Tell whether the database may not have known at that look that somebody left."""
        leaving = self._of.get(user_id)
        return leaving is not None and (leaving.known_from is None or look < leaving.known_from)
