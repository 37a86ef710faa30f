"""What was said with a punch outlives the question about it, and unknown words are asked about as such."""

import re
from pathlib import Path
from urllib.parse import quote, unquote

import pytest

from tests.company import a_company
from tests.languages import theirs


@pytest.mark.parametrize("answer", ["clock in", "yes", "clock in @HQ"])
@pytest.mark.parametrize("location", ["optional", "required"])
async def test_a_place_named_by_voice_is_kept_whatever_confirms_it(
    tmp_path: Path, location: str, answer: str
) -> None:
    async with a_company(tmp_path, clock_in={"location": location}) as company:
        asked = await company.ask("user001", "clock in at HQ", kind="voice")
        assert "“Clock-in, HQ”" in asked
        assert quote("clock in @HQ") in asked
        company.sandbox.clock.advance(30)
        receipt = await company.ask("user001", answer)
        assert "Clock-in 08:50" in receipt
        assert "Place: HQ" in receipt


@pytest.mark.parametrize("answer", ["clock in", "yes", "clock in 39.909000,116.397500 ±41m"])
async def test_coordinates_told_by_voice_are_kept_whatever_confirms_them(tmp_path: Path, answer: str) -> None:
    async with a_company(tmp_path, clock_in={"location": "required"}) as company:
        asked = await company.ask("user001", "clock in 39.9090,116.3975 ±41m", kind="voice")
        assert quote("clock in 39.909000,116.397500 ±41m") in asked
        company.sandbox.clock.advance(30)
        assert "Place: HQ, 20 m from its centre" in await company.ask("user001", answer)
        (record,) = company.punches_at_dingtalk("user001")
        assert (record.latitude, record.longitude, record.accuracy) == (39.9090, 116.3975, 41)


async def test_a_place_said_with_a_bare_punch_outlives_the_question_of_its_direction(tmp_path: Path) -> None:
    async with a_company(tmp_path, at="14:00") as company:
        assert quote("上班打卡 @HQ") in await company.ask("user001", "打卡 @HQ")
        assert "地点：HQ" in await company.ask("user001", "上班打卡")


async def test_another_place_in_the_answer_stands_before_the_one_heard(tmp_path: Path) -> None:
    async with a_company(tmp_path) as company:
        await company.ask("user001", "clock in at HQ", kind="voice")
        assert "outside" in await company.ask("user001", "clock in 39.95,116.3975")


async def test_the_place_of_a_question_that_is_answered_or_over_is_in_no_later_punch(tmp_path: Path) -> None:
    async with a_company(tmp_path) as company:
        await company.ask("user001", "clock in at HQ", kind="voice")
        company.sandbox.clock.advance(180)
        assert "No place was given." in await company.ask("user001", "clock in")


@pytest.mark.parametrize(
    ("text", "name", "taps"),
    [
        ("上班打卡 @火星", "火星", ["上班打卡", "上班打卡 @HQ"]),
        ("上班打卡 @火星大厦", "火星大厦", ["上班打卡", "上班打卡 @HQ"]),
        ("上班打卡 北京", "北京", ["上班打卡", "上班打卡 @HQ"]),
        ("打卡 总布", "总布", ["上班打卡", "下班打卡", "打卡 @HQ"]),
        ("clock in @Mars", "Mars", ["clock in", "clock in @HQ"]),
        ("clock in @Shanghai tower", "Shanghai tower", ["clock in", "clock in @HQ"]),
        ("打卡 @火星", "火星", ["上班打卡", "下班打卡", "打卡 @HQ"]),
        ("clock out @Mars 39.9090,116.3975", "Mars", ["clock out 39.909000,116.397500", "clock out @HQ"]),
    ],
)
async def test_a_site_that_is_not_known_is_asked_about_with_the_direction_kept(
    tmp_path: Path, text: str, name: str, taps: list[str]
) -> None:
    async with a_company(tmp_path) as company:
        asked = await company.ask("user001", text)
        assert f"“{name}”" in asked
        assert "HQ" in asked
        assert not company.punches_at_dingtalk("user001")
        offered = [unquote(tap) for tap in re.findall(r"content=([^)]+)\)", asked)]
        assert offered[: len(taps)] == taps
        company.sandbox.clock.advance(70)
        receipt = await company.ask("user001", offered[-1])
        assert ("08:51" if text.startswith("clock out") else "08:50") in receipt
        assert f"{offered[-1].rpartition('@')[2]}" in receipt


@pytest.mark.parametrize("text", ["clock in HQQ", "clock in @HQQ"])
async def test_a_site_misspelt_is_taken_for_no_colleague(tmp_path: Path, text: str) -> None:
    async with a_company(tmp_path) as company:
        asked = await company.ask("user001", text)
        assert "“HQQ”" in asked
        assert quote("clock in @HQ") in asked
        assert "A colleague" not in asked


@pytest.mark.parametrize(
    "text",
    [
        "please clock in for Alice",
        "kindly clock out for Bob",
        "麻烦帮Alice打卡",
        "帮Alice Johnson打个卡",
        "请替Bob上班打卡",
    ],
)
async def test_a_punch_asked_for_a_colleague_offers_no_tap_that_punches_who_asks(
    tmp_path: Path, text: str
) -> None:
    async with a_company(tmp_path) as company:
        refused = await company.ask("user001", text)
        assert "dtmd://" not in refused
        assert theirs(text, en="themselves", zh="本人") in refused
        assert not list(company.sandbox.records)


@pytest.mark.parametrize("text", ["clock in Alice", "clock in @Bob", "clock in, Alice"])
async def test_a_name_behind_a_command_is_asked_about_and_not_the_direction(tmp_path: Path, text: str) -> None:
    async with a_company(tmp_path) as company:
        asked = await company.ask("user001", text)
        assert "A colleague cannot be clocked in by you" in asked
        assert "Clocking in or clocking out?" not in asked
        assert "clock%20out" not in asked
        assert not list(company.sandbox.records)
        company.sandbox.clock.advance(70)
        assert "Clock-in 08:50" in await company.ask("user001", "clock in")


@pytest.mark.parametrize(
    ("text", "tap"),
    [
        ("clock in @HQ at 8:50", "clock in @HQ"),
        ("clock in 39.9090,116.3975 at 8:50", "clock in 39.909000,116.397500"),
        ("clock in Alice @HQ", "clock in @HQ"),
        ("clock in Alice 39.9090,116.3975", "clock in 39.909000,116.397500"),
    ],
)
async def test_a_place_said_with_a_punch_in_doubt_is_kept_whatever_answers(
    tmp_path: Path, text: str, tap: str
) -> None:
    for number, answer in enumerate(("clock in", tap)):
        folder = tmp_path / str(number)
        folder.mkdir()
        async with a_company(folder) as company:
            asked = await company.ask("user001", text)
            assert unquote(re.findall(r"content=([^)]+)\)", asked)[0]) == tap
            assert not company.punches_at_dingtalk("user001")
            company.sandbox.clock.advance(30)
            receipt = await company.ask("user001", answer)
            assert "Clock-in 08:50" in receipt
            assert "Place: HQ" in receipt


async def test_the_tap_that_punches_now_keeps_the_place_of_a_punch_told_of_a_time_that_is_over(
    tmp_path: Path,
) -> None:
    async with a_company(tmp_path) as company:
        assert quote("clock in @HQ") in await company.ask("user001", "clock in @HQ at 8:30")


async def test_what_is_no_answer_to_an_unclear_punch_has_its_own_time(tmp_path: Path) -> None:
    async with a_company(tmp_path) as company:
        await company.ask("user001", "clock in @Mars")
        company.sandbox.clock.advance(70)
        assert "Clock-out 08:51" in await company.ask("user001", "clock out")


async def test_a_second_unclear_place_adds_no_time(tmp_path: Path) -> None:
    async with a_company(tmp_path) as company:
        for name in ("Mars", "Venus"):
            await company.ask("user001", f"clock in @{name}")
            company.sandbox.clock.advance(75)
        assert "Clock-in 08:52" in await company.ask("user001", "clock in @HQ")


async def test_a_company_without_sites_is_not_asked_which(tmp_path: Path) -> None:
    async with a_company(tmp_path, sites=[]) as company:
        assert "Clock-in 08:50" in await company.ask("user001", "clock in @Shanghai tower")


async def test_in_a_group_an_unclear_place_lists_nobodys_sites(tmp_path: Path) -> None:
    async with a_company(tmp_path) as company:
        asked = await company.ask("user001", "clock in @Mars", conversation="2")
        assert "Mars" in asked
        assert "HQ" not in asked


async def test_a_company_that_wants_a_place_says_that_one_is_not_known(tmp_path: Path) -> None:
    async with a_company(tmp_path, clock_in={"location": "required"}) as company:
        assert "no site called “Atlantis”" in await company.ask("user001", "clock in at Atlantis")
        asked = await company.ask("user001", "clock in @Mars")
        assert "no site called “Mars”" in asked
        assert "without" not in asked


@pytest.mark.parametrize(
    ("said", "kind"), [("clock in @X9", "text"), ("clock in at X9", "voice"), ("打卡 X9", "voice")]
)
async def test_the_site_of_another_department_is_found_out_by_no_alias(
    tmp_path: Path, said: str, kind: str
) -> None:
    lab = {"name": "Secret Lab", "aliases": ["X9"], "latitude": 39.9, "longitude": 116.3, "radius_m": 100}
    hq = {"name": "HQ", "latitude": 39.908823, "longitude": 116.397470, "radius_m": 200}
    sites = [hq, {**lab, "people": {"departments": [999], "users": []}}]
    async with a_company(tmp_path, sites=sites) as company:
        assert "Secret" not in await company.ask("user001", said, kind=kind)
        assert "Secret" not in await company.ask("user001", "clock in at 8:30 @X9")


@pytest.mark.parametrize("answer", ["HQ", "@HQ", "总部", "hq."])
@pytest.mark.parametrize("asked", ["clock in @HQ or @Pudong", "clock in @Mars"])
async def test_the_bare_name_of_a_site_answers_which_place_is_meant(
    tmp_path: Path, asked: str, answer: str
) -> None:
    async with a_company(tmp_path) as company:
        await company.ask("user001", asked)
        company.sandbox.clock.advance(70)
        receipt = await company.ask("user001", answer)
        assert ("08:50" in receipt, "HQ" in receipt) == (True, True)
        assert len(list(company.sandbox.records)) == 1


@pytest.mark.parametrize(
    ("before", "kind"), [("clock in", "voice"), ("hello", "text"), ("clock in @Mars", "text")]
)
async def test_the_bare_name_of_a_site_is_no_punch_where_no_place_was_asked_for(
    tmp_path: Path, before: str, kind: str
) -> None:
    async with a_company(tmp_path) as company:
        await company.ask("user001", before, kind=kind)
        company.sandbox.clock.advance(150 if "Mars" in before else 5)
        await company.ask("user001", "HQ")
        assert not list(company.sandbox.records)


@pytest.mark.parametrize("answer", ["39.9088,116.3975", "39.9088,116.3975 ±20m", "我的位置：39.9088,116.3975"])
@pytest.mark.parametrize("asked", ["clock in", "clock in @Mars"])
async def test_coordinates_alone_answer_the_question_for_the_place(
    tmp_path: Path, asked: str, answer: str
) -> None:
    async with a_company(tmp_path, at="08:58:30", clock_in={"location": "required"}) as company:
        await company.ask("user001", asked)
        company.sandbox.clock.advance(100)
        assert "08:58" in await company.ask("user001", answer)
        assert len(list(company.sandbox.records)) == 1


@pytest.mark.parametrize(
    ("before", "wait_s", "said"),
    [
        ("hello", 5, "39.9088,116.3975"),
        ("39.9088,116.3975", 5, "39.9088,116.3975"),  # asked whether one comes or goes
        ("clock in", 150, "39.9088,116.3975"),
        ("clock in", 5, "39.9088,116.3975 is where Bob is"),
        ("clock in", 5, "91.5,216.3975"),
    ],
)
async def test_coordinates_are_no_punch_where_they_answer_nothing_or_say_more(
    tmp_path: Path, before: str, wait_s: float, said: str
) -> None:
    async with a_company(tmp_path, clock_in={"location": "required"}) as company:
        await company.ask("user001", before)
        company.sandbox.clock.advance(wait_s)
        await company.ask("user001", said)
        assert not list(company.sandbox.records)


@pytest.mark.parametrize("try_first", ["HQ", "clock in @HQ"])
async def test_naming_a_place_that_is_not_enough_costs_nobody_the_time_of_the_first_message(
    tmp_path: Path, try_first: str
) -> None:
    rules = {"location": "required", "trusted_sources": ["typed", "browser"]}
    async with a_company(tmp_path, at="08:59:40", clock_in=rules) as company:
        await company.ask("user001", "clock in")
        company.sandbox.clock.advance(50)
        await company.ask("user001", try_first)
        company.sandbox.clock.advance(20)
        assert "08:59" in await company.ask("user001", "clock in 39.908823,116.397470")


@pytest.mark.parametrize(
    ("text", "first"), [("clock in Pudng", "clock in @Pudong"), ("clock in HQQ", "clock in @HQ")]
)
async def test_a_site_whose_name_resembles_the_unknown_words_is_offered_first(
    tmp_path: Path, text: str, first: str
) -> None:
    async with a_company(tmp_path) as company:
        offered = [unquote(tap) for tap in re.findall(r"content=([^)]+)\)", await company.ask("user001", text))]
        assert offered[:2] == ["clock in", first]
        assert not list(company.sandbox.records)
