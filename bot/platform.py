"""The adapters that speak to DingTalk, built from the settings."""

from collections import Counter
from datetime import datetime
from email.utils import parsedate_to_datetime

from yarl import URL

from bot.clock import Clock
from bot.dingtalk.attendance import Attendance
from bot.dingtalk.cards import Cards
from bot.dingtalk.clock_in import ApproveCheck, RecordUpload, SignedClockIn, Target
from bot.dingtalk.contacts import Contacts
from bot.dingtalk.gateway import SERVICE, Gateway
from bot.dingtalk.http import Http
from bot.dingtalk.limits import Limits
from bot.dingtalk.openapi import DingTalkApp, OpenApi
from bot.dingtalk.page_identity import PageIdentity
from bot.dingtalk.report import Report
from bot.dingtalk.robot import Robot
from bot.errors import NotSent
from bot.settings import Settings

# `jump_url` in the sample of 《企业自研考勤系统补卡同步》
_DINGTALK_URL = "https://www.dingtalk.com"


class DingTalk:
    """The adapters that speak to DingTalk and to the signed clock-in API, over one HTTP session."""

    def __init__(self, settings: Settings, clock: Clock, *, call_s: float = 10.0) -> None:
        """`call_s` is the deadline of a call to the signed API, in seconds."""
        dingtalk = settings.dingtalk
        limits = settings.limits
        secret = dingtalk.client_secret.get_secret_value()
        app = DingTalkApp(dingtalk.client_id, secret, dingtalk.api_url, dingtalk.oapi_url)
        self.http = Http()
        self.gateway = Gateway(self.http, app)
        rates = {"signed": limits.signed, "replies": limits.replies}
        self.limits = Limits(clock, each_api=limits.each_api, total=limits.all, rates=rates)
        self.usage = Counter[str]()  # billable calls and messages that are not in the database yet
        self.openapi = OpenApi(self.http, self.limits, app, clock=clock, usage=self.usage)
        self.attendance = Attendance(
            self.openapi,
            operator_user_id=dingtalk.operator_user_id,
            zone=settings.zone,
            clock=clock,
            is_abroad=(URL(dingtalk.oapi_url).host or "").endswith(".dingtalk.io"),
        )
        self.report = Report(self.openapi)
        self.contacts = Contacts(self.openapi)
        robot_code = dingtalk.robot_code or dingtalk.client_id
        self.robot = Robot(
            self.openapi,
            robot_code=robot_code,
            own=(dingtalk.api_url, dingtalk.oapi_url),
            cards=dingtalk.buttons == "action_card",
        )
        self.cards = Cards(
            self.openapi, template_id=dingtalk.card_template_id, robot_code=robot_code
        )
        self.page_identity = PageIdentity(
            self.openapi,
            self.contacts,
            clock,
            app,
            agent_id=dingtalk.agent_id,
            corp_id=dingtalk.corp_id,
        )
        known: dict[str, Target] = {
            "signed": SignedClockIn(
                self.openapi, settings.clock_in.signed_url, settings.clock_in.datum, call_s
            ),
            "record_upload": RecordUpload(self.openapi),
        }
        self.targets = [known[name] for name in dict.fromkeys(settings.clock_in.targets)]
        # Approved make-up punches go to these. A punch that they refuse goes to `targets`.
        self.make_up_targets = self.targets
        if settings.corrections.target == "approve_check":
            jump_url = settings.web.page_url or _DINGTALK_URL
            self.make_up_targets = [ApproveCheck(self.openapi, self.attendance, jump_url)]

    async def server_time(self) -> datetime:
        """Return the time of DingTalk's clock in UTC, to the second.

        Raises UpstreamError.
        """
        answer = await self.http.post(SERVICE, URL(self.openapi.app.api_url), None, method="GET")
        try:
            return parsedate_to_datetime(answer.date)
        except ValueError:
            raise NotSent(SERVICE, "answered without its time") from None
