"""Days as a picture, a spreadsheet or a CSV: made elsewhere, sent to whoever asked, in private."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Literal, NamedTuple

from bot.dingtalk.media import Media
from bot.domain.day import PersonDay
from bot.domain.messages import Attachment, AttachmentKind
from bot.domain.people import Employee
from bot.errors import OperatorError, OutcomeUnknown, ProcessFailed, UpstreamError
from bot.i18n import Texts
from bot.services.organisation.directory import Directory
from bot.services.organisation.visibility import Sight, Visibility
from bot.services.reporting.processes import Aside
from bot.services.reporting.summaries import SummaryService
from bot.views.charts import draw
from bot.views.charts.building import Chart, of_day, of_range
from bot.views.sheets import Line, Person, SheetHead, line_of, write

log = logging.getLogger(__name__)

PictureOrSheet = Literal["picture", "sheet", "csv"]


class Delivered(StrEnum):
    """What became of a report; its name is that of the sentence that says so."""

    SENT = "sent"
    SENT_PARTS = "sent_parts"  # several files, since one would be too large
    MAYBE_SENT = "maybe_sent"
    NOT_SENT = "not_sent"
    NOT_MADE = "not_made"
    UNREACHABLE = "unreachable"
    WITHHELD = "withheld"  # who asked may not see all of it any more


class Report(NamedTuple):
    """What became of a report, how many files it is, and what who asked may see where it is withheld."""

    outcome: Delivered
    files: int = 0
    instead: Sight | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """A wanted report: asker, people (`sight`), form, and its title in words."""

    user_id: str
    sight: Sight
    first: date
    last: date
    form: PictureOrSheet
    title: str


class ReportService:
    """Makes reports, one at a time, and sends them."""

    def __init__(
        self,
        summaries: SummaryService,
        directory: Directory,
        visibility: Visibility,
        workshop: Aside,
        attachments: Media,
    ) -> None:
        self._summaries = summaries
        self._directory = directory
        self._visibility = visibility
        self._workshop = workshop
        self._attachments = attachments

    async def deliver(self, order: Order, texts: Texts) -> Report:
        """Make a report and send it to who asked, if they may still see it then. Raises StoreRefused."""
        try:
            made = await self._made(order, texts)
        except ProcessFailed as error:
            log.error("a report could not be made: %s", error)
            return Report(Delivered.NOT_MADE)
        return await self._sent(order, made)

    async def _made(self, order: Order, texts: Texts) -> list[Attachment]:
        if order.form == "picture":
            picture = await self._workshop.run(draw, self._chart(order, texts))
            return [Attachment(AttachmentKind.IMAGE, _name(order, texts, "png"), picture)]
        files = await self._workshop.run(write, self._lines(order, texts))
        ending = "xlsx" if order.form == "sheet" else "zip"
        parts = [f" {number} {len(files)}".replace(" ", "_") for number in range(1, len(files) + 1)]
        return [
            Attachment(AttachmentKind.FILE, _name(order, texts, ending, part if len(files) > 1 else ""), content)
            for part, content in zip(parts, files, strict=True)
        ]

    async def _sent(self, order: Order, made: Sequence[Attachment]) -> Report:
        try:
            for attachment in made:
                media_id = await self._attachments.upload(attachment)
                now = await self._visibility.now(order.sight)
                if now != order.sight:
                    return Report(Delivered.WITHHELD, instead=now)
                result = await self._attachments.send(order.user_id, attachment, media_id)
                if result.invalid or result.flow_controlled:
                    return Report(Delivered.UNREACHABLE if result.invalid else Delivered.NOT_SENT)
        except OutcomeUnknown as error:
            log.warning("a report may or may not have been sent: %s", error)
            return Report(Delivered.MAYBE_SENT)
        except (UpstreamError, OperatorError) as error:
            log.warning("a report could not be sent: %s", error)
            return Report(Delivered.NOT_SENT)
        return Report(Delivered.SENT if len(made) == 1 else Delivered.SENT_PARTS, len(made))

    async def _chart(self, order: Order, texts: Texts) -> AsyncIterator[Chart]:
        people = order.sight.people
        if order.first == order.last:
            day = await self._summaries.day(order.sight, order.first)
            yield of_day(day, people, texts, title=order.title)
        else:
            days = await self._summaries.range(order.sight, order.first, order.last)
            yield of_range(days, people, texts, title=order.title)

    async def _lines(self, order: Order, texts: Texts) -> AsyncIterator[SheetHead | Sequence[Line]]:
        head = SheetHead("sheet" if order.form == "sheet" else "csv", order.first, order.last, texts)
        yield head
        people = {one.user_id: one for one in order.sight.people}
        departments = {one.department_id: one.name for one in self._directory.departments()}
        async for some in self._summaries.people_days(order.sight, order.first, order.last):
            persons = [(_person(people[user_id], departments), days) for user_id, days in some.items()]
            yield await asyncio.to_thread(_lines_of, head, persons)


def _lines_of(head: SheetHead, persons: Sequence[tuple[Person, Sequence[PersonDay]]]) -> list[Line]:
    return [line_of(head, person, days) for person, days in persons]


def _person(one: Employee, departments: dict[int, str]) -> Person:
    names = [departments[at] for at in one.department_ids if at in departments]
    return Person(one.user_id, one.name, ", ".join(names))


def _name(order: Order, texts: Texts, ending: str, part: str = "") -> str:
    """Return a file's name, made of nothing that anybody typed."""
    days = f"{order.first}" if order.first == order.last else f"{order.first}_{order.last}"
    return f"{texts('report.file')}_{days}{part}.{ending}"
