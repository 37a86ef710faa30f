"""Links, notices and flags on both databases: bound once, used with the punch, told until they are told."""

from dataclasses import astuple, replace
from datetime import timedelta

import pytest

from bot.domain.datum import Datum
from bot.domain.messages import Message, MessageKind, Reached, Sender
from bot.domain.positions import Flag, FlagKind
from bot.domain.punches import Phone, PunchRequest, PunchSource, Refused
from bot.domain.shifts import CheckType
from bot.domain.sites import Fix, LocationSource
from bot.storage.inbox import InboxResult
from bot.storage.links import Link
from bot.storage.tap_questions import Asking, TapQuestion
from tests.storage.stage import NOON, Stage, a_wish, always, record

TOKEN, DEVICE, OTHER = "t" * 64, "d" * 64, "e" * 64
LINK = Link("u1", "m1", "en", CheckType.ON_DUTY, "HQ", None, NOON, NOON, NOON, NOON + timedelta(minutes=5))
TAPPED = Fix(39.9, 116.4, 15.0, Datum.WGS84, LocationSource.BROWSER)
WHEN = (NOON, NOON, NOON + timedelta(minutes=2))
TAP = TapQuestion("u1", "m1", "1234", *WHEN, CheckType.ON_DUTY, "HQ", TAPPED, "x", DEVICE)
OUTSIDE = Flag(FlagKind.OUTSIDE, said="a client")


async def test_a_link_belongs_to_the_first_device_and_to_its_person(stage: Stage) -> None:
    store = await stage.open()
    await store.links.put(LINK, TOKEN)
    assert await store.links.open("x" * 64, DEVICE, None) is None
    assert await store.links.open(TOKEN, OTHER, "u2") is None  # and binds no device
    assert await store.links.open(TOKEN, DEVICE, "u1") == LINK
    assert await store.links.open(TOKEN, DEVICE, None) == LINK
    assert await store.links.open(TOKEN, OTHER, None) is None


async def test_a_link_ends_with_its_time_and_with_the_next_one(stage: Stage) -> None:
    store = await stage.open()
    await store.links.put(LINK, TOKEN)
    await store.links.put(replace(LINK, message_id="m2"), "n" * 64)
    assert await store.links.open(TOKEN, DEVICE, None) is None
    stage.clock.move(299)
    assert await store.links.open("n" * 64, DEVICE, None) is not None
    stage.clock.move(2)
    assert await store.links.open("n" * 64, DEVICE, None) is None


async def test_a_link_is_used_with_its_punch_and_its_message_makes_no_new_one(stage: Stage) -> None:
    store = await stage.open()
    await store.links.put(LINK, TOKEN)
    assert (await record(store, replace(a_wish("m1"), source=PunchSource.PAGE))).fresh
    assert await store.links.open(TOKEN, DEVICE, None) == replace(LINK, used=True)
    await store.links.put(LINK, "n" * 64)  # the message is answered once more after a crash
    assert await store.links.open("n" * 64, DEVICE, None) is None
    assert not (await record(store, replace(a_wish("m1"), source=PunchSource.PAGE))).fresh


async def test_a_tap_whose_link_expired_meanwhile_counts(stage: Stage) -> None:
    store = await stage.open()
    await store.links.put(LINK, TOKEN)
    stage.clock.move(301)
    assert (await record(store, a_tap("m1"))).fresh


def a_tap(message_id: str, who: str = "u1", phone: str = DEVICE, yes_id: str | None = None) -> PunchRequest:
    wish = a_wish(message_id, who)
    return replace(wish, source=PunchSource.PAGE, phone=Phone(phone, known=False, others=0), yes_id=yes_id)


async def test_a_phone_is_known_with_its_first_punch_and_stays_its_first_persons(stage: Stage) -> None:
    store = await stage.open()
    assert await store.phones.holder(DEVICE) is None
    await record(store, a_tap("m1"))
    refused = await record(store, a_tap("m2", "u2"))
    assert (refused.decision, refused.punch) == (Refused("punch.phone_of_another"), None)
    assert (await record(store, a_tap("m4", "u2", TOKEN))).punch is not None  # its check was left free
    await record(store, a_tap("m3", "u1", OTHER), always(None))
    assert [await store.phones.holder(phone) for phone in (DEVICE, OTHER, TOKEN)] == ["u1", "u1", "u2"]
    counted = [await store.phones.others(who, DEVICE) for who in ("u1", "u2")]
    assert (counted, await store.phones.others("u1", TOKEN)) == ([1, 1], 2)


async def test_a_yes_is_finished_with_the_punch_that_it_leads_to_and_finds_it_again(stage: Stage) -> None:
    store = await stage.open()
    yes = Message("m2", Sender("u1", None, None), "c", False, MessageKind.TEXT, "yes", NOON, NOON)
    assert await store.inbox.accept(yes) is InboxResult.NEW
    await store.links.put(LINK, TOKEN)
    await store.tap_questions.ask(TAP)
    recorded = await record(store, a_tap("m1", yes_id="m2"))
    found = [await store.ledger.of_message(one) for one in ("m1", "m2", "m3")]
    assert found == [recorded.punch, recorded.punch, None]
    assert await store.inbox.holds("m2") is InboxResult.REPEAT
    emptied = replace(TAP, place_name=None, fix=None, reason=None, phone=None)
    assert await store.tap_questions.answer("u1", TAP.code) == emptied  # for whoever says it twice
    assert await store.links.owner(TOKEN) == "u1"
    stage.clock.move(301)
    assert await store.links.owner(TOKEN) is None


async def test_the_same_tap_is_asked_once_another_ends_its_code_and_a_link_asks_three_times(stage: Stage) -> None:
    store = await stage.open()
    again, elsewhere = replace(TAP, code="2222"), replace(TAP, code="3333", reason="another")
    assert await store.tap_questions.ask(TAP) == (TAP, Asking.ANEW)
    await store.tap_questions.asked(TAP, Reached.YES)
    assert await store.tap_questions.ask(again) == (TAP, Asking.STANDS)
    assert await store.tap_questions.ask(elsewhere) == (elsewhere, Asking.ANEW)
    assert await store.tap_questions.answer("u1", TAP.code) is None
    assert await store.tap_questions.answer("u1", "3333") == elsewhere
    await store.tap_questions.asked(elsewhere, Reached.YES)
    stage.clock.move(16)
    assert await store.tap_questions.ask(replace(elsewhere, code="4444")) == (
        replace(elsewhere, code="4444"),
        Asking.ANEW,
    )
    await store.tap_questions.asked(
        replace(elsewhere, code="4444"), Reached.UNKNOWN
    )  # counts, since it may have come
    assert (await store.tap_questions.ask(TAP))[1] is Asking.ENOUGH
    of_another_link = replace(TAP, message_id="m2")
    assert await store.tap_questions.ask(of_another_link) == (of_another_link, Asking.ANEW)


async def test_what_became_a_punch_meanwhile_is_asked_about_no_more(stage: Stage) -> None:
    store = await stage.open()
    await store.links.put(LINK, TOKEN)
    await store.tap_questions.ask(TAP)
    await record(store, a_tap("m1", yes_id="m2"))
    assert (await store.tap_questions.ask(replace(TAP, code="2222")))[1] is Asking.PUNCHED
    await store.links.put(replace(LINK, message_id="m3"), "n" * 64)  # also where a newer link has replaced its own
    assert (await store.tap_questions.ask(replace(TAP, code="3333")))[1] is Asking.PUNCHED
    assert await store.tap_questions.answer("u1", TAP.code) is not None


async def test_questions_that_a_crash_left_unsaid_do_not_count(stage: Stage) -> None:
    for code in ("2222", "3333", "4444", "5555"):
        store = await stage.open(code)
        assert (await store.tap_questions.ask(replace(TAP, code=code)))[1] is Asking.ANEW
        await stage.crash()


@pytest.mark.parametrize("stage", ["postgresql"], indirect=True)  # SQLite: one process, one connection that writes
async def test_while_another_process_says_a_question_no_tap_on_its_link_asks(stage: Stage) -> None:
    store, other = await stage.open(), await stage.open("two")
    await store.tap_questions.ask(TAP)
    elsewhere = replace(TAP, code="2222", reason="another")
    assert await other.tap_questions.ask(elsewhere) == (TAP, Asking.STANDS)
    await store.tap_questions.asked(TAP, Reached.YES)
    assert await other.tap_questions.ask(elsewhere) == (elsewhere, Asking.ANEW)


async def test_a_question_that_was_not_said_is_asked_by_the_next_tap(stage: Stage) -> None:
    store = await stage.open()
    for code in ("2222", "3333", "4444", "5555"):
        question = replace(TAP, code=code)
        assert await store.tap_questions.ask(question) == (question, Asking.ANEW)
        await store.tap_questions.asked(question, Reached.NO)


async def test_a_tap_that_was_not_theirs_ends_the_link_and_three_wrong_codes_the_question(stage: Stage) -> None:
    store = await stage.open()
    await store.links.put(LINK, TOKEN)
    await store.tap_questions.ask(TAP)
    for _ in range(3):
        assert await store.tap_questions.deny("u1", "9999") is None
    assert await store.tap_questions.deny("u1", TAP.code) is None
    assert await store.links.owner(TOKEN) == "u1"
    await store.tap_questions.ask(replace(TAP, code="2222"))
    assert await store.tap_questions.deny("u1", "2222") is not None
    assert (await store.tap_questions.ask(replace(TAP, code="3333")))[1] is Asking.OVER  # a tap that was under way
    assert (await store.links.owner(TOKEN), await store.tap_questions.answer("u1", "2222")) == (None, None)


async def test_a_notice_is_given_once_and_anew_in_other_words(stage: Stage) -> None:
    store = await stage.open()
    assert not await store.links.noticed("u1", "old")
    await store.links.notice("u1", "old")
    told = (await store.stored_rows.held("u1"))["position_notices"]
    stage.clock.move(86_400)
    await store.links.notice("u1", "old")
    assert (await store.stored_rows.held("u1"))["position_notices"] == told  # on the day of the first time
    assert await store.links.noticed("u1", "old")
    assert not await store.links.noticed("u2", "old")
    assert not await store.links.noticed("u1", "new")
    await store.links.notice("u1", "new")
    assert await store.links.noticed("u1", "new")


async def test_a_flag_is_owed_with_its_punch_and_taken_over_after_a_crash(stage: Stage) -> None:
    store = await stage.open()
    recorded = await record(store, replace(a_wish("m1"), flags=(OUTSIDE,)), always())
    await record(store, a_wish("m2", "u2"), always(None))
    (flagged,) = await store.flags.take_due(stage.clock.now(), 10)
    assert (flagged.punch, flagged.payload) == (recorded.punch, [list(astuple(OUTSIDE))])
    assert list(await store.flags.take_due(stage.clock.now(), 10)) == []
    await stage.crash()
    again = await stage.open("two")
    (flagged,) = await again.flags.take_due(stage.clock.now(), 10)
    await again.flags.postpone([flagged], stage.clock.now() + timedelta(seconds=30))
    assert list(await again.flags.take_due(stage.clock.now(), 10)) == []
    stage.clock.move(31)
    (flagged,) = await again.flags.take_due(stage.clock.now(), 10)
    assert flagged.tries == 1
    await again.flags.told([flagged])
    stage.clock.move(4000)
    assert list(await again.flags.take_due(stage.clock.now(), 10)) == []
