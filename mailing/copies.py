"""The same letter to be read on the site: for who sees no pictures, or only half of it."""

import uuid

from django.core import signing

from mailing.models import Letter

SALT = "mailing.copies"
AGAIN = "again"  # how the keys of letters begin that are sent once more


def token(letter: Letter) -> str:
    """A signed word for a letter; always the same and good for ever. One sent once more is read where the first is."""
    again, _, first = letter.dedupe_key.partition(":")
    pk = uuid.UUID(first.partition(":")[0]) if again == AGAIN else letter.pk
    return _signer().sign(pk.hex)


def letter_of(token: str) -> Letter | None:
    """The letter of a token, if it went out and its words were kept; those with codes and links of service letters
    are not, nor those whose reader was forgotten."""
    try:
        pk = uuid.UUID(_signer().unsign(token))
    except (signing.BadSignature, ValueError):
        return None
    sent = Letter.objects.filter(pk=pk, state__in=Letter.GONE).exclude(address="")
    return sent.select_related("contact", "broadcast", "revision__step__sequence").first()


def page(html: str) -> str:
    """A letter is one of many in a mail program; here it is what the page is about."""
    return html.replace('role="article"', 'role="main"', 1)


def _signer() -> signing.Signer:
    return signing.Signer(salt=SALT, sep=".")
