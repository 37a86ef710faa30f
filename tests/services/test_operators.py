"""Alerts to administrators: their text, and how often they go out."""

import asyncio

from bot.domain.messages import Kind
from bot.errors import NotSent
from bot.services.speaking import Operators
from bot.services.upkeep import Heartbeat
from bot.views.i18n import Texts
from tests.bases import a_base
from tests.builders import SHANGHAI
from tests.faults.a_store import StillClock
from tests.mailbox import Alerts
from tests.services.outbox_stage import Robot
from tests.storage.stage import Stubborn

TROUBLE = {"service": "signed", "reason": "out of order", "remedy": "Mend it."}


def operators(robot: Robot, admins: int = 1, alerts: Alerts | None = None) -> Operators:
    names, rows = [f"admin{number}" for number in range(admins)], alerts or Alerts(refuses=True)
    return Operators(robot, names, Texts("en", SHANGHAI), alerts=rows, clock=StillClock())  # type: ignore[arg-type]


async def tell(told: Operators, **changes: str) -> None:
    await told.alert("signed", "alert.stopped", **{**TROUBLE, **changes})


async def test_an_alert_goes_once_while_its_trouble_lasts() -> None:
    robot = Robot()
    told = operators(robot, admins=45)
    await asyncio.gather(tell(told), tell(told))
    await tell(told)
    assert len(robot.heard) == 45
    told.over("signed")
    assert not told.troubles
    await tell(told)
    assert len(robot.heard) == 90


async def test_a_failed_alert_goes_at_the_next_call() -> None:
    robot = Robot(fails=[NotSent("batch_send", "no connection") for _ in range(3)])
    told = operators(robot)
    await tell(told)
    told.over("signed")
    assert not told.troubles
    for _ in range(5):
        await tell(told)
        assert "out of order" in told.troubles["signed"]
    assert len(robot.heard) == 1


async def test_administrators_hear_of_a_refusing_database_after_failed_tries(
    stubborn: Stubborn,
) -> None:
    robot, (store, disk) = (
        Robot(fails=[NotSent("batch_send", "no connection"), TimeoutError()]),
        stubborn,
    )
    clock = StillClock()
    heartbeat, heard = Heartbeat(a_base(store, robot=robot, clock=clock)), []
    disk.outcomes = ["lost"] * 500
    for _ in range(200):
        assert not await heartbeat.beat()
        heard.append(len(robot.heard))
        clock.advance(1)
    assert (heard[5], heard[124], heard[125], heard[-1]) == (0, 0, 1, 1), (
        "it tries after 5, 65 and 125 s"
    )


async def test_text_of_a_service_cannot_act_in_an_alert() -> None:
    robot = Robot()
    told = operators(robot)
    await tell(told, reason="[click](https://evil.example) @all **now**" + "x" * 1_000)
    (text,) = robot.texts
    assert "\\[click\\]\\(https://evil\\.example\\) \\@all \\*\\*now" in text
    assert len(text) < 600
    assert "[click](https://evil.example)" in told.troubles["signed"]


async def test_each_administrator_has_a_row_for_an_alert() -> None:
    robot, alerts = Robot(), Alerts()
    told = operators(robot, admins=2, alerts=alerts)
    for _ in range(2):
        await tell(told)
    assert [(alert.kind, alert.about, alert.recipient) for alert in alerts.owed] == [
        (Kind.ALERT, "signed", "admin0"),
        (Kind.ALERT, "signed", "admin1"),
    ]
    reply = await operators(Robot()).text_of(alerts.owed[0])  # of a later process
    assert reply is not None
    assert "out of order" in reply.text
    assert robot.heard == []


async def test_an_alert_that_is_over_does_not_go() -> None:
    alerts = Alerts()
    told = operators(Robot(), alerts=alerts)
    await tell(told)
    told.over("signed")
    assert await told.text_of(alerts.owed[0]) is None
    await tell(told)
    assert alerts.since[0] < alerts.since[1]
    assert await told.text_of(alerts.owed[-1]) is not None
