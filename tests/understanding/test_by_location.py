"""Who asks to punch with where they are: asked for the position, and never taken for another thing."""

import pytest

from bot.domain.shifts import CheckType
from bot.understanding import IntentName, understand
from tests.understanding.figures import TODAY


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("clock in with my location", IntentName.CLOCK_IN),
        ("clock in with my locaton", IntentName.CLOCK_IN),
        ("clock out with my loction", IntentName.CLOCK_OUT),
        ("clock out using GPS", IntentName.CLOCK_OUT),
        ("share my location and clock in", IntentName.CLOCK_IN),
        ("用定位打卡", IntentName.CLOCK_IN),
        ("用我的位置下班打卡", IntentName.CLOCK_OUT),
        ("打卡，用定位", IntentName.CLOCK_IN),
        ("定位打卡", IntentName.CLOCK_IN),
        ("clock in via my phone's current location service", IntentName.CLOCK_IN),
        ("打開定位打卡", IntentName.CLOCK_IN),
    ],
)
def test_a_punch_with_the_senders_location(text: str, name: IntentName) -> None:
    intent = understand(text, today=TODAY)
    assert (intent.name, intent.by_location) == (name, True)


@pytest.mark.parametrize(
    ("text", "name", "place"),
    [
        ("clock in with my location @HQ", IntentName.CLOCK_IN, "HQ"),
        ("clock out @HQ with my location", IntentName.CLOCK_OUT, "HQ"),
        ("clock in at HQ with my location", IntentName.CLOCK_IN, "HQ"),
        ("用定位上班打卡 @浦东", IntentName.CLOCK_IN, "浦东"),
        ("用定位下班打卡，总部", IntentName.CLOCK_OUT, "总部"),
    ],
)
def test_a_site_beside_the_senders_location_is_kept(text: str, name: IntentName, place: str) -> None:
    intent = understand(text, today=TODAY)
    assert (intent.name, intent.by_location, intent.place_name) == (name, True, place)


def test_what_is_no_site_beside_it_is_asked_about_in_the_direction_that_was_said() -> None:
    intent = understand("clock in with my location @Atlantis", today=TODAY)
    assert (intent.name, intent.direction, intent.stray) == (IntentName.NONE, CheckType.ON_DUTY, "Atlantis")


@pytest.mark.parametrize(
    "text",
    [
        "clock in",
        "clock in with gps 39.9088,116.3975",
        "can I clock in with my location?",
        "don't clock in with my location",
        "clock in with location off",
        "用定位打卡吗",
        "不用定位打卡",
        "虚拟定位打卡",
        "can you? use my location clock in",
        "怎么用定位打卡",
        "上班打卡 位置 总部",
    ],
)
def test_what_is_no_such_wish_is_read_as_before(text: str) -> None:
    assert not understand(text, today=TODAY).by_location


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Clock in, without a location", IntentName.CLOCK_IN),  # as the button of the question says
        ("clock in without location", IntentName.CLOCK_IN),
        ("clock out without my GPS", IntentName.CLOCK_OUT),
        ("clock in, no location", IntentName.CLOCK_IN),
        ("clock in @HQ, without location", IntentName.CLOCK_IN),
        ("不带定位，上班打卡", IntentName.CLOCK_IN),
        ("不带定位打卡", IntentName.CLOCK_IN),
        ("下班打卡，不带位置", IntentName.CLOCK_OUT),
        ("上班打卡 不用定位", IntentName.CLOCK_IN),
    ],
)
def test_a_punch_without_the_senders_location_is_a_punch(text: str, name: IntentName) -> None:
    intent = understand(text, today=TODAY)
    assert (intent.name, intent.by_location) == (name, False)


@pytest.mark.parametrize(
    "text",
    [
        "不用定位打卡",
        "不用定位打卡了",
        "打卡不用定位",
        "打卡不带定位",
        "他不带定位打卡",
        "不能不带定位打卡",
        "没打卡，不带定位",
        "为什么不带定位打卡",
        "可以不带定位打卡吗",
        "don't clock me in without location",
        "never clock in without a location",
        "can I clock in without location?",
        "I clocked in without location",
        "no location, no clock in",
        "clock in without my colleague's location",
        "Bob clocks in without location",
    ],
)
def test_what_is_said_of_punches_without_a_location_is_none(text: str) -> None:
    assert understand(text, today=TODAY).name not in (IntentName.CLOCK_IN, IntentName.CLOCK_OUT)


@pytest.mark.parametrize(
    "text",
    [
        "定位不准打不了卡",
        "GPS定位不对，打不了卡",
        "定位一直失败，无法打卡",
        "定位信息 isn't working，打不了卡",
        "location is wrong, cannot clock in",
        "my location is inaccurate, I can't clock in",
        "I can't punch in, GPS isn't working",
        "定位不准",
        "定位不对！",
        "定位错了",
        "位置不对",
        "我手机的定位一直不准",
        "GPS定位失败",
        "the location is wrong",
        "My location is wrong.",
        "my phone’s GPS isn't working",
    ],
)
def test_a_wrong_position_alone_or_that_keeps_one_from_punching_is_no_request(text: str) -> None:
    assert understand(text, today=TODAY).name is IntentName.NO_POSITION


@pytest.mark.parametrize(
    "text",
    [
        "定位错了，我在总部",
        "打卡定位不准",
        "the location was wrong",
        "the location of my punch is wrong",
        "is my location wrong?",
        "Bob's location is wrong",
        "昨天定位不准",
        "昨天定位不准，18:40走的，补卡",
        "I can't clock in",
        "打不了卡",
        "昨天定位不准打不了卡，18:40走的",
    ],
)
def test_a_position_of_a_punch_and_a_punch_that_fails_alone_are_not(text: str) -> None:
    assert understand(text, today=TODAY).name is not IntentName.NO_POSITION


def test_a_position_that_is_off_is_no_clock_out() -> None:
    assert understand("GPS is off", today=TODAY)[:3] == (IntentName.NO_POSITION, "en", None)
