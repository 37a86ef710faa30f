"""Every API of DingTalk that the bot calls, from `apis.yaml`."""

from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

import yaml

from bot.dingtalk.limits import Priority
from bot.domain.quota import Quota


class Host(StrEnum):
    """The host of an API. The value is the settings key of its address."""

    OLD = "dingtalk.oapi_url"  # reports errors by HTTP 200 and `errcode`
    NEW = "dingtalk.api_url"  # reports errors by HTTP 4xx and `code`
    SIGNED = "clock_in.signed_url"  # reports errors as the old host


class Api(NamedTuple):
    """One API, as `apis.yaml` describes it."""

    name: str
    host: Host
    path: str = ""
    scope: str = ""
    writes: bool = False
    method: str = "POST"
    quota: str | None = Quota.CALLS
    remedy: str = ""
    priority: str = Priority.PUNCH.name


_TABLE = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
APIS = {
    name: Api(name, Host(host), **row)
    for host, rows in _TABLE.items()
    for name, row in rows.items()
}
