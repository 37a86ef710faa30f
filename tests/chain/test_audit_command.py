"""The command `audit`."""

from pathlib import Path

import pytest

from bot.app import App
from bot.services.base import Patience
from bot.storage.audit import audit_ledger
from tests.chain.tampering import sealed_ledger, tamper
from tests.command_line import bot
from tests.company import Company, a_company
from tests.storage.stage import SqliteStage
from tests.storage.test_store_months import CONFIRMED, SHOWN
from tests.waiting import until


def config(stage: SqliteStage) -> str:
    path = stage.file.with_name("config.yaml")
    path.write_text(f"dingtalk: {{client_id: a, client_secret: b}}\nstore: {{url: '{stage.url}'}}")
    return str(path)


async def test_a_running_bot_seals_and_can_be_audited(tmp_path: Path) -> None:
    async with a_company(tmp_path) as company:
        await company.ask("user001", "clock in")
        await start_to_seal_often(company)  # later, so that the outcome is in the first link
        url = company.settings().store.url
        await until(lambda: audit_ledger(url).sealed == 1, what="the punch to be sealed")
        code, output, errors = await bot("audit", "--config", str(tmp_path / "config.yaml"))
        assert (code, errors) == (0, "")
        assert output.splitlines()[-1] == "The chains hold."
        assert output.startswith("punches sealed: 1, not yet: 0; hold up to link 1:")
        assert "already" in await company.ask("user001", "clock in")


async def start_to_seal_often(company: Company) -> None:
    """Restart the bot with a sealer that runs every hundredth of a second."""
    await company.stop_bot()
    company.app = App(
        company.settings(), clock=company.sandbox.clock, patience=Patience(seal_s=0.01)
    )
    await company.app.start()
    await company.sandbox.wait_until(lambda: company.sandbox.connections > 0)


async def test_an_audit_changes_nothing_on_the_disk(sqlite_stage: SqliteStage) -> None:
    await sealed_ledger(sqlite_stage)
    before = sqlite_stage.file.read_bytes(), sqlite_stage.log.read_bytes()
    code, _, _ = await bot("audit", "--config", config(sqlite_stage))
    assert code == 0
    assert (sqlite_stage.file.read_bytes(), sqlite_stage.log.read_bytes()) == before
    assert len(before[1]) > 0, "the WAL is empty"


async def test_audit_names_the_broken_row_and_exits_1(sqlite_stage: SqliteStage) -> None:
    _, ids = await sealed_ledger(sqlite_stage)
    tamper(sqlite_stage, f"UPDATE punches SET late_minutes = 0 WHERE punch_id = '{ids[2]}'")
    path = config(sqlite_stage)
    code, output, _ = await bot("audit", "--config", path)
    assert code == 1
    assert (
        f"BROKEN link 3, punch {ids[2]}: the punch or its link was altered, inserted or moved"
        in output
    )
    assert "Repair nothing in place" in output


async def test_audit_compares_a_link_kept_elsewhere(sqlite_stage: SqliteStage) -> None:
    await sealed_ledger(sqlite_stage)
    path, head = config(sqlite_stage), str(audit_ledger(sqlite_stage.url).head)
    assert (await bot("audit", "--config", path, "--expect", head))[0] == 0
    code, output, _ = await bot("audit", "--config", path, "--expect", f"6:{head[2:]}")
    assert code == 1
    assert "its end was cut off" in output
    code, _, errors = await bot("audit", "--config", path, "--expect", "6:abc")
    assert code == 2
    assert "is no link such as" in errors


CUT = "DELETE FROM month_steps WHERE number = 2"
REWOUND = """UPDATE chain_heads SET seq = 1, hash = (SELECT hash FROM month_steps WHERE number = 1)
    WHERE chain = 'steps'"""
CUT_OFF = "BROKEN link 2: the steps of months: the chain ends before it"


@pytest.mark.parametrize(
    ("tampered", "alone", "with_kept"),
    [
        ([CUT], CUT_OFF, CUT_OFF),
        ([CUT, REWOUND], "The chains hold.", CUT_OFF),
        ([REWOUND], "a step was not taken by the bot", CUT_OFF),
        (
            ["UPDATE month_steps SET stood_in_for = '1'"],
            "a step cannot be read",
            "a step cannot be read",
        ),
        (["UPDATE month_steps SET kind = 'x'"], "a step cannot be read", "a step cannot be read"),
        (
            ["DELETE FROM chain_heads WHERE chain = 'steps'"],
            "head was removed",
            "its end was cut off",
        ),
    ],
)
async def test_audit_notices_a_cut_end_of_the_steps_of_months(
    sqlite_stage: SqliteStage, tampered: list[str], alone: str, with_kept: str
) -> None:
    store, _ = await sealed_ledger(sqlite_stage)
    await store.months.add([SHOWN])
    await store.months.add([CONFIRMED])
    path = config(sqlite_stage)
    kept = str(audit_ledger(sqlite_stage.url).steps)
    assert kept in (await bot("audit", "--config", path))[1]
    tamper(sqlite_stage, *tampered)
    for expected, more in ((alone, []), (with_kept, ["--expect-step", kept])):
        code, output, _ = await bot("audit", "--config", path, *more)
        assert (code == 0, expected in output) == (expected == "The chains hold.", True), output
