"""In front of Django: too large bodies and methods nobody needs are refused before a thread is spent on them."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from django.conf import settings

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Any, Any, Any], Awaitable[None]]

METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS"})
BODY_BYTES = 1_000_000
DESK_BODY_BYTES = 200_000_000  # the coach uploads videos there
TOO_LARGE = b"That is too large. Go back: what you typed is still in the form. Choose a smaller file.\n"


class TooLarge(Exception):
    pass


class Limits:
    """ASGI middleware: 405 for other methods, 413 for a body over the limit, said or streamed."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if scope["method"] not in METHODS:
            await refuse(send, 405, b"This method is not used here.\n")
            return
        limit = DESK_BODY_BYTES if at_the_desk(scope) else BODY_BYTES
        if announced(scope) > limit:
            await refuse(send, 413, TOO_LARGE)
            return
        try:
            await self.app(scope, counted(receive, limit), send)
        except TooLarge:
            await refuse(send, 413, TOO_LARGE)


def at_the_desk(scope: Scope) -> bool:
    """May this be the coach with a video? A stranger without a session gets no room on our disk."""
    cookies = b"; ".join(value for name, value in scope["headers"] if name == b"cookie")
    return scope["path"].startswith("/desk/") and f"{settings.SESSION_COOKIE_NAME}=".encode() in cookies


def announced(scope: Scope) -> int:
    value = dict(scope["headers"]).get(b"content-length", b"0")
    return int(value) if value.isdigit() else 0


def counted(receive: Receive, limit: int) -> Receive:
    taken = 0

    async def wrapped() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > limit:
            raise TooLarge
        return message

    return wrapped


async def refuse(send: Send, status: int, body: bytes) -> None:
    headers = [
        (b"content-type", b"text/plain"),
        (b"content-length", b"%d" % len(body)),
        (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
        (b"x-content-type-options", b"nosniff"),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
