"""What the page sends, read strictly."""

import json
import re
import unicodedata
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, NoReturn

from bot.domain.datum import Datum
from bot.domain.positions import Given
from bot.domain.shifts import CheckType
from bot.domain.sites import Fix, LocationSource

MOST_REASON = 200  # characters
_KEY = re.compile(r"[0-9a-f]{32}")
_CODE = re.compile(r"[\w.=-]{1,256}", re.ASCII)
_UNSEEN = frozenset({"Cf", "Cs", "Co", "Cn"})
_BLANKS = frozenset("\u115f\u1160\u2800\u3164\uffa0")  # letters and signs that are drawn as nothing
_LONGEST_AGE_S = 86_400.0
_LEAST_ACCURACY_M, _MOST_ACCURACY_M = 0.0, 1_000_000.0


class BadRequest(Exception):
    """The page's own code never sends this."""


def read_body(raw: bytes) -> Mapping[str, Any]:
    """Return the JSON object in `raw`, which knows no NaN and no Infinity. Raises BadRequest."""
    try:
        body = json.loads(raw, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise BadRequest from None
    if not isinstance(body, dict):
        raise BadRequest
    return body


def read_code(code: object) -> str:
    """Return a login code. Raises BadRequest."""
    if not isinstance(code, str) or not _CODE.fullmatch(code):
        raise BadRequest
    return code


def read_key(body: Mapping[str, Any]) -> str:
    """Return the key that the page made for a tap. Raises BadRequest."""
    key = body.get("key")
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        raise BadRequest
    return key


def read_given(body: Mapping[str, Any], *, in_client: bool) -> Given:
    """Return position and reason; no position where the page found none. Raises BadRequest.

    A browser's positions are WGS-84. GCJ-02 comes from DingTalk, so only a session of its client may send it.
    """
    given, reason = body.get("fix"), body.get("reason")
    if reason is not None and not (isinstance(reason, str) and len(reason) <= MOST_REASON):
        raise BadRequest
    said = " ".join(_visible(reason or "").split()) or None
    if given is None:
        return Given(reason=said)
    sources = {"wgs84": LocationSource.BROWSER} | ({"gcj02": LocationSource.DINGTALK} if in_client else {})
    if not isinstance(given, dict) or not isinstance(datum := given.get("datum"), str) or datum not in sources:
        raise BadRequest
    latitude = _number(given.get("latitude"), -90.0, 90.0)
    longitude = _number(given.get("longitude"), -180.0, 180.0)
    accuracy_m = _number(given.get("accuracy_m"), _LEAST_ACCURACY_M, _MOST_ACCURACY_M)
    age_s = _number(given.get("age_s"), -_LONGEST_AGE_S, _LONGEST_AGE_S)
    simulated = given.get("simulated", False)
    if (latitude == 0 and longitude == 0) or accuracy_m == 0 or not isinstance(simulated, bool):
        raise BadRequest
    fix = Fix(latitude, longitude, accuracy_m, Datum(datum), sources[datum])
    return Given(fix, reason=said, age=timedelta(seconds=age_s), simulated=simulated)


def read_direction(body: Mapping[str, Any]) -> CheckType | None:
    """Return whether the person comes or goes, None where they did not say. Raises BadRequest."""
    direction = body.get("direction")
    if direction not in (None, *CheckType):
        raise BadRequest
    return None if direction is None else CheckType(direction)


def _visible(text: str) -> str:
    """Return `text` without invisible characters, empty if nothing of it can be seen."""
    seen = [sign for sign in text if sign not in _BLANKS and unicodedata.category(sign) not in _UNSEEN]
    spaced = (sign if unicodedata.category(sign) != "Cc" else " " for sign in seen)
    return "".join(spaced) if any(unicodedata.category(sign)[0] in "LNPS" for sign in seen) else ""


def _number(value: object, least: float, most: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadRequest
    if not least <= value <= most:  # 1e309 is infinite
        raise BadRequest
    return float(value)


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)
