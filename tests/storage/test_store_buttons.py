"""Buttons and asks on both databases: a press has its effect once."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.actions import ExcuseAction, PunchAction
from bot.domain.reminders import Wishes
from bot.domain.shifts import CheckType
from bot.domain.slots import Slot, TypedPosition
from bot.errors import StoreRefused
from bot.storage import Store
from bot.storage.database import AlreadyPressed, Press, carrying_out
from bot.storage.inbox import PRIVATE, KeptButton
from tests.builders import ON_TUESDAY
from tests.storage.stage import NOON, Stage, Stubborn, a_message, a_wish, always, record

ON, OFF = CheckType.ON_DUTY, CheckType.OFF_DUTY
IN_AN_HOUR = NOON + timedelta(hours=1)
COMING, GOING = PunchAction(direction=ON, at=NOON), PunchAction(direction=OFF, at=NOON)


def a_button(
    token: str = "AAAA", reply_id: str = "m1", action: PunchAction | ExcuseAction = COMING
) -> KeptButton:
    """Return a button of u1's conversation, valid from noon for an hour."""
    return KeptButton(token, "u1", PRIVATE, reply_id, action, NOON, IN_AN_HOUR)


async def shown(store: Store, reply_id: str = "m1", *, prefix: str = "A") -> None:
    """Store the two buttons of a reply to u1: clock in and clock out."""
    coming, going = f"{prefix}AAA", f"{prefix}BBB"
    pair = [a_button(coming, reply_id), a_button(going, reply_id, GOING)]
    await store.buttons.store(pair)


@contextmanager
def press(message_id: str, reply_id: str = "m1") -> Iterator[None]:
    """Handle a message of u1 that presses a button."""
    with carrying_out(message_id, Press("u1", reply_id)):
        yield


async def mute(store: Store, user_id: str = "u1") -> Wishes:
    return await store.wishes.change(user_id, lambda old: replace(old, is_muted=True))


async def pressed_by(store: Store) -> list[str | None]:
    found = [await store.buttons.find("u1", token) for token in ("AAAA", "ABBB")]
    return [one.pressed_by for one in found if one is not None]


async def test_only_their_person_finds_buttons_and_asks(store: Store) -> None:
    position = TypedPosition(latitude=39.9, longitude=116.4)
    button = a_button(action=PunchAction(direction=ON, position=position, at=NOON))
    ask = replace(a_button("BBBB", action=ExcuseAction()), slot=Slot.PERSON, sure=True)
    await store.buttons.store([button, ask])
    assert [await store.buttons.find("u1", token) for token in ("AAAA", "BBBB", "CCCC")] == [
        button,
        ask,
        None,
    ]
    assert await store.buttons.find("u2", "AAAA") is None


async def test_a_second_press_on_a_reply_changes_nothing(store: Store) -> None:
    await shown(store)
    for message_id in ("m2", "m3"):
        await store.inbox.accept(a_message(message_id))
    with press("m2"):
        first = await record(store, a_wish("m2"), always("OffDuty/0", OFF))
    with press("m3"):
        with pytest.raises(AlreadyPressed):
            await record(store, a_wish("m3"), always())
        with pytest.raises(AlreadyPressed):
            await mute(store)
    assert await store.ledger.punches("u1", ON_TUESDAY) == [first.punch]
    assert not (await store.wishes.get("u1")).is_muted
    assert await pressed_by(store) == ["m2", "m2"]


async def test_one_of_several_presses_at_once_has_an_effect(stage: Stage) -> None:
    stores = (
        [await stage.open("one"), await stage.open("two")]
        if stage.shared
        else [await stage.open()] * 2
    )
    await shown(stores[0])

    async def punch(number: int) -> object:
        with press(f"m{number}"):
            return await record(stores[number % 2], a_wish(f"m{number}"), always(None))

    outcomes = await asyncio.gather(
        *(punch(number) for number in range(2, 12)), return_exceptions=True
    )
    assert [type(one) for one in outcomes].count(AlreadyPressed) == 9
    assert len(await stores[0].ledger.punches("u1", ON_TUESDAY)) == 1


@pytest.mark.parametrize("fault", ["lost", "there"])
async def test_a_press_with_a_refused_commit_counts_once(stubborn: Stubborn, fault: str) -> None:
    store, disk = stubborn
    await shown(store)
    await store.inbox.accept(a_message("m2"))
    with press("m2"):
        disk.outcomes.append(fault)
        with pytest.raises(StoreRefused):
            await record(store, a_wish("m2"))
        assert await pressed_by(store) == [None if fault == "lost" else "m2"] * 2
        assert (await record(store, a_wish("m2"))).punch is not None
    assert len(await store.ledger.punches("u1", ON_TUESDAY)) == 1


async def test_the_last_reply_stays_open_until_a_press(store: Store) -> None:
    since = NOON - timedelta(minutes=2)
    ask = replace(a_button("CCCC", "m3"), slot=Slot.DIRECTION, asked_at=NOON + timedelta(seconds=1))
    await shown(store)
    await store.buttons.store([ask])
    elsewhere = replace(
        a_button("DDDD", "m5"), conversation="c2", asked_at=NOON + timedelta(seconds=2)
    )
    await store.buttons.store([elsewhere])
    answer = replace(a_message("m4"), received_at=NOON + timedelta(seconds=3))
    at_once = replace(a_message("m4"), received_at=NOON)
    assert await store.buttons.newest("u1", answer, since) == [ask]
    assert await store.buttons.newest("u1", answer, ask.asked_at) == []
    assert await store.buttons.newest("u2", answer, since) == []
    assert ask not in await store.buttons.newest("u1", at_once, since), (
        "said before the ask was shown"
    )
    asked_again = await store.buttons.newest("u1", a_message("m3"), since)
    assert [one.token for one in asked_again] == ["AAAA", "ABBB"], "no reply to the message itself"
    await store.inbox.accept(answer)
    with press("m4", "m3"):
        await mute(store)
    later = replace(a_message("m6"), received_at=answer.received_at)
    assert await store.buttons.newest("u1", later, since) == []
    assert await store.buttons.newest("u1", answer, since) == [replace(ask, pressed_by="m4")]


async def test_expired_buttons_are_purged(store: Store) -> None:
    await shown(store)
    with press("m2"):
        await record(store, a_wish("m2"), always(None))
    await store.buttons.store([a_button("BBBB", "m3")])
    await store.privacy.purge(IN_AN_HOUR, timedelta(days=60), timedelta(days=800))
    assert len(await pressed_by(store)) == 2
    await store.privacy.purge(
        IN_AN_HOUR + timedelta(milliseconds=1), timedelta(days=60), timedelta(days=800)
    )
    assert [await store.buttons.find("u1", token) for token in ("AAAA", "ABBB", "BBBB")] == [
        None
    ] * 3
