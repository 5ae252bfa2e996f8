"""Is a page of the web still there? Asked without being led into our own network.

Only http and https at their usual ports; every name is looked up once, must mean public addresses only, and that very
address is then talked to, at each redirect anew. Nothing of a page is read.
"""

import http.client
import ipaddress
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

SECONDS = 6
REDIRECTS = 4
PORTS = {"http": 80, "https": 443}
NAME = "Mozilla/5.0 (compatible; link check of a course site)"


@dataclass(frozen=True)
class Answer:
    """`status` is 0 when there was none; `says` tells why in words, empty when the page is there."""

    status: int
    says: str


class Refused(Exception):
    """The address is none that we ask."""


def is_public(address: str) -> bool:
    found = ipaddress.ip_address(address)
    mapped = getattr(found, "ipv4_mapped", None)
    return is_public(str(mapped)) if mapped else found.is_global and not found.is_multicast


def look_up(
    url: str,
    *,
    may: Callable[[str], bool] = is_public,
    ports: dict[str, int] | None = None,
    seconds: float = SECONDS,
) -> Answer:
    """Ask for the page. `may` judges each address before anything is sent to it."""
    try:
        for _ in range(REDIRECTS + 1):
            status, onward = ask(url, may, ports or PORTS, seconds)
            if not onward:
                return Answer(status, words(status))
            url = urljoin(url, onward)
    except Refused as refused:
        return Answer(0, str(refused))
    except (OSError, http.client.HTTPException, ValueError) as error:
        return Answer(0, f"It does not answer ({type(error).__name__}).")
    return Answer(0, "It sends one on and on, from page to page.")


def words(status: int) -> str:
    if status in {401, 403, 405, 429} or status < 400:
        return ""  # it is there, and wants no machines
    if status in {404, 410}:
        return "The page is not there any more."
    return f"The page answers with an error ({status})."


def ask(url: str, may: Callable[[str], bool], ports: dict[str, int], seconds: float) -> tuple[int, str]:
    parts = urlsplit(url)
    if parts.scheme not in ports or not parts.hostname or parts.username or parts.password:
        raise Refused("Only plain http and https addresses are asked.")
    port = ports[parts.scheme]
    if parts.port not in {None, port}:
        raise Refused("Only the usual ports are asked.")
    address = resolved(parts.hostname, port, may)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    for method in ("HEAD", "GET"):
        line = Line(parts.hostname, address, port, secure=parts.scheme == "https", seconds=seconds)
        try:
            line.request(method, target, headers={"User-Agent": NAME, "Accept": "*/*", "Connection": "close"})
            answer = line.getresponse()
        finally:
            line.close()
        if method == "GET" or answer.status not in {400, 403, 404, 405, 501}:  # some know no HEAD
            break
    onward = answer.headers.get("Location", "") if answer.status in {301, 302, 303, 307, 308} else ""
    return answer.status, onward


def resolved(host: str, port: int, may: Callable[[str], bool]) -> str:
    """One address of that name. Raises Refused when any of them is not public."""
    found = {str(one[4][0]) for one in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    if not found or not all(may(address) for address in found):
        raise Refused("It leads into a private network.")
    return sorted(found)[0]


class Line(http.client.HTTPConnection):
    """A connection to the address that was judged, whatever the name means a moment later."""

    def __init__(self, host: str, address: str, port: int, *, secure: bool, seconds: float) -> None:
        super().__init__(host, port, timeout=seconds)
        self.address, self.secure = address, secure

    def connect(self) -> None:
        self.sock = socket.create_connection((self.address, self.port), timeout=self.timeout)
        if self.secure:
            self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.host)
