"""Compares what people heard with the ledger and with the punches at the pretend DingTalk."""

import re
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from bot.sandbox.gateway import Frame
from bot.sandbox.talk import Entry
from bot.views.i18n import Texts
from tests.crash.books import Owing, PunchRow
from tests.pretend_dingtalk import Sandbox

_TITLE = re.compile(r"^(?:### )?(Clock-in|Clock-out) (\d\d:\d\d)$", re.MULTILINE)
_WORDS = {"OnDuty": "Clock-in", "OffDuty": "Clock-out"}
_TAKEN = {"signed": "Taken by the clock-in service.", "record_upload": "Taken by DingTalk."}
_SHOWN = "Counted by DingTalk."
_OPEN = ("to be passed on", "was not answered")
_MEANWHILE = tuple(  # interim messages while somebody waits for an answer
    Texts(language, ZoneInfo("UTC"))(f"message.{key}")
    for language in ("en", "zh")
    for key in ("store_slow", "not_known", "not_recorded")
)
_KNOWS_REPEATS = ("signed",)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result of a trial. The lists name errors by message id or sentence, and should be empty.

    `resent` counts repeated calls for one punch at a target that knows repeats. `repeats` counts
    repeated messages to people. `excused` counts deaths between sending a message and storing that
    it was sent.
    """

    messages: int
    acked: int
    punches: int
    calls: int
    resent: int
    receipts: int
    repeats: int = 0
    excused: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    untold: list[str] = field(default_factory=list)
    repeated: list[str] = field(default_factory=list)
    contradictions: list[str] = field(default_factory=list)

    @property
    def wrong(self) -> list[str]:
        named = (
            ("lost", self.lost),
            ("doubled", self.doubled),
            ("untold", self.untold),
            ("repeated", self.repeated),
            ("", self.contradictions),
        )
        return [f"{name} {error}".strip() for name, found in named for error in found]


@dataclass(frozen=True, slots=True)
class Word:
    """A message to a person.

    `heard_s` is by the monotonic clock. A receipt has its check and time.
    """

    heard_s: float
    text: str
    what: str = ""
    at: str = ""

    @property
    def final(self) -> bool:
        """Return whether the message leaves nothing open."""
        return not any(words in self.text for words in _OPEN)


@dataclass(frozen=True, slots=True)
class Repetition:
    """How often a person heard a repeat, and how many deaths excuse it."""

    who: str
    about: str
    times: int
    excused: int


class Witness:
    """Listens to a sandbox and judges a trial."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._begun = 0  # messages that were sent to the bot
        self._said: dict[str, str] = {}  # message id → sender
        self._asked: set[str] = set()  # messages that do not punch
        self._acked: set[str] = set()
        self._heard: dict[str, list[Word]] = defaultdict(list)  # by person
        self._deaths: list[tuple[float, Owing]] = []
        self._contradictions: list[str] = []
        sandbox.listen(self._hear)

    @property
    def all_acked(self) -> bool:
        """Return whether there are messages and all are acknowledged."""
        return len(self._acked) >= self._begun > 0

    @property
    def acked(self) -> int:
        return len(self._acked)

    async def say(self, user_id: str, text: str, *, punch: bool = True, **more: Any) -> str:
        """Say something and return the message id. `punch` says whether it should punch."""
        self._begun += 1
        message_id = await self._sandbox.say(user_id, text, **more)
        self._said[message_id] = user_id
        if not punch:
            self._asked.add(message_id)
        return message_id

    def died(self, owing: Owing) -> None:
        """Note the end of a process. Messages in `owing` may be sent once more."""
        self._deaths.append((time.monotonic(), owing))

    def verdict(self, punches: Sequence[PunchRow], targets: Sequence[str]) -> Verdict:
        """Compare the ledger with the messages, the targets' records and the receipts."""
        repetitions = [*self._repeated_receipts(punches), *self._repeated_answers(punches)]
        records = list(self._sandbox.records)
        verdict = Verdict(
            messages=len(self._said),
            acked=len(self._acked),
            punches=len(punches),
            calls=sum(record.calls for record in records),
            resent=sum(record.calls - 1 for record in records),
            receipts=sum(bool(word.what) for words in self._heard.values() for word in words),
            repeats=sum(repetition.times for repetition in repetitions),
            excused=sum(repetition.excused for repetition in repetitions),
            repeated=[
                f"{repetition.who} heard {repetition.about} {repetition.times} times too often, "
                f"{repetition.excused} of them after a death"
                for repetition in repetitions
                if repetition.times > repetition.excused
            ],
            contradictions=list(self._contradictions),
        )
        self._judge_ledger(punches, verdict)
        self._judge_records(punches, targets, verdict)
        self._judge_receipts(punches, targets, verdict)
        return verdict

    def _judge_ledger(self, punches: Sequence[PunchRow], verdict: Verdict) -> None:
        rows = Counter(punch.message_id for punch in punches)
        for message_id in self._acked & self._said.keys():
            if message_id in self._asked:
                if not self._heard[self._said[message_id]]:
                    verdict.untold.append(message_id)
            elif not rows[message_id]:
                verdict.lost.append(message_id)
        verdict.doubled.extend(message_id for message_id, count in rows.items() if count > 1)

    def _judge_records(
        self, punches: Sequence[PunchRow], targets: Sequence[str], verdict: Verdict
    ) -> None:
        wanted = {
            (target, punch.user_id, punch.punched_ms) for punch in punches for target in targets
        }
        held = {
            (record.target, record.user_id, record.time_ms): record.calls
            for record in self._sandbox.records
        }
        verdict.lost.extend(
            f"{target}: punch of {who} at {at}" for target, who, at in wanted - held.keys()
        )
        verdict.doubled.extend(
            f"{target}: punch of {who} at {at}" for target, who, at in held.keys() - wanted
        )
        verdict.doubled.extend(
            f"{target}: punch of {who} at {at}, sent {calls} times to one that knows no repeats"
            for (target, who, at), calls in held.items()
            if calls > 1 and target not in _KNOWS_REPEATS
        )

    def _judge_receipts(
        self, punches: Sequence[PunchRow], targets: Sequence[str], verdict: Verdict
    ) -> None:
        due = self._due(punches)
        for (who, what, at), _ in due.items():
            words = self._words(who, what, at)
            if not words:
                verdict.untold.append(f"{who}: {what} {at}")
            else:
                verdict.contradictions.extend(_not_final((who, what), words[-1].text, targets))
                verdict.contradictions.extend(_taken_back((who, what), words))
        for who, heard in self._heard.items():
            told = {
                (word.what, word.at)
                for word in heard
                if word.what and (who, word.what, word.at) not in due
            }
            verdict.contradictions.extend(
                f"{who} heard of a {what} {at} that is not there" for what, at in told
            )

    def _repeated_receipts(self, punches: Sequence[PunchRow]) -> Iterator[Repetition]:
        """Yield repeated receipts. Without a death, one open and one final receipt are allowed."""
        for (who, what, at), ids in self._due(punches).items():
            words = self._words(who, what, at)
            once = len({word.final for word in words}) * len(ids)
            excused = sum(
                any(_not_written(owing, ids, word) for word in words if word.heard_s <= until_s)
                for until_s, owing in self._deaths
            )
            yield Repetition(who, f"{what} {at}", max(0, len(words) - once), excused)

    def _repeated_answers(self, punches: Sequence[PunchRow]) -> Iterator[Repetition]:
        """Yield repeated answers to people who never punched."""
        punched = {punch.user_id for punch in punches}
        asked: dict[str, set[str]] = defaultdict(set)
        for message_id, who in self._said.items():
            asked[who].add(message_id)
        for who, messages in asked.items():
            if messages <= self._asked and who not in punched:
                words = self._heard[who]
                excused = sum(
                    len(owing.messages & messages)
                    for until_s, owing in self._deaths
                    if any(word.heard_s <= until_s for word in words)
                )
                yield Repetition(who, "an answer", max(0, len(words) - len(messages)), excused)

    def _due(self, punches: Sequence[PunchRow]) -> dict[tuple[str, str, str], list[str]]:
        """Return punch ids by person, check and time, as receipts name them."""
        due: dict[tuple[str, str, str], list[str]] = defaultdict(list)
        for punch in punches:
            due[punch.user_id, _WORDS[punch.check_type], self._clock(punch.punched_ms)].append(
                punch.punch_id
            )
        return due

    def _words(self, who: str, what: str, at: str) -> list[Word]:
        return [word for word in self._heard[who] if (word.what, word.at) == (what, at)]

    def _clock(self, ms: int) -> str:
        return (
            datetime.fromtimestamp(ms / 1000, UTC)
            .astimezone(self._sandbox.world.zone)
            .strftime("%H:%M")
        )

    def _hear(self, kind: str, news: object) -> None:
        if kind == "ack" and isinstance(news, Frame) and news.msg_id and news.ack_code == 200:
            self._acked.add(news.msg_id)
        elif kind == "said" and isinstance(news, Entry) and news.speaker == "bot":
            self._note_reply(news.user_id, news.text)

    def _note_reply(self, user_id: str, text: str) -> None:
        if any(words in text for words in _MEANWHILE):
            return
        title = _TITLE.search(text)
        what, at = title.groups() if title else ("", "")
        self._heard[user_id].append(Word(time.monotonic(), text, what, at))
        held = [
            record.target
            for record in self._sandbox.records.of(user_id)
            if self._clock(record.time_ms) == at
        ]
        for target, words in _TAKEN.items() if title else ():
            if words in text and target not in held:
                self._contradictions.append(f"{user_id} heard {words!r} before it was so")


def _not_final(key: tuple[str, str], text: str, targets: Sequence[str]) -> list[str]:
    """Return an error if the last receipt of a punch is not final."""
    missing = [
        _TAKEN[target] for target in targets if _TAKEN[target] not in text and _SHOWN not in text
    ]
    open_words = [words for words in _OPEN if words in text]
    return (
        [f"the last that {key[0]} heard of {key[1]} was {text!r}"] if missing or open_words else []
    )


def _not_written(owing: Owing, punch_ids: Sequence[str], word: Word) -> bool:
    """Return whether one of the punches still owed this receipt, its first or its last."""
    return any(
        punch_id in owing.receipts and (word.final or not owing.receipts[punch_id])
        for punch_id in punch_ids
    )


def _taken_back(key: tuple[str, str], words: Sequence[Word]) -> list[str]:
    """Return an error for each open receipt after a final one."""
    return [
        f"{key[0]} heard of {key[1]} that it was settled, and then {later.text!r}"
        for earlier, later in pairwise(words)
        if earlier.final and not later.final
    ]
