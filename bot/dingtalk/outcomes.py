"""What an answer means: accepted, to be tried again, of unknown outcome, refused, or a matter for the operator."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from bot.dingtalk.apis import Api, Host
from bot.dingtalk.fields import as_bool, as_object, as_text
from bot.dingtalk.http import Answer
from bot.errors import NotSent, OperatorError, OutcomeUnknown, Rejected, ServiceStopped, UpstreamError

BAN_S = 300.0  # an address that called too often is kept out for five minutes
PAGE_S = 30.0  # a page where JSON was due: a ban or somebody's maintenance, so we look again before long
BLOCK_S = 600.0  # a robot that talked too much is silenced for ten minutes
_MOST_WORDS = 200


class AnswerKind(StrEnum):
    """What to do about an answer."""

    ACCEPTED = "accepted"
    TOKEN_EXPIRED = "token expired"  # noqa: S105
    BUSY = "busy"  # not carried out; the service is in trouble
    TOO_FAST = "too fast"  # not carried out; we are the trouble
    BLOCKED = "blocked"  # not carried out; this conversation has heard too much
    UNKNOWN = "unknown"  # it may have been carried out
    REJECTED = "rejected"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The meaning of one answer. `code` and `reason` are the service's own words, `wait_s` how long to stay away.

    `remedy` says what an operator has to mend, `scopes` are permissions that the answer names. `ban` says that it
    concerns every call from this machine. `in_between` marks trouble that is not the service's own word: it may
    have carried the call out behind it.
    """

    verdict: AnswerKind
    code: str = ""
    reason: str = ""
    wait_s: float | None = None
    remedy: str = ""
    ban: bool = False
    scopes: tuple[str, ...] = ()
    in_between: bool = False


class RejectedCode(Rejected):
    """A refusal with the service's own `code`: some callers treat some codes as answers."""

    def __init__(self, service: str, reason: str, code: str) -> None:
        super().__init__(service, reason)
        self.code = code


_EXPIRED = Outcome(AnswerKind.TOKEN_EXPIRED)
_BUSY = Outcome(AnswerKind.BUSY)
_TOO_FAST = Outcome(AnswerKind.TOO_FAST, wait_s=1.0)
_BLOCKED = Outcome(AnswerKind.BLOCKED, wait_s=BLOCK_S)
_UNKNOWN = Outcome(AnswerKind.UNKNOWN)
_REJECTED = Outcome(AnswerKind.REJECTED)


def _stopped(remedy: str) -> Outcome:
    return Outcome(AnswerKind.STOPPED, remedy=remedy)


_NO_PERMISSION = _stopped("Grant the app the permission {scope} in the developer console.")
_NO_SUCH_API = _stopped("There is no such API at this address: check {setting}.")
_NOT_ALLOWED = _stopped("Add this machine's outgoing address to the app's allowed IP addresses.")
_CREDENTIALS = _stopped("Check dingtalk.client_id and dingtalk.client_secret.")
_QUOTA = _stopped("The organisation's monthly calls are used up: buy more, or wait for the next month.")
_NARROW_SCOPE = _stopped("Widen the app's contact scope to the whole organisation.")
_NO_ROBOT = _stopped("Publish the robot with single chat allowed, and check dingtalk.robot_code.")

# By `errcode` (or `sub_code`) of the old host, by `code` of the new one or its last part.
_CODES: Mapping[str, Outcome] = {
    "InvalidAuthentication": _EXPIRED,
    **dict.fromkeys(("40001", "40014", "41001", "42001"), _EXPIRED),
    **dict.fromkeys(("-1", "system.error", "systemError", "system.busy"), _BUSY),
    **dict.fromkeys(("90002", "90018", "90019", "send.too.fast"), _TOO_FAST),
    **dict.fromkeys(("QpsLimitForApi", "QpsLimitForAppkeyAndApi", "QpmLimitForAppkeyAndApi"), _TOO_FAST),
    **dict.fromkeys(("130101", "410100"), _BLOCKED),
    "isp.top-remote-connection-timeout": _UNKNOWN,
    **dict.fromkeys(("60011", "AccessTokenPermissionDenied"), _NO_PERMISSION),
    **dict.fromkeys(("60020", "IpNotInWhiteList"), _NOT_ALLOWED),
    **dict.fromkeys(("90020", "ApiCountLimitForOrg"), _QUOTA),
    **dict.fromkeys(("40089", "invalidClientIdOrSecret"), _CREDENTIALS),
    **dict.fromkeys(
        (
            "bot.forbidden.sendMessage",
            "chatbotId.notAllow.sendOTO",
            "invalidParameter.robotCode.notExsit",
            "robot.oto.notExist",
        ),
        _NO_ROBOT,
    ),
    "22": _NO_SUCH_API,
    "50004": _NARROW_SCOPE,
    # Named so that no HTTP status overrules them.
    **dict.fromkeys(("33012", "40031", "50002", "60003", "60121", "staffId.notExisted"), _REJECTED),
    **dict.fromkeys(("40035", "41041", "43009", "400002", "850015"), _REJECTED),
}
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
_SCOPE = re.compile(r"[A-Za-z][\w.-]{0,99}", re.ASCII)
_SCOPES = re.compile(r"\[\s*([A-Za-z][\w.-]*(?:\s*,\s*[A-Za-z][\w.-]*)*)\s*\]")
_SECRET = re.compile(
    r"(?i)\b(access_?token|session|ticket|app_?secret|client_?secret|signature)([=:]\s*)[^\s&,\]]+"
)


def classify(host: Host, answer: Answer, *, writes: bool = False) -> Outcome:
    """Return what `answer` means, by DingTalk's documented codes first and the HTTP status second.

    `writes` tells that the call does something: then one that the old host accepts and denies is in doubt.
    """
    body = answer.body
    if not isinstance(body, dict):
        return _without_json(answer)
    if str(body.get("status")) == "1111":
        return Outcome(AnswerKind.BUSY, "1111", "too many calls from this address", BAN_S, ban=True)
    if host is Host.NEW:
        code, words = as_text(body.get("code")), as_text(body.get("message"))
        scopes = as_object(body.get("accessdenieddetail")).get("requiredScopes")
    else:
        code, words = _old_code(body)
        bracketed = _SCOPES.search(words)
        scopes = re.split(r"\s*,\s*", bracketed[1]) if bracketed else None
    if answer.status == 200 and (code == "0" or (host is Host.NEW and not code)):
        if writes and host is Host.OLD and _denied(body):
            return Outcome(AnswerKind.UNKNOWN, code, f"errcode {code} with success false")
        return Outcome(AnswerKind.ACCEPTED)
    named = _CODES.get(code) or _CODES.get(code.rpartition(".")[2])
    rule = named or _rule(answer.status, code)
    return replace(
        rule,
        code=code,
        reason=_shown(f"{code or f'HTTP {answer.status}'} {words}"),
        wait_s=_longer(rule.wait_s, answer.retry_after_s),
        scopes=tuple(s for s in map(as_text, scopes) if _SCOPE.fullmatch(s)) if isinstance(scopes, list) else (),
        in_between=rule.verdict is AnswerKind.BUSY and named is None and _may_hide(answer.status),
    )


def error_of(api: Api, outcome: Outcome) -> UpstreamError | OperatorError:
    """Return the error to raise for an outcome of `api` that is not `accepted`.

    Trouble in between leaves a write in doubt, unless its service knows a repeat when it sees one.
    """
    if outcome.in_between and api.writes and api.host is not Host.SIGNED:
        return OutcomeUnknown(api.name, outcome.reason)
    match outcome.verdict:
        case AnswerKind.UNKNOWN:
            return OutcomeUnknown(api.name, outcome.reason)
        case AnswerKind.REJECTED:
            return RejectedCode(api.name, outcome.reason, outcome.code)
        case AnswerKind.STOPPED:
            scope = ", ".join(outcome.scopes) or api.scope or "that it asks for"
            remedy = outcome.remedy.format(scope=scope, setting=api.host.value)
            return ServiceStopped(api.name, outcome.reason, remedy)
        case AnswerKind.TOKEN_EXPIRED if api.host is Host.SIGNED:
            return ServiceStopped(api.name, outcome.reason, _CREDENTIALS.remedy)
    return NotSent(api.name, outcome.reason, retry_after_s=outcome.wait_s)


def _without_json(answer: Answer) -> Outcome:
    status, is_page = answer.status, answer.head.startswith("<")
    reason = _shown(f"HTTP {status} with {'a page' if is_page else 'a text'} where JSON was due")
    if 300 <= status < 400:
        return Outcome(AnswerKind.BUSY, "", f"HTTP {status}: sent elsewhere, which is not followed", PAGE_S)
    if status in _STATUSES or status >= 500:
        rule = _STATUSES.get(status, _BUSY)
        wait_s = _longer(rule.wait_s, answer.retry_after_s)
        return replace(rule, reason=reason, wait_s=wait_s, in_between=_may_hide(status))
    if is_page or status == 403:
        return Outcome(AnswerKind.BUSY, "", reason, _longer(PAGE_S, answer.retry_after_s))
    if status < 300:
        return Outcome(AnswerKind.UNKNOWN, "", reason)
    return Outcome(AnswerKind.REJECTED, "", _shown(f"HTTP {status} {answer.head}"))


def _may_hide(status: int) -> bool:
    """Tell whether an answer with `status` may come from something between us and a service that went on."""
    return status == 408 or (status >= 500 and status != 501)


def _rule(status: int, code: str) -> Outcome:
    """Return what a status means beside a code that no table names."""
    if status in _STATUSES:
        return _STATUSES[status]
    if status >= 500 or 300 <= status < 400:
        return _BUSY
    if status == 403:
        return _NO_PERMISSION
    if status < 300 and (code in ("", "0", "15", "88") or code.startswith("isp.")):
        return _UNKNOWN  # nothing intelligible, or the gateway's own trouble with what is behind it
    return _REJECTED


def _old_code(body: Mapping[str, Any]) -> tuple[str, str]:
    """Return code and words that count: those of a nested answer, the sub code of a gateway's 88 or 15."""
    inner = body.get("result")
    if isinstance(inner, dict) and "errcode" in inner and _number_text(body.get("errcode", 0)) == "0":
        body = inner
    code = _number_text(body.get("errcode"))
    words = as_text(body.get("sub_msg")) or as_text(body.get("errmsg"))
    if code in ("15", "88"):
        said = _SUB_CODE.search(as_text(body.get("errmsg")))
        code = as_text(body.get("sub_code")) or (said[1] if said else "") or code
    return code, words


def _number_text(value: object) -> str:
    """Return a code as text; a JSON 0.0 is the number 0."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else as_text(value)


def _denied(body: Mapping[str, Any]) -> bool:
    parts = (body, as_object(body.get("result")))
    return not all(as_bool(part.get("success"), default=True) for part in parts)


def _longer(first: float | None, second: float | None) -> float | None:
    return max((wait for wait in (first, second) if wait is not None), default=None)


def _shown(words: str) -> str:
    """Return a service's words on one line, shortened, with anything that looks like a secret blotted out."""
    flat = " ".join("".join(char if char.isprintable() else " " for char in words).split())
    return _SECRET.sub(r"\1\2…", flat)[:_MOST_WORDS]
