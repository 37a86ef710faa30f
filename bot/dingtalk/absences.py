"""Absences from DingTalk's rows of leave and approvals; pure."""

import logging
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from pydantic import Field

from bot.clock import from_ms, to_ms
from bot.dingtalk.openapi import Listed, Row, in_utc
from bot.domain.absences import Absence, AbsenceSource
from bot.domain.slots import A_DAY, Days

log = logging.getLogger(__name__)

_HALVES = {"AM": (0, 12), "PM": (12, 24), "上午": (0, 12), "下午": (12, 24)}  # hours of the day
_SATURDAY = 5
_DATE_CHARACTERS = 10
_MS_DIGITS = 13


class LeaveRow(Row):
    """A row of `getleavestatus`."""

    userid: str
    start_time: datetime
    end_time: datetime
    leave_code: str = ""
    duration_unit: str = ""
    duration_percent: int = 0

    def absence(self, zone: ZoneInfo) -> Absence:
        """Return the leave.

        DingTalk's documentation does not say whether leave in days includes its last date. It does
        if the duration exceeds the workdays before that date. It does not if the duration equals
        all days before that date: then DingTalk counts days of rest, too. Half a day without times
        is the whole day.
        """
        starts_at = in_utc(self.start_time, zone)
        ends_at = in_utc(self.end_time, zone)
        last = ends_at.astimezone(zone)
        names_date = last.time() == time() or starts_at == ends_at
        if self.duration_unit == "percent_day" and names_date:
            *dates, _ = Days(starts_at.astimezone(zone).date(), last.date())
            workdays = sum(day.weekday() < _SATURDAY for day in dates)
            days = self.duration_percent / 100
            if days > workdays and days != len(dates):
                ends_at = in_utc(datetime.combine(last.date() + A_DAY, time()), zone)
        key = f"leave:{self.leave_code}:{to_ms(starts_at)}:{to_ms(ends_at)}"
        return Absence(self.userid, starts_at, ends_at, key)


class LeavePage(Row):
    """A page of `getleavestatus`."""

    has_more: bool = False
    leave_status: Listed[LeaveRow]


class Approval(Row):
    """A row of `approve_list` in `getupdatedata`."""

    biz_type: int
    begin_time: str = ""
    end_time: str = ""
    process_id: str = Field("", alias="procInst_id")
    tag_name: str = ""  # such as 请假, 出差
    sub_type: str = ""  # such as 年假

    def absence(self, user_id: str, day: date, zone: ZoneInfo) -> Absence:
        """Return the absence as seen on a work date.

        Without readable times it covers the work date and the night after it. Then each work date
        has a row of its own.
        """
        try:
            starts_at, _ = span_of(self.begin_time, zone)
            _, ends_at = span_of(self.end_time, zone)
            is_readable = starts_at < ends_at
        except ValueError:
            is_readable = False
        if not is_readable:
            log.warning(
                "an approval has no readable times; its person is not reminded on these days"
            )
            starts_at = datetime.combine(day, time(), zone)
            ends_at = starts_at + 2 * A_DAY
        key = self.process_id or f"approval:{self.biz_type}:{to_ms(starts_at)}:{to_ms(ends_at)}"
        if not is_readable:
            key = f"{key}:{day}"
        return Absence(
            user_id=user_id,
            starts_at=starts_at,
            ends_at=ends_at,
            absence_id=key,
            times_unknown=not is_readable,
            source=AbsenceSource.APPROVAL,
            kind=self.sub_type or self.tag_name,
        )


def span_of(text: str, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return begin and end (UTC) of a day, half a day or a moment of an approval, by its form.

    By 《通知审批通过》 the unit `day` has the form 2019-08-15, `halfDay` 2019-08-15 AM, `hour`
    2019-08-15 12:43. A date stands for the whole day: as an end it means the next midnight. A half
    day ends or begins at noon. Samples also have milliseconds. Raises ValueError.
    """
    day, _, rest = text.partition(" ")
    if rest in _HALVES or len(text) <= _DATE_CHARACTERS:
        first, last = _HALVES.get(rest, (0, 24))
        midnight = datetime.combine(date.fromisoformat(day), time(), zone)
        begin = midnight + timedelta(hours=first)
        return begin.astimezone(UTC), (midnight + timedelta(hours=last)).astimezone(UTC)
    is_ms = text.isdecimal() and len(text) == _MS_DIGITS
    at = from_ms(int(text)) if is_ms else in_utc(datetime.fromisoformat(text), zone)
    return at, at
