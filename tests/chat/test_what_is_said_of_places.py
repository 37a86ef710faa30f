"""Several places, coordinates that cannot be used, traffic beside a place: nothing is punched by guess."""

import re
from pathlib import Path

import pytest

from tests.company import a_company

PUDONG = {"name": "Pudong", "latitude": 31.2304, "longitude": 121.4737, "radius_m": 200, "aliases": ["浦东"]}
HQ = {"name": "HQ", "latitude": 39.9088, "longitude": 116.3975, "radius_m": 200, "aliases": ["总部"]}


@pytest.mark.parametrize(
    ("text", "label", "said"),
    [
        (
            "clock in @Pudong 39.9088,116.3975",
            "Clock in",
            "You named Pudong, but the position is nearest to HQ.",
        ),
        ("上班打卡 @浦东 39.9088,116.3975", "上班打卡", "您说的是 Pudong，但定位最近的是 HQ。"),
    ],
)
async def test_the_receipt_says_that_the_position_is_at_another_site_than_named(
    tmp_path: Path, text: str, label: str, said: str
) -> None:
    async with a_company(tmp_path, sites=[HQ, PUDONG]) as company:
        await company.ask("user001", text)
        assert said in await company.press("user001", label)


@pytest.mark.parametrize("text", ["👍", "?", "123", ""])
async def test_what_has_no_words_is_answered_in_the_configured_language(tmp_path: Path, text: str) -> None:
    async with a_company(tmp_path, language="zh") as company:
        assert re.search("[\u4e00-\u9fff]", await company.ask("user001", text, conversation="2"))
