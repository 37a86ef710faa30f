"""DingTalk's rows of leave, trips and outings, turned into absences."""

import logging
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.clock import to_ms
from bot.dingtalk.fields import as_int, as_text
from bot.dingtalk.schedules import read_moment
from bot.domain.absences import Absence, AbsenceSource

log = logging.getLogger(__name__)

_AWAY = (2, 3)  # biz_type: a trip or an outing, leave; 1 is overtime
_DATE_ONLY = len("2026-11-24")
_DAY = timedelta(days=1)
_FIRST_YEAR = 2000  # an earlier one is a number that is no time


def read_leave(row: Mapping[str, Any], first: datetime, last: datetime, zone: ZoneInfo) -> Absence | None:
    """Return a row of `getleavestatus` asked for `first` to `last`; None for one that names nobody.

    Leave without readable times covers all that was asked for, as pending: it is there, so nobody is nagged.
    """
    user_id = as_text(row.get("userid"))
    if not user_id:
        return None
    # With `percent_day` the official pages do not say whether the times of a day's leave carry its half. They are
    # taken as they stand: 00:00 to 23:59:59 is the whole day, 00:00 to 12:00 the morning.
    span = _span(row.get("start_time"), row.get("end_time"), zone)
    absence_id = f"leave:{as_text(row.get('leave_code'))}"
    return _absence(user_id, span, (first, last), absence_id, AbsenceSource.LEAVE)


def read_approval(row: Mapping[str, Any], user_id: str, day: date, zone: ZoneInfo) -> Absence | None:
    """Return a row of `approve_list` of the work date `day`; None for one that excuses nobody.

    One without readable times covers the work date and the night after it, as pending.
    """
    if as_int(row.get("biz_type")) not in _AWAY:
        return None
    midnight = datetime.combine(day, time(), zone)
    span = _span(row.get("begin_time"), row.get("end_time"), zone)
    absence_id = as_text(row.get("procInst_id")) or f"approval:{as_text(row.get('biz_type'))}"
    return _absence(user_id, span, (midnight, midnight + 2 * _DAY), absence_id, AbsenceSource.APPROVAL)


def _absence(
    user_id: str,
    span: tuple[datetime, datetime] | None,
    otherwise: tuple[datetime, datetime],
    absence_id: str,
    source: AbsenceSource,
) -> Absence:
    if span is None:
        log.warning("an approval comes without readable times; the person is left in peace for the days asked for")
    starts_at, ends_at = span or otherwise
    if ":" in absence_id:
        absence_id = f"{absence_id}:{to_ms(starts_at)}:{to_ms(ends_at)}"
    return Absence(user_id, starts_at, ends_at, absence_id, span is None, source)


def _span(start: object, end: object, zone: ZoneInfo) -> tuple[datetime, datetime] | None:
    """Return start and end of an absence; a date alone as the end means that day's end."""
    starts_at, ends_at = read_moment(start, zone), read_moment(end, zone)
    if starts_at is None or ends_at is None or starts_at.year < _FIRST_YEAR:
        return None
    if len(as_text(end)) == _DATE_ONLY and as_int(end) is None:
        ends_at += _DAY
    return (starts_at, ends_at) if starts_at < ends_at else None
