"""Rate limits of the page, and the caller's address behind a proxy."""

from ipaddress import ip_network
from types import SimpleNamespace
from typing import Any, cast

import pytest
from multidict import CIMultiDict

from bot.web.guards import ALL, PERSON, Gate
from bot.web.sessions import comes_from_the_page


class Seconds:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def a_request(remote: str, forwarded: str | None = None) -> Any:
    lines = [] if forwarded is None else forwarded.split("\n")
    headers = CIMultiDict(("X-Forwarded-For", line) for line in lines)
    return cast(Any, SimpleNamespace(remote=remote, headers=headers))


def test_codes_of_an_address_wait_for_their_turn_after_many_wrong_ones() -> None:
    seconds = Seconds()
    gate = Gate(seconds)
    for _ in range(60):
        assert gate.turn_of_code("office") == 0.0
        gate.wrong_codes.take("office")
    *turns, last = [gate.turn_of_code("office") for _ in range(17)]
    assert turns == pytest.approx([number / 5 for number in range(16)])
    assert last is None
    assert gate.turn_of_code("home") == 0.0
    seconds.now = 1200
    assert gate.turn_of_code("office") == 0.0
    assert gate.wrong_codes.free_calls("office") == 60


def test_addresses_people_and_all_together_have_limits() -> None:
    seconds = Seconds()
    gate = Gate(seconds)
    assert sum(gate.people.take("mine") for _ in range(1000)) == PERSON[1]
    assert gate.people.take("a colleague's")
    for second in range(20):
        seconds.now = second
        for _ in range(1000):
            gate.lets_in("203.0.113.1")
        # a flood from one address does not block others
        assert gate.lets_in("198.51.100.7"), second
    gate = Gate(seconds)
    assert sum(gate.lets_in(f"10.0.{n // 250}.{n % 250}") for n in range(5000)) == ALL[1]


@pytest.mark.parametrize(
    ("remote", "forwarded", "who"),
    [
        ("203.0.113.9", "127.0.0.1", "203.0.113.9"),  # not a trusted proxy
        (
            "10.0.0.1",
            "1.2.3.4, 198.51.100.7",
            "198.51.100.7",
        ),  # the trusted proxy adds the last address
        ("10.0.0.1", "not an address", "10.0.0.1"),
        ("2001:db8:1:2:3:4:5:6", None, "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.9", None, "203.0.113.9"),
    ],
)
def test_only_a_trusted_proxy_names_the_caller(
    remote: str, forwarded: str | None, who: str
) -> None:
    gate = Gate(Seconds(), proxies=[ip_network("10.0.0.0/24")])
    assert gate.address_of(a_request(remote, forwarded)) == who


@pytest.mark.parametrize(
    ("origin", "host", "is_ours"),
    [
        ("https://punch.example.com", "127.0.0.1:8081", True),  # a proxy changed the host
        ("https://punch.example.com", "punch.example.com", True),
        ("https://evil.example", "punch.example.com", False),
        ("http://punch.example.com", "punch.example.com", False),  # not encrypted
        ("https://punch.example.com.evil.example", "punch.example.com", False),
        ("", "punch.example.com", False),
    ],
)
def test_only_the_own_page_may_call(origin: str, host: str, is_ours: bool) -> None:
    headers = {"Origin": origin, "Sec-Fetch-Site": "same-origin"}
    assert comes_from_the_page(headers, host, "https://punch.example.com:443") is is_ours
