"""Tokens of the API."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from bot.domain.tokens import ApiToken
from bot.storage.database import TopicRows
from bot.storage.engine import Tx
from bot.storage.records import Records
from bot.storage.statements import insert

USE_NOTED_EVERY = timedelta(minutes=1)  # so that a call seldom writes

_TOKENS = Records(ApiToken)
_ADD = insert("api_tokens")
_ALL = f"SELECT {_TOKENS.sql()} FROM api_tokens ORDER BY created_ms, token_id"
_WITH_HASH = f"SELECT {_TOKENS.sql()} FROM api_tokens WHERE hash = :hash"
_REVOKE = "DELETE FROM api_tokens WHERE token_id = :token_id RETURNING token_id"
_USED = "UPDATE api_tokens SET used_ms = :now WHERE token_id = :token_id"


class Tokens(TopicRows):
    """The hashes of tokens, never their secrets. Each call raises StoreRefused."""

    async def add(self, token: ApiToken) -> None:
        await self._database.run(_ADD, **_TOKENS.row(token))

    async def with_hash(self, digest: str) -> ApiToken | None:
        """Return the token by the SHA-256 of its secret, None if unknown."""
        return _TOKENS.read_first(await self._database.all(_WITH_HASH, hash=digest))

    async def note_use(self, token: ApiToken) -> None:
        """Note a use of now, if none was noted within the last minute."""
        now = self._database.clock.now()
        if token.used_at is None or now - token.used_at >= USE_NOTED_EVERY:
            await self._database.run(_USED, token_id=token.token_id)

    async def revoke(self, token_id: str) -> bool:
        """Delete a token. Return whether there was one."""
        revoke = partial(Tx.one, statement=_REVOKE, token_id=token_id)
        return await self._database.write(revoke) is not None


def tokens_in(tx: Tx) -> Sequence[ApiToken]:
    """Return all tokens, the oldest first."""
    return _TOKENS.read_all(tx.all(_ALL))
