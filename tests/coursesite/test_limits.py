"""The ASGI guard in front of Django."""

import asyncio
from typing import Any

import pytest

from coursesite import limits

FORM = "/desk/courses/lesson/add/"


async def ask(
    method: str = "POST",
    *,
    length: int | None = None,
    chunks: tuple[int, ...] = (0,),
    path: str = "/",
    cookie: str = "",
) -> int:
    """The status that a request with this announced length and these body chunks gets."""
    sent: list[dict[str, Any]] = []
    parts = [{"type": "http.request", "body": b"x" * size, "more_body": True} for size in chunks]
    parts[-1]["more_body"] = False

    async def receive() -> dict[str, Any]:
        return parts.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        while (await receive())["more_body"]:
            pass
        await send({"type": "http.response.start", "status": 200, "headers": []})

    headers = [(b"cookie", cookie.encode())]
    if length is not None:
        headers.append((b"content-length", str(length).encode()))
    scope = {"type": "http", "method": method, "path": path, "headers": headers}
    await limits.Limits(app)(scope, receive, send)
    return int(sent[0]["status"])


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        ({"method": "GET"}, 200),
        ({"method": "TRACE"}, 405),
        ({"method": "PUT"}, 405),
        ({"length": limits.BODY_BYTES}, 200),
        ({"length": limits.BODY_BYTES + 1}, 413),
        ({"chunks": (600_000, 600_000)}, 413),
        ({"chunks": (600_000, 600_000), "path": FORM, "cookie": "a=b; session=x"}, 200),
        ({"chunks": (600_000, 600_000), "path": FORM, "cookie": "a=b"}, 413),  # a stranger
    ],
)
def test_limits(request_: dict[str, Any], status: int) -> None:
    assert asyncio.run(ask(**request_)) == status
