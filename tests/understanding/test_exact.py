"""What looks like coordinates is read as such or refused, and is cut out of every reason."""

import pytest

from bot.domain.sites import Site
from bot.understanding import Intent, IntentName, understand
from bot.understanding.arguments.exact import exact_spans
from bot.understanding.arguments.reasons import without_positions
from tests.understanding.figures import TODAY

SITES = (
    Site("HQ", 39.908823, 116.397470, 200, aliases=("总部",)),
    Site("Pudong", 31.23452, 121.5077, 300, aliases=("浦东",)),
)


def read(text: str) -> Intent:
    return understand(text, today=TODAY, sites=SITES)


WRITTEN = [
    "39.93571234567891, 116.39751234567891",
    "39.9357123456789123456789, 116.3975123456789123456789",
    "39.9088 N 116.3975",
    "39.9088 x 116.3975",
    "39.9088|116.3975",
    "39.9088-116.3975",
    "39.9088:116.3975",
    "39.9088...116.3975",
    "39.9088    116.3975",
    "(39.9088) (116.3975)",
    "39 .9088, 116 .3975",
    "39·9088,116·3975",
    "39,9088 116,3975",
    "39.9088N",
    "N39.9088",
    "lat 39.9588",
    "lat=39.9088&lng=116.3975",
    "(lat 39.9588) (lon 116.3975)",
    '{"lat":39.9088,"lng":116.3975}',
    "Lat. 39.9088 Long. 116.3975",
    "latitude is 39.9088, longitude is 116.3975",
    "39.9088 (lat) 116.3975 (lon)",
    "lat 39",
    "北纬39.9088",
    "北纬三十九点九 东经一百一十六点四",
    "三十九点九零八八",
    "39.95 | 116.39",
    "39.95N",
    "39°54′31″",
    "39°99′31″N 116°23′51″E",
    "39d54m31s, 116d23m51s",
    "39 54 31 N 116 23 51 E",
    "39°N",
    "٣٩.٩٠٨٨,١١٦.٣٩٧٥",
    "39º57'31\"N 116º23'51\"E",
    "39˚57′31″ 116˚23′51″",
    "39点95881 116点39751",
    "39點95881 116點39751",
    "23点13 113点25",
    "39 57 31 116 23 51",
    "39'9588 116'3975",
    "39o57'N",
    "39.9o, 116.3o",
    "39_9588 116_3975",
    "3995881 11639751",
    "N3995881 E11639751",
    "390908,1163975",
    "latitude of 39.9 and longitude of 116.3",
    "经纬度39.95",
    "經緯度 39.95 116.39",
    "緯度 116.3",
    "北緯39.95",
    "北緯39.95 東經116.39",
    "纬39.95 经116.39",
    "39。9088，116。3975",
    "39٫9088, 116٫3975",
    "39٫9088",
    "3990.88 11639.75",
    "39.9 088,116.3 975",
    "39.9 088 116.3 975",
    "8FVC9G8F+6X",
    "8fvc9g8f+6x",
    "9G8F+6X",
    "18TWL8395984628",
    "50S MK 12345 67890",
    "50SMK12346789",
    "wx4g0ec1",
    "geohash wx4g0e",
    "geohash: wx4g0ec19",
]


@pytest.mark.parametrize("written", WRITTEN)
def test_nothing_of_it_stays_in_a_reason(written: str) -> None:
    assert without_positions(f"拜访客户 {written}") == "拜访客户"
    assert without_positions(f"{written}：拜访客户") == "拜访客户"
    assert without_positions(f"visiting Acme {written}") == "visiting Acme"


@pytest.mark.parametrize(
    "text",
    [
        "v1.2 2.3",
        "12 items, 3.5 hours, 12.50",
        "a long 2.5 hours",
        "November 25,2025",
        "the week of 3.11.2025",
        "router 192.168.1.10",
        "发烧38.5度",
        "38度5分钟",
        "九点四十五",
        "已经5点",
        "gate 3 E",
        "9.30-18.00",
        "1,234,567",
        "9点30 10点30",
        "18点05分到",
        "38.5°",
        "2024 2025 2026",
        "20251124 20251125",
        "13812345678",
        "13812345678, 13912345678",
        "order 123456789012",
        "report_2025_11",
        "room 3 5 7",
        "12.50 13.50 元",
        "in the o2 arena",
        "已经39.5了",
        "room 3990",
        "order 116-3975",
        "W1234567",
        "SN20251124",
        "2345+67",
        "C++17 meeting",
        "invoice 3990.88 11639.75",
        "合同 A2025-0113",
        "送货12箱，3层",
        "bus 18T at 7",
    ],
)
def test_what_is_no_coordinate_stays(text: str) -> None:
    assert exact_spans(text.lower()) == []
    assert without_positions(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "上班打卡 总部 lat 31.2345",
        "上班打卡 总部 北纬39.9",
        "外勤打卡 @总部：拜访客户 lat=31.2345&lng=121.5077",
        "外勤打卡：拜访客户 (lat 39.9588) (lon 116.3975)",
        '外勤打卡：拜访客户 {"lat":39.9588,"lng":116.3975}',
        'clock in {"lat": 39.9588, "lng": 116.3975}',
        "外勤打卡 39.9357,116.3975：拜访客户 lat=39.9357&lng=116.3975",
        "clock in at HQ 39.9088 N 116.3975",
        "clock in at HQ 39.9088 x 116.3975",
        "clock in at HQ N39.9088",
        "clock in N39.9088 N116.3975",
        "clock in at 31.2345N",
        "在总部 39.9088N 打卡",
        "上班打卡 总部 39.9088|116.3975",
        "clock in 39°99′31″N 116°23′51″E",
        "clock in 39°54′60″N 116°23′51″E",
        "clock out @HQ 39 54 31 N 116 23 51 E",
        "clock in 39.9088,116.3975 accurate to 5 miles",
        "clock in 39.9088,116.3975 ±5000ft",
    ],
)
def test_a_punch_with_something_that_is_not_read_is_refused_as_unreadable(text: str) -> None:
    intent = read(text)
    assert intent.name in {IntentName.CLOCK_IN, IntentName.CLOCK_OUT} or intent.unsure
    assert (intent.position, intent.position_error) == (None, "unreadable")
    assert not any(char.isdigit() for char in f"{intent.place_name} {intent.reason}")


@pytest.mark.parametrize(
    ("text", "accuracy_m"),
    [
        ("clock in 39.90869387621236, 116.39748132228852", None),
        ("上班打卡 39.90869387621236, 116.39748132228852", None),
        ("clock in @HQ 39.90869387621236,116.39748132228852 ±12.345m", 12.345),
        ("clock in 39.90869387621236,116.39748132228852 精度 5公里", 5000),
    ],
)
def test_as_many_decimals_are_read_as_maps_give(text: str, accuracy_m: float | None) -> None:
    intent = read(text)
    assert (intent.name, intent.position_error) == (IntentName.CLOCK_IN, None)
    assert intent.position is not None
    assert intent.position.latitude == pytest.approx(39.9086938762, abs=1e-9)
    assert intent.position.longitude == pytest.approx(116.3974813222, abs=1e-9)
    assert intent.position.accuracy_m == accuracy_m


@pytest.mark.parametrize("text", ["attendance 3.125", "the file has 3.14159 MB", "pi is 3.14159, right?"])
def test_such_a_number_where_nobody_punches_is_no_coordinate(text: str) -> None:
    assert read(text).position_error is None


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("clock in at HQ... I mean Pudong", ("HQ", "Pudong")),
        ("clock in @HQ, I mean @Pudong", ("HQ", "Pudong")),
        ("在总部打卡，我是说浦东", ("总部", "浦东")),
    ],
)
def test_a_place_that_is_said_anew_is_one_of_two(text: str, places: tuple[str, ...]) -> None:
    assert (read(text).name, read(text).places) == (IntentName.CLOCK_IN, places)


@pytest.mark.parametrize("text", ["clock in, I mean clock out", "I mean clocking out", "我是说下班打卡"])
def test_what_is_said_anew_of_a_punch_is_none(text: str) -> None:
    assert read(text).name is IntentName.NONE


@pytest.mark.parametrize(
    "written", ["39。9088，116。3975", "39٫9088，116٫3975", "39.9 088,116.3 975", "8FVC9G8F+6X"]
)
def test_nothing_of_it_stays_in_a_reason_that_a_comma_may_end(written: str) -> None:
    intent = read(f"昨天忘打下班卡，18:40走的，原因：拜访客户 {written}")
    assert (intent.name, intent.reason) == (IntentName.CORRECTION, "拜访客户")
