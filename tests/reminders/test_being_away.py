"""Leave, trips and outings of twelve people on one day: whom they silence, and whose check they move."""

from pathlib import Path

from tests.reminders.stage import (
    AFTER,
    BEFORE,
    DAY_PEOPLE,
    OFF,
    ON,
    a_reminding_company,
    away,
    who_was_told,
)


async def test_leave_trips_and_outings_silence_or_move_a_check(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path) as company:
        away(company, "user001", "00:00", "23:59:59", whole_days=True)
        away(company, "user002", "09:00", "13:00")
        away(company, "user003", "13:00", "18:00")
        away(company, "user004", "09:00", "18:00", "trip")
        away(company, "user005", "08:30", "11:00", "outing")
        away(company, "user006", "09:00", "13:00")
        away(company, "user006", "13:00", "18:00")
        await company.events_heard()
        await company.go_on("08:50", "09:05")
        assert who_was_told(company, ON, "09:00", BEFORE) == ["lead01", "lead02", "user003", "user007"]
        assert who_was_told(company, ON, "09:00", AFTER) == ["lead01", "lead02", "user003", "user007"]
        await company.go_on("10:49", "10:50", "11:05")
        assert who_was_told(company, ON, "11:00", BEFORE) == ["user005"]
        assert who_was_told(company, ON, "11:00", AFTER) == ["user005"]
        await company.go_on("12:50", "13:05")
        assert who_was_told(company, ON, "13:00", BEFORE) == ["user002"]
        assert who_was_told(company, OFF, "13:00", BEFORE) == ["user003"]
        await company.go_on("17:50", "18:05")
        goers = ["lead01", "lead02", "user002", "user005", "user007"]
        assert who_was_told(company, OFF, "18:00", BEFORE) == goers
        assert who_was_told(company, OFF, "18:00", AFTER) == goers
        assert "user001" not in company.told()
        assert "user006" not in company.told()


async def test_nobody_is_sent_to_work_for_the_lunch_between_two_half_days_of_leave(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path) as company:
        away(company, "user001", "09:00", "12:00")
        away(company, "user001", "13:00", "18:00")
        await company.events_heard()
        assert company.app is not None
        company.app.rosters.outdated = True
        await company.app.reads.read_if_due()
        await company.go_on("08:50", "11:50", "12:05", "12:50", "13:05", "17:50", "18:05")
        assert set(company.told()) == DAY_PEOPLE - {"user001"}


async def test_leave_that_was_read_and_then_taken_back_unnoticed_silences_nobody(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path) as company:
        company.sandbox.faults.set("events_lost")
        leave = away(company, "user001", "00:00", "23:59:59", whole_days=True)
        assert company.app is not None
        await company.app.reads.read_if_due()
        await company.go_on("08:50")
        assert "user001" not in company.told()
        company.sandbox.absences.cancel(leave)
        await company.go_on("09:05")
        assert "user001" in who_was_told(company, ON, "09:00", AFTER)


async def test_leave_of_which_only_the_approval_was_heard_silences_nobody_once_a_later_reading_lacks_it(
    tmp_path: Path,
) -> None:
    async with a_reminding_company(tmp_path, at="06:30") as company:
        leave = away(company, "user001", "00:00", "23:59:59", whole_days=True)
        await company.events_heard()
        company.sandbox.faults.set("events_lost")
        company.sandbox.absences.cancel(leave)
        await company.go_on("08:50", "09:05")
        assert "user001" in who_was_told(company, ON, "09:00", BEFORE)
        assert "user001" in who_was_told(company, ON, "09:00", AFTER)


async def test_leave_just_approved_silences_its_checks_although_no_reading_shows_it_yet(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, at="08:20") as company:
        leave = away(company, "user001", "00:00", "23:59:59", whole_days=True)
        await company.events_heard()
        company.sandbox.faults.set("events_lost")
        company.sandbox.absences.cancel(leave)  # so that the reading lacks it, as if it were late
        await company.go_on("08:50", "09:05")
        assert "user001" not in company.told()


async def test_an_approval_that_names_nobody_has_everybody_read_again(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, at="13:00") as company:
        assert company.app is not None
        await company.app.reads.read_if_due()
        away(company, "user001", "15:00", "18:00", "outing")
        await company.events_heard()
        await company.app.reads.read_if_due()
        await company.go_on("13:30", "14:50")
        assert who_was_told(company, OFF, "15:00", BEFORE) == ["user001"]


async def test_a_moved_check_is_reminded_of_whichever_read_told_of_it(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path) as company:
        away(company, "user001", "08:30", "11:00", "outing")  # no event names the person
        await company.go_on("08:50")
        assert company.app is not None
        company.app.rosters.outdated = True
        await company.app.reads.read_if_due()
        await company.go_on("10:50", "11:05")
        assert who_was_told(company, ON, "11:00", BEFORE) == ["user001"]
        assert who_was_told(company, ON, "11:00", AFTER) == ["user001"]


async def test_a_check_that_moves_after_both_reminders_is_reminded_of_anew_and_never_twice(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path) as company:
        await company.go_on("08:50", "09:05")
        made = away(company, "user001", "08:30", "13:00")
        await company.events_heard()
        assert company.app is not None
        await company.app.reads.read_if_due()
        await company.go_on("12:50", "13:05", "13:06")
        company.sandbox.absences.cancel(made)  # back to nine, of which was told
        await company.events_heard()
        await company.app.reads.read_if_due()
        await company.go_on("13:07", "13:20")
        for due in ("09:00", "13:00"):
            assert who_was_told(company, ON, due, BEFORE).count("user001") == 1
            assert who_was_told(company, ON, due, AFTER).count("user001") == 1
        assert who_was_told(company, ON, "09:00", AFTER) == sorted(DAY_PEOPLE)


async def test_leave_that_is_asked_for_is_not_nagged_about_until_it_is_refused(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path) as company:
        refused = away(company, "user001", "09:00", "18:00", approved=False)
        away(company, "user002", "09:00", "18:00", approved=False)
        await company.events_heard()
        await company.go_on("08:50")
        assert set(company.told()) == DAY_PEOPLE - {"user001", "user002"}
        company.sandbox.absences.cancel(refused)
        await company.events_heard()
        await company.go_on("09:05")
        assert who_was_told(company, ON, "09:00", AFTER) == sorted(DAY_PEOPLE - {"user002"})
