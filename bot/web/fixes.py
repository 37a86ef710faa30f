"""What the page sends, read strictly."""

import json
import re
import unicodedata
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, NoReturn

from bot.domain.datum import Datum
from bot.domain.shifts import CheckType
from bot.domain.sites import Fix, LocationSource
from bot.services.tapping.page import Measured, Tap
from bot.services.tapping.visitors import LinkRefused, Visit

MOST_REASON = 200  # characters
_SECRET = re.compile(r"[0-9a-f]{64}")
_CODE = re.compile(r"[\w.=-]{1,256}", re.ASCII)
_UNSEEN = frozenset({"Cf", "Cs", "Co", "Cn"})
_BLANKS = frozenset("\u115f\u1160\u2800\u3164\uffa0")  # letters and signs that are drawn as nothing
_LONGEST_AGE_S = 86_400.0
_LEAST_ACCURACY_M, _MOST_ACCURACY_M = 0.0, 1_000_000.0
# A browser's positions are WGS-84, DingTalk's are asked for in GCJ-02; whatever claims anything else is refused.
_SOURCES = {Datum.WGS84: LocationSource.BROWSER, Datum.GCJ02: LocationSource.DINGTALK}


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


def read_visit(body: Mapping[str, Any]) -> Visit:
    """Return token, device and login code. Raises BadRequest, and LinkRefused for a token that was never one."""
    token, device, code = body.get("token"), body.get("device"), body.get("code")
    if not isinstance(token, str):
        raise BadRequest
    if not _SECRET.fullmatch(token):
        raise LinkRefused
    if not isinstance(device, str) or not _SECRET.fullmatch(device):
        raise BadRequest
    if code is not None and not (isinstance(code, str) and _CODE.fullmatch(code)):
        raise BadRequest
    return Visit(token, device, code)


def read_measured(body: Mapping[str, Any]) -> Measured:
    """Return the fix, in degrees and metres, with its age in seconds. Raises BadRequest for no position."""
    given = body.get("fix")
    if not isinstance(given, dict) or given.get("datum") not in tuple(Datum):
        raise BadRequest
    latitude = _number(given.get("latitude"), -90.0, 90.0)
    longitude = _number(given.get("longitude"), -180.0, 180.0)
    accuracy_m = _number(given.get("accuracy_m"), _LEAST_ACCURACY_M, _MOST_ACCURACY_M)
    age_s = _number(given.get("age_s"), -_LONGEST_AGE_S, _LONGEST_AGE_S)
    simulated = given.get("simulated", False)
    if (latitude == 0 and longitude == 0) or accuracy_m == 0 or not isinstance(simulated, bool):
        raise BadRequest
    datum = Datum(given["datum"])
    if simulated and _SOURCES[datum] is LocationSource.BROWSER:  # no browser says so
        raise BadRequest
    return Measured(
        Fix(latitude, longitude, accuracy_m, datum, _SOURCES[datum]), timedelta(seconds=age_s), simulated
    )


def read_tap(body: Mapping[str, Any]) -> Tap:
    """Return direction and reason. Raises BadRequest."""
    direction, reason = body.get("direction"), body.get("reason")
    if direction not in (None, *CheckType):
        raise BadRequest
    if reason is not None and not (isinstance(reason, str) and len(reason) <= MOST_REASON):
        raise BadRequest
    said = " ".join(_visible(reason or "").split())
    return Tap(None if direction is None else CheckType(direction), said or None)


def _visible(text: str) -> str:
    """Return `text` without what nobody sees; none of it where it is marks for letters that are not there."""
    seen = [sign for sign in text if sign not in _BLANKS and unicodedata.category(sign) not in _UNSEEN]
    spaced = (sign if unicodedata.category(sign) != "Cc" else " " for sign in seen)
    return "".join(spaced) if any(unicodedata.category(sign)[0] in "LNPS" for sign in seen) else ""


def _number(value: object, least: float, most: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadRequest
    if not least <= value <= most:  # which no infinity is, and 1e309 is one
        raise BadRequest
    return float(value)


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)
