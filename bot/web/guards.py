"""Who may call the page, and how often."""

import ipaddress
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from aiohttp import web

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

EACH_S, EACH_BURST = 20.0, 1200.0  # calls a second and at once from one address: an office behind one router
ALL_S, ALL_BURST = 100.0, 400.0  # from all together
A_FAILURE = 120.0  # calls that a wrong link costs its address: ten at once, then ten a minute
MOST_ADDRESSES = 10_000


@dataclass(slots=True)
class _Bucket:
    left: float
    at: float


class Gate:
    """Lets so many calls through, from one address and from all. In memory: a restart begins anew."""

    def __init__(self, monotonic: Callable[[], float], *, proxies: Sequence[Network] = ()) -> None:
        """Take `monotonic`, seconds that only grow, and the `proxies` that are believed on who called them."""
        self._monotonic = monotonic
        self._proxies = tuple(proxies)
        self._all = _Bucket(ALL_BURST, monotonic())
        self._each: OrderedDict[str, _Bucket] = OrderedDict()

    def lets_in(self, address: str) -> bool:
        """Count a call of `address`; False when there are too many."""
        now = self._monotonic()
        bucket = self._bucket(address, now)
        _refill(bucket, now, EACH_S, EACH_BURST)
        _refill(self._all, now, ALL_S, ALL_BURST)
        if bucket.left < 1 or self._all.left < 1:
            return False
        bucket.left -= 1
        self._all.left -= 1
        return True

    def failed(self, address: str) -> None:
        """Note that `address` came with a link that is none."""
        bucket = self._bucket(address, self._monotonic())
        bucket.left = max(bucket.left - A_FAILURE, -EACH_BURST)  # many at once cost colleagues a minute, not a day

    def address_of(self, request: web.Request) -> str:
        """Return who calls: the other end, or whom a trusted proxy names last; of IPv6 the network."""
        peer = _parsed(request.remote or "")
        named = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
        if peer is not None and any(peer in network for network in self._proxies):
            peer = _parsed(named) or peer
        if isinstance(peer, ipaddress.IPv6Address):
            return str(ipaddress.ip_network((peer, 64), strict=False))
        return str(peer)

    def _bucket(self, address: str, now: float) -> _Bucket:
        bucket = self._each.pop(address, None) or _Bucket(EACH_BURST, now)
        self._each[address] = bucket
        if len(self._each) > MOST_ADDRESSES:
            self._each.popitem(last=False)
        return bucket


def origin_of(url: str) -> str:
    """Return scheme, host and port of an address as a browser writes them."""
    parts = urlsplit(url)
    usual = {"https": 443, "http": 80}.get(parts.scheme)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{parts.scheme}://{host}" + ("" if parts.port in (None, usual) else f":{parts.port}")


def as_browsers_write(url: str) -> str:
    """Return an address as a page finds it in its own location: host in small letters, no usual port."""
    return origin_of(url) + urlsplit(url).path


def from_the_page(headers: Mapping[str, str], origin: str) -> bool:
    """Tell whether a call comes from our page in a browser: whatever host it claims to call, and no other page."""
    site = headers.get("Sec-Fetch-Site", "same-origin")
    return headers.get("Origin") == origin and site == "same-origin"


def _refill(bucket: _Bucket, now: float, a_second: float, most: float) -> None:
    bucket.left = min(most, bucket.left + (now - bucket.at) * a_second)
    bucket.at = now


def _parsed(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return None
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    return mapped or parsed
