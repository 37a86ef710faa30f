"""What administrators are told when something needs mending, and how often."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

import pytest

from bot.dingtalk.robot import SendResult
from bot.domain.messages import SessionWebhook
from bot.domain.outbox import Kind, Owed
from bot.errors import BotError, NotSent, OutcomeUnknown, Rejected, ServiceStopped, StoreRefused
from bot.i18n import Texts
from bot.services.speaking import Operators
from bot.views.reply import Language, Reply
from tests.builders import SHANGHAI

TROUBLE = {"service": "signed", "reason": "out of order", "remedy": "Mend it."}


class Mouth:
    """Keeps what is said to whom; `away` times it says nothing, and whom it is told to it hears too much."""

    def __init__(self, *, away: int = 0, too_much_for: Sequence[str] = ()) -> None:
        self.said: list[tuple[list[str], str]] = []
        self._away = away
        self._too_much_for = list(too_much_for)

    async def answer(self, webhook: SessionWebhook, reply: Reply) -> None:
        raise AssertionError("an alert answers no message")

    async def send(self, user_ids: Sequence[str], reply: Reply) -> SendResult:
        await asyncio.sleep(0)
        assert len(user_ids) <= 20
        if self._away:
            self._away -= 1
            raise NotSent("batch_send", "no connection")
        self.said.append((list(user_ids), reply.text))
        slowed, self._too_much_for = self._too_much_for, []
        return SendResult(flow_controlled=tuple(who for who in slowed if who in user_ids))


def operators(mouth: Mouth, admins: int = 1, language: Language = "en") -> Operators:
    return Operators(mouth, [f"admin{number}" for number in range(admins)], Texts(language, SHANGHAI))


async def tell(told: Operators, **changes: str) -> None:
    await told.alert("signed", "alert.stopped", **{**TROUBLE, **changes})


async def test_a_trouble_is_told_once_until_it_is_over() -> None:
    mouth = Mouth()
    told = operators(mouth)
    await asyncio.gather(tell(told), tell(told))
    await tell(told)
    assert len(mouth.said) == 1
    told.over("signed")
    assert not told.troubles
    await tell(told)
    assert len(mouth.said) == 2


async def test_an_alert_that_did_not_go_out_is_told_at_the_next_call() -> None:
    mouth = Mouth(away=2)
    told = operators(mouth)
    for _ in range(5):
        await tell(told)
        assert "out of order" in told.troubles["signed"]
    assert len(mouth.said) == 1


async def test_what_is_over_before_it_was_told_is_not_told() -> None:
    mouth = Mouth(away=1)
    told = operators(mouth)
    await tell(told)
    told.over("signed")
    assert mouth.said == []
    assert not told.troubles


async def test_more_than_twenty_administrators_all_hear_and_only_the_missed_hear_again() -> None:
    mouth = Mouth(away=1, too_much_for=["admin21"])
    told = operators(mouth, admins=45)
    await tell(told)
    assert [len(who) for who, _ in mouth.said] == [20, 5]
    await tell(told)
    assert [len(who) for who, _ in mouth.said] == [20, 5, 20, 1]
    await tell(told)
    heard = [who for some, _ in mouth.said for who in some]
    assert sorted(set(heard)) == sorted(f"admin{number}" for number in range(45))
    assert [who for who in set(heard) if heard.count(who) > 1] == ["admin21"]


async def test_the_words_of_a_service_are_shown_and_never_act() -> None:
    mouth = Mouth()
    told = operators(mouth)
    await tell(told, reason="[click](https://evil.example) @all **now**" + "x" * 1_000)
    ((_, text),) = mouth.said
    assert "\\[click\\]\\(https://evil\\.example\\) \\@all \\*\\*now" in text
    assert len(text) < 600
    assert "[click](https://evil.example)" in told.troubles["signed"]


ERRORS = [
    (NotSent("listRecord", "no answer in time"), "请求没有送达"),
    (OutcomeUnknown("listRecord", "no answer in time"), "没有得到明确答复"),
    (Rejected("listRecord", "no answer in time"), "请求被拒绝"),
    (ServiceStopped("listRecord", "no answer in time", "Wait."), "服务方拒绝了我们的请求"),
]


@pytest.mark.parametrize(("error", "said"), ERRORS)
async def test_of_an_error_the_bot_says_its_part_in_chinese_and_quotes_the_words(
    error: BotError, said: str
) -> None:
    mouth = Mouth()
    told = operators(mouth, language="zh")
    await told.alert("signed", "alert.stopped", service="signed", reason=error, remedy="Mend it.")
    ((_, text),) = mouth.said
    assert f"signed 已停止：{said}（“no answer in time”）。" in text


@pytest.mark.parametrize(("error", "_"), ERRORS)
async def test_an_error_names_its_service_where_the_sentence_does_not(error: BotError, _: str) -> None:
    told = operators(Mouth())
    told.note("rosters", "alert.rosters_unread", reason=error)
    assert "listRecord: no answer in time" in told.troubles["rosters"]


async def test_a_very_long_answer_is_cut_inside_its_quotes() -> None:
    mouth = Mouth()
    error = NotSent("listRecord", "x" * 1_000)
    await operators(mouth, language="zh").alert("rosters", "alert.rosters_unread", reason=error)
    ((_, text),) = mouth.said
    assert "x”）。" in text


async def test_without_administrators_the_trouble_is_still_shown() -> None:
    mouth = Mouth()
    told = operators(mouth, admins=0)
    await tell(told)
    assert "signed" in told.troubles
    assert mouth.said == []


class Alerts:
    """Rows of alerts; `refuses` while the database is away."""

    def __init__(self, *, refuses: bool = False) -> None:
        self.owed: list[Owed] = []
        self.since: list[datetime] = []
        self._refuses = refuses

    async def raise_anew(self, alerts: Sequence[Owed], before: datetime) -> None:
        if self._refuses:
            raise StoreRefused("the disk is full")
        self.owed += alerts
        self.since.append(before)


def from_rows(mouth: Mouth, alerts: Alerts) -> Operators:
    return Operators(mouth, ["admin0", "admin1"], Texts("en", SHANGHAI), alerts=alerts)  # type: ignore[arg-type]


async def test_an_alert_leaves_from_a_row_for_each_administrator() -> None:
    mouth, alerts = Mouth(), Alerts()
    told = from_rows(mouth, alerts)
    for _ in range(2):
        await tell(told)
    assert [(one.kind, one.about, one.recipient) for one in alerts.owed] == [
        (Kind.ALERT, "signed", "admin0"),
        (Kind.ALERT, "signed", "admin1"),
    ]
    reply = await told.word(alerts.owed[0])
    assert reply is not None
    assert "out of order" in reply.text
    assert mouth.said == []


async def test_an_alert_that_is_over_before_it_left_is_not_told_and_a_new_one_is() -> None:
    alerts = Alerts()
    told = from_rows(Mouth(), alerts)
    await tell(told)
    told.over("signed")
    assert await told.word(alerts.owed[0]) is None
    await tell(told)
    assert alerts.since[0] < alerts.since[1]
    assert await told.word(alerts.owed[-1]) is not None


async def test_an_alert_of_an_earlier_process_is_still_told() -> None:
    alerts = Alerts()
    await tell(from_rows(Mouth(), alerts))
    assert await from_rows(Mouth(), Alerts()).word(alerts.owed[0]) is not None


async def test_while_the_database_refuses_an_alert_leaves_at_once() -> None:
    mouth = Mouth()
    await tell(from_rows(mouth, Alerts(refuses=True)))
    assert [who for who, _ in mouth.said] == [["admin0", "admin1"]]


async def test_a_trouble_that_is_over_is_told_of_each_time_and_shown_no_more() -> None:
    alerts = Alerts()
    told = from_rows(Mouth(), alerts)
    await told.announce("signed", "alert.stopped", **TROUBLE)
    assert told.troubles == {}
    assert [await told.word(one) is not None for one in alerts.owed] == [True, True]
