"""Help, what the bot does not know, who sees one's days, and what is stored about somebody."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bot.domain.privacy import Held
from bot.i18n import LANGUAGES, Texts
from bot.storage.privacy import TOPICS
from bot.views.reply import Language
from handlers.privacy import told_rows
from tests.builders import SHANGHAI
from tests.company import a_company
from tests.reminders.stage import a_reminding_company

ME, LEAD, COLLEAGUE = "user001", "lead01", "user002"


async def test_help_differs_for_leads(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, roles={"admins": ["user010"]}) as company:
        own, lead = await company.ask(ME, "help"), await company.ask(LEAD, "help")
        for words in ("clock in", "my status", "remind me"):
            assert words in own
        assert "who has not punched" not in own
        assert "who has not punched" in lead


async def test_help_names_only_places_that_may_be_given(tmp_path: Path) -> None:
    rules = {"trusted_sources": ["browser"]}
    async with a_company(tmp_path, clock_in=rules) as company:
        assert "clock in @HQ" not in await company.ask(ME, "help")


@pytest.mark.parametrize("said", ["加班费怎么算", "迟到会扣钱吗", "年假还剩几天"])
async def test_a_question_that_the_bot_cannot_answer_is_not_answered_by_something_else(
    tmp_path: Path, said: str
) -> None:
    async with a_company(tmp_path) as company:
        assert "答不了" in await company.ask(ME, said)


async def test_what_is_not_understood_changes_nothing_and_has_the_usual_buttons(tmp_path: Path) -> None:
    async with a_company(tmp_path) as company:
        assert "没有记录" in await company.ask(ME, "今天天气真好")
        assert company.buttons(ME) == ["上班打卡", "下班打卡", "我今天的考勤", "帮助"]
        assert not list(company.sandbox.records)


async def test_small_talk_in_a_group_is_answered_without_buttons(tmp_path: Path) -> None:
    async with a_company(tmp_path) as company:
        await company.ask(ME, "大家中午吃什么", conversation="2")
        assert company.buttons(ME) == []


async def test_a_message_that_may_mean_several_things_has_a_button_for_each(tmp_path: Path) -> None:
    async with a_company(tmp_path, at="09:30") as company:
        await company.ask(ME, "帮我打卡，我8点50就到了")
        assert company.buttons(ME) == ["打卡", "补卡"]
        assert not list(company.sandbox.records)


async def test_who_sees_ones_days_is_explained(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path) as company:
        assert "陈静" in await company.ask(ME, "谁能看到我的考勤")


async def test_what_is_stored_is_told_to_the_person_alone(tmp_path: Path) -> None:
    async with a_company(tmp_path) as company:
        await company.ask(ME, "上班打卡")
        alone, in_group = await company.ask_in_group(ME, "你存了我什么数据")
        assert "打卡：1 条" in alone
        assert "打卡：" not in in_group


async def test_what_is_stored_counts_buttons_that_wait(tmp_path: Path) -> None:
    async with a_company(tmp_path) as company:
        await company.ask(ME, "提前15分钟提醒我")
        assert "按钮" in await company.ask(ME, "你存了我什么数据")


async def test_where_one_may_punch_is_listed(tmp_path: Path) -> None:
    async with a_company(tmp_path) as company:
        said = await company.ask(ME, "在哪里可以打卡")
        assert "HQ" in said and "Pudong" in said


@pytest.mark.parametrize("language", LANGUAGES)
def test_whatever_is_counted_is_told(language: Language) -> None:
    settings = SimpleNamespace(retention=SimpleNamespace(coordinates_days=60))
    services = SimpleNamespace(base=SimpleNamespace(settings=settings))
    ctx: Any = SimpleNamespace(texts=Texts(language, SHANGHAI), services=services)
    held = {topic.name: Held(1000 + number) for number, topic in enumerate(TOPICS)}
    text = " ".join(told_rows(ctx, held))
    assert [name for name, one in held.items() if text.count(str(one.count)) != 1] == []
    assert len(told_rows(ctx, {})) == 3  # what is kept of messages, and that there is nothing else
