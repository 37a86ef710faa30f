"""Lines for the operator who ran `audit` or `reconcile`."""

from datetime import datetime

from bot.domain.chain import Audit, Break

_WHAT_TO_DO = (
    "Repair nothing in place. Copy the database, this line and the logs. Then compare the "
    "export of that day "
    "with a backup whose audit holds (docs/reliability.md)."
)


def with_noun(count: int, one: str, several: str = "") -> str:
    """Return a number with its noun: `one`, or `several` (default: `one` with an s)."""
    return f"{count} {one if count == 1 else several or one + 's'}"


def audit_lines(found: Audit) -> list[str]:
    """Return the result as lines. The first line has the last link, for the operator to keep."""
    sealed = with_noun(found.sealed, "punch", "punches")
    heading = f"{sealed} sealed, {found.unsealed} not yet; holds up to link {found.head}"
    if found.broken is None:
        return [heading, "The chain holds."]
    return [heading, f"BROKEN {_where(found.broken)}", _WHAT_TO_DO]


def difference_line(kind: str, user_id: str, local_at: datetime, target: str, reason: str) -> str:
    """Return one difference between the ledger and DingTalk."""
    where = f" ({target})" if target else ""
    why = f": {reason}" if reason else ""
    return f"{kind}: {user_id} {local_at:%Y-%m-%d %H:%M:%S}{where}{why}"


def _where(broken: Break) -> str:
    place = {"link": broken.seq, "punch": broken.punch_id}
    named = ", ".join(f"{name} {value}" for name, value in place.items() if value)
    return f"{named}: {broken.fault}" if named else broken.fault
