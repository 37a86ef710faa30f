"""The many forms of one sentence, the language it is answered in, and the reasons given."""

import pytest

from bot.domain.shifts import CheckType
from bot.domain.sites import Site
from bot.understanding import Intent, IntentName, NoneReason, understand
from bot.understanding.explain import as_dict
from tests.understanding.figures import TODAY


def read(text: str) -> Intent:
    return understand(text, today=TODAY)


@pytest.mark.parametrize(
    "text",
    [
        "clock in",
        "CLOCK IN",
        "ｃｌｏｃｋ　ｉｎ",
        "/clock-in",
        "/clock_in",
        "clock in\n\n谢谢",
        "clok in",
        "@bot clock in",
        "@考勤助手 clock in",
        "clock in @考勤助手",
        "clock in 👍🏽",
        "clo\u200bck in",
        "clock in please, thanks!",
        "签到",
        "簽到",
        "千到",
        "@打卡机器人签到",
        "签到[微笑]",
        "签到 ^_^",
        "簽到（＾▽＾）",
        "clock in T_T",
    ],
)
def test_a_sentence_in_any_dress_is_the_same_sentence(text: str) -> None:
    assert read(text).name is IntentName.CLOCK_IN


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("lcock in", IntentName.CLOCK_IN),
        ("clock ni", IntentName.CLOCK_IN),
        ("clock me un", IntentName.CLOCK_IN),
        ("punch oit", IntentName.CLOCK_OUT),
        ("clock me outt please", IntentName.CLOCK_OUT),
        ("cloc kout", IntentName.CLOCK_OUT),
        ("store's locked, clock out", IntentName.CLOCK_OUT),
        ("下班打卞", IntentName.CLOCK_OUT),
        ("我到公司囉", IntentName.CLOCK_IN),
        ("我到位啦", IntentName.CLOCK_IN),
        ("先走咯大家", IntentName.CLOCK_OUT),
        ("打卡机坏了，帮我打卡", IntentName.CLOCK_IN),
        ("已到公司，请打卡", IntentName.CLOCK_IN),
        ("clock Lin in", IntentName.NONE),
        ("clock Ou out", IntentName.NONE),
        ("新来的到了，上班打卡", IntentName.NONE),
        ("打卡机坏了怎么办", IntentName.NONE),
        ("covering for Bob, clock in", IntentName.NONE),
    ],
)
def test_slips_light_particles_and_what_is_told_beside_a_punch(text: str, name: IntentName) -> None:
    assert read(text).name is name


def test_a_site_is_known_in_either_kind_of_characters() -> None:
    site = Site("東大樓", 39.9, 116.4, 200)
    for text in ("打卡 東大樓", "打卡 东大楼"):
        assert understand(text, today=TODAY, sites=[site]).place_name == text[3:]


@pytest.mark.parametrize(
    ("text", "language"),
    [("clock in", "en"), ("打卡", "zh"), ("早 clock in", "zh"), ("👍", "en"), ("签到 thx", "zh")],
)
def test_the_language_is_the_one_that_was_written(text: str, language: str) -> None:
    assert read(text).language == language


def test_a_mention_of_a_colleague_is_not_a_mention_of_the_bot() -> None:
    assert read("@小李 打卡").name is IntentName.NONE
    assert read("@Bob clock in").name is IntentName.NONE
    assert read("@小卡 打卡").name is IntentName.CLOCK_IN


def test_a_site_mentioned_in_front_is_a_place() -> None:
    site = Site("HQ", 39.9, 116.4, 200)
    assert understand("@HQ clock in", today=TODAY, sites=[site]).place_name == "HQ"


@pytest.mark.parametrize("text", ["undo", "撤销刚才的打卡", "取消刚才的打卡", "delete my last punch"])
def test_taking_a_punch_back_is_its_own_intent_and_published_as_a_correction(text: str) -> None:
    assert read(text).name is IntentName.UNDO
    assert as_dict(read(text))["intent"] == "correction"


@pytest.mark.parametrize("text", ["打错了", "误打卡", "误打卡了", "刚才打错了", "我打错卡了", "打卡打错了"])
def test_a_punch_made_by_mistake_is_wanted_back(text: str) -> None:
    assert read(text).name is IntentName.UNDO
    assert as_dict(read(text))["intent"] == "correction"


@pytest.mark.parametrize("text", ["打错了，应该是下班", "上班卡打错了，应该是9:00", "昨天打错了"])
def test_a_mistake_that_says_what_was_meant_is_a_correction(text: str) -> None:
    assert read(text).name is IntentName.CORRECTION


@pytest.mark.parametrize("text", ["clock out pls, place HQ", "clock out, place HQ", "clock out place HQ"])
def test_a_place_may_be_called_one(text: str) -> None:
    intent = understand(text, today=TODAY, sites=[Site("HQ", 39.9, 116.4, 200)])
    assert (intent.name, intent.place_name) == (IntentName.CLOCK_OUT, "HQ")


@pytest.mark.parametrize(("text", "stray"), [("打卡 星巴克", "星巴克"), ("clock in Starbucks", "Starbucks")])
def test_a_shop_behind_a_command_is_asked_about(text: str, stray: str) -> None:
    assert (read(text).name, read(text).unsure, read(text).stray) == (IntentName.NONE, True, stray)


@pytest.mark.parametrize("text", ["打卡星巴克", "我在星巴克打卡", "打卡星巴克新店"])
def test_a_shop_that_is_visited_is_not_about_us(text: str) -> None:
    assert (read(text).name, read(text).unsure) == (IntentName.NONE, False)


@pytest.mark.parametrize("text", ["yes", "是的", "对", "确认", "ok", "好的", "Yes please!"])
def test_a_bare_yes_confirms_and_is_published_as_none(text: str) -> None:
    assert read(text).name is IntentName.CONFIRM
    assert as_dict(read(text))["intent"] == "none"


@pytest.mark.parametrize("text", ["yes, clock me in", "是的，打卡", "对不对", "确认一下谁没打卡"])
def test_a_yes_with_more_behind_it_is_no_bare_yes(text: str) -> None:
    assert read(text).name is not IntentName.CONFIRM


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("明天8点帮我打卡", NoneReason.FUTURE),
        ("clock me in tomorrow", NoneReason.FUTURE),
        ("帮张三打卡", NoneReason.PROXY),
        ("clock Bob in please", NoneReason.PROXY),
        ("每天自动打卡", NoneReason.AUTOMATIC),
        ("clock me in automatically", NoneReason.AUTOMATIC),
        ("帮我打卡，我还在路上", NoneReason.ABSENT),
        ("如果我忘了就打卡", NoneReason.CONDITIONAL),
        ("先别打卡", NoneReason.NEGATED),
        ("我打过卡了", NoneReason.ALREADY_DONE),
        ("你打卡了吗", NoneReason.QUESTION),
        ("怎么打卡", NoneReason.HOW_TO),
        ("老板说下班打卡", NoneReason.REPORTED),
        ("打卡机坏了", NoneReason.NOT_ABOUT_US),
        ("good morning", NoneReason.SMALL_TALK),
    ],
)
def test_what_changes_nothing_says_why(text: str, reason: NoneReason) -> None:
    assert (read(text).name, read(text).none_reason) == (IntentName.NONE, reason)


def test_the_words_that_counted_are_named() -> None:
    assert any(item.words == "帮我" or item.words == "打卡" for item in read("帮我打卡").why)
    assert [item.words for item in read("明天打卡").why] == ["明天"]
    assert [item.words for item in read("导出考勤").why] == ["导出", "考勤"]


@pytest.mark.parametrize(
    ("text", "direction", "stray", "at_sign"),
    [
        ("上班打卡 @火星", CheckType.ON_DUTY, "火星", True),
        ("打卡 火星", None, "火星", False),
        ("clock in Alice", CheckType.ON_DUTY, "Alice", False),
        ("Alice Wong, clock out", CheckType.OFF_DUTY, "Alice Wong", False),
        ("clock in @Mars please", CheckType.ON_DUTY, "Mars", True),
    ],
)
def test_words_that_nobody_knows_in_a_clear_command_are_named(
    text: str, direction: CheckType | None, stray: str, at_sign: bool
) -> None:
    intent = read(text)
    assert intent.name is IntentName.NONE
    assert (intent.direction, intent.stray, intent.at_sign) == (direction, stray, at_sign)


@pytest.mark.parametrize(
    "text", ["clock in", "clock in foo at bar baz", "I'm here Alice", "打卡机 火星", "the blue whale"]
)
def test_what_is_not_clear_without_its_unknown_words_names_none(text: str) -> None:
    assert read(text).stray is None


@pytest.mark.parametrize(
    ("text", "sign"), [("clock in @HQ", True), ("clock in @ Lab", True), ("clock in at Lab", False)]
)
def test_an_at_in_front_of_a_place_is_told(text: str, sign: bool) -> None:
    assert read(text).at_sign is sign


@pytest.mark.parametrize(
    "text", ["下班打卡提醒真烦", "提醒好烦", "the reminders are annoying", "【考勤提醒】您今天还未打上班卡"]
)
def test_a_complaint_and_what_is_passed_on_change_nothing(text: str) -> None:
    assert read(text).name is IntentName.NONE


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("邊個仲未打卡", IntentName.MISSING),
        ("唔好再提我打卡啦", IntentName.REMIND_OFF),
        ("我嘅打卡紀錄", IntentName.HISTORY),
        ("我今日打咗卡未呀", IntentName.STATUS),
        ("啱啱到公司，打卡", IntentName.CLOCK_IN),
        ("佢打咗卡", IntentName.NONE),
        ("我仲未打卡", IntentName.NONE),
    ],
)
def test_cantonese_as_it_is_written_is_understood(text: str, name: IntentName) -> None:
    assert read(text).name is name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("上周平均工时", IntentName.SUMMARY_RANGE),
        ("我上周平均工时", IntentName.HISTORY),
        ("我今年加班多少小时了", IntentName.HISTORY),
    ],
)
def test_an_average_of_days_is_of_all_unless_it_is_ones_own(text: str, name: IntentName) -> None:
    assert read(text).name is name


@pytest.mark.parametrize("text", ["raining at the site", "power's out at the office", "so tired at work"])
def test_how_it_is_at_work_is_no_arrival(text: str) -> None:
    assert read(text).name is IntentName.NONE


def test_how_it_is_at_work_may_be_told_beside_a_command() -> None:
    assert read("so tired at work, clock me out").direction is CheckType.OFF_DUTY


@pytest.mark.parametrize(
    ("text", "stray", "direction"),
    [
        ("上班打卡 北京", "北京", CheckType.ON_DUTY),
        ("下班打卡 浦东", "浦东", CheckType.OFF_DUTY),
        ("打卡 北京", "北京", None),
        ("打卡 总布", "总布", None),
        ("上班打卡 西西园", "西西园", CheckType.ON_DUTY),
        ("clock in Beijing", "Beijing", CheckType.ON_DUTY),
    ],
)
def test_a_city_and_a_misspelt_site_behind_a_command_are_places_that_nobody_knows(
    text: str, stray: str, direction: CheckType | None
) -> None:
    intent = understand(text, today=TODAY, sites=[Site("西溪园", 30.0, 120.0, 200)])
    assert (intent.name, intent.unsure) == (IntentName.NONE, True)
    assert (intent.stray, intent.at_sign, intent.direction) == (stray, True, direction)


@pytest.mark.parametrize("text", ["出差打卡 上海", "打卡 上海分公司", "打卡 总部", "上班打卡 加油"])
def test_a_trip_and_a_place_of_work_behind_a_command_are_no_unknown_place(text: str) -> None:
    assert read(text).name is IntentName.CLOCK_IN


@pytest.mark.parametrize(
    "text", ["back from lunch", "I'm back from lunch", "break is over", "resuming work after lunch"]
)
def test_the_end_of_a_break_by_itself_is_asked_about(text: str) -> None:
    intent = read(text)
    assert (intent.name, intent.unsure, intent.direction) == (IntentName.NONE, True, CheckType.ON_DUTY)


@pytest.mark.parametrize(
    "text", ["show today's arrivals as a chart", "today's arrivals as a chart", "chart of today's arrivals"]
)
def test_arrivals_may_be_asked_for_as_a_chart(text: str) -> None:
    intent = read(text)
    assert (intent.name, intent.form) == (IntentName.SUMMARY_TODAY, "picture")


def test_arrivals_are_those_of_people() -> None:
    assert read("arrivals today").name is IntentName.SUMMARY_TODAY
    assert read("new arrivals in the warehouse").name is IntentName.NONE
