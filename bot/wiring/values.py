"""Values of the rules, built from the settings."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from bot.domain.agenda import ReminderPolicy, Speaking
from bot.domain.deliveries import APPROVE_CHECK
from bot.domain.digests import DigestKind, DigestRules, never_due
from bot.domain.members import EVERYBODY, Members
from bot.domain.punches import PunchPolicy
from bot.domain.shifts import Section, Shift
from bot.domain.sites import Site
from bot.i18n import Texts
from bot.services.organisation.roster_reading import JOB
from bot.services.organisation.rosters import Assignment
from bot.services.upkeep.leases import FOR_EVER_S, LASTS_S
from bot.services.upkeep.waiting import TOO_LONG_S
from bot.settings import MemberSettings, Settings, ShiftSettings
from bot.views.reply import Language

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DIGESTS = {"daily": DigestKind.DAILY, "weekly": DigestKind.WEEKLY, "monthly": DigestKind.MONTHLY}


@dataclass(frozen=True, slots=True)
class Patience:
    """How long is waited, in seconds.

    For a target's answer; for targets before a receipt is given; between looks for a punch of unknown outcome;
    between looks for what is due at targets, for messages that nobody works on, and for what people are owed;
    between two tries of a target that rests; between looks for punches to seal; between looks whether the punches
    confirmed last are still there; before somebody hears that an answer takes longer, and before they hear that
    theirs is queued; for what a punch wants to know from DingTalk (a name, plans, places); for all of a team's
    day; for the body of a call of the page, and for the head of a request.
    `reminds` tells whether people to be reminded are looked for every minute.
    """

    call_s: float = 10.0
    receipt_s: float = 3.0
    lookup_s: tuple[float, ...] = (2.0, 8.0, 20.0)
    round_s: float = 1.0
    inbox_s: float = 1.0
    owed_s: float = 2.0
    probe_s: float = 5.0
    seal_s: float = 20.0
    confirmed_s: float = 5.0
    reminds: bool = True
    progress_s: float = 3.0
    waiting_s: float = TOO_LONG_S
    facts_s: float = 2.0
    team_s: float = 5.0
    body_s: float = 10.0
    head_s: float = 10.0


def texts_of(settings: Settings) -> Callable[[Language], Texts]:
    """Return what makes the sentences of a language, in the organisation's time zone."""
    made: dict[Language, Texts] = {language: Texts(language, settings.zone) for language in ("zh", "en")}
    return made.__getitem__


def sites_of(settings: Settings) -> list[Site]:
    """Return the configured sites."""
    return [
        Site(
            *(site.name, site.latitude, site.longitude, site.radius_m, site.datum, tuple(site.aliases)),
            members_of(site.people),
        )
        for site in settings.sites
    ]


def members_of(people: MemberSettings | Literal["all"]) -> Members:
    """Return whom a configured site or shift is for."""
    if people == "all":
        return EVERYBODY
    return Members(frozenset(people.departments), frozenset(people.users))


def policy_of(settings: Settings) -> PunchPolicy:
    """Return what the company allows."""
    rules = settings.clock_in
    return PunchPolicy(
        max_age=timedelta(hours=rules.max_age_hours),
        location_required=rules.location == "required",
        refuse_outside=rules.outside == "reject",
    )


def speaking_of(settings: Settings) -> Speaking:
    """Return when people may be spoken to unasked."""
    quiet_hours = reminder_policy_of(settings).quiet_hours
    return Speaking(quiet_hours, settings.zone, shadow=settings.reminders.mode == "shadow")


def assignment_of(shift: ShiftSettings) -> Assignment:
    """Return a configured shift with whom it is for."""
    sections = tuple(Section(start, end) for start, end in shift.sections)
    plan = Shift(shift.name, sections, shift.earliest_minutes, shift.latest_minutes, shift.grace_minutes)
    weekdays = frozenset(WEEKDAYS.index(day) for day in shift.days)
    return Assignment(plan, weekdays, members_of(shift.people), shift.holidays)


def reminder_policy_of(settings: Settings) -> ReminderPolicy:
    """Return when the company wants people to be reminded."""
    rules = settings.reminders
    return ReminderPolicy(
        before_minutes=tuple(rules.before_minutes),
        after_minutes=tuple(rules.after_minutes),
        most=rules.most,
        escalate_minutes=rules.escalate_minutes,
        quiet_hours=rules.quiet_hours,
    )


def digest_rules_of(settings: Settings) -> DigestRules:
    """Return when summaries come by themselves."""
    rules = settings.summaries.digests
    default = frozenset(DIGESTS[name] for name in rules.default)
    return DigestRules(rules.daily_minutes, rules.weekly, rules.monthly, default)


def never_due_of(settings: Settings) -> frozenset[DigestKind]:
    """Return the summaries that the configuration alone tells to fall into quiet hours whenever they are due.

    The daily one follows the start of a shift, so it is told of where the configuration has the shifts.
    """
    shifts = settings.schedule.shifts if settings.schedule.source == "config" else ()
    starts = [[datetime.combine(date.min, shift.sections[0][0])] for shift in shifts]
    return never_due(digest_rules_of(settings), settings.reminders.quiet_hours, starts)


def without_operator(settings: Settings) -> dict[str, str]:
    """Return what cannot work while dingtalk.operator_user_id is missing: the key of its sentence, by subject.

    The plans have the subject of their reading, so that one trouble is told once.
    """
    if settings.dingtalk.operator_user_id:
        return {}
    needs = {
        (JOB, "alert.no_operator_plans"): settings.schedule.source == "dingtalk",
        ("sites", "alert.no_operator_sites"): settings.clock_in.sites_from == "dingtalk",
        (APPROVE_CHECK, "alert.no_operator_marks"): settings.corrections.approve_check,
    }
    return dict(need for need, wanted in needs.items() if wanted)


def lease_s_of(settings: Settings) -> float:
    """Return for how many seconds a heartbeat is good: nobody takes over from the one writer of a file."""
    return FOR_EVER_S if settings.store.url.startswith("sqlite") else LASTS_S
