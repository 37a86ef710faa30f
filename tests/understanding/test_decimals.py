"""Two numbers side by side are a position where they can be nothing else; hours, days and amounts are none."""

import pytest

from bot.domain.sites import Site
from bot.understanding import Intent, IntentName, TypedPosition, understand
from bot.understanding.arguments.reasons import without_positions
from tests.understanding.figures import TODAY

SITES = (Site("HQ", 39.908823, 116.397470, 200, aliases=("总部",)),)
PUNCHES = {IntentName.CLOCK_IN, IntentName.CLOCK_OUT}


def read(text: str) -> Intent:
    return understand(text, today=TODAY, sites=SITES)


@pytest.mark.parametrize(
    "text",
    [
        "下班打卡 9.00 18.00",
        "下班了 9.0 18.0",
        "下班 18.00 18.05",
        "打卡 8.58 9.00",
        "打卡 9.0/18.0",
        "打卡 8,9",
        "clock in at 9.00, 10.30",
        "打卡（9.30,10.30）",
        "上班打卡 8.5 9.5",
        "上班打卡 11.24、11.25出差",
        "clock in 24.11, 25.11",
        "clock in, sprint 12.1, 12.2",
        "外勤打卡：升级 1.2、1.3 版",
        "外勤打卡：开会 9.30, 10.30",
        "外勤打卡：11.24、11.25 展会",
        "下班打卡，工时 8.5, 加班 1.5",
        "下班打卡，工时8.0、加班1.5",
        "clock out, 8.0 1.5 hours",
        "上班打卡，昨晚 22.30 23.30 值班",
        "上班打卡 36.5 36.7",
        "上班打卡，体温36.5度 36.8度",
        "打卡 26度 28度",
        "上班打卡 12.5 128",
        "打卡 25.5 128.5",
        "clock out, sold at 12.50, 13.75",
        "clock out, sold at 39.9, 59.9",
    ],
)
def test_hours_days_and_amounts_are_no_position_and_the_punch_is_asked_about(text: str) -> None:
    intent = read(text)
    assert (intent.name, intent.unsure) == (IntentName.NONE, True)
    assert (intent.position, intent.position_error) == (None, None)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("下班打卡，原因：客户会议 9.30 10.30", "客户会议 9.30 10.30"),
        ("外勤打卡，原因：报销 39.95，116.39 元", "报销 39.95,116.39 元"),
        ("外勤打卡，原因：采购 12.5、13.5 元两种", "采购 12.5、13.5 元两种"),
        ("clock in because meetings 9.15, 10.45", "meetings 9.15, 10.45"),
        ("clock in, reason: meetings 9.15 and 10.45", "meetings 9.15 and 10.45"),
        ("clock in late because of meetings 8.15 8.45", "meetings 8.15 8.45"),
        ("clock out, reason: invoices 12.50, 13.75", "invoices 12.50, 13.75"),
        ("外勤打卡：送货 2.5 3.5 吨", "送货 2.5 3.5 吨"),
        ("外勤打卡，原因：拜访客户 39.95,116.39", "拜访客户"),
    ],
)
def test_two_numbers_in_a_reason_are_no_position(text: str, reason: str) -> None:
    intent = read(text)
    assert intent.name in PUNCHES
    assert (intent.position, intent.position_error, intent.reason) == (None, None, reason)


@pytest.mark.parametrize("text", ["下班打卡，因为系统 2.1 3.0 升级", "clock out because release 2.10, 2.11"])
def test_versions_beside_what_is_no_punch_are_no_position(text: str) -> None:
    assert (read(text).name, read(text).position) == (IntentName.NONE, None)


@pytest.mark.parametrize(
    "text",
    [
        "下班打卡 12.50 13.75",
        "外勤打卡：报销 25.50, 128.00",
        "外勤打卡 39.9588 116.3975 吨",
        "上班打卡 48.85 2.35",
    ],
)
def test_what_may_be_degrees_or_amounts_is_refused(text: str) -> None:
    assert read(text).name in PUNCHES
    assert (read(text).position, read(text).position_error) == (None, "unreadable")


@pytest.mark.parametrize(
    ("text", "latitude", "longitude"),
    [
        ("打卡 39.9,116.4", 39.9, 116.4),
        ("打卡 43.8,87.6", 43.8, 87.6),
        ("打卡 43.8 87.6 谢谢", 43.8, 87.6),
        ("clock in 29.65 91.1", 29.65, 91.1),
        ("打卡 1.35,103.82", 1.35, 103.82),
        ("打卡 39,116", 39, 116),
        ("打卡 39.9°, 116.4°", 39.9, 116.4),
        ("打卡 39.9,116.4 公司楼下", 39.9, 116.4),
        ("clock in at 48.85, 2.35", 48.85, 2.35),
        ("i'm at 43.8, 87.6, clock in", 43.8, 87.6),
        ("我在43.8,87.6，打卡", 43.8, 87.6),
        ("打卡（43.8，87.6）", 43.8, 87.6),
        ("打卡 坐标 9.30, 10.30", 9.3, 10.3),
        ("clock in, location 8.5 9.5", 8.5, 9.5),
        ("外勤打卡：拜访客户 39.9 116.4", 39.9, 116.4),
        ("外勤打卡，原因：拜访客户，位置39.95,116.39", 39.95, 116.39),
        ("clock in, reason: visiting 39.9588 116.3975", 39.9588, 116.3975),
        ("打卡 北緯39.95 東經116.39", 39.95, 116.39),
    ],
)
def test_what_can_be_nothing_else_or_is_announced_is_a_position(
    text: str, latitude: float, longitude: float
) -> None:
    assert read(text).name in PUNCHES
    assert read(text).position == TypedPosition(latitude, longitude, None)


@pytest.mark.parametrize("sign", "º˚⁰")
def test_a_sign_that_looks_like_that_of_degrees_is_read_as_such(sign: str) -> None:
    intent = read(f"外勤打卡，原因：39{sign}57'31\"N 116{sign}23'51\"E")
    assert (intent.name, intent.reason) == (IntentName.CLOCK_IN, None)
    assert intent.position == TypedPosition(pytest.approx(39.958611), pytest.approx(116.3975), None)


@pytest.mark.parametrize(
    "reason",
    [
        "报销 39.95，116.39 元",
        "客户会议 9.30 10.30",
        "meetings 9.15 and 10.45",
        "升级 2.10 2.11",
    ],
)
def test_hours_versions_and_amounts_stay_in_a_reason(reason: str) -> None:
    assert without_positions(reason) == reason
