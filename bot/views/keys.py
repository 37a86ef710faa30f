"""Keys of the sentences that stand for one value each, such as a standing or a weekday."""

from bot.domain.day import Standing
from bot.domain.quota import Economy
from bot.domain.shifts import CheckType, TimeResult
from bot.domain.sites import Unusable

STANDINGS = {
    Standing.MISSING: "standing.missing",
    Standing.UNKNOWN: "standing.unknown",
    Standing.LATE: "standing.late",
    Standing.OUTSIDE: "standing.outside",
    Standing.NOT_YET_DUE: "standing.not_yet_due",
    Standing.ON_TIME: "standing.on_time",
    Standing.EXCUSED: "standing.excused",
    Standing.ON_LEAVE: "standing.on_leave",
    Standing.OFF: "standing.off",
}
VERDICTS = {
    TimeResult.NORMAL: "time.Normal",
    TimeResult.EARLY: "time.Early",
    TimeResult.LATE: "time.Late",
    TimeResult.SERIOUS_LATE: "time.SeriousLate",
    TimeResult.ABSENTEEISM: "time.Absenteeism",
    TimeResult.UNKNOWN: "time.unknown",
}
# The same verdicts by less than a minute.
VERDICTS_IN_SECONDS = {
    TimeResult.EARLY: "time.Early_seconds",
    TimeResult.LATE: "time.Late_seconds",
}
CHECK_TYPES = {
    CheckType.ON_DUTY: "punch.on_duty",
    CheckType.OFF_DUTY: "punch.off_duty",
}
CLOCK_BUTTONS = {
    CheckType.ON_DUTY: "button.clock_in",
    CheckType.OFF_DUTY: "button.clock_out",
}
CLOCK_BUTTONS_BY_PAGE = {
    CheckType.ON_DUTY: "button.clock_in_by_page",
    CheckType.OFF_DUTY: "button.clock_out_by_page",
}
WORDS_OF_BUTTONS = {  # the words that a pressed button says
    "button.all_missing": "button.all_missing_says",
    "button.clock_in": "button.clock_in_says",
    "button.clock_in_by_page": "button.clock_in_by_page_says",
    "button.clock_out": "button.clock_out_says",
    "button.clock_out_by_page": "button.clock_out_by_page_says",
    "button.help": "button.help_says",
    "button.leave_over": "button.leave_over_says",
    "button.snooze": "button.snooze_says",
    "button.status": "button.status_says",
}
POSITIONS_ASKED_FOR_AGAIN = {
    Unusable.UNTRUSTED: "ask.untrusted",
    Unusable.COARSE: "ask.coarse",
    Unusable.STALE: "ask.stale",
}
POSITIONS_NOT_TAKEN = {
    Unusable.UNTRUSTED: "place.untrusted",
    Unusable.COARSE: "place.coarse",
    Unusable.STALE: "place.stale",
}
SAVINGS = {
    Economy.NO_DIGESTS: "alert.saving_1",
    Economy.LATE_REMINDERS: "alert.saving_2",
    Economy.PUNCHES_ONLY: "alert.saving_3",
}
