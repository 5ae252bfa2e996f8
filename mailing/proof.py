"""Reading a letter before it is published: what would break at somebody's door, or shame us, is said in plain words."""

import datetime as dt
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from email.errors import MessageError
from functools import partial
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import Resolver404, resolve

from coursesite.lib import clock, markdown, outside
from mailing import dnslook, envelope, frame, kinds, placeholders, publish, readers
from mailing.models import Contact, Letter, Sequence, Step, StepRevision

LINK = re.compile(r"(?<!!)\[[^\]]*\]\(\s*([^)\s]*)[^)]*\)")
PICTURE = re.compile(r"!\[([^\]]*)\]\(\s*([^)\s]*)[^)]*\)")
PLACEHOLDER = re.compile(r"^\{[a-z_]+_url\}")
STRAY = re.compile(r"[{}].*")
LONG_SUBJECT = 60
MOST_LINKS = 5
LEADS_ON = (Sequence.Kind.DRIP, Sequence.Kind.MINICOURSE, Sequence.Kind.BROADCAST)
LOOK_UP = partial(outside.look_up, seconds=2)
OLD_DATE = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
READERS = {  # how odd a reader can be
    "somebody with a name": "Ann",
    "somebody without a name": "",
    "somebody with a name of 300 letters": "N" * 300,
    "somebody with an emoji for a name": "🧶 Nóra 🪢",
    "somebody with a line break in the name": "Ann\r\nBcc: x@example.org",
}


def faults(
    *,
    sequence: Sequence,
    subject: str,
    preheader: str,
    body: str,
    subject_of: str = "",
    on_people: bool = False,
) -> list[str]:
    """Everything that keeps a text from being published; empty if it may go. Changes nothing.

    `on_people` tries it on readers from the database too, which takes a moment; else none is asked.
    """
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
    written_down = draft(
        sequence=sequence, subject=subject, preheader=preheader, body=body, subject_of=subject_of
    )
    found += bad_renderings(written_down)
    return found if found or not on_people else bad_for_people(written_down, now=clock.now())


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
    try:
        parts = urlsplit(address)
    except ValueError:  # such as a bracket that is not closed
        return "this is no address of a page."
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
    found = []
    for who, name in READERS.items():
        reader = readers.Reader(Contact(email="reader@example.org", name=name))
        if why := wrong_for(reader, revision):
            found.append(why.format(who=who))
    return found


def bad_for_people(revision: StepRevision, *, now: dt.datetime) -> list[str]:
    """And for real ones. To whom nothing at all can be written is no fault of this letter: the ledger will say so."""
    plain = draft(sequence=revision.step.sequence, subject="A", preheader="", body="A")
    found: dict[str, list[str]] = {}
    for reader in readers.of(revision.step, now=now):
        if (why := wrong_for(reader, revision)) and not wrong_for(reader, plain):
            found.setdefault(why, []).append(reader.contact.email)
    return [why.format(who=together(emails)) for why, emails in found.items()]


def together(emails: list[str]) -> str:
    more = len(emails) - 1
    return f"{emails[0]} and {more} more of those it was tried on" if more else emails[0]


def wrong_for(reader: readers.Reader, revision: StepRevision) -> str:
    """Why the letter cannot be written for this reader, with room for who that is; empty if it can."""
    kind = kinds.LETTER.get(Sequence.Kind(revision.step.sequence.kind), Letter.Kind.RECEIPT)
    context = reader.context
    if context is None:
        made_up = placeholders.samples().items()
        context = {name: text for name, text in made_up if name not in placeholders.OWN}
    letter = Letter(contact=reader.contact, revision=revision, kind=kind, context=context)
    try:
        sent = envelope.seal(letter, now=OLD_DATE).mail.message()
    except placeholders.Missing as missing:
        return f"It cannot be written for {{who}}: nobody fills {missing.args[0]}."
    except (LookupError, ValueError, MessageError) as error:
        return f"It cannot be written for {{who}}: {braceless(error)}"
    if sent.get_all("Bcc") or "\n" in str(sent["Subject"]):
        return "For {who} the head of the letter breaks."
    return ""


def braceless(error: Exception) -> str:
    return str(error).replace("{", "{{").replace("}", "}}")


# ---- what does not keep it back ----
def warnings(*, sequence: Sequence, subject: str, preheader: str, body: str) -> list[str]:
    """What is worth a second look before many read it. Asks nobody and changes nothing."""
    found = []
    shown = placeholders.NAME.sub(lambda name: placeholders.samples().get(name[1], name[0]), subject)
    if len(shown) > LONG_SUBJECT:
        found.append(
            f"The subject has {len(shown)} characters. Many inboxes show no more than {LONG_SUBJECT}."
        )
    if not preheader.strip():
        found.append("There is no preheader: the inbox shows the beginning of the letter behind its subject.")
    for address in [*markdown.links(body), *(address for _, address in PICTURE.findall(body))]:
        if address.startswith("http://") and not address.startswith(settings.SITE_URL):
            found.append(f"{address} begins with http:// and not https://: some mail programs warn of it.")
    if sequence.kind in LEADS_ON and not (placeholders.BUTTON.search(body) or markdown.links(body)):
        found.append("There is no link or button in it: it leads nowhere.")
    if bad := dnslook.to_mend():
        found.append(
            f"The domain is not well set up for mail ({', '.join(bad)}): such letters can land in spam."
        )
    return list(dict.fromkeys(found))


def silent_links(body: str, *, look_up: Callable[[str], outside.Answer] = LOOK_UP) -> list[str]:
    """The first links to other sites, asked whether they are there. No transaction may be open meanwhile."""
    abroad = [one for one in markdown.outside_links(body) if not one.startswith(settings.SITE_URL)][
        :MOST_LINKS
    ]
    if not abroad:
        return []
    with ThreadPoolExecutor(max_workers=len(abroad)) as several:
        answers = list(several.map(look_up, abroad))
    return [
        f"The link to {address}: {answer.says}"
        for address, answer in zip(abroad, answers, strict=True)
        if answer.says
    ]
