"""The meaning of an answer: its body, or the error that says who has to act."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.dingtalk.apis import Api, Host
from bot.dingtalk.http import Answer
from bot.errors import NotSent, OutcomeUnknown, Rejected, ServiceStopped

BAN_S = 300.0  # DingTalk bans an IP address with too many calls for five minutes
PAGE_S = 30.0  # until the next try after a page in place of JSON: a ban, or maintenance
BLOCK_S = 600.0  # DingTalk silences a robot with too many messages for ten minutes
_MOST_WORDS = 200


class TokenExpired(NotSent):
    """The access token is not valid any more."""


class TooFast(NotSent):
    """The service refuses the pace of this API."""


class Banned(NotSent):
    """DingTalk refuses every call from this IP address."""


@dataclass(frozen=True, slots=True)
class _Rule:
    """The error for an answer.

    `wait_s` is the pause before the next try, `remedy` the advice for an operator.
    """

    error: type[NotSent | OutcomeUnknown | Rejected | ServiceStopped]
    wait_s: float | None = None
    remedy: str = ""


_EXPIRED = _Rule(TokenExpired)
_BUSY = _Rule(NotSent)
_TOO_FAST = _Rule(TooFast, wait_s=1.0)
_BLOCKED = _Rule(NotSent, wait_s=BLOCK_S)
_UNKNOWN = _Rule(OutcomeUnknown)
_REJECTED = _Rule(Rejected)
_NO_PERMISSION, _NO_SUCH_API, _NOT_ALLOWED, _CREDENTIALS, _QUOTA, _NARROW_SCOPE, _NO_ROBOT = (
    _Rule(ServiceStopped, remedy=remedy)
    for remedy in (
        "Grant the app the permission {scope} in the developer console.",
        "There is no such API at this address: check {setting}.",
        "Add this machine's outgoing address to the app's allowed IP addresses.",
        "Check dingtalk.client_id and dingtalk.client_secret.",
        "The organisation's monthly calls are used up: buy more, or wait for the next month.",
        "Widen the app's contact scope to the whole organisation.",
        "Publish the robot with single chat allowed, and check dingtalk.robot_code.",
    )
)
# By `errcode` or `sub_code` of the old host, by `code` of the new host or its last part.
_BY_RULE: tuple[tuple[_Rule, str], ...] = (
    (_EXPIRED, "InvalidAuthentication 40001 40014 41001 42001"),
    (_BUSY, "-1 system.error systemError system.busy"),
    (
        _TOO_FAST,
        "90002 90018 90019 send.too.fast QpsLimitForApi QpsLimitForAppkeyAndApi QpmLimitForAppkeyAndApi",
    ),
    (_BLOCKED, "130101 410100"),
    (_UNKNOWN, "isp.top-remote-connection-timeout"),
    (_NO_PERMISSION, "60011 AccessTokenPermissionDenied"),
    (_NOT_ALLOWED, "60020 IpNotInWhiteList"),
    (_QUOTA, "90020 ApiCountLimitForOrg"),
    (_CREDENTIALS, "40089 invalidClientIdOrSecret"),
    (_NO_ROBOT, "bot.forbidden.sendMessage chatbotId.notAllow.sendOTO"),
    (_NO_ROBOT, "invalidParameter.robotCode.notExsit robot.oto.notExist"),
    (_NO_SUCH_API, "22"),
    (_NARROW_SCOPE, "50004"),
    # Listed so that they outweigh every HTTP status.
    (_REJECTED, "33012 40031 50002 60003 60121 staffId.notExisted 40035 41041 43009 400002 850015"),
)
_CODES = {code: rule for rule, codes in _BY_RULE for code in codes.split()}
_STATUSES: Mapping[int, _Rule] = {
    **dict.fromkeys((404, 405, 410, 501), _NO_SUCH_API),
    **dict.fromkeys((407, 408), _BUSY),
    **{401: _EXPIRED, 429: _TOO_FAST, 504: _UNKNOWN},
}
_SUB_CODE = re.compile(r"subcode=([\w.-]+)")
_SECRET = re.compile(
    r"(?i)\b(access_?token|session|ticket|app_?secret|client_?secret|signature)([=:]\s*)[^\s&,\]]+"
)


def body_of(api: Api, answer: Answer) -> dict[str, Any]:
    """Return the body of an answer that reports success. DingTalk's documented codes outweigh the
    HTTP status.

    Raises NotSent, TokenExpired, TooFast, Banned, OutcomeUnknown, Rejected, ServiceStopped.
    """
    body = answer.body
    if not isinstance(body, dict):
        raise _without_json(api, answer)
    if str(body.get("status")) == "1111":
        raise Banned(api.name, "1111 too many calls from this address", retry_after_s=BAN_S)
    if api.host is Host.NEW:
        code = str(body.get("code") or 0)
    else:
        inner = body.get("result")
        if isinstance(inner, dict) and "errcode" in inner and str(body.get("errcode", 0)) == "0":
            body = inner
        code = str(body.get("errcode", ""))
    if answer.status != 200 or code != "0":
        raise _refusal(api, answer, body, code)
    # The old host may report success and failure of a write in one answer.
    for part in (answer.body, answer.body.get("result")):
        is_denied = isinstance(part, dict) and part.get("success") in (False, "false")
        if is_denied and api.writes and api.host is Host.OLD:
            raise OutcomeUnknown(api.name, "errcode 0 with success false")
    return dict(answer.body)


def _refusal(api: Api, answer: Answer, body: dict[str, Any], code: str) -> Exception:
    if api.host is Host.NEW:
        words = str(body.get("message") or "")
        code = "" if code == "0" else code
    else:
        words = str(body.get("sub_msg") or body.get("errmsg") or "")
        # codes of DingTalk's own gateway; the sub code is from the service behind it
        if code in (
            "15",
            "88",
        ):
            named = _SUB_CODE.search(str(body.get("errmsg")))
            code = str(body.get("sub_code") or (named[1] if named else code))
    rule = _CODES.get(code) or _CODES.get(code.rpartition(".")[2]) or _by_status(api, answer.status)
    if rule is None:
        unclear = answer.status < 300 and (
            code in ("", "0", "15", "88", "None") or code.startswith("isp.")
        )
        rule = _NO_PERMISSION if answer.status == 403 else _UNKNOWN if unclear else _REJECTED
    return _error(api, rule, answer, f"{code or f'HTTP {answer.status}'} {words}", code)


def _without_json(api: Api, answer: Answer) -> Exception:
    status = answer.status
    is_page = answer.head.startswith("<")
    if 300 <= status < 400:
        return NotSent(
            api.name, f"HTTP {status}: a redirect, which is not followed", retry_after_s=PAGE_S
        )
    rule = _by_status(api, status)
    if rule is None and (is_page or status == 403):
        rule = replace(_BUSY, wait_s=PAGE_S)
    elif rule is None and status >= 300:
        return _error(api, _REJECTED, answer, f"HTTP {status} {answer.head}")
    form = "a page" if is_page else "a text"
    return _error(api, rule or _UNKNOWN, answer, f"HTTP {status} with {form} in place of JSON")


def _by_status(api: Api, status: int) -> _Rule | None:
    """Return the rule for a status with an unknown code, None when the status alone means nothing.

    A proxy may answer while the service goes on. This leaves a write in doubt, unless a repeat does
    no harm.
    """
    rule = _STATUSES.get(status) or (_BUSY if status >= 500 or 300 <= status < 400 else None)
    hides = status == 408 or status >= 500
    return (
        _UNKNOWN if rule is _BUSY and hides and api.writes and api.host is not Host.SIGNED else rule
    )


def _error(api: Api, rule: _Rule, answer: Answer, words: str, code: str = "") -> Exception:
    reason = _shown(words)
    if rule is _EXPIRED and api.host is Host.SIGNED:
        rule = _CREDENTIALS
    if issubclass(rule.error, NotSent):
        waits = [wait_s for wait_s in (rule.wait_s, answer.retry_after_s) if wait_s is not None]
        return rule.error(api.name, reason, retry_after_s=max(waits, default=None))
    if issubclass(rule.error, ServiceStopped):
        remedy = rule.remedy.format(scope=api.scope or "that it asks for", setting=api.host.value)
        return ServiceStopped(api.name, reason, remedy)
    return (
        Rejected(api.name, reason, code)
        if rule.error is Rejected
        else OutcomeUnknown(api.name, reason)
    )


def _shown(words: str) -> str:
    """Return a service's words on one line, shortened, and without anything that looks like a
    secret.
    """
    flat = " ".join("".join(char if char.isprintable() else " " for char in words).split())
    return _SECRET.sub(r"\1\2…", flat)[:_MOST_WORDS]
