"""An intent as a plain dictionary, for people and programs that ask why."""

from bot.understanding.intents import Intent, IntentName

# The published list knows none of these: taking a punch back is a correction, a bare yes says nothing alone, and
# a question (why, where, who sees what is stored) changes nothing, nor does showing whom one may nudge.
_PUBLISHED = {
    IntentName.UNDO: IntentName.CORRECTION,
    **dict.fromkeys(
        (
            *(IntentName.CONFIRM, IntentName.WHY, IntentName.WHERE, IntentName.PRIVACY, IntentName.WHO_SEES),
            *(IntentName.SOMEBODY, IntentName.NUDGE_ALL, IntentName.NO_POSITION, IntentName.REQUESTS),
        ),
        IntentName.NONE,
    ),
}


def as_dict(intent: Intent) -> dict[str, object]:
    """Return an intent as JSON-ready values under the published names.

    `intent` is one of the contract's names or of those beside them; `handled_as` what the bot itself calls it.
    Dates and times are ISO 8601, the direction is `OnDuty` or `OffDuty`, `why` lists the words that counted.
    """
    position, dates = intent.position, intent.dates
    direction = intent.direction or intent.check_type
    return {
        "intent": _PUBLISHED.get(intent.name, intent.name).value,
        "handled_as": intent.name.value,
        "direction": direction.value if direction else None,
        "language": intent.language,
        "place_name": intent.place_name,
        "places": list(intent.places),
        "position": (
            {"latitude": position.latitude, "longitude": position.longitude, "accuracy_m": position.accuracy_m}
            if position
            else None
        ),
        "position_error": intent.position_error,
        "dates": {"first": dates.first.isoformat(), "last": dates.last.isoformat()} if dates else None,
        "no_such_day": intent.no_such_day,
        "days_apart": intent.days_apart,
        "at": intent.at.isoformat("minutes") if intent.at else None,
        "twelve_hour": intent.twelve_hour,
        "half": intent.half,
        "minutes": intent.minutes,
        "person": intent.person,
        "department": intent.department,
        "unclear": list(intent.unclear),
        "loose": sorted(intent.loose),
        "everybody": intent.everybody,
        "own": intent.own,
        "reason": intent.reason,
        "remind": intent.remind.value if intent.remind else None,
        "leave": intent.leave.value if intent.leave else None,
        "reference": intent.reference,
        "confirmed": intent.confirmed,
        "period": intent.period,
        "form": intent.form,
        "page": intent.page,
        "late_first": intent.late_first,
        "compares": intent.compares,
        "none_reason": intent.none_reason.value if intent.none_reason else None,
        "unsure": intent.unsure,
        "stray": intent.stray,
        "at_sign": intent.at_sign,
        "by_location": intent.by_location,
        "beside": as_dict(intent.beside.punch) if intent.beside else None,
        "why": [{"rule": item.rule, "words": item.words} for item in intent.why],
    }
