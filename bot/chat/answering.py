"""One message to one answer: who sent it, what they mean, which handler, and what to say when that fails."""

import logging
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from bot.chat.context import Answer, Context, ReceiptDue, Services, Waits
from bot.chat.mentions import about_mentioned
from bot.chat.paging import Paging
from bot.chat.routing import Handler, Routes
from bot.domain.messages import Message, MessageKind
from bot.domain.punches import PunchWish
from bot.domain.questions import What
from bot.domain.sites import LocationSource, Site
from bot.errors import AskedLater, StoreRefused, UserError
from bot.i18n import Texts
from bot.services.locating.places import Places
from bot.services.organisation.directory import Directory
from bot.services.organisation.own_organisation import OwnOrganisation
from bot.services.ports import PagedLists
from bot.services.ports.claims import ClaimLost
from bot.understanding import Familiar
from bot.understanding.intents import CHANGES_BESIDE, Intent, IntentName, NoneReason
from bot.understanding.punching.nows import says_now
from bot.understanding.wishing.retractions import takes_back
from bot.views.questions import counting_for
from bot.views.reply import Language, Reply
from bot.views.sentences import sentence

log = logging.getLogger(__name__)

# What the bot asked; whose a tap was is another question than the one about what was said.
_MAY_ANSWER = frozenset({IntentName.CLOCK_IN, IntentName.CLOCK_OUT, IntentName.CONFIRM})
_OF_A_TAP = frozenset({IntentName.TAP_MINE, IntentName.TAP_NOT_MINE})
_SAID_NOTHING = PunchWish(None)


class Answering:
    """The middleware around every handler: identity, understanding, and an error boundary."""

    def __init__(
        self,
        *,
        own_organisation: OwnOrganisation,
        directory: Directory,
        routes: Routes,
        services: Services,
        places: Places,
        texts: Callable[[Language], Texts],
        language: Language,
        lists: PagedLists,
    ) -> None:
        self._own_organisation = own_organisation
        self._directory = directory
        self._routes = routes
        self._services = services
        self._places = places
        self._texts = texts
        self._language = language
        self._familiar = Familiar()
        self._paging = Paging(lists, lambda message: self._understand(message, ()))

    async def answer(self, message: Message, say: Callable[[Reply], Awaitable[None]]) -> Answer | Waits:
        """Return the answer to `message`, or that it waits; a fault of ours becomes an apology.

        A handler whose work takes long may `say` so first. Raises StoreRefused, and ClaimLost where another
        process has the message by now.
        """
        texts = self._texts(self._language)
        try:
            try:
                await self._own_organisation.admit(message)
                who = await self._directory.identify(message)
            except Exception:
                texts = self._texts(self.language_of(message))
                raise
            intent = self._understand(message, self._places.known_to(who))
            texts = self._texts(self._language_of(message, intent, who.user_id))
            if intent is None:
                # A picture or a shared position may be meant for an answer: it says nothing against one.
                await self._services.questions.settle_question(who, message, What.TRY, _SAID_NOTHING)
                return sentence(self._unread(message), texts)
            context = Context(who, message, texts, self._services, self._routes.help_topics, say)
            if message.mentioned_user_ids:
                return await self._answer_mention(context, intent)
            return await self._handle(context, intent)
        except UserError as error:
            return sentence(error.code, texts, **error.params)
        except AskedLater:
            return Waits(sentence("message.asked_later", texts, at=texts.clock(message.at)))
        except (StoreRefused, ClaimLost):
            raise
        except Exception:
            reference = secrets.token_hex(4)
            log.exception("a handler failed in a way nobody foresaw, reference %s", reference)
            return sentence("message.bug", texts, reference=reference)

    def language_of(self, message: Message) -> Language:
        """Return the language to answer in while nobody can be looked up and nothing be read or written.

        The company's for a text that understanding fails on: what is to be said must not be lost for its language.
        """
        try:
            intent = self._understand(message, ())
        except Exception:
            log.exception("the language of a message could not be told, in a way nobody foresaw")
            return self._language
        return self._language_of(message, intent, message.sender.user_id)

    def _language_of(self, message: Message, intent: Intent | None, user_id: str | None = None) -> Language:
        """Return the language of a message; without words (👍, a picture) that of its sender, where known."""
        if intent is not None and any(char.isalpha() for char in message.text):
            return intent.language
        return self._language if user_id is None else self._services.wishes.language_of(user_id)

    def _unread(self, message: Message) -> str:
        """Return what is said to a message that is no text; with a place only where one that is named counts."""
        if message.kind is MessageKind.QUOTA:
            return "message.quota"
        named = LocationSource.NAMED in self._services.positions.policy.trusted
        return "message.unreadable" if named else "message.unreadable_placeless"

    def _understand(self, message: Message, sites: Sequence[Site]) -> Intent | None:
        """Return what a text means to somebody who may clock in at `sites`, None for what is no text."""
        if message.kind not in (MessageKind.TEXT, MessageKind.VOICE):
            return None
        today = self._services.own_punches.local_date(message)
        return self._familiar.understand(message.text, today=today, sites=sites)

    async def _answer_mention(self, context: Context, intent: Intent) -> Answer:
        """Let the handler answer what is asked of the mentioned colleague; anything else is done for nobody."""
        who, message = context.who, context.message
        sites = self._places.known_to(who)
        asked = about_mentioned(message, intent, lambda text: self._understand(replace(message, text=text), sites))
        if asked is None:
            context.refused(NoneReason.PROXY)
            await self._services.questions.settle_question(who, message, What.ELSE, None)
            return sentence("message.mentions", context.texts)
        message, intent = asked
        return await self._handle(replace(context, message=message), intent)

    async def _handle(self, context: Context, intent: Intent) -> Answer:
        """Let the handler answer; whatever comes of it but a punch closes the question that was open before."""
        settle = self._services.questions.settle_question
        what, tried = _what(context, intent), None
        if what is What.TRY:
            now = says_now(context.message.text, intent.reason, intent.place_name, *intent.places)
            tried = PunchWish(intent.direction, at=intent.times, now=now)
        try:
            answer = await self._dispatch(context, intent)
        except (StoreRefused, AskedLater, ClaimLost):
            raise  # answered later, when the question must still be there, and meanwhile to be answered by a yes
        except Exception:
            if intent.name not in _OF_A_TAP:  # which is a question of its own
                await settle(context.who, context.message, what, tried)
            raise
        if isinstance(answer, ReceiptDue) or intent.name in _OF_A_TAP:  # the ledger has closed it with the punch
            return answer
        asked = await settle(context.who, context.message, what, tried)
        if asked is not None and asked.asked_late and isinstance(answer, Reply):
            return counting_for(answer, asked.asked_about, asked.expires_at, context.texts)
        return answer

    async def _dispatch(self, context: Context, intent: Intent) -> Answer:
        await self._services.wishes.remember_language(context.who.user_id, context.texts.language)
        unusable = days_unusable(intent, context.texts)
        if unusable is not None:
            return unusable
        turned = await self._paging.turned(context, intent)
        if isinstance(turned, Reply):
            return turned
        context, intent = turned or (context, intent)
        answer = await self._routes.handler(intent.name)(context, intent)
        await self._paging.note(context, intent, answer)
        return answer


def _what(context: Context, intent: Intent) -> What:
    """Return what a message that came to nothing, or was of something else, is to the question before it."""
    if intent.name in _MAY_ANSWER:
        return What.TRY
    if intent.name is IntentName.NONE and intent.none_reason is NoneReason.NOT_ABOUT_US and not intent.unsure:
        return What.ELSE if takes_back(context.message.text) else What.UNCLEAR
    if intent.name not in CHANGES_BESIDE:
        return What.ELSE
    today = context.services.own_punches.local_date(context.message)
    away = intent.name is IntentName.LEAVE and (intent.dates is None or intent.dates.first <= today)
    return What.ELSE if away else What.WISH  # who is on leave today speaks past a punch


def days_unusable(intent: Intent, texts: Texts) -> Reply | None:
    """Return the answer that nothing is done, where of the days named none or several can be meant.

    Beside a punch it is the handler's, which asks about that too.
    """
    if intent.name is IntentName.NONE or intent.beside is not None:
        return None
    if intent.no_such_day:
        return sentence("message.no_such_day", texts)
    return sentence("message.days_apart", texts) if intent.days_apart else None


async def answer_or_why_not(ctx: Context, intent: Intent, handler: Handler) -> Answer:
    """Return what a handler answers, or why there is no answer, where more is to be said beside it."""
    unusable = days_unusable(intent, ctx.texts)
    if unusable is not None:
        return unusable
    try:
        return await handler(ctx, intent)
    except UserError as error:
        return sentence(error.code, ctx.texts, **error.params)
