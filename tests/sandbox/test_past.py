"""The demo's two weeks before its first minute."""

from collections import Counter
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.sandbox import PretendClock, Sandbox
from bot.sandbox.clock import from_ms
from bot.sandbox.plans import ON_DUTY, time_result
from tests.sandbox.caller import WORKDAY_0850

ZONE = ZoneInfo("Asia/Shanghai")
MONDAY = datetime(2026, 11, 16, tzinfo=ZONE).date()


async def test_nobody_is_absent_and_few_are_late_in_it() -> None:
    async with Sandbox(clock=PretendClock(WORKDAY_0850)) as sandbox:
        sandbox.live_through_the_past()
        (leave,) = sandbox.absences
        words: Counter[str] = Counter()
        for person in sandbox.world:
            for day in (MONDAY + timedelta(days=number) for number in range(5)):
                results = sandbox.records.results(person, day)
                away = leave.user_id == person.user_id and from_ms(leave.start_ms).astimezone(ZONE).date() == day
                assert [point.check_type for point, _ in results] == ([] if away else ["OnDuty", "OffDuty"])
                words += Counter(
                    time_result(point, one.punched_at) for point, one in results if point.check_type == ON_DUTY
                )

    assert set(words) == {"Normal", "Late"} and words["Late"] < words["Normal"] / 5
