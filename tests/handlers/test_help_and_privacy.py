"""Help, what the bot does not know, who sees one's days, and what is stored about somebody."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bot.storage.privacy import TOPICS, Held
from bot.views.i18n import LANGUAGES, Texts
from bot.views.reply import Language
from handlers.privacy import told_rows
from tests.builders import SHANGHAI
from tests.company import a_company

ME, LEAD, COLLEAGUE = "user001", "lead01", "user002"


async def test_help_names_only_places_that_may_be_given(tmp_path: Path) -> None:
    rules = {"trusted_sources": ["browser"]}
    async with a_company(tmp_path, clock_in=rules) as company:
        assert "clock in @HQ" not in await company.ask(ME, "help")


async def test_what_is_stored_is_told_to_the_person_alone(tmp_path: Path) -> None:
    async with a_company(tmp_path) as company:
        await company.ask(ME, "上班打卡")
        alone, in_group = await company.ask_in_group(ME, "你存了我什么数据")
        assert "防改指纹）：1 条" in alone
        assert "防改指纹" not in in_group


@pytest.mark.parametrize("language", LANGUAGES)
def test_whatever_is_counted_is_told(language: Language) -> None:
    settings = SimpleNamespace(retention=SimpleNamespace(coordinates_days=60))
    services = SimpleNamespace(base=SimpleNamespace(settings=settings))
    ctx: Any = SimpleNamespace(texts=Texts(language, SHANGHAI), services=services)
    held = {topic.name: Held(1000 + number) for number, topic in enumerate(TOPICS)}
    text = " ".join(told_rows(ctx, held))
    assert [name for name, one in held.items() if text.count(str(one.count)) != 1] == []
    assert len(told_rows(ctx, {})) == 3  # what is kept of messages, and that there is nothing else
