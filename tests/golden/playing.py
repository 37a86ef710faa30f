"""Plays a golden dialogue with the real bot and the sandbox.

The clock stands still between steps.
"""

import re
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from bot.app import App
from bot.clock import to_ms
from bot.domain.reminders import ReminderState
from bot.sandbox.cards import press
from bot.sandbox.records import OVERTIME
from bot.sandbox.talk import GROUP, SINGLE, Button, Conversation, Entry
from bot.storage.outbox import NOTE_WAITS
from tests.builders import SHANGHAI, TUESDAY
from tests.changing_company import World
from tests.company import PATIENCE, TWO_SALES, TWO_WORDS
from tests.crash.books import Books
from tests.golden.script import FOLDER, INDENT, Dialogue, Masks
from tests.pretend_dingtalk import as_markdown
from tests.reminders.stage import RemindingCompany, a_reminding_company
from tests.waiting import LONGEST_S, until, work_until_idle

PAUSE_S = 20.0  # between two steps
SEVERAL_TRIES = timedelta(minutes=5)  # time for the retries after a fault
CHAT_OF_STRANGERS = "user007"  # people unknown to the sandbox write in this chat
CONFIG = {"roles": {"admins": ["user010"]}}  # 孙悦; 陈静 is only a lead
BOT = "$:LWCP_v1:$sandboxbot"
WAYS: dict[str, dict[str, Any]] = {  # ways to send a message
    "group": {"conversation": GROUP},
    "voice": {"kind": "voice"},
    "picture": {"kind": "picture"},
    "rich text": {"kind": "richText"},
    "no staff id": {"fields": {"senderStaffId": None}},
    "no id": {"fields": {"senderStaffId": None, "senderUnionId": None}},
    "another group": {"conversation": GROUP, "fields": {"conversationId": "cidTeam102=="}},
    "with a partner": {
        "conversation": GROUP,
        "fields": {"atUsers": [{"dingtalkId": BOT}, {"dingtalkId": "$:LWCP_v1:$partner"}]},
    },
    "another company": {"fields": {"senderCorpId": "dingother"}},
}
FAULTS: dict[str, tuple[str, Any]] = yaml.safe_load((FOLDER / "faults.yaml").read_text())
CALLS: dict[str, str] = yaml.safe_load((FOLDER / "calls.yaml").read_text())
WORKS_AGAIN = "everything works again"
AGAIN = " again"  # the second call from now
_SAYS = re.compile(r"([^:(]+?)(?: \(([^)]*)\))?:(?: (.*))?")
_PRESSES = re.compile(r"([^:]+?) presses (.+)")
_WAITING = "SELECT about FROM outbox WHERE kind = 'punch' AND due_ms IS NOT NULL"
_OWED = f"""
SELECT 1 FROM outbox WHERE due_ms <= {{now}} AND about NOT IN ({_WAITING}) AND NOT ({NOTE_WAITS})
AND state <> '{ReminderState.CLAIMED}'
"""  # claimed reminders wait for facts


class AtOnce:
    """Makes reports in this process."""

    async def run(self, work: Callable[[Iterable[Any]], Any], parts: AsyncIterator[Any]) -> Any:
        return work([part async for part in parts])


class PlayedCompany(RemindingCompany):
    """The sandbox's people with two weeks of history, and their bot."""

    patience = replace(PATIENCE, round_s=0.02)
    workshop = AtOnce()

    async def start_bot(self) -> App:
        self.sandbox.invent_past()
        return await super().start_bot()


class FailingCompany(PlayedCompany):
    """A company with quick first receipts, for failing services."""

    patience = replace(TWO_WORDS, round_s=0.02)


class Stage:
    """Carries out the steps and collects the replies."""

    def __init__(self, company: RemindingCompany) -> None:
        self._company, self._sandbox, self._app = company, company.sandbox, company.app
        self._books = Books(self._app.settings.store.url)
        self._names = {person.user_id: person.name for person in self._sandbox.world}
        self._ids = {name: user_id for user_id, name in self._names.items()}
        self._shown: dict[tuple[str, int], str] = {}  # by person and number
        self._pressed: tuple[Button, Conversation] = (
            Button("", ""),
            SINGLE,
        )  # the last button, and its conversation
        self._leave_id = 0  # the last one
        self._masks = Masks()
        self.lines: list[str] = []

    async def carry_out(self, step: str) -> None:
        """Carry out one line of the dialogue."""
        self.lines.append(step)
        speaker = ""
        if step.startswith("at "):
            self._sandbox.clock.move_to(moment(step.removeprefix("at ")))
            await self._app.reads.read_if_due()
            await self._app.reminders.tick()
            await self._app.months.tick()
            await self._app.card_desk.tick()
        elif step.startswith("* "):
            await self._happen(step.removeprefix("* "))
        else:
            speaker = await self._speak(step)
        await self._settle()
        if not step.startswith("at "):  # the next message has exactly this time
            self._sandbox.clock.advance(PAUSE_S)
            await self._settle()
        self._write_down(speaker)

    async def _speak(self, step: str) -> str:
        """Let a person say something or press a button, and return the user id."""
        if presses := _PRESSES.fullmatch(step):
            speaker = self._ids[presses[1]]
            if presses[2] != "again":
                self._pressed = self._button(speaker, presses[2])
            button, conversation = self._pressed
            if button.of_card:
                sandbox = self._sandbox
                await press(sandbox, speaker, *button.of_card)
            else:
                await self._sandbox.say(speaker, button.says, conversation=conversation)
            return speaker
        says = _SAYS.fullmatch(step)
        assert says is not None, f"what does {step!r} mean?"
        speaker, message = self._message(says[1], says[2] or "")
        await self._sandbox.say(speaker, self._masks.said(says[3] or ""), **message)
        return speaker

    def _message(self, who: str, how: str) -> tuple[str, dict[str, Any]]:
        """Return the chat's user id and the options of the message."""
        user_id, message = self._ids.get(who, "stranger"), dict[str, Any]()
        if self._sandbox.world.get(user_id) is None:
            message["fields"] = {
                "senderStaffId": user_id,
                "senderUnionId": user_id,
                "senderNick": who,
            }
            user_id = CHAT_OF_STRANGERS
        for way in filter(None, how.split(", ")):
            kind, _, what = way.partition(" ")
            if kind == "mentions":
                message |= {"conversation": GROUP, "mentions": [self._ids[what]]}
            elif kind == "sent":
                message["sent_at"] = to_ms(moment(what))
            else:
                message |= WAYS[way]
        return user_id, message

    def _button(self, who: str, label: str) -> tuple[Button, Conversation]:
        """Return the newest button with this label, and its conversation."""
        seen = []
        for entry in reversed(self._sandbox.transcript(who)):
            for button in entry.pressable:
                seen.append(self._masks.shown(button.label))
                if seen[-1] == label and (button.says or button.of_card):
                    return button, entry.conversation
        raise AssertionError(f"{self._names[who]} sees no button {label!r}, but {seen}")

    async def _happen(self, what: str) -> None:
        """Change a person or a service, at once or while the bot calls DingTalk."""
        sandbox, world = self._sandbox, self._sandbox.world
        what, _, call = what.partition(" while ")
        if call:
            name = call.removesuffix(AGAIN)
            change = partial(self._happen_meanwhile, what)
            sandbox.meanwhile(CALLS[name], change, calls=1 + (name != call))
            return
        who = next((name for name in self._ids if what.startswith(name)), "")
        user_id, today = self._ids.get(who, ""), f"{sandbox.clock.now().astimezone(SHANGHAI):%m-%d}"

        def leaves(first: str, last: str, **more: Any) -> None:
            start, end = (moment(f"{today} {clock}") for clock in (first, last))
            self._leave_id = sandbox.absences.add(user_id, start, end, **more).id

        to_people: dict[str, Callable[[], object]] = {
            "never signed in": lambda: world.change(user_id, active=False),
            "leaves the company": lambda: world.leave(user_id),
            "moves to Support": lambda: world.move(user_id, 102),
            "is called 李娜": lambda: world.change(user_id, name="李娜"),
            "becomes a lead": lambda: world.change(user_id, lead=True),
            "is no longer a lead": lambda: world.change(user_id, lead=False),
            "is on leave": lambda: leaves("00:00", "23:59"),
            "is on leave until 14:00": lambda: leaves("09:00", "14:00"),
            "is on leave from 13:00": lambda: leaves("13:00", "18:00"),
            "asks for leave until 14:00": lambda: leaves("09:00", "14:00", approved=False),
            "gets the leave": lambda: sandbox.absences.approve(self._leave_id),
            "takes the leave back": lambda: sandbox.absences.cancel(self._leave_id),
            "works overtime until 21:00": lambda: leaves("19:00", "21:00", kind=OVERTIME),
            "punches at the gate": lambda: sandbox.native_punch(user_id, kind="gate"),
        }
        if who:
            to_people[what.removeprefix(who).strip()]()
            await self._company.events_heard()
        elif what == "everybody is read":
            await self._app.directory.crawl()
        elif what == WORKS_AGAIN:
            for name, _ in FAULTS.values():
                await sandbox.fault(name, None)
            await self._pass_on()
        else:
            await sandbox.fault(*FAULTS[what])

    async def _happen_meanwhile(self, what: str) -> None:
        """Change a person and read everybody, or wait for the answer to a message or press."""
        if not (_PRESSES.fullmatch(what) or _SAYS.fullmatch(what)):
            await self._happen(what)
            await self._app.directory.crawl()
            return
        before = self._app.dispatcher.in_hand
        await self._speak(what)
        await self._heard()
        await until(lambda: self._app.dispatcher.in_hand <= before, what="the answer")
        await self._all_sent()

    async def _pass_on(self) -> None:
        """Advance the clock until every punch has gone.

        It ends at the same moment on every machine.
        """
        clock = self._sandbox.clock
        end = clock.now() + SEVERAL_TRIES

        def passed_on() -> bool:
            clock.advance(1)
            return not self._books.rows(_WAITING)

        await until(passed_on, what="the waiting punches")
        clock.move_to(end)

    async def _heard(self) -> None:
        """Wait until the bot has acknowledged the last message."""
        frames = self._sandbox.frames
        await self._sandbox.wait_until(lambda: not frames or frames[-1].ack_code is not None)

    async def _settle(self) -> None:
        """Wait until the bot has nothing more to say at this moment."""
        await self._heard()
        await self._app.dispatcher.drain(LONGEST_S)
        await self._app.store.corrections.expire()
        await self._all_sent()

    async def _all_sent(self) -> None:
        """Wait until people have what the bot owes them at this moment."""
        await work_until_idle(self._app.outbox)
        await work_until_idle(self._app.outbox)
        owed = _OWED.format(now=to_ms(self._sandbox.clock.now()))
        await until(lambda: not self._books.rows(owed), what="what people are owed")

    def _write_down(self, speaker: str) -> None:
        """Add the speaker's replies, then messages to others.

        People with the same message share a line.
        """
        for entry in self._news(speaker) if speaker else ():
            where = " in group" if entry.conversation == GROUP else ""
            shown = self._masks.shown(as_markdown(entry))
            if shown.endswith(".xlsx"):
                _, *rows = self._company.workbook().worksheets[0].values
                shown += f" of {', '.join(dict.fromkeys(str(row[0]) for row in rows))}"
            self.lines.append(f"{INDENT}bot{where}: {shown}")
        others: dict[str, list[str]] = {}
        for user_id, name in self._names.items():
            for entry in self._news(user_id):
                others.setdefault(self._masks.shown(as_markdown(entry)), []).append(name)
        self.lines += [
            f"{INDENT}bot to {', '.join(names)}: {line}" for line, names in others.items()
        ]

    def _news(self, user_id: str) -> list[Entry]:
        """Return a person's new messages and changed cards."""
        texts = {
            (user_id, entry.number): (entry, as_markdown(entry))
            for entry in self._sandbox.transcript(user_id)
            if entry.speaker == "bot"
        }
        new = [entry for key, (entry, text) in texts.items() if self._shown.get(key) != text]
        self._shown |= {key: text for key, (_, text) in texts.items()}
        return sorted(new, key=lambda entry: entry.conversation == SINGLE)


def moment(text: str) -> datetime:
    """Return the moment of `09:05` on the Tuesday, or of `11-25 09:05`."""
    day, _, clock = text.rpartition(" ")
    return datetime.fromisoformat(f"{f'2026-{day}' if day else TUESDAY} {clock}").replace(
        tzinfo=SHANGHAI
    )


async def play(dialogue: Dialogue, folder: Path) -> str:
    """Play a dialogue and return it with the current replies.

    Its first line has a time, maybe a configuration.
    """
    first, *steps = dialogue.steps
    begins, _, config = first.partition(" with ")
    kind = (
        FailingCompany
        if any(step.removeprefix("* ") in FAULTS for step in steps)
        else PlayedCompany
    )
    changes = CONFIG | (yaml.safe_load(config) if config else {})
    world = World(changes.pop("people", 12), TWO_SALES)
    async with a_reminding_company(
        folder, moment(begins.removeprefix("at ")), world=world, kind=kind, **changes
    ) as company:
        stage = Stage(company)
        for step in steps:
            await stage.carry_out(step)
        assert company.sandbox.all_changes_made()
    return "\n".join([first, *stage.lines]) + "\n\n"
