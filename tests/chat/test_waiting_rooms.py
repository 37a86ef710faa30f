"""Whom a crowd lets hear that it takes longer."""

from datetime import UTC, datetime

from bot.domain.messages import SessionWebhook
from bot.services.waiting import MOST_AT_ONCE, TOO_LONG_S, WaitingRoom
from tests.faults.a_store import a_message


class HandClock:
    """Stands until it is moved."""

    def __init__(self) -> None:
        self.at = 0.0

    def monotonic(self) -> float:
        return self.at

    def now(self) -> datetime:
        raise AssertionError("waiting goes by the clock that nobody sets")


def webhook(name: str) -> SessionWebhook:
    return SessionWebhook(name, datetime(2026, 11, 24, tzinfo=UTC))


def names(room: WaitingRoom) -> list[str]:
    return [one.webhook.url for one in room.to_be_told()]


def a_crowd(people: int) -> tuple[WaitingRoom, HandClock]:
    clock = HandClock()
    room = WaitingRoom(clock)
    for number in range(people):
        room.enter(a_message("m", f"u{number}"), webhook(f"u{number}"))
    return room, clock


def test_of_a_crowd_only_so_many_are_told_at_once_the_last_to_come_first() -> None:
    room, clock = a_crowd(MOST_AT_ONCE + 2)
    clock.at = TOO_LONG_S
    told = names(room)
    assert told == [f"u{number}" for number in range(MOST_AT_ONCE + 1, 1, -1)]
    assert names(room) == ["u1", "u0"]
    assert names(room) == []


def test_who_left_is_not_told_and_takes_nobodys_place() -> None:
    room, clock = a_crowd(MOST_AT_ONCE + 1)
    clock.at = TOO_LONG_S
    room.leave(f"u{MOST_AT_ONCE}")
    assert len(names(room)) == MOST_AT_ONCE


def test_who_comes_again_waits_anew() -> None:
    room, clock = a_crowd(1)
    clock.at = TOO_LONG_S - 1
    room.leave("u0")
    room.enter(a_message("m", "u0"), webhook("again"))
    clock.at = TOO_LONG_S
    assert names(room) == []
    clock.at = 2 * TOO_LONG_S - 1
    assert names(room) == ["again"]
