"""Lists about money: what they find, what they cost, what they hand out, and what is done from their pages."""

import csv
import datetime as dt
import io
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from courses.models import Course
from coursesite.lib import spreadsheet
from mailing.models import Letter
from payments import claims, refunds, settlement, timeline, waiting
from payments.models import Claim, Coupon, Gift, Order, Payment, Plan, Receipt, Refund
from tests import factories
from tests.conftest import signed_in
from tests.desk import money
from tests.payments import shop
from tests.payments.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("service_letters")]
ORDERS = "/desk/payments/order/"
LISTS = ["order", "coupon", "gift", "plan", "receipt", "claim", "attempt", "eventinbox"]


@pytest.fixture
def shelf(world: World, knots: Course, ines: User, now: dt.datetime) -> None:
    """One of each."""
    money.everything(knots, world, ines, now=now)


def found(client: Client, model: str, **asked: str) -> list[Any]:
    answer: Any = client.get(f"/desk/payments/{model}/", asked)
    assert answer.status_code == 200
    return list(answer.context["cl"].result_list)


# ---- orders ----
def test_an_order_is_found_by_whatever_somebody_has_in_hand(shelf: None, ines_client: Client) -> None:
    refund = Refund.objects.get()
    broken, gift = refund.payment.attempt.order, Gift.objects.get()
    plan, coupon = Plan.objects.get(), Coupon.objects.get(code="SPRING10")
    dispute = Payment.objects.get(disputes__isnull=False).disputes.get()
    hands = {
        Receipt.objects.filter(refund=refund)[0].number: broken,
        refund.gateway_id: broken,
        refund.payment.gateway_id: broken,
        gift.code: gift.order,
        gift.code.lower().replace("-", ""): gift.order,
        plan.subscription_id: plan.order,
        "spring-10": coupon.holds.get().order,
        dispute.gateway_id: dispute.payment.attempt.order,
        str(broken.key): broken,
        f"{broken.email} {broken.number}": broken,
    }
    assert {word: found(ines_client, "order", q=str(word)) for word in hands} == {
        word: [order] for word, order in hands.items()
    }
    for word in ("P2026-99999", "2026-00001", "re_none", "9" * 40, "(((", "\x00"):
        assert found(ines_client, "order", q=word) == [], word


def test_orders_are_filtered(shelf: None, ines_client: Client) -> None:
    counted = {
        (name, word): len(found(ines_client, "order", **{name: word}))
        for name, word in (
            ("state", "overpaid"), ("state", "review"), ("dispute", "yes"), ("gift", "yes"), ("monthly", "yes"),
            ("livemode__exact", "0"), ("livemode__exact", "1"), ("dispute", "no"), ("created_at__month", "11"),
        )
    }  # fmt: skip
    assert list(counted.values()) == [1, 1, 1, 1, 1, 9, 0, 8, 9]


def test_the_order_page_tells_everything_in_words(shelf: None, ines_client: Client) -> None:
    order = Refund.objects.get().payment.attempt.order
    page = ines_client.get(f"{ORDERS}{order.pk}/change/")
    context: Any = page.context
    assert [table.title for table in context["tables"]] == [
        "What was bought", "Payments", "Refunds", "Papers", "Wishes to withdraw",
    ]  # fmt: skip
    told = [(moment.kind.word, moment.says, moment.who) for moment in context["story"]]
    for moment in (
        ("By hand", "Refund of 149 USD asked for. The buyer withdrew.", "ines@example.org"),
        ("So", "paid → refunded", ""),
        ("So", "refunded → paid", ""),
        ("Letter", "“Your receipt” to buyer5@example.org: waiting", ""),
        ("Paper", f"Refund note {Receipt.objects.filter(refund__isnull=False).last()} over 149 USD", ""),
        ("Buyer", "Asked to withdraw.", ""),
    ):
        assert moment in told
    moments = [moment.at for moment in context["story"]]
    assert moments == sorted(moments)
    text = page.content.decode()
    assert "14900" not in text and "Decide what waits" in text


def test_money_of_the_same_second_came_after_the_order(
    world: World, knots: Course, ann: User, ines_client: Client, now: dt.datetime
) -> None:
    """The payment company counts whole seconds, we do not."""
    order = shop.paid_order(knots, world, user=ann, now=now + dt.timedelta(milliseconds=700))
    Payment.objects.update(captured_at=now)
    told = [moment.says for moment in timeline.of(order)]
    [came] = [number for number, says in enumerate(told) if says.startswith("149 USD came by card")]
    assert told[0].startswith("Ordered by") and came > 0


def test_what_a_letter_was_called_is_told_without_braces_once_its_words_are_gone(
    world: World, knots: Course, now: dt.datetime
) -> None:
    order = money.disputed(knots, world, now=now)
    plan = money.late(knots, world, now=now).order
    Letter.objects.update(context={}, state="sent")
    told = [
        says for one in (order, plan) for says in (moment.says for moment in timeline.of(one)) if "“" in says
    ]
    assert f"“Order {order.number} needs a decision” to coach@example.org: Sent" in told
    assert not [says for says in told if "{" in says]


def test_each_order_page_opens(shelf: None, ines_client: Client) -> None:
    pages = {order.pk: ines_client.get(f"{ORDERS}{order.pk}/change/") for order in Order.objects.all()}
    assert {page.status_code for page in pages.values()} == {200}
    titles = {table.title for page in pages.values() for table in page.context["tables"]}
    assert titles >= {"Disputes", "Monthly payments", "Gift"}
    assert ines_client.get(f"{ORDERS}99999/change/").status_code == 302


@pytest.mark.parametrize("model", LISTS)
def test_a_list_costs_the_same_with_one_row_and_with_three(
    world: World, knots: Course, ines: User, ines_client: Client, now: dt.datetime, model: str
) -> None:
    def more(number: int) -> None:
        order = shop.paid_order(knots, world, now=now, email=f"g{number}@example.org", tab=f"tab{number}")
        money.coupon(f"CODE{number}", now=now)
        money.given(knots, world, now=now, number=number * 10 + 1)
        money.dead(order, now=now, number=number)
        plan = Plan.objects.create(
            order=order, subscription_id=f"sub_{number}", customer_id="cus", started_at=now, seen_at=now
        )
        plan.instalments.create(number=1, amount_minor=5000, due_at=now)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert len(found(ines_client, model)) >= 1
        return len(queries)

    more(1)
    cost()
    few = cost()
    more(2)
    more(3)
    assert cost() == few
    assert few <= 12


# ---- papers ----
def rows(client: Client, year: int) -> list[list[str]]:
    answer: Any = client.get(f"/desk/payments/receipt/export/{year}/")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == f'attachment; filename="receipts-{year}-practice.csv"'
    table = b"".join(answer.streaming_content)
    assert table.startswith(b"\xef\xbb\xbf")  # so that spreadsheets take it for UTF-8
    return list(csv.reader(io.StringIO(table.decode("utf-8-sig"))))


def test_a_year_is_handed_out_as_a_table(
    world: World, knots: Course, ann: User, ines: User, ines_client: Client, now: dt.datetime, settings: Any
) -> None:
    settings.VAT_RATE_POINTS = 1900
    order = shop.paid_order(knots, world, user=ann, now=now)
    refunds.give_back(payment=Payment.objects.get(), amount_minor=5000, actor=ines, now=now)
    number = order.number
    assert rows(ines_client, 2026) == [
        ["Number", "Date", "Kind", "In or out", "Order", "Net", "Tax", "Gross", "Currency"],
        ["P2026-00001", "2026-11-20", "receipt", "in", number, "125.21", "23.79", "149.00", "USD"],
        ["P2026-00002", "2026-11-20", "refund note", "out", number, "42.02", "7.98", "50.00", "USD"],
    ]
    assert ines_client.get("/desk/payments/receipt/export/1999/").status_code == 404
    page: Any = ines_client.get("/desk/payments/receipt/")
    assert page.context["totals"] == [["USD", "149 USD", "50 USD", "99 USD"]]
    assert "Download 2026 (CSV)" in page.content.decode()


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_is_a_formula(start: str) -> None:
    assert spreadsheet.plain(f"{start}HYPERLINK(1)") == f"'{start}HYPERLINK(1)"
    assert spreadsheet.plain("P2026-00001") == "P2026-00001"


def test_papers_are_found_by_number_order_year_and_kind(shelf: None, ines_client: Client) -> None:
    one = Receipt.objects.filter(kind="refund").get()
    assert found(ines_client, "receipt", q=one.number) == [one]
    assert found(ines_client, "receipt", kind__exact="refund", year="2026") == [one]
    assert one in found(ines_client, "receipt", q=one.order.number)
    assert found(ines_client, "receipt", year="2025") == []
    assert len(found(ines_client, "receipt", year="x")) == Receipt.objects.count()


def test_a_paper_opens_for_the_desk_and_for_its_buyer_alone(
    world: World,
    knots: Course,
    ann: User,
    ann_client: Client,
    ben_client: Client,
    ines_client: Client,
    now: dt.datetime,
) -> None:
    order = shop.paid_order(knots, world, user=ann, now=now)
    url = f"/orders/{order.key}/papers/P2026-00001/"
    helper = factories.user("hal@example.org", is_staff=True)
    seen = [
        one.get(url).status_code for one in (ines_client, ann_client, ben_client, Client(), signed_in(helper))
    ]
    assert seen == [200, 200, 404, 302, 404]  # who is signed out is asked to sign in


# ---- gifts ----
def test_a_gift_shows_its_whole_code_on_its_own_page_alone(shelf: None, ines_client: Client) -> None:
    gift = Gift.objects.get()
    listed = ines_client.get("/desk/payments/gift/").content.decode()
    assert gift.code not in listed and f"… {gift.code[-4:]}" in listed
    page = ines_client.get(f"/desk/payments/gift/{gift.pk}/change/").content.decode()
    assert gift.code in page and "End this gift" in page
    assert found(ines_client, "gift", q=gift.code) == [gift]


def test_the_letter_of_a_gift_is_sent_again_and_its_address_changed_until_then(
    world: World, knots: Course, ines_client: Client, now: dt.datetime
) -> None:
    gift = money.given(knots, world, now=now).gift
    place = f"/desk/payments/gift/{gift.pk}/"
    for _ in range(2):
        answer = ines_client.post(f"{place}address/", {"email": "rea@example.net"}, follow=True)
    assert "Changed. The gift goes to rea@example.net." in answer.content.decode()
    gift.refresh_from_db()
    assert gift.recipient is not None and gift.recipient.email == "rea@example.net"
    assert gift.order.entries.filter(says__startswith="Gift to be mailed to rea@example.net").count() == 1
    answer = ines_client.post(f"{place}address/", {"email": "nonsense"})
    assert "Check the email address" in answer.content.decode()

    def letters(step: str) -> int:
        return Letter.objects.filter(revision__step__key=step).count()

    for _ in range(2):
        ines_client.post(f"{place}send/")
    assert (letters("gift-for-giver"), letters("gift-for-you")) == (2, 0)
    Gift.objects.update(sent_at=now)
    ines_client.post(f"{place}send/")
    assert letters("gift-for-you") == 1
    answer = ines_client.post(f"{place}address/", {"email": "third@example.net"}, follow=True)
    assert "Not changed" in answer.content.decode()
    Gift.objects.update(state="revoked")
    answer = ines_client.post(f"{place}send/", follow=True)
    assert "Nothing was sent" in answer.content.decode()
    assert ines_client.get(f"{place}send/").status_code == 302


# ---- plans ----
def test_a_plan_tells_how_far_it_is(shelf: None, ines_client: Client) -> None:
    [plan] = found(ines_client, "plan", state__exact="past_due")
    assert found(ines_client, "plan", state__exact="complete") == []
    page = ines_client.get(f"/desk/payments/plan/{plan.pk}/change/").content.decode()
    assert "1 of 3" in page and "The bank declined the payment." in page
    assert "1 of 3" in ines_client.get("/desk/payments/plan/").content.decode()


# ---- a guest's address ----
def test_a_guest_s_address_is_corrected_as_often_as_it_takes(
    world: World, knots: Course, ines_client: Client, ines: User, now: dt.datetime
) -> None:
    order = shop.paid_order(knots, world, now=now, email="an@example.org")
    claim = Claim.objects.get()
    url, old = f"/desk/payments/claim/{claim.pk}/address/", claim.token_hash
    for email in ("anne@example.org", "ann@example.org", "ann@example.org"):
        world.at(world.now + money.MINUTE)
        answer = ines_client.post(url, {"email": email}, follow=True)
        assert f"A new link is on its way to {email}" in answer.content.decode()
    order.refresh_from_db()
    claim.refresh_from_db()
    assert (order.email, claim.token_hash == old) == ("ann@example.org", False)
    told = Letter.objects.filter(revision__step__key="address-corrected").order_by("created_at")
    assert [one.contact.email for one in told] == ["an@example.org", "anne@example.org"]
    links = Letter.objects.filter(revision__step__key="open-your-course").order_by("created_at")
    assert [one.contact.email for one in links] == ["an@example.org", "anne@example.org", "ann@example.org"]
    assert [str(one.actor) for one in order.entries.filter(kind="clicked")] == ["ines@example.org"] * 2
    with pytest.raises(claims.TooLateError):  # the buyer may not any more
        claims.correct_address(order=order, email="mallory@example.org", now=now)


def test_what_was_taken_is_not_moved(
    world: World, knots: Course, ann: User, ines_client: Client, now: dt.datetime
) -> None:
    shop.paid_order(knots, world, now=now)
    claims.address_proven(user=ann, email="ann@example.org", now=now)
    url = f"/desk/payments/claim/{Claim.objects.get().pk}/address/"
    answer = ines_client.post(url, {"email": "mallory@example.org"}, follow=True)
    assert "Not changed" in answer.content.decode()
    assert Order.objects.get().email == "ann@example.org"
    assert waiting.by_token("made-up") is None


# ---- who may ----
def test_each_page_needs_its_right(shelf: None, ann_client: Client) -> None:
    claim, gift = Claim.objects.get(), Gift.objects.get()
    pages = {
        f"/desk/payments/claim/{claim.pk}/address/": "change_claim",
        f"/desk/payments/gift/{gift.pk}/address/": "change_gift",
        f"/desk/payments/gift/{gift.pk}/send/": "change_gift",
        "/desk/payments/receipt/export/2026/": "view_receipt",
    }
    helper = factories.user("hal@example.org", is_staff=True)
    views = Permission.objects.filter(codename__in=["view_claim", "view_gift", "view_order"])
    for url, codename in pages.items():
        helper.user_permissions.set(views)
        assert Client().get(url).status_code == 302
        assert ann_client.get(url, follow=True).status_code == 403
        assert signed_in(helper).get(url).status_code == 403
        assert signed_in(helper).post(url, {"email": "mallory@example.org"}).status_code == 403
        helper.user_permissions.add(Permission.objects.get(codename=codename))
        assert signed_in(helper).get(url).status_code in (200, 302)
    settlement.settle(attempt=gift.order.attempts.get(), now=gift.order.created_at)
