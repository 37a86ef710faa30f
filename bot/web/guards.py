"""Limits of calls to the page and the API, the address of the caller, and the log of failures."""

import logging
import secrets
from collections import OrderedDict
from collections.abc import Callable, Sequence
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from aiohttp import web

from bot.errors import BotError

log = logging.getLogger(__name__)

# calls a second, and at once, from one address, such as an office behind one router
EACH = (
    30.0,
    300.0,
)
ALL = 300.0, 3000.0  # from all addresses; a few addresses cannot use this up
PERSON = 2.0, 60.0  # from one person
# Wrong login codes from one address. Beyond it codes of the address wait for their turn: an office
# shares one address, and DingTalk's codes are long and valid once.
WRONG = 1 / 20, 60.0
SLOW = 5.0, 1.0
MOST_SLOW = 15.0  # codes of an address that wait
MOST_KEPT = 10_000  # addresses or people


class Rates:
    """A rate for each key: calls a second, and calls at once. Old keys are forgotten."""

    def __init__(self, monotonic: Callable[[], float], a_second: float, burst: float) -> None:
        self._monotonic = monotonic
        self._a_second = a_second
        self._burst = burst
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # calls left, and when

    def free_calls(self, key: str = "") -> float:
        """Return how many calls of `key` are allowed now."""
        now = self._monotonic()
        left, at = self._buckets.get(key, (self._burst, now))
        return min(self._burst, left + (now - at) * self._a_second)

    def turn(self, key: str, most_waiting: float) -> float | None:
        """Count a call of `key`, and return the seconds until its turn. Return None, and count
        nothing, if as many as `most_waiting` calls wait.
        """
        left = self.free_calls(key) - 1
        if left < -most_waiting:
            return None
        self._buckets[key] = left, self._monotonic()
        self._buckets.move_to_end(key)
        if len(self._buckets) > MOST_KEPT:
            self._buckets.popitem(last=False)
        return max(0.0, -left / self._a_second)

    def take(self, key: str = "") -> bool:
        """Count a call of `key`. Return False, and count nothing, at the limit."""
        return self.turn(key, 0) is not None


class Gate:
    """The limits of calls, in memory."""

    def __init__(
        self, monotonic: Callable[[], float], *, proxies: Sequence[IPv4Network | IPv6Network] = ()
    ) -> None:
        """`monotonic` gives seconds. The page trusts `proxies` to name their caller."""
        self._proxies = proxies
        self._all = Rates(monotonic, *ALL)
        self._each = Rates(monotonic, *EACH)
        self.people = Rates(monotonic, *PERSON)
        self.wrong_codes = Rates(monotonic, *WRONG)
        self._slow_codes = Rates(monotonic, *SLOW)

    def lets_in(self, address: str) -> bool:
        """Count a call of `address`. Return False at the limit."""
        return self._all.free_calls() >= 1 and self._each.take(address) and self._all.take()

    def turn_of_code(self, address: str) -> float | None:
        """Return the seconds until a login code of `address` may be tried, None if too many wait."""
        is_free = self.wrong_codes.free_calls(address) >= 1
        return 0.0 if is_free else self._slow_codes.turn(address, MOST_SLOW)

    def address_of(self, request: web.Request) -> str:
        """Return the peer, or the last address that a trusted proxy names; of IPv6 the /64 network."""
        lines = request.headers.getall("X-Forwarded-For", [])  # a proxy may add a second line
        named = ",".join(lines).rpartition(",")[2].strip()
        try:
            found = ip_address(request.remote or "")
            if any(found in network for network in self._proxies):
                found = ip_address(named)
        except ValueError:
            return request.remote or ""
        if isinstance(found, IPv6Address):  # one customer has a whole /64
            return str(found.ipv4_mapped or ip_network((found, 64), strict=False))
        return str(found)


def log_error(error: Exception) -> str:
    """Log an error, a bug with its trace.

    Return the reference id of the line, which the person sees.
    """
    reference = secrets.token_hex(4)
    bug = None if isinstance(error, BotError | TimeoutError) else error
    log.error("a call over HTTP failed, reference %s: %s", reference, error, exc_info=bug)
    return reference
