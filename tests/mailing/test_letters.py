import datetime as dt
import itertools
import re
from email.utils import parsedate_to_datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from mailing import consent, contacts, drip, envelope, kinds, letterfiles, letters, outbox, placeholders
from mailing.models import Consent, Letter, Step
from tests.mailing import scene

pytestmark = pytest.mark.django_db
SERVICE_VALUES = {name: f"[{name}]" for name in placeholders.SERVICE} | {
    "button_url": "https://example.org/button"
}
ALWAYS = {
    "Content-Type", "MIME-Version", "Subject", "From", "To", "Reply-To", "Date", "Message-ID",
    "Auto-Submitted", "X-Auto-Response-Suppress", "Feedback-ID",
}  # fmt: skip
STOPPABLE_ONLY = {"List-Unsubscribe", "List-Unsubscribe-Post", "List-Id", "Precedence"}


class Seen(HTMLParser):
    """Every tag of a page with its attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def test_why_you_get_this_is_wrapped_with_its_names_in_it(now: dt.datetime) -> None:
    scene.sequence(0, now=now)
    run = scene.run(who=scene.contact(now=now), now=now)
    drip.plan(now=now)
    why = "You get this letter because you joined Knots In Your Back Gone. At most one\nletter a day, in your own"
    assert f"\n{why} morning.\n" in letters.render(Letter.objects.get(run=run), now=now).text


def queued(path: Path, now: dt.datetime) -> Letter:
    """A letter of the file, on its way to Ann."""
    letterfiles.bring_in(path=path, now=now)
    step = Step.objects.get(sequence__slug=path.parent.name, key=letterfiles.read(path)[0])
    ann = scene.contact(now=now)
    if path.parent.name == "service":
        return letters.post(
            step=str(step),
            contact=ann,
            dedupe_key="one",
            context=SERVICE_VALUES,
            now=now,
            kind=Letter.Kind.RECEIPT,
        )
    for purpose in Consent.Purpose.values:
        consent.give(contact=ann, purpose=purpose, source="test", now=now)
    run = scene.run(who=ann, now=now, slug=path.parent.name)
    drip.plan(now=run.next_due_at or now)
    return Letter.objects.get()


def name(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


@pytest.mark.parametrize("path", scene.letter_files(), ids=name)
def test_every_letter_keeps_the_rules(path: Path, now: dt.datetime, settings: Any) -> None:
    letter = queued(path, now)
    stoppable = letter.kind in kinds.STOPPABLE
    outbox.deliver(now=letter.not_before)
    (mail,) = scene.mails()
    assert set(mail.keys()) == (ALWAYS | STOPPABLE_ONLY if stoppable else ALWAYS)
    assert (mail["To"], mail["Auto-Submitted"]) == ("ann@example.org", "auto-generated")
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    assert [part["Content-Transfer-Encoding"] for part in mail.iter_parts()] == ["quoted-printable"] * 2
    if stoppable:
        purpose = consent.purpose_of(letter)
        url = f"{settings.SITE_URL}/letters/stop/{consent.token(letter.contact, purpose)}/"
        assert mail["List-Unsubscribe"].startswith(f"<{url}>, <mailto:")
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert mail["List-Id"] == f"<{path.parent.name}.localhost>"


@pytest.mark.parametrize("path", scene.letter_files(), ids=name)
def test_every_letter_reads_well_as_text(path: Path, now: dt.datetime, settings: Any) -> None:
    letter = queued(path, now)
    text = letters.render(letter, now=now).text
    assert [line for line in text.splitlines() if len(line) > 78 and "://" not in line] == []
    words = text.partition("\n\n")[2].partition("\n----")[0].splitlines()
    pairs = [(one, then) for one, then in itertools.pairwise(words) if one and then and one[-1] != ":"]
    pairs = [
        (one, then) for one, then in pairs if not re.match(r" *(- |\d+\. )", then)
    ]  # an item has its own line
    assert [one for one, then in pairs if len(f"{one} {then.split()[0]}") <= 78] == []  # broken too early
    assert re.findall(r"\{[^}]*\}|TheOneButton|placeholder\.invalid", text) == []
    assert settings.POSTAL_ADDRESS in text
    assert ("/letters/stop/" in text) is (letter.kind in kinds.STOPPABLE)


@pytest.mark.parametrize("path", scene.letter_files(), ids=name)
def test_every_letter_is_readable_html(path: Path, now: dt.datetime, settings: Any) -> None:
    letter = queued(path, now)
    html = letters.render(letter, now=now).html
    page = Seen(html)
    assert (
        re.findall(r"\{[a-z_:]+[^}]*\}|TheOneButton|placeholder\.invalid", html.partition("<body")[2]) == []
    )
    assert page.all("html")[0]["lang"] == "en-US"
    assert {table["role"] for table in page.all("table")} == {"presentation"}
    (picture,) = page.all("img")
    assert picture["src"] == f"{settings.SITE_URL}/static/img/letter-rope.png"
    assert picture["alt"] == "A rope: one knot has come undone, the next is an open loop."
    assert len(page.all("h1")) == 1
    assert re.search(r"<title>[^<]+</title>", html)
    assert "@media (prefers-color-scheme: dark)" in html
    assert len(html.encode()) < 90_000
    buttons = [link for link in page.all("a") if link.get("class") == "button"]
    assert len(buttons) == len(placeholders.BUTTON.findall(letter.revision.body))
    assert all(str(link["href"]).startswith(("http", "mailto:")) for link in page.all("a"))
    assert ("/letters/stop/" in html) is (letter.kind in kinds.STOPPABLE)
    assert settings.POSTAL_ADDRESS in html


def test_the_button_leads_to_the_lesson(now: dt.datetime) -> None:
    scene.sequence(0, now=now)
    scene.run(who=scene.contact(now=now), now=now)
    drip.plan(now=now)
    rendered = letters.render(Letter.objects.get(), now=now)
    (button,) = [link for link in Seen(rendered.html).all("a") if link.get("class") == "button"]
    assert button["href"] == scene.OPEN["lesson_url"]
    assert f"Open the lesson:\n{scene.OPEN['lesson_url']}\n" in rendered.text


def test_posting_twice_is_one_letter(now: dt.datetime) -> None:
    ann = scene.contact(now=now)
    assert scene.code(who=ann, now=now) == scene.code(who=ann, now=now + dt.timedelta(hours=1))
    assert Letter.objects.count() == 1


def test_an_unknown_letter_is_an_error_of_ours(now: dt.datetime) -> None:
    with pytest.raises(letters.NoSuchStep):
        letters.post(
            step="service/no-such",
            contact=scene.contact(now=now),
            dedupe_key="x",
            context={},
            now=now,
            kind=Letter.Kind.ACCOUNT,
        )


def test_a_site_without_imported_letters_still_sends_codes(now: dt.datetime) -> None:
    assert Step.objects.count() == 0
    scene.code(who=scene.contact(now=now), now=now)
    assert list(Step.objects.values_list("key", flat=True)) == ["sign-in-code"]


def test_rendering_twice_gives_the_same(now: dt.datetime) -> None:
    letter = scene.receipt(who=scene.contact(now=now), now=now)
    first, second = envelope.seal(letter, now=now), envelope.seal(letter, now=now)
    assert (first.content, first.sha256) == (second.content, second.sha256)


@pytest.mark.parametrize(
    ("name", "greeted"),
    [
        ("Ann", "Ann"),
        ("", "there"),
        ("Ann\r\nBcc: victim@example.org", "there"),
        ("Ann\r\nLee", "Ann Lee"),
        ("<b>Ann</b>", "there"),
        ("Visit evil.tld", "there"),
        ("https://evil.example", "there"),
        ("O’Hara & Söhne", "O’Hara & Söhne"),
        ("A" * 80, "there"),
    ],
)
def test_a_name_brings_no_header_no_markup_and_no_link(name: str, greeted: str, now: dt.datetime) -> None:
    ann = contacts.of("ann@example.org", now=now)
    contacts.update(contact=ann, name=name, now=now)
    assert placeholders.first_name(ann) == greeted
    scene.code(who=ann, now=now)
    outbox.deliver(now=now)
    (mail,) = scene.mails()
    assert set(mail.keys()) == ALWAYS
    assert f"Hello {greeted}," in mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]


def test_line_breaks_in_a_value_reach_no_header_and_markup_in_it_is_text(now: dt.datetime) -> None:
    course = scene.sequence(now=now)
    scene.step(
        course, 1, day=0, now=now, subject="About {lesson_title}", body="{lesson_title}\n\n{button:Go}"
    )
    scene.answers["1.1"] = scene.Send({**scene.OPEN, "lesson_title": "Knots\r\nBcc: x@example.org <script>"})
    scene.run(who=scene.contact(now=now), now=now)
    drip.plan(now=now)
    outbox.deliver(now=now)
    (mail,) = scene.mails()
    assert mail["Subject"] == "About Knots Bcc: x@example.org <script>"
    assert "Bcc" not in mail
    html = mail.get_body(("html",)).get_content()  # type: ignore[union-attr]
    assert "&lt;script&gt;" in html
    assert "<script" not in html


def test_a_value_with_braces_is_not_filled_again(now: dt.datetime) -> None:
    letter = scene.receipt(who=scene.contact(now=now), now=now, course_title="{stop_url}")
    assert "{stop_url}" in letters.render(letter, now=now).text


def test_the_context_cannot_overrule_whose_letter_it_is(now: dt.datetime) -> None:
    letter = scene.receipt(
        who=scene.contact(now=now), now=now, first_name="Mallory", coach_email="x@evil.example"
    )
    text = letters.render(letter, now=now).text
    assert "Hello Ann," in text
    assert "evil.example" not in text


def test_the_message_id_says_nothing_and_the_date_is_utc(now: dt.datetime) -> None:
    letter = scene.code(who=scene.contact(now=now), now=now)
    assert re.fullmatch(r"<[0-9a-f]{40}@example\.org>", envelope.message_id(letter))
    assert parsedate_to_datetime(envelope.date(now)) == now


def test_names_beyond_ascii_survive_the_wire(now: dt.datetime) -> None:
    course = scene.sequence(now=now)
    scene.step(course, 1, day=0, now=now, subject="Grüße, und ein Knoten 🪢 weniger: " + "lang " * 20)
    scene.run(who=scene.contact(now=now), now=now)
    drip.plan(now=now)
    outbox.deliver(now=now)
    assert scene.got() == [("Grüße, und ein Knoten 🪢 weniger: " + "lang " * 20).strip()]
