"""A company over days: every due reminder goes, and no other. test_outages.py has the outages."""

import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest

from bot.sandbox.world import DEPARTMENTS, Department
from tests.changing_company import World
from tests.pretend_dingtalk import Sandbox
from tests.reminders.playing import Player, leads, prepare, usual_shifts
from tests.reminders.scenario import Scenario, make
from tests.reminders.stage import a_reminding_company, heard
from tests.reminders.truth import QUIET_FROM, QUIET_UNTIL, Told, Truth

MONDAY, WEDNESDAY, THURSDAY = date(2026, 11, 23), date(2026, 11, 25), date(2026, 11, 26)
SATURDAY = date(2026, 11, 28)  # a make-up day
WITHIN = timedelta(minutes=1)
Said = tuple[str, str, str, datetime]  # user id, check, due time, moment


@dataclass(slots=True)
class Judgement:
    """Sent and missing reminders. `to_nobody` lists calls for people who left or have no app."""

    right: list[Told] = field(default_factory=list)
    wrong: list[Said] = field(default_factory=list)
    missing: list[Told] = field(default_factory=list)
    to_nobody: list[tuple[str, datetime]] = field(default_factory=list)

    def __str__(self) -> str:
        lines = [f"right {len(self.right)} {dict(Counter(told.kind for told in self.right))}"]
        lines += [
            f"wrong {len(self.wrong)}:",
            *(f"  {said[:3]} {said[3]:%d. %H:%M:%S}" for said in self.wrong[:20]),
        ]
        lines += [
            f"to nobody {len(self.to_nobody)}:",
            *(f"  {call} {at}" for call, at in self.to_nobody[:10]),
        ]
        lines += [f"missing {len(self.missing)}:", *(f"  {told}" for told in self.missing[:20])]
        return "\n".join(lines)


async def played(
    folder: Path, people: int, days: Sequence[date], holiday: date, seed: int
) -> Judgement:
    """Play a scenario and judge the reminders."""
    teams = [
        Department(1001 + index, f"{index + 1:03d} 组 Team", 101 + index % 2) for index in range(20)
    ]
    world = World(people, [*DEPARTMENTS, *teams])
    made = make(usual_shifts(world), leads(world), days, holiday, SATURDAY, random.Random(seed))
    truth = Truth(made)
    prepare(world, made, holiday, SATURDAY)
    start = datetime.combine(days[0] - timedelta(days=1), time(17), world.zone).astimezone(UTC)
    quiet = {"quiet_hours": [f"{QUIET_FROM:%H:%M}", f"{QUIET_UNTIL:%H:%M}"]}
    async with a_reminding_company(folder, at=start, world=world, reminders=quiet) as company:
        player = Player(company.sandbox, company.app, made)
        await player.play(truth.moments())
        found = judged(company.sandbox, made, truth)
        found.to_nobody = sorted(call for call in player.addressed if not truth.is_here(*call))
        return found


def judged(sandbox: Sandbox, made: Scenario, truth: Truth) -> Judgement:
    """Match each sent reminder with a due one. The rest is wrong."""
    said: dict[tuple[str, str, str], list[datetime]] = defaultdict(list)
    for user_id in made.people:
        for one in heard(sandbox, user_id):
            said[user_id, one.what, one.due].append(
                one.at.astimezone(sandbox.world.zone).replace(tzinfo=None)
            )
    found = Judgement()
    for told in truth.told():
        moments = said[told.check.user_id, told.check.what, f"{told.check.due:%H:%M}"]
        match = next((at for at in moments if told.at <= at < told.at + WITHIN), None)
        if match is None:
            found.missing.append(told)
        else:
            moments.remove(match)
            found.right.append(told)
    found.wrong = [(*key, at) for key, moments in said.items() for at in moments]
    return found


async def test_two_days_of_a_hundred_people_are_right(tmp_path: Path) -> None:
    days = [THURSDAY + timedelta(days=offset) for offset in range(3)]
    found = await played(tmp_path, 100, days, THURSDAY, seed=5)
    assert not found.wrong, str(found)
    assert not found.missing, str(found)
    assert not found.to_nobody, str(found)
    assert {told.kind for told in found.right} == {"before", "after", "snooze"}
    assert len(found.right) > 250


@pytest.mark.slow
@pytest.mark.timeout(1200)  # about two minutes on an idle machine
async def test_a_week_of_a_thousand_people_is_right(tmp_path: Path) -> None:
    days = [MONDAY + timedelta(days=offset) for offset in range(7)]
    found = await played(tmp_path, 1000, days, WEDNESDAY, seed=7)
    print(found)
    assert not found.wrong, str(found)
    assert not found.missing, str(found)
    assert not found.to_nobody, str(found)
    assert len(found.right) > 9000
