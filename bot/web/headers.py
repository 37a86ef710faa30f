"""What every answer carries, and what each of ours that is an error says."""

from collections.abc import Mapping

from aiohttp import web
from aiohttp.typedefs import Handler

SECURITY: Mapping[str, str] = {
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Permissions-Policy": "geolocation=(self), camera=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_SAID = {404: "nothing", 405: "method", 413: "bad"}


class ErrorAnswer(web.Response):
    """An error of a request that came to no handler: the library prepares it without asking `harden`."""

    def __init__(self, status: int, error: str) -> None:
        body = f'{{"error": "{error}"}}'
        super().__init__(status=status, text=body, content_type="application/json", headers=SECURITY)

    async def _prepare_headers(self) -> None:
        await super()._prepare_headers()
        self.headers.popall("Server", None)


async def harden(request: web.BaseRequest, response: web.StreamResponse) -> None:
    """Give an answer the headers that it has not, and take away which server of which version we are."""
    for name, value in SECURITY.items():
        response.headers.setdefault(name, value)
    response.headers.popall("Server", None)


@web.middleware
async def answer_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer in our own words what the library would refuse in its own."""
    try:
        return await handler(request)
    except web.HTTPClientError as refused:
        answer = ErrorAnswer(refused.status, _SAID.get(refused.status, "bad"))
        if "Allow" in refused.headers:
            answer.headers["Allow"] = refused.headers["Allow"]
        return answer
