"""The meaning of an answer: its body, or the error that says who has to act.

`error_codes.yaml` has the error for each documented code and for some HTTP statuses. Sources:
《全局错误码》, 《调用频次与限流》, and the error tables of the pages of single APIs. A code of the new host
may also stand under its last part, such as `QpsLimitForApi`.
"""

import re
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from bot import errors
from bot.dingtalk.apis import APIS, Api, Host
from bot.dingtalk.http import Answer
from bot.errors import OutcomeUnknown, Rejected, ServiceStopped, UpstreamError
from bot.views.sentences import one_line

_MOST_WORDS = 200
_MOST_CODE = 60  # characters of an unknown code


class _Rule(NamedTuple):
    """The error for an answer.

    `wait_s` is the pause before the next try, `remedy` the advice for an operator.
    """

    error: type[UpstreamError]
    wait_s: float = 0
    remedy: str = ""


_TABLE = yaml.safe_load(Path(__file__).with_name("error_codes.yaml").read_text(encoding="utf-8"))
_RULES = {
    name: _Rule(getattr(errors, row["error"]), row.get("wait_s", 0), row.get("remedy", ""))
    for name, row in _TABLE.items()
}
_CODES = {code: name for name, row in _TABLE.items() for code in str(row["codes"]).split()}
# Families of codes about the content of a request. A listed code goes first.
_CONTENT = re.compile(
    r"(miss\.param|invalid\.param|invalidParameter|invalidRequest|contain|param)\."
)
_GATEWAY = ("15", "88")  # DingTalk's own gateway; the sub code is from the service behind it
_SUB_CODE = re.compile(r"subcode=([\w.-]+)")
_SECRET = re.compile(
    r"(?i)\b(access_?token|session|ticket|app_?secret|client_?secret|signature)([=:]\s*)[^\s&,\]]+"
)


def body_of(name: str, answer: Answer) -> dict[str, Any]:
    """Return the body of an answer of this API that reports success.

    DingTalk's documented codes outweigh the HTTP status. Raises NotSent, TokenExpired, TooFast,
    Banned, Unclassified, OutcomeUnknown, Rejected, ServiceStopped.
    """
    api = APIS[name]
    body = answer.body
    if not isinstance(body, dict):
        raise _without_json(api, answer)
    if str(body.get("status")) == "1111":
        raise _error(api, "banned", answer, "1111 too many calls from this address")
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
            raise OutcomeUnknown(name, "errcode 0 with success false")
    return dict(answer.body)


def _refusal(api: Api, answer: Answer, body: dict[str, Any], code: str) -> Exception:
    words = str(body.get("sub_msg") or body.get("errmsg") or body.get("message") or "")
    if code in _GATEWAY:
        named = _SUB_CODE.search(str(body.get("errmsg")))
        code = str(body.get("sub_code") or (named[1] if named else code))
    if code in ("0", "None"):
        code = ""
    last = code.rpartition(".")[2]
    rule = (
        _CODES.get(code)
        or (_CODES.get(last) if last.isidentifier() else None)
        or ("rejected" if _CONTENT.match(code) else None)
        or _by_status(api, answer.status)
        or ("no_permission" if answer.status == 403 else None)
    )
    if rule is None and (code in ("", *_GATEWAY) or code.startswith("isp.")):
        rule = "unknown" if answer.status < 300 else "rejected"
    reason = f"{code or f'HTTP {answer.status}'} {words}"
    return _error(api, rule or "unclassified", answer, reason, code)


def _without_json(api: Api, answer: Answer) -> Exception:
    is_page = answer.head.startswith("<")
    rule = _by_status(api, answer.status)
    if rule is None and is_page and api.host is not Host.SIGNED:
        rule = "banned"  # 《调用频次与限流》: a ban of five minutes may be a page
    elif rule is None and (is_page or answer.status == 403):
        rule = "page"
    elif rule is None:
        rule = "rejected" if answer.status >= 300 else "unknown"
    words = "a page in place of JSON" if is_page else answer.head or "no JSON"
    return _error(api, rule, answer, f"HTTP {answer.status} with {words}")


def _by_status(api: Api, status: int) -> str | None:
    """Return the rule for a status with an unknown code, None when the status alone means nothing.

    A proxy may answer while the service goes on. This leaves a write in doubt, unless a repeat does
    no harm.
    """
    rule = _CODES.get(f"HTTP{status}")
    if rule is None and status >= 500:
        rule = "busy"
    hides_outcome = status == 408 or status >= 500
    if rule == "busy" and hides_outcome and api.writes and api.host is not Host.SIGNED:
        return "unknown"
    return rule


def _error(api: Api, name: str, answer: Answer, words: str, code: str = "") -> Exception:
    reason = _without_secrets(words, _MOST_WORDS)
    if name == "expired" and api.host is Host.SIGNED:
        name = "credentials"
    rule = _RULES[name]
    if rule.error is ServiceStopped or (rule.error is Rejected and api.remedy):
        remedy = rule.remedy.format(scope=api.scope or "that it asks for", setting=api.host.value)
        return ServiceStopped(api.name, reason, remedy or api.remedy)
    wait_s = max(rule.wait_s, answer.retry_after_s)
    return rule.error(api.name, reason, _without_secrets(code, _MOST_CODE), wait_s)


def _without_secrets(words: str, most: int) -> str:
    """Return a service's words on one line, shortened, and without what looks like a secret."""
    return _SECRET.sub(r"\1\2…", one_line(words, most=most))
