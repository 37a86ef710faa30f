"""The commands on tokens of the API: `token add`, `token list`, `token revoke`."""

import asyncio
import secrets
import sys
from datetime import timedelta

import click

from bot.cli.ledger import open_ledger
from bot.cli.options import DONE, configured
from bot.clock import SystemClock
from bot.domain.tokens import ApiToken, TokenScope, hash_of
from bot.errors import OperatorError
from bot.settings import Settings
from bot.storage.tokens import tokens_in
from bot.storage.urls import reading


@click.group()
def token() -> None:
    """Add, list and revoke tokens of the API. On SQLite stop the bot to add and to revoke."""


@token.command()
@configured
@click.option("--as", "user_id", metavar="USER_ID", required=True, help="Whom the token acts as.")
@click.option(
    "--scope",
    type=click.Choice(TokenScope, case_sensitive=False),
    required=True,
    help="What it may read.",
)
@click.option("--days", type=click.IntRange(1, 3650), default=90, show_default=True)
def add(settings: Settings, user_id: str, scope: TokenScope, days: int) -> int:
    """Print a new token alone on standard output. It is shown once: only its hash is stored."""
    secret = f"cib_{secrets.token_urlsafe(32)}"
    now = SystemClock().now()
    made = ApiToken(
        token_id=secrets.token_hex(4),
        hash=hash_of(secret),
        user_id=user_id,
        scope=scope,
        created_at=now,
        expires_at=now + timedelta(days=days),
    )
    asyncio.run(_add(settings, made))
    print(secret)
    last = made.expires_at.astimezone(settings.zone)
    print(f"Token {made.token_id} acts as {user_id} until {last:%Y-%m-%d %H:%M}.", file=sys.stderr)
    return DONE


async def _add(settings: Settings, made: ApiToken) -> None:
    """Store a token. Raises OperatorError if its person may not have it."""
    async with open_ledger(settings) as store:
        if not await store.people.is_here(made.user_id):
            raise OperatorError(f"Nobody here has the user id {made.user_id}.")
        roles = settings.roles
        if made.scope is TokenScope.LEDGER and made.user_id not in (*roles.hr, *roles.admins):
            raise OperatorError("The scope ledger is for people of roles.hr and roles.admins.")
        await store.tokens.add(made)


@token.command("list")
@configured
def list_tokens(settings: Settings) -> int:
    """Print a line for each token, without its secret. This works beside a running bot."""
    with reading(settings.store.url) as connection:
        for known in tokens_in(connection.tx):
            moments = (known.created_at, known.expires_at, known.used_at)
            created, expires, used = (
                f"{at.astimezone(settings.zone):%Y-%m-%d %H:%M}" if at else "never"
                for at in moments
            )
            who = f"{known.token_id}  {known.scope:6}  {known.user_id}"
            print(f"{who}  created {created}  expires {expires}  last used {used}")
    return DONE


@token.command()
@configured
@click.argument("token_id", metavar="ID")
def revoke(settings: Settings, token_id: str) -> int:
    """End a token at once. ID is the one that `token list` shows."""

    async def end() -> bool:
        async with open_ledger(settings) as store:
            return await store.tokens.revoke(token_id)

    if not asyncio.run(end()):
        raise OperatorError("There is no such token.")
    print(f"Token {token_id} is revoked.")
    return DONE
