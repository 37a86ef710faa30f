"""Objects as DingTalk writes them.

Its samples write numbers and truths also as text, a list of one also as the one, and nothing as null or "".
"""

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Generic, TypeVar
from zoneinfo import ZoneInfo

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)

_T = TypeVar("_T")


class Row(BaseModel):
    """One object of an answer or an event. Times as text are local and so naive, as numbers UTC and aware."""

    model_config = ConfigDict(coerce_numbers_to_str=True, str_strip_whitespace=True)

    @model_validator(mode="before")
    @classmethod
    def _drop_nothing(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {key: one for key, one in value.items() if one is not None and one != ""}


class Result(Row, Generic[_T]):
    """An answer with rows under `result`; an answer without it tells nothing."""

    result: _T


def _as_list(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


def _as_ints(value: Any) -> Any:
    return re.findall(r"\d+", value) if isinstance(value, str) else _as_list(value)


def _or_none(value: Any, read: ValidatorFunctionWrapHandler) -> Any:
    try:
        return read(value)
    except ValidationError:
        return None


Listed = Annotated[list[_T], BeforeValidator(_as_list)]
Ints = Annotated[list[int], BeforeValidator(_as_ints)]  # a text such as "[2,3,4]", too
MaybeTime = Annotated[datetime | None, WrapValidator(_or_none)]  # None for one that cannot be read


def in_utc(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return a moment of a row as UTC; a local one is of `zone`."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
