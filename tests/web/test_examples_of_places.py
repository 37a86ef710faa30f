"""The places that the bot gives as examples: only what the company takes."""

from pathlib import Path

import pytest

from tests.company import a_company

REQUIRED = {"location": "required", "new_phone": "accept"}


@pytest.mark.parametrize(
    ("trusted", "named", "typed"),
    [
        (["browser", "named", "typed"], True, True),
        (["browser", "named"], True, False),
        (["browser", "typed"], False, True),
        (["browser"], False, False),
    ],
)
async def test_the_help_gives_examples_only_of_places_that_count(
    tmp_path: Path, trusted: list[str], named: bool, typed: bool
) -> None:
    async with a_company(tmp_path, clock_in={**REQUIRED, "trusted_sources": trusted}) as company:
        for text, at_site, at in (
            ("help", "`clock in @HQ`", "39.9088,116.3975"),
            ("帮助", "`打卡 @总部`", "39.9088"),
        ):
            said = await company.ask("user001", text)
            assert (at_site in said, at in said) == (named, typed)
        assert ("`打卡 @总部`" in await company.ask("user001", "", kind="picture")) is named
