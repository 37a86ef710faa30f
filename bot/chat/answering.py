"""Answer one message: identify the sender, read the request, call the handler, catch errors."""

import logging
import secrets
from dataclasses import replace

from bot.chat.context import ROUTES, Answer, Context, ReceiptDue, answer_of
from bot.chat.reading import Reader, Request
from bot.domain.messages import Message, MessageKind, Sender
from bot.domain.people import Employee
from bot.domain.slots import Action, Slot
from bot.errors import ClaimLost, StoreRefused, UserError
from bot.services.services import Services
from bot.services.speaking import for_markdown
from bot.storage.database import AlreadyPressed, carrying_out
from bot.understanding.understand import language_of
from bot.views import offers
from bot.views.i18n import Language, Texts
from bot.views.sentences import Reply, sentence

log = logging.getLogger(__name__)

OTHER_ORGANISATION = "another organisation"  # this trouble lasts until a restart with the right id


class Answering:
    """The work around every handler: identity, reading, buttons, errors."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._reader = Reader(services)

    async def answer(self, message: Message) -> Answer:
        """Return the answer to `message`. A bug becomes an apology.

        Raises StoreRefused, and ClaimLost if another process has the message by now.
        """
        texts = self._services.texts(self.language_of(message))
        try:
            await self._admit(message)
            who = await self._services.directory.identify(message)
            if message.kind in (MessageKind.UNREADABLE, MessageKind.QUOTA):
                is_quota = message.kind is MessageKind.QUOTA
                return sentence("message.quota" if is_quota else "message.unreadable", texts)
            wanted = await self._reader.read(who, message)
            if wanted.press is not None or wanted.by_button:  # the words are not the person's own
                texts = await self._services.texts_for(who.user_id)
            elif message.has_words:
                await self._services.reminder_plan.remember_language(
                    who.user_id, texts.language, message.at
                )
            return await self._run_handler(who, message, wanted, texts)
        except UserError as error:
            return sentence(error.code, texts, **error.params)
        except AlreadyPressed:
            return sentence("button.used", texts)
        except (StoreRefused, ClaimLost):
            raise
        except Exception:
            reference = secrets.token_hex(4)
            log.exception("a handler failed because of a bug, reference %s", reference)
            self._services.metrics.count_refusal("bug")
            return sentence("message.bug", texts, reference=reference)

    async def carry_out(
        self, who: Employee, action: Action, language: Language, message_id: str
    ) -> Reply:
        """Return the answer to an action of the page. Raises StoreRefused.

        A request with the same `message_id` is the same request. Others have none ("").
        """
        sender = Sender(who.user_id, who.union_id, None)
        now = self._services.now
        message = Message(
            message_id,
            sender,
            "",
            is_group=False,
            kind=MessageKind.TEXT,
            text="",
            sent_at=now,
            received_at=now,
        )

        context = Context(
            who=who,
            message=message,
            texts=self._services.texts(language),
            services=self._services,
            sure=True,
            by_button=True,
        )
        answer = await answer_of(context, action)
        assert isinstance(answer, Reply), "what the page asks for is answered by a reply"
        return answer

    async def _admit(self, message: Message) -> None:
        """Raise UserError for a message from another organisation. Log and count it, and alert
        once.

        A wrong `dingtalk.corp_id` looks like a stranger in a group, so the alert has both ids.
        """
        ours = self._services.settings.dingtalk.corp_id or message.robot_corp_id
        theirs = message.sender.corp_id
        if not ours or not theirs or theirs == ours:
            return
        log.warning(
            "refused a message from organisation %s: this bot serves organisation %s", theirs, ours
        )
        self._services.metrics.count_refusal("other_organisation")
        await self._services.operators.alert(
            OTHER_ORGANISATION,
            "alert.other_organisation",
            theirs=for_markdown(theirs),
            ours=for_markdown(ours),
        )
        raise UserError("who.other_org")

    def language_of(self, message: Message) -> Language:
        """Return the language of a message, or its sender's language if it has no words, such as 👍."""
        if message.has_words:
            sites = self._services.places.names_for()
            return language_of(message.text, sites, self._services.directory.view.names)
        user_id = message.sender.user_id
        return (
            self._services.language
            if user_id is None
            else self._services.reminder_plan.language_of(user_id)
        )

    async def _run_handler(
        self,
        who: Employee,
        message: Message,
        wanted: Request,
        texts: Texts,
    ) -> Answer:
        """Call the handler, and store the buttons of its reply."""
        if wanted.choices:
            return await self._reader.keep(who, message, offers.which(wanted.choices, texts))
        if wanted.action is None:
            return offers.not_understood(texts, in_group=message.is_group)
        if getattr(wanted.action, "unclear_days", False) and wanted.action.lacks() is Slot.DAYS:
            return await self._reader.keep(who, message, offers.which_days(wanted.action, texts))
        context = Context(
            who=who,
            message=message,
            texts=texts,
            services=self._services,
            sure=wanted.sure or not wanted.action.changes,
            by_button=wanted.by_button,
        )
        with carrying_out(message.message_id, wanted.press):
            answer = await answer_of(context, wanted.action)
        if isinstance(answer, ReceiptDue):
            return answer
        if not ROUTES[type(wanted.action)].in_group:
            answer = replace(answer, private=True)
        return await self._reader.keep(who, message, answer)
