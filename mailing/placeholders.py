"""{names} in a letter: which there are, what the mailer itself fills, and how values get in without doing harm."""

import re
from collections.abc import Callable, Mapping

from django.conf import settings
from django.urls import reverse

from mailing import consent, copies
from mailing.models import Contact, Letter

NAME = re.compile(r"\{([a-z_]+)\}")
BUTTON = re.compile(r"^\{button:([^{}\n]+)\}[ \t]*$", re.MULTILINE)
SITE = frozenset(
    "site_name site_url coach_email seller_name emergency_number postal_address privacy_url safety_url".split()
)
OWN = SITE | {"first_name", "rope_url", "stop_url", "preferences_url", "read_url"}
LESSON = frozenset({"course_title", "lesson_title", "lesson_url", "course_url"})
SERVICE = frozenset(  # what the callers of letters.post give
    {
        "code", "minutes", "email", "new_email", "device", "when", "button_url",
        "course_title", "course_url", "lesson_title", "refund_days", "refund_until",
        "order_number", "amount", "refunded", "paid_on", "receipt_url", "items", "reason", "what",
        "receipt_number", "part", "parts", "giver_name", "recipient_name", "message",
    }
)  # fmt: skip
PREFERENCES = "preferences"  # the subject of a letter whose button leads to the choice of letters
FALLBACK_NAME = "there"
NOT_A_NAME = re.compile(r"[@/\\<>{}]|www\.|\w\.\w", re.IGNORECASE)
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


class Missing(LookupError):
    """A letter names something that nobody filled."""


def site_values() -> dict[str, str]:
    return {
        "site_name": settings.SITE_NAME,
        "site_url": settings.SITE_URL,
        "coach_email": settings.COACH_EMAIL,
        "seller_name": settings.SELLER_NAME,
        "emergency_number": settings.EMERGENCY_NUMBER,
        "postal_address": settings.POSTAL_ADDRESS,
        "privacy_url": absolute("/privacy/"),
        "safety_url": absolute("/safety/"),
        # Without the hash of its contents: a mail is read for years, and this address stays.
        "rope_url": absolute(f"{settings.STATIC_URL}img/letter-rope.png"),
    }


def values(letter: Letter) -> dict[str, str]:
    """Everything a letter's text may name. The context may not overrule what is the mailer's own."""
    context = {name: str(value) for name, value in letter.context.items()}
    context.setdefault("button_url", context.get("lesson_url", settings.SITE_URL))
    context.setdefault("course_title", settings.SITE_NAME)
    own = site_values() | {"first_name": first_name(letter.contact)}
    if purpose := consent.purpose_of(letter):
        own |= links(letter.contact, purpose)
        own["read_url"] = absolute(reverse("mailing:read", args=[copies.token(letter)]))
        if letter.revision.step.subject_of == PREFERENCES:
            own["button_url"] = own["preferences_url"]
    return context | own


def samples() -> dict[str, str]:
    """A value for every placeholder, for looking at a letter that nobody gets."""
    made_up = {name: f"[{name.replace('_', ' ')}]" for name in LESSON | SERVICE}
    addresses = {name: settings.SITE_URL for name in LESSON | SERVICE | OWN if name.endswith("_url")}
    named = {"first_name": "Ann", "course_title": settings.SITE_NAME}
    return made_up | addresses | named | site_values()


def links(contact: Contact, purpose: str) -> dict[str, str]:
    """The way out of letters of this purpose, and to all choices."""
    token = consent.token(contact, purpose)
    return {
        "stop_url": absolute(reverse("mailing:stop", args=[token])),
        "preferences_url": absolute(reverse("mailing:preferences", args=[token])),
    }


def absolute(path: str) -> str:
    """From the configured address, never from a request's Host."""
    return f"{settings.SITE_URL}{path}"


def first_name(contact: Contact) -> str:
    """How to greet. A "name" with an address in it is not repeated: mail programs would make it a link."""
    name = one_line(contact.name)
    return FALLBACK_NAME if not name or len(name) > 40 or NOT_A_NAME.search(name) else name


def one_line(text: str) -> str:
    """Fit for a header: no line breaks, no control characters."""
    return " ".join(CONTROL.sub(" ", text).split())


def fill(text: str, values: Mapping[str, str], clean: Callable[[str], str] = str) -> str:
    """`text` with its {names} replaced once by cleaned values. Raises Missing."""

    def value(match: re.Match[str]) -> str:
        if match[1] not in values:
            raise Missing(match[1])
        return clean(values[match[1]])

    return NAME.sub(value, text)
