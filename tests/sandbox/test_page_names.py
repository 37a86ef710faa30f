"""The names that the chat page has for APIs."""

import re
from importlib.resources import files

from bot.sandbox import attendance, client, contacts, media, oauth, robot, schedules, upload


def test_every_api_of_the_sandbox_has_a_name_that_people_read() -> None:
    modules = (oauth, client, contacts, attendance, schedules, upload, robot, media)
    names = files("bot.sandbox").joinpath("page", "names.js").read_text(encoding="utf-8")
    named = set(re.findall(r"^  (\w+):", names, re.MULTILINE))
    assert {api.name for module in modules for api in module.APIS} - named == set()
