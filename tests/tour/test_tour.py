"""`docs/tour.md` says what the bot says: everything is asked again."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.tour.page import DOCS, PAGE, page_of, picture
from tests.tour.sheet_picture import mark_in, mark_of
from tests.tour.telling import SHEETS, take_the_tour

ANEW = "the bot says something else by now: run `python -m tests.tour` and read the difference"
MOST_BYTES = 150_000


def pixels(content: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(content)) as image:
        return np.asarray(image.convert("RGB"), dtype=float)


async def test_the_tour_says_what_the_bot_says(tmp_path: Path) -> None:
    tour = await take_the_tour(tmp_path)

    assert page_of(tour) == PAGE.read_text(encoding="utf-8"), ANEW
    for name, content in tour.pictures.items():
        kept, now = pixels(picture(name).read_bytes()), pixels(content)
        assert kept.shape == now.shape, ANEW
        assert abs(kept - now).mean() < 0.5, (
            ANEW
        )  # of 255: other versions of a library draw edges a little otherwise
    assert {mark_in(picture(name)) for name in SHEETS} == {mark_of(tour.sheet)}, ANEW


@pytest.mark.parametrize("path", sorted(DOCS.glob("tour-*.png")), ids=lambda path: path.name)
def test_its_pictures_are_small_and_shown(path: Path) -> None:
    assert path.stat().st_size < MOST_BYTES
    assert f"({path.name})" in PAGE.read_text(encoding="utf-8")
