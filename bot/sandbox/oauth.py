"""Tokens, the ticket for pages, and who is in a page."""

from bot.sandbox.api import CLIENT_ID, Api, Ask, Json, Refused, State
from bot.sandbox.tokens import LIFETIME_S


def _check(state: State, key: object, secret: object) -> None:
    if (key, secret) != (CLIENT_ID, state.client_secret):
        raise Refused(40089, "invalidClientIdOrSecret", "无效的clientId或者clientSecret")


def access_token(state: State, ask: Ask) -> Json:
    """Answer `/v1.0/oauth2/accessToken`."""
    _check(state, ask.body.get("appKey"), ask.body.get("appSecret"))
    return {"accessToken": state.tokens.issue(), "expireIn": LIFETIME_S}


def corp_token(state: State, ask: Ask) -> Json:
    """Answer `/v1.0/oauth2/{corpId}/token`, the newer form."""
    if ask.body.get("grant_type") != "client_credentials":
        raise Refused(400002, "unsupported.grant.type", "grant_type must be client_credentials")
    _check(state, ask.body.get("client_id"), ask.body.get("client_secret"))
    return {"access_token": state.tokens.issue(), "expires_in": LIFETIME_S}


def old_token(state: State, ask: Ask) -> Json:
    """Answer `/gettoken` of the old host."""
    _check(state, ask.query.get("appkey"), ask.query.get("appsecret"))
    return {"access_token": state.tokens.issue(), "expires_in": LIFETIME_S}


def page_ticket(state: State, ask: Ask) -> Json:
    """Answer `/v1.0/oauth2/jsapiTickets`."""
    return {"jsapiTicket": state.tickets.issue(), "expireIn": LIFETIME_S}


def user_of_code(state: State, ask: Ask) -> Json:
    """Answer who a page's login code belongs to."""
    person = state.world.get(state.login_codes.take(ask.text("code")) or "")
    if person is None:
        raise Refused(40078, "invalidCode", "不存在的临时授权码")
    admin = person == state.world.admin
    details = {"userid": person.user_id, "unionid": person.union_id, "name": person.name}
    return {"result": {**details, "sys": admin, "sys_level": 1 if admin else 0, "device_id": "sandbox"}}


APIS = (
    Api("accessToken", "/v1.0/oauth2/accessToken", access_token, counted=False, token=False),
    Api("corp_token", "/v1.0/oauth2/dingsandbox/token", corp_token, counted=False, token=False),
    Api("gettoken", "/gettoken", old_token, method="GET", counted=False, token=False, json=False),
    Api("jsapiTickets", "/v1.0/oauth2/jsapiTickets", page_ticket, counted=False, json=False),
    Api("getuserinfo", "/topapi/v2/user/getuserinfo", user_of_code, counted=False),
)
