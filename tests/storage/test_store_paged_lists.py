"""The list of several pages that somebody asked for last, on both databases."""

from dataclasses import replace
from datetime import timedelta

from bot.services.ports import PagedList
from tests.storage.stage import NOON, Stage

LIST = PagedList("u1", "c1", "team summary this week", 1, True, NOON)


async def test_the_last_list_of_each_person_is_kept_until_it_is_forgotten(stage: Stage) -> None:
    store = await stage.open()
    lists = store.paged_lists
    await lists.put(LIST)
    await lists.put(replace(LIST, user_id="u2", said="谁没打\0卡"))
    await lists.put(replace(LIST, page=2, more=False))
    assert await lists.of("u1") == replace(LIST, page=2, more=False)
    await lists.forget("u1")
    assert await lists.of("u1") is None
    await store.retention.forget_what_was_asked(NOON)
    assert await lists.of("u2") == replace(LIST, user_id="u2", said="谁没打\ufffd卡")
    await store.retention.forget_what_was_asked(NOON + timedelta(milliseconds=1))
    assert await lists.of("u2") is None
