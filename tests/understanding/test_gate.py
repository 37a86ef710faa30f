"""The gate: sentences that punch at once, and sentences that never do."""

from pathlib import Path

import pytest

import bot.understanding
from bot.actions import PunchAction
from bot.domain.shifts import CheckType
from bot.domain.slots import TypedPosition
from bot.understanding.gate import read_punch
from training.evaluate import false_punches_by_gate, mutants
from training.sentences import TEST, TRAINING, read_sentences

SITES = ("HQ", "总部", "Building 7")
IN, OUT = CheckType.ON_DUTY, CheckType.OFF_DUTY
GATE = TypedPosition(latitude=39.9042, longitude=116.4074)


@pytest.mark.parametrize(
    ("text", "punch"),
    [
        ("打卡", PunchAction()),
        ("幫我打卡", PunchAction()),
        ("Clock me in, thanks!", PunchAction(direction=IN)),
        ("早上好，到公司了", PunchAction(direction=IN)),
        ("辛苦了，下班打卡，明天见", PunchAction(direction=OUT)),
        ("I'm done for today. Clock me out", PunchAction(direction=OUT)),
        ("先走了，大家辛苦了", PunchAction(direction=OUT)),
        ("打卡 @HQ", PunchAction(place="HQ")),
        ("我到总部了", PunchAction(direction=IN, place="总部")),
        ("clock in at building 7", PunchAction(direction=IN, place="Building 7")),
        ("打卡 39.9,116.3", PunchAction(position=TypedPosition(latitude=39.9, longitude=116.3))),
        (
            "定位 39.9042, 116.4074 下班打卡",
            PunchAction(direction=OUT, position=GATE),
        ),
        ("定位打卡", PunchAction(by_location=True)),
        ("上班打卡，备注：地铁故障", PunchAction(direction=IN, reason="地铁故障")),
        ("Clock out, reason: Dentist", PunchAction(direction=OUT, reason="Dentist")),
        ("外勤打卡：拜访客户", PunchAction(outside=True, reason="拜访客户")),
    ],
)
def test_a_plain_punch_is_read_with_all_its_parts(text: str, punch: PunchAction) -> None:
    assert read_punch(text, SITES) == punch


@pytest.mark.parametrize(
    "text",
    [
        *(
            "打卡吗",
            "打卡?",
            "不打卡",
            "明天打卡",
            "昨天下班了",
            "每天9点打卡",
            "张三打卡",
            "帮张三打卡",
        ),
        *(
            "Bob, clock in",
            "大家早，打卡",
            "please clock in",
            "到总部打卡",
            "到了帮我打卡",
            "“打卡”",
        ),
        *(
            "~~打卡~~",
            "打卡成功",
            "打卡：",
            "补打卡",
            "打卡 @火星",
            "打卡 HQ 总部",
            "打卡 39.9,116.3 HQ",
        ),
        *("打卡 8.30,17.30", "打卡 9.1,9.15", "打卡 116.3,39.9", "打卡 0.0000,0.0000"),
        *("打卡 39.9,116.3 31.2,121.4", "上班打卡下班打卡", "上班打卡，拜拜", "外勤打卡：未通过"),
        *("外勤打卡：李四", "打卡，备注：明天请假", "打卡，原因：没打上卡", "clock in, note: test"),
        *(
            "打\u200b卡",
            "打卡" * 100,
            "clock in HQs",
            "unclock in",
            "that's all, thanks",
            "I'm done, thanks",
        ),
        *(
            "I am off for today",
            "忙完了",
            "到位了",
            "Here!",
            "made it",
            "出差,走了",
            "大家辛苦了,下班了",
        ),
        *("外勤打卡:在哪里", "打卡 备注:是否需要", "打卡 原因:代张三", "下班打卡 备注:十分钟后"),
        *(
            "打卡 备注:还在路上",
            "clock in, note: on behalf of Bob",
            "clock out, note: friday",
            "",
            "\0",
        ),
    ],
)
def test_a_doubtful_sentence_never_punches(text: str) -> None:
    assert read_punch(text, SITES) is None


def test_no_labelled_sentence_punches_by_mistake() -> None:
    assert false_punches_by_gate([*read_sentences(TRAINING), *read_sentences(TEST)]) == []


def test_a_denying_word_stops_every_plain_punch() -> None:
    sentences = read_sentences(TEST)
    assert [text for text in mutants(sentences, 20_000) if read_punch(text, SITES)] == []


def test_the_word_list_stays_small() -> None:
    words = Path(bot.understanding.__file__).parent / "words.txt"
    assert words.stat().st_size <= 30_000
