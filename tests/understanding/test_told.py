"""What `lexicon/told/` lets people tell in Chinese beside a punch, and what it must not open."""

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
        ("今天秒下班了", CheckType.OFF_DUTY),  # with 了 it is done
        ("放假了，下班打卡", CheckType.OFF_DUTY),
        ("厨房到了，打卡", CheckType.ON_DUTY),
        ("help 打卡，thx", None),
        ("夜班下来了，打卡", CheckType.OFF_DUTY),  # it was read as 来了
        ("到学校了，打卡", CheckType.ON_DUTY),
        ("今天精神不错，打卡上班", CheckType.ON_DUTY),  # how one is, and the day
        ("打卡💪 今天货多", None),  # how much there is to do, and who does it
        ("今天一个人顶两个岗，打卡", None),
        ("coffee还没喝，先打卡", None),  # what one has not had yet
        ("迟了两分钟，打卡吧，别骂我", None),  # by how much one came late, and what is begged for
        ("不好意思晚到三分鐘，打卡", None),
        ("我到了，塞車塞好久", CheckType.ON_DUTY),
        ("头疼，不过还是来了，上班打卡", CheckType.ON_DUTY),  # that one came all the same
        ("账平了，下班打卡", CheckType.OFF_DUTY),  # the last deeds of a day
        ("电闸拉了门锁了，下班", CheckType.OFF_DUTY),
        ("车停回场里了，下班", CheckType.OFF_DUTY),
        ("話務這邊完事，簽退", CheckType.OFF_DUTY),
        ("布草收完了，下班", CheckType.OFF_DUTY),
        ("晨会开了，打卡", None),  # the first ones
        ("客服早班上线，打卡", CheckType.ON_DUTY),  # how those on the phone begin
        ("VIP楼层到岗，check in", CheckType.ON_DUTY),
        ("老板就在后面，赶紧帮我打卡", None),  # who looks on
        ("趁没堵车，下班打卡", CheckType.OFF_DUTY),  # before what one hurries off
        ("帮我打下班卡，已经进电梯了", CheckType.OFF_DUTY),
        ("请了两小时假，现在走，下班打卡", CheckType.OFF_DUTY),
        ("周五啦下班", CheckType.OFF_DUTY),
        ("下班卡帮我打下", CheckType.OFF_DUTY),
        ("明天还有早班，先走了，下班打卡", CheckType.OFF_DUTY),
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
        "晚到十分钟，不好意思",  # no command
        "我晚到二十分钟，打卡",
        "坐席上线",  # may be said of others
        "会场已到",
        "今天到这里",
        "进电梯了，打卡",  # of the way home only beside a clock-out
        "下楼了，上班打卡",
        "老板就在后面，大家打卡",
        "领导来了，赶紧打卡",
        "今天就我一个人打卡",
        "咖啡还没喝，喝完打卡",
        "趁没下雨去公司打卡",
        "头发剪完了，打卡",  # for oneself, not for work
        "还是来了",
        "明天早班，打卡",
    ],
)
def test_what_is_not_so_yet_or_of_others_is_no_punch(text: str) -> None:
    assert understand(text, today=TODAY).name.value not in PUNCHES


@pytest.mark.parametrize("text", ["今天有几个迟到的", "今天后厨到了几个", "早班到了几位"])
def test_several_that_came_are_asked_after(text: str) -> None:
    assert understand(text, today=TODAY).name.value == "summary_today"


@pytest.mark.parametrize("text", ["我刚才有打到卡吗", "有签到吗", "打上卡了没"])
def test_whether_a_punch_was_made_is_asked(text: str) -> None:
    assert understand(text, today=TODAY).name.value == "status"


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("早上打卡机断电，上班打卡", "am"),
        ("早上手很脏，上班打卡", "am"),
        ("今早路上堵，到了，打卡", "am"),
        ("早上好冷，上班打卡", "am"),
        ("rainy morning, clock me in", "am"),
        ("早上好，上班打卡", None),  # a greeting is of any hour
        ("早上打卡机断电，下班打卡", None),  # who goes may tell how the day was
    ],
)
def test_a_part_of_the_day_told_beside_a_clock_in_is_held_against_the_clock(text: str, part: str | None) -> None:
    intent = understand(text, today=TODAY)
    assert (intent.name.value in PUNCHES, intent.half) == (True, part)


@pytest.mark.parametrize(
    "text",
    [
        *["放假了，上班打卡", "替我上个班", "帮我下个班"],
        *["mom, clock me out", "老婆，帮我打下班卡", "check me out, i am so hot", "punch me in, so tired"],
        *["tired, clock me in from nine", "punch me out, in the face"],
        *["提前半小时到", "换衣服下班", "今天秒下班", "开始work了", "到急诊室了", "进手术室了"],
        "前厅都到岗了，打卡",
    ],
)  # fmt: skip
def test_what_may_be_meant_otherwise_is_asked_about(text: str) -> None:
    intent = understand(text, today=TODAY)
    assert (intent.name.value in PUNCHES, intent.unsure) == (False, True)
