"""What was uploaded: checked as DingTalk documents it, shown and offered by the page."""

import re
import secrets
from dataclasses import dataclass
from urllib.parse import quote

from aiohttp import web

from bot.sandbox.api import Ask, Json, Refused, State, api
from bot.sandbox.cards import wrong_content
from bot.sandbox.clock import to_ms
from bot.sandbox.talk import Content

_MB = 1024 * 1024
_KEPT = 60  # a real DingTalk forgets none
_ENDINGS = {
    "image": (20 * _MB, {"jpg", "gif", "png", "bmp"}),
    "voice": (2 * _MB, {"amr", "mp3", "wav"}),
    "video": (20 * _MB, {"mp4"}),
    "file": (20 * _MB, {"doc", "docx", "xls", "xlsx", "ppt", "pptx", "zip", "pdf", "rar"}),
}
_BEGINNINGS = {"png": b"\x89PNG\r\n\x1a\n", "jpg": b"\xff\xd8", "gif": b"GIF8", "zip": b"PK", "xlsx": b"PK"}
_SENT_AS_FILE = frozenset({"xlsx", "pdf", "zip", "rar", "doc", "docx"})
_BOUNDARY = re.compile(r'multipart/form-data\s*;\s*boundary="?([^";]{1,70})"?', re.IGNORECASE)
_NAME = re.compile(rb'\bname="([^"]*)"')
_FILENAME = re.compile(rb'\bfilename="([^"]*)"')
_SHOWN = {"png": "image/png", "jpg": "image/jpeg", "gif": "image/gif", "bmp": "image/bmp"}


@dataclass(frozen=True, slots=True)
class Medium:
    """One upload."""

    media_id: str
    kind: str
    name: str
    content: bytes


@api("media_upload", "/media/upload", "qyapi_base", json=False)
def upload(state: State, ask: Ask) -> Json:
    """Take one part named `media`, of a type and size that its `type` takes."""
    kind = ask.query.get("type", "")
    if kind not in _ENDINGS:
        raise Refused(40004, "invalidMediaType", "不合法的媒体文件类型")
    name, content = _part(ask)
    most, endings = _ENDINGS[kind]
    ending = _ending_of(name)
    if ending not in endings or not content.startswith(_BEGINNINGS.get(ending, b"")):
        raise Refused(40005, "invalidFileType", "不合法的文件类型")
    if not content or len(content) > most:
        raise Refused(40006, "invalidFileSize", "不合法的文件大小")
    medium = Medium(f"$sandbox{secrets.token_hex(8)}", kind, name, content)
    state.uploads[medium.media_id] = medium
    if len(state.uploads) > _KEPT:
        del state.uploads[next(iter(state.uploads))]
    ask.call.request["media"] = f"{name}, {len(content)} bytes"
    return {"media_id": medium.media_id, "created_at": to_ms(state.now()), "type": kind}


def shown_image(state: State, content: Json) -> Content:
    """Return the content of a `sampleImageMsg`. Its `photoURL` is an address or the id of an image."""
    source = content.get("photoURL")
    if not isinstance(source, str) or not source:
        raise wrong_content("photoURL must be a text")
    if source.startswith(("https://", "http://")):
        return Content(f"🖼 {source}")
    medium = state.uploads.get(source)
    if medium is None or medium.kind != "image":
        raise Refused(400002, "invalidParameter.photoURL", "photoURL is neither an address nor the id of an image")
    return Content(f"🖼 {medium.name}", _as_json(medium))


def shown_file(state: State, content: Json) -> Content:
    """Return the content of a `sampleFile`."""
    media_id, name, file_type = (content.get(field) for field in ("mediaId", "fileName", "fileType"))
    medium = state.uploads.get(media_id) if isinstance(media_id, str) else None
    if medium is None or medium.kind != "file":
        raise Refused(400002, "invalidParameter.mediaId", "mediaId is not the id of a file")
    if not isinstance(name, str) or not name or file_type not in _SENT_AS_FILE:
        raise Refused(400002, "invalidParameter.fileType", f"fileType is none of {sorted(_SENT_AS_FILE)}")
    return Content(f"📎 {name}", {**_as_json(medium), "name": name})


def routes(state: State) -> list[web.RouteDef]:
    """Return the route that serves uploads to the page, tests and other programs."""

    async def serve(request: web.Request) -> web.Response:
        medium = state.uploads.get(request.match_info["media_id"])
        if medium is None:
            raise web.HTTPNotFound(text="this upload is not kept any more")
        headers = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'"}
        if medium.kind != "image":
            headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(medium.name, safe='')}"
        shown = _SHOWN.get(_ending_of(medium.name), "application/octet-stream")
        return web.Response(body=medium.content, content_type=shown, headers=headers)

    return [web.get("/_sandbox/media/{media_id}", serve)]


def _ending_of(name: str) -> str:
    return name.rpartition(".")[2].lower()


def _as_json(medium: Medium) -> Json:
    url = f"/_sandbox/media/{quote(medium.media_id, safe='')}"
    return {"kind": medium.kind, "url": url, "name": medium.name, "bytes": len(medium.content)}


def _part(ask: Ask) -> tuple[str, bytes]:
    """Return name and content of the form's part `media`."""
    found = _BOUNDARY.fullmatch(ask.headers.get("Content-Type", "").strip())
    if found is None:
        raise Refused(43009, "MissingBody", "the upload must be sent as multipart/form-data")
    mark = b"\r\n--" + found[1].encode()
    for part in (b"\r\n" + ask.raw).split(mark)[1:-1]:
        head, gap, content = part.partition(b"\r\n\r\n")
        name, filename = _NAME.search(head), _FILENAME.search(head)
        if gap and name and name[1] == b"media" and filename:
            return filename[1].decode("utf-8", "replace"), content
    raise Refused(40035, "InvalidBody", "the form has no part named media that is a file")
