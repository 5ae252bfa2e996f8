"""A guest's purchase goes to whoever proves the address, and to nobody else. Numbers as in the list."""

import datetime as dt
import re

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.models import User
from courses.models import Course
from mailing.models import Letter
from payments import claims, settlement, waiting
from payments.models import Attempt, Claim, Order
from tests import factories
from tests.payments import shop
from tests.payments.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def paid(world: World, course: Course, guest: Client, now: dt.datetime) -> Order:
    """A guest paid with Ann's address and stands on the page after."""
    guest.post(
        reverse("payments:buy", args=[course.slug]),
        {"agreed": "on", "at_once": "on", "email": "ann@example.org"},
    )
    attempt = Attempt.objects.get()
    world.pay(attempt.session_id or "")
    guest.get(reverse("payments:return", args=[attempt.order.key]), {"session_id": attempt.session_id})
    return Order.objects.get()


def link(step: str = "open-your-course") -> str:
    """The path in the newest letter of that name."""
    letter = Letter.objects.filter(revision__step__key=step).order_by("-created_at").first()
    assert letter is not None
    return str(letter.context["button_url"]).removeprefix("http://localhost:8000")


def page(client: Client, order: Order) -> str:
    return client.get(reverse("payments:return", args=[order.key])).content.decode()


def onward(course: Course) -> str:
    return reverse("courses:carry_on", args=[course.slug])


def test_55_paying_with_somebodys_address_gives_no_account_and_no_course(
    world: World, ann: User, paid: Order, guest: Client, course: Course
) -> None:
    assert "_auth_user_id" not in guest.session
    assert (paid.state, paid.user, shop.grants()) == (Order.State.PAID, None, [])
    assert "a•••@example.org" in page(guest, paid) and "ann@example.org" not in page(guest, paid)
    assert guest.get(onward(course)).status_code == 302
    assert shop.letters() == ["open-your-course", "receipt"]


def test_55_known_and_unknown_addresses_look_the_same_all_the_way(
    world: World, ann: User, course: Course
) -> None:
    seen = []
    for email in ("ann@example.org", "amy@example.org"):
        browser = Client()
        browser.post(
            reverse("payments:buy", args=[course.slug]), {"agreed": "on", "at_once": "on", "email": email}
        )
        order = Order.objects.get(email=email)
        world.pay(order.attempts.get().session_id or "")
        pages = [page(browser, order)]
        enter = browser.post(reverse("payments:enter", args=[order.key]))
        pages.append(browser.get(enter["Location"]).content.decode())
        path = link()
        pages += [Client().get(path).content.decode()]
        words = [re.sub(r"[\w-]{20,}|\d{5,6}|a\w\w@", "", one) for one in pages]
        seen.append((enter.status_code, enter["Location"], words))
    assert seen[0] == seen[1]


def test_the_button_after_paying_sends_a_code_and_the_code_opens_the_course(
    world: World, paid: Order, guest: Client, course: Course, now: dt.datetime
) -> None:
    answer = guest.post(reverse("payments:enter", args=[paid.key]))
    assert answer["Location"].startswith(reverse("account_confirm_login_code"))
    code = Letter.objects.get(revision__step__key="sign-in-code").context["code"]
    done = guest.post(answer["Location"], {"code": code})
    assert done["Location"] == onward(course)
    paid.refresh_from_db()
    assert paid.user is not None and (paid.user.email, paid.claim.state) == (
        "ann@example.org",
        Claim.State.CLAIMED,
    )
    assert shop.grants() == [("ann@example.org", "active")]
    assert mail.outbox == []  # letters wait in the ledger, nothing goes past it


def test_proving_the_address_in_any_way_fulfils_what_waits_for_it(
    world: World, paid: Order, ann: User, now: dt.datetime
) -> None:
    claims.address_proven(user=ann, email="Ann@Example.org", now=now)
    claims.address_proven(user=ann, email="ann@example.org", now=now)
    assert shop.grants() == [("ann@example.org", "active")]


def test_proving_another_address_fulfils_nothing(
    world: World, paid: Order, ben: User, now: dt.datetime
) -> None:
    claims.address_proven(user=ben, email=ben.email, now=now)
    assert (shop.grants(), Claim.objects.get().state) == ([], Claim.State.UNCLAIMED)


def test_looking_at_the_link_uses_nothing_up_and_signs_nobody_in(world: World, paid: Order) -> None:
    scanner = Client()
    for _ in range(3):
        assert "Your course is waiting" in scanner.get(link()).content.decode()
    assert (Claim.objects.get().state, "_auth_user_id" in scanner.session) == (Claim.State.UNCLAIMED, False)


def test_the_link_leads_a_stranger_to_a_code_sent_to_the_buyer_only(world: World, paid: Order) -> None:
    thief = Client()
    answer = thief.post(link())
    assert answer["Location"].startswith(reverse("account_confirm_login_code"))
    assert list(
        Letter.objects.filter(revision__step__key="sign-in-code").values_list("contact__email", flat=True)
    ) == ["ann@example.org"]
    assert shop.grants() == []


def test_signed_in_with_the_proven_address_one_click_is_enough(
    world: World, paid: Order, ann: User, ann_client: Client, course: Course
) -> None:
    assert ann_client.post(link())["Location"] == onward(course)
    assert shop.grants() == [("ann@example.org", "active")]
    assert "This link has done its work" in Client().get(link()).content.decode()
    assert Client().post(link())["Location"] == onward(course)  # the login wall asks who comes


def test_an_address_that_was_never_proven_gets_nothing(world: World, paid: Order, now: dt.datetime) -> None:
    squatter = factories.user("ann@example.org", proven=False)
    with pytest.raises(claims.NotYoursError):
        claims.take(order=paid, user=squatter, now=now)
    assert shop.grants() == []


def test_signed_in_as_somebody_else_the_link_says_so(world: World, paid: Order, ben_client: Client) -> None:
    answer = ben_client.post(link(), follow=True)
    assert "signed in with another address" in answer.content.decode()
    assert shop.grants() == []


def test_a_made_up_link_is_not_found(world: World, paid: Order) -> None:
    token = link().rstrip("/").rpartition("/")[2]
    assert Client().get(reverse("payments:claim", args=[token[:-1] + "x"])).status_code == 404
    assert Claim.objects.filter(token_hash__contains=token).count() == 0


def test_a_link_that_was_replaced_says_so_as_every_unknown_one_does(
    world: World, paid: Order, guest: Client, ann_client: Client
) -> None:
    old = link()
    guest.post(reverse("payments:correct", args=[paid.key]), {"email": "anna@example.org"})
    made_up = reverse("payments:claim", args=["made-up"])
    stranger = Client()
    answers = [ask(path) for path in (old, made_up) for ask in (stranger.get, stranger.post)]
    assert [one.status_code for one in answers] == [404] * 4
    (shown,) = {one.content.decode() for one in answers}
    assert "<h1>This link works no longer</h1>" in shown and "Look in your mail for a newer letter" in shown
    assert f'href="{reverse("account_login")}">Sign in</a>' in shown
    assert "Go to my purchases" in ann_client.get(old).content.decode()


def test_the_link_dies_with_the_refund(
    world: World, paid: Order, ann_client: Client, now: dt.datetime
) -> None:
    attempt = Attempt.objects.get()
    world.refund(attempt)
    settlement.settle(attempt=attempt, now=now)
    assert Claim.objects.get().state == Claim.State.REVOKED
    ann_client.post(link())
    assert (shop.grants(), "works no longer" in Client().get(link()).content.decode()) == ([], True)


def test_a_mistyped_address_is_corrected_once_and_both_sides_are_told(
    world: World, paid: Order, guest: Client, now: dt.datetime
) -> None:
    old = link()
    correct = reverse("payments:correct", args=[paid.key])
    guest.post(correct, {"email": "anna@example.org"})
    paid.refresh_from_db()
    assert (paid.email, Client().get(old).status_code, Client().get(link()).status_code) == (
        "anna@example.org",
        404,
        200,
    )
    told = Letter.objects.select_related("contact", "revision__step")
    assert sorted((one.revision.step.key, one.contact.email) for one in told) == [
        ("address-corrected", "ann@example.org"),
        ("open-your-course", "ann@example.org"),
        ("open-your-course", "anna@example.org"),
        ("receipt", "ann@example.org"),
        ("receipt", "anna@example.org"),
    ]
    waited = Letter.objects.get(revision__step__key="receipt", contact__email="ann@example.org")
    assert waited.state == Letter.State.CANCELLED  # it had not gone yet
    guest.post(correct, {"email": "other@example.org"})
    paid.refresh_from_db()
    assert paid.email == "anna@example.org"
    assert "Is the address wrong?" not in page(guest, paid)


def test_who_mistypes_the_address_twice_is_told_whom_to_write_to(paid: Order, guest: Client) -> None:
    said = "Is the address wrong again?"
    assert said not in page(guest, paid)
    guest.post(reverse("payments:correct", args=[paid.key]), {"email": "anna@example.org"})
    asked = guest.post(reverse("payments:enter", args=[paid.key]), follow=True).content.decode()
    there = f"{reverse('payments:return', args=[paid.key])}?address=wrong"
    assert f'href="{there}#address">The address is wrong</a>' in asked
    shown = guest.get(there).content.decode()
    assert f"and name order {paid.number}, and I’ll put it right by hand." in shown
    assert said in shown and 'href="mailto:coach@example.org"' in shown and 'id="address"' in shown


def test_every_correction_sends_the_papers(world: World, paid: Order, ines: User, now: dt.datetime) -> None:
    for email in ("b@example.org", "c@example.org"):
        assert claims.correct_address(order=paid, email=email, now=now, actor=ines)
    assert not claims.correct_address(order=paid, email="C@example.org", now=now, actor=ines)
    receipts = Letter.objects.filter(revision__step__key="receipt").order_by("contact__email")
    assert [one.contact.email for one in receipts] == ["ann@example.org", "b@example.org", "c@example.org"]


def test_the_same_address_again_is_no_correction(paid: Order, guest: Client) -> None:
    answer = guest.post(
        reverse("payments:correct", args=[paid.key]), {"email": "ANN@example.org"}, follow=True
    )
    assert "Nothing was changed." in answer.content.decode()
    assert "Is the address wrong?" in answer.content.decode()


def test_a_slip_in_the_new_address_is_told_where_it_stands(paid: Order, guest: Client) -> None:
    answer = guest.post(reverse("payments:correct", args=[paid.key]), {"email": "ann at example"})
    shown = answer.content.decode()
    assert (answer.status_code, 'value="ann at example"' in shown) == (422, True)
    assert '<details id="address" open>' in shown and 'aria-invalid="true"' in shown
    assert "<title>Error: Check the address" in shown
    paid.refresh_from_db()
    assert paid.email == "ann@example.org"


def test_the_page_for_the_code_leads_back_to_the_address(paid: Order, guest: Client, ben: User) -> None:
    asked = guest.post(reverse("payments:enter", args=[paid.key]), follow=True).content.decode()
    there = f"{reverse('payments:return', args=[paid.key])}?address=wrong"
    assert f'href="{there}#address">The address is wrong</a>' in asked
    assert "Use another address" not in asked
    again = guest.post(reverse("account_confirm_login_code"), {"action": "resend"}, follow=True)
    assert there in again.content.decode()
    assert '<details id="address" open>' in guest.get(there).content.decode()
    other = Client()
    other.post(reverse("account_request_login_code"), {"email": ben.email})
    assert "Use another address" in other.get(reverse("account_confirm_login_code")).content.decode()


def test_a_corrected_address_takes_the_order_from_the_old_one(
    world: World, paid: Order, ann: User, now: dt.datetime
) -> None:
    claims.correct_address(order=paid, email="anna@example.org", now=now)
    claims.address_proven(user=ann, email=ann.email, now=now)
    assert shop.grants() == []


def test_what_was_claimed_cannot_be_moved(world: World, paid: Order, ann: User, now: dt.datetime) -> None:
    claims.address_proven(user=ann, email=ann.email, now=now)
    with pytest.raises(claims.TooLateError):
        claims.correct_address(order=paid, email="thief@example.org", now=now)


def test_two_who_prove_the_same_order_do_not_both_get_it(
    world: World, paid: Order, ann: User, ben: User, now: dt.datetime
) -> None:
    claim = Claim.objects.get()
    claims.fulfil(claim=claim, user=ann, now=now)
    with pytest.raises(claims.TooLateError):
        claims.fulfil(claim=claim, user=ben, now=now)
    assert shop.grants() == [("ann@example.org", "active")]


def test_the_purchases_page_offers_what_waits_to_a_proven_address_only(
    world: World, paid: Order, ann_client: Client, ben_client: Client, course: Course
) -> None:
    take = reverse("payments:take", args=[paid.key])
    assert take in ann_client.get(reverse("payments:orders")).content.decode()
    assert take not in ben_client.get(reverse("payments:orders")).content.decode()
    assert ben_client.post(take).status_code == 404
    assert ann_client.post(take)["Location"] == onward(course)
    assert [ann_client.post(take).status_code, shop.grants()] == [302, [("ann@example.org", "active")]]


def test_a_second_look_opens_no_second_claim(world: World, paid: Order, now: dt.datetime) -> None:
    first = Claim.objects.get()
    assert waiting.open_for(order=paid, now=now).pk == first.pk
    settlement.settle(attempt=Attempt.objects.get(), now=now)
    assert shop.letters() == ["open-your-course", "receipt"]


def test_a_claim_that_can_not_be_given_now_keeps_nobody_from_signing_in(
    ann: User, paid: Order, now: dt.datetime
) -> None:
    """A second payment that does not match puts the order under review; its claim waits, and so does Ann's course."""
    Order.objects.filter(pk=paid.pk).update(state=Order.State.REVIEW)
    claims.address_proven(user=ann, email=ann.email, now=now)
    assert (Claim.objects.get().state, shop.grants()) == (Claim.State.UNCLAIMED, [])
    Order.objects.filter(pk=paid.pk).update(state=Order.State.PAID)
    claims.address_proven(user=ann, email=ann.email, now=now)
    assert shop.grants() == [("ann@example.org", "active")]


def test_who_proves_the_mistyped_address_a_moment_after_its_correction_gets_nothing(
    ann: User, paid: Order, now: dt.datetime
) -> None:
    (seen_before,) = claims.waiting_for(ann.email)
    claims.correct_address(order=paid, email="anna@example.org", now=now)
    with pytest.raises(claims.TooLateError):
        claims.fulfil(claim=seen_before, user=ann, now=now)
    assert shop.grants() == []
