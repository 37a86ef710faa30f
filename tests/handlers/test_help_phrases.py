"""Whatever the bot tells people to say is understood as what it says it does."""

import re

import pytest

from bot.i18n import LANGUAGES, Texts
from bot.understanding import IntentName, understand
from bot.views.reply import Language
from handlers import ROUTERS
from tests.builders import SHANGHAI, TUESDAY

SAID = re.compile(r"\*\*(.+?)\*\*|“(.+?)”|`(.+?)`")
BESIDE = {  # topics that tell of what another route answers, too
    "help.approve": {IntentName.REFUSE},
    "help.excuse": {IntentName.UNEXCUSE},
    "help.digest_on": {IntentName.DIGEST_OFF},
    "help.remind_off": {IntentName.REMIND_SET},  # resume reminders
    "help.summary_today": {IntentName.STATUS},  # one person's day
    "help.export": {IntentName.SUMMARY_RANGE},  # as a picture
}
TOPICS = {
    route.help_key: set(route.intents) | BESIDE.get(route.help_key, set())
    for router in ROUTERS
    for route in router.routes
    if route.help_key
}


def phrases(text: str) -> list[str]:
    return [next(filter(None, found)) for found in SAID.findall(text)]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("topic", TOPICS)
def test_every_example_of_the_help_does_what_the_help_says(topic: str, language: Language) -> None:
    examples = phrases(Texts(language, SHANGHAI)(topic))
    assert examples
    understood = {example: understand(example, today=TUESDAY).name for example in examples}
    assert {example: name for example, name in understood.items() if name not in TOPICS[topic]} == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_one_tap_answer_is_understood(language: Language) -> None:
    texts = Texts(language, SHANGHAI)
    for key in ("clock_in", "clock_out", "punch", "status", "help", "snooze", "on_leave", "resume", "quiet_today"):
        assert understand(texts(f"button.{key}_says"), today=TUESDAY).name is not IntentName.NONE
