"""What a sentence says beside its intent comes out typed."""

from typing import Any

import pytest

from bot.domain.shifts import CheckType
from bot.domain.sites import Site
from bot.understanding import Intent, IntentName, NoneReason, TypedPosition, understand
from bot.understanding.arguments.reasons import without_positions
from tests.understanding.figures import TODAY

SITES = (
    Site("HQ", 39.908823, 116.397470, 200, aliases=("总部", "东方大厦")),
    Site("Site B", 31.2, 121.4, 300),
)


def read(text: str) -> Intent:
    return understand(text, today=TODAY, sites=SITES)


@pytest.mark.parametrize(
    ("text", "latitude", "longitude", "accuracy_m"),
    [
        ("打卡 39.9088,116.3975", 39.9088, 116.3975, None),
        ("打卡 ３９．９０８８，１１６．３９７５", 39.9088, 116.3975, None),
        ("clock in 39.9088, 116.3975 ±41m", 39.9088, 116.3975, 41.0),
        ("打卡 39.9088,116.3975 精度41米", 39.9088, 116.3975, 41.0),
        ("打卡 纬度39.9 经度116.4", 39.9, 116.4, None),
        ("打卡，经度116.4，纬度39.9", 39.9, 116.4, None),
        ("clock in lat 39.9 lon 116.4", 39.9, 116.4, None),
        ("clock in latitude: 39.9, longitude: 116.4", 39.9, 116.4, None),
        ("clock me in at -33.86,151.21", -33.86, 151.21, None),
        ("39°54'31\"N 116°23'50\"E 打卡", 39.908611, 116.397222, None),
        ("打卡 39°54′31″N 116°23′50″E", 39.908611, 116.397222, None),
        ("clock in 33°51'S 151°12'E", -33.85, 151.2, None),
        ("clock in N39.9088 E116.3975", 39.9088, 116.3975, None),
        ("clock in E116.3975 N39.9088", 39.9088, 116.3975, None),
        ("打卡 N39.9088 E116.3975", 39.9088, 116.3975, None),
        ("clock in N 39.9088, E 116.3975 ±8m", 39.9088, 116.3975, 8.0),
        ("clock in 39.9088N 116.3975E", 39.9088, 116.3975, None),
        ("clock in 116.3975 E, 39.9088 N", 39.9088, 116.3975, None),
        ("clock in s33.86 w70.5", -33.86, -70.5, None),
        ("打卡 北纬39.9088 东经116.3975", 39.9088, 116.3975, None),
        ("打卡 北纬39.9 西经77.2", 39.9, -77.2, None),
        ("clock in 39.9088,116", 39.9088, 116.0, None),
    ],
)
def test_typed_coordinates_are_read(
    text: str, latitude: float, longitude: float, accuracy_m: float | None
) -> None:
    intent = read(text)
    assert intent.name is IntentName.CLOCK_IN
    assert intent.position is not None
    assert intent.position == TypedPosition(
        pytest.approx(latitude, abs=1e-6), pytest.approx(longitude, abs=1e-6), accuracy_m
    )
    assert intent.position_error is None


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("打卡 lat 999 lon 116", "range"),
        ("clock in 91,116.4", "range"),
        ("clock out 91,116.4", "range"),
        ("clock in N91.5 E116.4", "range"),
        ("clock in 116.4,39", "swapped"),
        ("clock in 1e400,5", "unreadable"),
        ("clock out 39.9088", "unreadable"),
        ("clock in 39.9", "unreadable"),
        ("打卡 116.4", "unreadable"),
        ("clock in 39.9088,", "unreadable"),
        ("clock out 39.9088,116.3975 ±NaNm", "unreadable"),
        ("clock in 39.9088,116.3975 ±-5m", "unreadable"),
        ("clock in 999,999", "range"),
        ("打卡 (0,0)", "zero"),
        ("打卡 0,0", "zero"),
        ("打卡 0.0,0.0", "zero"),
        ("打卡 116.3975,39.9088", "swapped"),
        ("clock in lat nan lon 116", "unreadable"),
        ("打卡 lat 39.9", "unreadable"),
        ("打卡 坐标 abc", "unreadable"),
    ],
)
def test_coordinates_that_cannot_be_used_say_why(text: str, error: str) -> None:
    intent = read(text)
    assert intent.name in {IntentName.CLOCK_IN, IntentName.CLOCK_OUT}
    assert (intent.position, intent.position_error) == (None, error)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("clock in @HQ", "HQ"),
        ("打卡 总部", "总部"),
        ("打卡 东方大厦", "东方大厦"),
        ("clock me in at site b", "site b"),
        ("clock in at HQ east gate", "HQ east gate"),
        ("clock me in, I'm at the Pudong office", "Pudong office"),
        ("打卡 我在杭州总部", "杭州总部"),
        ("下班打卡 西门", "西门"),
        ("上班打卡 我在坂田", "坂田"),
        ("clock in @Lab 7", "Lab 7"),
        ("打卡", None),
        ("到公司了", None),
    ],
)
def test_a_named_place_is_returned_as_it_was_written(text: str, place: str | None) -> None:
    intent = read(text)
    assert intent.name in {IntentName.CLOCK_IN, IntentName.CLOCK_OUT}
    assert intent.place_name == place


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ("小李今天几点到的", "person", "小李"),
        ("has Bob clocked in?", "person", "Bob"),
        ("小周几点走的", "person", "小周"),
        ("王经理来了吗", "person", "王经理"),
        ("研发部上周考勤", "department", "研发部"),
        ("sales team attendance last week", "department", "sales"),
        ("我们组谁没打卡", "department", None),
        ("外勤打卡，客户拜访：华为坂田", "reason", "客户拜访:华为坂田"),
        ("昨天忘打卡了，因为手机没电", "reason", "手机没电"),
        ("请病假，原因：感冒", "reason", "感冒"),
    ],
)
def test_people_departments_and_reasons_are_named(text: str, field: str, value: Any) -> None:
    assert getattr(read(text), field) == value


@pytest.mark.parametrize(
    "text",
    [
        "外勤打卡：拜访客户 39.95,116.39",
        "外勤打卡：拜访客户，39.95,116.39",
        "外勤打卡 39.95,116.39：拜访客户",
        "外勤打卡 39.95,116.39 拜访客户",
        "外勤打卡 39.95,116.39，拜访客户",
        "外勤打卡：在39.95,116.39拜访客户",
        "外勤打卡：拜访客户（39.95,116.39）",
        "外勤打卡：拜访客户 39.95,116.39 精度 9000米",
        "外勤打卡：拜访客户 精度 9000米 39.95,116.39",
        "外勤打卡：拜访客户，位置 北纬39.95 东经116.39 误差15米",
        "clock in 39.95,116.39, visiting client",
        "clock in offsite: visiting client at 39.95,116.39",
        "clock in, reason: visiting client @ 39.95,116.39 (±15m)",
        "field work clock in 39.95,116.39 because visiting client",
    ],
)
def test_a_position_is_cut_out_of_the_reason_wherever_it_stands(text: str) -> None:
    intent = read(text)
    assert intent.name is IntentName.CLOCK_IN
    assert intent.position is not None
    assert (intent.position.latitude, intent.position.longitude) == (39.95, 116.39)
    assert intent.reason in ("拜访客户", "visiting client")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("clock in 39.9,116.4 39.8,116.3", None),
        ("clock in 39.9,116.4 visiting 39.8,116.3", None),
        ("clock in at 39.9 116.4, 39.8 116.3, reason: visiting 39.7,116.2", "visiting"),
        ("clock in reason: visiting 39.9,116.4 39.8,116.3", "visiting"),
        ("外勤打卡：拜访客户 39.9,116.4 39.8,116.3", "拜访客户"),
        ("上班打卡 N39.9 E116.4 N39.8 E116.3", None),
    ],
)
def test_of_two_positions_none_is_taken_and_no_half_gets_into_the_reason(text: str, reason: str | None) -> None:
    intent = read(text)
    assert (intent.position, intent.position_error, intent.reason) == (None, "several", reason)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("clock in, reason: visiting 39.8,116.3 39.7", "visiting"),
        ("外勤打卡：拜访客户 39.9088 116.3975 39.8123", "拜访客户"),
        ("clock in 39.9,116.4 because of 3.5 tons of goods", "3.5 tons of goods"),
        ("clock in 39.9,116.4, reason: client in 39.95 km", "client in 39.95 km"),
    ],
)
def test_what_is_left_of_coordinates_is_no_reason_and_other_numbers_are(text: str, reason: str) -> None:
    intent = read(text)
    assert (intent.name, intent.reason) == (IntentName.CLOCK_IN, reason)


def test_the_same_position_twice_is_one() -> None:
    assert read("clock in 39.9,116.4 39.90, 116.40").position == TypedPosition(39.9, 116.4, None)


@pytest.mark.parametrize("reason", ["核对误差 300元", "accuracy of the books", "A 2.5, B"])
def test_a_reason_without_a_position_stays_as_it_was_written(reason: str) -> None:
    assert without_positions(reason) == reason


@pytest.mark.parametrize(
    ("reason", "left"),
    [
        ("at a client's in 31.2,121.5", "at a client's"),
        ("Jones’s 31.23,121.50 office", "Jones’s office"),
        ("at Jones's: S 31.23,121.50", "at Jones's"),
        ("at the clients s 31.23,121.50", "at the clients"),
    ],
)
def test_a_reason_loses_no_letter_before_its_position(reason: str, left: str) -> None:
    assert without_positions(reason) == left


@pytest.mark.parametrize(
    ("text", "direction"),
    [
        ("打卡", None),
        ("dk", None),
        ("帮我打卡", None),
        ("上班", CheckType.ON_DUTY),
        ("到了", CheckType.ON_DUTY),
        ("签到", CheckType.ON_DUTY),
        ("clock in", CheckType.ON_DUTY),
        ("下班", CheckType.OFF_DUTY),
        ("走了", CheckType.OFF_DUTY),
        ("下夜班了，打卡", CheckType.OFF_DUTY),
        ("午休结束，打卡上班", CheckType.ON_DUTY),
        ("I'm at the office, clock me out", CheckType.OFF_DUTY),
    ],
)
def test_the_direction_is_what_the_words_say_and_open_where_they_say_nothing(
    text: str, direction: CheckType | None
) -> None:
    intent = read(text)
    assert intent.name is (IntentName.CLOCK_OUT if direction is CheckType.OFF_DUTY else IntentName.CLOCK_IN)
    assert intent.direction is direction


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("clock in @HQ @Site B", ("HQ", "Site B")),
        ("clock in @HQ/@Site B", ("HQ", "Site B")),
        ("clock in @HQ or @Site B", ("HQ", "Site B")),
        ("clock in HQ and Site B", ("HQ", "Site B")),
        ("clock in at Site B or HQ", ("Site B", "HQ")),
        ("clock in @HQ @Lab 3", ("HQ", "Lab 3")),
        ("上班打卡 @总部 @Site B", ("总部", "Site B")),
        ("上班打卡 总部 Site B", ("总部", "Site B")),
        ("上班打卡 总部和Site B", ("总部", "Site B")),
        ("上班打卡@总部或@Site B", ("总部", "Site B")),
        ("上班打卡@总部或是@Site B", ("总部", "Site B")),
        ("上班打卡@总部要么@Site B", ("总部", "Site B")),
    ],
)
def test_several_places_are_all_told(text: str, places: tuple[str, ...]) -> None:
    intent = read(text)
    assert (intent.name, intent.direction) == (IntentName.CLOCK_IN, CheckType.ON_DUTY)
    assert intent.places == places


@pytest.mark.parametrize("text", ["clock in @HQ", "clock in @HQ @总部", "外勤打卡 总部，原因：去Site B拜访客户"])
def test_one_site_by_two_names_or_beside_a_reason_is_one_place(text: str) -> None:
    assert read(text).places == ()


@pytest.mark.parametrize(
    ("text", "direction"),
    [
        ("clock in @HQ, traffic jam", CheckType.ON_DUTY),
        ("clock out @HQ, traffic jam", CheckType.OFF_DUTY),
        ("打卡 总部，堵车了", None),
    ],
)
def test_traffic_beside_a_command_leaves_its_direction(text: str, direction: CheckType | None) -> None:
    intent = read(text)
    assert (intent.name, intent.none_reason, intent.unsure) == (IntentName.NONE, NoneReason.ABSENT, True)
    assert intent.direction is direction
