"""Named groups of people for a letter to many. The floor above knows who they are; consent is seen to here."""

import datetime as dt
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.module_loading import import_string

from mailing.models import Consent, Contact

LEFT = "Has no access any more."


@dataclass(frozen=True)
class Audience:
    """`purpose` is what its people must agree to: a notice to students needs no "no" to lesson letters, news need a
    confirmed yes. `home` is where the letter's button leads. `still` are those who may get it when it is written, some
    minutes after they were chosen; None: whoever was chosen."""

    word: str
    label: str
    purpose: str
    contacts: "QuerySet[Contact]"
    home: str
    still: "QuerySet[Contact] | None" = None


def named(*, now: dt.datetime) -> dict[str, Audience]:
    """Those that settings.LETTER_AUDIENCE knows, by their words. No query is made yet."""
    found: list[Audience] = import_string(settings.LETTER_AUDIENCE)(now=now)
    return {one.word: one for one in found}


def people(word: str, *, now: dt.datetime) -> "QuerySet[Contact]":
    """Who is meant at this moment and has agreed. Nobody for a word that nobody knows.

    Addresses not to be written to are seen to before each letter leaves: only their hashes are kept.
    """
    audience = named(now=now).get(word)
    if audience is None:
        return Contact.objects.none()
    said = Consent.objects.filter(contact=OuterRef("pk"), purpose=audience.purpose)
    agreeing = audience.contacts.filter(merged_into=None)
    if audience.purpose == Consent.Purpose.LESSONS:
        return agreeing.exclude(Exists(said.filter(state=Consent.State.WITHDRAWN)))
    return agreeing.filter(Exists(said.filter(state=Consent.State.CONFIRMED)))
