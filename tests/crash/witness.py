"""What the pretend DingTalk saw, and whether ledger, records and receipts tell the same story."""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from bot.sandbox.feed import News
from bot.sandbox.frames import Frame
from bot.sandbox.server import Sandbox
from bot.sandbox.talk import Entry
from tests.crash.books import PunchRow

_TITLE = re.compile(r"^(?:### )?(Clock-in|Clock-out) (\d\d:\d\d)$", re.MULTILINE)
_WORDS = {"OnDuty": "Clock-in", "OffDuty": "Clock-out"}
_TAKEN = {"signed": "Taken by the clock-in service.", "record_upload": "Taken by DingTalk."}
_OPEN = ("to be passed on", "was not answered")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a trial. The lists hold message ids or sentences; all but the counts should be empty."""

    messages: int
    acked: int
    punches: int
    calls: int
    receipts: int
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    untold: list[str] = field(default_factory=list)
    contradictions: list[str] = field(default_factory=list)

    @property
    def wrong(self) -> list[str]:
        """Return everything that should not be."""
        named = (
            ("lost", self.lost),
            ("doubled", self.doubled),
            ("untold", self.untold),
            ("", self.contradictions),
        )
        return [f"{name} {one}".strip() for name, found in named for one in found]


class Witness:
    """Listens to a sandbox from its first message on."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._begun = 0  # messages that somebody began to say
        self._said: dict[str, str] = {}  # message id → who said it
        self._asked: set[str] = set()  # messages that are no punches
        self._acked: set[str] = set()
        self._told: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)  # (who, what) → (time, text)
        self._answers: Counter[str] = Counter()
        self._contradictions: list[str] = []
        sandbox.listen(self._hear)

    @property
    def all_acked(self) -> bool:
        """Tell whether something was said, and each message is acknowledged."""
        return len(self._acked) >= self._begun > 0

    @property
    def acked(self) -> int:
        """Return how many messages are acknowledged."""
        return len(self._acked)

    async def say(self, user_id: str, text: str, *, punch: bool = True, **more: Any) -> str:
        """Say something, a `punch` or not, and return the message's id."""
        self._begun += 1
        message_id = await self._sandbox.say(user_id, text, **more)
        self._said[message_id] = user_id
        if not punch:
            self._asked.add(message_id)
        return message_id

    def verdict(self, punches: Sequence[PunchRow], targets: Sequence[str]) -> Verdict:
        """Compare the ledger with what was said, recorded and heard."""
        verdict = Verdict(
            messages=len(self._said),
            acked=len(self._acked),
            punches=len(punches),
            calls=sum(record.calls for record in self._sandbox.records),
            receipts=sum(map(len, self._told.values())),
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
                if not self._answers[self._said[message_id]]:
                    verdict.untold.append(message_id)
            elif not rows[message_id]:
                verdict.lost.append(message_id)
        verdict.doubled.extend(message_id for message_id, count in rows.items() if count > 1)

    def _judge_records(self, punches: Sequence[PunchRow], targets: Sequence[str], verdict: Verdict) -> None:
        wanted = {(target, punch.user_id, punch.punched_ms) for punch in punches for target in targets}
        held = Counter((record.target, record.user_id, record.time_ms) for record in self._sandbox.records)
        verdict.lost.extend(f"{target}: punch of {who} at {at}" for target, who, at in wanted - held.keys())
        verdict.doubled.extend(f"{target}: punch of {who} at {at}" for target, who, at in held.keys() - wanted)
        verdict.doubled.extend(map(str, (key for key, count in held.items() if count > 1)))

    def _judge_receipts(self, punches: Sequence[PunchRow], targets: Sequence[str], verdict: Verdict) -> None:
        due: dict[tuple[str, str], set[str]] = defaultdict(set)
        for punch in punches:
            due[punch.user_id, _WORDS[punch.check_type]].add(self._clock(punch.punched_ms))
        for key, times in due.items():
            heard = self._told.get(key, [])
            verdict.untold.extend(f"{key[0]}: {key[1]} {at}" for at in times - {at for at, _ in heard})
            if heard:
                verdict.contradictions.extend(_last_word(key, heard[-1][1], targets))
        for key, heard in self._told.items():
            told = {at for at, _ in heard} - due.get(key, set())
            verdict.contradictions.extend(f"{key[0]} heard of a {key[1]} {at} that is not there" for at in told)

    def _clock(self, ms: int) -> str:
        return datetime.fromtimestamp(ms / 1000, UTC).astimezone(self._sandbox.world.zone).strftime("%H:%M")

    def _hear(self, kind: str, news: News | None) -> None:
        if kind == "ack" and isinstance(news, Frame) and news.msg_id and news.ack_code == 200:
            self._acked.add(news.msg_id)
        elif kind == "said" and isinstance(news, Entry) and news.speaker == "bot":
            self._note_reply(news.user_id, news.text)

    def _note_reply(self, user_id: str, text: str) -> None:
        self._answers[user_id] += 1
        title = _TITLE.search(text)
        if title is None:
            return
        what, at = title.groups()
        self._told[user_id, what].append((at, text))
        for target, words in _TAKEN.items():
            held = self._sandbox.records.of(user_id, target)
            if words in text and not any(self._clock(record.time_ms) == at for record in held):
                self._contradictions.append(f"{user_id} heard {words!r} before it was so")


def _last_word(key: tuple[str, str], text: str, targets: Sequence[str]) -> list[str]:
    """Return what is not final in the last that a person heard of a punch whose records are all there."""
    missing = [_TAKEN[target] for target in targets if _TAKEN[target] not in text]
    open_words = [words for words in _OPEN if words in text]
    return [f"the last that {key[0]} heard of {key[1]} was {text!r}"] if missing or open_words else []
