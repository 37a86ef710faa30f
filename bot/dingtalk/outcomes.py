"""The meaning of an answer: its body, or the error that says who has to act."""

import re
from collections.abc import Mapping
from typing import Any

from bot.dingtalk.apis import Api, Host
from bot.dingtalk.error_codes import (
    BANNED,
    BUSY,
    CREDENTIALS,
    EXPIRED,
    NO_PERMISSION,
    NO_SUCH_API,
    REJECTED,
    TOO_FAST,
    UNKNOWN,
    Rule,
    Unclassified,
    rule_of,
)
from bot.dingtalk.http import Answer
from bot.errors import NotSent, OutcomeUnknown, Rejected, ServiceStopped

PAGE_S = 30.0  # until the next try after a page in place of JSON
_MOST_WORDS = 200
_MOST_CODE = 60  # characters of an unknown code

_STATUSES: Mapping[int, Rule] = {
    **dict.fromkeys((404, 405, 410, 501), NO_SUCH_API),
    **dict.fromkeys((407, 408), BUSY),
    **{401: EXPIRED, 429: TOO_FAST, 504: UNKNOWN},
}
_GATEWAY = ("15", "88")  # DingTalk's own gateway; the sub code is from the service behind it
_SUB_CODE = re.compile(r"subcode=([\w.-]+)")
_SECRET = re.compile(
    r"(?i)\b(access_?token|session|ticket|app_?secret|client_?secret|signature)([=:]\s*)[^\s&,\]]+"
)


def body_of(api: Api, answer: Answer) -> dict[str, Any]:
    """Return the body of an answer that reports success.

    DingTalk's documented codes outweigh the HTTP status. Raises NotSent, TokenExpired, TooFast,
    Banned, Unclassified, OutcomeUnknown, Rejected, ServiceStopped.
    """
    body = answer.body
    if not isinstance(body, dict):
        raise _without_json(api, answer)
    if str(body.get("status")) == "1111":
        raise _error(api, BANNED, answer, "1111 too many calls from this address")
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
        if code in _GATEWAY:
            named = _SUB_CODE.search(str(body.get("errmsg")))
            code = str(body.get("sub_code") or (named[1] if named else code))
    rule = rule_of(code) or _by_status(api, answer.status)
    if rule is None and answer.status == 403:
        rule = NO_PERMISSION
    is_unnamed = code in ("", "0", "None", *_GATEWAY) or code.startswith("isp.")
    if rule is None and is_unnamed:
        rule = UNKNOWN if answer.status < 300 else REJECTED
    return _error(api, rule, answer, f"{code or f'HTTP {answer.status}'} {words}", code)


def _without_json(api: Api, answer: Answer) -> Exception:
    status = answer.status
    is_page = answer.head.startswith("<")
    if 300 <= status < 400:
        return NotSent(
            api.name, f"HTTP {status}: a redirect, which is not followed", retry_after_s=PAGE_S
        )
    rule = _by_status(api, status)
    if rule is None and is_page and api.host is not Host.SIGNED:
        rule = BANNED  # 《调用频次与限流》: a ban of five minutes may be a page
    elif rule is None and (is_page or status == 403):
        rule = BUSY._replace(wait_s=PAGE_S)
    elif rule is None and status >= 300:
        return _error(api, REJECTED, answer, f"HTTP {status} {answer.head}")
    form = "a page" if is_page else "a text"
    return _error(api, rule or UNKNOWN, answer, f"HTTP {status} with {form} in place of JSON")


def _by_status(api: Api, status: int) -> Rule | None:
    """Return the rule for a status with an unknown code, None when the status alone means nothing.

    A proxy may answer while the service goes on. This leaves a write in doubt, unless a repeat does
    no harm.
    """
    rule = _STATUSES.get(status)
    if rule is None and status >= 300 and not 400 <= status < 500:
        rule = BUSY
    hides_outcome = status == 408 or status >= 500
    if rule is BUSY and hides_outcome and api.writes and api.host is not Host.SIGNED:
        return UNKNOWN
    return rule


def _error(api: Api, rule: Rule | None, answer: Answer, words: str, code: str = "") -> Exception:
    reason = _without_secrets(words)
    if rule is None:
        return Unclassified(api.name, reason, _without_secrets(code)[:_MOST_CODE])
    if rule is EXPIRED and api.host is Host.SIGNED:
        rule = CREDENTIALS
    if issubclass(rule.error, NotSent):
        waits = [wait_s for wait_s in (rule.wait_s, answer.retry_after_s) if wait_s is not None]
        return rule.error(api.name, reason, retry_after_s=max(waits, default=None))
    if issubclass(rule.error, ServiceStopped):
        remedy = rule.remedy.format(scope=api.scope or "that it asks for", setting=api.host.value)
        return ServiceStopped(api.name, reason, remedy)
    if rule.error is Rejected and api.remedy:
        return ServiceStopped(api.name, reason, api.remedy)
    if rule.error is Rejected:
        return Rejected(api.name, reason, code)
    return OutcomeUnknown(api.name, reason)


def _without_secrets(words: str) -> str:
    """Return a service's words on one line, shortened, and without anything that looks like a
    secret.
    """
    flat = " ".join("".join(char if char.isprintable() else " " for char in words).split())
    return _SECRET.sub(r"\1\2…", flat)[:_MOST_WORDS]
