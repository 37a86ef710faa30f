"""How long it was from one time to another, as people reckon it by the times that they are shown. Pure."""

from datetime import datetime, timedelta

_MINUTE = timedelta(minutes=1)


def minutes_shown(since: datetime, until: datetime) -> int:
    """Return the minutes between two moments as each is shown, without its seconds: from 08:58 to 09:05 it is 7.

    By whole seconds it may be 6, which reads like a mistake beside the two times. It is negative where `until` is
    the earlier one.
    """
    return (_shown(until) - _shown(since)) // _MINUTE


def _shown(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)
