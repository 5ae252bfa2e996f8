"""A kept file on its way to somebody whose right was asked for a moment ago.

From the disk by ourselves, in parts where a player asks for parts; or, by setting, by nginx (X_ACCEL_PREFIX) or from a
bucket under a signed address that dies after minutes.
"""

import mimetypes
import re
from collections.abc import AsyncIterator, Iterator
from urllib.parse import quote

from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import FileSystemStorage
from django.core.handlers.asgi import ASGIRequest
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    StreamingHttpResponse,
)

CHUNK = 1_000_000  # bytes in one ranged answer: a player asks again, and the right is asked for again
STEP = 64 * 1024
RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def sent(
    request: HttpRequest,
    file: File,  # type: ignore[type-arg]
    *,
    content_type: str = "",
    elsewhere: bool = True,
) -> HttpResponseBase:
    """The file, or the part of it that a Range header asks for (206, at most CHUNK bytes; 416 when there is none).

    `elsewhere` false: never by an address outside of this site, which a page may not read captions from.
    """
    if not file or not file.storage.exists(file.name):  # type: ignore[attr-defined]
        raise Http404
    kind = content_type or mimetypes.guess_type(file.name or "")[0] or "application/octet-stream"
    given = handed_on(file, kind, elsewhere=elsewhere)
    if given is not None:
        return given
    asked = RANGE.fullmatch(request.headers.get("Range", "").strip())
    response = part(file, asked, kind) if asked and asked[0] != "bytes=-" else whole(request, file, kind)
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Content-Encoding"] = (
        "identity"  # or the gzip middleware would count other bytes than we do
    )
    return response


def handed_on(file: File, kind: str, *, elsewhere: bool) -> HttpResponse | None:  # type: ignore[type-arg]
    """The answer that lets another program send the file, if settings say so. No cache keeps the way to it."""
    storage = file.storage  # type: ignore[attr-defined]
    if not isinstance(storage, FileSystemStorage):
        response: HttpResponse | None = HttpResponseRedirect(storage.url(file.name)) if elsewhere else None
    elif settings.X_ACCEL_PREFIX:
        way = f"{settings.X_ACCEL_PREFIX.rstrip('/')}/{quote(str(file.name))}"
        response = HttpResponse(content_type=kind, headers={"X-Accel-Redirect": way})
    else:
        response = None
    if response is not None:
        response.headers["Cache-Control"] = "private, no-store"
    return response


def part(file: File, asked: re.Match[str], kind: str) -> HttpResponse:  # type: ignore[type-arg]
    size = file.size
    first, last = bounds(asked[1], asked[2], size)
    if first > last:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    with file.open("rb") as source:
        source.seek(first)
        body = source.read(last - first + 1)
    headers = {"Content-Range": f"bytes {first}-{last}/{size}", "Content-Length": str(len(body))}
    return HttpResponse(body, status=206, content_type=kind, headers=headers)


def bounds(start: str, end: str, size: int) -> tuple[int, int]:
    """First and last byte to send; first behind last when the range cannot be had."""
    if not start:  # the last so many bytes
        wanted = int(end)
        first, last = (max(size - wanted, 0), size - 1) if wanted else (size, size - 1)
    else:
        first, last = int(start), min(int(end) if end else size - 1, size - 1)
    return first, min(last, first + CHUNK - 1)


def whole(request: HttpRequest, file: File, kind: str) -> StreamingHttpResponse:  # type: ignore[type-arg]
    """All of it in small steps; asynchronous under ASGI, which would gather a plain iterator in memory."""
    pieces = awaited(steps(file)) if isinstance(request, ASGIRequest) else steps(file)
    return StreamingHttpResponse(pieces, content_type=kind, headers={"Content-Length": str(file.size)})


def steps(file: File) -> Iterator[bytes]:  # type: ignore[type-arg]
    with file.open("rb") as source:
        while piece := source.read(STEP):
            yield piece


async def awaited(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    following = sync_to_async(lambda: next(pieces, b""), thread_sensitive=False)
    while piece := await following():
        yield piece
