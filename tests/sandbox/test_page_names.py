"""The names that the chat page has for APIs."""

import re
from importlib.resources import files

import bot.sandbox  # noqa: F401 - registers the APIs
from bot.sandbox.api import APIS


def test_every_api_of_the_sandbox_has_a_name_that_people_read() -> None:
    names = files("bot.sandbox").joinpath("page", "names.js").read_text(encoding="utf-8")
    named = set(re.findall(r"^  (\w+):", names, re.MULTILINE))
    assert {api.name for api in APIS} - named == set()
