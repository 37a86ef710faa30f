"""Read the request of a message: a pressed button, an answer to an ask, or words."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.actions import Absent, Action, Excuse, History, MyDay, Nudge, Punch, Summary, Whom, Why
from bot.chat.buttons import Buttons
from bot.domain.messages import Message, MessageKind
from bot.domain.people import Employee
from bot.errors import UserError
from bot.services.use_cases import Services
from bot.storage.buttons import KeptButton
from bot.storage.presses import Press
from bot.understanding import Act, Understood, complete, is_yes, language_of, understand
from bot.understanding.decide import PERSON, is_plain_nudge
from bot.views.reply import Language


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a message asks for.

    `action` is None where nothing was understood; then `choices` are the likeliest actions, if any. `sure` tells
    that the action needs no confirmation. `press` uses up the button; `by_button` tells that one was pressed.
    """

    action: Action | None = None
    sure: bool = False
    choices: tuple[Action, ...] = ()
    press: Press | None = None
    by_button: bool = False


class Reader:
    """Reads typed messages. Buttons come first, then answers to an ask, then words."""

    def __init__(self, buttons: Buttons, services: Services) -> None:
        self._buttons = buttons
        self._sites = services.places.known_to
        self._names = services.directory.names
        self._date_of = services.punches.date_of

    def understood(self, message: Message, who: Employee | None = None) -> Understood:
        """Return what the words of a message say, whatever was said before."""
        today, sites = self._date_of(message.at), self._sites_of(who)
        return understand(message.text, today=today, sites=sites, names=self._names())

    def language_of(self, message: Message, who: Employee | None = None) -> Language:
        """Return the language of a message; names of people and sites have none."""
        return language_of(message.text, self._sites_of(who), self._names())

    def _sites_of(self, who: Employee | None) -> Sequence[str]:
        return [name for site in self._sites(who) for name in (site.name, *site.aliases)] if who else ()

    async def read(self, who: Employee, message: Message) -> Wanted:
        """Return what a message asks for.

        Raises UserError for a button that cannot be pressed and for a punch that mentions somebody; StoreRefused.
        """
        said = self.understood(message, who)
        button = await self._buttons.pressed(who, message)
        if button is not None:
            return _press(button)
        if message.mentioned_user_ids:
            plain = is_plain_nudge(self._names().without_names(message.text, PERSON))
            return Wanted(about(message.mentioned_user_ids, said), sure=plain)
        opened = await self._buttons.open(who, message)
        today, sites, names = self._date_of(message.at), self._sites_of(who), self._names()
        for kept in opened:
            whole = kept.slot and complete(
                kept.action, kept.slot, message.text, intent=said.intent, today=today, sites=sites, names=names
            )
            if isinstance(whole, Action):
                return Wanted(whole, sure=kept.sure, press=Press(who.user_id, kept.reply_id))
        offered = [one for one in opened if one.slot is None]
        if len(offered) == 1 and offered[0].sure and is_yes(message.text) and not message.is_group:
            return _press(offered[0])
        await self._buttons.close(opened, message)
        wanted = self._by_words(message, said)
        if isinstance(wanted.action, Punch) and any(
            kept.slot and not isinstance(kept.action, Punch) for kept in opened
        ):
            return replace(wanted, sure=False)  # perhaps half an answer to the ask
        return wanted

    def _by_words(self, message: Message, said: Understood) -> Wanted:
        """Return what a message says by itself."""
        if not said.actions:
            return Wanted()
        first = said.actions[0]
        if said.act is Act.CHOOSE:
            choices = (dated(one, message) if isinstance(one, Punch) else one for one in said.actions)
            return Wanted(choices=tuple(choices))
        return Wanted(first, sure=said.act is Act.DO)


def dated(punch: Punch, message: Message) -> Punch:
    """Return a punch with the time of the message that first asked for it, so that asking makes nobody late."""
    by_voice = punch.by_voice or message.kind is MessageKind.VOICE
    at, received_at = (message.at, message.received_at) if punch.at is None else (punch.at, punch.received_at)
    return punch.model_copy(update={"at": at, "received_at": received_at, "by_voice": by_voice})


def about(mentioned: Sequence[str | None], said: Understood) -> Action:
    """Return the action about the one person mentioned. Nobody is punched for somebody else.

    Raises UserError where the message asks for something that is not about somebody else.
    """
    person = mentioned[0] if len(mentioned) == 1 else None
    action = next((one for one in said.actions if not isinstance(one, Punch)), None)
    if person is not None and "nudge" in said.intents:
        return Nudge(person=person)
    if person is not None:
        match action:
            case Excuse():
                return action.model_copy(update={"person": person})
            case Why():
                return action.model_copy(update={"whom": Whom(person=person)})
            case Summary() | History() | Absent():
                return Summary(whom=Whom(person=person), days=action.days)
            case MyDay():
                return Summary(whom=Whom(person=person))
    raise UserError("message.mentions")


def _press(button: KeptButton) -> Wanted:
    press = Press(button.user_id, button.reply_id) if button.sure else None
    return Wanted(button.action, sure=button.sure, press=press, by_button=True)
