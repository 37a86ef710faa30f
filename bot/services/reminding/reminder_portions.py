"""Reminders in portions: as they are claimed, as their facts are read, and as they are said."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Coroutine, Iterable, Iterator, Sequence
from itertools import chain, islice

from bot.dingtalk.attendance import PEOPLE_A_CALL
from bot.dingtalk.robot import RECIPIENTS_A_CALL
from bot.domain.reminders import Reminder, ReminderState
from bot.services.reminding.agendas import AgendaKeeper

CLAIMED_AT_ONCE = 2000
CLAIMED_FIRST = 500  # so that the first leave soon
SENDS_AT_ONCE = 12


def claim_portions(wanted: Iterable[Reminder], first: Collection[str] = ()) -> Iterator[Sequence[Reminder]]:
    """Yield about 2,000 at a time, at first 500; the people `first` come first, then the earliest moments.

    All of one person, and all of the people `first`, come together: of several that are due at once one is said.
    """
    people = _by_person(wanted)
    portion = [one for user_id in first for one in people.pop(user_id, ())]
    most = CLAIMED_FIRST
    for theirs in people.values():
        portion += theirs
        if len(portion) >= most:
            yield portion
            portion, most = [], CLAIMED_AT_ONCE
    if portion:
        yield portion


def fact_portions(reminders: Iterable[Reminder]) -> Iterator[Sequence[Reminder]]:
    """Yield the reminders of 50 people at a time, all of one person together, the earliest moments first."""
    theirs = iter(_by_person(reminders).values())
    while some := list(islice(theirs, PEOPLE_A_CALL)):
        yield list(chain.from_iterable(some))


def _by_person(reminders: Iterable[Reminder]) -> dict[str, list[Reminder]]:
    people: dict[str, list[Reminder]] = {}
    for one in sorted(reminders, key=lambda one: (one.moment, one.work_date, one.check_point)):
        people.setdefault(one.user_id, []).append(one)
    return people


class Handover:
    """What one look has claimed, part by part: the first are worked off while others are still being claimed."""

    def __init__(self) -> None:
        self._parts: asyncio.Queue[Sequence[Reminder] | None] = asyncio.Queue()
        self._begun = False

    def add(self, reminders: Iterable[Reminder]) -> bool:
        """Hand over those of `reminders` that are claimed; tell whether these are the first of all."""
        claimed = [one for one in reminders if one.state is ReminderState.CLAIMED]
        if not claimed:
            return False
        is_first, self._begun = not self._begun, True
        self._parts.put_nowait(claimed)
        return is_first

    def end(self) -> None:
        """Tell that no more will come."""
        self._parts.put_nowait(None)

    async def parts(self) -> AsyncIterator[Sequence[Reminder]]:
        """Yield what is handed over, until the end."""
        while (part := await self._parts.get()) is not None:
            yield part


class Outbox:
    """Collects whom to tell the same, and sends as soon as there are as many as a call takes.

    It takes no more while many wait to leave, so that facts are read shortly before they are needed.
    """

    def __init__(
        self, say: Callable[[Sequence[Reminder], str | None], Coroutine[None, None, None]], keeper: AgendaKeeper
    ) -> None:
        self._say = say
        self._keeper = keeper
        self._waiting: dict[tuple[object, ...], list[Reminder]] = {}
        self._room = asyncio.Semaphore(SENDS_AT_ONCE)
        self._sends: set[asyncio.Task[None]] = set()

    async def add(self, reminders: Iterable[Reminder]) -> None:
        """Take some in."""
        for one in reminders:
            check = (one.check_type, one.work_date, one.due_at)
            text = (one.kind, *check, self._keeper.language_of(one.user_id))
            waiting = self._waiting.setdefault(text, [])
            waiting.append(one)
            if len(waiting) == RECIPIENTS_A_CALL:
                await self._send(self._waiting.pop(text))

    async def flush(self) -> None:
        """Send the rest, and wait until everything has left."""
        while self._waiting:
            await self._send(self._waiting.popitem()[1])
        await asyncio.gather(*self._sends)

    async def _send(self, reminders: Sequence[Reminder]) -> None:
        await self._room.acquire()
        language = self._keeper.language_of(reminders[0].user_id)
        sending = asyncio.create_task(self._say(reminders, language))
        self._sends.add(sending)
        sending.add_done_callback(self._left)

    def _left(self, sending: asyncio.Task[None]) -> None:
        self._room.release()
        if not sending.cancelled() and sending.exception() is None:
            self._sends.discard(sending)  # what failed is raised by `flush`
