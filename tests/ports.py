"""Free ports that stay reserved until a test uses them."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def a_reserved_port() -> Iterator[int]:
    """Reserve a free loopback port. The system gives it to no other program meanwhile.

    A server that sets SO_REUSEADDR can listen at this number.
    """
    with socket.socket() as keeper:
        keeper.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        keeper.bind(("127.0.0.1", 0))
        yield int(keeper.getsockname()[1])
