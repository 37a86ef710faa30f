"""Keys of the sentences that stand for one value each, such as a standing or a weekday."""

from bot.domain.day import Standing

MARKS = {  # shorter, for charts and spreadsheets
    Standing.MISSING: "mark.missing",
    Standing.UNKNOWN: "mark.unknown",
    Standing.LATE: "mark.late",
    Standing.OUTSIDE: "mark.outside",
    Standing.NOT_YET_DUE: "mark.not_yet_due",
    Standing.ON_TIME: "mark.on_time",
    Standing.EXCUSED: "mark.excused",
    Standing.ON_LEAVE: "mark.on_leave",
    Standing.OFF: "mark.off",
}
