"""What `/readyz` and the operators are told of a bot that cannot do part of its work for want of a setting."""

import json
from pathlib import Path

import aiohttp
import pytest

from tests.company import Company, a_company
from tests.waiting import until

SITES = {"sites_from": "dingtalk"}
MARKS = {"approve_check": True}


async def _troubles(company: Company) -> dict[str, str]:
    assert company.app is not None
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{company.app.web.url}/readyz") as response,
    ):
        return dict(json.loads(await response.text())["troubles"])


@pytest.mark.parametrize(
    ("operator", "parts"),
    [
        (None, {"rosters", "sites", "approve_check"}),
        ("", {"rosters", "sites", "approve_check"}),
        ("lead01", set()),
    ],
)
async def test_without_an_operator_readyz_names_what_does_not_work(
    tmp_path: Path, operator: str | None, parts: set[str]
) -> None:
    dingtalk = {"operator_user_id": operator}
    async with a_company(tmp_path, dingtalk=dingtalk, clock_in=SITES, corrections=MARKS, language="en") as company:
        troubles = await _troubles(company)
        assert troubles.keys() == parts
        assert all("operator_user_id is missing" in said for said in troubles.values())
        if parts:
            assert "nobody is reminded" in troubles["rosters"]


async def test_plans_that_cannot_be_read_without_an_operator_are_one_trouble_that_is_told_once(
    tmp_path: Path,
) -> None:
    async with a_company(tmp_path, dingtalk={"operator_user_id": None}, language="en") as company:
        app = company.app
        assert app is not None
        assert "nobody is reminded" in await company.sandbox.wait_for_reply("lead01")
        await until(lambda: app.directory.is_read)
        before = await _troubles(company)
        await app.reads.read_if_due()
        assert await _troubles(company) == before
        assert len(company.sandbox.replies("lead01")) == 1


async def test_shifts_of_the_configuration_need_no_operator(tmp_path: Path) -> None:
    shifts = {"source": "config", "shifts": [{"name": "day", "sections": [["09:00", "18:00"]]}]}
    async with a_company(tmp_path, dingtalk={"operator_user_id": None}, schedule=shifts) as company:
        assert (await _troubles(company)).keys() <= {"calendar"}  # next year's public holidays are not known yet
