"""What people ask to be put right, what leads do about it, and what is told of one's own data."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from bot.domain.corrections import CorrectionPolicy
from bot.i18n import language_or
from bot.services.leading.corrections import CorrectionService
from bot.services.leading.deciders import Deciders
from bot.services.leading.excuses import ExcuseService
from bot.services.leading.external_punches import ExternalPunches
from bot.services.leading.notes import NoteDesk
from bot.services.organisation.rosters import Rosters
from bot.services.organisation.visibility import Visibility
from bot.services.punching.speakers import Speaker
from bot.services.reporting.past_days import PastDays
from bot.services.reporting.privacy import PrivacyService
from bot.services.upkeep.leases import Lease
from bot.settings import Settings
from bot.views.reply import Language
from bot.wiring.organisation import Surroundings


def correction_policy_of(settings: Settings) -> CorrectionPolicy:
    """Return what the company allows of make-up punches."""
    rules = settings.corrections
    return CorrectionPolicy(
        enabled=rules.enabled,
        monthly=rules.monthly,
        oldest_days=rules.oldest_days,
        needs_reason=rules.needs_reason,
        expires_after=timedelta(days=rules.expires_days),
    )


def language_of(around: Surroundings) -> Callable[[str], Awaitable[Language]]:
    """Return what tells in which language somebody is spoken to: the one they wrote last."""

    async def language(user_id: str) -> Language:
        return language_or((await around.store.wishes.get(user_id)).language, around.settings.language)

    return language


def corrections_of(
    around: Surroundings, rosters: Rosters, visibility: Visibility, past: PastDays
) -> CorrectionService:
    """Return what takes requests for make-up punches and decisions on them."""
    store, settings = around.store, around.settings
    deciders = Deciders(around.directory, visibility, settings.roles.admins)
    return CorrectionService(
        corrections=store.corrections,
        ledger=store.ledger,
        external=ExternalPunches(store.native_punches, past, settings.zone),
        rosters=rosters,
        deciders=deciders,
        targets=[target.name for target in (*around.dingtalk.targets, *around.dingtalk.for_corrections)],
        policy=correction_policy_of(settings),
        language_of=language_of(around),
        clock=around.clock,
        zone=settings.zone,
    )


def excuses_of(around: Surroundings, rosters: Rosters, visibility: Visibility) -> ExcuseService:
    """Return what lets leads excuse a day."""
    settings = around.settings
    return ExcuseService(
        excuses=around.store.excuses,
        rosters=rosters,
        visibility=visibility,
        oldest_days=settings.corrections.oldest_days,
        clock=around.clock,
        zone=settings.zone,
    )


def notes_of(
    around: Surroundings,
    requests: CorrectionService,
    *,
    speaker: Speaker,
    lease: Lease,
) -> NoteDesk:
    """Return what tells people of requests, decisions and excuses."""
    store = around.store
    return NoteDesk(
        notes=store.notes,
        corrections=store.corrections,
        requests=requests,
        excuses=store.excuses,
        ledger=store.ledger,
        speaker=speaker,
        lease=lease,
        clock=around.clock,
        texts=around.texts,
        language_of=language_of(around),
        round_s=around.patience.owed_s,
    )


def privacy_of(around: Surroundings, visibility: Visibility) -> PrivacyService:
    """Return what answers what is stored about somebody."""
    settings = around.settings
    return PrivacyService(
        rows=around.store.stored_rows,
        wishes=around.store.wishes,
        directory=around.directory,
        visibility=visibility,
        admins=settings.roles.admins,
        targets=[target.name for target in (*around.dingtalk.targets, *around.dingtalk.for_corrections)],
        keep_positions=timedelta(days=settings.retention.coordinates_days),
    )
