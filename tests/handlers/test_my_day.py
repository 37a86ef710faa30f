"""Why a punch counts as late, early or on time."""

import pytest

from bot.domain.day import DayFacts, person_day
from bot.domain.day_punches import Seen
from bot.domain.shifts import CheckType
from bot.views.i18n import Texts
from handlers.my_day import explained
from tests.builders import SHANGHAI, TUESDAY, a_plan, a_shift, local


@pytest.mark.parametrize(
    ("at", "key", "words"),
    [
        ("09:05:00", "OnDuty/0", ("Counted as on time", "up to and including 09:05:00")),
        (
            "09:05:01",
            "OnDuty/0",
            ("Counted as 5 min late", "after 09:05:00 is late", "count from 09:00:00"),
        ),
        ("09:31:00", "OnDuty/0", ("seriously late, 31 min", "after 09:05:00 is late")),
        ("17:59:30", "OffDuty/0", ("early, by less than a minute", "before 18:00:00 is early")),
    ],
)
def test_the_explanation_names_the_rule_and_the_shift(
    at: str, key: str, words: tuple[str, ...]
) -> None:
    plan = a_plan(a_shift(grace_minutes=5, serious_late_minutes=30))
    seen = Seen(local(at), CheckType(key.partition("/")[0]), None, key, TUESDAY)
    day = person_day(DayFacts("u1", TUESDAY, plan, [seen]), local("23:00"))
    check = day.check(key)
    assert check is not None
    said = " ".join(explained(check, local(at), day, Texts("en", SHANGHAI)))
    for part in (*words, at, "Shift “day 09:00–18:00”", "overrules"):
        assert part in said
