"""What the bot sends beside its sentences: a picture or a file."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath

MOST_BYTES = 20_000_000  # DingTalk takes 20 MB and does not say of which kind; decimal ones are safe in both
FILE_TYPES = frozenset({"xlsx", "pdf", "zip", "rar", "doc", "docx"})  # those a file message is documented for


class AttachmentKind(StrEnum):
    """How it is shown; the words are those of `media/upload`."""

    IMAGE = "image"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A picture (PNG) or a file, whole in memory. `name` is what people see and save it under."""

    kind: AttachmentKind
    name: str
    content: bytes

    @property
    def file_type(self) -> str:
        """Return the ending of the name, without its dot."""
        return PurePosixPath(self.name).suffix.removeprefix(".").lower()
