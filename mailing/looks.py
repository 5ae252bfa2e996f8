"""Looking at a letter before anybody gets it: as a chosen person would, and as a test to oneself.

The sender's own code writes it. Nothing here leaves a row behind, and no link in it can stop anybody's letters.
"""

import datetime as dt
import re
import smtplib
from dataclasses import dataclass, replace
from email.utils import parseaddr

from django.conf import settings
from django.core import mail
from django.utils.html import format_html

from mailing import door, envelope, guards, kinds, letters, mime, placeholders, replies
from mailing.models import Contact, Letter, Run, Sequence, StepRevision

TEST = "[TEST]"
DEAD = "#a-test-letter-stops-nothing"
NOTE = "This is a test letter from your desk. Its links to stop or choose letters lead nowhere."
DARK = re.compile(r"@media\s*\(prefers-color-scheme:\s*dark\)")
PICTURE = re.compile(r"(<img\b[^>]*?)\s+src=\"[^\"]*\"")
BODY = re.compile(r"<body[^>]*>")


@dataclass(frozen=True)
class Look:
    """A letter as somebody would read it; `why_not` says why it would not go to that person now."""

    rendered: letters.Rendered
    why_not: str = ""


@dataclass(frozen=True)
class Report:
    """What the mail server said to a test letter."""

    went: bool
    says: str


def at(revision: StepRevision, *, contact: Contact | None, now: dt.datetime) -> Look:
    """A wording as `contact` would get it at this moment, or with made-up values. Changes nothing."""
    if contact is None:
        return Look(harmless(letters.sample(revision)))
    letter, why_not = draft(revision, contact=contact, now=now)
    return Look(harmless(letters.render(letter, now=now)), why_not)


def draft(revision: StepRevision, *, contact: Contact, now: dt.datetime) -> tuple[Letter, str]:
    """A letter that is in no table, and why it would not go. What only the event knows is made up."""
    kind = kind_of(revision.step.sequence)
    made_up = {name: value for name, value in placeholders.samples().items() if name not in placeholders.OWN}
    found, why_not = known(revision, contact, now)
    context = {**made_up, **found}
    context["button_url"] = found.get("button_url", context["lesson_url"] if found else settings.SITE_URL)
    return Letter(contact=contact, revision=revision, kind=kind, context=context, created_at=now), why_not


def kind_of(sequence: Sequence) -> Letter.Kind:
    return kinds.LETTER.get(Sequence.Kind(sequence.kind), Letter.Kind.RECEIPT)


def known(revision: StepRevision, contact: Contact, now: dt.datetime) -> tuple[dict[str, str], str]:
    """What the floor above fills in for this person, from the letter they got or by asking, as somebody who only
    looks and leaves no trace."""
    step = revision.step
    if contact._state.adding:  # nobody in particular
        return {}, ""
    got = Letter.objects.filter(contact=contact, revision__step=step, run__isnull=False).exclude(context={})
    if row := got.order_by("-created_at").first():
        return row.context, ""
    run = Run.objects.filter(contact=contact, sequence=step.sequence).order_by("-generation").first()
    if run is None:
        return (
            {},
            "" if step.sequence.kind in kinds.LOOSE else "They do not go through these letters.",
        )
    [said] = guards.answers([guards.question(run, step, now=now, is_look=True)])
    answer = guards.settled(said)
    match answer:
        case guards.Send(context=context):
            return context, ""
        case guards.Skip(reason=reason) | guards.Cancel(reason=reason):
            return {}, f"It would be left out for them now: {reason}."
    return {}, "It is not time for it yet: the lesson has not opened for them."


def sender(sequence: Sequence) -> str:
    """The name that an inbox shows, or the address if there is none."""
    name, address = parseaddr(envelope.from_address(kind_of(sequence)))
    return name or address


def harmless(rendered: letters.Rendered) -> letters.Rendered:
    """Without the reader's own links to stop or choose: whoever looks must not stop somebody's letters."""
    stop = re.compile(rf"{re.escape(settings.SITE_URL)}/letters/(stop|choose)/[^\s\"'<>]+")
    dead = f"{settings.SITE_URL}/{DEAD}"
    headers = {
        name: value for name, value in rendered.headers.items() if not name.startswith("List-Unsubscribe")
    }
    return replace(
        rendered, html=stop.sub(dead, rendered.html), text=stop.sub(dead, rendered.text), headers=headers
    )


def page(html: str, *, dark: bool, pictures: bool) -> str:
    """The HTML part as a mail program in that light shows it, whatever the browser prefers."""
    shown = DARK.sub("@media all" if dark else "@media not all", html)
    return shown if pictures else PICTURE.sub(r"\1", shown)


def send_test(revision: StepRevision, *, contact: Contact | None, to: str, now: dt.datetime) -> Report:
    """Mail a wording to oneself, marked as a test. No row is written; what the mail server answers is reported.

    A second call sends a second mail.
    """
    reader = Contact(email=to, name="") if contact is None else contact
    if refusal := door.not_allowed(Letter(contact=Contact(email=to, email_key=to.lower()))):
        return Report(False, refusal)
    letter, _ = draft(revision, contact=reader, now=now)
    look = at(revision, contact=contact, now=now).rendered
    message = envelope.Mail(
        subject=f"{TEST} {look.subject}",
        body=f"{NOTE}\n\n{look.text}",
        from_email=envelope.from_address(letter.kind),
        to=[to],
        headers={**look.headers, "Message-ID": envelope.message_id(letter), "Date": envelope.date(now)},
    )
    message.encoding = mime.QUOTED_PRINTABLE
    note = format_html('<p style="margin:0;padding:12px;background:#fff3c4;color:#222">{}</p>', NOTE)
    message.attach_alternative(BODY.sub(lambda found: found[0] + note, look.html, count=1), "text/html")
    return told(message, to)


def told(message: envelope.Mail, to: str) -> Report:
    """Hand it over now and say in words what came of it."""
    try:
        taken = mail.get_connection().send_messages([message])
    except smtplib.SMTPException as error:
        answer = replies.read(error)
        said = f"{answer.code} {answer.text}" if answer else type(error).__name__
        return Report(False, f"The mail server did not take it. It answered: {said}")
    except Exception as error:
        if answer := replies.of_provider(error):
            return Report(False, f"{answer.reason} {answer.text}".strip())
        if isinstance(error, OSError):
            return Report(False, f"The mail server was not there ({error.strerror or type(error).__name__}).")
        raise
    if not taken:
        return Report(False, "The mail server did not take it and gave no reason.")
    return Report(True, f"The mail server took it. Look into the mailbox of {to}.")
