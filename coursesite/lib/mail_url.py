"""How mail leaves, as Django's settings: EMAIL_URL, such as smtps://user:password@mail.example.org:465, or a provider's
API by django-anymail."""

import re
from typing import Any
from urllib.parse import unquote, urlsplit

from coursesite.lib.env import BadSetting

PORTS = {"smtp": 25, "smtp+tls": 587, "smtps": 465}

API = re.compile(r"anymail\.backends\.\w+\.EmailBackend")
PRACTICE = "postbox.backend.EmailBackend"


def chosen(url: str, backend: str) -> dict[str, Any]:
    """Settings for EMAIL_URL, or for a provider's API by EMAIL_BACKEND; the practice mailbox for neither. Raises
    BadSetting."""
    if url and backend:
        raise BadSetting("EMAIL_URL and EMAIL_BACKEND: set one of them.")
    if backend and not API.fullmatch(backend):
        raise BadSetting("EMAIL_BACKEND: say anymail.backends.<provider>.EmailBackend, or set EMAIL_URL.")
    return parse(url) if url else {"EMAIL_BACKEND": backend or PRACTICE}


def parse(url: str) -> dict[str, Any]:
    """Settings for smtp:// (plain), smtp+tls:// (STARTTLS) or smtps:// (TLS). Raises BadSetting."""
    parts = urlsplit(url)
    if parts.scheme not in PORTS or not parts.hostname:
        raise BadSetting("EMAIL_URL: say smtps://user:password@host:465, smtp+tls://… or smtp://…")
    return {
        "EMAIL_BACKEND": "mailing.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or PORTS[parts.scheme],
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": parts.scheme == "smtp+tls",
        "EMAIL_USE_SSL": parts.scheme == "smtps",
    }
