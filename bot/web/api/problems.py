"""Refused calls as `application/problem+json` (RFC 9457)."""

from http import HTTPStatus

from aiohttp import web

from bot.web.api.models import ApiProblem

_HEADERS = {
    401: {"WWW-Authenticate": "Bearer"},
    429: {"Retry-After": "1"},
    503: {"Retry-After": "5"},
}


class Problem(Exception):
    """Refuses a call with an HTTP status. `field` is the parameter to correct, `allow` the right method."""

    def __init__(
        self, status: int, detail: str, *, field: str | None = None, allow: str | None = None
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.field = field
        self._headers = {} if allow is None else {"Allow": allow}

    def response(self) -> web.Response:
        title = HTTPStatus(self.status).phrase
        body = ApiProblem(
            status=self.status, title=title, detail=self.detail, field=self.field
        ).model_dump_json(exclude_none=True)
        return web.Response(
            text=body,
            status=self.status,
            content_type="application/problem+json",
            headers={"Cache-Control": "no-store", **_HEADERS.get(self.status, {}), **self._headers},
        )
