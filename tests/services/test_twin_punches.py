"""Two punches of one person in one second: DingTalk's record of one is not taken for the other."""

from pathlib import Path

import pytest

from bot.domain.reconciling import AttendanceRecord
from bot.errors import NotSent
from bot.services.punching.targets import AWAY_AFTER
from bot.storage.deliveries import Delivery
from tests.faults.a_store import MORNING
from tests.services.courier_bench import ACCEPTED, LOOKS, SENT, UNKNOWN, a_bench, taken, unknown

RECORD = AttendanceRecord("u1", MORNING)
KINDS = [("signed", True), ("record_upload", False)]


@pytest.mark.parametrize(("name", "knows_repeats"), KINDS)
async def test_the_record_of_one_punch_is_not_taken_for_another_one_of_the_same_second(
    tmp_path: Path, name: str, knows_repeats: bool
) -> None:
    async with a_bench(tmp_path, name=name, knows_repeats=knows_repeats) as bench:
        first, second = await bench.twins()
        await bench.carry(first, taken)
        bench.records.shown = [RECORD]
        await bench.carry(second, unknown)
        bench.target.answer = taken
        for pause_s in (0.0, *LOOKS):
            await bench.round(pause_s)
            assert bench.target.calls == 2
        await bench.round()
        assert bench.target.taken == [first.punch_id, second.punch_id]
        assert [await bench.state(punch) for punch in (first, second)] == [SENT, SENT]


@pytest.mark.parametrize(("name", "knows_repeats"), KINDS)
async def test_a_record_for_each_punch_of_a_second_shows_that_all_were_taken(
    tmp_path: Path, name: str, knows_repeats: bool
) -> None:
    async with a_bench(tmp_path, name=name, knows_repeats=knows_repeats) as bench:
        twins = await bench.twins()
        for punch in twins:
            await bench.deliveries.settle(Delivery(punch, name, ACCEPTED), UNKNOWN, next_at=bench.clock.now())
        bench.records.shown = [RECORD, RECORD]
        await bench.round()
        assert [await bench.state(punch) for punch in twins] == [SENT, SENT]
        assert bench.target.calls == 0


async def test_one_record_of_two_unknown_punches_lets_both_go_again_where_repeats_are_known(
    tmp_path: Path,
) -> None:
    async with a_bench(tmp_path) as bench:
        twins = await bench.twins()
        for punch in twins:
            await bench.carry(punch, unknown)
        bench.records.shown, bench.target.answer = [RECORD], taken
        for pause_s in (0.0, *LOOKS, 0.0):
            await bench.round(pause_s)
        assert sorted(bench.target.taken) == sorted(punch.punch_id for punch in twins)


async def test_where_repeats_are_not_known_a_punch_waits_until_that_of_the_same_second_is_settled(
    tmp_path: Path,
) -> None:
    async with a_bench(tmp_path, name="record_upload", knows_repeats=False) as bench:
        first, second = await bench.twins()
        await bench.carry(first, unknown)
        await bench.carry(second, taken)
        assert (bench.target.calls, bench.target.taken) == (1, [])
        bench.records.shown = [RECORD]  # so the first one did arrive
        for pause_s in (0.0, 5.0):
            await bench.round(pause_s)
        assert bench.target.taken == [second.punch_id]
        assert [await bench.state(punch) for punch in (first, second)] == [SENT, SENT]


async def test_where_repeats_are_not_known_the_first_one_of_a_second_goes_again_before_the_next(
    tmp_path: Path,
) -> None:
    async with a_bench(tmp_path, name="record_upload", knows_repeats=False) as bench:
        first, second = await bench.twins()
        await bench.carry(first, unknown)
        await bench.carry(second, taken)
        for pause_s in (0.0, *LOOKS, 0.0, 5.0):
            await bench.round(pause_s)
        assert bench.target.taken == [first.punch_id, second.punch_id]
        assert [await bench.state(punch) for punch in (first, second)] == [SENT, SENT]


async def test_a_crash_while_one_waits_for_its_turn_doubles_neither(tmp_path: Path) -> None:
    async with a_bench(tmp_path, name="record_upload", knows_repeats=False) as bench:
        twins = await bench.twins()
        for punch in twins:  # as the next process finds them: one was sent, the other may have been
            await bench.deliveries.settle(
                Delivery(punch, "record_upload", ACCEPTED), UNKNOWN, next_at=bench.clock.now()
            )
        bench.records.shown, bench.target.answer = [RECORD], taken
        for pause_s in (0.0, *LOOKS, 0.0, 5.0):
            await bench.round(pause_s)
        assert bench.target.taken == [twins[1].punch_id]
        assert [await bench.state(punch) for punch in twins] == [SENT, SENT]


async def test_while_it_is_not_known_whose_turn_it_is_nothing_leaves_that_could_be_doubled(tmp_path: Path) -> None:
    async with a_bench(tmp_path, name="record_upload", knows_repeats=False) as bench:
        bench.deliveries.readable = False
        await bench.punch()
        await bench.settled()
        assert bench.target.calls == 0
        bench.deliveries.readable = True
        await bench.round(5.0)
        assert bench.target.calls == 1


async def test_a_record_that_may_be_of_a_punch_under_way_decides_nothing_until_that_has_settled(
    tmp_path: Path,
) -> None:
    async with a_bench(tmp_path, name="record_upload", knows_repeats=False) as bench:
        under_way, lost = await bench.twins()
        await bench.deliveries.settle(
            Delivery(lost, "record_upload", ACCEPTED), UNKNOWN, next_at=bench.clock.now()
        )
        bench.records.shown = [RECORD]
        await bench.carry(under_way, lambda: NotSent("record_upload", "HTTP 503"))
        for _ in range(2 * AWAY_AFTER):
            await bench.round(31)
            assert await bench.state(lost) is UNKNOWN
        bench.target.answer = taken
        for _ in range(8):
            await bench.round(31)
        assert bench.target.taken == [under_way.punch_id, lost.punch_id]


async def test_while_punches_of_the_same_second_cannot_be_read_nothing_is_decided(tmp_path: Path) -> None:
    async with a_bench(tmp_path, answer=unknown) as bench:
        punch = await bench.punch()
        await bench.settled()
        bench.records.shown = [RECORD]
        bench.deliveries.readable = False
        for _ in range(9):
            await bench.round(31)
            assert await bench.state(punch) is UNKNOWN
        bench.deliveries.readable = True
        await bench.round(31)
        assert (await bench.state(punch), bench.target.calls) == (SENT, 1)
