"""What was uploaded: checked as DingTalk documents it, shown and offered by the page."""

import mimetypes
import re
import secrets
from urllib.parse import quote

from aiohttp import web

from bot.sandbox.api import Json, Medium, Refused, State, api
from bot.sandbox.clock import to_ms
from bot.sandbox.talk import Content

_MOST_BYTES = 20 * 1024 * 1024
_ENDINGS = {"image": ("jpg", "gif", "png", "bmp"), "file": ("doc", "docx", "xlsx", "zip", "pdf", "rar")}
_BOUNDARY = re.compile(r'multipart/form-data\s*;\s*boundary="?([^";]{1,70})"?', re.IGNORECASE)
_HEAD = re.compile(rb'\bname="media";.*\bfilename="([^"]*)"')


@api("media_upload", "/media/upload", "qyapi_base")
def upload(state: State, request: web.Request, raw: bytes) -> Json:
    """Take one part named `media`, of a type that its `type` takes."""
    kind, (name, content) = request.query.get("type", ""), _part(request, raw)
    if not name.lower().endswith(_ENDINGS.get(kind, ())):
        raise Refused(40005, "invalidFileType", "不合法的文件类型")
    if not 0 < len(content) <= _MOST_BYTES:
        raise Refused(40006, "invalidFileSize", "不合法的文件大小")
    media_id = f"$sandbox{secrets.token_hex(8)}"
    state.uploads[media_id] = Medium(kind, name, content)
    return {"media_id": media_id, "created_at": to_ms(state.now()), "type": kind}


def shown_image(state: State, content: Json) -> Content:
    """Return the content of a `sampleImageMsg`."""
    media_id = content.get("photoURL")
    medium = _uploaded(state, media_id, "image")
    return Content(f"🖼 {medium.name}", _as_json(media_id, medium))


def shown_file(state: State, content: Json) -> Content:
    """Return the content of a `sampleFile`."""
    media_id, name, file_type = (content.get(field) for field in ("mediaId", "fileName", "fileType"))
    medium = _uploaded(state, media_id, "file")
    if not isinstance(name, str) or not name or file_type not in _ENDINGS["file"]:
        raise Refused(400002, "invalidParameter.fileType", f"fileType is none of {_ENDINGS['file']}")
    return Content(f"📎 {name}", {**_as_json(media_id, medium), "name": name})


async def serve(state: State, request: web.Request) -> web.Response:
    """Answer with an upload, for the page and tests."""
    medium = state.uploads.get(request.match_info["media_id"])
    if medium is None:
        raise web.HTTPNotFound
    headers = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'"}
    content_type = mimetypes.guess_type(medium.name)[0] or "application/octet-stream"
    return web.Response(body=medium.content, content_type=content_type, headers=headers)


def _uploaded(state: State, media_id: object, kind: str) -> Medium:
    medium = state.uploads.get(str(media_id))
    if medium is None or medium.kind != kind:
        raise Refused(400002, "invalidParameter.mediaId", f"{media_id} is not the id of an upload of type {kind}")
    return medium


def _as_json(media_id: object, medium: Medium) -> Json:
    return {"kind": medium.kind, "url": f"/_sandbox/media/{quote(str(media_id), safe='')}", "name": medium.name}


def _part(request: web.Request, raw: bytes) -> tuple[str, bytes]:
    """Return name and content of the form's part `media`."""
    boundary = _BOUNDARY.fullmatch(request.headers.get("Content-Type", ""))
    parts = (b"\r\n" + raw).split(b"\r\n--" + boundary[1].encode()) if boundary else []
    for part in parts[1:-1]:
        head, _, content = part.partition(b"\r\n\r\n")
        found = _HEAD.search(head)
        if found:
            return found[1].decode("utf-8", "replace"), content
    raise Refused(40035, "InvalidBody", "the form has no part named media that is a file")
