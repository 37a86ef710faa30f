"""Charts: their rows, their size, and names in any script."""

import struct
from datetime import timedelta

import pytest

from bot.domain.day import PersonDay, Standing
from bot.domain.people import Employee
from bot.domain.slots import Days
from bot.domain.summaries import TeamRange, team_day, team_range
from bot.views.charts.building import Arrivals, Chart, Grid, draw, is_too_large, of_day, of_range
from bot.views.charts.drawing import fit_words
from bot.views.i18n import Texts
from tests.builders import SHANGHAI, TUESDAY, local

TEXTS = Texts("zh", SHANGHAI)
MONTH = TUESDAY.replace(day=1)


def people(count: int) -> list[Employee]:
    return [Employee(f"u{number:03d}", f"王{number}") for number in range(count)]


def a_day(user_id: str, standing: Standing, at: str | None = None, late: int = 0) -> PersonDay:
    arrived = None if at is None else local(at)
    return PersonDay(
        user_id, TUESDAY, standing, arrived_at=arrived, due_at=local("09:00"), late_minutes=late
    )


def some_days(count: int) -> list[PersonDay]:
    kinds = [
        (Standing.ON_TIME, "08:51"),
        (Standing.LATE, "09:12"),
        (Standing.MISSING, None),
        (Standing.OFF, None),
    ]
    return [
        a_day(f"u{number:03d}", kinds[number % 4][0], kinds[number % 4][1], 12 * (number % 4 == 1))
        for number in range(count)
    ]


def a_month(count: int) -> TeamRange:
    days = {
        one.user_id: [
            PersonDay(
                one.user_id,
                MONTH + timedelta(days=at),
                Standing.ON_TIME if at else Standing.MISSING,
            )
            for at in range(30)
        ]
        for one in people(count)
    }
    return team_range(days, Days(MONTH, MONTH + timedelta(days=29)), local("12:00"))


def test_a_team_chart_lists_the_first_arrival_on_top() -> None:
    chart = of_day(
        team_day(some_days(8), TUESDAY, local("09:42")), people(8), TEXTS, title="研发部"
    )

    assert isinstance(chart, Arrivals)
    assert [row.name for row in chart.rows] == [
        "王0",
        "王4",
        "王1",
        "王5",
        "王2",
        "王6",
    ]  # without people on a day off
    assert [(row.minute, row.due_minute, row.note) for row in chart.rows[1:4:2]] == [
        (531, 540, ""),
        (552, 540, "+12 分"),
    ]
    assert chart.rows[-1].minute is None and chart.rows[-1].note == "没有上班卡"
    assert "09:42" in chart.heading.subtitle and "Asia/Shanghai" in chart.heading.subtitle


@pytest.mark.parametrize(
    "chart",
    [
        of_day(team_day(some_days(60), TUESDAY, local("09:42")), people(60), TEXTS, title="研发部"),
        of_day(team_day([], TUESDAY, local("09:42")), [], TEXTS, title="没有人"),
        of_range(a_month(1), people(1), TEXTS, title="王小明"),
        of_range(a_month(40), people(40), TEXTS, title="研发部"),
    ],
    ids=["sixty", "nobody", "person", "team"],
)
def test_a_chart_fits_a_phone_and_the_upload_limit(chart: Chart) -> None:
    content = draw([chart])
    width, height = struct.unpack(">II", content[16:24])

    assert (
        content.startswith(b"\x89PNG")
        and width == 1080
        and 250 < height < 4000
        and len(content) < 1_000_000
    )


@pytest.mark.parametrize(
    ("people", "days", "is_large"), [(60, 31, False), (61, 1, True), (2, 32, True), (1, 92, False)]
)
def test_many_people_or_days_are_too_large_for_a_chart(
    people: int, days: int, is_large: bool
) -> None:
    assert is_too_large(people, Days(TUESDAY, TUESDAY + timedelta(days=days - 1))) is is_large


def test_a_chart_of_days_has_weekdays_minutes_late_and_both_times() -> None:
    late = a_day("u000", Standing.LATE, "09:12", 12)
    days = [late._replace(left_at=local("18:03")), *a_month(1).people[0].days[24:25]]
    first, last = TUESDAY, TUESDAY + timedelta(days=1)
    alone = of_range(
        team_range({"u000": days}, Days(first, last), local("19:00")), people(1), TEXTS, title="王0"
    )
    team = of_range(
        team_range({"u000": days, "u001": days}, Days(first, last), local("19:00")),
        people(2),
        TEXTS,
        title="研发部",
    )

    assert isinstance(alone, Grid) and isinstance(team, Grid)
    ((week, (monday, tuesday, *_)),) = alone.rows
    assert (week, monday, tuesday and tuesday.lines) == (
        "11-23",
        None,
        ["24", "09:12", "18:03", "+12 分"],
    )
    assert list(team.columns) == [("周二", "24"), ("周三", "25")]
    assert [cell and cell.lines for cell in team.rows[0][1]] == [["12"], []]


def test_names_in_any_script_can_be_drawn() -> None:
    assert fit_words("龍應臺 龙应台 Müller", 500) == "龍應臺 龙应台 Müller"
    assert fit_words("王\n小明\u200d\ufe0f", 500) == "王 小明️" and fit_words("", 100) == ""
