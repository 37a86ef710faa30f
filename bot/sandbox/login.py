"""Tokens, the ticket for pages, logins, and the services of DingTalk's own client to a page inside it.

The signature of a page is computed here once more from the documents (JSAPI 鉴权), so that a wrong one is seen as
DingTalk would see it: error 52013, in the log of calls.
"""

import secrets
from hashlib import sha256
from urllib.parse import unquote, urldefrag

from bot.sandbox.api import AGENT_ID, CLIENT_ID, Ask, Json, Refused, State, api, invalid
from bot.sandbox.tokens import LIFETIME_S


def _check(state: State, key: object, secret: object) -> None:
    if (key, secret) != (CLIENT_ID, state.client_secret):
        raise Refused(40089, "invalidClientIdOrSecret", "无效的clientId或者clientSecret")


@api("accessToken", "/v1.0/oauth2/accessToken", counted=False, token=False)
def access_token(state: State, ask: Ask) -> Json:
    _check(state, ask.body.get("appKey"), ask.body.get("appSecret"))
    return {"accessToken": state.tokens.issue(), "expireIn": LIFETIME_S}


@api("corp_token", "/v1.0/oauth2/dingsandbox/token", counted=False, token=False)
def corp_token(state: State, ask: Ask) -> Json:
    """Answer the newer form of asking for a token."""
    if ask.body.get("grant_type") != "client_credentials":
        raise Refused(400002, "unsupported.grant.type", "grant_type must be client_credentials")
    _check(state, ask.body.get("client_id"), ask.body.get("client_secret"))
    return {"access_token": state.tokens.issue(), "expires_in": LIFETIME_S}


@api("gettoken", "/gettoken", method="GET", counted=False, token=False, json=False)
def old_token(state: State, ask: Ask) -> Json:
    _check(state, ask.query.get("appkey"), ask.query.get("appsecret"))
    return {"access_token": state.tokens.issue(), "expires_in": LIFETIME_S}


@api("jsapiTickets", "/v1.0/oauth2/jsapiTickets", counted=False, json=False)
def page_ticket(state: State, ask: Ask) -> Json:
    return {"jsapiTicket": state.tickets.issue(), "expireIn": LIFETIME_S}


@api("getuserinfo", "/topapi/v2/user/getuserinfo", counted=False)
def user_of_code(state: State, ask: Ask) -> Json:
    """Answer the person behind a page's login code."""
    person = state.world.get(state.login_codes.take(ask.text("code")) or "")
    if person is None:
        raise Refused(40078, "invalidCode", "不存在的临时授权码")
    admin = person == state.world.admin
    details = {"userid": person.user_id, "unionid": person.union_id, "name": person.name}
    return {"result": {**details, "sys": admin, "sys_level": 1 if admin else 0, "device_id": "sandbox"}}


@api("login_token", "/v1.0/oauth2/userAccessToken", counted=False, token=False)
def person_token(state: State, ask: Ask) -> Json:
    """Answer the access token of the person behind the login `code`."""
    _check(state, ask.body.get("clientId"), ask.body.get("clientSecret"))
    user_id = state.logins.take(ask.text("code"))
    if user_id is None or ask.body.get("grantType") != "authorization_code":
        raise Refused(40078, "invalidParameter.authCode.notFound", "不存在的临时授权码")
    return {"accessToken": state.person_tokens.issue(user_id), "refreshToken": "", "expireIn": LIFETIME_S}


@api("login_user", "/v1.0/contact/users/me", "Contact.User.Read", method="GET", counted=False, token=False)
def myself(state: State, ask: Ask) -> Json:
    """Answer who the access token belongs to; it is good for one look here."""
    person = state.world.get(state.person_tokens.take(ask.headers.get("x-acs-dingtalk-access-token", "")) or "")
    if person is None:
        raise Refused(40014, "InvalidAuthentication", "不合法的access_token")
    return {"nick": person.name, "unionId": person.union_id, "openId": f"open-{person.user_id}"}


@api("jsapi_config", "/_sandbox/client/config", counted=False, token=False)
def config(state: State, ask: Ask) -> Json:
    """Answer `dd.config` of the page at `url`: the fields as the page gives them."""
    if ask.body.get("agentId") != AGENT_ID or ask.body.get("corpId") != state.world.corp_id:
        raise _unsigned("agentId or corpId is not this app's")
    if not isinstance(ask.body.get("jsApiList"), list) or not ask.body["jsApiList"]:
        raise _unsigned("jsApiList is empty")
    signed = {
        "jsapi_ticket": state.tickets.issue(),
        "noncestr": ask.text("nonceStr"),
        "timestamp": str(ask.number("timeStamp")),
        "url": unquote(urldefrag(ask.text("url")).url),
    }
    expected = sha256("&".join(f"{name}={value}" for name, value in signed.items()).encode()).hexdigest()
    if not secrets.compare_digest(ask.text("signature").encode(), expected.encode()):
        raise _unsigned("the signature is not that of this page, ticket, nonce and time")
    return {}


@api("jsapi_code", "/_sandbox/client/code", counted=False, token=False)
def login_code(state: State, ask: Ask) -> Json:
    """Answer `requestAuthCode` of a page that `user_id` has open in their client."""
    person = state.world.get(ask.text("user_id"))
    if person is None or (ask.body.get("corpId") or state.world.corp_id) != state.world.corp_id:
        raise invalid("corpId is not the person's company")
    return {"code": state.login_codes.issue(person.user_id)}


def _unsigned(why: str) -> Refused:
    return Refused(52013, "jsapi.signature", f"JSAPI签名校验失败: {why}")
