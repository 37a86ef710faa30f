"""Actions and their slots, from a message or from the answer to an ask."""

from datetime import UTC, date, datetime, time

import pytest

from bot.actions import (
    Action,
    Days,
    DecideCorrection,
    Excuse,
    Leave,
    Nudge,
    Position,
    Punch,
    RemindAt,
    ReminderMenu,
    RequestCorrection,
    SetDigest,
    Slot,
    Summary,
)
from bot.domain.shifts import CheckType
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
            "昨天忘打下班卡了，18:40走的，原因：手机没电",
            RequestCorrection(
                direction=OUT, day=YESTERDAY, times=(time(18, 40),), reason="手机没电"
            ),
        ),
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
        ("批准 C-7F3K2M", DecideCorrection(reference="C-7F3K2M", approve=True)),
        ("提醒李娜打卡", Nudge(person="李娜")),  # two people have this name: the handler asks
        ("豁免Bob昨天，原因：看病", Excuse(person="u4", day=YESTERDAY, reason="看病")),
        ("订阅周报", SetDigest(wanted=True)),
    ],
)
def test_a_change_keeps_all_slots_of_its_message(text: str, action: Action) -> None:
    assert understand(text, today=TODAY, names=NAMES).actions == (action,)


@pytest.mark.parametrize(
    "text", ["nudge Zoë please", "can you nudge Zoë", "nudge Zoë to punch now"]
)
def test_a_nudge_keeps_a_name_that_the_directory_does_not_know(text: str) -> None:
    assert understand(text, today=TODAY, names=NAMES).actions == (Nudge(person="zoë"),)


def test_days_with_gaps_are_left_open() -> None:
    (action,) = understand("周一和周五的考勤汇总", today=TODAY).actions
    assert isinstance(action, Summary)
    assert action.unclear_days
    assert action.lacks() == "days"


def test_an_offered_punch_keeps_its_place() -> None:
    (action,) = understand(
        "终于到啦，帮忙记一下上班卡 @浦东办公室", today=TODAY, sites=SITES
    ).actions
    assert action == Punch(direction=IN, place="浦东办公室")


@pytest.mark.parametrize(
    ("text", "punch"),
    [
        ("今天外勤，在客户公司打卡上班", Punch(direction=IN, outside=True)),
        ("signing in from the client's office, field work", Punch(direction=IN, outside=True)),
        ("今天外勤打卡：去见客户", Punch(outside=True, reason="去见客户")),
        ("今天不是外勤，帮我记个上班卡", Punch(direction=IN)),
        ("今天没有外勤，帮我记个上班卡", Punch(direction=IN)),
        ("帮我记个上班卡吧，备注：出差刚回来", Punch(direction=IN, reason="出差刚回来")),
    ],
)
def test_an_offered_punch_keeps_field_work_and_its_reason(text: str, punch: Punch) -> None:
    found = understand(text, today=TODAY, sites=SITES)
    assert (found.act, found.actions) == (Act.OFFER, (punch,))


def completed(action: Action, slot: Slot, text: str) -> Action | None:
    """Return the action after a message answers an ask, None if it does not."""
    said = understand(text, today=TODAY, sites=SITES, names=NAMES)
    return complete(action, slot, text, intent=said.intent, today=TODAY, sites=SITES, names=NAMES)


@pytest.mark.parametrize(
    ("action", "slot", "text", "whole"),
    [
        (Punch(at=AT), Slot.DIRECTION, "上班", Punch(direction=IN, at=AT)),
        (
            RemindAt(at=time(18, 5)),
            Slot.DIRECTION,
            "下班打卡",
            RemindAt(at=time(18, 5), check_type=OUT),
        ),
        (Punch(at=AT), Slot.PLACE, "@总部", Punch(place="总部", at=AT)),
        (
            Punch(direction=IN),
            Slot.PLACE,
            "39.9042,116.4074",
            Punch(direction=IN, position=Position(latitude=39.9042, longitude=116.4074)),
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
        (RequestCorrection(), Slot.TIME, "6:40", RequestCorrection(times=EITHER)),
        (
            RequestCorrection(day=YESTERDAY),
            Slot.DIRECTION,
            "6点40走的",
            RequestCorrection(direction=OUT, day=YESTERDAY, times=EITHER),
        ),
        (Leave(), Slot.DAYS, "周五", Leave(days=days(date(2025, 11, 28)))),
        (Summary(unclear_days=True), Slot.DAYS, "昨天", Summary(days=days(YESTERDAY))),
        (
            Excuse(person="u1", unclear_days=True),
            Slot.DAYS,
            "yesterday",
            Excuse(person="u1", day=YESTERDAY),
        ),
        (Excuse(), Slot.PERSON, "张三", Excuse(person="u1")),
        (
            Excuse(),
            Slot.PERSON,
            "李娜",
            Excuse(person="李娜"),
        ),  # two people have this name: the handler asks
        (RequestCorrection(), Slot.REASON, "手机没电", RequestCorrection(reason="手机没电")),
    ],
)
def test_a_slot_alone_completes_its_action(
    action: Action, slot: Slot, text: str, whole: Action
) -> None:
    assert completed(action, slot, text) == whole


@pytest.mark.parametrize(
    ("action", "slot", "text"),
    [
        (Punch(), Slot.DIRECTION, "我今天打卡了吗"),
        (Punch(), Slot.PLACE, "39.9042,116.4074 is where Bob is"),
        (RequestCorrection(direction=OUT), Slot.TIME, "谁没打卡"),
        (Leave(), Slot.DAYS, "今天考勤"),
        (Leave(), Slot.DAYS, "周一和周五"),
        (Excuse(person="u1", unclear_days=True), Slot.DAYS, "last week"),
        (Excuse(), Slot.PERSON, "张三今天打卡了吗"),
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
