"""Repeats, floods, clocks that jump, people who leave, ports and outputs that are gone: the whole bot."""

import json
import logging
import os
import resource
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from yarl import URL

from bot.chat.answering import Answering
from bot.chat.context import Routes
from bot.chat.reading import Reader
from bot.dingtalk.http import Http
from bot.domain.punches import AlreadyPunched
from bot.domain.shifts import CheckType, day_plan, points_at
from bot.errors import NotSent, OperatorError
from bot.i18n import Texts
from bot.sandbox.server import Sandbox
from bot.understanding import NameIndex
from bot.views.reply import Reply
from handlers import ROUTERS
from tests.builders import SHANGHAI, TUESDAY, a_shift, local
from tests.command_line import configuration, outcome_of
from tests.company import a_company, morning
from tests.crash.books import Books
from tests.faults.a_store import StillClock, a_message, an_open_store, punched
from tests.waiting import until

ROOT = Path(__file__).parent.parent.parent


async def test_a_repeat_while_the_first_is_still_being_answered_is_acknowledged_and_stays_silent(
    tmp_path: Path,
) -> None:
    async with a_company(tmp_path) as company:
        await company.sandbox.fault("api_slow_ms", {"apis": ["qyapi_attendance_group_read"], "value": 500})
        await company.sandbox.fault("deliver_twice")
        assert "Clock-in" in await company.ask("user001", "clock in")
        await company.sandbox.fault("deliver_twice", None)
        await company.ask("user001", "my status")
        assert len(company.sandbox.replies("user001")) == 2
        messages = [frame for frame in company.sandbox.frames if frame.kind == "CALLBACK"]
        assert len(messages) == 3
        assert all(frame.ack_code == 200 or frame.tries == 1 for frame in messages)


async def test_a_persons_flood_delays_nobody_else(tmp_path: Path) -> None:
    async with a_company(tmp_path) as company:
        for _ in range(100):
            await company.sandbox.say("user001", "help")
        assert "Clock-in" in await company.ask("user002", "clock in")
        assert len(company.sandbox.replies("user001")) < 100
        await company.sandbox.wait_for_reply("user001", after=99)


async def test_messages_that_arrive_in_the_wrong_order_keep_their_own_times(tmp_path: Path) -> None:
    async with a_company(tmp_path, at="18:05") as company:
        await company.ask("user001", "clock out")
        earlier = round(morning("18:00").timestamp() * 1000)
        assert "18:00" in await company.ask("user001", "clock out", sent_at=earlier)
        times = sorted(record.punched_at for record in company.punches_at_dingtalk("user001"))
        assert times[0] == morning("18:00")
        assert times[1] >= morning("18:05")


async def test_a_clock_that_jumps_an_hour_either_way_doubles_no_clock_in(tmp_path: Path) -> None:
    clock = StillClock()
    async with an_open_store(tmp_path / "clock-in.db", clock) as store:
        first = await punched(store, a_message("m1", at=clock.now()))
        for jump_s in (3600, -7200):
            clock.advance(jump_s)
            again = await punched(store, a_message(f"jumped{jump_s}", at=clock.now()))
            assert isinstance(again.decision, AlreadyPunched)
        await store.beat()
        assert await store.deliveries.take_due(clock.now(), 10, skip_targets=()) == []  # still under way by us
        assert first.punch is not None


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Shanghai", "Australia/Lord_Howe"])
def test_across_every_change_of_the_clocks_each_check_point_is_there_once(zone: str) -> None:
    shift = a_shift(("01:30", "02:30"), ("09:00", "18:00"), earliest_minutes=20, latest_minutes=60)
    for number in range(3 * 365):
        day = date(2026, 1, 1) + timedelta(days=number)
        points = day_plan(shift, day, ZoneInfo(zone)).points
        assert [point.key for point in points] == ["OnDuty/0", "OffDuty/0", "OnDuty/1", "OffDuty/1"]
        assert all(point.opens_at < point.closes_at for point in points)
        assert [point.due_at for point in points] == sorted({point.due_at for point in points})
        closes_at, due_at = (at.astimezone(UTC) for at in (points[1].closes_at, points[1].due_at))
        assert closes_at - due_at == timedelta(minutes=60), "real ones, also where the clock leaves some out"
        for section, start in enumerate(points[::2]):
            around = points_at([day_plan(shift, day, ZoneInfo(zone))], start.due_at)
            assert next(point.check_type for point in around if point.section == section) is CheckType.ON_DUTY


async def test_somebody_who_left_is_refused_from_the_next_message_on(tmp_path: Path) -> None:
    async with a_company(tmp_path) as company:
        assert "Clock-in" in await company.ask("user001", "clock in")
        gone = {"status": 200, "body": {"errcode": 60121, "errmsg": "user not found"}}
        await company.sandbox.fault("answer", {"value": gone, "apis": ["/topapi/v2/user/get"]})
        await company.sandbox.push_event("user_leave_org", {"userId": ["user001"]})
        await company.sandbox.wait_until(lambda: company.sandbox.frames[-1].ack_code == 200)
        assert "not in this company's directory" in await company.ask("user001", "clock out")
        assert len(company.punches_at_dingtalk("user001")) == 1


async def test_a_port_for_health_that_is_in_use_is_said_and_leaves_nothing_open(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(OperatorError, match=str(port)):
            async with a_company(tmp_path, web={"port": port}):
                pass
    async with a_company(tmp_path) as company:  # the database's lock was given back
        assert "Clock-in" in await company.ask("user001", "clock in")


def test_where_the_port_for_health_is_in_use_the_program_ends_with_1_and_says_which(tmp_path: Path) -> None:
    config = Path(configuration(tmp_path))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        config.write_text(config.read_text().replace("port: 0", f"port: {port}"))
        done = outcome_of("run", "--config", str(config))
    assert done.returncode == 1
    assert f"{port}" in done.stderr
    assert "web.port" in done.stderr


@contextmanager
def no_free_descriptor() -> Iterator[None]:
    """Let this process open nothing more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with socket.socket() as lowest_free:
        limit = lowest_free.fileno()
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def test_without_a_free_descriptor_a_call_was_not_sent_and_goes_when_there_is_one() -> None:
    async with Sandbox() as near, Sandbox() as far:
        http = Http()
        try:
            await http.post(URL(near.url), service="call", data=b"{}", deadline_s=60)
            with no_free_descriptor(), pytest.raises(NotSent):
                await http.post(URL(far.url), service="call", data=b"{}", deadline_s=60)
            assert (await http.post(URL(far.url), service="call", data=b"{}", deadline_s=60)).status == 405
        finally:
            await http.close()


class Broken:
    """A directory with a bug."""

    async def identify(self, message: object) -> object:
        raise RuntimeError("nobody foresaw this")


def an_answering() -> Answering:
    """Return what answers, with everything but reading broken."""
    broken: Any = Broken()
    return Answering(
        corp_id=None,
        operators=broken,
        directory=broken,
        reader=Reader(
            broken, sites=lambda who: (), names=lambda: NameIndex({}), local_date=lambda message: TUESDAY
        ),
        buttons=broken,
        routes=Routes(ROUTERS),
        services=broken,
        texts=lambda language: Texts(language, SHANGHAI),
        language="en",
    )


async def test_a_bug_becomes_an_apology_with_a_reference_that_is_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    answer = await an_answering().answer(a_message("m1", at=local("08:50")), Broken())
    assert isinstance(answer, Reply)
    assert "Something went wrong on my side" in answer.text
    record = next(one for one in caplog.records if one.levelno == logging.ERROR)
    assert record.args
    assert str(record.args[0]) in answer.text
    assert record.exc_info


async def test_after_a_bug_the_message_is_done_with_and_its_repeat_stays_silent(tmp_path: Path) -> None:
    async with a_company(tmp_path) as company:
        assert company.app is not None
        company.app.dispatcher._answering._directory = Broken()
        message_id = await company.sandbox.say("user001", "help")
        assert "Something went wrong on my side" in await company.sandbox.wait_for_reply("user001")
        books = Books(company.settings().store.url)
        await until(lambda: message_id not in books.owing().messages, what="the message's end")
        await company.sandbox.fault("deliver_twice")
        await company.ask("user001", "help")
        await company.ask("user002", "help")
        assert len(company.sandbox.replies("user001")) == 2
        assert not books.punches()


CLOSED = """
import logging, os, sys
from bot import logs
from bot.cli import main
os.close(2)
logs.set_up()
for number in range(20_000):
    logging.getLogger("flood").error("line %d", number)
sys.exit(main(["understand", "clock in", "--json"]))
"""


def test_a_flood_of_logs_into_a_closed_standard_error_stops_nothing() -> None:
    done = subprocess.run(
        [sys.executable, "-c", CLOSED],
        stdout=subprocess.PIPE,
        timeout=180,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert json.loads(done.stdout)["intent"] == "clock_in"
