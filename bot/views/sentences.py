"""Replies in a form for all ways of sending, and their parts: escaped values, common buttons, pages."""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import time, timedelta
from pathlib import PurePosixPath
from typing import NamedTuple, TypeVar

from bot.actions import PunchAction
from bot.domain.people import Employee
from bot.domain.quiet import QuietTime
from bot.domain.slots import Action, Paged, Slot
from bot.views.i18n import Texts
from bot.views.keys import WORDS_OF_BUTTONS

CardValues = Mapping[str, str]  # the variables of a card

CARD_BUTTONS = ("b1", "b2", "b3", "b4")
MAX_SHOWN = 64
LINES_A_PAGE = 15  # some clients of DingTalk show no tables
MOST_NAMES = 30  # of each kind; the others are counted
MAX_OF_NAMES = 4 * MAX_SHOWN  # a stand-in with the leads
_MOST_VALUE = 1024  # bytes of a card variable, by 《创建卡片》
_MARKUP = re.compile(r"\\([^\w\s]|_)|\[([^\]]*)\]\([^)]*\)|\*+|`|\\$")
_SPECIAL = str.maketrans({char: f"\\{char}" for char in "\\`*_{}[]()<>#+-.!|~@&"})


@dataclass(frozen=True, slots=True)
class Button:
    """An answer by one press.

    `says` are the words that a press sends as the person's own message. A button with an `action`
    remembers it: `chat/reading.py` keeps the action and adds a token to the words. With `sure` a
    press carries out once what the reply shows. Otherwise the bot first shows the action. With a
    `url` a press opens this address and sends nothing.
    """

    label: str
    says: str | None = None
    action: Action | None = None
    sure: bool = False
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """What the bot asks for: `action` lacks `slot`. With `sure` the completed action is done at
    once.
    """

    action: Action
    slot: Slot
    sure: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """A message of the bot: title and text in markdown with escaped data, and buttons.

    `ask` is the question that the next message may answer. `short` says the result in a line, for
    the state of a card whose button was pressed. Asked in a group, a `private` reply goes to the
    person alone, and the group reads that it does.
    """

    title: str
    text: str
    buttons: tuple[Button, ...] = ()
    ask: Ask | None = None
    short: str = ""
    private: bool = False


class Attachment(NamedTuple):
    """A picture (PNG) or a file in memory. `name` is its file name for people."""

    name: str
    content: bytes

    @property
    def file_type(self) -> str:
        """Return the suffix of the name, without its dot."""
        return PurePosixPath(self.name).suffix.removeprefix(".").lower()

    @property
    def is_picture(self) -> bool:
        """Return whether DingTalk shows it as a picture."""
        return self.file_type == "png"


def escape(text: str, *, most: int = MAX_SHOWN) -> str:
    """Return `text` on one line, with all signs of markdown and DingTalk's @ escaped."""
    return one_line(text, most=most).translate(_SPECIAL)


def one_line(text: str, *, most: int = MAX_SHOWN) -> str:
    """Return at most `most` characters of `text` on one line, without control and format
    characters.
    """
    normal = unicodedata.normalize("NFC", text[: most * 4])
    seen = (char for char in normal if char.isprintable() or char.isspace())
    shown = " ".join("".join(seen).split())
    return shown if len(shown) <= most else shown[: most - 1] + "…"


class Names:
    """Names by user id. People of one name get their user id in addition."""

    def __init__(self, people: Sequence[Employee]) -> None:
        self._people = {person.user_id: person for person in people}
        self._shared = Counter(person.name for person in people)

    def __call__(self, user_id: str) -> str:
        """Return a person's name, escaped."""
        return escape(self.plain(user_id))

    def plain(self, user_id: str) -> str:
        """Return a person's name as it is, else the user id."""
        person = self._people.get(user_id)
        name = person.name if person is not None and person.name else user_id
        return name if name == user_id or self._shared[name] == 1 else f"{name} ({user_id})"


def name_of(person: Employee) -> str:
    """Return a person's name, else the user id, escaped."""
    return escape(person.shown_name)


def acting(name: str, leads: Iterable[str], texts: Texts) -> str:
    """Return the name of who acts; of a stand-in, with the names of the leads. Not escaped."""
    others = texts("nudge.separator").join(map(one_line, leads))
    name = one_line(name)
    return texts("sees.stand_in", name=name, leads=others) if others else name


def list_names(names: Sequence[str], texts: Texts) -> str:
    """Return up to `MOST_NAMES` names, escaped, and the number of the others."""
    shown = texts("nudge.separator").join(
        escape(name, most=MAX_OF_NAMES) for name in names[:MOST_NAMES]
    )
    rest = len(names) - MOST_NAMES
    return texts("nudge.and_more", names=shown, count=rest) if rest > 0 else shown


def span(hours: tuple[time, time]) -> str:
    """Return a range of local times."""
    first, last = hours
    return f"{first:%H:%M}–{last:%H:%M}"


def quiet_time(quiet: QuietTime) -> str:
    """Return the local days or hours of a time without reminders."""
    start = quiet.starts_at
    end = quiet.ends_at
    last = (end - timedelta(microseconds=1)).date()  # midnight ends the day before
    is_one_day = start.date() == last
    if quiet.is_whole_days:
        return f"{last}" if is_one_day else f"{start.date()} – {last}"
    until = f"{end:%H:%M}" if last == end.date() else "24:00"
    return f"{start:%Y-%m-%d %H:%M}{'–' if is_one_day else f' – {last} '}{until}"


def page_address(url: str, texts: Texts) -> str:
    """Return the address of the page, and the rule for the time of a punch there."""
    return f"[{texts('ask.page')}]({url})\n\n{texts('ask.page_rules')}"


T = TypeVar("T")


def sentence(key: str, texts: Texts, **values: object) -> Reply:
    """Return the sentence `key` as a reply."""
    return reply_without_title(texts(key, **values))


def reply_without_title(text: str, buttons: Iterable[Button] = (), ask: Ask | None = None) -> Reply:
    """Return a reply that has no title of its own."""
    return Reply(text[:40], text, tuple(buttons), ask)


def reply_with_title(title: str, lines: Iterable[str], buttons: Iterable[Button] = ()) -> Reply:
    """Return paragraphs under the title as their heading."""
    return Reply(title, "\n\n".join([f"### {title}", *lines]), tuple(buttons))


def plain(key: str, texts: Texts) -> Button:
    """Return a button without an action, which says plain words. `key` names its label."""
    return Button(texts(key), texts(WORDS_OF_BUTTONS[key]))


def confirm(action: Action, texts: Texts) -> Button:
    """Return the button that confirms the action in the reply."""
    return Button(texts("button.confirm"), action=action, sure=True)


@dataclass(frozen=True, slots=True)
class ListPage:
    """A page of a list: its number, from 1, the number of pages, and the most items of a page."""

    number: int
    count: int
    size: int

    @classmethod
    def of(cls, length: int, wanted: int, size: int) -> "ListPage":
        """Return the page `wanted` of a list of `length` items, at most the last page."""
        count = max(1, -(-length // size))
        return cls(min(wanted, count), count, size)

    def items(self, every: Sequence[T]) -> Sequence[T]:
        """Return the items of the list that are on this page."""
        return every[(self.number - 1) * self.size : self.number * self.size]

    def line(self, texts: Texts) -> list[str]:
        """Return the line with the page number. A list of one page has no such line."""
        return [texts("team.page", page=self.number, pages=self.count)] if self.count > 1 else []

    def buttons(self, action: Paged, texts: Texts) -> list[Button]:
        """Return the buttons for the previous and the next page."""
        ways = (("button.page_before", self.number - 1), ("button.next_page", self.number + 1))
        return [
            Button(texts(key), action=action.but(page=number))
            for key, number in ways
            if 1 <= number <= self.count
        ]


def reply_with_pages(
    title: str,
    items: Sequence[T],
    line_of: Callable[[T], str],
    asked: Paged,
    texts: Texts,
    *,
    head: Iterable[str] = (),
    foot: Iterable[str] = (),
) -> Reply:
    """Return the asked page of a list, a line for each item, between the lines of head and foot."""
    page = ListPage.of(len(items), asked.page, LINES_A_PAGE)
    lines = [*head, *map(line_of, page.items(items)), *page.line(texts), *foot]
    return reply_with_title(title, lines, page.buttons(asked, texts))


def without_markup(text: str) -> str:
    """Return `text` in one line without markdown: notifications and lists of conversations show it
    unchanged.
    """
    return " ".join(_MARKUP.sub(lambda mark: mark[1] or mark[2] or "", text).split())


def card_values(reply: Reply) -> CardValues | None:
    """Return a reply as the variables of a card, None without buttons or when it does not fit."""
    labels = [one_line(button.label) for button in reply.buttons]
    if not 0 < len(labels) <= len(CARD_BUTTONS) or any(
        button.action is not None or button.url is not None for button in reply.buttons
    ):
        return None
    buttons = dict.fromkeys(CARD_BUTTONS, "") | dict(zip(CARD_BUTTONS, labels, strict=False))
    values = {
        "title": without_markup(reply.title),
        "text": _without_heading(reply.text),
        "state": "",
        **buttons,
    }
    return None if any(len(value.encode()) > _MOST_VALUE for value in values.values()) else values


def card_state(reply: Reply) -> str:
    """Return a reply as the state of a card, in markdown; empty when it needs a message of its own."""
    if not reply.short and (reply.buttons or reply.ask is not None):
        return ""
    state = reply.short or _without_heading(reply.text)
    return state if len(state.encode()) <= _MOST_VALUE else ""


def _without_heading(text: str) -> str:
    heading, _, rest = text.partition("\n\n")
    return rest if heading.startswith("### ") else text


def for_group(reply: Reply, texts: Texts, page_link: str | None) -> Reply:
    """Return the reply with the words of its buttons, to be written with a mention of the bot.

    The press of a button sends its words without a mention, and everybody sees them. A group
    delivers only messages that mention the robot: the bot presumably does not get the press
    (docs/first-hour.md). For a punch a button opens the page, if there is one.
    """
    if not reply.buttons:
        return reply
    words = [f"- {escape(button.says or button.label)}" for button in reply.buttons]
    parts = [reply.text, texts("group.write"), "\n".join(words)]
    buttons: tuple[Button, ...] = ()
    if page_link is not None and any(isinstance(one.action, PunchAction) for one in reply.buttons):
        parts.append(texts("group.page"))
        buttons = (Button(texts("ask.page"), url=page_link),)
    return replace(reply, text="\n\n".join(parts), buttons=buttons)


def not_in_group(reply: Reply, texts: Texts) -> Reply:
    """Return the reply to one person, with the reason why the group does not see it."""
    return replace(reply, text=f"{texts('group.refused')}\n\n{reply.text}")
