"""DingTalk's documented error codes, and the error that each means.

Sources: 《全局错误码》, 《调用频次与限流》, and the error tables of the pages of single APIs. A code of the
new host may also stand under its last part, such as `QpsLimitForApi`.
"""

import re
from dataclasses import dataclass

from bot.errors import NotSent, OutcomeUnknown, Rejected, ServiceStopped, UpstreamError

BAN_S = 300.0  # DingTalk bans an IP address with too many calls for five minutes
MINUTE_S = 60.0  # a limit a minute ends with its minute


class TokenExpired(NotSent):
    """The access token is not valid any more."""


class TooFast(NotSent):
    """The service refuses the pace of this API."""


class Banned(NotSent):
    """DingTalk refuses every call of this app, or from this IP address."""


class Unclassified(UpstreamError):
    """An error code that this table does not know.

    Nobody knows its meaning, so a caller tries again a few times. A write may have happened.
    """

    def __init__(self, service: str, reason: str, code: str) -> None:
        super().__init__(service, reason)
        self.code = code


@dataclass(frozen=True, slots=True)
class Rule:
    """The error for an answer.

    `wait_s` is the pause before the next try, `remedy` the advice for an operator.
    """

    error: type[NotSent | OutcomeUnknown | Rejected | ServiceStopped]
    wait_s: float | None = None
    remedy: str = ""


EXPIRED = Rule(TokenExpired)
BUSY = Rule(NotSent)
TOO_FAST = Rule(TooFast, wait_s=1.0)
BANNED = Rule(Banned, wait_s=BAN_S)
UNKNOWN = Rule(OutcomeUnknown)
REJECTED = Rule(Rejected)
NO_PERMISSION = Rule(
    ServiceStopped, remedy="Grant the app the permission {scope} in the developer console."
)
NO_SUCH_API = Rule(ServiceStopped, remedy="There is no such API at this address: check {setting}.")
CREDENTIALS = Rule(ServiceStopped, remedy="Check dingtalk.client_id and dingtalk.client_secret.")

_BY_RULE: tuple[tuple[Rule, str], ...] = (
    (EXPIRED, "InvalidAuthentication invalidAccessToken accesstoken.expired token.notExisted"),
    (EXPIRED, "40001 40014 41001 42001"),
    (BUSY, "-1 system.busy systemBusy serviceBusy daily.call.limit request.illegal"),
    (TOO_FAST, "90018 send.too.fast send.toofast send.byToken.tooFast too.many.people"),
    (TOO_FAST, "too.many.group request.too.fast request.too.frequent request.often requestTooMuch"),
    (TOO_FAST, "request.overlimit qps.exceed.limit invokeFrequency systemError.busy toomuch.msg"),
    (TOO_FAST, "QpsLimitForApi QpsLimitForAppkeyAndApi QpsLimitForSuitekeyAndOrgAndApi"),
    # The robot sends too many messages. 《自定义机器人发送群消息》 names ten minutes for one group; the
    # answer then goes one to one.
    (TOO_FAST, "130101 410100"),
    (Rule(TooFast, wait_s=MINUTE_S), "QpmLimitForAppkeyAndApi QpmLimitForSuitekeyAndOrgAndApi"),
    (Rule(TooFast, wait_s=MINUTE_S), "45009 90002 90005 90006"),
    # All calls of the server, organisation or app, "for a time": a minute does little harm.
    (Rule(Banned, wait_s=MINUTE_S), "90001 90003 90004"),
    (UNKNOWN, "400001 system.error systemError service.error service.timeout unknownError"),
    (UNKNOWN, "unknown.send.result robot.sendMessage.error invalidRequest.pluginInstallFail"),
    (UNKNOWN, "isp.top-remote-connection-timeout"),
    (NO_PERMISSION, "60011 41044 43007 48004 AccessTokenPermissionDenied apiPermissionDenied"),
    (NO_PERMISSION, "permissions.error orgNotAuthApp unauthorized.client"),
    (NO_PERMISSION, "invalidParameter.token.invalid"),
    (NO_SUCH_API, "22 404"),
    (CREDENTIALS, "33001 40089 invalidClientIdOrSecret invalid.client"),
    (Rule(ServiceStopped, remedy="Check dingtalk.corp_id."), "40013"),
    (Rule(ServiceStopped, remedy="Use an https address in {setting}."), "43003"),
    (
        Rule(
            ServiceStopped,
            remedy=(
                "Add this machine's outgoing address to the allowed IP addresses of app and robot."
            ),
        ),
        "60020 IpNotInWhiteList ip.not.match",
    ),
    (
        Rule(ServiceStopped, remedy="Call DingTalk from another outgoing address."),
        "90017",
    ),
    (
        Rule(
            ServiceStopped,
            remedy=(
                "The organisation's monthly calls are used up: buy more, or wait for the next "
                "month."
            ),
        ),
        "90020 ApiCountLimitForOrg",
    ),
    (
        Rule(ServiceStopped, remedy="Widen the app's contact scope to the whole organisation."),
        "50004",
    ),
    (
        Rule(ServiceStopped, remedy="Enable the app in the developer console."),
        "50003",
    ),
    (
        Rule(ServiceStopped, remedy="Ask DingTalk why it disabled the API or the organisation."),
        "48002 50005 70001",
    ),
    (
        Rule(
            ServiceStopped,
            remedy="Publish the robot with single chat allowed, and check dingtalk.robot_code.",
        ),
        "bot.forbidden.sendMessage chatbotId.notAllow.sendOTO robot.oto.notExist send.forbidden "
        "chatbotNotInstall invalid.robotCode robotDisabled template.stopped template.not.existed "
        "invalidParameter.robotCode.empty invalidParameter.robotCode.invalid "
        "invalidParameter.robotCode.notExsit invalidRequest.robotCodeNotMatch "
        "invalidRequest.robotIsStop invalidRequest.robotNotExist 400102 400106",
    ),
    (
        Rule(
            ServiceStopped,
            remedy="Correct the robot's security settings: keywords, signature, IP addresses.",
        ),
        "310000 keywords.not.match sign.not.match",
    ),
    (
        Rule(
            ServiceStopped,
            remedy=(
                "Publish deploy/card-template.json and put its id into dingtalk.card_template_id."
            ),
        ),
        "param.templateNotExist param.templateUnpublished",
    ),
    (
        Rule(
            ServiceStopped,
            remedy="Let the person see the app, and permit its login in the developer console.",
        ),
        "40079",
    ),
    # A wrong request, or a person or thing that does not exist.
    (REJECTED, "33012 40000 400002 400013 40003 40004 40005 40006 40009 400101 400105 40029"),
    (REJECTED, "40031 40032 40033 40035 40038 40068 40069 40078 41005 41009 41026 41041 41100"),
    (REJECTED, "41101 41102 42003 42008 43001 43002 43004 43005 43008 43009 430101 430102"),
    (REJECTED, "430103 430104 44001 44002 45001 45002 45003 46004 47001 60003 60019 60111 60120"),
    (REJECTED, "300001 60121 850012 850015 missingParameter userNotExist staffId.notExisted"),
    (REJECTED, "illegal.excludes illegal.receivers receivers.exceed sendMessage.model.notMatch"),
    (REJECTED, "session.expired session.notExisted"),
    # One person outside the contact scope stops nobody else: the contacts log it.
    (REJECTED, "50002"),
)
_CODES = {code: rule for rule, codes in _BY_RULE for code in codes.split()}
# Families of codes about the content of a request. A listed code goes first.
_CONTENT = re.compile(
    r"(miss\.param|invalid\.param|invalidParameter|invalidRequest|contain|param)\."
)


def rule_of(code: str) -> Rule | None:
    """Return the rule for an error code, None for an unknown one."""
    name = code.rpartition(".")[2]
    rule = _CODES.get(code)
    if rule is None and name.isidentifier():
        rule = _CODES.get(name)
    if rule is None and _CONTENT.match(code):
        return REJECTED
    return rule
