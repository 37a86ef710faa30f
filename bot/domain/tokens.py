"""Tokens of the API: secrets that act as a person."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class TokenScope(StrEnum):
    """The calls that a token may make."""

    DAYS = "days"  # people, days and months
    LEDGER = "ledger"  # these and the ledger, for HR and admins alone
    MCP = "mcp"  # the tools of an assistant


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A token without its secret. `hash` is `hash_of` the secret. UTC moments."""

    token_id: str
    hash: str
    user_id: str
    scope: TokenScope
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None


def hash_of(secret: str) -> str:
    """Return SHA-256 in hex. A secret is random, so that its hash needs no salt."""
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()
