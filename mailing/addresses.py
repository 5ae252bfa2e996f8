"""When two spellings are one address."""

import contextlib
import unicodedata


def key(email: str) -> str:
    """Lower case, NFC, domain in IDNA; dots and plus tags stay (payments.md §3.2 rule 7).

    >>> key("Ann@Example.ORG")
    'ann@example.org'
    """
    local, _, domain = unicodedata.normalize("NFC", email.strip()).rpartition("@")
    with contextlib.suppress(
        UnicodeError
    ):  # not a domain name: the form refuses it, the key is stable anyhow
        domain = domain.encode("idna").decode("ascii")
    return f"{local}@{domain}".lower()
