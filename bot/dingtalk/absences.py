"""Absences from DingTalk's rows of leave and approvals; pure."""

import logging
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from pydantic import Field, TypeAdapter

from bot.clock import to_ms
from bot.dingtalk.openapi import Listed, Row, in_utc
from bot.domain.absences import Absence, AbsenceSource

log = logging.getLogger(__name__)

_DAY = timedelta(days=1)
_HALVES = {"AM": (0, 12), "PM": (12, 24), "上午": (0, 12), "下午": (12, 24)}  # hours of the day
_MOMENT = TypeAdapter(datetime)


class LeaveRow(Row):
    """A row of `getleavestatus`."""

    user_id: str = Field(alias="userid")
    starts_at: datetime = Field(alias="start_time")
    ends_at: datetime = Field(alias="end_time")
    leave_code: str = ""
    unit: str = Field("", alias="duration_unit")
    percent: int = Field(0, alias="duration_percent")

    def absence(self, zone: ZoneInfo) -> Absence:
        starts_at, ends_at = self._span(zone)
        name = f"leave:{self.leave_code}:{to_ms(starts_at)}:{to_ms(ends_at)}"
        return Absence(self.user_id, starts_at, ends_at, name)

    def _span(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Return the time of the leave in UTC.

        No page says whether leave in days ends with or before its last date. A leave that lasts
        longer than its times includes that date.
        """
        starts_at = in_utc(self.starts_at, zone)
        ends_at = in_utc(self.ends_at, zone)
        lasts = self.percent / 100 * _DAY
        if self.unit == "percent_day" and lasts > ends_at - starts_at:
            ends_at = (ends_at.astimezone(zone) + _DAY).astimezone(UTC)
        return starts_at, ends_at


class LeavePage(Row):
    """A page of `getleavestatus`."""

    has_more: bool = False
    rows: Listed[LeaveRow] = Field(alias="leave_status")


class Approval(Row):
    """A row of `approve_list` in `getupdatedata`."""

    biz_type: int
    begin: str = Field("", alias="begin_time")
    end: str = Field("", alias="end_time")
    process_id: str = Field("", alias="procInst_id")
    tag_name: str = ""  # such as 请假, 出差
    sub_type: str = ""  # such as 年假

    def absence(self, user_id: str, day: date, zone: ZoneInfo) -> Absence:
        """Return the absence as seen on a work date.

        Without readable times it is pending. It then covers the work date and the night after it.
        """
        span = self._span(zone)
        midnight = datetime.combine(day, time(), zone)
        if span is None:
            log.warning(
                "an approval has no readable times; its person is not reminded on these days"
            )
        starts_at, ends_at = span or (midnight, midnight + 2 * _DAY)
        name = self.process_id or f"approval:{self.biz_type}:{to_ms(starts_at)}:{to_ms(ends_at)}"
        return Absence(
            user_id=user_id,
            starts_at=starts_at,
            ends_at=ends_at,
            absence_id=name,
            pending=span is None,
            source=AbsenceSource.APPROVAL,
            kind=self.sub_type or self.tag_name,
        )

    def _span(self, zone: ZoneInfo) -> tuple[datetime, datetime] | None:
        """Return the time of the approval in UTC, None when it cannot be read."""
        begin = span_of(self.begin, zone)
        end = span_of(self.end, zone)
        if begin is None or end is None or begin[0] >= end[1]:
            return None
        return begin[0], end[1]


def span_of(text: str, zone: ZoneInfo) -> tuple[datetime, datetime] | None:
    """Return begin and end (UTC) of a day, half a day or a moment of an approval, by its form.

    By 《通知审批通过》 the unit `day` has the form 2019-08-15, `halfDay` 2019-08-15 AM, `hour`
    2019-08-15 12:43. A day includes its end, and a half day ends or begins at noon.
    """
    day, _, rest = text.partition(" ")
    try:
        if rest in _HALVES or (not rest and "-" in day):
            first, last = _HALVES.get(rest, (0, 24))
            midnight = datetime.combine(date.fromisoformat(day), time(), zone)
            begin = midnight + timedelta(hours=first)
            return begin.astimezone(UTC), (midnight + timedelta(hours=last)).astimezone(UTC)
        moment = _MOMENT.validate_python(text)
    except ValueError:
        return None
    at = in_utc(moment, zone)
    return at, at
