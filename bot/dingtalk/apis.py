"""Every API of DingTalk that the bot calls, with the permission it needs."""

from enum import StrEnum
from typing import NamedTuple

from bot.domain.quota import Quota


class Host(StrEnum):
    """The host of an API. The value is the settings key of its address."""

    OLD = "dingtalk.oapi_url"  # reports errors by HTTP 200 and `errcode`
    NEW = "dingtalk.api_url"  # reports errors by HTTP 4xx and `code`
    SIGNED = "clock_in.signed_url"  # reports errors as the old host


class Api(NamedTuple):
    """One API: its short name in errors and limits, and the permission (`scope`) to grant in the
    console.

    A call with `writes` changes something, so it is never repeated in place. `quota` is the monthly
    quota that a call uses up: none by 《不纳入调用量限制的接口清单》 (tokens, contacts), none for the company's
    own service. With `remedy` a refused request needs an operator, who gets this advice.
    """

    name: str
    host: Host
    path: str = ""
    scope: str = ""
    writes: bool = False
    method: str = "POST"
    quota: Quota | None = Quota.CALLS
    remedy: str = ""


OLD = Host.OLD
NEW = Host.NEW

GATEWAY = Api("gateway", NEW, "/v1.0/gateway/connections/open", quota=None)
ACCESS_TOKEN = Api("access_token", NEW, "/v1.0/oauth2/accessToken", quota=None)

SIGNED = Api("signed", Host.SIGNED, writes=True, quota=None)
RECORD_UPLOAD = Api(
    "record_upload",
    OLD,
    "/topapi/attendance/record/upload",
    "Pro.AttendanceRecord.Write",
    writes=True,
)
# The page 《通知补卡通过》 names no error codes of its own.
APPROVE_CHECK = Api(
    "approve_check",
    OLD,
    "/topapi/attendance/approve/check",
    "qyapi_attendance_group_manage",
    writes=True,
)

LIST_RECORD = Api("list_record", OLD, "/attendance/listRecord", "qyapi_get_attendance_data")
SCHEDULE = Api(
    "schedule", OLD, "/topapi/attendance/schedule/listbyusers", "qyapi_attendance_group_read"
)
SHIFT = Api("shift", OLD, "/topapi/attendance/shift/query", "qyapi_attendance_group_read")
LEAVE = Api("leave", OLD, "/topapi/attendance/getleavestatus", "qyapi_get_attendance_data")
DAY_PLAN = Api(
    "day_plan", OLD, "/topapi/attendance/schedule/listbyday", "qyapi_attendance_group_read"
)
REPORT_COLUMNS = Api("report_columns", OLD, "/topapi/attendance/getattcolumns", "qyapi_base")
REPORT_VALUES = Api("report_values", OLD, "/topapi/attendance/getcolumnval", "qyapi_base")
REPORT_LEAVE = Api("report_leave", OLD, "/topapi/attendance/getleavetimebynames", "qyapi_base")
DAY_DATA = Api("day_data", OLD, "/topapi/attendance/getupdatedata", "qyapi_get_attendance_data")

USER = Api("user", OLD, "/topapi/v2/user/get", "qyapi_get_member", quota=None)
USER_BY_UNION_ID = Api(
    "user_by_union_id", OLD, "/topapi/user/getbyunionid", "qyapi_get_member", quota=None
)
DEPARTMENTS = Api(
    "departments", OLD, "/topapi/v2/department/listsub", "qyapi_get_department_list", quota=None
)
DEPARTMENT = Api(
    "department", OLD, "/topapi/v2/department/get", "qyapi_get_department_list", quota=None
)
MEMBERS = Api("members", OLD, "/topapi/v2/user/list", "qyapi_get_department_member", quota=None)

AUTH_SCOPES = Api("auth_scopes", OLD, "/auth/scopes", "qyapi_base", method="GET")
REPLY = Api("replies", OLD, "/robot/sendBySession", writes=True, quota=Quota.MESSAGES)
# A second upload only makes a second media id, so it may be repeated in place.
MEDIA_UPLOAD = Api("media_upload", OLD, "/media/upload", "qyapi_base")
BATCH_SEND = Api(
    "batch_send", NEW, "/v1.0/robot/oToMessages/batchSend", "qyapi_robot_sendmsg", writes=True
)
DING = Api(
    "ding",
    NEW,
    "/v1.0/robot/ding/send",
    "Premium.Ding.Write",
    writes=True,
    remedy="These reminders go as messages. Check the organisation's edition and its DINGs left, or "
    "set reminders.ding to false.",
)
QUICK_ENTRIES = Api(
    "quick_entries", NEW, "/v1.0/robot/plugins/set", "Robot.SingleChat.ReadWrite", writes=True
)

CARD_CREATE = Api("card_create", NEW, "/v1.0/card/instances", "Card.Instance.Write", writes=True)
CARD_DELIVER = Api(
    "card_deliver", NEW, "/v1.0/card/instances/createAndDeliver", "Card.Instance.Write", writes=True
)
CARD_CHANGE = Api(
    "card_change", NEW, "/v1.0/card/instances", "Card.Instance.Write", writes=True, method="PUT"
)

PAGE_TICKET = Api("page_ticket", NEW, "/v1.0/oauth2/jsapiTickets", quota=None)
PAGE_USER = Api("page_user", OLD, "/topapi/v2/user/getuserinfo", quota=None)
LOGIN_TOKEN = Api("login_token", NEW, "/v1.0/oauth2/userAccessToken", writes=True, quota=None)
LOGIN_USER = Api(
    "login_user", NEW, "/v1.0/contact/users/me", "Contact.User.Read", method="GET", quota=None
)
