"""What DingTalk's own client does for a page inside it: checks its signature, and says by a code who is there.

The signature is computed here once more from the documents (JSAPI 鉴权), so that a wrong one is seen as DingTalk
would see it: error 52013, in the log of calls.
"""

import secrets
from hashlib import sha256
from urllib.parse import unquote, urldefrag

from bot.sandbox.api import AGENT_ID, Api, Ask, Json, Refused, State


def config(state: State, ask: Ask) -> Json:
    """Answer `dd.config` of the page at `url`: the fields as the page gives them."""
    page = unquote(urldefrag(ask.text("url")).url)
    if ask.body.get("agentId") != AGENT_ID or ask.body.get("corpId") != state.world.corp_id:
        raise _refused("agentId or corpId is not this app's")
    if not isinstance(ask.body.get("jsApiList"), list) or not ask.body["jsApiList"]:
        raise _refused("jsApiList is empty")
    signed = {
        "url": page,
        "timestamp": str(ask.number("timeStamp")),
        "noncestr": ask.text("nonceStr"),
        "jsapi_ticket": state.tickets.issue(),
    }
    plain = "&".join(f"{name}={signed[name]}" for name in sorted(signed))
    expected = sha256(plain.encode()).hexdigest()
    if not secrets.compare_digest(ask.text("signature").encode(), expected.encode()):
        raise _refused("the signature is not that of this page, ticket, nonce and time")
    return {}


def login_code(state: State, ask: Ask) -> Json:
    """Answer `requestAuthCode` of a page that `user_id` has open in their client."""
    person = state.world.get(ask.text("user_id"))
    if person is None or ask.body.get("corpId") != state.world.corp_id:
        raise Refused(400002, "invalidParameter", "corpId is not the person's company")
    return {"code": state.login_codes.issue(person.user_id)}


def _refused(why: str) -> Refused:
    return Refused(52013, "jsapi.signature", f"JSAPI签名校验失败: {why}")


APIS = (
    Api("jsapi_config", "/_sandbox/client/config", config, counted=False, token=False),
    Api("jsapi_code", "/_sandbox/client/code", login_code, counted=False, token=False),
)
