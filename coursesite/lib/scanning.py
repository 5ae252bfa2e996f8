"""An uploaded file is shown to a virus scanner, if settings name one: clamd by its address, or a function of ours.

UPLOAD_SCANNER is clamd://host:3310, clamd:///path/to/socket, or the dotted name of a function that takes the open file
and returns what it found, "" for nothing.
"""

import socket
import struct
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.module_loading import import_string

PIECE = 256 * 1024
SECONDS = 60


class Down(Exception):
    """The scanner gave no verdict."""


def verdict(file: Any) -> str:
    """What was found in the file, or nothing. Raises Down. The file stands at its beginning afterwards."""
    where = settings.UPLOAD_SCANNER
    if not where:
        return ""
    file.seek(0)
    try:
        return clamd(file, where) if where.startswith("clamd://") else str(import_string(where)(file))
    except (OSError, ImportError, UnicodeDecodeError) as error:
        raise Down(type(error).__name__) from error
    finally:
        file.seek(0)


def refusal(file: Any) -> str:
    """Why the file is not taken, in words for the field; nothing when it is clean."""
    try:
        found = verdict(file)
    except Down:
        if settings.UPLOAD_SCANNER_MAY_FAIL:
            return ""
        return "The virus scanner does not answer, so no file is taken now. Try again in a while."
    return f"The virus scanner refused this file ({found})." if found else ""


def clamd(file: Any, where: str) -> str:
    """Ask clamd by INSTREAM: the bytes in pieces, each with its length; an empty one ends them."""
    with connected(where) as talk:
        talk.sendall(b"zINSTREAM\0")
        while piece := file.read(PIECE):
            talk.sendall(struct.pack("!I", len(piece)) + piece)
        talk.sendall(struct.pack("!I", 0))
        answer = b""
        while not answer.endswith(b"\0") and (more := talk.recv(4096)):
            answer += more
    said = answer.rstrip(b"\0").decode().removeprefix("stream: ").strip()
    if said == "OK":
        return ""
    if said.endswith(" FOUND"):
        return said.removesuffix(" FOUND")
    raise Down(said[:80] or "no answer")


def connected(where: str) -> socket.socket:
    parts = urlsplit(where)
    if parts.hostname:
        return socket.create_connection((parts.hostname, parts.port or 3310), timeout=SECONDS)
    talk = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    talk.settimeout(SECONDS)
    try:
        talk.connect(parts.path)
    except OSError:
        talk.close()
        raise
    return talk
