"""`check` of the port that `run` will serve on."""

import asyncio
import errno

import aiohttp

from bot.web.server import no_port

WAIT_S = 2.0


async def free_port(host: str, port: int) -> str:
    """Say that `host` and `port` can be had, or that a running bot has them. Raises OperatorError for neither."""
    try:
        opened = await asyncio.get_running_loop().create_server(asyncio.Protocol, host, port)
    except OSError as error:
        if error.errno == errno.EADDRINUSE and await _is_ours(host, port):
            return f"{host}:{port} is served by a bot that runs"
        raise no_port(host, port, error) from None
    opened.close()
    return f"{host}:{port} is free"


async def _is_ours(host: str, port: int) -> bool:
    """Tell whether what listens there answers as a bot does."""
    url = f"http://[{host}]:{port}/healthz" if ":" in host else f"http://{host}:{port}/healthz"
    timeout = aiohttp.ClientTimeout(total=WAIT_S)
    try:
        async with aiohttp.ClientSession(timeout=timeout) as session, session.get(url) as response:
            return bool(await response.json() == {"status": "ok"})
    except (aiohttp.ClientError, TimeoutError, ValueError):
        return False
