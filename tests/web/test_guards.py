"""How often the page may be called, and by whose word one knows who calls."""

from ipaddress import ip_network
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bot.web.guards import EACH_BURST, MOST_ADDRESSES, Gate, from_the_page, origin_of


class Seconds:
    """Time that is moved by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def a_request(remote: str, forwarded: str | None = None) -> Any:
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    return cast(Any, SimpleNamespace(remote=remote, headers=headers))


def test_ten_wrong_links_stop_an_address_and_a_while_lets_it_in_again() -> None:
    seconds = Seconds()
    gate = Gate(seconds)
    for _ in range(10):
        assert gate.lets_in("a")
        gate.failed("a")
    assert not gate.lets_in("a")
    assert gate.lets_in("b")
    seconds.now = 5
    assert gate.lets_in("a")


def test_however_many_wrong_links_come_at_once_an_address_is_let_in_again_after_a_minute() -> None:
    seconds = Seconds()
    gate = Gate(seconds)
    together = sum(gate.lets_in("office") for _ in range(1000))
    for _ in range(together):
        gate.failed("office")
    seconds.now = 59
    assert not gate.lets_in("office")
    seconds.now = 61
    assert gate.lets_in("office")


def test_all_together_have_a_limit_too_and_memory_has_one() -> None:
    gate = Gate(Seconds())
    let_in = sum(gate.lets_in(f"10.0.{n // 250}.{n % 250}") for n in range(1000))
    assert 0 < let_in < EACH_BURST
    for n in range(MOST_ADDRESSES + 10):
        gate.failed(str(n))
    assert len(gate._each) == MOST_ADDRESSES


@pytest.mark.parametrize(
    ("remote", "forwarded", "who"),
    [
        ("203.0.113.9", "127.0.0.1", "203.0.113.9"),  # a stranger's word counts for nothing
        ("10.0.0.1", "1.2.3.4, 198.51.100.7", "198.51.100.7"),  # what the proxy itself saw comes last
        ("10.0.0.1", "not an address", "10.0.0.1"),
        ("10.0.0.1", None, "10.0.0.1"),
        ("2001:db8:1:2:3:4:5:6", None, "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.9", None, "203.0.113.9"),
    ],
)
def test_who_calls_is_the_other_end_or_whom_a_trusted_proxy_names(
    remote: str, forwarded: str | None, who: str
) -> None:
    gate = Gate(Seconds(), proxies=[ip_network("10.0.0.0/24")])
    assert gate.address_of(a_request(remote, forwarded)) == who


def test_only_our_own_page_in_a_browser_may_call() -> None:
    origin = origin_of("https://punch.example.com:443/bot")
    assert origin == "https://punch.example.com"
    assert from_the_page({"Origin": origin, "Sec-Fetch-Site": "same-origin"}, origin)
    assert from_the_page({"Origin": origin}, origin)  # a browser of before 2023
    assert not from_the_page({}, origin)
    assert not from_the_page({"Origin": origin + ".evil.example"}, origin)
    assert origin_of("http://[::1]:8081") == "http://[::1]:8081"
