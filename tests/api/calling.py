"""A program that calls the API of a running bot with a token."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import aiohttp

from bot.domain.tokens import ApiToken, TokenScope, hash_of
from tests.changing_company import World
from tests.company import Company
from tests.web.test_board import a_known_company

ADMIN, LEAD, WANG = "lead01", "lead02", "user001"  # who leads Support sees nobody of Engineering
JSON = dict[str, Any]


@asynccontextmanager
async def an_open_company(
    folder: Path, at: str = "08:50", *, world: World | None = None, **changes: Any
) -> AsyncIterator[Company]:
    """Run a company whose bot knows all people and plans and serves the API."""
    changes = {"api": {"enabled": True}, **changes}
    async with a_known_company(folder, at, world=world, **changes) as company:
        yield company


@dataclass
class Caller:
    """A program with one token."""

    company: Company
    session: aiohttp.ClientSession
    secret: str

    async def get(self, path: str, **headers: str) -> tuple[int, JSON]:
        """Return status and answer."""
        async with self.fetch(path, **headers) as response:
            return response.status, await response.json(content_type=None)

    @asynccontextmanager
    async def fetch(
        self, path: str, method: str = "GET", **headers: str
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        url = urljoin(f"{self.company.app.web.url}/api/v1/", path)
        sent = {"Authorization": f"Bearer {self.secret}"} | headers
        async with self.session.request(method, url, headers=sent) as response:
            yield response

    async def items(self, path: str) -> list[JSON]:
        """Return the items of all pages."""
        found: list[JSON] = []
        cursor: str | None = ""
        while cursor is not None:
            mark = "&" if "?" in path else "?"
            status, answer = await self.get(f"{path}{mark}cursor={cursor}" if cursor else path)
            assert status == 200, answer
            found += answer["items"]
            cursor = answer["cursor"]
        return found


def a_token(
    now: datetime, who: str, scope: TokenScope = TokenScope.DAYS, days: int = 90
) -> tuple[str, ApiToken]:
    """Return a secret and its token."""
    secret = f"cib_{secrets.token_urlsafe(32)}"
    made = ApiToken(
        token_id=secrets.token_hex(4),
        hash=hash_of(secret),
        user_id=who,
        scope=scope,
        created_at=now,
        expires_at=now + timedelta(days=days),
    )
    return secret, made


async def a_caller(
    company: Company,
    session: aiohttp.ClientSession,
    who: str = ADMIN,
    scope: TokenScope = TokenScope.DAYS,
    days: int = 90,
) -> Caller:
    """Return a program with a new token."""
    secret, made = a_token(company.sandbox.clock.now(), who, scope, days)
    await company.app.store.tokens.add(made)
    return Caller(company, session, secret)
