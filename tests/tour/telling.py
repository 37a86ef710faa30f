"""Takes the tour and writes down what was said, as Markdown."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import aiohttp

from bot.sandbox.talk import GROUP, SINGLE, Entry
from tests.builders import SHANGHAI
from tests.corrections.stage import reference_in
from tests.tour.company import TouredCompany, a_toured_company, spend_the_morning
from tests.tour.scenes import SECTIONS, Ask, Hear, Later, Section, Words

PARTS = {
    "user004": "Daniel Kim, leads 前端组",
    "lead01": "陈静, leads 研发部 and so 前端组",
    "user001": "王小明, leads nobody",
    "user003": "李娜, of 前端组",
    "user021": "Hana Ito, of 前端组",
}
SHEETS = ("days", "calendar", "totals")  # of the spreadsheet, in its order
CODES = ("C-7F3K2M", "C-2QX8RD", "C-9V4T1H")  # shown in place of the random ones
_CODE = re.compile(r"C(\\?)-[0-9A-HJKMNP-TV-Z]{6}")
_TAPS = re.compile(r"(?<!\\)\[((?:[^\]\\]|\\.)*)\]\(dtmd://dingtalkclient/sendMessage\?content=[^)]*\)")
_HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)


@dataclass
class Tour:
    """What was said, as Markdown, and what was sent: pictures by name, and the first spreadsheet."""

    text: str = ""
    pictures: dict[str, bytes] = field(default_factory=dict)
    sheet: bytes = b""


class Teller:
    """Goes through the sections, one question after the other."""

    def __init__(self, company: TouredCompany) -> None:
        self._company = company
        self._shown: dict[str, int] = {}
        self._codes: list[str] = []
        self.tour = Tour()

    async def tell(self, sections: tuple[Section, ...]) -> None:
        """Take the tour."""
        for person in self._company.sandbox.world:
            self._shown[person.user_id] = len(self._company.sandbox.transcript(person.user_id))
        for section in sections:
            self._write(f"## {section.title}")
            await self._company.seal()
            for step in section.steps:
                match step:
                    case Words(text):
                        self._write(text)
                    case Later(at):
                        await self._company.remind(at)
                    case Hear(who):
                        await self._hear(who)
                    case Ask():
                        await self._ask(step)

    async def _ask(self, ask: Ask) -> None:
        text = ask.text.replace("{C}", self._codes[-1]) if self._codes else ask.text
        where = GROUP if ask.in_group else SINGLE
        entries = await self._company.asked_for(ask.who, text, ask.answers, conversation=where)
        self._shown[ask.who] = len(self._company.sandbox.transcript(ask.who))
        place = " · in the group" if ask.in_group else ""
        self._write(f"**{PARTS[ask.who]}**{place} · {_clock(entries[0])}  \n`{self._coded(entries[0].text)}`")
        for entry in sorted(entries[1:], key=lambda one: one.conversation == SINGLE):
            alone = "*to the asker alone:*\n\n" if ask.in_group and entry.conversation == SINGLE else ""
            self._write(_quoted(alone + await self._answer(entry, ask.picture)))

    async def _hear(self, who: str) -> None:
        await self._company.notes_told()
        entries = self._company.sandbox.transcript(who)[self._shown[who] :]
        assert entries, f"{who} has been told nothing after:\n{self.tour.text[-1000:]}"
        self._shown[who] += len(entries)
        self._write(f"*{PARTS[who]}, hears · {_clock(entries[0])}*")
        for entry in entries:
            self._write(_quoted(await self._answer(entry, None)))

    async def _answer(self, entry: Entry, picture: str | None) -> str:
        if entry.medium is None:
            return self._coded(_shown(entry.as_markdown))
        if entry.medium["kind"] == "image" and picture is not None:
            self.tour.pictures[picture] = await self._fetched(entry.medium["url"])
            return f"![{picture}](tour-{picture}.png)"
        if entry.text.endswith(".xlsx") and not self.tour.sheet:
            self.tour.sheet = await self._fetched(entry.medium["url"])
            return "\n\n".join([entry.text, *(f"![{name}](tour-{name}.png)" for name in SHEETS)])
        return entry.text

    async def _fetched(self, path: str) -> bytes:
        async with aiohttp.ClientSession() as http, http.get(self._company.sandbox.url + path) as response:
            return await response.read()

    def _coded(self, text: str) -> str:
        """Return `text` with the codes that the tour shows; the last one named here is asked about next."""
        for found in _CODE.finditer(text):
            code = reference_in(found[0])
            if code not in self._codes:
                self._codes.append(code)
        return _CODE.sub(lambda found: self._shown_code(found[0], found[1]), text)

    def _shown_code(self, code: str, escape: str) -> str:
        return CODES[self._codes.index(reference_in(code))].replace("-", f"{escape}-")

    def _write(self, paragraph: str) -> None:
        self.tour.text += paragraph + "\n\n"


async def take_the_tour(folder: Path) -> Tour:
    """Run the company for a morning, ask everything, and return what was said."""
    async with a_toured_company(folder) as company:
        await spend_the_morning(company)
        teller = Teller(company)
        await teller.tell(SECTIONS)
    return teller.tour


def _clock(entry: Entry) -> str:
    return f"{datetime.fromisoformat(entry.at).astimezone(SHANGHAI):%H:%M}"


def _shown(text: str) -> str:
    """Return an answer with its taps as keys and its headings as bold lines."""
    return _HEADING.sub(r"**\1**", _TAPS.sub(r"<kbd>\1</kbd>", text)).strip()


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))
