"""Who may call the page, and how often."""

import ipaddress
from collections import OrderedDict
from collections.abc import Callable, Sequence

from aiohttp import web

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

EACH_S, EACH_BURST = 30.0, 300.0  # calls a second and at once from one address: an office behind one router
ALL_S, ALL_BURST = 300.0, 3000.0  # from all together, which no few addresses use up
PERSON_S, PERSON_BURST = 2.0, 60.0  # of one person
WRONG_S, WRONG_BURST = 1 / 6, 10.0  # wrong login codes of one address: ten at once, then ten a minute
MOST_KEPT = 10_000  # addresses, and people


class _Rates:
    """So many a second for each key, and so many at once. The keys seen last are kept."""

    def __init__(self, monotonic: Callable[[], float], a_second: float, burst: float) -> None:
        self._monotonic = monotonic
        self._a_second = a_second
        self._burst = burst
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # what is left, and when it was

    def __len__(self) -> int:
        return len(self._buckets)

    def left(self, key: str) -> bool:
        """Tell whether one more of `key` is within its rate, and count none."""
        return self._left(key) >= 1

    def take(self, key: str) -> bool:
        """Count one of `key`; False, and nothing counted, when there are too many."""
        left = self._left(key)
        taken = left >= 1
        self._buckets[key] = left - taken, self._monotonic()
        self._buckets.move_to_end(key)
        if len(self._buckets) > MOST_KEPT:
            self._buckets.popitem(last=False)
        return taken

    def _left(self, key: str) -> float:
        now = self._monotonic()
        left, at = self._buckets.get(key, (self._burst, now))
        return min(self._burst, left + (now - at) * self._a_second)


class Gate:
    """Limits calls of one address, of all and of one person. In memory: a restart begins anew."""

    def __init__(self, monotonic: Callable[[], float], *, proxies: Sequence[Network] = ()) -> None:
        """Take `monotonic`, seconds that only grow, and the `proxies` that are believed on who called them."""
        self._proxies = tuple(proxies)
        self._all = _Rates(monotonic, ALL_S, ALL_BURST)
        self._each = _Rates(monotonic, EACH_S, EACH_BURST)
        self._people = _Rates(monotonic, PERSON_S, PERSON_BURST)
        self._wrong = _Rates(monotonic, WRONG_S, WRONG_BURST)

    def lets_in(self, address: str) -> bool:
        """Count a call of `address`; False when there are too many."""
        return self._all.left("") and self._each.take(address) and self._all.take("")

    def lets_use(self, user_id: str) -> bool:
        """Count a call of a person; False when there are too many."""
        return self._people.take(user_id)

    def lets_log_in(self, address: str) -> bool:
        """Tell whether an address may try a login code: it has not sent too many wrong ones."""
        return self._wrong.left(address)

    def failed(self, address: str) -> None:
        """Count a wrong login code of an address."""
        self._wrong.take(address)

    def address_of(self, request: web.Request) -> str:
        """Return the caller's address: the peer, or the last one a trusted proxy names; of IPv6 the network."""
        peer = parsed(request.remote or "")
        lines = request.headers.getall("X-Forwarded-For", [])  # a proxy may add a line of its own behind others'
        named = ",".join(lines).rpartition(",")[2].strip()
        if peer is not None and any(peer in network for network in self._proxies):
            peer = parsed(named) or peer
        return counted_as(peer)


def parsed(address: str) -> Address | None:
    """Return an address, None for what is none; IPv4 written as IPv6 is IPv4."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return mapped or found


def counted_as(address: Address | None) -> str:
    """Return what an address is counted as: of IPv6 the /64, all of which one line has."""
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)
