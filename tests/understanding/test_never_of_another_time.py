"""What tells of a time that is over is never a punch of now, wherever it stands and whatever is said beside it."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import product

import pytest

from bot.understanding import understand
from bot.understanding.words.grammar import grammar
from bot.understanding.words.vocabulary import vocabulary
from tests.understanding.figures import PUNCHES, TODAY

PAST_ZH = [
    "昨天", "昨日", "昨晚", "昨夜", "昨儿", "昨儿个", "昨天早上", "昨天晚上", "昨天下午", "前天", "前晚",
    "前几天", "前两天", "大前天", "上周", "上周五", "上个周末", "上星期", "上个星期三", "上礼拜", "上个月",
    "上次", "上回", "那天", "那天晚上", "那次", "当时", "以前", "之前", "去年", "前阵子", "不久前", "三天前",
    "两小时前", "半小时前", "十分钟前", "一个小时之前", "早些时候", "11月20号", "11月20日", "2025-11-20",
    "11/20", "昨天18点", "昨晚十点半", "早上八点", "今早八点半",
]  # fmt: skip
PAST_EN = [
    "yesterday", "last night", "last week", "last Friday", "last month", "yesterday morning",
    "the day before yesterday", "the other day", "the other night", "two days ago", "an hour ago",
    "half an hour ago", "20 minutes ago", "a while back", "earlier", "earlier today", "earlier this morning",
    "previously", "back then", "that night", "on Nov 20", "2025-11-20", "yday", "at 8:30 yesterday",
    "last shift", "the night before",
]  # fmt: skip
SAID_ZH = [
    "打卡", "上班打卡", "下班打卡", "签到", "签退", "打上班卡", "打个下班卡", "外勤打卡", "到公司了", "我到了",
    "到岗", "我下班了", "下班啦", "收工", "收工回家", "走了", "我先走了", "忙完了", "加班结束", "夜班结束",
    "帮我打卡", "麻烦帮我打下班卡", "能帮我打个下班卡吗", "我要打卡", "现在下班打卡", "现在打卡", "打卡，谢谢",
    "早上好，上班打卡", "会开完了，下班打卡", "客户走了，下班打卡", "堵车迟到了，打卡",
    "打卡机坏了，帮我打上班卡", "活都干完了，打卡下班", "单子都送完了，下班打卡", "打卡 总部", "clock in",
    "下班 clock out", "done了，下班打卡", "wfh，上班打卡", "到office了，打卡",
]  # fmt: skip
SAID_EN = [
    "clock in", "clock out", "clock me in", "please clock me out", "can you clock me in?", "punch in",
    "punching out", "I'm here", "I'm in", "in", "out", "arrived", "at the office", "starting work",
    "heading home", "leaving now", "I'm done for the day", "signing off", "finished work",
    "that's a wrap, clock me out", "now clock me in", "clock me out now", "back from lunch, clock in",
    "my shift is over", "clock in at HQ", "clock out, thanks", "the badge reader is broken, clock me in",
    "report submitted, clock me out", "mark me present", "打卡", "下班打卡",
]  # fmt: skip

VERBS = {("was",), ("were",), ("had",), ("did",)}  # the traffic was bad, and the past is not told of

WITHOUT_SPACE: dict[str, str] = {
    "before": "{past}{said}",
    "after": "{said}{past}",
    "after, particle": "{said}{past}啦",
}
SHAPES: dict[str, str] = {
    "before, apart": "{past} {said}",
    "before, comma": "{past}，{said}",
    "before, particle": "{past}啊，{said}",
    "before, colon": "{past}：{said}",
    "a line before": "{past}\n{said}",
    "after, apart": "{said} {past}",
    "after, comma": "{said}，{past}",
    "after, owned": "{said}，{past}的",
    "after, in brackets": "{said}（{past}）",
    "after, full stop": "{said}. {past}.",
    "after, emoji": "{said} {past}🙏",
}
TOLD_ZH: dict[str, str] = {
    "the work of then": "{past}的活都干完了，{said}",
    "worked then": "{past}加班到很晚，{said}",
    "over then, now": "{past}加班完了，现在{said}",
    "customers then": "{past}客户见完了，{said}",
    "I, then": "我{past}{said}",
    "for me, of then": "帮我把{past}的{said}",
    "tired of then": "{said}，{past}没睡好",
    "late then": "{past}迟到了，{said}",
}
TOLD_EN: dict[str, str] = {
    "for then": "{said} for {past}",
    "of then": "{said} - {past}",
    "worked then": "worked late {past}, {said}",
    "done then": "I finished {past}, {said}",
    "the report of then": "report submitted {past}, {said}",
    "because of then": "{said} because of {past}",
    "I, then": "I left {past}, {said}",
}


def said_of_the_past(pasts: list[str], said: list[str], shapes: dict[str, str]) -> Iterator[str]:
    for past, punch, shape in product(pasts, said, shapes.values()):
        yield shape.format(past=past, said=punch)


def punched(texts: Iterator[str]) -> list[str]:
    return [text for text in texts if understand(text, today=TODAY).name.value in PUNCHES]


@pytest.mark.parametrize("shape", SHAPES)
def test_a_punch_of_a_past_day_is_none_wherever_the_day_stands(shape: str) -> None:
    shapes = {shape: SHAPES[shape]}
    assert punched(said_of_the_past(PAST_ZH, SAID_ZH, shapes)) == []
    assert punched(said_of_the_past(PAST_EN, SAID_EN, shapes)) == []


@pytest.mark.parametrize("shape", WITHOUT_SPACE)
def test_a_punch_of_a_past_day_in_chinese_needs_no_space_to_be_none(shape: str) -> None:
    assert punched(said_of_the_past(PAST_ZH, SAID_ZH, {shape: WITHOUT_SPACE[shape]})) == []


@pytest.mark.parametrize("shape", ["before, comma", "after, comma", "after, apart", "a line before"])
def test_a_day_in_the_other_language_counts_as_well(shape: str) -> None:
    shapes = {shape: SHAPES[shape]}
    assert punched(said_of_the_past(PAST_ZH[::2], SAID_EN, shapes)) == []
    assert punched(said_of_the_past(PAST_EN[::2], SAID_ZH, shapes)) == []


@pytest.mark.parametrize("shape", TOLD_ZH)
def test_what_is_told_of_a_past_day_beside_a_punch_makes_it_none(shape: str) -> None:
    assert punched(said_of_the_past(PAST_ZH, SAID_ZH, {shape: TOLD_ZH[shape]})) == []


@pytest.mark.parametrize("shape", TOLD_EN)
def test_what_is_told_in_english_of_a_past_day_beside_a_punch_makes_it_none(shape: str) -> None:
    assert punched(said_of_the_past(PAST_EN, SAID_EN, {shape: TOLD_EN[shape]})) == []


@pytest.mark.parametrize("days", range(7))
@pytest.mark.parametrize(
    "text",
    [
        "{zh}晚上弄完了，下班打卡", "{zh}下班打卡", "下班打卡，{zh}的", "我{zh}走了，下班打卡", "{zh}加班，打卡",
        "I finished up on {en}, clock me out", "clock me in for {en}", "on {en} I left, clock out",
        "{en} clock out",
    ],
)  # fmt: skip
def test_a_day_of_the_week_is_asked_about_even_if_it_is_today(text: str, days: int) -> None:
    day = TODAY + timedelta(days=days)
    said = text.format(zh="周" + "一二三四五六日"[day.weekday()], en=f"{day:%A}")
    assert understand(said, today=day).name.value not in PUNCHES


def test_no_phrase_that_may_stand_in_a_punch_hides_a_word_of_the_past() -> None:
    phrases = vocabulary().phrases
    past = {atoms for atoms, entry in phrases.entries.items() if "past" in entry.kinds} - VERBS
    beside = frozenset().union(*grammar().allowed.values(), grammar().every_core)
    hiding = [
        "".join(atoms)
        for atoms, entry in phrases.entries.items()
        if entry.kinds & beside and not entry.kinds & {"past", "day", "asked"}
        for start in range(len(atoms))
        for length, _ in phrases.at(atoms, start)
        if (inside := atoms[start : start + length]) in past and inside != atoms
    ]
    assert sorted(set(hiding)) == []


@pytest.mark.parametrize(
    "text", ["昨晚加班晚了，现在打卡", "昨晚没睡好，上班打卡", "worked late last night, clock me in"]
)
def test_a_command_beside_which_yesterday_is_told_of_is_asked_about(text: str) -> None:
    assert understand(text, today=TODAY).unsure
