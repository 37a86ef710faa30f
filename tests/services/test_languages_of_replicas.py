"""The language a person last wrote in, with their messages spread over two processes."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bot.domain.reminders import Wishes
from bot.services.languages import Languages
from bot.storage import Store
from bot.views.reply import Language
from tests.faults.a_store import StillClock, an_open_store

WHO = "u1"


class Process:
    """Hears people, and follows the database when told to."""

    def __init__(self, store: Store) -> None:
        self._book = store.wishes
        self._followed: dict[str, str] = {}
        self.writes = 0
        base: Any = SimpleNamespace(language="zh", store=SimpleNamespace(wishes=self))
        self.languages = Languages(base, self._followed.get)

    async def change(self, user_id: str, change: Callable[[Wishes], Wishes]) -> Wishes:
        self.writes += 1
        return await self._book.change(user_id, change)

    async def follow(self) -> None:
        changed, _ = await self._book.changed(0)
        self._followed.update((one.user_id, one.language or "zh") for one in changed)

    async def hear(self, language: Language) -> None:
        await self.languages.remember(WHO, language)


@asynccontextmanager
async def two_processes(folder: Path) -> AsyncIterator[tuple[Process, Process, Store]]:
    async with an_open_store(folder / "bot.db", StillClock()) as store:
        yield Process(store), Process(store), store


@pytest.mark.parametrize("spoken", ["01", "0101", "0110", "00110"])
async def test_the_last_language_counts_whichever_process_heard_it(tmp_path: Path, spoken: str) -> None:
    async with two_processes(tmp_path) as (*both, store):
        languages: tuple[Language, Language] = ("en", "zh")
        for number, heard_by in enumerate(spoken):
            language = languages[number % 2]
            await both[int(heard_by)].hear(language)
            assert (await store.wishes.get(WHO)).language in (language, None)
            for process in both:
                await process.follow()


async def test_a_language_that_changes_back_before_the_database_is_followed_is_kept(tmp_path: Path) -> None:
    async with two_processes(tmp_path) as (one, _, store):
        await one.hear("en")
        await one.hear("zh")
        assert (await store.wishes.get(WHO)).language == "zh"


async def test_a_language_that_stays_is_written_once(tmp_path: Path) -> None:
    async with two_processes(tmp_path) as (one, _, _store):
        for _ in range(3):
            await one.hear("en")
            await one.follow()
        assert one.writes == 1
