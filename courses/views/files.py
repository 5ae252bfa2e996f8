"""Files of a lesson. None has a public address: the right is asked for at every request, ranged ones too."""

import mimetypes
import re
from collections.abc import AsyncIterator, Iterator

from asgiref.sync import sync_to_async
from django.contrib.auth.decorators import login_not_required
from django.core.files.base import File
from django.core.handlers.asgi import ASGIRequest
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from courses.models import Material
from courses.views import gate
from coursesite.lib import clock

CHUNK = 1_000_000  # bytes in one ranged answer: a player asks again, and the right is asked for again
STEP = 64 * 1024
RANGE = re.compile(r"bytes=(\d*)-(\d*)")


@login_not_required
@require_safe
def video(request: HttpRequest, course: str, lesson: str) -> HttpResponseBase:
    found = gate.open_door(request, course, lesson, now=clock.now())
    return sent(request, found.lesson.video)


@login_not_required
@require_safe
def captions(request: HttpRequest, course: str, lesson: str) -> HttpResponseBase:
    found = gate.open_door(request, course, lesson, now=clock.now())
    return sent(request, found.lesson.captions, content_type="text/vtt")


@login_not_required
@require_safe
def material(request: HttpRequest, course: str, lesson: str, slug: str) -> HttpResponseBase:
    found = gate.open_door(request, course, lesson, now=clock.now())
    one = get_object_or_404(Material, lesson=found.lesson, slug=slug)
    response = sent(request, one.file)
    ending = str(one.file.name).rpartition(".")[2]
    name = content_disposition_header(as_attachment=True, filename=f"{one.slug}.{ending}")
    response.headers["Content-Disposition"] = name or "attachment"
    return response


def sent(request: HttpRequest, file: File, *, content_type: str = "") -> HttpResponseBase:  # type: ignore[type-arg]
    """The file, or the part of it that a Range header asks for (206, at most CHUNK bytes; 416 when there is none)."""
    if not file or not file.storage.exists(file.name):  # type: ignore[attr-defined]
        raise Http404
    kind = content_type or mimetypes.guess_type(file.name or "")[0] or "application/octet-stream"
    asked = RANGE.fullmatch(request.headers.get("Range", "").strip())
    response = part(file, asked, kind) if asked and asked[0] != "bytes=-" else whole(request, file, kind)
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Content-Encoding"] = (
        "identity"  # or the gzip middleware would count other bytes than we do
    )
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
