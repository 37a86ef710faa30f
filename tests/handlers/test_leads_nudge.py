"""A lead asks somebody to punch: who is asked, how often, and what nobody is told."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from bot.domain.agenda import Speaking
from bot.domain.due import Facts
from bot.domain.people import Department, Employee
from bot.domain.reminders import Reminder, ReminderKind, ReminderState, Wishes
from bot.domain.shifts import DayPlan
from bot.domain.teams import Teams
from bot.i18n import Texts
from bot.services.leading.nudging import NudgeOutcome, Nudging
from bot.services.organisation.visibility import Visibility
from bot.services.reminding.reminder_facts import Reading
from bot.views.nudges import answer
from tests.builders import SHANGHAI, TUESDAY, a_plan, local
from tests.languages import theirs
from tests.reminders.stage import RemindingCompany, a_reminding_company

ASKED = "主管请您打卡"
NOBODY_ADMIN = {"admins": []}


def asked(company: RemindingCompany, who: str) -> list[str]:
    return [text for text in company.sandbox.replies(who) if ASKED in text]


async def test_a_lead_nudges_one_of_their_people_once_for_each_check(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, "09:12") as company:
        assert "正在请 Alice Johnson 打卡：上班卡 09:00" in await company.ask("lead01", "催 Alice Johnson")
        (told,) = asked(company, "user002")
        assert "截至 09:12 没有看到能算作这次上班的卡" in told
        assert "已经催过" in await company.ask("lead01", "提醒user002打卡")
        assert len(asked(company, "user002")) == 1
        (row,) = [row for row in await company.rows() if row.kind is ReminderKind.NUDGE]
        assert (row.key, row.state) == (("user002", TUESDAY, "OnDuty/0", "nudge"), ReminderState.SENT)
        assert not list(company.sandbox.records)


async def test_a_first_name_does_where_one_of_their_people_has_it(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, "09:12") as company:
        await company.ask("lead01", "nudge Alice")
        assert len(asked(company, "user002")) == 1


async def test_of_two_named_each_is_a_tap_if_both_are_the_leads_and_nobody_is_nudged(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, "09:12") as company:
        answer = await company.ask("lead01", "催 Alice 和 李娜")
        assert "一次只能催一位" in answer
        assert "%E5%82%AC%20user002" in answer and "%E5%82%AC%20user003" in answer
        assert "您可以催自己带的人" in await company.ask("lead01", "催 李娜 和 王五")
        assert not asked(company, "user002") + asked(company, "user003")


async def test_a_button_of_the_leads_note_nudges(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, "09:12") as company:
        await company.remind("09:30")
        assert "%E5%82%AC%20user003" in company.sandbox.replies("lead01")[-1]
        await company.ask("lead01", "催 李娜")
        assert len(asked(company, "user003")) == 1


async def test_who_is_nudged_reads_their_own_language(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, "09:12") as company:
        await company.ask("user002", "help")
        await company.ask("lead01", "nudge Alice Johnson")
        assert "Your lead asks you to punch." in company.sandbox.replies("user002")[-1]


@pytest.mark.parametrize("named", ["Tom Baker", "user007", "Zelda Zimmer", "lead01", "陈静"])
async def test_of_others_a_lead_hears_the_same_whether_they_exist_or_not(tmp_path: Path, named: str) -> None:
    async with a_reminding_company(tmp_path, "09:12", roles=NOBODY_ADMIN) as company:
        said = await company.ask("lead01", f"nudge {named}")
        assert said == await company.ask("user005", f"nudge {named}")
        assert "whom you lead" in said
        assert named not in said
        assert not [row for row in await company.rows() if row.kind is ReminderKind.NUDGE]


@pytest.mark.parametrize("text", ["提醒大家打卡", "remind everyone to clock in"])
async def test_who_wants_all_nudged_taps_each(tmp_path: Path, text: str) -> None:
    async with a_reminding_company(tmp_path, "09:12", roles=NOBODY_ADMIN) as company:
        said = await company.ask("lead01", text)
        assert "user002" in said and "user003" in said
        assert theirs(text, en="Nobody has been nudged", zh="还没有催任何人") in said
        assert "user002" not in await company.ask("user005", text)
        assert not [row for row in await company.rows() if row.kind is ReminderKind.NUDGE]
        await company.ask("lead01", "催 user002")
        assert len(asked(company, "user002")) == 1 and not asked(company, "user003")


async def test_an_admin_nudges_anybody(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, "09:12", roles={"admins": ["user005"]}) as company:
        await company.ask("user005", "nudge Tom Baker")
        assert len(asked(company, "user007")) == 1


async def test_who_has_punched_anywhere_is_on_leave_or_wants_none_is_not_nudged_and_why_is_not_said(
    tmp_path: Path,
) -> None:
    async with a_reminding_company(tmp_path, "08:50") as company:
        await company.ask("user001", "上班打卡")
        company.sandbox.native_punch("user002", local("08:55"), "gate")
        company.sandbox.absences.add("user003", local("08:00"), local("19:00"), "leave")
        await company.ask("user004", "no reminders today")
        await company.ask("user005", "关闭提醒")
        await company.sandbox.events_pushed()
        company.at("09:12")
        said = {await company.ask("lead01", f"nudge {who}") for who in (f"user00{n}" for n in range(1, 6))}
        without_names = {text.split(" cannot be nudged")[1] for text in said}
        assert len(without_names) == 1
        assert not any(asked(company, f"user00{n}") for n in range(1, 6))


async def test_a_check_that_leave_moved_is_nudged_at_its_new_time(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, "09:12") as company:
        company.sandbox.absences.add("user003", local("08:00"), local("13:00"), "leave")
        await company.sandbox.events_pushed()
        assert "不能催" in await company.ask("lead01", "催 李娜")
        company.at("13:10")
        assert "13:00" in await company.ask("lead01", "催 李娜")
        assert len(asked(company, "user003")) == 1


@pytest.mark.parametrize("at", ["07:30", "08:55", "23:30"])
async def test_nobody_is_nudged_while_no_check_is_due(tmp_path: Path, at: str) -> None:
    async with a_reminding_company(tmp_path, at) as company:
        assert "不能催" in await company.ask("lead01", "催 李娜")


async def test_a_night_shifts_clock_out_is_nudged_the_next_morning(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, "06:20") as company:
        assert "06:00" in await company.ask("lead02", "nudge user008")
        assert len(asked(company, "user008")) == 1


async def test_what_cannot_be_read_is_said_and_nobody_is_nudged(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, "09:12") as company:
        await company.sandbox.fault("quota", {"apis": ["listRecord"]})
        assert "暂时查不到" in await company.ask("lead01", "催 李娜")
        await company.sandbox.fault("quota", None)
        assert "正在请" in await company.ask("lead01", "催 李娜")


async def test_while_reminders_are_only_written_down_a_nudge_is_too(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, "09:12", reminders={"mode": "shadow"}) as company:
        assert "没有发送" in await company.ask("lead01", "催 李娜")
        assert not asked(company, "user003")


async def test_a_group_in_which_a_lead_nudges_somebody_hears_nothing_of_it(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, "09:12") as company:
        alone, in_group = await company.ask_in_group("lead01", "催 李娜")
        assert "正在请 李娜 打卡" in alone
        assert in_group == "@lead01\n\n已私聊回复。"
        assert len(asked(company, "user003")) == 1


class Staff:
    """A directory of people in one department that the lead leads, and one stranger of the same name."""

    def __init__(self) -> None:
        names = (("lead", "Ada"), ("u-1", "Li Na"), ("u-2", "li  na"), ("u-3", "Bo"))
        own = [Employee(user_id, name, department_ids=(1,)) for user_id, name in names]
        other = Employee("u-9", "Li Na", department_ids=(2,))
        self._people = [*own, other]
        self.led: dict[str, list[int]] = {"lead": [1]}

    def is_active(self, user_id: str) -> bool:
        return True

    @property
    def is_read(self) -> bool:
        return True

    async def follow(self) -> None:
        """Nothing else has read anybody."""

    def may_have_lost_a_role(self, user_id: str) -> bool:
        return False

    def may_have_moved(self, user_id: str) -> bool:
        return False

    def employee(self, user_id: str) -> Employee | None:
        return next((one for one in self._people if one.user_id == user_id), None)

    def teams(self) -> Teams:
        return Teams(self._people, [Department(1, "own"), Department(2, "other")], self.led)


class Nowhere:
    """A book in which nobody works."""

    def plan_of(self, user_id: str, day: date) -> DayPlan | None:
        return None


class Daily(Nowhere):
    """A book in which everybody works from nine to six, and what was read of them right now."""

    def plan_of(self, user_id: str, day: date) -> DayPlan | None:
        return a_plan(day=day)

    async def read(self, user_ids: Sequence[str], day: date) -> Reading:
        facts = Facts(a_plan(day=day), records=(), absences=())
        return Reading(dict.fromkeys(user_ids, facts), {})

    async def get(self, user_id: str) -> Wishes:
        return Wishes(user_id)


class Rows:
    """The rows of reminders, and what happens while one is claimed; nothing is to leave from here."""

    def __init__(self, meanwhile: Callable[[], None]) -> None:
        self.meanwhile = meanwhile
        self.rows: dict[tuple[str, date, str, str], Reminder] = {}

    async def count(self, lead: str, since: datetime) -> int:
        return 0

    async def claim(self, lead: str, nudge: Reminder) -> bool:
        self.meanwhile()
        fresh = nudge.key not in self.rows
        self.rows.setdefault(nudge.key, nudge)
        return fresh

    async def between(self, first: date, last: date) -> Sequence[Reminder]:
        return list(self.rows.values())

    async def free(self, reminders: Sequence[Reminder]) -> None:
        for one in reminders:
            del self.rows[one.key]

    async def only_write(self, reminders: Sequence[Reminder]) -> None:
        """Keep them as they are."""


class Still:
    def now(self) -> Any:
        return local("09:10") + timedelta(0)


def nudging(*, staff: Staff | None = None, book: Nowhere | None = None, rows: Rows | None = None) -> Nudging:
    book = book or Nowhere()
    unused = cast(Any, None)
    return Nudging(
        visibility=Visibility(cast(Any, staff or Staff()), ()),
        book=cast(Any, book),
        finder=cast(Any, book),
        wishes=cast(Any, book),
        reminders=cast(Any, rows),
        trace=cast(Any, rows),
        nudger=cast(Any, rows),
        sentences=unused,
        speaking=Speaking(None, SHANGHAI, shadow=True),
        clock=cast(Any, Still()),
        clock_is_wrong=lambda: False,
    )


async def test_who_loses_the_role_while_the_database_is_waited_for_nudges_nobody_and_bars_nobody() -> None:
    staff = Staff()
    rows = Rows(meanwhile=staff.led.clear)
    lead = Employee("lead", "Ada")
    desk = nudging(staff=staff, book=Daily(), rows=rows)
    assert (await desk.nudge(lead, "u-3")).outcome is NudgeOutcome.NOT_READ
    assert not rows.rows
    staff = Staff()  # the same lead again, as it could be another: what was nudged once bars every lead
    rows.meanwhile = lambda: None
    found = await nudging(staff=staff, book=Daily(), rows=rows).nudge(lead, "u-3")
    assert found.outcome is NudgeOutcome.GOING_SHADOW


async def test_of_two_people_of_one_name_the_lead_is_asked_which_among_their_own_only() -> None:
    found = await nudging().nudge(Employee("lead", "Ada"), "LI NA")
    assert found.outcome is NudgeOutcome.WHICH
    asked_back = answer(found.outcome, found.people, None, Texts("en", SHANGHAI), as_of=local("09:10"))
    assert [button.says for button in asked_back.buttons] == ["nudge u-1", "nudge u-2"]


@pytest.mark.parametrize(("named", "outcome"), [("u-2", NudgeOutcome.NOT_NOW), ("u-9", NudgeOutcome.NOT_YOURS)])
async def test_a_user_id_means_one_person_and_only_of_ones_own(named: str, outcome: NudgeOutcome) -> None:
    assert (await nudging().nudge(Employee("lead", "Ada"), named)).outcome is outcome
