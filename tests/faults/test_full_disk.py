"""A disk that is really full: a small file system, filled to its last byte, under the store and under the bot."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.punches import DeliveryState
from bot.errors import OperatorError, StoreRefused
from bot.storage import Store
from bot.storage.outbox import Delivery
from tests.company import a_company
from tests.faults.a_store import a_message, an_open_store, punched
from tests.faults.full_disk import KINDS, SmallDisk, a_small_disk, why_not
from tests.faults.keeper import Said, taken
from tests.faults.test_disk_calls import agrees
from tests.faults.test_store_away import CLOCK_IN, acks, readiness
from tests.waiting import until

PAGE = 4096
ROUNDS = 40


@pytest.fixture(params=KINDS)
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SmallDisk]:
    """A small disk of either kind, where this process may mount it."""
    if reason := why_not(request.param):
        pytest.skip(reason)
    with a_small_disk(tmp_path, request.param) as disk:
        yield disk


async def keep(store: Store, name: str, said: Said) -> None:
    """Take a long message, punch, and note what became of it; each only if the one before is known to hold."""
    message = replace(a_message(name, user_id=f"person-{name}"), text="x" * 5 * PAGE)
    if not await taken(store, message, said):
        return
    said.accepted.append(name)
    punch = (await punched(store, message)).punch
    said.recorded.append(name)
    assert punch is not None
    await store.deliveries.settle(Delivery(punch, "signed", DeliveryState.ACCEPTED), DeliveryState.SENT)
    said.sent.append(name)


@pytest.mark.slow
async def test_wherever_the_room_ends_what_was_said_to_hold_is_there_and_nothing_else(disk: SmallDisk) -> None:
    file = disk.directory / "clock-in.db"
    said = Said(file.name)
    async with an_open_store(file) as store:
        for number in range(ROUNDS):
            disk.fill(leaving=number % 20 * 2 * PAGE)
            try:
                await keep(store, f"m{number}", said)
            except StoreRefused:
                said.refusals += 1
            disk.empty()
        await keep(store, "with-room", said)
        assert said.accepted[-1] == said.sent[-1] == "with-room"
        assert said.refusals > ROUNDS / 4
        assert len(said.recorded) > ROUNDS / 8, "some found room"
    agrees(file, vars(said))


@pytest.mark.slow
async def test_a_bot_on_a_full_disk_says_so_and_acknowledges_once_there_is_room(
    disk: SmallDisk, tmp_path: Path
) -> None:
    url = f"sqlite:///{disk.directory / 'clock-in.db'}"
    async with a_company(tmp_path, language="zh", store={"url": url}) as company:
        await company.ask("user002", CLOCK_IN)
        disk.fill()
        await until(lambda: disk.is_full)
        heard = await company.ask("user001", CLOCK_IN)
        assert "could not be stored. **Nothing was recorded so far.**" in heard
        assert acks(company) == [200, None]
        report = await readiness(company)
        assert (report["ready"], report["database"]) == (False, "does not answer")
        assert not company.punches_at_dingtalk("user001")
        disk.empty()
        await company.sandbox.fault("redeliver_unacked_s", 0.1)
        await company.sandbox.wait_until(lambda: len(company.punches_at_dingtalk("user001")) == 1)
        await company.sandbox.wait_for_reply("user001", after=1)
        assert (await readiness(company))["ready"]
        assert [code for code in acks(company) if code not in (200, None)] == []


@pytest.mark.slow
async def test_a_start_on_a_full_disk_is_refused_and_goes_on_once_there_is_room(disk: SmallDisk) -> None:
    file = disk.directory / "clock-in.db"
    refused = []
    for pages in (*range(64), 1000):
        disk.fill(leaving=pages * PAGE)
        try:
            async with an_open_store(file):
                pass
        except (OperatorError, StoreRefused) as error:
            refused.append(str(error))
        disk.empty()
    assert "cannot be opened by user" in refused[0]
    assert len(refused) > 10
    async with an_open_store(file) as store:
        assert await store.inbox.accept(a_message("with-room")) is True
