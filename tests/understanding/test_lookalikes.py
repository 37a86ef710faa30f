"""What reads like a punch and is none: an instruction, somebody else's, a break, a remark."""

import pytest

from bot.domain.sites import Site
from bot.understanding import Intent, understand
from tests.understanding.figures import PUNCHES, TODAY

SITES = (
    Site("HQ", 39.908823, 116.397470, 200, aliases=("总部",)),
    Site("Pudong", 31.2, 121.5, 300, aliases=("浦东",)),
)


def read(text: str) -> Intent:
    return understand(text, today=TODAY, sites=SITES)


def punched(texts: list[str]) -> list[str]:
    return [text for text in texts if read(text).name.value in PUNCHES]


@pytest.mark.parametrize("arrives", ["到", "到了", "我到", "已到", "刚到", "抵达", "在", "麻烦到"])
@pytest.mark.parametrize("site", ["总部", "浦东", "HQ", "总部3楼", "浦东东门"])
def test_what_is_to_be_done_at_a_site_is_no_arrival(arrives: str, site: str) -> None:
    done = [
        "联系我",
        "找我",
        "接我",
        "见我",
        "见",
        "取车",
        "盖章",
        "再聊",
        "多远",
        "坐几路",
        "集合",
        "领奖",
        "搬桌子",
        "喝茶",
    ]
    done += ["走走", "聚餐", "验收", "碰头", "就行", "就好", "对面", "南边", "隔壁"]
    assert punched([f"{arrives}{site}{what}" for what in done]) == []


def test_what_one_does_at_a_site_is_no_arrival_in_english_either() -> None:
    said = ["I'm at HQ", "at HQ", "arrived at Pudong", "reached HQ", "here at HQ"]
    done = ["waiting", "fixing things", "hungry", "lost", "alone", "smoking", "interviewing"]
    assert punched([f"{place} {what}" for place in said for what in done]) == []
    assert read("at HQ waiting").unsure


def test_whose_words_stand_before_a_place_has_not_come_there() -> None:
    verbs = [
        "I work",
        "I park",
        "I still work",
        "work",
        "my desk",
        "my office",
        "the lobby",
        "gate",
        "I work here",
    ]
    assert punched([f"{verb} at HQ" for verb in verbs]) == []


PARTS = ["", "3楼", "一楼", "东门", "大厅", "前台", "A座", "2号楼", "大楼", "办公室", "了", "南门了", "啦，谢谢"]
ENGLISH_PARTS = [" lobby", " east gate", " 3rd floor", " floor 3", " main entrance", " building", " now"]


@pytest.mark.parametrize("part", PARTS + ENGLISH_PARTS)
def test_a_site_and_a_part_of_it_are_an_arrival(part: str) -> None:
    said = f"at HQ{part}" if part.isascii() else f"到总部{part}"
    assert read(said).name.value == "clock_in"
