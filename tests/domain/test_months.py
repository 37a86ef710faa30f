"""The figures of a month, and the digest that steps of a month name."""

from datetime import timedelta

import pytest

from bot.domain.months import FIGURES, Month, MonthFigures, figures_of
from tests.a_month import a_month, judged

OCTOBER = Month(2026, 10)


@pytest.mark.parametrize(
    "text", ["2026-13", "2026-00", "October", "2026-1", "2026-W10", "２０２６-10", ""]
)
def test_a_month_is_a_year_and_a_number(text: str) -> None:
    with pytest.raises(ValueError):
        Month.parse(text)


def test_the_figures_of_a_month_are_the_sum_of_its_days() -> None:
    for who, days in judged(a_month(7, people=6)).items():
        outside = days[0]._replace(work_date=OCTOBER.last + timedelta(days=1))
        parts = [figures_of(who, OCTOBER, [day]).values for day in days]
        whole = figures_of(who, OCTOBER, [*days, outside])
        assert whole.values == {name: sum(part[name] for part in parts) for name in FIGURES}


def test_a_digest_states_person_month_and_each_value() -> None:
    values = {"days_due": 20, "worked": 9600}
    figures = MonthFigures("u1", OCTOBER, values)
    assert figures.digest() == MonthFigures("u1", OCTOBER, dict(reversed(values.items()))).digest()
    others = [
        MonthFigures("u2", OCTOBER, values),
        MonthFigures("u1", Month(2026, 11), values),
        MonthFigures("u1", OCTOBER, {**values, "worked": 9601}),
    ]
    assert len({figures.digest(), *(other.digest() for other in others)}) == 4
    # steps of past months name it
    assert figures.digest().startswith("5fedd3ca2c84bdfda806c1514c61e2c2")
