"""The page and the file of a paper: what stands there, that it never changes, and who may see it."""

import datetime as dt
import re
import uuid
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import escape

from accounts.models import User
from courses.models import Course, Price
from mailing import contacts
from mailing.models import Letter
from payments import checkout, claims, gateway, ordering, papers, pdf, receipts, settlement
from payments.models import Claim, Coupon, Order, Receipt, Refund
from tests import conftest
from tests.payments import books, shop
from tests.payments.world import World

pytestmark = pytest.mark.django_db
WITHDRAW = (
    "30 days to change your mind: write to coach@example.org and mention the order number. No reason needed."
)


def url(paper: Receipt, name: str = "paper") -> str:
    return reverse(f"payments:{name}", args=[paper.order.key, paper.number])


def article(client: Client, paper: Receipt) -> str:
    page = client.get(url(paper)).content.decode()
    (found,) = re.findall(r"<article.*</article>", page, re.S)
    return str(found)


def sums(paper: Receipt) -> dict[str, str]:
    return {fact.name: fact.value for fact in papers.sheet(paper).sums}


def facts(paper: Receipt) -> dict[str, str]:
    return {fact.name: fact.value for fact in papers.sheet(paper).facts}


def issued(order: Order, *, now: dt.datetime) -> list[Receipt]:
    with transaction.atomic():
        return receipts.issue(order=order, now=now)


@pytest.fixture
def order(world: World, course: Course, ann: User, now: dt.datetime) -> Order:
    return shop.paid_order(course, world, user=ann, now=now)


@pytest.fixture
def paper(order: Order) -> Receipt:
    return order.receipts.get()


# ---- what stands on it ----
def test_a_receipt_says_all_that_a_book_wants_to_know(
    world: World, course: Course, ann: User, ann_client: Client, settings: Any, now: dt.datetime
) -> None:
    settings.SELLER_VAT_ID, settings.SELLER_TAX_NUMBER = "DE123456789", "12/345/67890"
    settings.VAT_RATE_POINTS, settings.VAT_NOTE = 1900, "Services are taxed where the seller lives."
    paper = shop.paid_order(course, world, user=ann, now=now).receipts.get()
    assert asdict(papers.sheet(paper)) == {
        "title": "Receipt",
        "number": "P2026-00001",
        "practice": papers.PRACTICE,
        "facts": (
            {"name": "Number", "value": "P2026-00001", "total": False},
            {"name": "Issued on", "value": "November 20, 2026", "total": False},
            {"name": "Paid on", "value": "November 20, 2026", "total": False},
            {"name": "Paid by", "value": "card", "total": False},
            {"name": "Order number", "value": paper.order.number, "total": False},
            {"name": "Bought by", "value": "ann@example.org", "total": False},
        ),
        "lines": ({"title": course.title, "about": course.tagline, "amount": "149 USD"},),
        "sums": (
            {"name": "Net", "value": "125.21 USD", "total": False},
            {"name": "Tax (19%)", "value": "23.79 USD", "total": False},
            {"name": "Paid", "value": "149 USD", "total": True},
        ),
        "notes": (
            "Services are taxed where the seller lives.",
            WITHDRAW,
        ),
        "seller": (
            "The Pain Relief Coach",
            "1 Practice Street, Anytown",
            "coach@example.org",
            "VAT id DE123456789",
            "Tax number 12/345/67890",
        ),
    }
    page = article(ann_client, paper)
    shown = [word for fact in papers.sheet(paper).facts for word in (fact.name, fact.value)]
    shown += [
        *papers.sheet(paper).seller,
        *papers.sheet(paper).notes,
        course.tagline,
        "125.21 USD",
        papers.PRACTICE,
    ]
    assert [word for word in shown if escape(word) not in page] == []


@pytest.mark.parametrize(
    ("note", "says"), [("", {"Tax": "included"}), ("No VAT is charged: small business", {})]
)
def test_without_a_rate_it_says_included_or_the_sellers_own_note(
    course: Course, settings: Any, now: dt.datetime, note: str, says: dict[str, str]
) -> None:
    settings.VAT_NOTE = note
    order = books.order(course, now=now)
    books.payment(order, 14900, now=now)
    (paper,) = issued(order, now=now)
    assert sums(paper) == {**says, "Paid": "149 USD"}
    assert (note in papers.sheet(paper).notes) is bool(note)


def test_a_sale_and_a_code_are_told_step_by_step(
    world: World, course: Course, ann: User, now: dt.datetime
) -> None:
    Coupon.objects.create(code="SPRING10", percent=10, created_at=now)
    Course.objects.update(sale_minor=12000, sale_from=now, sale_until=now + dt.timedelta(days=1))
    course.refresh_from_db()
    paper = shop.paid_order(course, world, user=ann, now=now, code="spring10").receipts.get()
    assert sums(paper) == {
        "List price": "149 USD",
        "Sale": "−29 USD",
        "Code SPRING10": "−12 USD",
        "Price": "108 USD",
        "Tax": "included",
        "Paid": "108 USD",
    }
    assert papers.sheet(paper).lines[0].amount == ""


def test_a_monthly_payment_says_which_one_of_what(
    world: World, course: Course, ann: User, now: dt.datetime
) -> None:
    price = Price.objects.create(course=course, key="three", title="Three", payments=3, amount_minor=5200)
    paper = shop.paid_order(course, world, user=ann, now=now, price=price).receipts.get()
    assert sums(paper) == {"Payment 1 of 3 of 156 USD": "52 USD", "Tax": "included", "Paid": "52 USD"}
    assert papers.sheet(paper).lines[0].amount == "156 USD"


def test_a_gift_paid_from_a_bank_account_says_both(course: Course, now: dt.datetime) -> None:
    order = books.order(course, now=now, is_gift=True)
    books.payment(order, 14900, now=now, method="sepa_debit")
    (paper,) = issued(order, now=now)
    assert "Bought as a gift." in papers.sheet(paper).notes
    assert facts(paper)["Paid by"] == "bank debit"


@pytest.mark.parametrize(
    ("currency", "minor", "says"), [("jpy", 22000, "22,000 JPY"), ("kwd", 45500, "45.500 KWD")]
)
def test_37_currencies_without_and_with_three_decimals(
    course: Course, now: dt.datetime, currency: str, minor: int, says: str
) -> None:
    order = books.order(course, now=now, minor=minor, currency=currency)
    books.payment(order, minor, now=now)
    (paper,) = issued(order, now=now)
    assert (sums(paper)["Paid"], papers.sheet(paper).lines[0].amount) == (says, says)


def test_real_money_bears_no_practice_line(course: Course, now: dt.datetime) -> None:
    order = books.order(course, now=now, livemode=True)
    books.payment(order, 14900, now=now)
    (paper,) = issued(order, now=now)
    assert (papers.sheet(paper).practice, papers.sheet(paper).number) == ("", "2026-00001")


def test_a_refund_note_and_its_reversal_name_what_they_take_back(course: Course, now: dt.datetime) -> None:
    order = books.order(course, now=now)
    refund = books.refund(books.payment(order, 14900, now=now), 5000, now=now)
    _, note = issued(order, now=now)
    Refund.objects.filter(pk=refund.pk).update(state="failed")
    (reversal,) = issued(order, now=now)
    assert (papers.sheet(note).title, sums(note)) == (
        "Refund note",
        {"Tax": "included", "Given back": "50 USD"},
    )
    assert facts(note)["Takes back from"] == "receipt P2026-00001, 149 USD"
    assert facts(reversal)["Takes back"] == "refund note P2026-00002, 50 USD"
    assert sums(reversal) == {"Tax": "included", "Not given back after all": "50 USD"}


def test_a_paper_never_changes_after_it_was_issued(
    world: World,
    paper: Receipt,
    ann: User,
    ann_client: Client,
    course: Course,
    settings: Any,
    now: dt.datetime,
) -> None:
    before, file = article(ann_client, paper), pdf.draw(paper)
    settings.SELLER_NAME, settings.POSTAL_ADDRESS, settings.COACH_EMAIL = (
        "Other",
        "Elsewhere",
        "o@example.org",
    )
    settings.SELLER_VAT_ID, settings.VAT_RATE_POINTS, settings.VAT_NOTE = "XX1", 2500, "Another note"
    settings.SITE_TIME_ZONE = "Asia/Tokyo"
    Course.objects.update(title="Another title", tagline="Another line", refund_days=3, price_minor=1)
    contacts.update(contact=ann.contact, time_zone="Asia/Tokyo", confirmed=True, now=now)
    User.objects.filter(pk=ann.pk).update(email="new@example.org")
    world.refund(paper.order.attempts.get())
    settlement.settle(attempt=paper.order.attempts.get(), now=now)
    again = Receipt.objects.select_related("order").get(pk=paper.pk)
    assert article(ann_client, again) == before
    assert pdf.draw(again) == file


def test_the_letter_leads_to_the_paper_and_says_its_date(world: World, order: Order, settings: Any) -> None:
    (letter,) = Letter.objects.filter(dedupe_key=f"paper:{order.receipts.get().pk}")
    assert letter.context["button_url"] == f"{settings.SITE_URL}{url(order.receipts.get())}"
    assert letter.context["paid_on"] == "November 20, 2026"


# ---- the order's page ----
def test_the_orders_page_leads_to_its_one_receipt(world: World, order: Order, ann_client: Client) -> None:
    answer = ann_client.get(reverse("payments:receipt", args=[order.key]))
    assert (answer.status_code, answer["Location"]) == (302, url(order.receipts.get()))


@pytest.mark.parametrize("refunds", [[5000], [1000, 2000, 3000]])
def test_the_orders_page_lists_all_its_papers_with_the_same_queries(
    world: World, order: Order, ann_client: Client, now: dt.datetime, refunds: list[int]
) -> None:
    for minor in refunds:
        world.refund(order.attempts.get(), minor)
    settlement.settle(attempt=order.attempts.get(), now=now)
    with CaptureQueriesContext(connection) as asked:
        page = ann_client.get(reverse("payments:receipt", args=[order.key])).content.decode()
    assert len(asked) == 5
    listed = [url(one) for one in order.receipts.order_by("serial")]
    assert re.findall(r'href="(/orders/[^"]*/papers/[^"]*/)"', page) == listed
    assert len(listed) == 1 + len(refunds)


def test_what_cost_nothing_has_a_confirmation_that_nothing_was_paid(
    world: World, course: Course, ann: User, ann_client: Client, now: dt.datetime
) -> None:
    Coupon.objects.create(code="FREE", percent=100, created_at=now)
    shopper = ordering.Shopper(email=ann.email, user=ann)
    order = checkout.start(course=course, shopper=shopper, code="FREE", now=now).order
    confirmation = reverse("payments:receipt", args=[order.key])
    assert f'href="{confirmation}"' in ann_client.get(reverse("payments:orders")).content.decode()
    page = ann_client.get(confirmation).content.decode()
    assert "<h1>Nothing was paid</h1>" in page and course.title in page and "ann@example.org" in page


# ---- who may see it ----
def seen_by(client: Client, paper: Receipt) -> set[int]:
    overview = client.get(reverse("payments:receipt", args=[paper.order.key])).status_code
    return {
        200 if overview == 302 else overview,
        *(client.get(url(paper, name)).status_code for name in ("paper", "paper_pdf")),
    }


def test_the_owner_sees_it_and_strangers_do_not(
    paper: Receipt, ann_client: Client, ben_client: Client, ines_client: Client
) -> None:
    assert [seen_by(one, paper) for one in (ann_client, ben_client)] == [{200}, {404}]
    files = [ines_client.get(url(paper, name)).status_code for name in ("paper", "paper_pdf")]
    overview = ines_client.get(reverse("payments:receipt", args=[paper.order.key])).status_code
    assert (files, overview) == (
        [200, 200],
        404,
    )  # who sees papers at the desk sees each, not the buyer's own page


def test_who_is_signed_out_is_asked_to_sign_in_whatever_the_key(
    paper: Receipt, order: Order, ann: User, guest: Client
) -> None:
    """The link of a letter, opened in another browser; and nothing tells a key that exists from one that does not."""
    for key, number in (
        (order.key, paper.number),
        (order.key, "P2026-09999"),
        (uuid.uuid4(), paper.number),
    ):
        for name in ("paper", "paper_pdf"):
            there = reverse(f"payments:{name}", args=[key, number])
            answer = guest.get(there)
            assert answer.status_code == 302
            assert answer["Location"] == f"{reverse('account_login')}?next={there}"
    guest.force_login(ann)
    assert guest.get(url(paper, "paper")).status_code == 200


def test_a_number_of_another_order_is_not_to_be_had_under_ones_own_key(
    world: World,
    order: Order,
    course: Course,
    ben: User,
    ann_client: Client,
    ben_client: Client,
    now: dt.datetime,
) -> None:
    other = shop.paid_order(course, world, user=ben, now=now)
    for name in ("paper", "paper_pdf"):
        mixed = reverse(f"payments:{name}", args=[order.key, other.receipts.get().number])
        assert [one.get(mixed).status_code for one in (ann_client, ben_client)] == [404, 404]


def test_a_guests_browser_sees_it_and_so_does_whoever_proves_the_address(
    world: World, course: Course, ann: User, ben: User, guest: Client, ben_client: Client, now: dt.datetime
) -> None:
    guest.post(
        reverse("payments:buy", args=[course.slug]),
        {"agreed": "on", "at_once": "on", "email": "ann@example.org"},
    )
    order = Order.objects.get()
    attempt = order.attempts.get()
    world.pay(attempt.session_id or "")
    settlement.settle(attempt=attempt, now=now)
    paper = order.receipts.select_related("order").get()
    proven = conftest.signed_in(ann)
    assert [seen_by(one, paper) for one in (guest, proven, ben_client)] == [{200}, {200}, {404}]
    ann.emailaddress_set.update(verified=False)  # type: ignore[attr-defined]
    assert seen_by(proven, paper) == {404}
    ann.emailaddress_set.update(verified=True)  # type: ignore[attr-defined]
    claims.fulfil(claim=Claim.objects.get(), user=ann, now=now)
    User.objects.filter(pk=ann.pk).update(email="new@example.org")
    User.objects.filter(pk=ben.pk).update(
        email="ann@example.org"
    )  # the address changed hands, the order did not
    assert [seen_by(one, paper) for one in (guest, proven, ben_client)] == [{200}, {200}, {404}]


# ---- the file ----
def test_the_file_is_served_as_what_it_is_and_kept_by_nobody(paper: Receipt, ann_client: Client) -> None:
    answer = ann_client.get(url(paper, "paper_pdf"))
    assert answer.content == pdf.draw(paper)
    assert (answer["Content-Type"], answer["Content-Disposition"], answer["Cache-Control"]) == (
        "application/pdf",
        'inline; filename="receipt-P2026-00001.pdf"',
        "max-age=0, no-cache, no-store, must-revalidate, private",
    )


def test_the_same_paper_gives_the_same_bytes_with_title_tags_and_archive_mark(paper: Receipt) -> None:
    Receipt.objects.update(issued_at=paper.issued_at + dt.timedelta(microseconds=123456))
    paper.refresh_from_db()
    file, again = pdf.draw(paper), pdf.draw(Receipt.objects.get(pk=paper.pk))
    assert file == again and file.startswith(b"%PDF-1.7")
    marks = (b"Receipt P2026-00001", b"pdfaid:part>2<", b"pdfuaid:part>1<", b"/Lang", b"2026-11-20")
    assert [mark for mark in marks if mark not in file] == []
    assert pages(file) == 1


def pages(file: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", file))


@pytest.mark.parametrize(
    ("currency", "box"), [("usd", b"612 792"), ("cad", b"612 792"), ("eur", b"595.2756 841.8898")]
)
def test_paper_is_a4_and_letter_for_dollars(
    course: Course, now: dt.datetime, currency: str, box: bytes
) -> None:
    order = books.order(course, now=now, currency=currency)
    books.payment(order, 14900, now=now)
    (paper,) = issued(order, now=now)
    assert re.findall(rb"/MediaBox\s*\[0 0 ([\d. ]+)\]", pdf.draw(paper)) == [box]


NASTY = '#panic("x") $x$ *b* _e_ @ref <l> \\ `c` // = h [ ] { } ' + "W" * 60
NAMES = ["Łucja Müller, Ñandú ő ж λ", "日本語の先生", "עברית", "😀", "a\x00b\x07c\u202e", NASTY, ""]


@pytest.mark.parametrize("name", NAMES)
def test_whatever_was_typed_is_words_and_never_source_and_stays_on_the_page(
    paper: Receipt, name: str
) -> None:
    vat = {**paper.content["vat"], "note": name}
    seller = {**paper.content["seller"], "name": name, "address": f"{name}\n{name}"}
    lines = [{"title": name[:120], "about": name[:160], "amount_minor": 14900}]
    buyer = f"{'l' * 64}@{'d' * 60}.example.org"
    paper.content = {**paper.content, "vat": vat, "seller": seller, "lines": lines, "buyer": buyer}
    assert pages(pdf.draw(paper)) == 1


def test_a_file_that_cannot_be_made_leads_back_to_the_page(
    paper: Receipt, ann_client: Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: Any
) -> None:
    broken = tmp_path / "paper.typ"
    broken.write_text('#panic("no")')
    monkeypatch.setattr(pdf, "TEMPLATE", broken)
    answer = ann_client.get(url(paper, "paper_pdf"), follow=True)
    assert answer.redirect_chain == [(url(paper), 302)]
    assert "This page prints the same paper." in answer.content.decode()
    assert "could not be typeset" in caplog.text


def test_a_file_that_takes_too_long_is_not_waited_for(
    paper: Receipt, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    slow = tmp_path / "paper.typ"
    slow.write_text("#let n = 0\n#for i in range(3000000) { n += i }\n#n")
    monkeypatch.setattr(pdf, "TEMPLATE", slow)
    monkeypatch.setattr(pdf, "SECONDS", 0.05)
    with pytest.raises(pdf.NotDrawnError):
        pdf.draw(paper)


def test_readme_names_the_events_that_the_endpoint_must_send(settings: Any) -> None:
    listed = (
        (settings.BASE_DIR / "README.md").read_text().partition("with these events:")[2].partition("\n4. ")[0]
    )
    assert sorted(re.findall(r"`([a-z_.]+)`", listed)) == sorted(gateway.EVENTS)


def test_every_setting_of_papers_and_money_stands_in_readme(settings: Any) -> None:
    names = (
        "SELLER_VAT_ID SELLER_TAX_NUMBER VAT_RATE_POINTS VAT_NOTE STRIPE_TAX STRIPE_PAYMENT_METHODS "
        "HOLD_ACCESS_ON_DISPUTE"
    ).split()
    table = (settings.BASE_DIR / "README.md").read_text()
    assert [name for name in names if f"`{name}`" not in table or not hasattr(settings, name)] == []
