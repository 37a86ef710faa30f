"""A punch from a phone that is not known is a question until its person says that it was they."""

from dataclasses import replace

import pytest

from bot.domain.phones import held_back
from bot.domain.punches import AskDirection, AskPhone, Phone, PunchSource
from tests.builders import a_request, local
from tests.storage.stage import always

REQUEST = a_request(local("08:58"), source=PunchSource.PAGE, confirmed=True)
NEW, KNOWN = Phone("a", known=False, others=1), Phone("a", known=True, others=1)


@pytest.mark.parametrize(("phone", "yes_id"), [(None, None), (KNOWN, None), (NEW, "m2")])
def test_known_confirmed_or_named_by_dingtalk_it_is_punched(phone: Phone | None, yes_id: str | None) -> None:
    assert held_back(always(), replace(REQUEST, phone=phone, yes_id=yes_id)) == always()


def test_a_new_one_is_asked_about_as_what_it_would_be() -> None:
    asked = held_back(always(), replace(REQUEST, phone=NEW))
    assert asked == AskPhone(always().check_type, REQUEST.at, REQUEST.where)


def test_what_is_no_punch_stays_what_it_is() -> None:
    assert held_back(AskDirection(), replace(REQUEST, phone=NEW)) == AskDirection()
