"""`docs/tour.md` and its pictures: where they are, and how they are written anew."""

import shutil
from pathlib import Path

from tests.tour.sheet_picture import PROGRAMS, screenshots
from tests.tour.telling import SHEETS, Tour, take_the_tour

DOCS = Path(__file__).parent.parent.parent / "docs"
PAGE = DOCS / "tour.md"
_INTRODUCTION = """\
# A tour: what leads ask for

Every line below was said: a program asked the real bot through the pretend DingTalk that `make demo` runs, on
one pretend morning, Tuesday 24 November 2026, and wrote down what came back. `make test` asks everything again and
fails where the bot says something else by now; `python -m tests.tour` writes this page anew. Only the codes of
requests, which are random, are put in place, and a word that something takes a moment is left out, since whether
it comes depends on the machine.

The company has two departments: 研发部 Engineering with 前端组 Frontend below it, and 客服部 Support. Who asks:

- **Daniel Kim**, who leads 前端组: 李娜, 赵磊, 马超, Hana Ito and 胡雪. He writes English.
- **陈静**, who leads 研发部, and so leads the lead of 前端组 and his people. She writes Chinese.
- **王小明**, a colleague in 研发部 who leads nobody.
- and some of them once more **in the department's group**, where the others listen.

<kbd>Keys</kbd> stand for the links under an answer: a tap says the same as a typed sentence.

"""


def page_of(tour: Tour) -> str:
    """Return the whole page."""
    return _INTRODUCTION + tour.text.strip() + "\n"


def picture(name: str) -> Path:
    """Return where a picture is kept."""
    return DOCS / f"tour-{name}.png"


async def write(folder: Path) -> int:
    """Take the tour, write it down, and return an exit code: 1 where the spreadsheet could not be shown."""
    tour = await take_the_tour(folder)
    PAGE.write_text(page_of(tour), encoding="utf-8")
    for name, content in tour.pictures.items():
        picture(name).write_bytes(content)
    missing = [program for program in PROGRAMS if shutil.which(program) is None]
    if missing:
        print(f"The pictures of the spreadsheet stay as they are: there is no {' and no '.join(missing)}.")
        return 1
    for name, content in zip(SHEETS, screenshots(tour.sheet, folder), strict=True):
        picture(name).write_bytes(content)
    return 0
