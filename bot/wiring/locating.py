"""What positions are worth, the page that gives them, and what leads are told of them."""

from collections.abc import Callable
from datetime import timedelta
from ipaddress import ip_network
from urllib.parse import urlsplit

from bot.dingtalk.attendance_sites import AttendanceSites
from bot.dingtalk.page_identity import DingTalkPage
from bot.domain.fences import LocationPolicy
from bot.domain.sites import LocationSource
from bot.i18n import LANGUAGES, catalogue, language_or
from bot.services.locating.flag_notes import FlagNotes
from bot.services.locating.places import ConfiguredPlaces, DingTalkPlaces, Places
from bot.services.locating.position_notices import PositionNotices
from bot.services.locating.positions import Positions
from bot.services.organisation.visibility import Visibility
from bot.services.punching.own_punches import OwnPunches
from bot.services.punching.receipts import ReceiptDesk
from bot.services.punching.recording import Recorder
from bot.services.punching.speakers import Speaker
from bot.services.tapping.links import LinkDesk
from bot.services.tapping.page import PageDesk
from bot.services.tapping.tap_replies import TapReplies
from bot.services.tapping.taps import TapService
from bot.services.tapping.visitors import Visitors
from bot.services.upkeep.leases import Lease
from bot.settings import Settings
from bot.understanding.gate import without_positions
from bot.views.reply import Language
from bot.web.connections import Limits
from bot.web.guards import Gate
from bot.web.location import LocationPage, PageRules
from bot.wiring.organisation import Surroundings
from bot.wiring.values import Patience, sites_of

_NO_CHAT = "_no_chat"  # ends the key of a sentence of the page for where nobody can punch in chat


def location_policy_of(settings: Settings) -> LocationPolicy:
    """Return how far the company relies on positions."""
    rules = settings.clock_in
    return LocationPolicy(
        trusted=frozenset(rules.trusted_sources),
        max_accuracy_m=rules.max_accuracy_m,
        max_age=timedelta(seconds=rules.max_fix_age_s),
        accuracy_cap_m=rules.accuracy_cap_m,
    )


def positions_of(around: Surroundings) -> Positions:
    """Return what judges positions."""
    return Positions(_places_of(around), location_policy_of(around.settings))


def _places_of(around: Surroundings) -> Places:
    settings = around.settings
    if settings.clock_in.sites_from == "config":
        return ConfiguredPlaces(sites_of(settings))
    operator = settings.dingtalk.operator_user_id or ""
    reader = AttendanceSites(around.dingtalk.openapi, operator_user_id=operator)
    return DingTalkPlaces(reader, around.clock, patience_s=around.patience.facts_s)


def links_of(around: Surroundings, served: Callable[[], str]) -> LinkDesk | None:
    """Return what makes links to the page at `web.public_url`, None without one; `served` is our own address."""
    url = around.settings.web.public_url
    if url is None:
        return None
    return LinkDesk(around.store.links, around.clock, base=lambda: public_url(url, served()))


def taps_of(around: Surroundings, recorder: Recorder, own: OwnPunches, positions: Positions) -> TapService:
    """Return what punches by taps on the page."""
    settings = around.settings
    phones = around.store.phones if settings.clock_in.new_phone == "ask" else None
    return TapService(
        around.store.tap_questions,
        phones,
        recorder=recorder,
        own=own,
        positions=positions,
        zone=settings.zone,
        clock=around.clock,
    )


def public_url(configured: str, served: str) -> str:
    """Return the configured address; its port 0 stands for the one that `web.port` 0 was given."""
    port = urlsplit(configured).port
    return served if port == 0 else configured


def page_of(
    around: Surroundings,
    *,
    own: OwnPunches,
    positions: Positions,
    taps: TapService,
    desk: ReceiptDesk,
    notices: PositionNotices,
    speaker: Speaker,
    served: Callable[[], str],
) -> LocationPage | None:
    """Return the page, None without `web.public_url`."""
    settings = around.settings
    url = settings.web.public_url
    if url is None:
        return None
    use_cases = PageDesk(
        visitors=Visitors(around.store.links, around.directory, taps, _identity_of(around)),
        links=around.store.links,
        notices=notices,
        own=own,
        positions=positions,
        taps=taps,
        replies=TapReplies(taps, desk, speaker, around.texts),
        refuse_outside=settings.clock_in.outside == "reject",
        without_positions=without_positions,
    )
    rules = PageRules(
        kept_days=settings.retention.coordinates_days,
        in_dingtalk=settings.dingtalk.agent_id is not None,
        max_age_s=positions.policy.max_age.total_seconds(),
        body_s=around.patience.body_s,
    )
    words: dict[str, dict[str, str]] = {
        language: _words(language, by_chat=_by_chat(settings)) for language in LANGUAGES
    }
    gate = Gate(around.clock.monotonic, proxies=[ip_network(one) for one in settings.web.trusted_proxies])
    return LocationPage(
        use_cases,
        words,
        gate,
        rules,
        base=lambda: public_url(url, served()),
        local_time=around.texts(settings.language).clock,
        to_the_second=around.texts(settings.language).clock_to_the_second,
    )


def port_limits_of(settings: Settings, patience: Patience) -> Limits:
    """Return how many connections the web port holds, and for how long they may keep it waiting."""
    proxies = [ip_network(one) for one in settings.web.trusted_proxies]
    return Limits(head_s=patience.head_s, proxies=proxies)


def flag_notes_of(
    around: Surroundings, visibility: Visibility, language_of: Callable[[str], str | None], lease: Lease
) -> FlagNotes:
    """Return what tells leads."""
    settings = around.settings
    return FlagNotes(
        around.store.flags,
        around.dingtalk.robot,
        around.directory,
        around.clock,
        around.texts,
        visibility=visibility,
        admins=settings.roles.admins,
        language_of=lambda user_id: language_or(language_of(user_id), settings.language),
        lease=lease,
        round_s=around.patience.owed_s,
    )


def _identity_of(around: Surroundings) -> DingTalkPage | None:
    app = around.settings.dingtalk
    if app.agent_id is None or app.corp_id is None:
        return None
    return DingTalkPage(
        around.dingtalk.openapi, around.clock, agent_id=app.agent_id, corp_id=app.corp_id, client_id=app.client_id
    )


def _by_chat(settings: Settings) -> bool:
    """Tell whether somebody whom the page does not serve can punch in chat, which else leads to the page alone."""
    rules = settings.clock_in
    has_sites = bool(settings.sites) or rules.sites_from != "config"
    named = LocationSource.NAMED in rules.trusted_sources and has_sites
    return rules.location == "optional" or named or LocationSource.TYPED in rules.trusted_sources


def _words(language: Language, *, by_chat: bool) -> dict[str, str]:
    """Return the sentences of the page itself; those that advise the chat only where one can punch there."""
    said = {
        key.removeprefix("page."): text for key, text in catalogue(language).items() if key.startswith("page.")
    }
    instead = {key.removesuffix(_NO_CHAT): said.pop(key) for key in tuple(said) if key.endswith(_NO_CHAT)}
    return said if by_chat else said | instead
