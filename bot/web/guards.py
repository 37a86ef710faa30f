"""Rates of calls to the page, and the caller's address."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from aiohttp import web

EACH = 30.0, 300.0  # calls a second and at once from one address: an office behind one router
ALL = 300.0, 3000.0  # from all together; a few addresses cannot use it up
PERSON = 2.0, 60.0  # of one person
WRONG = 1 / 6, 10.0  # wrong login codes of one address: ten at once, then ten a minute
MOST_KEPT = 10_000  # addresses, and people


class Rates:
    """So many a second for each key, and so many at once. The keys seen last are kept."""

    def __init__(self, monotonic: Callable[[], float], a_second: float, burst: float) -> None:
        self._monotonic = monotonic
        self._a_second = a_second
        self._burst = burst
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # calls left, and when that was

    def left(self, key: str = "") -> float:
        """Return how many more of `key` may come now."""
        now = self._monotonic()
        left, at = self._buckets.get(key, (self._burst, now))
        return min(self._burst, left + (now - at) * self._a_second)

    def take(self, key: str = "") -> bool:
        """Count one of `key`; False, and nothing counted, when there are too many."""
        left = self.left(key)
        taken = left >= 1
        self._buckets[key] = left - taken, self._monotonic()
        self._buckets.move_to_end(key)
        if len(self._buckets) > MOST_KEPT:
            self._buckets.popitem(last=False)
        return taken


class Gate:
    """The limits of calls. In memory: a restart begins anew."""

    def __init__(
        self, monotonic: Callable[[], float], *, proxies: Sequence[IPv4Network | IPv6Network] = ()
    ) -> None:
        """Take `monotonic`, seconds that only grow, and the `proxies` trusted to name their caller."""
        self._proxies = tuple(proxies)
        self._all, self._each = Rates(monotonic, *ALL), Rates(monotonic, *EACH)
        self.people, self.wrong_codes = Rates(monotonic, *PERSON), Rates(monotonic, *WRONG)

    def lets_in(self, address: str) -> bool:
        """Count a call of `address`; False when there are too many."""
        return self._all.left() >= 1 and self._each.take(address) and self._all.take()

    def address_of(self, request: web.Request) -> str:
        """Return the caller's address: the peer, or the last one a trusted proxy names; of IPv6 the network."""
        lines = request.headers.getall("X-Forwarded-For", [])  # a proxy may add a line of its own behind others'
        named = ",".join(lines).rpartition(",")[2].strip()
        try:
            found = ip_address(request.remote or "")
            if any(found in network for network in self._proxies):
                found = ip_address(named)
        except ValueError:
            return request.remote or ""
        if isinstance(found, IPv6Address):  # one line has a whole /64
            return str(found.ipv4_mapped or ip_network((found, 64), strict=False))
        return str(found)
