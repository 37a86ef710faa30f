"""What an answer means: accepted, to be tried again, of unknown outcome, refused, or a matter for the operator."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from bot.dingtalk.apis import Api, Host
from bot.dingtalk.http import Answer
from bot.errors import NotSent, OperatorError, OutcomeUnknown, Rejected, ServiceStopped, UpstreamError

BAN_S = 300.0  # an address that called too often is kept out for five minutes
PAGE_S = 30.0  # a page where JSON was due: a ban or somebody's maintenance, so we look again before long
BLOCK_S = 600.0  # a robot that talked too much is silenced for ten minutes
_MOST_WORDS = 200


class AnswerKind(StrEnum):
    ACCEPTED = "accepted"
    TOKEN_EXPIRED = "token expired"  # noqa: S105
    BUSY = "busy"  # not carried out; the service is in trouble
    TOO_FAST = "too fast"  # not carried out; we are the trouble
    UNKNOWN = "unknown"  # it may have been carried out
    REJECTED = "rejected"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The meaning of one answer. `code` and `reason` are the service's own words, `wait_s` how long to stay away.

    `remedy` says what an operator has to mend. A `ban` concerns every call from this machine.
    """

    kind: AnswerKind
    body: Any = None
    code: str = ""
    reason: str = ""
    wait_s: float | None = None
    remedy: str = ""
    ban: bool = False


_EXPIRED = Outcome(AnswerKind.TOKEN_EXPIRED)
_BUSY = Outcome(AnswerKind.BUSY)
_TOO_FAST = Outcome(AnswerKind.TOO_FAST, wait_s=1.0)
_BLOCKED = Outcome(AnswerKind.BUSY, wait_s=BLOCK_S)
_UNKNOWN = Outcome(AnswerKind.UNKNOWN)
_REJECTED = Outcome(AnswerKind.REJECTED)
_NO_PERMISSION, _NO_SUCH_API, _NOT_ALLOWED, _CREDENTIALS, _QUOTA, _NARROW_SCOPE, _NO_ROBOT = (
    Outcome(AnswerKind.STOPPED, remedy=remedy)
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
# By `errcode` (or `sub_code`) of the old host, by `code` of the new one or its last part.
_BY_OUTCOME: tuple[tuple[Outcome, str], ...] = (
    (_EXPIRED, "InvalidAuthentication 40001 40014 41001 42001"),
    (_BUSY, "-1 system.error systemError system.busy"),
    (_TOO_FAST, "90002 90018 90019 send.too.fast QpsLimitForApi QpsLimitForAppkeyAndApi QpmLimitForAppkeyAndApi"),
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
    # Named so that no HTTP status overrules them.
    (_REJECTED, "33012 40031 50002 60003 60121 staffId.notExisted 40035 41041 43009 400002 850015"),
)
_CODES = {code: outcome for outcome, codes in _BY_OUTCOME for code in codes.split()}
_STATUSES: Mapping[int, Outcome] = {
    401: _EXPIRED,
    404: _NO_SUCH_API,
    405: _NO_SUCH_API,
    407: _BUSY,
    408: _BUSY,
    410: _NO_SUCH_API,
    429: _TOO_FAST,
    501: _NO_SUCH_API,
    504: _UNKNOWN,
}
_SUB_CODE = re.compile(r"subcode=([\w.-]+)")
_SECRET = re.compile(
    r"(?i)\b(access_?token|session|ticket|app_?secret|client_?secret|signature)([=:]\s*)[^\s&,\]]+"
)


def classify(api: Api, answer: Answer) -> Outcome:
    """Classify by DingTalk's documented codes first and the HTTP status second."""
    body = answer.body
    if not isinstance(body, dict):
        return _without_json(api, answer)
    if str(body.get("status")) == "1111":
        return Outcome(AnswerKind.BUSY, None, "1111", "too many calls from this address", BAN_S, ban=True)
    if api.host is Host.NEW:
        code = str(body.get("code") or 0)
    else:
        inner = body.get("result")
        if isinstance(inner, dict) and "errcode" in inner and str(body.get("errcode", 0)) == "0":
            body = inner
        code = str(body.get("errcode", ""))
    if answer.status != 200 or code != "0":
        return _refused(api, answer, body, code)
    # A write that the old host accepts and denies at once is in doubt.
    if api.writes and api.host is Host.OLD and _is_denied(answer.body):
        return replace(_UNKNOWN, code=code, reason="errcode 0 with success false")
    return Outcome(AnswerKind.ACCEPTED, answer.body)


def error_of(api: Api, outcome: Outcome) -> UpstreamError | OperatorError:
    match outcome.kind:
        case AnswerKind.UNKNOWN:
            return OutcomeUnknown(api.name, outcome.reason)
        case AnswerKind.REJECTED:
            return Rejected(api.name, outcome.reason, outcome.code)
        case AnswerKind.STOPPED:
            remedy = outcome.remedy.format(scope=api.scope or "that it asks for", setting=api.host.value)
            return ServiceStopped(api.name, outcome.reason, remedy)
        case AnswerKind.TOKEN_EXPIRED if api.host is Host.SIGNED:
            return ServiceStopped(api.name, outcome.reason, _CREDENTIALS.remedy)
    return NotSent(api.name, outcome.reason, retry_after_s=outcome.wait_s)


def _refused(api: Api, answer: Answer, body: dict[str, Any], code: str) -> Outcome:
    if api.host is Host.NEW:
        words, code = str(body.get("message") or ""), "" if code == "0" else code
    else:
        words = str(body.get("sub_msg") or body.get("errmsg") or "")
        if code in ("15", "88"):  # a gateway's own; the sub code is that of the service behind it
            named = _SUB_CODE.search(str(body.get("errmsg")))
            code = str(body.get("sub_code") or (named[1] if named else code))
    named_rule = _CODES.get(code) or _CODES.get(code.rpartition(".")[2])
    rule = named_rule or _by_status(api, answer.status)
    if rule is None:
        unclear = answer.status < 300 and (code in ("", "0", "15", "88", "None") or code.startswith("isp."))
        rule = _NO_PERMISSION if answer.status == 403 else _UNKNOWN if unclear else _REJECTED
    return replace(
        rule,
        code=code,
        reason=_shown(f"{code or f'HTTP {answer.status}'} {words}"),
        wait_s=_longer(rule.wait_s, answer.retry_after_s),
    )


def _without_json(api: Api, answer: Answer) -> Outcome:
    status, is_page = answer.status, answer.head.startswith("<")
    reason = f"HTTP {status} with {'a page' if is_page else 'a text'} where JSON was due"
    if 300 <= status < 400:
        return replace(_BUSY, reason=f"HTTP {status}: sent elsewhere, which is not followed", wait_s=PAGE_S)
    rule = _by_status(api, status)
    if rule is not None:
        return replace(rule, reason=reason, wait_s=_longer(rule.wait_s, answer.retry_after_s))
    if is_page or status == 403:
        return replace(_BUSY, reason=reason, wait_s=_longer(PAGE_S, answer.retry_after_s))
    if status < 300:
        return replace(_UNKNOWN, reason=reason)
    return replace(_REJECTED, reason=_shown(f"HTTP {status} {answer.head}"))


def _by_status(api: Api, status: int) -> Outcome | None:
    """Return the meaning of a status with an unknown code, None where the status alone says nothing.

    A proxy may have said it while the service went on. That leaves a write in doubt, unless repeats are harmless.
    """
    rule = _STATUSES.get(status) or (_BUSY if status >= 500 or 300 <= status < 400 else None)
    hides = status == 408 or status >= 500
    return _UNKNOWN if rule is _BUSY and hides and api.writes and api.host is not Host.SIGNED else rule


def _is_denied(body: dict[str, Any]) -> bool:
    parts = (body, body.get("result"))
    return any(isinstance(part, dict) and part.get("success") in (False, "false") for part in parts)


def _longer(first: float | None, second: float | None) -> float | None:
    return max((wait for wait in (first, second) if wait is not None), default=None)


def _shown(words: str) -> str:
    """Return a service's words on one line, shortened, with anything that looks like a secret blotted out."""
    flat = " ".join("".join(char if char.isprintable() else " " for char in words).split())
    return _SECRET.sub(r"\1\2…", flat)[:_MOST_WORDS]
