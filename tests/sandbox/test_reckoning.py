"""The sandbox's own reckoning: work dates, check points, windows, presence."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.sandbox import World
from bot.sandbox.feed import Feed
from bot.sandbox.journal import Journal
from bot.sandbox.plans import time_result, work_date_of
from bot.sandbox.records import Records

ZONE = ZoneInfo("Asia/Shanghai")
WEDNESDAY = date(2026, 11, 25)
WORLD = World()
DAY, NIGHT = WORLD.get("user001"), WORLD.get("user008")
assert DAY and NIGHT


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).astimezone(UTC)


def holding(user_id: str, *times: str) -> Records:
    records = Records(WORLD, Feed(), Journal(None))
    for time in times:
        moment = local(time)
        records.take("signed", user_id, round(moment.timestamp() * 1000), moment)
    return records


@pytest.mark.parametrize(
    ("moment", "work_date"),
    [
        ("2026-11-25T06:59:59", None),
        ("2026-11-25T07:00:00", WEDNESDAY),
        ("2026-11-25T22:00:00", WEDNESDAY),
        ("2026-11-25T22:00:01", None),
        ("2026-11-28T09:00:00", None),  # a Saturday
    ],
)
def test_a_day_shift_has_its_windows(moment: str, work_date: date | None) -> None:
    assert work_date_of(WORLD, DAY, local(moment)) == work_date


def test_after_midnight_a_night_shift_is_still_yesterdays() -> None:
    assert work_date_of(WORLD, NIGHT, local("2026-11-26T00:20")) == WEDNESDAY
    assert work_date_of(WORLD, NIGHT, local("2026-11-26T06:10")) == WEDNESDAY


def test_coming_and_going_are_told_apart_and_the_last_going_counts() -> None:
    records = holding("user001", "2026-11-25T09:05", "2026-11-25T12:30", "2026-11-25T18:10")
    found = [
        (point.check_type, time_result(point, one.punched_at)) for point, one in records.results(DAY, WEDNESDAY)
    ]

    assert found == [("OnDuty", "Late"), ("OffDuty", "Early"), ("OffDuty", "Normal")]


def test_a_lone_punch_far_from_the_end_tells_neither_coming_nor_going() -> None:
    after_the_night = holding("user008", "2026-11-25T09:34")
    in_the_afternoon = holding("user001", "2026-11-25T14:00")

    assert after_the_night.presence(NIGHT, local("2026-11-25T09:35"))["status"] == "unclear"
    assert in_the_afternoon.presence(DAY, local("2026-11-25T14:01"))["status"] == "unclear"


def test_presence_of_a_night_shift_spans_midnight_and_starts_anew_each_day() -> None:
    records = holding("user008", "2026-11-25T21:55")

    assert records.presence(NIGHT, local("2026-11-26T03:00"))["status"] == "in"
    assert records.presence(NIGHT, local("2026-11-26T21:00"))["status"] == "not_in"


def test_the_same_punch_through_two_targets_is_one_coming() -> None:
    records = holding("user001", "2026-11-25T08:55")
    (record,) = records
    records.take("record_upload", "user001", record.time_ms, record.punched_at)
    standing = records.presence(DAY, local("2026-11-25T09:00"))

    assert (standing["status"], standing["targets"]) == ("in", ["signed", "record_upload"])


@pytest.mark.parametrize(
    ("latitude", "longitude", "result"),
    [(39.908823, 116.397470, "Normal"), (39.9106, 116.397470, "Normal"), (39.9107, 116.397470, "Outside")],
)
def test_a_fix_within_the_radius_of_a_site_is_normal(latitude: float, longitude: float, result: str) -> None:
    records = Records(WORLD, Feed(), Journal(None))
    now = local("2026-11-25T08:55")
    records.take("signed", "user001", round(now.timestamp() * 1000), now, latitude=latitude, longitude=longitude)

    assert [records.location_result(record) for record in records] == [result]
