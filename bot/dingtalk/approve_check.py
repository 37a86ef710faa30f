"""`topapi/attendance/approve/check` (补卡): marks one check of a work date as put right. Untried on a tenant.

Its page explains `punch_id` at once as the id of a schedule and of a shift. What is sent is the id that
`schedule/listbyusers` gives for the check, since an older page and the example read so.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.dingtalk.apis import APPROVE_CHECK, DAY_DATA
from bot.dingtalk.attendance import Attendance
from bot.dingtalk.fields import as_object, as_objects, as_text
from bot.dingtalk.limits import Priority
from bot.dingtalk.openapi import OpenApi
from bot.dingtalk.schedules import PlanRow, read_check_type, read_moment
from bot.domain.corrections import NO_PLAN_ID, reference_of
from bot.domain.punches import Punch
from bot.domain.shifts import read_check_key
from bot.errors import NotSent, OutcomeUnknown, Rejected

_MINUTE = "%Y-%m-%d %H:%M"
_TAG = "补卡"
_JUMP_URL = "https://www.dingtalk.com/"  # where a tap on the mark leads: no form of ours stands behind it


class ApproveCheck:
    """Takes approved make-up punches alone. What came of a call is shown by `getupdatedata`, if at all."""

    name = APPROVE_CHECK.name
    knows_repeats = False  # not documented

    def __init__(self, openapi: OpenApi, attendance: Attendance, zone: ZoneInfo) -> None:
        self._openapi = openapi
        self._attendance = attendance
        self._zone = zone

    async def send(self, punch: Punch) -> None:
        """Mark the punch's check. Raises NotSent, OutcomeUnknown, Rejected, ServiceStopped.

        It is rejected with `NO_PLAN_ID` where the schedule names no id for the check.
        """
        try:
            rows = await self._attendance.planned_checks(punch.user_id, punch.work_date)
        except OutcomeUnknown as error:  # of a read: nothing was done
            raise NotSent(self.name, str(error)) from error
        planned = planned_check(rows, punch)
        if planned is None:
            raise Rejected(self.name, NO_PLAN_ID)
        await self._openapi.call(
            APPROVE_CHECK, check_body(punch, planned, self._zone), priority=Priority.CORRECTION
        )

    async def is_marked(self, punch: Punch) -> bool:
        """Tell whether DingTalk shows the check as put right by this request.

        Raises UpstreamError, ServiceStopped.
        """
        body = {"userid": punch.user_id, "work_date": f"{punch.work_date.isoformat()} 00:00:00"}
        answer = await self._openapi.call(DAY_DATA, body, priority=Priority.CORRECTION)
        rows = as_objects(as_object(answer.get("result")).get("attendance_result_list"))
        return any(self._shows(row, punch) for row in rows)

    def _shows(self, row: Mapping[str, Any], punch: Punch) -> bool:
        at = read_moment(row.get("user_check_time"), self._zone)
        of_request = as_text(row.get("procInst_id")) == reference_of(punch.message_id)
        return (
            at is not None
            and (of_request or as_text(row.get("source_type")) == "APPROVE")
            and read_check_type(row.get("check_type")) is punch.check_type
            and _to_minute(at, self._zone) == _to_minute(punch.punched_at, self._zone)
        )

    async def probe(self) -> str:
        """Ask with a body that names nobody, and say what that shows.

        Raises NotSent, OutcomeUnknown, ServiceStopped.
        """
        try:
            await self._openapi.call(APPROVE_CHECK, {"userid": "", "tag_name": _TAG}, priority=Priority.CORRECTION)
        except Rejected:
            return "permitted; which id DingTalk takes for a check, only the first approved make-up punch shows"
        return "permitted, although it took a make-up punch of nobody"


def planned_check(rows: Sequence[PlanRow], punch: Punch) -> PlanRow | None:
    """Return the planned check that a make-up punch answers; None where the schedule does not tell which it is."""
    ordered = sorted(rows, key=lambda row: row.due_at)
    of_type = [row for row in ordered if row.check_type is punch.check_type]
    named = read_check_key(punch.check_point or "")
    in_pairs = 2 * len(of_type) == len(ordered)
    if not in_pairs or named is None or named[1] >= len(of_type):
        return None
    found = of_type[named[1]]
    return found if found.plan_id else None


def check_body(punch: Punch, planned: PlanRow, zone: ZoneInfo) -> dict[str, str | int]:
    """Return the body; times are the organisation's, to the minute, as the documentation writes them."""
    return {
        "userid": punch.user_id,
        "work_date": punch.work_date.isoformat(),
        "punch_id": int(planned.plan_id) if planned.plan_id.isdecimal() else planned.plan_id,
        "punch_check_time": _to_minute(planned.due_at, zone),
        "user_check_time": _to_minute(punch.punched_at, zone),
        "approve_id": reference_of(punch.message_id),
        "jump_url": _JUMP_URL,
        "tag_name": _TAG,
    }


def _to_minute(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).strftime(_MINUTE)
