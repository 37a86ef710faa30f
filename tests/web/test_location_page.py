"""A company that wants a position: the chat gives a link, the page a punch, and the ledger the truth."""

import re
from pathlib import Path

import aiohttp

from bot.domain.punches import PunchSource
from bot.domain.sites import LocationResult, LocationSource
from tests.builders import TUESDAY, local
from tests.company import Company, a_company
from tests.waiting import until
from tests.web.visiting import Phone, a_fix, a_phone, link_in

REQUIRED = {"location": "required", "new_phone": "accept"}


async def ledger(company: Company, who: str = "user001") -> list:
    assert company.app is not None
    return list(await company.app.store.ledger.punches(who, TUESDAY, TUESDAY))


async def test_nothing_is_punched_until_the_tap_and_the_tap_has_the_messages_time(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    async with a_company(tmp_path, at="08:59", clock_in=REQUIRED) as company:
        phone = await a_phone(company, session)
        assert not company.punches_at_dingtalk("user001")
        _, opened = await phone.call("open")
        assert (opened["name"], opened["direction"], opened["punch"]) == ("王小明", "OnDuty", None)
        _, seen = await phone.call("look", fix=a_fix(north_m=120))
        assert (seen["fence"], seen["site"], seen["distance_m"], seen["radius_m"]) == ("inside", "HQ", 120, 200)
        company.at("09:00:59")
        before = len(company.sandbox.replies("user001"))

        answer = await phone.punch(a_fix(north_m=120))

        assert (answer["state"], answer["punch"]["at"], answer["punch"]["site"]) == ("recorded", "08:59", "HQ")
        receipt = await company.sandbox.wait_for_reply("user001", after=before)
        assert "Clock-in 08:59" in receipt
        (punch,) = await ledger(company)
        assert local("08:59") <= punch.punched_at < local("09:00")
        assert punch.source is PunchSource.PAGE
        assert (punch.where.fix.source, punch.where.fix.accuracy_m) == (LocationSource.BROWSER, 15)
        (sent,) = company.punches_at_dingtalk("user001")
        assert f"{sent.latitude:.6f}" == f"{39.908823 + 120 / 111_030:.6f}"  # what is sent is GCJ-02 again


async def test_a_tap_after_two_minutes_has_its_own_time(tmp_path: Path, session: aiohttp.ClientSession) -> None:
    async with a_company(tmp_path, at="08:59", clock_in=REQUIRED) as company:
        reply = await company.ask("user001", "clock in")
        assert re.search(r"A tap before 09:01:\d\d counts for 08:59, a later one for its own time\.", reply)
        phone = Phone(session, link_in(reply))
        counts = (await phone.call("open"))[1]["counts"]
        assert (counts["at"], counts["until"][:5]) == ("08:59", "09:01")
        company.at("09:02")
        assert (await phone.punch())["punch"]["at"] == "09:02"


async def test_where_a_position_is_optional_the_page_changes_nothing_that_was_sent(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    async with a_company(tmp_path) as company:
        assert "Clock-in 08:50" in await company.ask("user001", "clock in")
        reply = await company.ask("user001", "where can I clock in?")
        assert "which has the time of the tap" in reply
        phone = Phone(session, link_in(reply))
        assert (await phone.call("open"))[1]["counts"] is None
        company.at("08:54")
        answer = await phone.punch()
        assert (answer["state"], answer["punch"]) == ("unshown", None)  # whose phone it is nobody said
        (punch,) = await ledger(company)
        assert punch.where.fix is None


async def test_on_a_phone_that_is_not_known_the_page_shows_nothing_of_the_links_owner(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    async with a_company(tmp_path, clock_in={"location": "required"}) as company:
        theirs = await a_phone(company, session)
        opened = (await theirs.call("open"))[1]
        assert (opened["name"], opened["punch"], opened["notice"]) == (None, None, True)
        await theirs.call("look", fix=a_fix())
        assert "About your position" in await company.ask("user001", "clock in @HQ")

        assert (await theirs.call("open"))[1] == opened
        tapped = await theirs.punch()
        assert (tapped["state"], tapped["punch"]) == ("unshown", None)
        assert len(await ledger(company)) == 1


async def test_outside_needs_a_reason_counts_as_outside_and_the_lead_is_told_without_coordinates(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    async with a_company(tmp_path, clock_in=REQUIRED) as company:
        phone = await a_phone(company, session)
        assert (await phone.punch(a_fix(north_m=3000)))["state"] == "reason"
        assert not await ledger(company)

        answer = await phone.punch(a_fix(north_m=3000), reason="visiting *Acme*")

        assert (answer["state"], answer["position"]["fence"]) == ("recorded", "outside")
        (punch,) = await ledger(company)
        assert punch.where.result is LocationResult.OUTSIDE
        assert "visiting *Acme*" in punch.note
        told = await company.sandbox.wait_for_reply("lead01")
        assert "王小明" in told
        assert "3.0 公里" in told
        assert r"visiting \*Acme\*" in told
        assert "39.9" not in told


async def test_outside_may_be_refused(tmp_path: Path, session: aiohttp.ClientSession) -> None:
    async with a_company(tmp_path, clock_in={**REQUIRED, "outside": "reject"}) as company:
        phone = await a_phone(company, session)
        assert (await phone.call("look", fix=a_fix(north_m=3000)))[1]["refused"] is True
        assert (await phone.punch(a_fix(north_m=3000), reason="please"))["state"] == "refused"
        assert not await ledger(company)
        assert (await phone.punch())["state"] == "recorded"  # the link still holds


async def test_on_the_edge_of_a_site_one_counts_as_there(tmp_path: Path, session: aiohttp.ClientSession) -> None:
    async with a_company(tmp_path, clock_in=REQUIRED) as company:
        phone = await a_phone(company, session)
        assert (await phone.punch(a_fix(north_m=230, accuracy_m=60)))["state"] == "recorded"
        (punch,) = await ledger(company)
        assert (punch.where.result, punch.where.site) == (LocationResult.NORMAL, "HQ")
        assert punch.note == "on the edge of the fence"
        assert "on the edge of HQ" in await company.sandbox.wait_for_reply("user001", after=1)


async def test_coarse_and_stale_fixes_are_never_a_silent_pass(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    async with a_company(tmp_path, clock_in=REQUIRED) as company:
        phone = await a_phone(company, session)
        for fix, why in (
            (a_fix(accuracy_m=201), "coarse"),
            (a_fix(age_s=61), "stale"),
            (a_fix(age_s=-61), "stale"),
        ):
            answer = await phone.punch(fix)
            assert (answer["state"], answer["position"]["unusable"]) == ("unusable", why)
        assert not await ledger(company)


async def test_a_company_may_take_positions_from_dingtalk_alone(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    async with a_company(tmp_path, clock_in={**REQUIRED, "trusted_sources": ["dingtalk"]}) as company:
        reply = await company.ask("user001", "clock in 39.9090,116.3975")
        assert "does not rely on a position given like this" in reply
        assert "Or send coordinates" not in reply
        phone = Phone(session, link_in(reply))
        assert (await phone.punch())["position"]["unusable"] == "untrusted"
        assert not await ledger(company)


async def test_a_position_elsewhere_than_the_site_named_is_told_to_the_lead(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    required = {**REQUIRED, "trusted_sources": ["browser"]}
    async with a_company(tmp_path, clock_in=required) as company:
        phone = await a_phone(company, session, "clock in @Pudong")
        answer = await phone.punch()
        assert (answer["state"], answer["position"]["flags"]) == ("recorded", ["other_site"])
        assert "说的是 Pudong" in await company.sandbox.wait_for_reply("lead01")


async def test_a_lead_is_told_after_a_restart_too(tmp_path: Path, session: aiohttp.ClientSession) -> None:
    async with a_company(tmp_path, clock_in=REQUIRED) as company:
        phone = await a_phone(company, session)
        assert company.app is not None
        await company.app.supervisor.stop("flags")
        assert (await phone.punch(a_fix(north_m=3000), reason="client"))["state"] == "recorded"
        await company.stop_bot()
        assert not company.sandbox.replies("lead01")
        app = await company.start_bot()
        await until(lambda: app.directory.is_read, what="knowing who leads whom")
        company.sandbox.clock.advance(31)  # a note that came before that waits for so long
        assert "client" in await company.sandbox.wait_for_reply("lead01")


async def test_the_first_use_says_what_is_kept_once(tmp_path: Path, session: aiohttp.ClientSession) -> None:
    async with a_company(tmp_path, clock_in=REQUIRED) as company:
        phone = await a_phone(company, session)
        assert (await phone.call("open"))[1]["notice"] is True
        await phone.call("look", fix=a_fix())
        again = await a_phone(company, session)
        assert (await again.call("open"))[1]["notice"] is False


async def test_in_a_group_nobody_is_given_a_link(tmp_path: Path) -> None:
    async with a_company(tmp_path, clock_in=REQUIRED) as company:
        reply = await company.ask("user001", "clock in", conversation="2")
        assert "/here/" not in reply
        assert "Nothing is recorded yet" in reply


async def test_a_link_asked_for_by_voice_has_the_direction_and_the_time_that_were_said(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    async with a_company(tmp_path, at="18:05", clock_in=REQUIRED) as company:
        phone = Phone(session, link_in(await company.ask("user001", "clock out", kind="voice")))
        assert (await phone.call("open"))[1]["direction"] == "OffDuty"
        assert (await phone.punch())["punch"]["at"] == "18:05"


async def test_the_page_knows_the_direction_that_the_shift_told(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    async with a_company(tmp_path, at="13:29", clock_in=REQUIRED) as company:
        phone = Phone(session, link_in(await company.ask("user001", "打卡")))
        company.sandbox.clock.advance(180)
        assert (await phone.call("open"))[1]["direction"] == "OnDuty"
        assert (await phone.punch())["state"] == "recorded"
