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


REMOVED = ("@erased.invalid", "@forgotten.invalid")  # what stands for an address that was removed


def is_removed(email: str) -> bool:
    return email.endswith(REMOVED)


def on_the_wire(email: str) -> str:
    """The address as a mail server is told it: its domain in IDNA, its first half as it was given.

    Raises ValueError for line breaks and for spaces: whoever smuggles them in wants another command.

    >>> on_the_wire("Ann@Bücher.example")
    'Ann@xn--bcher-kva.example'
    """
    local, _, domain = email.strip().rpartition("@")
    with contextlib.suppress(UnicodeError):
        domain = domain.encode("idna").decode("ascii")
    address = f"{local}@{domain}"
    if any(character.isspace() or not character.isprintable() for character in address):
        raise ValueError("This is no address.")
    return address
