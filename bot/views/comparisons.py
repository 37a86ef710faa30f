"""How ledger and DingTalk differ, for the operator who compared them."""

from datetime import datetime
from zoneinfo import ZoneInfo

from bot.domain.reconciling import Difference, Report
from bot.views.counting import counted

_MORE_RECORDS = (
    "More records than punches are no doubled punches: DingTalk has one of a punch for each target that took it,"
    " and those made without the bot. What does not fit stands below."
)


def lines(report: Report, zone: ZoneInfo) -> list[str]:
    """Return a heading, what was settled, then a line for each difference and for each failure."""
    days = report.days
    return [
        f"{days.first} to {days.last} (by the date of punching, not the work date): "
        f"{counted(report.people, 'person', 'people')}, "
        f"{counted(report.punches, 'punch', 'punches')} here, {counted(report.records, 'record')} at DingTalk",
        *((_MORE_RECORDS,) if report.records > report.punches else ()),
        "settled: " + (", ".join(f"{count} {state}" for state, count in report.settled.items()) or "nothing"),
        *(_line(difference, zone) for difference in report.differences),
        *(f"NOT COMPARED: {', '.join(user_ids)}: {reason}" for user_ids, reason in report.failures),
    ]


def as_dict(report: Report, zone: ZoneInfo) -> dict[str, object]:
    """Return the report for JSON; moments as ISO 8601 with the offset of `zone`."""
    return {
        "from": report.days.first.isoformat(),
        "to": report.days.last.isoformat(),
        "complete": not report.failures,
        "people": report.people,
        "punches": report.punches,
        "records": report.records,
        "settled": report.settled,
        "differences": [_entry(difference, zone) for difference in report.differences],
        "failures": [{"user_ids": list(user_ids), "reason": reason} for user_ids, reason in report.failures],
    }


def _line(difference: Difference, zone: ZoneInfo) -> str:
    targets = f" ({', '.join(difference.targets)})" if difference.targets else ""
    reason = f": {difference.reason}" if difference.reason else ""
    return f"{difference.kind}: {difference.user_id} {_local(difference.at, zone)}{targets}{reason}"


def _entry(difference: Difference, zone: ZoneInfo) -> dict[str, object]:
    return {
        "kind": difference.kind,
        "user_id": difference.user_id,
        "at": difference.at.astimezone(zone).isoformat(timespec="milliseconds"),
        "punch_id": difference.punch_id or None,
        "targets": list(difference.targets),
        "reason": difference.reason,
    }


def _local(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S}"
