"""Punches with repeats, crashes, refused COMMITs and all answers of a target, compared with a
model.
"""

from collections import Counter
from collections.abc import Coroutine, Sequence
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from bot.domain.messages import Message, Owed
from bot.domain.punches import AlreadyPunched, Counts, DeliveryState, ExportRow, Punch, may_become
from bot.domain.shifts import CheckType
from bot.errors import StoreRefused
from bot.storage.outbox import Delivery
from tests.builders import ON_TUESDAY
from tests.faults.a_store import a_message, punched
from tests.properties.crashing_store import REFUSALS, CrashingStore, T

PEOPLE = ("u1", "u2")
TARGETS = ("signed", "record_upload")
OUTCOMES = st.sampled_from(
    ["taken", "not sent", "rejected", "no answer, taken", "no answer, not taken"]
)
OPEN = (DeliveryState.ACCEPTED, DeliveryState.UNKNOWN)


class PunchMachine(RuleBasedStateMachine):
    """A process that records, delivers and tells punches like the services, on the real store."""

    messages = Bundle("messages")

    def __init__(self) -> None:
        super().__init__()
        self.base = CrashingStore()
        self.said: list[Message] = []
        self.wanted: dict[str, CheckType] = {}
        self.punch_of: dict[str, str] = {}  # message id → punch id
        self.under_way: list[Delivery] = []  # first tries of this process
        # (punch id, target) → punches at the target
        self.taken: Counter[tuple[str, str]] = Counter()
        self.seen: dict[tuple[str, str], DeliveryState] = {}
        self.told: dict[str, list[tuple[DeliveryState, bool]]] = {}
        self.consumed: dict[str, ExportRow] = {}  # by a program that reads the feed
        self.last_seq = 0

    @rule(target=messages, person=st.sampled_from(PEOPLE), direction=st.sampled_from(CheckType))
    def somebody_punches(self, person: str, direction: CheckType) -> Message:
        self.base.clock.advance(1)
        message = a_message(f"m{len(self.said)}", person, self.base.clock.now())
        self.said.append(message)
        self.wanted[message.message_id] = direction
        with self.base.sound():  # the inbox machine tests refusals of this step
            self._do(self.base.store.inbox.accept(message))
        self._record(message)
        return message

    @rule(outcomes=REFUSALS)
    def the_next_commits_are_refused(self, outcomes: list[str]) -> None:
        self.base.refuse(outcomes)

    @rule(message=messages)
    def a_message_is_recorded_again(self, message: Message) -> None:
        self._record(message)

    @rule(outcome=OUTCOMES)
    def a_first_try_ends(self, outcome: str) -> None:
        if self.under_way:
            self._send(self.under_way.pop(0), outcome)

    @rule(outcome=OUTCOMES)
    def all_first_tries_end(self, outcome: str) -> None:
        while self.under_way:
            self._send(self.under_way.pop(0), outcome)

    @rule()
    def we_die_before_a_taken_delivery_is_settled(self) -> None:
        if self.under_way:
            delivery = self.under_way[0]
            self.taken[delivery.punch.punch_id, delivery.target] += 1
        self.we_die()

    @rule(outcome=OUTCOMES, limit=st.integers(1, 4))
    def due_deliveries_go(self, outcome: str, limit: int) -> None:
        now = self.base.clock.now()
        try:
            due = self._do(self.base.store.deliveries.take_due(now, limit))
        except StoreRefused:
            return  # rows claimed by the refused COMMIT become free when their owner's name ends
        for delivery in due:
            if delivery.state is DeliveryState.UNKNOWN:
                self._look_up(delivery)
            else:
                self._send(delivery, outcome)

    @rule()
    def due_receipts_are_given(self) -> None:
        try:
            due = self._do(self.base.store.receipts.take_due(self.base.clock.now(), 10))
        except StoreRefused:
            return
        for receipt in due:
            punch = receipt.punch
            assert punch is not None
            closed = not any(state in OPEN for state in punch.states.values())
            self.told.setdefault(punch.punch_id, []).append((punch.status, closed))
            self._note_told(receipt)

    @rule(limit=st.integers(1, 3))
    def a_program_reads_the_feed(self, limit: int) -> None:
        rows = self._do(self.base.store.feed.after(self.last_seq, limit))
        for self.last_seq, row in rows:
            self.consumed[row.punch_id] = row

    @rule()
    def a_program_that_caught_up_has_the_ledger(self) -> None:
        while self.base.run_until_written(lambda: self.base.store.chain.seal(2)):
            self.a_program_reads_the_feed(2)
        self.a_program_reads_the_feed(1000)
        held = {key: (row.status, row.counts) for key, row in self.consumed.items()}
        assert held == {
            punch.punch_id: (punch.status, Counts.YES if punch.stands else Counts.REJECTED)
            for punch in self._ledger()
        }

    @rule()
    def we_die(self) -> None:
        self.under_way.clear()
        self.base.crash()

    @rule(seconds=st.integers(1, 3600))
    def time_passes(self, seconds: int) -> None:
        if self.base.renamed:  # a call ends before its claim does
            self.all_first_tries_end("no answer, not taken")
        self.base.clock.advance(seconds)

    @invariant()
    def each_message_has_at_most_one_punch(self) -> None:
        kept = [(punch.message_id, punch.punch_id) for punch in self._ledger()]
        assert sorted(kept) == sorted(self.punch_of.items())

    @invariant()
    def each_check_point_has_at_most_one_standing_clock_in(self) -> None:
        standing = Counter(
            (punch.user_id, punch.work_date, punch.check_point)
            for punch in self._ledger()
            if punch.stands and punch.check_type is CheckType.ON_DUTY and punch.check_point
        )
        assert all(number == 1 for number in standing.values())

    @invariant()
    def no_target_holds_a_punch_twice(self) -> None:
        assert all(number == 1 for number in self.taken.values())

    @invariant()
    def stored_states_are_true(self) -> None:
        for punch in self._ledger():
            for target, state in punch.states.items():
                key = punch.punch_id, target
                before = self.seen.get(key, DeliveryState.ACCEPTED)
                by_reading_back = (
                    state in (DeliveryState.SENT, DeliveryState.REJECTED) and before in OPEN
                )
                assert state is before or may_become(before, state) or by_reading_back
                self.seen[key] = state
                if state is DeliveryState.SENT:
                    assert self.taken[key] == 1
                if state is DeliveryState.REJECTED:
                    assert key not in self.taken

    @invariant()
    def receipts_never_contradict(self) -> None:
        for punch_id, words in self.told.items():
            assert len(words) <= 2
            assert [closed for _, closed in words[:-1]] in ([], [False]), (
                "a receipt followed the final one"
            )
            final, closed = words[-1]
            if closed:
                states = (self.seen[punch_id, target] for target in TARGETS)
                assert final is min(states, key=list(DeliveryState).index)

    def teardown(self) -> None:
        try:
            self.we_die()
            for _ in range(4):
                self.base.clock.advance(60)
                self.due_deliveries_go("taken", 100)
                self.due_receipts_are_given()
            for punch in self._ledger():
                assert not any(state in OPEN for state in punch.states.values()), (
                    "a punch was left behind"
                )
                assert self.told[punch.punch_id][-1] == (punch.status, True), (
                    "a receipt was left behind"
                )
            self.a_program_that_caught_up_has_the_ledger()
        finally:
            self.base.end()

    def _record(self, message: Message) -> None:
        direction = self.wanted[message.message_id]
        refused = False
        try:
            recorded = self._do(punched(self.base.store, message, direction, TARGETS))
        except StoreRefused:
            refused = True
            recorded = self.base.run_until_written(
                lambda: punched(self.base.store, message, direction, TARGETS)
            )
        if message.message_id in self.punch_of:
            assert not recorded.fresh
            assert recorded.punch is not None
            assert recorded.punch.punch_id == self.punch_of[message.message_id]
        elif recorded.punch is not None:
            assert recorded.fresh or refused
            self.punch_of[message.message_id] = recorded.punch.punch_id
            # otherwise the refused COMMIT was stored, and its deliveries are in no hand
            if recorded.fresh:
                self.under_way += [
                    Delivery(recorded.punch, target, DeliveryState.ACCEPTED) for target in TARGETS
                ]
        else:
            assert isinstance(recorded.decision, AlreadyPunched)
            assert recorded.decision.punch.stands

    def _send(self, delivery: Delivery, outcome: str) -> None:
        key = delivery.punch.punch_id, delivery.target
        if outcome in ("taken", "no answer, taken"):
            self.taken[key] += 1
        state = {
            "taken": DeliveryState.SENT,
            "not sent": DeliveryState.ACCEPTED,
            "rejected": DeliveryState.REJECTED,
        }.get(outcome, DeliveryState.UNKNOWN)
        self._settle(delivery, state)

    def _look_up(self, delivery: Delivery) -> None:
        there = self.taken[delivery.punch.punch_id, delivery.target] > 0
        self._settle(delivery, DeliveryState.SENT if there else DeliveryState.ACCEPTED)

    def _settle(self, delivery: Delivery, state: DeliveryState) -> None:
        due = self.base.clock.now() if state in OPEN else None
        settle = self.base.store.deliveries.settle
        self.base.run_until_written(lambda: settle(delivery, state, next_at=due))

    def _note_told(self, receipt: Owed) -> None:
        self.base.run_until_written(lambda: self.base.store.receipts.note_sent(receipt))

    def _ledger(self) -> Sequence[Punch]:
        return [
            punch
            for who in PEOPLE
            for punch in self._do(self.base.store.ledger.punches(who, ON_TUESDAY))
        ]

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        return self.base.run(work)


PunchMachine.TestCase.settings = settings(max_examples=25, stateful_step_count=30, deadline=None)
TestPunches = PunchMachine.TestCase
