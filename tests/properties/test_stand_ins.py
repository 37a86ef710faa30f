"""Stand-ins in random companies have the rights of their leads, on their days, and no others."""

from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.people import Department, Employee
from bot.domain.slots import Whom
from bot.domain.teams import Appointment
from tests.services.directory_stage import ROOT, a_stage

A_DAY = timedelta(days=1)
USER_IDS = ("a", "b", "c", "d", "e")
_parents = st.tuples(*(st.integers(1, own_id - 1) for own_id in range(2, 6)))
_departments = st.lists(st.integers(1, 5), max_size=2).map(tuple)
_employee = st.tuples(_departments, _departments, st.integers(0, 4).map(bool))
_days = st.tuples(st.integers(0, 2), st.integers(0, 2)).map(sorted)
_who = st.sampled_from(USER_IDS)


@settings(max_examples=80)
@given(_parents, st.tuples(*[_employee] * 5), st.lists(st.tuples(_who, _who, _days), max_size=6))
async def test_stand_ins_have_the_rights_of_their_leads_on_their_days_but_none_about_them(
    parents: tuple[int, ...],
    employees: tuple[tuple[tuple[int, ...], tuple[int, ...], bool], ...],
    stand_ins: list[tuple[str, str, list[int]]],
) -> None:
    people = [
        Employee(user_id, user_id, department_ids=of, leads=leads, active=active)
        for user_id, (of, leads, active) in zip(USER_IDS, employees, strict=True)
    ]
    with TemporaryDirectory() as folder:
        async with a_stage(Path(folder), *people, admins=["e"]) as stage:
            tree = (Department(own_id, "", upper) for own_id, upper in enumerate(parents, 2))
            stage.contacts.departments = (ROOT, *tree)
            await stage.directory.crawl()
            alone = stage.directory.view.teams
            today = stage.directory.today
            for number, (user_id, lead, (first, last)) in enumerate(stand_ins):
                appointment = Appointment(
                    reference=str(number),
                    lead=lead,
                    user_id=user_id,
                    first_day=today + first * A_DAY,
                    last_day=today + last * A_DAY,
                    asked_at=stage.clock.now(),
                )
                await stage.store.stand_ins.appoint(appointment)
            for day in range(4):
                for person in people:
                    who = person.user_id
                    leads = {
                        lead
                        for user_id, lead, (first, last) in stand_ins
                        if user_id == who and person.active and first <= day <= last
                    }
                    led = {one.user_id for lead in (who, *leads) for one in alone.members(lead)}
                    sight = await stage.visibility.read_sight(who, Whom(all_seen=True))
                    assert set(sight.user_ids) == {*(USER_IDS if who == "e" else led), who}
                    decided = await stage.visibility.askers_decided_by(who, USER_IDS)
                    assert decided is not None
                    assert decided <= {*sight.user_ids} - {who, *leads}
                stage.clock.move(A_DAY.total_seconds())
