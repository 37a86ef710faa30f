"""The company's tree, people and plans: how they are made and how they change."""

from datetime import date
from zoneinfo import ZoneInfo

from bot.sandbox import World
from bot.sandbox.people import NIGHT
from bot.sandbox.plans import check_points

ZONE = ZoneInfo("Asia/Shanghai")
FRIDAY, SATURDAY = date(2026, 11, 27), date(2026, 11, 28)
MONDAY = date(2026, 11, 30)


def clocks(world: World, user_id: str, day: date) -> list[str]:
    person = world.get(user_id)
    assert person
    return [f"{point.due_at:%d %H:%M}" for point in check_points(world, person, day)]


def test_a_holiday_a_makeup_day_and_another_shift_change_the_plan_of_their_date_alone() -> None:
    world = World()
    world.set_holiday(FRIDAY)
    world.set_makeup_day(SATURDAY)
    world.set_shift("user001", MONDAY, NIGHT.id)
    world.set_shift("user002", MONDAY, 0)
    world.set_shift("user008", FRIDAY, NIGHT.id)

    assert clocks(world, "user001", FRIDAY) == []
    assert clocks(world, "user008", FRIDAY) == ["27 22:00", "28 06:00"]
    assert clocks(world, "user001", SATURDAY) == ["28 09:00", "28 18:00"]
    assert clocks(world, "user008", SATURDAY) == []
    assert clocks(world, "user001", MONDAY) == ["30 22:00", "01 06:00"]
    assert clocks(world, "user002", MONDAY) == []
