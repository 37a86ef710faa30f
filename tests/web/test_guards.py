"""How often the page may be called, and by whose word one knows who calls."""

from ipaddress import ip_network
from types import SimpleNamespace
from typing import Any, cast

import pytest
from multidict import CIMultiDict

from bot.web.guards import ALL_BURST, LINK_BURST, MOST_KEPT, Gate, from_the_page, origin_of


class Seconds:
    """Time that is moved by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def a_request(remote: str, forwarded: str | None = None) -> Any:
    lines = [] if forwarded is None else forwarded.split("\n")
    headers = CIMultiDict(("X-Forwarded-For", line) for line in lines)
    return cast(Any, SimpleNamespace(remote=remote, headers=headers))


def test_ten_links_that_never_were_use_up_what_an_address_may_try_and_a_minute_gives_it_back() -> None:
    seconds = Seconds()
    gate = Gate(seconds)
    assert [gate.lets_fail("a") for _ in range(350)] == [True] * 10 + [False] * 340
    assert gate.lets_fail("b")
    assert gate.lets_in("a")  # who has a good link there is not kept out
    seconds.now = 7
    assert (gate.lets_fail("a"), gate.lets_fail("a")) == (True, False)
    seconds.now = 70
    assert sum(gate.lets_fail("a") for _ in range(350)) == 10


def test_one_link_has_a_rate_of_its_own() -> None:
    seconds = Seconds()
    gate = Gate(seconds)
    assert sum(gate.lets_use("mine") for _ in range(1000)) == LINK_BURST
    assert gate.lets_use("a colleague's")
    seconds.now = 1
    assert gate.lets_use("mine")


def test_an_address_that_floods_leaves_the_others_their_part() -> None:
    seconds = Seconds()
    gate = Gate(seconds)
    for second in range(60):
        seconds.now = second
        for flooding in range(8):
            for _ in range(1000):
                gate.lets_in(f"203.0.113.{flooding % (1 if second < 30 else 8)}")
        assert gate.lets_in("198.51.100.7"), second


def test_all_together_have_a_limit_too_and_memory_has_one() -> None:
    gate = Gate(Seconds())
    assert sum(gate.lets_in(f"10.0.{n // 250}.{n % 250}") for n in range(5000)) == ALL_BURST
    for n in range(MOST_KEPT + 10):
        gate.lets_fail(str(n))
    assert len(gate._wrong) == MOST_KEPT


@pytest.mark.parametrize(
    ("remote", "forwarded", "who"),
    [
        ("203.0.113.9", "127.0.0.1", "203.0.113.9"),  # a stranger's word counts for nothing
        ("10.0.0.1", "1.2.3.4, 198.51.100.7", "198.51.100.7"),  # what the proxy itself saw comes last
        ("10.0.0.1", "1.2.3.4\n198.51.100.7", "198.51.100.7"),  # in a line of its own
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
