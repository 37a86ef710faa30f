"""What leads decide, what people ask about data and places, how lists are wanted, why a record is wrong."""

from datetime import date, time

import pytest

from bot.domain.shifts import CheckType
from bot.understanding import DateRange, Intent, IntentName, understand
from bot.understanding.explain import as_dict
from tests.understanding.figures import PUNCHES, TODAY

YESTERDAY = date(2025, 11, 25)


def read(text: str) -> Intent:
    return understand(text, today=TODAY)


@pytest.mark.parametrize(
    ("text", "name", "reason", "confirmed"),
    [
        ("approve C-7F3K2M", "approve", None, False),
        ("批准C-7f3k2m，谢谢", "approve", None, False),
        ("同意补卡 Ｃ－７Ｆ３Ｋ２Ｍ", "approve", None, False),
        ("C-7F3K2M 批准", "approve", None, False),
        ("确认批准 C-7F3K2M", "approve", None, True),
        ("confirm approve C-7F3K2M", "approve", None, True),
        ("拒绝 C-7F3K2M", "refuse", None, False),
        ("驳回 C-7F3K2M，没有打卡证明", "refuse", "没有打卡证明", False),
        ("reject C-7F3K2M: you were not there", "refuse", "you were not there", False),
        ("confirm refuse C-7F3K2M", "refuse", None, True),
        ("Yes, approve C-7F3K2M", "approve", None, True),
        ("yes approve C-7F3K2M", "approve", None, True),
        ("是的，批准 C-7F3K2M", "approve", None, True),
        ("Yes, refuse C-7F3K2M: no proof", "refuse", "no proof", True),
    ],
)
def test_a_decision_names_its_request(text: str, name: str, reason: str | None, confirmed: bool) -> None:
    intent = read(text)
    assert (intent.name, intent.reference) == (name, "C-7F3K2M")
    assert (intent.reason, intent.confirmed) == (reason, confirmed)


def test_letters_that_no_reference_has_are_the_figures_they_look_like() -> None:
    assert read("approve C-OI3K2M").reference == "C-013K2M"


@pytest.mark.parametrize(
    "text",
    [
        "approve", "批准", "approve my leave", "don't approve C-7F3K2M", "批准 C-7F3K2M 吗", "老板批准了 C-7F3K2M",
        "approve C-7F3K2M and C-7F3K2N", "don't approve C-7F3K2M if he is late", "明天批准 C-7F3K2M",
        "“批准 C-7F3K2M”", "approve C-7F3K2MX", "approve C-7F3K2", "别拒绝 C-7F3K2M",
    ],
)  # fmt: skip
def test_what_is_not_plainly_a_decision_on_one_request_decides_nothing(text: str) -> None:
    assert read(text).name not in {IntentName.APPROVE, IntentName.REFUSE}


@pytest.mark.parametrize(
    ("text", "person", "day", "reason"),
    [
        ("excuse Alice today: doctor", "Alice", TODAY, "doctor"),
        ("excuse u-12 tomorrow because train strike", "u-12", date(2025, 11, 27), "train strike"),
        ("张三今天算请假不算缺卡", "张三", TODAY, None),
        ("豁免张三昨天，家里有事", "张三", YESTERDAY, "家里有事"),
        ("免卡 张三", "张三", None, None),
        # The last such day, as for every question about days, unless the next one is said.
        ("豁免张三周一：医院", "张三", date(2025, 11, 24), "医院"),
        ("豁免张三周三：医院", "张三", TODAY, "医院"),
        ("豁免张三下周一：医院", "张三", date(2025, 12, 1), "医院"),
        ("豁免张三明天：医院", "张三", date(2025, 11, 27), "医院"),
        ("豁免张三17号：医院", "张三", date(2025, 11, 17), "医院"),
        ("豁免张三28号：医院", "张三", date(2025, 10, 28), "医院"),
        ("豁免张三11月25日：医院", "张三", YESTERDAY, "医院"),
        ("excuse Alice Friday: doctor", "Alice", date(2025, 11, 21), "doctor"),
        ("excuse Alice next Friday: doctor", "Alice", date(2025, 12, 5), "doctor"),
        ("excuse Alice Nov 25: doctor", "Alice", YESTERDAY, "doctor"),
        ("豁免张三12月1日：培训", "张三", date(2025, 12, 1), "培训"),
        ("excuse Alice Dec 1: course", "Alice", date(2025, 12, 1), "course"),
        ("豁免张三2024年12月1日：培训", "张三", date(2024, 12, 1), "培训"),
        ("豁免张三6月1日：培训", "张三", date(2025, 6, 1), "培训"),
    ],
)
def test_an_excuse_names_a_person_a_day_and_a_reason(
    text: str, person: str, day: date | None, reason: str | None
) -> None:
    intent = read(text)
    assert (intent.name, intent.person, intent.reason) == (IntentName.EXCUSE, person, reason)
    assert intent.dates == (DateRange(day, day) if day else None)


@pytest.mark.parametrize(
    ("text", "person", "day", "reason"),
    [
        ("unexcuse Alice today", "Alice", TODAY, None),
        ("take back the excuse of Alice today: wrong person", "Alice", TODAY, "wrong person"),
        ("undo the excuse for Alice", "Alice", None, None),
        ("revoke the excuse of u-12", "u-12", None, None),
        ("取消豁免 user003 2025-11-25", "user003", YESTERDAY, None),
        ("取消张三昨天的豁免，弄错人了", "张三", YESTERDAY, "弄错人了"),
        ("收回张三昨天的豁免", "张三", YESTERDAY, None),
        ("取消豁免 user003 周一", "user003", date(2025, 11, 24), None),
    ],
)
def test_an_excuse_is_taken_back_of_a_person_and_a_day(
    text: str, person: str, day: date | None, reason: str | None
) -> None:
    intent = read(text)
    assert (intent.name, intent.person, intent.reason) == (IntentName.UNEXCUSE, person, reason)
    assert intent.dates == (DateRange(day, day) if day else None)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("nudge 李娜", "en"),
        ("attendance of 李娜 last week", "en"),
        ("excuse 李娜 today: 医院", "en"),
        ("催 Alice Johnson", "zh"),
        ("李娜", "zh"),
        ("打卡 HQ", "zh"),
    ],
)
def test_a_name_does_not_change_the_language_of_a_sentence(text: str, language: str) -> None:
    assert read(text).language == language


@pytest.mark.parametrize("text", ["stop summaries", "关闭汇总", "please turn off summaries", "停止自动汇总"])
def test_summaries_are_ended_as_they_say(text: str) -> None:
    assert (read(text).name, read(text).period) == (IntentName.DIGEST_OFF, None)


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("关闭每日汇总，保留周报", "day"),
        ("stop daily summaries but keep weekly", "day"),
        ("stop summaries for everyone", None),
        ("关闭所有人的汇总", None),
    ],
)
def test_an_end_of_summaries_that_is_not_plain_is_asked_about_and_no_question(text: str, period: str) -> None:
    intent = read(text)
    assert (intent.name, intent.unsure, intent.period) == (IntentName.DIGEST_OFF, True, period)


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("每周给我发考勤汇总", "week"),
        ("每月给我发考勤汇总", "month"),
        ("每天早上给我发考勤汇总", "day"),
        ("每周一给我发汇总", "week"),
    ],
)
def test_a_summary_comes_as_often_as_they_said(text: str, period: str) -> None:
    assert (read(text).name, read(text).period) == (IntentName.DIGEST_ON, period)


@pytest.mark.parametrize("text", ["今天考勤发图", "本周考勤发图", "今天考勤图"])
def test_a_picture_is_asked_for_as_the_manual_says(text: str) -> None:
    assert read(text).form == "picture"


@pytest.mark.parametrize("text", ["别豁免张三", "don't excuse Alice", "能取消豁免张三吗", "取消打卡，不算缺卡"])
def test_what_is_said_of_excusing_without_doing_it_changes_nothing(text: str) -> None:
    assert read(text).name not in {IntentName.EXCUSE, IntentName.UNEXCUSE}


@pytest.mark.parametrize(
    "text",
    [
        "周婷被豁免了",
        "周婷今天被豁免了",
        "周婷豁免了",
        "周婷已豁免",
        "已豁免周婷",
        "李娜豁免过了",
        "周婷今天免卡吗",
    ],
)
def test_an_excuse_that_is_told_of_excuses_nobody(text: str) -> None:
    assert read(text).name is IntentName.NONE


def test_an_excuse_with_its_object_in_front_is_one() -> None:
    intent = read("把周婷豁免了")
    assert (intent.name, intent.person) == (IntentName.EXCUSE, "周婷")


@pytest.mark.parametrize("text", ["excuse me, clock me in", "excuse the noise", "高管免打卡吗", "能豁免张三吗"])
def test_what_excuses_nobody_is_no_excuse(text: str) -> None:
    assert read(text).name is not IntentName.EXCUSE


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("what do you store about me?", "privacy"),
        ("你存了我什么数据", "privacy"),
        ("delete my data", "privacy"),
        ("我的隐私", "privacy"),
        ("where can I clock in?", "where"),
        ("哪里可以打卡", "where"),
        ("打卡地点有哪些", "where"),
        ("考勤地点有哪些", "where"),  # as the bot calls them
        ("查看考勤地点", "where"),
        ("what are my sites?", "where"),
        ("nearest site", "where"),
        ("who can see my attendance", "who_sees"),
        ("谁能看到我的考勤", "who_sees"),
        ("我能看谁的考勤", "who_sees"),
        ("whose days may I see", "who_sees"),
    ],
)
def test_a_question_about_data_or_places_is_published_as_none(text: str, name: str) -> None:
    assert read(text).name == name
    assert as_dict(read(text))["intent"] == "none"


@pytest.mark.parametrize(
    ("text", "name", "period"),
    [
        ("send me the daily summary", "digest_on", "day"),
        ("每天发我考勤日报", "digest_on", "day"),
        ("订阅周报", "digest_on", "week"),
        ("weekly digest please", "digest_on", "week"),
        ("关闭日报", "digest_off", "day"),
        ("no more monthly digests", "digest_off", "month"),
        ("unsubscribe from the weekly digest", "digest_off", "week"),
    ],
)
def test_a_digest_comes_in_a_period(text: str, name: str, period: str) -> None:
    assert (read(text).name, read(text).period) == (name, period)


@pytest.mark.parametrize(
    ("text", "name", "form", "page"),
    [
        ("本月考勤热力图", "summary_range", "picture", None),
        ("attendance last week as a chart", "summary_range", "picture", None),
        ("今天考勤 图表", "summary_today", "picture", None),
        ("上月考勤 excel", "export", "sheet", None),
        ("导出csv", "export", "csv", None),
        ("上周考勤 第2页", "summary_range", None, 2),
        ("summary last week page 12", "summary_range", None, 12),
        ("谁没打卡 第二页", "missing", None, 2),
        ("上周考勤", "summary_range", None, None),
    ],
)
def test_how_an_answer_is_wanted(text: str, name: str, form: str | None, page: int | None) -> None:
    intent = read(text)
    assert (intent.name, intent.form, intent.page) == (name, form, page)


def test_whose_summary_is_wanted() -> None:
    assert read("summary of Alice last week").person == "Alice"
    assert read("张三这个月考勤").person == "张三"
    assert read("研发部今天").department == "研发部"


@pytest.mark.parametrize(
    ("text", "direction", "at", "reason"),
    [
        ("forgot to clock out yesterday, left at 6:40pm, no phone", CheckType.OFF_DUTY, time(18, 40), "no phone"),
        ("昨天忘打下班卡了，18:40走的，手机没电", CheckType.OFF_DUTY, time(18, 40), "手机没电"),
        ("昨天忘打上班卡，8:50到的，谢谢", CheckType.ON_DUTY, time(8, 50), None),
    ],
)  # fmt: skip
def test_a_correction_says_which_punch_when_and_why(
    text: str, direction: CheckType, at: time, reason: str | None
) -> None:
    intent = read(text)
    assert intent.name is IntentName.CORRECTION
    assert (intent.direction, intent.at, intent.reason) == (direction, at, reason)
    assert intent.dates == DateRange(YESTERDAY, YESTERDAY)


@pytest.mark.parametrize(
    "text", ["clock in page 2", "打卡 第2页", "clock in C-7F3K2M", "approve C-7F3K2M, clock in"]
)
def test_a_page_or_a_reference_beside_a_command_is_no_punch(text: str) -> None:
    assert as_dict(read(text))["intent"] not in PUNCHES


@pytest.mark.parametrize(
    ("text", "check_type"),
    [
        ("who has not clocked out", CheckType.OFF_DUTY),
        ("who hasn't clocked out yet?", CheckType.OFF_DUTY),
        ("who forgot to punch out yesterday", CheckType.OFF_DUTY),
        ("谁没打下班卡", CheckType.OFF_DUTY),
        ("昨天谁没签退", CheckType.OFF_DUTY),
        ("who has not clocked in", CheckType.ON_DUTY),
        ("谁没打上班卡", CheckType.ON_DUTY),
        ("who is missing", None),
        ("谁没打卡", None),
    ],
)
def test_a_question_about_the_missing_says_which_punch_it_means(text: str, check_type: CheckType | None) -> None:
    intent = understand(text, today=TODAY)
    assert (intent.name, intent.check_type) == (IntentName.MISSING, check_type)


@pytest.mark.parametrize(
    ("text", "late_first"),
    [
        ("top late this month", True),
        ("who was late most this month", True),
        ("本月迟到最多的是谁", True),
        ("上周谁迟到了", True),
        ("上周谁早退了", False),
        ("team summary last week", False),
    ],
)
def test_a_range_is_asked_about_for_who_was_late(text: str, late_first: bool) -> None:
    intent = understand(text, today=TODAY)
    assert (intent.name, intent.late_first) == (IntentName.SUMMARY_RANGE, late_first)


@pytest.mark.parametrize(
    ("text", "name", "form"),
    [
        ("chart of arrivals", "summary_today", "picture"),
        ("show me a chart of arrivals today", "summary_today", "picture"),
        ("到岗时间图", "summary_today", "picture"),
        ("chart of last week", "summary_range", "picture"),
        ("this month as a picture", "summary_range", "picture"),
        ("上个月发图", "summary_range", "picture"),
        ("my month as a picture", "history", "picture"),
        ("who is outside", "summary_today", None),
        ("how is my team doing", "summary_today", None),
        ("summary of Hana", "status", None),
    ],
)
def test_leads_ask_in_few_words(text: str, name: str, form: str | None) -> None:
    intent = read(text)
    assert (intent.name, intent.form) == (name, form)


@pytest.mark.parametrize(
    "text",
    [
        *("who can see whom", "which rule decides who may see whom", "why can I see 李娜's attendance"),
        *("谁能看谁的考勤", "按什么规则决定谁能看谁", "为什么我能看赵磊的考勤"),
    ],
)
def test_the_rule_of_who_sees_whom_is_explained_on_request(text: str) -> None:
    assert read(text).name is IntentName.WHO_SEES


@pytest.mark.parametrize(
    "text", ["hours of my team last week", "show records of my team", "my team's hours this month"]
)
def test_what_is_asked_of_my_team_is_not_answered_with_ones_own(text: str) -> None:
    assert read(text).name in {IntentName.SUMMARY_RANGE, IntentName.SUMMARY_TODAY}


@pytest.mark.parametrize("text", ["Frontend last week", "backend today"])
def test_a_department_that_is_also_a_word_of_programmers_is_looked_up(text: str) -> None:
    intent = read(text)
    assert (intent.name, [one.lower() for one in intent.unclear]) == (
        IntentName.SOMEBODY,
        [text.split(maxsplit=1)[0].lower()],
    )


@pytest.mark.parametrize("text", ["the backend is down today", "frontend was offline yesterday"])
def test_what_is_said_of_a_machine_is_about_nobody(text: str) -> None:
    assert read(text).name is IntentName.NONE


@pytest.mark.parametrize("name", ["Hana", "alice"])
def test_how_often_somebody_was_late_is_asked_of_that_person(name: str) -> None:
    intent = read(f"how often was {name} late this month")
    assert (intent.name, intent.unclear) == (IntentName.HISTORY, (name,))
    assert read("how often was the train late this month").name is IntentName.NONE


@pytest.mark.parametrize(
    ("text", "check_type"),
    [
        ("谁还没走", CheckType.OFF_DUTY),
        ("研发部谁还没下班", CheckType.OFF_DUTY),
        ("who is still working", CheckType.OFF_DUTY),
        ("did everyone clock out yesterday", CheckType.OFF_DUTY),
        ("did everyone clock in today", CheckType.ON_DUTY),
    ],
)
def test_who_is_still_there_is_who_has_not_clocked_out(text: str, check_type: CheckType) -> None:
    intent = read(text)
    assert (intent.name, intent.check_type) == (IntentName.MISSING, check_type)


@pytest.mark.parametrize("text", ["compare this week with last week", "对比本周和上周"])
def test_a_comparison_is_known_as_one(text: str) -> None:
    intent = read(text)
    assert (intent.name, intent.compares) == (IntentName.SUMMARY_RANGE, True)
    assert not read("team summary this week").compares
