"""A caller of the sandbox's APIs, and the morning of the tests."""

from datetime import UTC, datetime
from typing import Any

import aiohttp

WORKDAY_0850 = datetime(2026, 11, 25, 0, 50, tzinfo=UTC)  # a Wednesday, 08:50 in Shanghai


class Caller:
    """Calls APIs as a bot does, with a fresh token."""

    def __init__(self, url: str, http: aiohttp.ClientSession) -> None:
        self.url = url
        self.http = http

    async def token(self) -> str:
        """Fetch an access token."""
        body = {"appKey": "sandbox", "appSecret": "sandbox"}
        _, answer = await self.post("/v1.0/oauth2/accessToken", body, token="")
        return str(answer["accessToken"])

    async def post(
        self, path: str, body: Any, *, token: str | None = None, **more: Any
    ) -> tuple[int, Any]:
        """Post JSON with a token for the path's host. Return status and answer."""
        token = await self.token() if token is None else token
        new_host = path.startswith("/v1.0/")
        headers = {"x-acs-dingtalk-access-token": token} if new_host else {}
        query = {} if new_host or not token else {"access_token": token}
        headers |= more.pop("headers", {})
        async with self.http.post(
            self.url + path, json=body, headers=headers, params=query, **more
        ) as answer:
            return answer.status, await _content(answer)

    async def get(self, path: str, **more: Any) -> tuple[int, Any]:
        """Get a path. Return status and answer."""
        async with self.http.get(self.url + path, **more) as answer:
            return answer.status, await _content(answer)


async def _content(answer: aiohttp.ClientResponse) -> Any:
    return await answer.json() if answer.content_type == "application/json" else await answer.text()
