"""The whole bot under repeats, floods, wrong order, leavers and a bug."""

from pathlib import Path
from random import Random
from typing import Any, cast

from bot.app import App
from bot.storage import Store
from bot.storage.sqlite import SqliteEngine
from tests.company import PATIENCE, a_company, morning
from tests.crash.books import Books
from tests.waiting import until


async def test_a_repeat_during_the_first_answer_is_acknowledged_silently(tmp_path: Path) -> None:
    async with a_company(tmp_path) as company:
        await company.sandbox.fault(
            "api_slow_ms", {"apis": ["qyapi_attendance_group_read"], "value": 500}
        )
        await company.sandbox.fault("deliver_twice")
        assert "Clock-in" in await company.ask("user001", "clock in")
        await company.sandbox.fault("deliver_twice", None)
        await company.ask("user001", "my status")
        assert len(company.sandbox.replies("user001")) == 2
        messages = [frame for frame in company.sandbox.frames if frame.kind == "CALLBACK"]
        assert len(messages) == 3
        assert all(frame.ack_code == 200 or frame.tries == 1 for frame in messages)


async def test_one_persons_flood_delays_nobody_else(tmp_path: Path) -> None:
    async with a_company(tmp_path) as company:
        for _ in range(100):
            await company.sandbox.say("user001", "help")
        assert "Clock-in" in await company.ask("user002", "clock in")
        assert len(company.sandbox.replies("user001")) < 100
        await company.sandbox.wait_for_reply("user001", after=99)


async def test_messages_in_the_wrong_order_keep_their_times(tmp_path: Path) -> None:
    async with a_company(tmp_path, at="18:05") as company:
        await company.ask("user001", "clock out")
        earlier = round(morning("18:00").timestamp() * 1000)
        assert "18:00" in await company.ask("user001", "clock out", sent_at=earlier)
        times = sorted(record.punched_at for record in company.punches_at_dingtalk("user001"))
        assert times[0] == morning("18:00")
        assert times[1] >= morning("18:05")


async def test_a_leaver_is_refused_from_the_next_message_on(tmp_path: Path) -> None:
    async with a_company(tmp_path) as company:
        assert "Clock-in" in await company.ask("user001", "clock in")
        gone = {"status": 200, "body": {"errcode": 60121, "errmsg": "user not found"}}
        await company.sandbox.fault("answer", {"value": gone, "apis": ["/topapi/v2/user/get"]})
        await company.sandbox.push_event("user_leave_org", {"userId": ["user001"]})
        await company.sandbox.wait_until(lambda: company.sandbox.frames[-1].ack_code == 200)
        assert "not in this company's directory" in await company.ask("user001", "clock out")
        assert len(company.punches_at_dingtalk("user001")) == 1


async def test_after_a_bug_the_message_is_finished(tmp_path: Path) -> None:
    async with a_company(tmp_path) as company:
        await company.stop_bot()
        clock = company.sandbox.clock
        store = Store(
            SqliteEngine(tmp_path / "clock-in.db"), clock=clock, owner="buggy", random=Random(1)
        )
        store.buttons = cast(Any, None)  # each answer needs them
        company.app = App(company.settings(), clock=clock, patience=PATIENCE, store=store)
        await company.app.start()
        message_id = await company.sandbox.say("user001", "help")
        assert "Something went wrong on my side" in await company.sandbox.wait_for_reply("user001")
        assert b'refusals_total{reason="bug"} 1.0' in await company.app.metrics.scrape()
        books = Books(company.settings().store.url)
        await until(lambda: message_id not in books.owing().messages, what="the message's end")
        await company.sandbox.fault("deliver_twice")
        await company.ask("user001", "help")
        await company.ask("user002", "help")
        assert len(company.sandbox.replies("user001")) == 2
        assert not books.punches()
