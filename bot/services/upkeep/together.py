"""Reading at once what many ask for at the same time: one query for a crowd instead of one for each."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


class Together(Generic[K, T]):
    """Joins reads of the same `K` about several people that are asked for in one round of the event loop."""

    def __init__(self, read: Callable[[K, Sequence[str]], Awaitable[T]]) -> None:
        """Take `read`, which reads about many."""
        self._read = read
        self._asked: dict[K, tuple[set[str], asyncio.Task[T]]] = {}  # what is to be read, not yet begun

    async def of(self, key: K, user_id: str) -> T:
        """Return what a read tells that begins after this call, of others too. Raises what `read` raises."""
        if key not in self._asked:
            self._asked[key] = set(), asyncio.create_task(self._begin(key))
        people, reading = self._asked[key]
        people.add(user_id)
        return await asyncio.shield(reading)  # whoever is cancelled leaves the others theirs

    async def _begin(self, key: K) -> T:
        people, _ = self._asked.pop(key)
        return await self._read(key, sorted(people))
