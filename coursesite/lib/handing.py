"""Files that are made for one download: written to disk first and sent from there in pieces, whatever their size."""

import tempfile
import weakref
from collections.abc import AsyncIterator, Callable, Iterator
from typing import IO

from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse
from django.utils.http import content_disposition_header

PIECE = 256 * 1024


def out(
    request: HttpRequest, write: Callable[[IO[bytes]], object], *, name: str, content_type: str
) -> StreamingHttpResponse:
    """What `write` writes into an open file, as a download. The file has no name and is gone when it is sent."""
    file: IO[bytes] = tempfile.TemporaryFile(dir=settings.VAR)  # noqa: SIM115  (closed with the answer)
    try:
        write(file)
    except BaseException:
        file.close()
        raise
    length = file.tell()
    file.seek(0)
    made = awaited(file) if isinstance(request, ASGIRequest) else pieces(file)
    headers = {
        "Content-Disposition": content_disposition_header(as_attachment=True, filename=name) or "attachment",
        "Content-Length": str(length),
        "Content-Encoding": "identity",  # or the gzip middleware would count other bytes than we do
        "Cache-Control": "private, no-store",
    }
    answer = StreamingHttpResponse(made, content_type=content_type, headers=headers)
    answer._resource_closers.append(file.close)  # type: ignore[attr-defined]  # sent whole, in part or not at all
    weakref.finalize(answer, file.close)  # never even asked for its pieces
    return answer


def pieces(file: IO[bytes]) -> Iterator[bytes]:
    while piece := file.read(PIECE):
        yield piece


async def awaited(file: IO[bytes]) -> AsyncIterator[bytes]:
    """Asynchronous under ASGI, which would gather a plain iterator in memory."""
    while piece := await sync_to_async(file.read, thread_sensitive=False)(PIECE):
        yield piece
