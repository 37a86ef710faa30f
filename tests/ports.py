"""Ports that stay free: a number that was only looked up may be somebody else's by the time it is used."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def a_reserved_port() -> Iterator[int]:
    """Reserve a free loopback port: meanwhile the system gives it to nobody else.

    Who asks for it by number, as servers do (with SO_REUSEADDR), can listen at it.
    """
    with socket.socket() as keeper:
        keeper.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        keeper.bind(("127.0.0.1", 0))
        yield int(keeper.getsockname()[1])
