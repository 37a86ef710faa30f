"""What reads like a punch and is none: an instruction, somebody else's, a break, a remark."""

import pytest

from bot.domain.sites import Site
from bot.understanding import Intent, NoneReason, understand
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


WAYS = ["clock in", "clock out", "punch in", "please clock in", "clocking out", "clock me in"]


@pytest.mark.parametrize("whom", ["mate", "buddy", "pal", "bro", "assistant", "champ", "captain"])
def test_what_is_for_somebody_else_is_refused(whom: str) -> None:
    said = [f"{way} {for_whom} {whom}" for way in WAYS for for_whom in ("for my", "for a", "for", "for our", "my")]
    assert punched(said) == []
    assert {read(text).none_reason for text in said} == {NoneReason.PROXY}


@pytest.mark.parametrize(
    "for_what", ["for me", "for my shift", "for the day", "for today", "for the morning shift"]
)
def test_what_is_for_oneself_is_a_punch(for_what: str) -> None:
    assert read(f"clock in {for_what}").name.value == "clock_in"


@pytest.mark.parametrize(
    "text",
    [
        # on the way to work
        *["just left for work", "off for my shift", "out for work", "I've left for work", "going home for work"],
        *["leaving for my night shift", "walking out for work", "off for night duty"],
        # a guest or a patient, or somebody at work
        *["checking in at the clinic", "sign in at reception", "signing in at the school", "log in at the desk"],
        *["sign in at the front desk", "checking out at the counter", "sign in at the lobby"],
        # only for a while, or later
        *["leaving my desk", "leaving the desk", "just left my desk", "leaving my post"],
        *["离开工位", "我离开工位了"],
        *["done for now", "off for now", "out for now", "I'm out for now", "heading out for now"],
        *["leaving early today", "I'm leaving early today", "heading home early today"],
        # to a customer or a meal
        *["先走了，吃饭去", "我走了，吃饭去", "走了，去见客户", "走了，见客户去", "走了，跑客户"],
        # something else comes first
        *["我先吃饭，下班打卡", "我先开会，下班打卡", "先把活干完，下班打卡", "我先停车，上班打卡"],
        # a card that is asked after
        *["上班卡呀", "上班卡哦", "上班卡嘛", "下班卡吧", "下班卡哈", "晚班卡嘛", "早卡哦"],
        # remarks
        *["打卡累了", "下班打卡累了", "打卡没电", "又打卡了", "又下班打卡了", "我又打卡了"],
        *["又打个卡", "又又打卡了", "又迟到打卡"],
        *["clock in late lol", "clock out late again", "clocking out late again", "clock in late haha"],
        # a day off
        *["I'm off today, clock out", "clock out, off today", "I'm off today so clock out"],
    ],
)  # fmt: skip
def test_what_only_reads_like_a_punch_is_asked_about(text: str) -> None:
    assert (read(text).name.value, read(text).unsure) == ("none", True)


@pytest.mark.parametrize(
    "text", ["老铁们，打卡", "打卡啦老铁们", "帮老铁们打卡", "clock_in;", "check_in ;", "clock_out; clock_in;"]
)
def test_a_call_to_a_crowd_and_code_are_none(text: str) -> None:
    assert (read(text).name.value, read(text).unsure) == ("none", False)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("done for now, clock me out", "clock_out"),
        ("leaving early today, clock me out", "clock_out"),
        ("I'm leaving early", "clock_out"),
        ("leaving my desk, clock out", "clock_out"),
        ("离开工位，下班", "clock_out"),
        ("走了，接孩子去", "clock_out"),
        ("走了，回家吃饭", "clock_out"),
        ("我先去接孩子，下班打卡", "clock_out"),
        ("我先撤了，下班打卡", "clock_out"),
        ("老铁们，我下班了", "clock_out"),
        ("下班打卡吧", "clock_out"),
        ("打个上班卡呀", "clock_in"),
        ("我又来打卡了", "clock_in"),
        ("又是周一，打卡", "clock_in"),
        ("clock in again", "clock_in"),
        ("clock in late, bus broke down", "clock_in"),
        ("下班打卡，累死了", "clock_out"),
        ("I'm off for today, clock out", "clock_out"),
        ("checking in at the office", "clock_in"),
        ("checking in at HQ lobby", "clock_in"),
        ("check me in at the front desk", "clock_in"),
        ("clock_in", "clock_in"),
    ],
)
def test_plain_punches_beside_them_stay_punches(text: str, name: str) -> None:
    assert read(text).name.value == name


@pytest.mark.parametrize(
    "text",
    [
        *(
            "今天准点下班",
            "今天可以准点下班",
            "今天不加班，准点下班",
            "今天可以提前走",
            "今天提前下班",
            "今天早走",
            "今天先走",
        ),
        *("今天下午提前走", "下午早走一会", "下午提前下班", "今天下午到", "下午到公司", "leaving on time today"),
        "clocking out on time today",
        *("今天准时到岗", "今天按时到公司", "今天提前到公司"),
        # or said to others; and a toy
        *("准时到公司", "按时到公司", "准点到公司", "我准时到公司", "溜溜球", "溜溜球~"),
    ],
)
def test_a_plan_for_today_is_asked_about(text: str) -> None:
    intent = understand(text, today=TODAY)
    assert intent.name not in PUNCHES and intent.unsure


@pytest.mark.parametrize(
    "text",
    [
        *("今天提前下班了", "今天先走了", "准点下班", "今天提前下班，打卡", "下午到了", "下午到岗", "我先走了"),
        *(
            "准时到公司了",
            "准时到公司，打卡",
            "准时到岗",
            "今天准时到岗了",
            "溜溜球了",
            "溜溜球，下班打卡",
            "下班，溜溜球",
        ),
    ],
)
def test_what_is_so_by_now_is_no_plan(text: str) -> None:
    assert understand(text, today=TODAY).name in PUNCHES
