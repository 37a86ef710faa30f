"""The organisation's directory. Contacts calls cost nothing of the monthly quota."""

import logging
from collections.abc import Mapping
from typing import Any

from bot.dingtalk.apis import USER, USER_BY_UNION_ID, Api
from bot.dingtalk.fields import as_int, as_object, as_text
from bot.dingtalk.limits import Priority
from bot.dingtalk.openapi import OpenApi
from bot.dingtalk.outcomes import RejectedCode
from bot.dingtalk.people import read_employee
from bot.dingtalk.walk import Walk
from bot.domain.people import Employee, Organisation
from bot.errors import OutcomeUnknown

log = logging.getLogger(__name__)

_NOBODY = ("33012", "40031", "60121", "staffId.notExisted")
_OUT_OF_SCOPE = "50002"
_EXTERNAL = 1


class Contacts:
    """Reads people and departments."""

    def __init__(self, openapi: OpenApi) -> None:
        self._openapi = openapi

    async def employee(self, user_id: str) -> Employee | None:
        """Return the person, None when the organisation does not know them.

        Raises UpstreamError, ServiceStopped.
        """
        result = await self._look_up(USER, {"userid": user_id})
        if result is None:
            return None
        person = read_employee(result)
        if person is None:
            raise OutcomeUnknown(USER.name, "answered without the person")
        return person

    async def user_id_of(self, union_id: str) -> str | None:
        """Return the user id behind a union id, None for a stranger or an external contact.

        Raises UpstreamError, ServiceStopped.
        """
        result = await self._look_up(USER_BY_UNION_ID, {"unionid": union_id})
        if result is None or as_int(result.get("contact_type")) == _EXTERNAL:
            return None
        return as_text(result.get("userid")) or None

    async def organisation(self) -> Organisation:
        """Walk all departments; return them and each person once, with all departments and leads that were seen.

        Nothing is returned of a walk that failed, so that half of one cannot pass for the whole organisation.
        Raises UpstreamError, ServiceStopped.
        """
        return await Walk(self._openapi).run()

    async def _look_up(self, api: Api, body: Mapping[str, str]) -> Mapping[str, Any] | None:
        try:
            answer = await self._openapi.call(api, body, priority=Priority.PUNCH)
        except RejectedCode as error:
            if error.code == _OUT_OF_SCOPE:
                log.warning(
                    "a person is outside the app's contact scope and so a stranger; widen it in the console"
                )
            elif error.code not in _NOBODY:
                raise
            return None
        return as_object(answer.get("result"))
