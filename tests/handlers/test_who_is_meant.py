"""A question about one is never answered about others, whoever asks: through the real bot."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote, unquote

import pytest

from bot.domain.bracketed import in_brackets
from tests.company import Company, a_company
from tests.handlers.test_who_sees_whom import NO_LEAD, NOT_YOURS, OTHERS, OWN, ask, crawl
from tests.languages import theirs
from tests.waiting import until

WHO = "Whom do you mean?"
WHO_OR_WHAT = "I do not know whom or what you mean"


@pytest.fixture
async def company(tmp_path: Path) -> AsyncIterator[Company]:
    async with a_company(tmp_path, at="09:42") as running:
        await crawl(running)
        yield running


def named_in(answer: str) -> set[str]:
    """Return who is shown in an answer; its title and text, not what its taps say."""
    text = answer.partition("dtmd://")[0]
    return {name for name in (*OWN, *OTHERS, "Grace Miller") if name in text}


@pytest.mark.parametrize(
    ("text", "person"),
    [
        ("吴刚今天考勤", "吴刚"),
        ("吴刚上周考勤", "吴刚"),
        ("emma today", "Emma Davis"),
        ("emma davis last week", "Emma Davis"),
        ("Emma's attendance today", "Emma Davis"),
        ("TOM attendance today", "Tom Baker"),
        ("Tom Baker今天考勤", "Tom Baker"),
        ("attendance of user008 today", "吴刚"),
        ("user008 last week", "吴刚"),
        ("吴刚打卡了吗", "吴刚"),
    ],
)
async def test_a_lead_who_names_one_is_shown_that_one_alone(company: Company, text: str, person: str) -> None:
    assert named_in(await ask(company, "lead02", text)) == {person}


@pytest.mark.parametrize(
    "text", ["Support today", "support attendance today", "客服部上周", "客服部 Support今天考勤"]
)
async def test_a_department_is_found_by_either_of_its_names(company: Company, text: str) -> None:
    answer = await ask(company, "lead02", text)
    assert answer.startswith("### 客服部 Support")
    assert named_in(answer) == set(OWN)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("alice today", WHO_OR_WHAT),
        ("Engineering today", WHO_OR_WHAT),
        ("Zaphod today", WHO_OR_WHAT),
        ("attendance of alice last week", WHO),
        ("export alice last month", WHO),
        ("alice attendance today", WHO),
        ("华东大区今天考勤", "您指谁"),
        ("Alice今天考勤", NOT_YOURS),
        ("销售一部今天考勤", NOT_YOURS),
        ("研发中心上周考勤", NOT_YOURS),
        ("导出王小明上个月考勤", NOT_YOURS),
        ("Engineering attendance today", "not among what you may see"),
        ("who is late in Engineering", "not among what you may see"),
        ("attendance of user001 today", "not among what you may see"),
    ],
)
async def test_what_is_not_theirs_is_asked_about_and_shows_nobody(company: Company, text: str, says: str) -> None:
    answer = await ask(company, "lead02", text)
    assert says in answer
    assert not named_in(answer)


@pytest.mark.parametrize(
    ("text", "tap"),
    [
        ("emna attendance today", "employee 「user009」 attendance today"),
        ("吴钢上周考勤", "员工「user008」上周考勤"),
    ],
)
async def test_a_slip_offers_the_near_of_their_own_by_one_tap_that_keeps_the_question(
    company: Company, text: str, tap: str
) -> None:
    assert f"sendMessage?content={quote(tap)})" in await ask(company, "lead02", text)
    person = "Emma Davis" if "009" in tap else "吴刚"
    assert named_in(await ask(company, "lead02", tap)) == {person}


async def test_of_two_that_fit_the_tap_keeps_the_days(company: Company) -> None:
    twin = company.sandbox.world.join(name="Tom Hill", department_id=102)
    await crawl(company)
    answer = await ask(company, "lead02", "tom last week")
    assert "Whom do you mean?" in answer
    for user_id in ("user007", twin.user_id):
        assert f"sendMessage?content={quote(f'employee 「{user_id}」 last week')})" in answer


async def test_of_two_named_neither_is_left_out_in_silence(company: Company) -> None:
    answer = await ask(company, "lead02", "周婷和吴刚今天考勤")
    assert "一次只能显示一位或一个部门，您指哪一位" in answer
    assert "user006" in answer and "user008" in answer


@pytest.mark.parametrize(
    ("text", "tap"),
    [
        ("周婷和吴刚本月考勤", "员工「{}」本月考勤"),
        ("导出周婷、吴刚上周考勤", "导出员工「{}」上周考勤"),
        ("attendance of user006 and user008 this month", "attendance of employee 「{}」 this month"),
    ],
)
async def test_of_two_named_the_taps_keep_the_question(company: Company, text: str, tap: str) -> None:
    answer = await ask(company, "lead02", text)
    for user_id in ("user006", "user008"):
        assert f"sendMessage?content={quote(tap.format(user_id))})" in answer


@pytest.mark.parametrize(
    "text", ["export 吴刚 last month", "吴刚打卡记录", "alice attendance today", "Engineering attendance today"]
)
async def test_whoever_leads_nobody_is_refused_and_not_shown_their_own_instead(
    company: Company, text: str
) -> None:
    answer = await ask(company, "user001", text)
    assert theirs(text, en="Only leads and admins", zh=NO_LEAD) in answer


@pytest.mark.parametrize("text", ["alice today", "rainy last week", "华东大区上周"])
async def test_to_others_a_word_and_a_day_is_not_understood(company: Company, text: str) -> None:
    answer = await ask(company, "user001", text)
    assert theirs(text, en="nothing was recorded", zh="没有") in answer
    assert not named_in(answer)


@pytest.mark.parametrize("name", ["Field Sales East Today", "周一组", "谁没打卡", "Late 「night」 crew"])
async def test_a_department_may_be_called_like_words_of_the_bots_own(company: Company, name: str) -> None:
    world = company.sandbox.world
    department = world.add_department(name, 102)
    for number in range(21):
        world.join(name=f"Person {number}", department_id=department.id)
    await crawl(company)
    directory = company.app.directory if company.app is not None else None
    assert directory is not None

    async def knows_the_lead() -> bool:  # also after events that came once a crawl had begun
        await crawl(company)
        return not directory.may_have_lost_a_role("lead02")

    await until(knows_the_lead, what="the lead's role")
    first = await ask(company, "lead02", f"department {in_brackets(name)} summary last week")
    (tap,) = re.findall(r"sendMessage\?content=([^)]*)\)", first)
    second = await ask(company, "lead02", unquote(tap))
    assert first.splitlines()[0] == second.splitlines()[0]
    assert "page 1 of 2" in first and "page 2 of 2" in second
    people = {f"**Person {number}**" for number in range(21)}
    shown = [{one for one in people if one in answer} for answer in (first, second)]
    assert (len(shown[0]), len(shown[1]), shown[0] | shown[1]) == (15, 6, people)
