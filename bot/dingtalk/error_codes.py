"""DingTalk's documented error codes in `error_codes.yaml`, and the error that each means.

Sources: 《全局错误码》, 《调用频次与限流》, and the error tables of the pages of single APIs. A code of the
new host may also stand under its last part, such as `QpsLimitForApi`.
"""

import re
from pathlib import Path
from typing import NamedTuple

import yaml

from bot.errors import NotSent, OutcomeUnknown, Rejected, ServiceStopped, UpstreamError

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


class Rule(NamedTuple):
    """The error for an answer.

    `wait_s` is the pause before the next try, `remedy` the advice for an operator.
    """

    error: type[NotSent | OutcomeUnknown | Rejected | ServiceStopped]
    wait_s: float | None = None
    remedy: str = ""


_ERRORS = (TokenExpired, NotSent, TooFast, Banned, OutcomeUnknown, ServiceStopped, Rejected)
_BY_NAME = {error.__name__: error for error in _ERRORS}
_TABLE = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
_RULES = {
    name: Rule(_BY_NAME[row["error"]], row.get("wait_s"), row.get("remedy", ""))
    for name, row in _TABLE.items()
}
_CODES = {code: _RULES[name] for name, row in _TABLE.items() for code in str(row["codes"]).split()}

EXPIRED = _RULES["expired"]
BUSY = _RULES["busy"]
TOO_FAST = _RULES["too_fast"]
BANNED = _RULES["banned"]
UNKNOWN = _RULES["unknown"]
REJECTED = _RULES["rejected"]
NO_PERMISSION = _RULES["no_permission"]
NO_SUCH_API = _RULES["no_such_api"]
CREDENTIALS = _RULES["credentials"]
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
