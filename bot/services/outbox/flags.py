"""Notes to leads about flagged positions: site and distance, no coordinates."""

from collections.abc import Callable, Sequence

from bot.domain.outbox import Owed
from bot.domain.positions import Flag, FlagKind
from bot.domain.teams import told_about
from bot.i18n import Texts
from bot.services.organisation.directory import Directory
from bot.services.organisation.visibility import Visibility
from bot.services.outbox.messages import NotYet, Settled
from bot.storage.outbox import Outbox
from bot.views.leading import flag_note
from bot.views.reply import Language, Reply


class FlagWording:
    """Owes a flag to everybody who leads the person, else to the administrators, and says it to each."""

    def __init__(
        self,
        rows: Outbox,
        directory: Directory,
        texts: Callable[[Language], Texts],
        *,
        visibility: Visibility,
        admins: Sequence[str],
        language_of: Callable[[str], Language],
    ) -> None:
        self._rows = rows
        self._directory = directory
        self._texts = texts
        self._visibility = visibility
        self._admins = tuple(admins)
        self._language_of = language_of

    async def word(self, owed: Owed) -> Reply | None:
        """Return what a lead is told, None once they lead the person no more.

        A row without recipient becomes one for each lead. Raises NotYet, Settled, StoreRefused.
        """
        assert owed.punch is not None, "a flag is about a punch"
        leads = await self._leads_of(owed.punch.user_id)
        if not owed.recipient:
            await self._rows.address(owed, leads)
            raise Settled
        if owed.recipient not in leads:
            return None
        flags = [Flag(FlagKind(kind), *details) for kind, *details in owed.payload]
        name = self._directory.name_of(owed.punch.user_id) or owed.punch.user_id
        return flag_note(owed.punch, flags, name, self._texts(self._language_of(owed.recipient)))

    async def _leads_of(self, user_id: str) -> Sequence[str]:
        """Return the leads to tell about a person. Raises NotYet while they are not known."""
        if not self._directory.is_read or not await self._visibility.is_team_known(user_id):
            raise NotYet
        led_by = self._directory.teams().leads_of(user_id)  # only now: another process may have read them anew
        leads = sorted(told_about(user_id, led_by, self._admins, self._directory.is_active))
        for lead in leads:
            if not await self._visibility.is_role_settled(lead):
                raise NotYet
        return leads
