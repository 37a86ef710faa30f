"""Pictures and files to people: uploaded first, then sent by the id that the upload gave."""

import secrets

from bot.dingtalk.apis import MEDIA_UPLOAD
from bot.dingtalk.limits import Priority
from bot.dingtalk.openapi import OpenApi
from bot.dingtalk.robot import Robot, SendResult, sample
from bot.domain.messages import Attachment
from bot.errors import OutcomeUnknown

DEADLINE_S = 60.0  # 20 MB on a slow line
_CONTENT_TYPES = {"png": "image/png", "zip": "application/zip"}


class Media:
    """Stores attachments at DingTalk and shows them to people. Each call raises UpstreamError, ServiceStopped."""

    def __init__(self, openapi: OpenApi, robot: Robot) -> None:
        self._openapi = openapi
        self._robot = robot

    async def upload(self, attachment: Attachment) -> str:
        """Store an attachment at DingTalk and return its media id, which may be sent any number of times."""
        content_type, body = form(attachment, boundary=secrets.token_hex(16))
        answer = await self._openapi.call(
            MEDIA_UPLOAD,
            body,
            content_type=content_type,
            query={"type": "image" if attachment.is_picture else "file"},
            priority=Priority.DIGEST,
            deadline_s=DEADLINE_S,
        )
        media_id = answer.get("media_id")
        if not isinstance(media_id, str) or not media_id:
            raise OutcomeUnknown(MEDIA_UPLOAD.name, "the upload was taken, but its answer names no media id")
        return media_id

    async def send(self, user_id: str, attachment: Attachment, media_id: str) -> SendResult:
        """Show an uploaded attachment to one person, in their chat with the robot; a second call repeats it."""
        if attachment.is_picture:
            message = sample("sampleImageMsg", {"photoURL": media_id})  # by DingTalk's table it may be a media id
        else:
            names = {"fileName": attachment.name, "fileType": attachment.file_type}
            message = sample("sampleFile", {"mediaId": media_id, **names})
        return await self._robot.batch_send([user_id], message, Priority.DIGEST)


def form(attachment: Attachment, *, boundary: str) -> tuple[str, bytes]:
    """Return content type and body of the multipart form that `media/upload` wants: one part, named `media`."""
    name = "".join("_" if char in '"\\' or not char.isprintable() else char for char in attachment.name)
    head = (
        f"--{boundary}\r\n"
        f'Content-Disposition: form-data; name="media"; filename="{name}"\r\n'
        f"Content-Type: {_CONTENT_TYPES.get(attachment.file_type, 'application/octet-stream')}\r\n\r\n"
    )
    body = b"".join((head.encode(), attachment.content, f"\r\n--{boundary}--\r\n".encode()))
    return f"multipart/form-data; boundary={boundary}", body
