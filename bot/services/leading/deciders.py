"""Who decides on a make-up request: whoever leads the person by now, administrators where nobody does."""

from collections.abc import Collection

from bot.domain.corrections import Correction
from bot.domain.teams import told_about
from bot.services.organisation.directory import Directory
from bot.services.organisation.visibility import Visibility


class Deciders:
    """Knows, by the directory of the moment, who is asked and who may decide."""

    def __init__(self, directory: Directory, visibility: Visibility, admins: Collection[str]) -> None:
        """Take `admins` to be asked where somebody has no lead."""
        self._directory = directory
        self._visibility = visibility
        self._admins = frozenset(admins)

    @property
    def are_known(self) -> bool:
        """Tell whether the directory was read, without which nobody is known to lead anybody."""
        return self._directory.is_read

    def name_of(self, user_id: str) -> str:
        """Return a person's name, their user id while the directory does not know it."""
        return self._directory.name_of(user_id) or user_id

    def hears(self, user_id: str) -> bool:
        """Tell whether a person is still there to be told."""
        return self._directory.is_active(user_id)

    def asked_of(self, user_id: str) -> frozenset[str]:
        """Return who is asked to decide for somebody, by user id."""
        leads = self._directory.teams().leads_of(user_id)
        return told_about(user_id, leads, self._admins, self._directory.is_active)

    def may_decide(self, by: str, correction: Correction) -> bool:
        """Tell whether somebody may decide a request now."""
        return self._visibility.may_decide(by, correction.user_id)

    async def is_known_whose(self, by: str, correction: Correction) -> bool:
        """Tell whether it is known now whether somebody may decide a request. Raises StoreRefused."""
        if not await self._visibility.is_role_settled(by):
            return False
        return await self._visibility.is_team_known(correction.user_id, to=by)

    async def is_role_known(self, by: str) -> bool:
        """Tell whether it is known now whether somebody decides for others at all. Raises StoreRefused."""
        return await self._visibility.is_role_known(by)

    async def decided_by(self, by: str, user_ids: Collection[str]) -> Collection[str] | None:
        """Return for whom of `user_ids` somebody decides now, None if that is not known. Raises StoreRefused."""
        return await self._visibility.decided_by(by, user_ids)

    def may_have_moved(self, user_id: str) -> bool:
        """Tell whether a person may be with another lead than the directory has it."""
        return self._directory.may_have_moved(user_id)
