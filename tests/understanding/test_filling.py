"""Actions and their slots, from a message or from the answer to an ask."""

from datetime import UTC, date, datetime, time

import pytest

from bot.actions import (
    Action,
    CannotAnswer,
    ExcuseAction,
    Export,
    Leave,
    MyDay,
    Nudge,
    Overtime,
    PunchAction,
    RemindAt,
    ReminderMenu,
    RequestCorrection,
    ShowCorrection,
    Summary,
)
from bot.domain.shifts import CheckType
from bot.domain.slots import Days, Slot, TypedPosition, Whom
from bot.understanding import Act, NameIndex, complete, is_yes, understand

TODAY = date(2025, 11, 26)  # a Wednesday
YESTERDAY = date(2025, 11, 25)
AT = datetime(2025, 11, 26, 1, tzinfo=UTC)
SITES = ("HQ", "总部")
NAMES = NameIndex({"张三": ["u1"], "李娜": ["u2", "u3"], "Bob": ["u4"]}, {1: "研发部"})
IN, OUT = CheckType.ON_DUTY, CheckType.OFF_DUTY
EITHER = (time(6, 40), time(18, 40))  # morning or evening


def days(first: date, last: date | None = None) -> Days:
    return Days(first=first, last=last or first)


@pytest.mark.parametrize(
    ("text", "action"),
    [
        *((text, ReminderMenu()) for text in ("明天再提醒我", "remind me tomorrow at 8")),
        (
            "昨天下班忘打卡了，6:40走的",
            RequestCorrection(direction=OUT, day=YESTERDAY, times=EITHER),
        ),
        ("补卡，昨天9点", RequestCorrection(day=YESTERDAY, times=(time(9), time(21)))),
        (
            "我今天其实8点55就到了，忘记打卡了，原因：开会",
            RequestCorrection(
                direction=IN, day=TODAY, times=(time(8, 55), time(20, 55)), reason="开会"
            ),
        ),
        ("提醒李娜打卡", Nudge(person="李娜")),  # two people have this name: the handler asks
        ("豁免Bob昨天，原因：看病", ExcuseAction(person="u4", day=YESTERDAY, reason="看病")),
    ],
)
def test_a_change_keeps_all_slots_of_its_message(text: str, action: Action) -> None:
    assert understand(text, today=TODAY, names=NAMES).actions == (action,)


@pytest.mark.parametrize(
    "text", ["nudge Zoë please", "can you nudge Zoë", "nudge Zoë to punch now"]
)
def test_a_nudge_keeps_a_name_that_the_directory_does_not_know(text: str) -> None:
    assert understand(text, today=TODAY, names=NAMES).actions == (Nudge(person="zoë"),)


@pytest.mark.parametrize(
    ("text", "whom"),
    [
        ("export my attendance", Whom(own=True)),
        ("export this month for me", Whom(own=True)),
        ("导出我们11月的考勤", Whom()),
        ("导出我组的考勤", Whom()),
        ("帮我导出本月考勤", Whom()),
        ("帮我导出研发部本月考勤", Whom(department=1)),
        ("给我导出张三的考勤", Whom(person="u1")),
    ],
)
def test_a_file_is_the_senders_own_with_a_word_for_it(text: str, whom: Whom) -> None:
    (action,) = understand(text, today=TODAY, names=NAMES).actions
    assert isinstance(action, Export | Summary) and action.whom == whom


@pytest.mark.parametrize(
    "text",
    [
        *("ok C-04157K 👍", "C-04157K 好的", "C-04157K 行", "C-04157K 可以", "C-04157K yes"),
        *(
            "C-04157K fine",
            "ok C-04157K",
            "C-04157K",
            "C-04157K 不行",
            "收到 C-04157K",
            "C-04157K 🎉",
        ),
        *("C-04157K 怎么样了", "undo the approval of C-04157K"),
    ],
)
def test_a_reference_without_a_verb_decides_nothing(text: str) -> None:
    assert understand(text, today=TODAY).actions == (ShowCorrection(reference="C-04157K"),)


@pytest.mark.parametrize(
    ("text", "person"),
    [
        ("is Zoë in yet?", "zoë"),
        ("has Zoe Miller arrived", "zoe miller"),
        ("is Bob here yet", "u4"),
        ("李雷到岗了吗", "李雷"),
        ("小王到了没", "小王"),
        ("欧阳娜娜来了吗", "欧阳娜娜"),
        ("王小明今天来了吗", "u5"),  # without the day 明
    ],
)
def test_a_question_with_a_name_is_about_that_person(text: str, person: str) -> None:
    names = NameIndex({"Bob": ["u4"], "王小明": ["u5"]})
    (action,) = understand(text, today=TODAY, names=names).actions
    assert isinstance(action, Summary)
    assert action.whom == Whom(person=person)
    assert action.lacks() is None


@pytest.mark.parametrize("text", ["am I in yet?", "is my punch in yet", "我今天到岗了吗"])
def test_a_question_without_a_name_is_about_the_sender(text: str) -> None:
    assert understand(text, today=TODAY, names=NAMES).actions == (MyDay(),)


@pytest.mark.parametrize(
    ("text", "action"),
    [
        ("上个月加了多少班", Overtime(days=days(date(2025, 10, 1), date(2025, 10, 31)))),
        ("加了几个小时的班", Overtime()),
        ("who edited Bob's record", CannotAnswer()),
        ("actually undo that approval", CannotAnswer()),
        ("撤回刚才的审批", CannotAnswer()),
    ],
)
def test_a_question_gets_its_own_answer(text: str, action: Action) -> None:
    assert understand(text, today=TODAY, names=NAMES).actions == (action,)


def test_days_with_gaps_are_left_open() -> None:
    (action,) = understand("周一和周五的考勤汇总", today=TODAY).actions
    assert isinstance(action, Summary)
    assert action.unclear_days
    assert action.lacks() == "days"


def test_an_offered_punch_keeps_its_place() -> None:
    (action,) = understand(
        "终于到啦，帮忙记一下上班卡 @浦东办公室", today=TODAY, sites=SITES
    ).actions
    assert action == PunchAction(direction=IN, place="浦东办公室")


@pytest.mark.parametrize(
    ("text", "punch"),
    [
        ("今天外勤，在客户公司打卡上班", PunchAction(direction=IN, outside=True)),
        (
            "signing in from the client's office, field work",
            PunchAction(direction=IN, outside=True),
        ),
        ("今天外勤打卡：去见客户", PunchAction(outside=True, reason="去见客户")),
        ("今天不是外勤，帮我记个上班卡", PunchAction(direction=IN)),
        ("今天没有外勤，帮我记个上班卡", PunchAction(direction=IN)),
        ("帮我记个上班卡吧，备注：出差刚回来", PunchAction(direction=IN, reason="出差刚回来")),
    ],
)
def test_an_offered_punch_keeps_field_work_and_its_reason(text: str, punch: PunchAction) -> None:
    found = understand(text, today=TODAY, sites=SITES)
    assert (found.act, found.actions) == (Act.OFFER, (punch,))


def completed(action: Action, slot: Slot, text: str) -> Action | None:
    """Return the action after a message answers an ask, None if it does not."""
    said = understand(text, today=TODAY, sites=SITES, names=NAMES)
    return complete(action, slot, text, intent=said.intent, today=TODAY, sites=SITES, names=NAMES)


@pytest.mark.parametrize(
    ("action", "slot", "text", "whole"),
    [
        (PunchAction(at=AT), Slot.DIRECTION, "上班", PunchAction(direction=IN, at=AT)),
        (
            RemindAt(at=time(18, 5)),
            Slot.DIRECTION,
            "下班打卡",
            RemindAt(at=time(18, 5), check_type=OUT),
        ),
        (PunchAction(at=AT), Slot.PLACE, "@总部", PunchAction(place="总部", at=AT)),
        (
            PunchAction(direction=IN),
            Slot.PLACE,
            "39.9042,116.4074",
            PunchAction(direction=IN, position=TypedPosition(latitude=39.9042, longitude=116.4074)),
        ),
        (
            RequestCorrection(direction=OUT),
            Slot.TIME,
            "6:40",
            RequestCorrection(direction=OUT, times=EITHER),
        ),
        (
            RequestCorrection(),
            Slot.TIME,
            "昨天18:40走的",
            RequestCorrection(direction=OUT, day=YESTERDAY, times=(time(18, 40),)),
        ),
        (
            RequestCorrection(day=YESTERDAY),
            Slot.DIRECTION,
            "6点40走的",
            RequestCorrection(direction=OUT, day=YESTERDAY, times=EITHER),
        ),
        (Leave(), Slot.DAYS, "周五", Leave(days=days(date(2025, 11, 28)))),
        (
            ExcuseAction(person="u1", unclear_days=True),
            Slot.DAYS,
            "yesterday",
            ExcuseAction(person="u1", day=YESTERDAY),
        ),
        (
            ExcuseAction(),
            Slot.PERSON,
            "李娜",
            ExcuseAction(person="李娜"),
        ),  # two people have this name: the handler asks
    ],
)
def test_a_slot_alone_completes_its_action(
    action: Action, slot: Slot, text: str, whole: Action
) -> None:
    assert completed(action, slot, text) == whole


@pytest.mark.parametrize(
    ("action", "slot", "text"),
    [
        (PunchAction(), Slot.DIRECTION, "我今天打卡了吗"),
        (PunchAction(), Slot.PLACE, "39.9042,116.4074 is where Bob is"),
        (RequestCorrection(direction=OUT), Slot.TIME, "谁没打卡"),
        (Leave(), Slot.DAYS, "今天考勤"),
        (Leave(), Slot.DAYS, "周一和周五"),
        (ExcuseAction(person="u1", unclear_days=True), Slot.DAYS, "last week"),
        (ExcuseAction(), Slot.PERSON, "张三今天打卡了吗"),
        (RequestCorrection(), Slot.REASON, "上班打卡"),
    ],
)
def test_a_message_with_more_is_no_answer(action: Action, slot: Slot, text: str) -> None:
    assert completed(action, slot, text) is None


@pytest.mark.parametrize("text", ["是", "好的", "对。", "OK!", "yes", "Sure"])
def test_a_plain_yes_is_a_yes(text: str) -> None:
    assert is_yes(text)


@pytest.mark.parametrize(
    "text", ["好的吧，明天再说", "not ok", "yes please cancel", "是吗", "", "👍"]
)
def test_a_yes_with_more_is_no_yes(text: str) -> None:
    assert not is_yes(text)
