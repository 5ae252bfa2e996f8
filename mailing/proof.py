"""Reading a letter before it is published: what would break at somebody's door, or shame us, is said in plain words."""

import datetime as dt
import re
from email.errors import MessageError
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import Resolver404, resolve

from mailing import envelope, frame, kinds, placeholders, publish
from mailing.models import Contact, Letter, Sequence, Step, StepRevision

LINK = re.compile(r"(?<!!)\[[^\]]*\]\(\s*([^)\s]*)[^)]*\)")
PICTURE = re.compile(r"!\[([^\]]*)\]\(\s*([^)\s]*)[^)]*\)")
PLACEHOLDER = re.compile(r"^\{[a-z_]+_url\}")
STRAY = re.compile(r"[{}].*")
OLD_DATE = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
READERS = {  # how odd a reader can be
    "somebody with a name": "Ann",
    "somebody without a name": "",
    "somebody with a name of 300 letters": "N" * 300,
    "somebody with an emoji for a name": "🧶 Nóra 🪢",
    "somebody with a line break in the name": "Ann\r\nBcc: x@example.org",
}


def faults(*, sequence: Sequence, subject: str, preheader: str, body: str) -> list[str]:
    """Everything that keeps a text from being published; empty if it may go. Changes nothing."""
    try:
        publish.check(sequence=sequence, subject=subject, preheader=preheader, body=body)
    except publish.Refused as refused:
        return [str(refused)]
    found = [*bad_links(body), *bad_pictures(body)]
    written = placeholders.NAME.sub("", placeholders.BUTTON.sub("", f"{subject}\n{preheader}\n{body}"))
    if stray := STRAY.search(written):
        found.append(
            f"“{stray[0][:40]}” would be read like this: braces are for one known word, as in {{first_name}}."
        )
    used = set(placeholders.NAME.findall(f"{subject} {preheader} {body}"))
    if sequence.kind == Sequence.Kind.BROADCAST and (strange := sorted(used - placeholders.OWN)):
        found.append(f"A letter to many knows no {', '.join(strange)}.")
    if not body.strip():
        return [*found, "There is no text."]
    compiled = frame.compile(subject=subject, preheader=preheader, body=body, kind=sequence.kind)
    if len(compiled.html.encode()) > publish.LARGEST_HTML:
        found.append("The letter is longer than mail programs show (90 KB).")
    if not frame.text_body(body).strip():
        found.append("The text part is empty: write a sentence beside the pictures.")
    words = {"subject": subject, "preheader": preheader, "body": body}
    return [*found, *bad_renderings(draft(sequence=sequence, **words))]


def draft(
    *, sequence: Sequence, subject: str, preheader: str, body: str, subject_of: str = ""
) -> StepRevision:
    """A wording that is in no table."""
    compiled = frame.compile(subject=subject, preheader=preheader, body=body, kind=sequence.kind)
    return StepRevision(
        step=Step(sequence=sequence, key="proof", position=1, subject_of=subject_of),
        number=1,
        subject=subject,
        preheader=preheader,
        body=body,
        html=compiled.html,
        text=compiled.text,
    )


def bad_links(body: str) -> list[str]:
    found = []
    for address in LINK.findall(body):
        if PLACEHOLDER.match(address) or address.startswith(("mailto:", "tel:")):
            continue
        if why := wrong_with(address):
            found.append(f"The link to {address or '(nothing)'} is broken: {why}")
    return found


def wrong_with(address: str) -> str:
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname or "." not in f"{parts.hostname}.":
        return "a letter needs the whole address, with https:// in front."
    if address.startswith(settings.SITE_URL):
        try:
            resolve(parts.path or "/")
        except Resolver404:
            return "there is no such page on your site."
    return ""


def bad_pictures(body: str) -> list[str]:
    found = []
    for words, address in PICTURE.findall(body):
        if not words.strip():
            found.append(
                f"The picture {address} has no words for who cannot see it: ![what it shows]({address})"
            )
        if address.startswith("data:"):
            found.append("A picture is pasted into the text. Put it on the site and link to it.")
        elif why := wrong_with(address):
            found.append(f"The picture {address} is broken: {why}")
    return found


def bad_renderings(revision: StepRevision) -> list[str]:
    """The letter written for odd readers, by the sender's own code, to the last byte."""
    kind = kinds.LETTER.get(Sequence.Kind(revision.step.sequence.kind), Letter.Kind.RECEIPT)
    context = {name: text for name, text in placeholders.samples().items() if name not in placeholders.OWN}
    found = []
    for who, name in READERS.items():
        reader = Contact(email="reader@example.org", name=name)
        letter = Letter(contact=reader, revision=revision, kind=kind, context=context)
        try:
            sent = envelope.seal(letter, now=OLD_DATE).mail.message()
            if sent.get_all("Bcc") or "\n" in str(sent["Subject"]):
                found.append(f"For {who} the head of the letter breaks.")
        except (LookupError, ValueError, MessageError) as error:
            found.append(f"It cannot be written for {who}: {error}")
    return found
