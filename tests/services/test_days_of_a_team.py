"""Before anybody is called missing DingTalk is asked, and of whom it does not tell nobody knows."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, cast

import pytest

from bot.actions import Absent, Summary
from bot.dingtalk.attendance import PEOPLE_A_CALL
from bot.domain.day import DayFacts, Departure, PersonDay, Standing
from bot.domain.day_punches import Seen
from bot.domain.people import Employee
from bot.domain.shifts import CheckType, DayPlan
from bot.domain.summaries import TeamDay
from bot.i18n import Texts
from bot.services.organisation.visibility import Sight, Sighted
from bot.services.reporting.day_reader import Reading
from bot.services.reporting.known_facts import KnownFacts
from bot.services.reporting.summaries import PATIENCE_S, SummaryService
from bot.views.team import team_day as shown_day
from tests.builders import SHANGHAI, TUESDAY, a_plan, local
from tests.storage.stage import SqliteStage, a_wish, always, record

NOW = local("09:42")
TEAM = [f"u{number:03d}" for number in range(120)]
PLAN = a_plan()


class AtNow:
    def __init__(self, now: datetime) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return 0.0


class Book:
    """Everybody's plan, but for those without a known one."""

    def __init__(self, unknown: Sequence[str] = ()) -> None:
        self._unknown = unknown

    def known(self, user_ids: Sequence[str], day: date) -> Mapping[str, DayPlan]:
        return {one: PLAN for one in user_ids if one not in self._unknown and day == TUESDAY}


class DingTalk:
    """Tells who punched; does not answer at all for a batch with somebody of whom it is silent."""

    def __init__(self, punched: Mapping[str, str], silent: Sequence[str] = (), torn: Sequence[str] = ()) -> None:
        self._punched, self._silent, self._torn = punched, silent, torn
        self.batches: list[list[str]] = []

    async def read(self, user_ids: Sequence[str], work_date: date) -> Reading:
        self.batches.append(list(user_ids))
        if not set(self._silent).isdisjoint(user_ids):
            await asyncio.Event().wait()
        return Reading({user_id: self._facts(user_id) for user_id in user_ids})

    def _facts(self, user_id: str) -> DayFacts:
        at = self._punched.get(user_id)
        records = [Seen(local(at), CheckType.ON_DUTY, local("09:00"))] if at else []
        return DayFacts(user_id, TUESDAY, PLAN, records, read=user_id not in self._torn)


async def asked(
    folder: Path,
    dingtalk: DingTalk,
    *,
    ours: Sequence[str] = (),
    book: Book | None = None,
    patience_s: float = 60.0,
    at: str = "09:42",
    departures: bool = False,
) -> TeamDay:
    """Return the day of a team of which `ours` clocked in through the bot."""
    stage = SqliteStage(folder)
    store = await stage.open()
    try:
        for number, user_id in enumerate(ours):
            await record(store, a_wish(f"m{number}", user_id, at=local("08:50")), always())
        service = SummaryService(
            known=KnownFacts(store.days, store.excuses, store.native_punches, cast(Any, book or Book()), SHANGHAI),
            reader=cast(Any, dingtalk),
            past=cast(Any, None),
            book=cast(Any, book or Book()),
            clock=AtNow(local(at)),
            zone=SHANGHAI,
            patience_s=patience_s,
        )
        sight = Sight(Sighted.SEEN, tuple(Employee(one, "") for one in TEAM))
        return await service.day(sight, departures=departures)
    finally:
        await stage.close()


def who(found: TeamDay, standing: Standing) -> list[str]:
    return [day.user_id for day in found.of(standing)]


async def test_who_has_no_known_punch_is_asked_for_fifty_at_a_time_and_nobody_else(tmp_path: Path) -> None:
    dingtalk = DingTalk({"u010": "08:55", "u011": "09:12"})
    found = await asked(tmp_path, dingtalk, ours=TEAM[:10])
    assert sorted(user_id for batch in dingtalk.batches for user_id in batch) == TEAM[10:]
    assert [len(batch) for batch in dingtalk.batches] == [PEOPLE_A_CALL, PEOPLE_A_CALL, 10]
    assert found.counts[Standing.ON_TIME] == 11
    assert who(found, Standing.LATE) == ["u011"]
    assert who(found, Standing.MISSING) == TEAM[12:]
    assert found.counts[Standing.UNKNOWN] == 0


async def test_of_whom_dingtalk_does_not_tell_in_time_nobody_knows_and_the_others_are_told(tmp_path: Path) -> None:
    found = await asked(tmp_path, DingTalk({"u119": "09:12"}, silent=["u060"]), patience_s=1.0)
    assert who(found, Standing.UNKNOWN) == TEAM[50:100]
    assert who(found, Standing.MISSING) == [*TEAM[:50], *TEAM[100:119]]
    assert who(found, Standing.LATE) == ["u119"]
    assert all(day.uncertain and not day.missed for day in found.of(Standing.UNKNOWN))


async def test_whose_punches_alone_could_not_be_read_is_unknown(tmp_path: Path) -> None:
    found = await asked(tmp_path, DingTalk({}, torn=["u003"]))
    assert who(found, Standing.UNKNOWN) == ["u003"]


async def test_before_a_clock_out_is_called_open_those_without_one_are_read(tmp_path: Path) -> None:
    dingtalk = DingTalk({}, torn=["u003"])
    await asked(tmp_path / "in", dingtalk, ours=TEAM, at="18:30")
    assert dingtalk.batches == []
    found = await asked(tmp_path / "out", dingtalk, ours=TEAM, at="18:30", departures=True)
    assert sorted(one for batch in dingtalk.batches for one in batch) == TEAM
    stand = {day.user_id: day.departure for day in found.days}
    assert stand.pop("u003") is Departure.UNKNOWN
    assert set(stand.values()) == {Departure.OPEN}


async def test_whose_plan_is_not_here_is_asked_for_as_well(tmp_path: Path) -> None:
    dingtalk = DingTalk({"u005": "08:55", "u006": "08:55"})
    found = await asked(tmp_path, dingtalk, ours=TEAM, book=Book(unknown=["u005", "u006"]))
    assert dingtalk.batches == [["u005", "u006"]]
    assert found.counts[Standing.ON_TIME] == len(TEAM)


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_what_is_uncertain_is_told_apart_and_never_as_missing(tmp_path: Path, language: Any) -> None:
    found = await asked(tmp_path, DingTalk({}, silent=["u060"]), ours=TEAM[:10], patience_s=1.0)
    texts = Texts(language, SHANGHAI)
    apart = {"zh": "暂时查不到，不算缺勤（", "en": "not counted as absent ("}[language]
    people = [Employee(one, "") for one in TEAM]
    replies = (
        shown_day(found, people, texts, title=None, asked=Summary()),
        shown_day(found, people, texts, title=None, asked=Absent()),
    )
    for reply in replies:
        lines = reply.text.split("\n\n")
        (unknown,) = [line for line in lines if apart in line]
        told_unknown = {one for one in TEAM if one in unknown}
        assert told_unknown and told_unknown <= {day.user_id for day in found.of(Standing.UNKNOWN)}
        assert lines.index(unknown) > max(number for number, line in enumerate(lines) if "**" in line)
        assert not any(one in line for one in told_unknown for line in lines if line != unknown)
        assert "09:42" in lines[-1]


@pytest.mark.parametrize(
    ("language", "nobody", "waiting"),
    [("zh", "没有人缺卡", "未到上班时间 (5)"), ("en", "Nobody is overdue", "Not yet due (5)")],
)
@pytest.mark.parametrize("overdue", [0, 7])
def test_who_is_not_yet_due_is_named_beside_the_missing(
    language: Any, nobody: str, waiting: str, overdue: int
) -> None:
    early = [PersonDay(one, TUESDAY, Standing.NOT_YET_DUE) for one in TEAM[:5]]
    late = [PersonDay(one, TUESDAY, Standing.MISSING) for one in TEAM[5 : 5 + overdue]]
    counts = dict.fromkeys(Standing, 0) | {Standing.NOT_YET_DUE: 5, Standing.MISSING: overdue}
    found = TeamDay(NOW, TUESDAY, (*late, *early), counts)
    text = shown_day(
        found, [Employee(one, "") for one in TEAM], Texts(language, SHANGHAI), title=None, asked=Absent()
    ).text
    (line,) = [line for line in text.split("\n\n") if waiting in line.replace("（", " (").replace("）", ")")]
    assert all(one in line for one in TEAM[:5])
    assert (nobody in text) is (overdue == 0)


def test_five_seconds_are_waited_in_all() -> None:
    assert PATIENCE_S == 5.0
