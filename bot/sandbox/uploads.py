"""What was uploaded to the pretend DingTalk, kept in memory."""

import secrets
from collections import OrderedDict
from dataclasses import dataclass

_KEPT = 60  # a real DingTalk forgets none; here the oldest go


@dataclass(frozen=True, slots=True)
class Medium:
    """One upload."""

    media_id: str
    kind: str
    name: str
    content: bytes


class Uploads:
    """The last uploads, by media id."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Medium] = OrderedDict()

    def keep(self, kind: str, name: str, content: bytes) -> Medium:
        """Take one in and return it with its new id."""
        medium = Medium(f"$sandbox{secrets.token_hex(8)}", kind, name, content)
        self._kept[medium.media_id] = medium
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return medium

    def get(self, media_id: str) -> Medium | None:
        return self._kept.get(media_id)
