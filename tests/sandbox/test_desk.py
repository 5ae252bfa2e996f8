"""The owner's view: who may see it, what it shows, what its buttons make happen."""

import datetime as dt
import html
import re
from pathlib import Path
from typing import Any

import pytest
import stripe
from allauth.mfa.models import Authenticator
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from coursesite.management.commands import up
from sandbox import aftermath, clock, overview, passing, sender
from sandbox.core import SOON
from sandbox.ids import Ids
from sandbox.models import Delivery, Event, Fault, Object
from tests.sandbox.conftest import NOW, debit, euros, pay, session_params
from tests.sandbox.shop import Shop

Stripe = stripe.StripeClient
DESK, EVENTS, TROUBLES = (reverse(f"sandbox:{name}") for name in ("desk", "desk_events", "desk_troubles"))


@pytest.fixture(autouse=True)
def practice_site(settings: Any) -> None:
    settings.DEV_PAGES = True


def paid(gateway: Stripe, number: str = "4242424242424242") -> str:
    """The id of a charge that a card has paid."""
    pay(gateway.v1.checkout.sessions.create(session_params()).id, number)
    return Object.objects.filter(type="charge").latest("number").key


def debited(gateway: Stripe) -> str:
    """The id of a charge that waits for a bank."""
    debit(gateway.v1.checkout.sessions.create(euros()).id, "AT321904300235473204")
    return Object.objects.filter(type="charge").latest("number").key


def press(client: Client, name: str, key: str, do: str, **more: str) -> Any:
    return client.post(reverse(f"sandbox:{name}", args=[key]), {"do": do} | more)


def text(answer: Any) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.content.decode())))


def told(client: Client) -> list[str]:
    """The notices on the page that follows; a failure begins with its title."""
    page = client.get(DESK).content.decode()
    notices = re.findall(r'<div class="notice.*?</svg><div>(.*?)</div></div>', page, re.S)
    return [html.unescape(re.sub(r"<[^>]*>", " ", notice)).strip() for notice in notices]


# ---- who ----
def urls(gateway: Stripe) -> list[tuple[str, str]]:
    """Every page and every button of the desk, each about something that is there."""
    charge = paid(gateway)
    refund = gateway.v1.refunds.create({"charge": charge, "amount": 1}).id
    made = aftermath.dispute(key=charge, reason="general", ids=Ids(), now=NOW)["id"]
    event = Event.objects.latest("number").key
    named = {"desk_payment": charge, "desk_refund": refund, "desk_dispute": made, "desk_resend": event}
    return [
        *(("get", url) for url in (DESK, EVENTS, TROUBLES)),
        *(("post", reverse(f"sandbox:{name}", args=[key])) for name, key in named.items()),
        *(("post", reverse(f"sandbox:{name}")) for name in ("desk_plan", "desk_clear", "desk_clock")),
    ]


def test_on_a_site_that_is_not_for_practice_only_staff_learn_that_it_is_there(
    client_of_stripe: Stripe, settings: Any, ben_client: Client, ines_client: Client
) -> None:
    settings.DEV_PAGES = False
    asked = urls(client_of_stripe)
    Fault.objects.create(kind=Fault.Kind.DROP)
    before = (Object.objects.count(), Event.objects.count(), Delivery.objects.count(), Fault.objects.count())
    for client in (Client(), ben_client):
        answers = [getattr(client, verb)(url, {"do": "refund", "amount": "1.00"}) for verb, url in asked]
        assert [answer.status_code for answer in answers] == [404] * len(asked)
    after = (Object.objects.count(), Event.objects.count(), Delivery.objects.count(), Fault.objects.count())
    assert after == before
    pages = [ines_client.get(url).status_code for verb, url in asked if verb == "get"]
    assert pages == [200] * 3
    assert press(ines_client, "desk_payment", asked[3][1].split("/")[-2], "refund").status_code == 302


def test_where_staff_need_a_second_factor_it_is_needed_here_too(
    client_of_stripe: Stripe, settings: Any, ines: User, ines_client: Client
) -> None:
    settings.DEV_PAGES, settings.STAFF_NEEDS_SECOND_FACTOR = False, True
    for verb, url in urls(client_of_stripe):
        answer = getattr(ines_client, verb)(url, {"do": "refund", "amount": "1.00"}, follow=True)
        assert answer.redirect_chain[-1][0] == reverse("mfa_index")
    assert Object.objects.filter(type="refund").count() == 1  # made by urls()
    Authenticator.objects.create(user=ines, type=Authenticator.Type.TOTP, data={})
    assert ines_client.get(DESK).status_code == 200


def test_every_page_of_the_site_leads_here_for_those_who_may(
    db: None, settings: Any, client: Client, ines_client: Client, ben_client: Client
) -> None:
    link = f'href="{DESK}">the practice payments</a>'
    assert link in client.get("/safety-of-nothing/").content.decode()
    assert link in ines_client.get("/desk/").content.decode()
    settings.DEV_PAGES = False
    for may, one in ((True, ines_client), (False, ben_client), (False, client)):
        assert one.get("/courses/").context["house"]["practice_payments"] == (DESK if may else "")
    settings.PRACTICE_PAYMENTS = ""  # payments are real
    assert ines_client.get("/courses/").context["house"]["practice_payments"] == ""


def test_the_start_of_the_site_names_it() -> None:
    assert f"{DESK}   play the bank" in up.box()


def test_on_a_practice_site_anybody_may(client_of_stripe: Stripe, client: Client) -> None:
    assert [client.get(url).status_code for url in (DESK, EVENTS, TROUBLES)] == [200] * 3


def test_the_buttons_need_their_csrf_token_and_looking_changes_nothing(client_of_stripe: Stripe) -> None:
    asked = urls(client_of_stripe)
    browser = Client(enforce_csrf_checks=True)
    assert [browser.post(url).status_code for verb, url in asked if verb == "post"] == [403] * 7
    assert [browser.get(url).status_code for verb, url in asked if verb == "post"] == [405] * 7


def test_what_is_not_there_or_not_a_button_is_not_found(client_of_stripe: Stripe, client: Client) -> None:
    charge = paid(client_of_stripe)
    assert press(client, "desk_payment", charge, "explode").status_code == 404
    for name in ("desk_payment", "desk_refund", "desk_dispute", "desk_resend"):
        assert press(client, name, "nobody", "refund").status_code == 404
    assert client.post(reverse("sandbox:desk_plan"), {"kind": "flood"}).status_code == 404
    assert client.post(reverse("sandbox:desk_clock"), {"by": "century"}).status_code == 404


def test_the_pay_page_leads_the_owner_there_and_nobody_else(
    client_of_stripe: Stripe, client: Client, settings: Any
) -> None:
    session = client_of_stripe.v1.checkout.sessions.create(session_params())
    url = str(session.url).removeprefix("https://practice.example")
    assert f'href="{DESK}"' in client.get(url).content.decode()
    settings.DEV_PAGES = False
    assert f'href="{DESK}"' not in client.get(url).content.decode()


# ---- payments ----
def test_an_empty_desk_says_what_to_do(client_of_stripe: Stripe, client: Client) -> None:
    assert "Nobody has paid yet." in text(client.get(DESK))
    assert "Nothing has been told yet." in text(client.get(EVENTS))


@pytest.mark.parametrize("page", [DESK, EVENTS, TROUBLES])
def test_every_page_says_that_no_real_money_moves(
    client_of_stripe: Stripe, client: Client, page: str
) -> None:
    answer = client.get(page)
    assert "No real money moves here." in text(answer)
    assert re.findall(r"(?i)stripe(?!/webhook)", answer.content.decode()) == []
    assert re.findall(r"<script|style=| on[a-z]+=", answer.content.decode()) == []


def test_payments_are_listed_newest_first_a_page_at_a_time(client_of_stripe: Stripe, client: Client) -> None:
    charges = [paid(client_of_stripe) for _ in range(11)]
    shown = re.findall(r'<li class="card" id="(\w+)"', client.get(DESK).content.decode())
    assert shown == charges[:0:-1]
    rest = re.findall(r'<li class="card" id="(\w+)"', client.get(DESK + "?page=2").content.decode())
    assert rest == charges[:1]


@pytest.mark.parametrize(
    ("moves", "state"),
    [
        ([], "Paid"),
        ([("refund", "100.00")], "Partly refunded"),
        ([("refund", "149.00")], "Refunded"),
        ([("dispute", "")], "Disputed"),
        ([("inquiry", "")], "Disputed"),
    ],
)
def test_a_payment_says_how_it_stands(
    client_of_stripe: Stripe, client: Client, moves: list[tuple[str, str]], state: str
) -> None:
    charge = paid(client_of_stripe)
    for do, amount in moves:
        assert (
            press(client, "desk_payment", charge, do, amount=amount).headers["Location"] == f"{DESK}#{charge}"
        )
    page = client.get(DESK).content.decode()
    assert re.findall(r'<h2>.*?<span class="badge \w+">([^<]*)</span>', page, re.S) == [state]
    assert "149.00 USD" in page and "Visa ending 4242" in page and "ann@example.org" in page


def test_a_refund_in_the_dashboard_is_told_to_the_shop_and_bears_no_mark_of_it(
    client_of_stripe: Stripe, client: Client
) -> None:
    charge = paid(client_of_stripe)
    press(client, "desk_payment", charge, "refund", amount=" 49.5 ")
    (made,) = client_of_stripe.v1.refunds.list({"charge": charge}).data
    assert made.metadata is not None
    assert (made.amount, made.metadata.to_dict()) == (4950, {})
    event = Event.objects.get(type="refund.created").body
    assert event["request"] == {"id": None, "idempotency_key": None}
    assert told(client) == ["Done. The shop is told in a moment."]


@pytest.mark.parametrize("amount", ["", "0", "-1", "1.234", "much", "149.01"])
def test_an_amount_that_cannot_be_is_refused_in_words(
    client_of_stripe: Stripe, client: Client, amount: str
) -> None:
    press(client, "desk_payment", paid(client_of_stripe), "refund", amount=amount)
    assert Object.objects.filter(type="refund").count() == 0
    assert "Nothing was changed." in told(client)[-1]


@pytest.mark.parametrize(("do", "state"), [("confirm", "Paid"), ("refuse", "Refused")])
def test_the_bank_can_be_made_to_answer_and_a_second_press_changes_nothing(
    client_of_stripe: Stripe, client: Client, do: str, state: str
) -> None:
    charge = debited(client_of_stripe)
    assert "The bank is confirming" in text(client.get(DESK))
    press(client, "desk_payment", charge, do)
    count = Event.objects.count()
    press(client, "desk_payment", charge, do)
    assert ("Nothing was changed." in told(client)[-1], Event.objects.count()) == (True, count)
    assert f'">{state}</span>' in client.get(DESK).content.decode()


def test_a_dispute_shows_only_the_steps_it_can_take(client_of_stripe: Stripe, client: Client) -> None:
    charge = paid(client_of_stripe)
    press(client, "desk_payment", charge, "dispute")
    key = Object.objects.get(type="dispute").key

    def buttons() -> list[str]:
        return re.findall(r'name="do" value="(\w+)"', client.get(DESK).content.decode())

    assert buttons() == ["answer", "win", "lose", "prevent"]
    press(client, "desk_dispute", key, "lose")
    assert buttons() == ["appeal", "dispute", "inquiry"]
    press(client, "desk_dispute", key, "appeal")
    assert buttons() == ["answer", "win", "lose"]
    press(client, "desk_dispute", key, "win")
    assert buttons() == ["refund", "dispute", "inquiry"]
    press(client, "desk_dispute", key, "win")
    assert "Nothing was changed." in told(client)[-1]


def test_a_refund_can_be_booked_and_can_come_back(client_of_stripe: Stripe, client: Client) -> None:
    charge = debited(client_of_stripe)
    press(client, "desk_payment", charge, "confirm")
    press(client, "desk_payment", charge, "refund", amount="149")
    key = Object.objects.get(type="refund").key
    press(client, "desk_refund", key, "book")
    assert Object.objects.get(key=key).body["status"] == "succeeded"
    press(client, "desk_refund", key, "send_back")
    assert Object.objects.get(key=key).body["status"] == "failed"
    assert press(client, "desk_refund", key, "eat").status_code == 404
    assert "Refund of 149.00 EUR: failed (unknown)" in text(client.get(DESK))


def test_a_button_leads_back_to_its_page_of_the_list(client_of_stripe: Stripe, client: Client) -> None:
    charge = paid(client_of_stripe)
    url = reverse("sandbox:desk_payment", args=[charge])
    assert client.post(f"{url}?page=3", {"do": "inquiry"}).headers["Location"] == f"{DESK}?page=3#{charge}"
    assert client.post(f"{url}?page=//x", {"do": "inquiry"}).headers["Location"] == f"{DESK}#{charge}"


@pytest.mark.parametrize("page", [DESK, EVENTS])
def test_a_page_asks_as_much_for_three_as_for_one(
    client_of_stripe: Stripe, client: Client, page: str
) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(page)
        return len(queries)

    def buy() -> None:
        charge = paid(client_of_stripe)
        client_of_stripe.v1.refunds.create({"charge": charge, "amount": 1})
        aftermath.dispute(key=charge, reason="general", ids=Ids(), now=NOW)

    buy()
    one = asked()
    buy()
    buy()
    assert (asked(), one <= 4) == (one, True)


# ---- events ----
def test_an_event_shows_its_deliveries_and_is_sent_again(
    client_of_stripe: Stripe, client: Client, shop: Shop
) -> None:
    shop.status = 503
    paid(client_of_stripe)
    sender.deliver_due(now=NOW)
    page = text(client.get(EVENTS))
    assert page.count("Waiting 1 try, answer 503, again at Jan 15, 08:01") == 3
    shop.status = 200
    key = Event.objects.get(type="checkout.session.completed").key
    answer = client.post(reverse("sandbox:desk_resend", args=[key]))
    assert answer.headers["Location"] == f"{EVENTS}#{key}"
    assert "not tried yet" in text(client.get(EVENTS))
    assert (sender.deliver_due(now=NOW), shop.kinds[3:]) == (1, ["checkout.session.completed"])
    assert "Arrived 1 try, answer 200" in text(client.get(EVENTS))


def test_without_an_address_there_is_nothing_to_resend(
    client_of_stripe: Stripe, client: Client, settings: Any
) -> None:
    settings.SANDBOX_WEBHOOK_URL = ""
    paid(client_of_stripe)
    page = text(client.get(EVENTS))
    assert ("There is no address to send events to" in page, "Resend" in page) == (True, False)


# ---- troubles ----
def plan(client: Client, kind: str, **more: str) -> Any:
    return client.post(reverse("sandbox:desk_plan"), {"kind": kind} | more)


def test_every_kind_of_fault_has_a_switch() -> None:
    assert sorted(switch.kind for switch in overview.SWITCHES) == sorted(Fault.Kind)


def test_a_trouble_is_planned_once_changed_and_turned_off(client: Client, db: None) -> None:
    for _ in range(2):
        plan(client, "drop", times="2", match="checkout.session.*")
    fault = Fault.objects.get()
    assert (fault.kind, fault.times, fault.match, fault.seconds) == ("drop", 2, "checkout.session.*", 0)
    assert "Lose an event 2 more" in text(client.get(TROUBLES))
    plan(client, "delay", times="1", seconds="30")
    plan(client, "drop", times="2", off="yes")
    assert list(Fault.objects.values_list("kind", "seconds")) == [("delay", 30)]
    client.post(reverse("sandbox:desk_clear"))
    client.post(reverse("sandbox:desk_clear"))
    assert Fault.objects.count() == 0


@pytest.mark.parametrize("times", ["-1", "x", "1001", "1.5", "²"])
def test_a_number_that_cannot_be_changes_nothing(client: Client, db: None, times: str) -> None:
    plan(client, "drop", times="1")
    plan(client, "drop", times=times)
    assert Fault.objects.get().times == 1
    assert "Nothing was changed. Type whole numbers from 0 to 1000." in told(client)[-1]


# ---- the clock ----
@pytest.fixture
def movable(client_of_stripe: Stripe, settings: Any, tmp_path: Path) -> Stripe:
    settings.SANDBOX_NOW = None
    settings.CLOCK_FILE = tmp_path / "clock"
    return client_of_stripe


@pytest.mark.parametrize(("by", "least", "most"), [("minutes", 180, 180), ("day", 86400, 86400)])
def test_each_press_moves_the_clock_on(
    movable: Stripe, client: Client, by: str, least: int, most: int
) -> None:
    before = clock.now()
    for count in (1, 2):
        client.post(reverse("sandbox:desk_clock"), {"by": by})
        assert count * least <= clock.now() - before <= count * most + 5
    assert told(client)[-1].startswith("The clock now shows ")


def test_a_month_is_a_month_of_the_calendar() -> None:
    def after(*day: int) -> dt.datetime:
        return overview.moment(clock.month_after(int(dt.datetime(*day, 9, tzinfo=dt.UTC).timestamp())))  # type: ignore[arg-type]

    assert after(2026, 11, 20) == dt.datetime(2026, 12, 20, 9, tzinfo=dt.UTC)
    assert after(2026, 12, 31) == dt.datetime(2027, 1, 31, 9, tzinfo=dt.UTC)
    assert after(2027, 1, 31) == dt.datetime(2027, 2, 28, 9, tzinfo=dt.UTC)


def test_what_is_due_by_then_happens_with_the_press(movable: Stripe, client: Client) -> None:
    session = movable.v1.checkout.sessions.create(euros())
    debit(session.id, "AT321904300235473204", now=clock.now())
    client.post(reverse("sandbox:desk_clock"), {"by": "minutes"})
    assert Object.objects.get(key=session.id).body["payment_status"] == "paid"
    assert passing.bring(ids=Ids(), now=clock.now() - SOON) == 0


def test_a_clock_without_a_file_is_not_moved(client: Client, settings: Any, db: None) -> None:
    settings.CLOCK_FILE = None
    assert client.post(reverse("sandbox:desk_clock"), {"by": "day"}).status_code == 404
    assert 'name="by"' not in client.get(DESK).content.decode()
    with pytest.raises(RuntimeError):
        clock.move(1)


def test_the_clock_does_not_go_back(movable: Stripe, settings: Any) -> None:
    settings.CLOCK_FILE.write_text("5")
    clock.move(60)
    with pytest.raises(ValueError, match="forward only"):
        clock.move(-1)
    assert settings.CLOCK_FILE.read_text() == "65"
