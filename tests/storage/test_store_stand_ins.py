"""Stand-ins on both databases: on which days each holds, and who may read it."""

from datetime import timedelta

from bot.domain.teams import Appointment
from tests.storage.stage import NOON, Stage


async def test_a_stand_in_holds_from_its_first_to_its_last_day_and_is_no_strangers(
    stage: Stage,
) -> None:
    store = await stage.open()
    first = NOON.date()
    last = first + timedelta(days=2)
    made = Appointment("S-1", "lead", "u1", first, last, NOON)
    await store.stand_ins.appoint(made)
    days = [first + timedelta(days=after) for after in (-1, 0, 2, 3)]
    held = [bool(await store.stand_ins.on(day)) for day in days]
    assert held == [False, True, True, False]
    read = [await store.stand_ins.get("S-1", who) for who in ("lead", "u1", "u2")]
    assert read == [made, made, None]
    assert [await store.stand_ins.open_of(who, first) for who in ("u1", "u2")] == [[made], []]
