"""Queue one service letter; turn a letter's row into what will be read."""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.html import escape

from coursesite.lib import plaintext
from mailing import kinds, letterfiles, placeholders
from mailing.models import Contact, Letter, Step, StepRevision

TOLD_BACK = {  # by these a provider's webhook names the letter, whatever id it gave to it
    "postmark": ("X-PM-Metadata-letter", "{}"),
    "mailgun": ("X-Mailgun-Variables", '{{"letter": "{}"}}'),
    "brevo": ("X-Mailin-custom", '{{"letter": "{}"}}'),
    "mailjet": ("X-MJ-EventPayload", '{{"letter": "{}"}}'),
    "sparkpost": ("X-MSYS-API", '{{"metadata": {{"letter": "{}"}}}}'),
}
HARMLESS = {"course_title", "lesson_title", "giver_name", "recipient_name"}
ALONE_IN_HTML = re.compile(r"<p[^>]*>\{([a-z_]+)\}</p>\s*")
ALONE_IN_TEXT = re.compile(r"^\{([a-z_]+)\}\n+", re.MULTILINE)


class NoSuchStep(LookupError):
    """No letter of that name, neither published nor in content/."""


@dataclass(frozen=True)
class Rendered:
    subject: str
    preheader: str
    html: str
    text: str
    headers: dict[str, str]


def subject_as_read(letter: Letter, **known: str) -> str:
    """The subject with what is known of it, for whoever may see letters, if not orders: no value that lets somebody in
    or tells of money. A letter's values are emptied once it has gone; what is not known is left out."""
    values = known | {name: str(letter.context[name]) for name in HARMLESS & letter.context.keys()}
    return with_known(letter.revision.subject, **values)


def with_known(subject: str, **known: str) -> str:
    """With an ellipsis for what is not known."""
    return placeholders.NAME.sub(lambda name: known.get(name[1], "…"), subject)


def post(
    *,
    step: str,
    contact: Contact,
    dedupe_key: str,
    context: dict[str, str],
    now: dt.datetime,
    kind: Letter.Kind,
    not_before: dt.datetime | None = None,
    expires_at: dt.datetime | None = None,
) -> Letter:
    """Queue one service letter inside the caller's transaction; `step` is "service/receipt".

    The second call with the same dedupe_key returns the first row. Raises NoSuchStep. Times are UTC;
    after expires_at the letter is not sent any more.
    """
    if first := Letter.objects.filter(dedupe_key=dedupe_key).first():
        return first
    try:
        with transaction.atomic():
            return Letter.objects.create(
                dedupe_key=dedupe_key,
                kind=kind,
                priority=kinds.PRIORITY[kind],
                contact=contact,
                revision=published(step, now),
                context=context,
                created_at=now,
                not_before=not_before or now,
                expires_at=expires_at,
            )
    except IntegrityError:  # somebody was faster
        return Letter.objects.get(dedupe_key=dedupe_key)


def withdraw(*, dedupe_key: str, reason: str) -> bool:
    """A letter that still waits is not sent; False if it has gone or never was. The second call changes nothing."""
    waiting = Letter.objects.filter(dedupe_key=dedupe_key, state__in=Letter.WAITING)
    values = {"state": Letter.State.CANCELLED, "reason": reason[:200]}
    return bool(waiting.update(**values, lease_token=None, lease_until=None))


def published(name: str, now: dt.datetime) -> StepRevision:
    """The current text of "sequence/key". A site whose letters were never imported still sends codes and receipts:
    the text then comes from content/ at the first use. Raises NoSuchStep."""
    slug, _, key = name.partition("/")
    for _attempt in range(2):
        step = Step.objects.filter(sequence__slug=slug, key=key, revision__isnull=False)
        found = step.select_related("revision").first()
        if found and found.revision:
            return found.revision
        for path in letterfiles.files(slug):
            if letterfiles.read(path)[0] == key:
                letterfiles.bring_in(path=path, now=now)
    raise NoSuchStep(name)


def render(letter: Letter, *, now: dt.datetime) -> Rendered:
    """The letter as its reader will see it. Raises placeholders.Missing. Changes nothing."""
    values = placeholders.values(letter)
    return _filled(letter.revision, values, headers(letter, values))


def sample(revision: StepRevision) -> Rendered:
    """A text with made-up values, for looking at; nobody gets it."""
    return _filled(revision, placeholders.samples(), {})


def _filled(revision: StepRevision, values: dict[str, str], headers: dict[str, str]) -> Rendered:
    return Rendered(
        subject=placeholders.one_line(placeholders.fill(revision.subject, values)),
        preheader=placeholders.one_line(placeholders.fill(revision.preheader, values)),
        html=placeholders.fill(without_empty(ALONE_IN_HTML, revision.html, values), values, clean=in_html),
        text=plaintext.rewrapped(
            placeholders.fill(without_empty(ALONE_IN_TEXT, revision.text, values), values)
        ),
        headers=headers,
    )


def without_empty(alone: re.Pattern[str], text: str, values: Mapping[str, str]) -> str:
    """A paragraph that is one placeholder and has nothing to say leaves no gap."""
    return alone.sub(lambda match: "" if values.get(match[1]) == "" else match[0], text)


def in_html(value: str) -> str:
    """Typed words keep their lines: mail programs know no other way than this."""
    return escape(value).replace("\n", "<br>\n")


def headers(letter: Letter, values: dict[str, str]) -> dict[str, str]:
    """What mail programs and providers read: how to unsubscribe, whom not to answer (mail.md §4)."""
    site = values["site_url"].partition("://")[2].partition("/")[0].partition(":")[0]
    sequence, key = letter.revision.step.sequence.slug, letter.revision.step.key
    out = {
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "Feedback-ID": f"{sequence}:{key}:{letter.kind}:{site}",
        **{
            name: word.format(letter.pk)
            for to, (name, word) in TOLD_BACK.items()
            if to in settings.MAIL_WEBHOOKS
        },
    }
    if letter.kind in kinds.STOPPABLE:
        mailto = f"mailto:{values['coach_email']}?subject=unsubscribe"
        out |= {
            "List-Unsubscribe": f"<{values['stop_url']}>, <{mailto}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "List-Id": f"<{sequence}.{site}>",
            "Precedence": "bulk",
        }
    return out
