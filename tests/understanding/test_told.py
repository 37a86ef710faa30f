"""What `lexicon/told.yaml` lets people tell in Chinese beside a punch, and what it must not open."""

import pytest

from bot.domain.shifts import CheckType
from bot.understanding import understand
from tests.understanding.figures import PUNCHES, TODAY


@pytest.mark.parametrize(
    ("text", "direction"),
    [
        ("腰疼死了，下班", CheckType.OFF_DUTY),  # what hurts
        ("昏昏沉沉，上班打卡", CheckType.ON_DUTY),  # states told by doubled signs
        ("手上都是面粉，帮我打上班卡", CheckType.ON_DUTY),  # hands that are not free
        ("太阳下山了，收工", CheckType.OFF_DUTY),  # the hour and the weather
        ("塞車遲咗少少，打卡", None),  # what kept one, and that one has come
        ("公車誤點，剛到，打卡", CheckType.ON_DUTY),
        ("车坏了，打车来的，打卡", None),  # how one came says that one is there
        ("閂舖喇，收工", CheckType.OFF_DUTY),  # the closing words of trades
        ("放学了，学生都走了，下班打卡", CheckType.OFF_DUTY),
        ("最后一桌走了，收工", CheckType.OFF_DUTY),
        ("碗洗完了，下班", CheckType.OFF_DUTY),  # known things, beside a statement
        ("买了杯咖啡，到工位了", CheckType.ON_DUTY),
        ("换班的人到了，我走了", CheckType.OFF_DUTY),  # who relieves one
        ("下岗打卡，交班给老刘了", CheckType.OFF_DUTY),  # to whom it was handed over
        ("跟小李交接完了，下班打卡", CheckType.OFF_DUTY),
        ("回去了，下班打卡", CheckType.OFF_DUTY),  # where one goes
        ("去接小朋友，下班打卡", CheckType.OFF_DUTY),
        ("末班车要没了，下班打卡", CheckType.OFF_DUTY),
        ("明天放假，下班打卡", CheckType.OFF_DUTY),  # what there is tomorrow
        ("到岗了，2号线", CheckType.ON_DUTY),  # posts and shops
        ("下班，B区", CheckType.OFF_DUTY),
        ("打卡 万达店", None),
        ("到万达店了", CheckType.ON_DUTY),
        ("上班打卡 注塑车间", CheckType.ON_DUTY),
        ("幫手打卡", None),  # asking the bot
        ("帮我下个班", CheckType.OFF_DUTY),
        ("帮我上个班", CheckType.ON_DUTY),
        ("help 打卡，thx", None),
        ("夜班下来了，打卡", CheckType.OFF_DUTY),  # it was read as 来了
        ("到学校了，打卡", CheckType.ON_DUTY),
    ],
)
def test_what_is_told_beside_a_punch(text: str, direction: CheckType | None) -> None:
    intent = understand(text, today=TODAY)
    assert intent.name.value in PUNCHES
    assert intent.direction is direction


@pytest.mark.parametrize(
    "text",
    [
        "到2号线了",  # a metro line is on the way
        "我在2号线，打卡",
        "B区的到岗了",  # others at their posts
        "3号窗口下班了",
        "骨科到了",
        "帮万达店打卡",
        "小王店里打卡",
        "万达到了",
        "到学校了",  # who brings somebody says so as well
        "到码头了",
        "我晚到一会儿，打卡",  # still to come
        "塞车，晚到一会",
        "地铁故障，帮我打卡",
        "吃完早餐打卡",
        "碗洗完了再打卡",
        "最后一桌走了再打下班卡",
        "回去了打下班卡",
        "明天放假，上班打卡",
        "接班的同事到了吗",  # questions, and other people
        "小李交接完了，下班打卡",
        "小张碗洗完了，下班了",
        "同学们早，签到",
        "卡卡下班了",
        "我的帮手下班了",
        "帮我下个班次排一下",  # other senses
        "自由打卡",
        "bug改完了，上班打卡",
        "人齐了，打卡",
        "老婆等我吃饭，上班打卡",
    ],
)
def test_what_is_not_so_yet_or_of_others_is_no_punch(text: str) -> None:
    assert understand(text, today=TODAY).name.value not in PUNCHES


def test_several_that_came_late_are_asked_after() -> None:
    assert understand("今天有几个迟到的", today=TODAY).name.value == "summary_today"
