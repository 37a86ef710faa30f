"""The inbox on both databases: each message once, in a person's order, taken over after a crash."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

from bot.domain.messages import MessageKind, Sender
from bot.storage import Store
from tests.storage.stage import NOON, SqliteStage, Stage, a_message


async def test_open_messages_are_taken_over_once_after_a_crash(store: Store, stage: Stage) -> None:
    voice = replace(
        a_message("m2", "u2", "上班"), kind=MessageKind.VOICE, is_group=True, sent_at=None
    )
    nobody = replace(
        a_message("m3"), sender=Sender(None, None, None), mentioned_user_ids=("u4", None)
    )
    messages = [a_message("m1", text="打卡 总部 “引号” 😀\n\t"), voice, nobody]
    for message in [*messages, a_message("done")]:
        await store.inbox.accept(message)
    await store.inbox.finish("done")
    await stage.crash()
    again = await stage.open("two")
    assert await again.inbox.take_over(10) == messages
    assert await again.inbox.take_over(10) == []


async def test_a_message_waits_behind_an_older_free_one(stage: Stage) -> None:
    await (await stage.open()).inbox.accept(a_message("m1"))
    await stage.crash()
    again = await stage.open("two")
    assert await again.inbox.accept(a_message("m2")) is False
    assert await again.inbox.accept(a_message("m3", "u2")) is True
    assert [message.message_id for message in await again.inbox.take_over(10)] == ["m1", "m2"]


async def test_a_postponed_message_holds_no_later_one(store: Store, stage: Stage) -> None:
    await store.inbox.accept(a_message("m1"))
    await store.inbox.release("m1", NOON + timedelta(seconds=30))
    assert await store.inbox.accept(a_message("m2")) is True
    await stage.crash()
    again = await stage.open("two")
    assert [message.message_id for message in await again.inbox.take_over(10)] == ["m2"]
    stage.clock.move(30)
    assert [message.message_id for message in await again.inbox.take_over(10)] == ["m1"]


async def test_invalid_characters_in_a_text_are_replaced(stage: Stage) -> None:
    strange = a_message("m\0\ud800", "u\0", "打\0卡\ud83d")
    store = await stage.open()
    assert await store.inbox.accept(strange) is True
    assert await store.inbox.accept(strange) is False
    assert await store.inbox.holds("m\0\ud800") is not None
    await stage.crash()
    again = await stage.open("two")
    [message] = await again.inbox.take_over(10)
    assert (message.message_id, message.text) == ("m\ufffd\ufffd", "打\0卡\ud83d")
    await again.inbox.finish(message.message_id)
    assert await again.inbox.accept(strange) is False


async def test_the_text_of_a_finished_message_is_removed(sqlite_stage: SqliteStage) -> None:
    store = await sqlite_stage.open()
    await store.inbox.accept(a_message("m1", text="a secret"))
    await store.inbox.finish("m1")
    await store.close()
    with closing(sqlite3.connect(sqlite_stage.file)) as connection:
        assert connection.execute("SELECT message_id, body FROM inbox").fetchall() == [("m1", "")]
