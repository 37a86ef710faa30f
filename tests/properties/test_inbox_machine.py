"""Messages with repeats, crashes and refused COMMITs are answered in order, and once without a
crash.
"""

from collections import Counter
from collections.abc import Coroutine
from datetime import timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, rule

from bot.domain.messages import Message
from bot.errors import StoreRefused
from tests.faults.a_store import a_message
from tests.properties.crashing_store import REFUSALS, CrashingStore, T

PEOPLE = st.sampled_from(["u1", "u2", "u3"])


class InboxMachine(RuleBasedStateMachine):
    """A process with one queue a person in memory, like the dispatcher, on the real inbox."""

    messages = Bundle("messages")

    def __init__(self) -> None:
        super().__init__()
        self.base = CrashingStore()
        self.queues: dict[str, list[Message]] = {}
        self.said = 0
        self.accepted: list[Message] = []  # stored messages, also if the process does not know it
        self.finished: set[str] = set()
        self.answers: Counter[str] = Counter()
        self.crashes_over: Counter[str] = Counter()  # crashes between an answer and its finish
        self.released: set[str] = set()  # and not tried
        self.in_doubt: set[str] = (
            set()
        )  # stored or claimed by a refused COMMIT, and in no queue yet
        self.behind: dict[str, str] = {}  # message → the sender's released message before it
        self.begun: dict[str, list[str]] = {}  # person → messages in the order of their first tries

    @rule(target=messages, person=PEOPLE)
    def a_message_comes(self, person: str) -> Message:
        return self._come(person)

    @rule(target=messages, person=PEOPLE)
    def a_message_comes_and_is_released(self, person: str) -> Message:
        message = self._come(person)
        queue = self.queues.get(person, [])
        if queue and queue[-1] is message:
            queue.pop()
            self.base.run_until_written(lambda: self.base.store.inbox.release(message.message_id))
            self.released.add(message.message_id)
        return message

    @rule(outcomes=REFUSALS)
    def the_next_commits_are_refused(self, outcomes: list[str]) -> None:
        self.base.refuse(outcomes)

    @rule(message=messages)
    def a_message_comes_again(self, message: Message) -> None:
        if message in self.accepted:
            with self.base.sound():
                assert self._do(self.base.store.inbox.accept(message)) is False
        else:
            self._take(message)

    @rule(message=messages)
    def a_refused_repeat_is_read_back(self, message: Message) -> None:
        with self.base.sound():
            held = self._do(self.base.store.inbox.holds(message.message_id))
        if message not in self.accepted:
            assert held is None
        elif message.message_id in self.finished:
            assert held is False
        elif any(message in queue for queue in self.queues.values()) and not self.base.renamed:
            assert held is True
        else:
            assert held is not None
        if held:
            self._enqueue(message)

    @rule(person=PEOPLE)
    def a_message_is_answered(self, person: str) -> None:
        message = self._next(person)
        if message is not None:
            self.answers[message.message_id] += 1
            self._finish(message)

    @rule(person=PEOPLE)
    def we_die_between_answering_and_writing_it_down(self, person: str) -> None:
        message = self._next(person)
        if message is not None:
            self.answers[message.message_id] += 1
            self.crashes_over[message.message_id] += 1
        self.we_die()

    @rule(person=PEOPLE)
    def a_message_cannot_be_answered_now(self, person: str) -> None:
        message = self._next(person)
        if message is not None:
            later = self.base.clock.now() + timedelta(seconds=30)
            self.base.run_until_written(
                lambda: self.base.store.inbox.release(message.message_id, later)
            )

    @rule()
    def we_die(self) -> None:
        self.queues.clear()
        self.base.crash()

    @rule(limit=st.integers(1, 5))
    def free_messages_are_taken_over(self, limit: int) -> None:
        try:
            taken = self._do(self.base.store.inbox.take_over(limit))
        except StoreRefused:
            waiting = {message.message_id for queue in self.queues.values() for message in queue}
            self.in_doubt |= (
                {message.message_id for message in self.accepted} - self.finished - waiting
            )
            return
        for message in taken:
            fresh = self._enqueue(message)
            assert fresh or self.base.renamed, "taken over although a queue held it"
            self.released.discard(message.message_id)

    @rule(seconds=st.integers(1, 40))
    def time_passes(self, seconds: int) -> None:
        self.base.clock.advance(seconds)

    def teardown(self) -> None:
        try:
            with self.base.sound():
                self._work_all_off()
            for message in self.accepted:
                times = self.answers[message.message_id]
                assert times >= 1, "an accepted message was never answered"
                assert times <= 1 + self.crashes_over[message.message_id], (
                    "answered twice without a crash between"
                )
            for person, begun in self.begun.items():
                came = [
                    message.message_id for message in self.accepted if message.sender.key == person
                ]
                assert self._certain(begun) == self._certain(came), "answered in the wrong order"
        finally:
            self.base.end()

    def _come(self, person: str) -> Message:
        self.base.clock.advance(0.001)
        message = a_message(f"m{self.said}", person, self.base.clock.now())
        self.said += 1
        self._take(message)
        return message

    def _take(self, message: Message) -> None:
        """Accept a message as the dispatcher does, with a read-back after a refused COMMIT."""
        person = message.sender.key
        names = [earlier.message_id for earlier in self.accepted if earlier.sender.key == person]
        last = next((name for name in reversed(names) if name not in self.finished), "")
        result = self._accepted(message)
        if not self.base.keeps(message.message_id):
            return
        if last in self.released:
            self.behind[message.message_id] = last
        self.accepted.append(message)
        if result:
            self._enqueue(message)

    def _enqueue(self, message: Message) -> bool:
        """Put the message into its sender's queue. Return False if it is there already."""
        queue = self.queues.setdefault(message.sender.key, [])
        fresh = message.message_id not in [waiting.message_id for waiting in queue]
        if fresh:
            queue.append(message)
        return fresh

    def _accepted(self, message: Message) -> bool | None:
        try:
            return self._do(self.base.store.inbox.accept(message))
        except StoreRefused:
            pass
        try:
            held = self._do(self.base.store.inbox.holds(message.message_id))
        except StoreRefused:
            self.in_doubt.add(message.message_id)
            return None
        assert (held is not None) is self.base.keeps(message.message_id), "the read-back was wrong"
        return held

    def _next(self, person: str) -> Message | None:
        queue = self.queues.get(person)
        if not queue:
            return None
        message = queue.pop(0)
        begun = self.begun.setdefault(person, [])
        # A message that was tried and postponed holds no later one.
        held_up_by = self.behind.get(message.message_id)
        assert held_up_by in (None, *self.finished, *begun, *self.in_doubt), (
            "overtook a released message"
        )
        if message.message_id not in begun:
            begun.append(message.message_id)
        return message

    def _finish(self, message: Message) -> None:
        self.base.run_until_written(lambda: self.base.store.inbox.finish(message.message_id))
        self.finished.add(message.message_id)

    def _certain(self, names: list[str]) -> list[str]:
        return [name for name in names if name not in self.in_doubt]

    def _work_all_off(self) -> None:
        for _ in range(2 * len(self.accepted) + 2):
            for person in ("u1", "u2", "u3"):
                self.a_message_is_answered(person)
            self.base.clock.advance(31)
            self.free_messages_are_taken_over(5)

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        return self.base.run(work)


InboxMachine.TestCase.settings = settings(max_examples=25, stateful_step_count=30, deadline=None)
TestInbox = InboxMachine.TestCase
