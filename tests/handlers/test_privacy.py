"""What the bot tells a person about their stored data."""

import re
from types import SimpleNamespace
from typing import Any

import pytest

from bot.storage.privacy import HELD
from bot.views.i18n import LANGUAGES, Language, Texts
from handlers.privacy import lines_of_rows
from tests.builders import SHANGHAI


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_kind_of_stored_data_is_named_once(language: Language) -> None:
    settings = SimpleNamespace(retention=SimpleNamespace(coordinates_days=60, days=800))
    services = SimpleNamespace(settings=settings)
    ctx: Any = SimpleNamespace(texts=Texts(language, SHANGHAI), services=services)
    held = {name: 1000 + number for number, name in enumerate(re.findall(r"SELECT '(\w+)'", HELD))}
    text = " ".join(lines_of_rows(ctx, held))
    assert [name for name, count in held.items() if text.count(str(count)) != 1] == []
    assert len(lines_of_rows(ctx, {})) == 3  # two lines about messages, one about nothing else
