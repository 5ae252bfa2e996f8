"""Bar B11: every letter of content/ keeps every rule of mail.md §4, as the bytes that go over the wire say it."""

import datetime as dt
import itertools
import re
from email.message import EmailMessage
from email.utils import getaddresses, parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from playwright.sync_api import expect

from mailing import consent, copies, envelope, farewell, frame, kinds, letters, outbox, placeholders
from mailing.models import Letter, Sequence
from tests.browser import faults as seen_faults
from tests.mailing import scene
from tests.mailing.test_letters import Seen, name, queued

pytestmark = pytest.mark.django_db
SITE = "https://knots.example.org"
VALUES = {one: f"{SITE}/x" if one.endswith("_url") else f"[{one}]" for one in placeholders.SERVICE}
VAGUE = {"here", "click here", "link", "this link", "more", "read more"}
LOOKS = [((width, 800), scheme) for width in (360, 640) for scheme in ("light", "dark")]


@pytest.fixture(autouse=True)
def as_in_production(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.SITE_URL, settings.BOUNCE_DOMAIN = SITE, "bounces.example.org"
    monkeypatch.setitem(scene.OPEN, "lesson_url", f"{SITE}/lesson")
    monkeypatch.setitem(scene.OPEN, "course_url", f"{SITE}/course")
    monkeypatch.setattr("tests.mailing.test_letters.SERVICE_VALUES", VALUES)


def faults(letter: Letter, mail: EmailMessage) -> list[str]:
    """Every rule that a letter breaks, by name."""
    raw = mail.as_bytes()
    text, html = (part.get_content() for part in mail.iter_parts())
    rules = {
        **of_headers(letter, mail),
        **of_unsubscribing(letter, mail),
        **of_text(letter, text),
        **of_page(str(mail["Subject"]), html),
        **of_footer(letter, text, html),
        "at most 90 KB of HTML, 200 KB in all": len(html.encode()) <= 90_000 and len(raw) <= 200_000,
    }
    return [rule for rule, kept in rules.items() if not kept]


def of_headers(letter: Letter, mail: EmailMessage) -> dict[str, bool]:
    domain = envelope.own_address().partition("@")[2]
    (sender, address), *others = getaddresses([mail["From"]])
    feedback = str(mail["Feedback-ID"]).split(":")
    return {
        "From: one name, our own domain": sender != "" and address.endswith(f"@{domain}") and not others,
        "Reply-To": "@" in str(mail["Reply-To"]),
        "To: exactly one, nobody hidden": len(getaddresses([mail["To"]])) == 1
        and not (mail["Cc"] or mail["Bcc"]),
        "Message-ID of our domain, and not random": mail["Message-ID"] == envelope.message_id(letter),
        "Date": parsedate_to_datetime(mail["Date"]).tzinfo is not None,
        "Return-Path names the letter": envelope.letter_id_of(envelope.return_path(letter)[7:55])
        == letter.pk,
        "Auto-Submitted": mail["Auto-Submitted"] == "auto-generated",
        "X-Auto-Response-Suppress": mail["X-Auto-Response-Suppress"] == "All",
        "Feedback-ID without personal data": len(feedback) == 4 and not any("@" in word for word in feedback),
        "multipart/alternative, text first": mail.get_content_type() == "multipart/alternative"
        and [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"],
        "UTF-8": {part.get_content_charset() for part in mail.iter_parts()} == {"utf-8"},
    }


def of_unsubscribing(letter: Letter, mail: EmailMessage) -> dict[str, bool]:
    names = ("List-Unsubscribe", "List-Unsubscribe-Post", "List-Id", "Precedence")
    if letter.kind not in kinds.STOPPABLE:
        return {"no way out of what answers the reader": not any(mail[one] for one in names)}
    token = consent.token(letter.contact, kinds.PURPOSE[Letter.Kind(letter.kind)])
    both = rf"<{SITE}/letters/stop/{re.escape(token)}/>, <mailto:[^>]+>"
    return {
        "List-Unsubscribe by https and by mail": bool(re.fullmatch(both, str(mail["List-Unsubscribe"]))),
        "one click": mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click",
        "List-Id": mail["List-Id"] == f"<{letter.revision.step.sequence.slug}.knots.example.org>",
        "Precedence": mail["Precedence"] == "bulk",
    }


def of_text(letter: Letter, text: str) -> dict[str, bool]:
    return {
        "text of 78 columns": [one for one in text.splitlines() if len(one) > 78 and "://" not in one] == [],
        "text without markup": re.search(r"</?[a-z]+[ >]|&[a-z]+;|\*\*|\]\(", text) is None,
        "text says where links lead": text.count("://") >= 1,
        "everything is filled in": re.search(r"\{[a-z_:]+\}|TheOneButton|placeholder\.invalid", text) is None,
    }


def of_page(subject: str, html: str) -> dict[str, bool]:
    page, body = Seen(html), html.partition("<body")[2]
    links = [str(link.get("href")) for link in page.all("a")]
    words = [
        re.sub(r"<[^>]+>", "", inside).strip() for inside in re.findall(r"<a [^>]*>(.*?)</a>", body, re.S)
    ]
    sizes = [int(size) for size in re.findall(r"font(?:-size)?:[^;\"]*?(\d+)px", body)]
    levels = [int(level) for level in re.findall(r"<h([1-6])", body)]
    return {
        "lang and dir": {("lang", "en-US"), ("dir", "ltr")} <= set(page.all("html")[0].items()),
        "title": re.search(r"<title>[^<]+</title>", html) is not None and subject != "",
        "one first heading, none left out": levels.count(1) == 1
        and all(after - before <= 1 for before, after in itertools.pairwise(levels)),
        "tables for layout say so": all(table.get("role") == "presentation" for table in page.all("table")),
        "alt on every picture": all(picture.get("alt") is not None for picture in page.all("img")),
        "no pixel": all(int(str(picture.get("width"))) > 50 for picture in page.all("img")),
        "pictures of our own": all(str(picture["src"]).startswith(f"{SITE}/") for picture in page.all("img")),
        "16 px at least": sizes != [] and min(sizes) >= 16,
        "light and dark": "@media (prefers-color-scheme: dark)" in html
        and {"name": "color-scheme", "content": "light dark"} in page.all("meta"),
        "styles in the elements": "class=" not in html or " style=" in body,
        "nothing that runs or asks": re.search(r"<(script|form|iframe|object|link|video)\b| on[a-z]+=", html)
        is None,
        "links of our own, by https": all(map(is_ours, links)),
        "links say where they lead": all(word and word.lower() not in VAGUE for word in words),
        "no counting of clicks": not any("utm_" in link for link in links),
        "all is filled in": re.search(r"\{[a-z_:]+\}|TheOneButton|placeholder\.invalid", body) is None,
    }


def is_ours(link: str) -> bool:
    return link.startswith(("mailto:", "tel:")) or urlsplit(link)[:2] == ("https", "knots.example.org")


def of_footer(letter: Letter, text: str, html: str) -> dict[str, bool]:
    both = {"why": "You get this ", "postal address": "1 Practice Street", "privacy": f"{SITE}/privacy/"}
    if letter.kind in kinds.STOPPABLE:
        both |= {
            "the way out": f"{SITE}/letters/stop/",
            "all choices": f"{SITE}/letters/choose/",
            "read on the site": f"{SITE}/letters/read/{copies.token(letter)}/",
        }
    return {f"footer: {rule}": words in text and words in html for rule, words in both.items()}


def wire(raw: bytes) -> list[str]:
    """What would be too long or not plain enough for a mail server."""
    head, _, body = raw.partition(b"\r\n\r\n")
    return [
        *("a header over 998" for line in head.split(b"\r\n") if len(line) > 998),
        *("a body line over 78" for line in body.split(b"\r\n") if len(line) > 78),
        *(["not ASCII"] if not raw.isascii() else []),
        *(["a bare line feed"] if re.search(rb"(?<!\r)\n", raw) else []),
    ]


@pytest.mark.parametrize("path", scene.letter_files(), ids=name)
def test_b11_every_letter_keeps_every_rule(path: Path, now: dt.datetime) -> None:
    letter = queued(path, now)
    assert wire(envelope.seal(letter, now=now).content) == []
    outbox.deliver(now=letter.not_before)
    (mail,) = scene.mails()
    assert faults(letter, mail) == []


def broadcast(now: dt.datetime) -> Letter:
    letter = scene.of_kind(Letter.Kind.BROADCAST, who=scene.contact(now=now), now=now)
    made = Sequence.objects.create(slug="many", title="many", kind=Sequence.Kind.BROADCAST)
    letter.revision = scene.step(made, 1, day=0, now=now).revision or letter.revision
    letter.context = {"button_url": f"{SITE}/news", "course_title": "Knots"}
    letter.save()
    return letter


def test_b11_a_letter_to_many_keeps_them_too(now: dt.datetime) -> None:
    letter = broadcast(now)
    outbox.deliver(now=now)
    (mail,) = scene.mails()
    assert faults(letter, mail) == []


def test_receipts_and_letters_may_have_senders_of_their_own(now: dt.datetime, settings: Any) -> None:
    settings.LETTERS_FROM_EMAIL = "The Coach <letters@example.org>"
    broadcast(now)
    scene.receipt(who=scene.contact(now=now), now=now)
    outbox.deliver(now=now)
    senders = {mail["Subject"]: mail["From"] for mail in scene.mails()}
    assert senders["Your receipt"] == settings.DEFAULT_FROM_EMAIL
    assert senders["Letter 1"] == "The Coach <letters@example.org>"


def test_a_provider_that_tells_back_is_given_the_letter_s_name(now: dt.datetime, settings: Any) -> None:
    settings.MAIL_WEBHOOKS = ["postmark", "mailgun", "brevo", "mailjet", "sparkpost"]
    letter = scene.code(who=scene.contact(now=now), now=now)
    headers = letters.render(letter, now=now).headers
    assert headers["X-PM-Metadata-letter"] == str(letter.pk)
    for header in ("X-Mailgun-Variables", "X-Mailin-custom", "X-MJ-EventPayload"):
        assert headers[header] == f'{{"letter": "{letter.pk}"}}'
    assert headers["X-MSYS-API"] == f'{{"metadata": {{"letter": "{letter.pk}"}}}}'


def test_a_letter_can_be_read_on_the_site_once_it_is_out(now: dt.datetime, client: Client) -> None:
    letter = broadcast(now)
    page = f"/letters/read/{copies.token(letter)}/"
    assert client.get(page).status_code == 404
    outbox.deliver(now=now)
    answer = client.get(page)
    assert (answer.status_code, answer.headers["X-Robots-Tag"]) == (200, "noindex")
    assert "Hello Ann," in answer.content.decode()
    assert ('role="main"' in answer.content.decode(), 'role="article"' in answer.content.decode()) == (
        True,
        False,
    )
    code = scene.code(who=letter.contact, now=now)
    outbox.deliver(now=now)
    assert client.get(f"/letters/read/{copies.token(code)}/").status_code == 404
    farewell.erase(contact=letter.contact, now=now)
    assert client.get(page).status_code == 404


@pytest.mark.browser
@pytest.mark.parametrize("kind", Sequence.Kind.values)
def test_b11_every_kind_of_letter_can_be_read_in_each_look(kind: str, browser: Any) -> None:
    """On a phone and in a wide window, light and dark, its picture not loaded: contrast, names, no sideways scroll."""
    body = "Hello Ann,\n\nsome words.\n\n## A heading\n\n- one\n- [a page](https://knots.example.org/)\n\n"
    body += "::: tip\nTry it.\n:::\n\n::: caution\nSlowly.\n:::\n\n::: doctor\nAsk.\n:::\n\n{button:Open the lesson}\n"
    made = frame.compile(subject="A subject", preheader="Before", body=body, kind=kind).html
    page = browser.new_page()
    page.set_content(placeholders.fill(made, placeholders.samples()))
    landmarks = ("landmark-one-main", "region")  # of pages; a mail program shows a letter within its own
    assert [one for one in seen_faults(page, LOOKS) if not one.split()[2].startswith(landmarks)] == []
    expect(page.get_by_alt_text("A rope: one knot has come undone")).to_be_visible()
    expect(page.get_by_text("Before", exact=True)).to_be_hidden()
    page.close()
