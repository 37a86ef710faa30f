"""Actions and their slots, from a message or from the answer to an ask."""

from datetime import date

from bot.actions import Export, MyDay, Nudge, PunchAction, ShowCorrection, Summary
from bot.domain.shifts import CheckType
from bot.domain.slots import Action, Slot, Whom
from bot.understanding.completing import complete, is_only
from bot.understanding.understand import Act, understand
from bot.understanding.vocabulary import NameIndex
from tests.tables import AnAction, cases

TODAY = date(2025, 11, 26)  # a Wednesday
SITES = ("HQ", "总部")
NAMES = NameIndex({"张三": ["u1"], "李娜": ["u2", "u3"], "Bob": ["u4"]}, {1: "研发部"})


@cases
def test_a_change_keeps_all_slots_of_its_message(text: str, action: AnAction) -> None:
    assert understand(text, today=TODAY, names=NAMES).actions == (action,)


@cases
def test_a_nudge_keeps_a_name_that_the_directory_does_not_know(text: str) -> None:
    assert understand(text, today=TODAY, names=NAMES).actions == (Nudge(person="zoë"),)


@cases
def test_a_file_is_the_senders_own_with_a_word_for_it(text: str, whom: Whom) -> None:
    (action,) = understand(text, today=TODAY, names=NAMES).actions
    assert isinstance(action, Export | Summary) and action.whom == whom


@cases
def test_a_reference_without_a_verb_decides_nothing(text: str) -> None:
    assert understand(text, today=TODAY).actions == (ShowCorrection(reference="C-04157K"),)


@cases
def test_a_question_with_a_name_is_about_that_person(text: str, person: str) -> None:
    names = NameIndex({"Bob": ["u4"], "王小明": ["u5"]})
    (action,) = understand(text, today=TODAY, names=names).actions
    assert isinstance(action, Summary)
    assert action.whom == Whom(person=person)
    assert action.lacks() is None


@cases
def test_a_question_without_a_name_is_about_the_sender(text: str) -> None:
    assert understand(text, today=TODAY, names=NAMES).actions == (MyDay(),)


@cases
def test_a_question_gets_its_own_answer(text: str, action: AnAction) -> None:
    assert understand(text, today=TODAY, names=NAMES).actions == (action,)


def test_days_with_gaps_are_left_open() -> None:
    (action,) = understand("周一和周五的考勤汇总", today=TODAY).actions
    assert isinstance(action, Summary)
    assert action.unclear_days
    assert action.lacks() == "days"


def test_an_offered_punch_keeps_its_place() -> None:
    (action,) = understand(
        "终于到啦，帮忙记一下上班卡 @浦东办公室", today=TODAY, sites=SITES
    ).actions
    assert action == PunchAction(direction=CheckType.ON_DUTY, place="浦东办公室")


@cases
def test_an_offered_punch_keeps_field_work_and_its_reason(text: str, punch: AnAction) -> None:
    found = understand(text, today=TODAY, sites=SITES)
    assert (found.act, found.actions) == (Act.OFFER, (punch,))


def completed(action: Action, slot: Slot, text: str) -> Action | None:
    """Return the action after a message answers an ask, None if it does not."""
    said = understand(text, today=TODAY, sites=SITES, names=NAMES)
    return complete(
        action, slot, text, intent=said.intents[0], today=TODAY, sites=SITES, names=NAMES
    )


@cases
def test_a_slot_alone_completes_its_action(
    action: AnAction, slot: Slot, text: str, whole: AnAction
) -> None:
    assert completed(action, slot, text) == whole


@cases
def test_a_message_with_more_is_no_answer(action: AnAction, slot: Slot, text: str) -> None:
    assert completed(action, slot, text) is None


@cases
def test_a_plain_yes_is_a_yes(text: str) -> None:
    assert is_only("yes", text)


@cases
def test_a_yes_with_more_is_no_yes(text: str) -> None:
    assert not is_only("yes", text)
