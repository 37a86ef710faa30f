"""Whose days the bot shows to whom, asked through the real bot in every way we could think of to see more."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.services.organisation.visibility import Sight, Sighted, Visibility
from tests.builders import local
from tests.company import Company, a_company
from tests.languages import theirs
from tests.waiting import until

OTHERS = ("王小明", "Alice Johnson", "李娜", "Daniel Kim", "赵磊")  # of engineering
OWN = ("周婷", "Tom Baker", "吴刚", "Emma Davis", "孙悦")  # of support, led by lead02
NOT_YOURS = "这不在您能看的范围内"
NO_LEAD = "只有主管和管理员能看团队的考勤"


@pytest.fixture
async def company(tmp_path: Path) -> AsyncIterator[Company]:
    async with a_company(tmp_path, at="09:42") as running:
        await crawl(running)
        yield running


async def ask(company: Company, who: str, text: str, **more: Any) -> str:
    """Ask patiently: what DingTalk is asked for may take some seconds, of which the bot tells first."""
    before = len(company.sandbox.replies(who))
    answer = await company.ask(who, text, **more)
    if answer.startswith(("正在向钉钉查询", "I am asking DingTalk")):
        return await company.sandbox.wait_for_reply(who, after=before + 1)
    return answer


async def crawl(company: Company) -> None:
    """Let the bot read the whole directory."""
    assert company.app is not None
    await company.app.directory.crawl()


async def test_a_lead_sees_their_own_people_and_nobody_else(company: Company) -> None:
    for text in ("summary", "今天考勤", "上周考勤汇总", "客服部今天考勤"):
        answer = await ask(company, "lead02", text)
        assert all(name in answer for name in OWN), text
        assert not any(name in answer for name in OTHERS), text
        assert "Grace Miller" not in answer


@pytest.mark.parametrize(
    "text",
    [
        *("王小明今天打卡了吗", "王小明上周考勤", "attendance of user001 today", "attendance of lead01 last week"),
        *("研发部今天考勤", "研发部上周考勤汇总", "研发部谁没打卡", "全公司今天考勤"),
        *("市场部今天考勤", "张三丰今天打卡了吗", "attendance of user999 today"),  # there is none of these
    ],
)
async def test_a_lead_is_refused_in_the_same_words_whether_or_not_it_exists(company: Company, text: str) -> None:
    answer = await ask(company, "lead02", text)
    assert not any(name in answer for name in (*OTHERS, "陈静", "张三丰", "市场部", "研发部"))
    assert theirs(text, en="not among what you may see", zh=NOT_YOURS) in answer


@pytest.mark.parametrize(
    "text", ["summary", "谁没打卡", "研发部今天考勤", "李娜今天打卡了吗", "attendance of user999 today"]
)
async def test_whoever_leads_nobody_sees_nobody(company: Company, text: str) -> None:
    answer = await ask(company, "user001", text)
    assert theirs(text, en="Only leads and admins", zh=NO_LEAD) in answer
    assert not any(name in answer for name in (*OWN, *OTHERS))


async def test_everybody_sees_themselves_by_name(company: Company) -> None:
    await ask(company, "user001", "上班打卡")
    answer = await ask(company, "user001", "王小明上周考勤")
    assert "王小明" in answer
    assert NO_LEAD not in answer


async def test_an_admin_sees_all_also_by_department_and_as_the_whole_company(company: Company) -> None:
    assert "**11 人**" in await ask(company, "lead01", "今天考勤")
    assert "**6 人**" in await ask(company, "lead01", "客服部今天考勤")
    for text in ("全公司今天考勤", "company attendance today", "whole company attendance today"):
        assert "**11" in await ask(company, "lead01", text), text
        answer = await ask(company, "lead02", text)
        assert not any(name in answer for name in (*OWN, *OTHERS)), text


async def test_a_lead_of_leads_sees_those_below_and_a_lead_below_does_not_see_up(company: Company) -> None:
    world = company.sandbox.world
    web = world.add_department("前端组", 102)
    world.change("user007", department_id=web.id, lead=True)
    world.change("user006", department_id=web.id)
    above = ""
    async with asyncio.timeout(60):
        while not all(name in above for name in OWN):  # until the change is read, nobody is sure of the role
            await crawl(company)
            above = await ask(company, "lead02", "今天考勤")
    below = await ask(company, "user007", "今天考勤")
    assert "周婷" in below
    assert not any(name in below for name in ("吴刚", "Grace Miller", "Tom Baker"))
    assert "Only leads" not in await ask(company, "user007", "summary")


async def test_losing_the_role_takes_effect_with_the_event(company: Company) -> None:
    assert "周婷" in await ask(company, "lead02", "今天考勤")
    company.sandbox.world.change("lead02", lead=False)
    await company.sandbox.events_pushed()
    assert company.app is not None
    teams = company.app.directory.teams
    await until(lambda: not teams().departments_led("lead02"), what="the loss of the role")
    for text in ("今天考勤", "客服部今天考勤", "周婷今天打卡了吗"):
        answer = await ask(company, "lead02", text)
        assert NO_LEAD in answer, text
        assert "周婷" not in answer


async def test_in_a_group_the_answer_goes_to_the_lead_alone(company: Company) -> None:
    for who, text in (
        ("lead02", "今天考勤"),
        ("lead02", "周婷今天打卡了吗"),
        ("user006", "今天考勤"),
        ("user006", "谁能看我的考勤"),
    ):
        before, told = len(company.sandbox.transcript(who)), len(company.sandbox.replies(who))
        await company.sandbox.say(who, text, conversation="2")
        await company.sandbox.wait_for_reply(who, after=told + 1)
        said = company.sandbox.transcript(who)[before:]
        in_group = [one.text for one in said if one.speaker == "bot" and one.conversation == "2"]
        alone = [one.text for one in said if one.speaker == "bot" and one.conversation == "1"]
        assert in_group == [f"@{who}\n\n已私聊回复。"]
        assert len(alone) == 1
        assert ("周婷" in alone[0]) is (who == "lead02")


async def test_a_team_that_wants_it_open_hears_it_in_the_group(tmp_path: Path) -> None:
    async with a_company(tmp_path, at="09:42", summaries={"in_groups": "open"}) as company:
        await crawl(company)
        assert "周婷" in await ask(company, "lead02", "今天考勤", conversation="2")
        assert NO_LEAD in await ask(company, "user006", "今天考勤", conversation="2")


async def test_a_name_that_only_looks_alike_is_somebody_else(company: Company) -> None:
    world = company.sandbox.world
    cyrillic = world.join(name="Tоm Baker", department_id=101)  # with a Cyrillic о
    await crawl(company)
    assert company.app is not None
    visibility = Visibility(company.app.directory, ["lead01"])
    for named in (cyrillic.name, cyrillic.user_id):
        assert visibility.of("lead02", person=named).outcome is Sighted.NOT_YOURS
        assert visibility.of("lead01", person=named).user_ids == (cyrillic.user_id,)
    assert visibility.of("lead02", person="tom  baker").user_ids == ("user007",)
    assert visibility.of("user001", person=cyrillic.user_id) == Sight(Sighted.NO_LEAD)


async def test_two_people_of_one_name_are_told_apart(company: Company) -> None:
    world = company.sandbox.world
    twin = world.join(name="周婷", department_id=102)
    await crawl(company)
    answer = await ask(company, "lead02", "周婷今天打卡了吗")
    assert "您指哪一位" in answer
    assert twin.user_id in answer
    assert f"周婷 ({twin.user_id})" in await ask(company, "lead02", "今天考勤")


async def test_a_name_cannot_write_markdown(company: Company) -> None:
    world = company.sandbox.world
    nasty = "[点我](https://evil.example) **粗** @所有人"
    world.join(name=nasty, department_id=102)
    await crawl(company)
    answer = await ask(company, "lead02", "今天考勤")
    assert not re.search(r"(?<!\\)\]\(https", answer)
    text = answer.rpartition("\n\n")[0]  # without the links, whose labels are another matter
    assert not re.search(r"(?<!\\)\*\*粗", text)
    assert "\\@所有人" in text


async def test_a_lead_learns_neither_the_kind_of_leave_nor_the_exact_place(company: Company) -> None:
    company.at("08:50")
    await ask(company, "user006", "打卡 39.9188,116.3975")
    await company.sandbox.wait_for_reply("lead02")  # they are told of it by themselves
    company.at("09:42")
    answer = await ask(company, "lead02", "周婷今天打卡了吗")
    assert "外勤，距 HQ" in answer
    assert "39.9" not in answer
    assert "116.3" not in answer


async def test_the_bot_explains_who_sees_whom_with_the_names_of_ones_own_leads(company: Company) -> None:
    worker = await ask(company, "user006", "谁能看我的考勤")
    assert "能看您的考勤的主管：Grace Miller" in worker and "管理员能看所有人：陈静" in worker
    assert "您不能看其他人的考勤" in worker and not any(name in worker for name in (*OWN, *OTHERS))
    lead = await ask(company, "lead02", "我能看谁的考勤")
    assert "您能看 5 人，来自：" in lead
    for answer in (worker, lead):
        assert "部门主管以钉钉标记的“主管”为准；没有标记时，以部门设置的主管为准；此外公司可以另行指定" in answer
        assert "看不到不在岗的原因（请假及其类型、出差、外出），也看不到具体位置" in answer
    assert "您是管理员，能看所有人（11 人）" in await ask(company, "lead01", "谁能看我的考勤")


async def test_who_is_said_to_see_somebody_is_who_does(company: Company) -> None:
    assert company.app is not None
    visibility, everybody = (
        Visibility(company.app.directory, ["lead01"]),
        [one.user_id for one in company.sandbox.world],
    )
    for person in everybody:
        said = visibility.who_sees(person)
        named = {one.user_id for one in (*said.leads, *said.admins)}
        seeing = {viewer for viewer in everybody if visibility.of(viewer, person=person).outcome is Sighted.SEEN}
        assert seeing == named | {person}
        leads = {one.user_id for one in said.leads}
        assert leads == company.app.directory.teams().seen_by(person)


async def test_who_sees_whom_is_not_told_while_it_is_not_known(company: Company) -> None:
    await company.sandbox.fault("http_500", {"apis": ["user_get"]})
    company.sandbox.clock.advance(1)  # after everybody was read
    company.sandbox.world.change("lead02", lead=False)
    await company.sandbox.events_pushed()
    assert company.app is not None
    directory = company.app.directory
    await until(lambda: directory.may_have_lost_a_role("lead02"), what="the event")
    assert "暂时不知道谁能看谁" in await ask(company, "lead02", "我能看谁的考勤")


async def test_a_trip_or_an_outing_is_not_told_as_leave_and_leave_looks_the_same(company: Company) -> None:
    for who, kind in (("user006", "trip"), ("user007", "leave")):
        company.sandbox.absences.add(who, local("00:00"), local("23:59"), kind, whole_days=True)
    answer = await ask(company, "lead02", "今天考勤")
    assert "不在岗（请假/出差/外出，含待批）（2）**：周婷、Tom Baker" in answer
    assert "On leave" not in await ask(company, "lead02", "summary")


async def test_who_asks_to_compare_hears_that_nothing_is_compared(company: Company) -> None:
    answer = await ask(company, "lead02", "对比本周和上周")
    assert "我不会对比两段时间" in answer
    assert "对比" not in await ask(company, "lead02", "本周考勤汇总")
