"""What `audit` and `reconcile` found, as lines for the operator who ran them."""

from zoneinfo import ZoneInfo

from bot.domain.chain import Audit, Break
from bot.domain.reconciling import Finding, Report

_WHAT_TO_DO = "What to do: docs/reliability.md, When audit says BROKEN."
_HOLDS = ("The chain holds.", "The database file was not looked at: `check` does that for SQLite.")
_MORE_RECORDS = (
    "More records than punches are no doubled punches: DingTalk has one of a punch for each target that took it,"
    " and those made without the bot. What does not fit stands below."
)


def counted(count: int, one: str, several: str = "") -> str:
    """Return a number with what it counts: `one` thing, or `several`, which is `one` with an s unless given."""
    return f"{count} {one if count == 1 else several or one + 's'}"


def audit_lines(found: Audit) -> list[str]:
    """Return the finding as lines, the last link first since an operator may keep it elsewhere."""
    sealed = counted(found.sealed, "punch", "punches")
    heading = f"{sealed} sealed, {found.unsealed} not yet; holds up to link {found.head}"
    if found.broken is None:
        return [heading, *_HOLDS]
    return [heading, f"BROKEN {_where(found.broken)}", _WHAT_TO_DO]


def comparison_lines(report: Report, zone: ZoneInfo) -> list[str]:
    """Return a heading, what was settled, then a line for each difference and for each failure."""
    people, punches = counted(report.people, "person", "people"), counted(report.punches, "punch", "punches")
    return [
        f"{report.days.first} to {report.days.last} (by the date of punching, not the work date): "
        f"{people}, {punches} here, {counted(report.records, 'record')} at DingTalk",
        *([_MORE_RECORDS] if report.records > report.punches else []),
        "settled: " + (", ".join(f"{count} {state}" for state, count in report.settled.items()) or "nothing"),
        *(_difference(difference, zone) for difference in report.differences),
        *(f"NOT COMPARED: {', '.join(user_ids)}: {reason}" for user_ids, reason in report.failures),
    ]


def _difference(difference: Finding, zone: ZoneInfo) -> str:
    target = f" ({difference.target})" if difference.target else ""
    reason = f": {difference.reason}" if difference.reason else ""
    at = f"{difference.at.astimezone(zone):%Y-%m-%d %H:%M:%S}"
    return f"{difference.kind}: {difference.user_id} {at}{target}{reason}"


def _where(broken: Break) -> str:
    place = {"link": broken.seq, "punch": broken.punch_id}
    named = ", ".join(f"{name} {value}" for name, value in place.items() if value)
    return f"{named}: {broken.fault}" if named else broken.fault
