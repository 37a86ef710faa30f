"""People, plans and questions on both databases."""

from dataclasses import replace
from datetime import timedelta

from bot.domain.datum import Datum
from bot.domain.people import Employee
from bot.domain.punches import PunchSource
from bot.domain.questions import Question
from bot.domain.shifts import CheckPoint, CheckType, DayPlan
from bot.domain.sites import Fix, LocationSource
from bot.services.ports import Doubts
from tests.builders import TUESDAY, a_plan, a_shift
from tests.storage.stage import LATER, NOON, Stage

LI = Employee("u1", "李雷", "union-1", (1, 22), (22,), active=True)
HAN = Employee("u2", "韩\0梅梅", active=False)


async def test_people_are_read_back_with_the_time_they_were_read(stage: Stage) -> None:
    store = await stage.open()
    await store.people.put([LI, HAN], NOON)
    assert await store.people.get("u1") == (LI, NOON)
    assert await store.people.get("u3") is None
    found = await store.people.all()
    assert [employee.name for employee, _ in found] == ["李雷", "韩\ufffd梅梅"]


async def test_a_person_read_again_replaces_what_was_known(stage: Stage) -> None:
    store = await stage.open()
    await store.people.put([LI], NOON)
    moved = Employee("u1", "李雷", None, (3,), (), active=False)
    await store.people.put([moved], LATER)
    assert await store.people.all() == [(moved, LATER)]


async def test_somebody_who_left_is_forgotten_and_may_come_back(stage: Stage) -> None:
    store = await stage.open()
    await store.people.put([LI], NOON)
    await store.people.remove(["u1", "nobody"])
    assert await store.people.get("u1") is None
    assert await store.people.all() == []
    await store.people.put([LI], LATER)
    assert await store.people.get("u1") == (LI, LATER)


async def test_who_was_read_or_forgotten_lately_is_told_apart_from_all_others(stage: Stage) -> None:
    store = await stage.open()
    await store.people.put([HAN, Employee("u3", "Gone")], NOON - timedelta(days=1))
    await store.people.put([LI], NOON)
    await store.people.remove(["u3"])
    assert await store.people.changed(NOON, crawled_at=None) == ([(LI, NOON)], {"u3": NOON})
    assert await store.people.changed(NOON, crawled_at=LATER) == ([(LI, NOON)], {"u3": NOON})
    assert await store.people.changed(NOON, crawled_at=NOON) == ([], {"u3": NOON})
    assert await store.people.changed(LATER, crawled_at=None) == ([], {})


async def test_more_people_than_one_transaction_takes_are_all_stored(stage: Stage) -> None:
    store = await stage.open()
    many = [Employee(f"u{number:04}", "Somebody", department_ids=(1,)) for number in range(1201)]
    await store.people.put(many, NOON)
    assert [employee for employee, _ in await store.people.all()] == many


async def test_nobody_can_be_put_and_removed(stage: Stage) -> None:
    store = await stage.open()
    await store.people.put([], NOON)
    await store.people.remove([])
    assert await store.people.all() == []


async def test_plans_are_read_back_whole(stage: Stage) -> None:
    store = await stage.open()
    split = a_shift(("09:00", "12:00"), ("22:00", "06:00"), grace_minutes=None, absenteeism_minutes=120)
    point = CheckPoint(TUESDAY, CheckType.ON_DUTY, 7, NOON, NOON, LATER, a_shift(serious_late_minutes=30))
    plans = [
        a_plan(split),
        DayPlan(TUESDAY + timedelta(days=1)),
        DayPlan(TUESDAY + timedelta(days=2), (*a_plan(split).points, point), "mixed"),
    ]
    await store.plans.put({"u1": plans, "u2": plans[:1]}, NOON)
    assert await store.plans.get("u1", TUESDAY, TUESDAY + timedelta(days=2)) == (plans, NOON)
    assert await store.plans.get("u2", TUESDAY, TUESDAY) == (plans[:1], NOON)


async def test_a_missing_day_makes_the_plans_missing(stage: Stage) -> None:
    store = await stage.open()
    await store.plans.put({"u1": [DayPlan(TUESDAY), DayPlan(TUESDAY + timedelta(days=2))]}, NOON)
    assert await store.plans.get("u1", TUESDAY, TUESDAY + timedelta(days=2)) is None
    assert await store.plans.get("u2", TUESDAY, TUESDAY) is None


async def test_plans_are_as_old_as_the_oldest_of_them(stage: Stage) -> None:
    store = await stage.open()
    days = [DayPlan(TUESDAY), DayPlan(TUESDAY + timedelta(days=1), (), "rest")]
    await store.plans.put({"u1": days}, NOON)
    await store.plans.put({"u1": days[1:]}, LATER)
    found = await store.plans.get("u1", TUESDAY, TUESDAY + timedelta(days=1))
    assert found == (days, NOON)


async def test_a_question_is_open_until_it_expires(stage: Stage) -> None:
    store = await stage.open()
    question = Question(
        "u1",
        "m1",
        NOON - timedelta(seconds=3),
        NOON,
        NOON + timedelta(minutes=10),
        PunchSource.VOICE,
        CheckType.ON_DUTY,
    )
    await store.questions.ask(question)
    assert await store.questions.open_question("u1", NOON + timedelta(minutes=10, milliseconds=-1)) == question
    assert await store.questions.open_question("u1", NOON + timedelta(minutes=10)) is None
    assert await store.questions.open_question("u2", NOON) is None


async def test_a_question_keeps_what_was_said_with_the_punch(stage: Stage) -> None:
    store = await stage.open()
    fix = Fix(39.909, 116.3975, 41.0, Datum.GCJ02, LocationSource.TYPED)
    said = ("HQ", fix, "the train was late")
    question = Question(
        "u1", "m1", NOON, NOON, LATER, PunchSource.VOICE, CheckType.ON_DUTY, *said, conversation_id="c1"
    )
    await store.questions.ask(question)
    found = await store.questions.open_question("u1", NOON)
    assert found == question
    assert (found.source, found.direction) == (PunchSource.VOICE, CheckType.ON_DUTY)
    assert isinstance(found.source, PunchSource)


async def test_a_newer_question_takes_the_place_of_the_older(stage: Stage) -> None:
    store = await stage.open()
    await store.questions.ask(Question("u1", "m1", NOON, NOON, LATER, PunchSource.CHAT, None))
    newer = Question("u1", "m2", NOON, NOON, LATER, PunchSource.CHAT, CheckType.OFF_DUTY)
    await store.questions.ask(newer)
    assert await store.questions.open_question("u1", NOON) == newer
    await store.questions.close("u1")
    assert await store.questions.open_question("u1", NOON) is None


async def test_a_yes_is_taken_from_the_question_it_was_about_and_from_no_other(stage: Stage) -> None:
    store = await stage.open()
    asked = Question("u1", "m1", NOON, NOON, LATER, PunchSource.VOICE, CheckType.ON_DUTY)
    for question, taken in (
        (asked, True),
        (replace(asked, by_yes=False), False),
        (replace(asked, answered_at=NOON), False),
    ):
        await store.questions.ask(question)
        await store.questions.take_yes("u2")
        assert await store.questions.open_question("u1", NOON) == question
        await store.questions.take_yes("u1")
        assert await store.questions.open_question("u1", NOON) == replace(question, spoken_past=taken)


async def test_plans_of_long_ago_are_forgotten(stage: Stage) -> None:
    store = await stage.open()
    days = [DayPlan(TUESDAY + timedelta(days=offset)) for offset in range(-1, 2)]
    await store.plans.put({f"u{number}": days for number in range(1000)}, NOON)
    await store.plans.forget(TUESDAY)
    assert await store.plans.get("u7", TUESDAY - timedelta(days=1), TUESDAY - timedelta(days=1)) is None
    assert await store.plans.get("u7", TUESDAY, TUESDAY + timedelta(days=1)) == (days[1:], NOON)
    found = await store.plans.changed(TUESDAY - timedelta(days=1), TUESDAY + timedelta(days=1), None)
    assert len(found) == 2000


async def test_what_an_event_put_in_doubt_is_kept_until_it_is_read_later(stage: Stage) -> None:
    store = await stage.open()
    await store.people.doubt(["u1", "u2", "u1"], NOON)
    await store.people.doubt(["u1"], NOON - timedelta(hours=1))  # told late: the later event holds
    await store.departments.doubt([22, 7], NOON)
    await store.departments.doubt([], LATER)
    told = Doubts({"u1": NOON, "u2": NOON}, {22: NOON, 7: NOON}, LATER)
    assert await store.departments.doubts() == told
    await store.people.put([LI], NOON - timedelta(seconds=1))  # read before the event
    assert await store.departments.doubts() == told
    await store.people.put([LI], NOON)
    assert await store.departments.doubts() == Doubts({"u2": NOON}, {22: NOON, 7: NOON}, LATER)
    await store.departments.put([], NOON)
    assert await store.departments.doubts() == Doubts({}, {}, LATER)
    await store.departments.put([], LATER)
    assert await store.departments.doubts() == Doubts({}, {}, None)
