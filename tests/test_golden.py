"""Golden dialogues: people's messages and the bot's replies. `make golden` writes the replies
again.
"""

from pathlib import Path

import pytest

from tests.golden.playing import play
from tests.golden.script import Dialogue, dialogues

CHANGED = "the bot now says something else: run `make golden` and read the difference"


@pytest.mark.parametrize(
    "dialogue", dialogues(), ids=lambda dialogue: f"{dialogue.file.stem}: {dialogue.title}"
)
async def test_the_bot_answers_as_recorded(
    dialogue: Dialogue, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    played = await play(dialogue, tmp_path)
    if request.config.getoption("--record"):
        assert not hasattr(request.config, "workerinput"), (
            "record without -n: one process writes the files"
        )
        dialogue.record(played)
    else:
        assert played == dialogue.text, CHANGED
