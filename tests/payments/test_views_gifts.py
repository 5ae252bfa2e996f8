"""Giving and being given, as browsers see it."""

import datetime as dt
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from courses import access
from courses.models import Course
from mailing import outbox
from mailing.models import Letter
from payments import claims, gifts, offers, settlement, till
from payments.models import Attempt, Coupon, Gift, Order
from payments.views import buy, give
from payments.views import gifts as pages
from sandbox import aftermath
from sandbox.ids import Ids
from sandbox.models import Object
from tests import factories
from tests.payments.world import POOR, World

pytestmark = pytest.mark.django_db
TYPED = {
    "email": "gina@example.org",
    "giver_name": "Gina",
    "recipient_name": "Ben",
    "message": "Try this with me?",
    "way": "self",
    "agreed": "on",
}
BY_MAIL = {**TYPED, "way": "mail", "recipient_email": "ben@example.org"}


def give_url(course: Course, query: str = "") -> str:
    return reverse("payments:give", args=[course.slug]) + query


def url(name: str, order: Order) -> str:
    return reverse(f"payments:{name}", args=[order.key])


def text(response: Any) -> str:
    return str(response.content.decode())


def faults(response: Any) -> list[str]:
    """The lines of the error summary."""
    summary = text(response).partition("There is a problem")[2].partition("</ul>")[0]
    return [re.sub("<[^>]+>", "", line) for line in re.findall("<li>(.*?)</li>", summary)]


@pytest.fixture
def order(world: World, course: Course, guest: Client) -> Order:
    """Gina, a guest, has paid for a gift and stands on the page after."""
    guest.post(give_url(course), BY_MAIL | {"send_on": "2026-12-24"})
    attempt = Attempt.objects.get()
    world.pay(attempt.session_id or "")
    guest.get(url("return", attempt.order), {"session_id": attempt.session_id})
    return Order.objects.get()


def refund(world: World, order: Order, guest: Client) -> None:
    attempt = order.attempts.get()
    world.refund(attempt)
    settlement.settle(attempt=attempt, now=world.now)


# ---- the till ----
def test_a_guest_says_for_whom_and_is_led_to_the_pay_page(
    world: World, course: Course, guest: Client
) -> None:
    page = text(guest.get(give_url(course)))
    form = page.partition('id="give"')[2].partition("</form>")[0]
    assert " ".join(re.findall(r'name="(?!csrf)(\w+)"', form)) == (
        "shown email giver_name recipient_name message way way recipient_email send_on agreed"
    )
    answer = guest.post(give_url(course), BY_MAIL | {"send_on": "2026-12-24"})
    assert (answer.status_code, answer["Location"]) == (303, Attempt.objects.get().url)
    gift = Gift.objects.select_related("order", "recipient").get()
    assert gift.recipient is not None
    assert (gift.giver_name, gift.recipient_name, gift.message) == ("Gina", "Ben", "Try this with me?")
    assert (gift.recipient.email, gift.send_on, gift.state) == (
        "ben@example.org",
        dt.date(2026, 12, 24),
        Gift.State.WANTED,
    )
    assert (gift.order.is_gift, gift.order.amount_minor, gift.order.at_once_at) == (True, 14900, None)
    assert Letter.objects.count() == 0


def test_who_is_signed_in_is_not_asked_for_an_address(
    world: World, course: Course, ann: User, ann_client: Client
) -> None:
    assert 'name="email"' not in text(ann_client.get(give_url(course)))
    ann_client.post(give_url(course), TYPED)
    assert (Order.objects.get().user, Order.objects.get().email) == (ann, "ann@example.org")


def test_who_passes_it_on_may_leave_anything_in_the_other_fields(
    world: World, course: Course, guest: Client
) -> None:
    guest.post(give_url(course), TYPED | {"recipient_email": "not an address", "send_on": "soon"})
    gift = Gift.objects.get()
    assert (gift.recipient, gift.send_on) == (None, None)


NO_ADDRESS = (
    "Something in it looks like a web address or an email address. Leave it out; if it is none, put a space after "
    "the dot."
)
NO_NAME = "A name, please, without addresses, dots inside it or characters like &lt; and @."


@pytest.mark.parametrize(
    ("wrong", "fault"),
    [
        ({"giver_name": ""}, "Type your name, so that they know who it is from."),
        ({"recipient_name": " "}, "Type the name of the person it is for."),
        ({"giver_name": "www.cheap-pills.example"}, NO_NAME),
        ({"giver_name": "Win\uff0eExample"}, NO_NAME),
        ({"recipient_name": "ben@example.org"}, NO_NAME),
        ({"recipient_name": "<b>Ben</b>"}, NO_NAME),
        ({"giver_name": "G" * 81}, "That is longer than 80 characters. Shorten it a little."),
        ({"message": "Look at https://pills.example/x"}, NO_ADDRESS),
        ({"message": "Look at pills.example"}, NO_ADDRESS),
        ({"message": "Look at www.pills"}, NO_ADDRESS),
        ({"message": "Write to me@pills.example"}, NO_ADDRESS),
        ({"message": "a" * 501}, "That is longer than 500 characters. Shorten it a little."),
        ({"way": ""}, "Choose one of the two."),
        ({"way": "pigeon"}, "Choose one of the two."),
        ({"recipient_email": ""}, "Type their email address, or choose to pass the code on yourself."),
        ({"recipient_email": "ben"}, "Check the email address: it should look like ann@example.org."),
        ({"send_on": "2026-11-19"}, "That day is over. Choose today or a later one."),
        ({"send_on": "2027-11-21"}, "That is more than a year ahead. Choose an earlier day."),
        ({"send_on": "tomorrow"}, "Type the day like 2026-12-24, or leave it empty."),
        ({"agreed": ""}, "Tick the box if you agree. Without it the gift cannot be sold."),
        ({"email": "gina"}, "Check the email address: it should look like ann@example.org."),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(
    world: World, course: Course, guest: Client, wrong: dict[str, str], fault: str
) -> None:
    answer = guest.post(give_url(course), BY_MAIL | wrong)
    assert (answer.status_code, faults(answer), Order.objects.count()) == (422, [fault], 0)
    kept = (BY_MAIL | wrong)["message"]
    assert f">\n{kept}</textarea>" in text(answer) and "Nothing has been charged" in text(answer)


@pytest.mark.parametrize(
    "fine",
    [
        {"message": "It helped me at 7 p.m. every day... really. 3.5 weeks!\r\nE.g. the towel, no. 2"},
        {"giver_name": "Zoë O’Brien-Núñez & Co", "recipient_name": "李小龍"},
        {"message": "{code} {button_url} {{ x }}"},
        {"message": "a\r\n" * 249},  # a line break counts once, as the browser counts it
        {"send_on": "2026-11-20"},
        {"send_on": "2027-11-20"},
        {"message": ""},
    ],
)
def test_what_people_write_is_let_through(
    world: World, course: Course, guest: Client, fine: dict[str, str]
) -> None:
    assert guest.post(give_url(course), BY_MAIL | fine).status_code == 303
    assert "\r" not in Gift.objects.get().message


def test_a_name_of_several_lines_becomes_one(world: World, course: Course, guest: Client) -> None:
    guest.post(give_url(course), TYPED | {"giver_name": "Gina\r\nBcc: all\x07"})
    assert Gift.objects.get().giver_name == "Gina Bcc: all"


def test_the_preview_orders_nothing_and_keeps_what_is_typed(
    world: World, course: Course, guest: Client
) -> None:
    looked = guest.post(
        give_url(course), BY_MAIL | {"show": "gift", "agreed": "", "message": "Dear Ben,\n<b>hello</b>"}
    )
    page = text(looked)
    assert (looked.status_code, Order.objects.count(), faults(looked)) == (200, 0, [])
    preview = page.partition('id="preview"')[2].partition("</section>")[0]
    assert "A letter called “A gift from Gina”" in preview and "For Ben" in preview
    assert "Dear Ben,\n&lt;b&gt;hello&lt;/b&gt;" in preview and "About 10 minutes a day" in preview
    assert 'value="gina@example.org"' in page and 'value="ben@example.org"' in page


def test_a_gift_begun_and_not_paid_is_there_again_for_this_browser_alone(
    world: World, course: Course, guest: Client
) -> None:
    guest.post(give_url(course), BY_MAIL | {"send_on": "2026-12-24"})
    world.pay(Attempt.objects.get().session_id or "", POOR)
    page = text(guest.get(url("cancelled", Order.objects.get())))
    assert "Nothing was charged" in page and f'href="{give_url(course)}"' in page
    again = text(guest.get(give_url(course)))
    for kept in ("gina@example.org", "Gina", "ben@example.org", "2026-12-24", "Try this with me?"):
        assert kept in again
        assert kept not in text(Client().get(give_url(course)))


def test_a_gift_costs_what_the_course_costs_now(world: World, course: Course, guest: Client) -> None:
    day = dt.timedelta(days=1)
    Course.objects.update(sale_minor=9900, sale_from=world.now - day, sale_until=world.now + day)
    page = text(guest.get(give_url(course)))
    assert "Go on to pay 99 USD" in page and "<dd>−50 USD</dd>" in page
    guest.post(give_url(course), TYPED)
    assert Order.objects.get().amount_minor == 9900


def test_another_price_than_the_page_showed_is_said_before_anything_is_ordered(
    world: World, course: Course, guest: Client
) -> None:
    Course.objects.update(price_minor=15900)
    answer = guest.post(give_url(course), TYPED | {"shown": "1x14900"})
    assert (answer.status_code, Order.objects.count()) == (422, 0)
    assert "Nothing was charged. You pay 159 USD." in text(answer)
    assert guest.post(give_url(course), TYPED | {"shown": "1x15900"}).status_code == 303


def test_another_way_to_pay_is_not_for_gifts(world: World, course: Course, guest: Client) -> None:
    course.prices.create(key="three", title="Three payments", payments=3, amount_minor=5500)
    assert "Go on to pay 149 USD" in text(guest.get(give_url(course, "?price=three")))
    guest.post(give_url(course), TYPED | {"price": "three"})
    assert (Order.objects.get().amount_minor, Order.objects.get().instalments) == (14900, 1)


def test_a_code_takes_its_part_off_also_when_it_came_with_the_address(
    world: World, course: Course, guest: Client
) -> None:
    Coupon.objects.create(code="TEN", percent=10, created_at=world.now)
    page = text(guest.get(give_url(course, "?code=t-en")))
    assert "Go on to pay 134.10 USD" in page and "<dt>Code TEN</dt><dd>−14.90 USD</dd>" in page
    assert 'value="t-en"' in page
    shown = text(guest.post(give_url(course), TYPED | {"code": "ten", "show": "code"}))
    assert "Go on to pay 134.10 USD" in shown and Order.objects.count() == 0
    guest.post(give_url(course), TYPED | {"code": "t-en"})
    assert (Order.objects.get().amount_minor, Coupon.objects.get().taken) == (13410, 1)


@pytest.mark.parametrize("code", ["NONE", "ALL"])
def test_a_code_that_does_not_count_is_told_before_anything_is_ordered(
    world: World, course: Course, guest: Client, code: str
) -> None:
    Coupon.objects.create(code="ALL", percent=100, created_at=world.now)
    words = {"NONE": till.NOTHING_OFF, "ALL": give.TOO_FREE}[code]
    first = guest.get(give_url(course, f"?code={code}"))
    assert (faults(first), "Go on to pay 149 USD" in text(first)) == ([words], True)
    answer = guest.post(give_url(course), TYPED | {"code": code})
    assert (answer.status_code, faults(answer), Order.objects.count()) == (422, [words], 0)
    assert 'value="Gina"' in text(answer)
    assert guest.post(give_url(course), TYPED | {"code": ""}).status_code == 303


def test_a_code_with_what_no_database_keeps_is_no_fault_of_ours(
    world: World, course: Course, guest: Client
) -> None:
    for path in (give_url(course), reverse("payments:buy", args=[course.slug])):
        assert guest.get(f"{path}?code=%00x").status_code == 200


def test_a_code_used_up_for_this_person_is_told(world: World, course: Course, guest: Client) -> None:
    Coupon.objects.create(code="TEN", percent=10, most_each=1, created_at=world.now)
    guest.post(give_url(course), TYPED | {"code": "TEN"})
    order = Order.objects.get()
    world.pay(order.attempts.get().session_id or "")
    guest.get(url("return", order))
    answer = guest.post(give_url(course), TYPED | {"code": "TEN", "message": "another one"})
    assert (answer.status_code, faults(answer), Order.objects.count()) == (422, [till.NOTHING_OFF], 1)
    assert "Go on to pay 149 USD" in text(answer)


def test_wrong_codes_are_counted_here_as_at_the_till(world: World, course: Course, guest: Client) -> None:
    said = [faults(guest.get(give_url(course, f"?code=NO{n}"))) for n in range(11)]
    assert said == [[till.NOTHING_OFF]] * 10 + [[buy.TOO_MANY_CODES]]


def test_a_free_course_cannot_be_given(world: World, course: Course, guest: Client) -> None:
    Course.objects.update(price_minor=0)
    for answer in (guest.get(give_url(course)), guest.post(give_url(course), BY_MAIL)):
        assert "This course is free for everybody" in text(answer)
    assert (Order.objects.count(), Letter.objects.count()) == (0, 0)


def test_nobody_orders_more_than_twenty_gifts_a_minute(world: World, course: Course, guest: Client) -> None:
    answers = [guest.post(give_url(course), TYPED).status_code for _ in range(21)]
    assert (answers, Order.objects.count()) == ([303] * 20 + [422], 1)


def test_when_the_gateway_is_silent_the_gift_is_kept(world: World, course: Course, guest: Client) -> None:
    world.trouble("timeout after create", times=2)
    assert "Nothing was charged" in text(guest.post(give_url(course), TYPED))
    order = Order.objects.get()
    assert guest.post(url("resume", order))["Location"] == order.attempts.get().url


# ---- after paying ----
def test_57_the_page_after_paying_shows_the_same_code_however_often_it_is_loaded(
    world: World, order: Order, guest: Client
) -> None:
    pages_ = [text(guest.get(url("return", order))) for _ in range(3)]
    codes = {tuple(re.findall(r"[2-9A-Z]{4}(?:-[2-9A-Z]{4}){3}", page)) for page in pages_}
    assert {code for found in codes for code in found} == {order.gift.code}
    assert "I’ll write to ben@example.org on December 24, 2026, in the morning." in pages_[0]
    assert f"http://localhost:8000/gifts/{order.gift.code}/" in pages_[0]
    assert "One step left" not in pages_[0] and "Go to my course" not in pages_[0]


def test_57_only_the_paying_browser_and_the_owning_account_see_it(
    world: World, course: Course, order: Order, ann: User, ann_client: Client, ben_client: Client
) -> None:
    for name in ("return", "gift_card"):
        assert [one.get(url(name, order)).status_code for one in (Client(), ben_client)] == [404, 404]
    letter = url("gift_letter", order)
    stolen = {"email": "eve@example.org"}
    assert [one.post(letter, stolen).status_code for one in (Client(), ben_client)] == [404, 404]
    Order.objects.update(user=ann)
    for name in ("return", "gift_card"):
        assert ann_client.get(url(name, order)).status_code == 200


def test_57_who_gave_it_signed_in_is_not_sent_into_a_course_they_do_not_have(
    world: World, course: Course, ann: User, ann_client: Client
) -> None:
    ann_client.post(give_url(course), TYPED)
    order = Order.objects.get()
    world.pay(order.attempts.get().session_id or "")
    page = text(ann_client.get(url("return", order)))
    assert (order.gift.code in page, access.of(ann, course)) == (True, None)
    assert "Buy the course" in text(ann_client.get(reverse("payments:buy", args=[course.slug])))
    assert ann_client.post(url("enter", order)).status_code == 404
    assert ann_client.post(url("take", order)).status_code == 404


def test_57_the_price_box_and_the_till_do_not_take_a_gift_for_ones_own_order(
    world: World, course: Course, order: Order, guest: Client
) -> None:
    request = RequestFactory().get("/")
    request.session = guest.session  # type: ignore[assignment]
    assert offers.state(request, course) is None
    buy = reverse("payments:buy", args=[course.slug])
    assert "Go on to pay 149 USD" in text(guest.get(buy))
    assert guest.post(buy, {"email": "gina@example.org", "agreed": "on", "at_once": "on"}).status_code == 303
    assert sorted(Order.objects.values_list("is_gift", flat=True)) == [False, True]


def test_the_card_to_print_says_where_the_code_is_typed_in(
    world: World, course: Course, order: Order, guest: Client
) -> None:
    page = text(guest.get(url("gift_card", order)))
    for said in ("For Ben", "From Gina", "Try this with me?", order.gift.code, "localhost:8000/gifts/"):
        assert said in page
    assert course.tagline in page and "149 USD" not in page  # a key of the order may hold 149


def test_57_a_gift_called_back_is_told_to_its_giver_and_its_card_is_gone(
    world: World, order: Order, guest: Client
) -> None:
    refund(world, order, guest)
    page = text(guest.get(url("return", order)))
    assert "Its code opens nothing any more" in page and order.gift.code not in page
    assert guest.get(url("gift_card", order))["Location"] == url("return", order)
    assert guest.post(url("gift_letter", order), {"email": "bea@example.org"}).status_code == 302
    assert Letter.objects.filter(revision__step__key="gift-for-you").count() == 0


def test_57_while_a_bank_looks_the_giver_is_told_that_the_code_rests(
    world: World, order: Order, guest: Client
) -> None:
    charge = Object.objects.get(type="charge").key
    aftermath.dispute(key=charge, reason="fraudulent", ids=Ids(), now=world.seconds)
    settlement.settle(attempt=order.attempts.get(), now=world.now)
    page = text(guest.get(url("return", order)))
    assert "The code rests for now" in page and "is ready" not in page
    assert "This gift rests for the moment" in text(Client().get(gift_url(order.gift)))


def test_the_giver_corrects_the_letter_until_it_goes_and_sends_it_once_more(
    world: World, order: Order, guest: Client
) -> None:
    here = url("gift_letter", order)
    wrong = guest.post(here, {"email": "bea@example", "send_on": "2020-01-01"})
    assert wrong.status_code == 422 and 'value="bea@example"' in text(wrong)
    told = guest.post(here, {"email": "bea@example.org", "send_on": ""}, follow=True)
    assert "Done. I’ve written to bea@example.org." in text(told) and "Send it once more" in text(told)
    outbox.deliver(now=world.now + dt.timedelta(minutes=1))
    told = guest.post(here, {"email": "bea.long@example.org"}, follow=True)
    assert "Done." in text(told) and "Send it once more" not in text(told)
    told = guest.post(here, {"email": "eve@example.org"}, follow=True)
    assert "Nothing was changed" in text(told)
    letters = Letter.objects.filter(revision__step__key="gift-for-you").order_by("created_at")
    assert [one.contact.email for one in letters] == ["bea@example.org", "bea.long@example.org"]


# ---- the recipient ----
def gift_url(gift: Gift) -> str:
    return reverse("payments:gift", args=[gift.code])


def test_57_looking_changes_nothing_and_shows_no_price(
    world: World, course: Course, order: Order, ben: User, ben_client: Client
) -> None:
    before = Gift.objects.values().get()
    for client in (Client(), ben_client, ben_client):
        page = text(client.get(gift_url(order.gift)))
        assert "A gift for Ben" in page and "From Gina" in page and "Try this with me?" in page
        assert course.tagline in page and "About 10 minutes a day" in page
        assert "149 USD" not in page and "gina@example.org" not in page
    assert (Gift.objects.values().get(), access.of(ben, course)) == (before, None)


def test_57_signed_in_one_press_opens_it(
    world: World, course: Course, order: Order, ben: User, ben_client: Client
) -> None:
    assert "Open my gift" in text(ben_client.get(gift_url(order.gift)))
    onward = reverse("courses:carry_on", args=[course.slug])
    for _ in range(2):
        assert ben_client.post(gift_url(order.gift))["Location"] == onward
    assert access.of(ben, course) is not None
    assert "You have opened this gift" in text(ben_client.get(gift_url(order.gift)))


def test_57_a_stranger_types_an_address_a_code_and_presses_the_button(
    world: World, course: Course, order: Order
) -> None:
    reader = Client()
    assert faults(reader.post(gift_url(order.gift), {"email": "ben"})) == [
        "Check the email address: it should look like ann@example.org."
    ]
    answer = reader.post(gift_url(order.gift), {"email": "new@example.org"})
    assert answer["Location"].startswith(reverse("account_confirm_login_code"))
    code = Letter.objects.get(revision__step__key="sign-in-code").context["code"]
    back = reader.post(answer["Location"], {"code": code})
    assert back["Location"] == gift_url(order.gift)
    assert Gift.objects.get().state == Gift.State.WAITING  # proving an address opens nothing by itself
    reader.post(gift_url(order.gift))
    assert access.of(User.objects.get(email="new@example.org"), course) is not None


def test_57_who_comes_after_somebody_else_is_told_and_learns_no_name(
    world: World, order: Order, ann: User, ben_client: Client
) -> None:
    gifts.redeem(code=order.gift.code, user=ann, now=world.now)
    for client in (Client(), ben_client):
        page = text(client.get(gift_url(order.gift)))
        assert "This gift has been opened" in page and "coach@example.org" in page
        assert "ann@example.org" not in page and "Try this with me?" not in page
    assert ben_client.post(gift_url(order.gift))["Location"] == gift_url(order.gift)


def test_57_who_has_the_course_is_told_before_and_the_press_uses_nothing_up(
    world: World, course: Course, order: Order, ben: User, ben_client: Client
) -> None:
    access.grant(user=ben, course=course, source="manual:1", now=world.now)
    page = text(ben_client.get(gift_url(order.gift)))
    assert "keep it for somebody else" in page and "Open my gift" not in page
    ben_client.post(gift_url(order.gift))
    assert Gift.objects.get().state == Gift.State.WAITING


def test_57_called_back_is_told_to_whoever_has_the_code_and_to_whoever_opened_it(
    world: World, course: Course, order: Order, guest: Client, ben: User, ben_client: Client
) -> None:
    gifts.redeem(code=order.gift.code, user=ben, now=world.now)
    refund(world, order, guest)
    assert "Your access has ended" in text(ben_client.get(gift_url(order.gift)))
    assert ben_client.post(gift_url(order.gift))["Location"] == gift_url(order.gift)
    Gift.objects.update(state=Gift.State.REVOKED, redeemed_by=None, redeemed_at=None)
    assert "This gift was called back" in text(Client().get(gift_url(order.gift)))


def test_an_address_not_proven_is_asked_for_first(world: World, order: Order) -> None:
    client = Client()
    client.force_login(factories.user("new@example.org", proven=False))
    assert "confirm that new@example.org is yours" in text(client.get(gift_url(order.gift)))
    assert "Confirm your address first" in text(client.post(gift_url(order.gift), follow=True))
    assert Gift.objects.get().state == Gift.State.WAITING


def test_57_the_code_is_typed_in_any_spelling(world: World, order: Order) -> None:
    code = order.gift.code
    for typed in (code, code.lower(), f" {code.replace('-', ' ')} ", code.replace("-", "")):
        answer = Client().post(reverse("payments:gift_enter"), {"code": typed})
        assert answer["Location"] == gift_url(order.gift)
    assert Client().get(f"/gifts/{code.lower()}/").status_code == 200


@pytest.mark.parametrize("typed", ["AAAA-BBBB-CCCC-DDDD", "-", "x" * 60, "\u0661\u0662\u0663", "a\x00b"])
def test_57_a_wrong_code_is_refused_without_telling_why(world: World, order: Order, typed: str) -> None:
    answer = Client().post(reverse("payments:gift_enter"), {"code": typed})
    assert answer.status_code == 422 and len(faults(answer)) == 1
    assert Client().get(reverse("payments:gift", args=[typed])).status_code == 404


def test_57_an_unpaid_code_sounds_like_an_unknown_one(world: World, course: Course, guest: Client) -> None:
    guest.post(give_url(course), TYPED)
    said = [
        faults(Client().post(reverse("payments:gift_enter"), {"code": code}))
        for code in (Gift.objects.get().code, "AAAA-BBBB-CCCC-DDDD")
    ]
    assert said == [[pages.UNKNOWN]] * 2
    assert guest.get(gift_url(Gift.objects.get())).status_code == 404


def test_57_guesses_are_limited_by_form_and_by_address(world: World, order: Order) -> None:
    enter = reverse("payments:gift_enter")
    said = [faults(Client().post(enter, {"code": f"wrong{n}"})) for n in range(21)]
    assert said == [[pages.UNKNOWN]] * 20 + [[pages.SLOWLY]]
    assert faults(Client().post(enter, {"code": order.gift.code})) == [pages.SLOWLY]
    assert Client().get("/gifts/wrong/").status_code == 429
    assert Client().get(gift_url(order.gift)).status_code == 200  # whoever has a code is not kept waiting


def test_the_gifts_pages_take_few_queries(
    world: World, course: Course, order: Order, guest: Client, ben_client: Client
) -> None:
    for client, path in (
        (guest, url("return", order)),
        (guest, url("gift_card", order)),
        (ben_client, gift_url(order.gift)),
        (guest, give_url(course)),
    ):
        with CaptureQueriesContext(connection) as asked:
            client.get(path)
        assert len(asked) <= 8, (path, [query["sql"][:90] for query in asked])


def test_a_guests_own_mistyped_address_is_corrected_once_and_the_code_the_stranger_has_is_dead(
    world: World, order: Order, guest: Client, ann_client: Client, now: dt.datetime
) -> None:
    old = order.gift.code
    correct = url("correct", order)
    assert ann_client.post(correct, {"email": "ann@example.org"}).status_code == 404
    assert "Is your own address wrong?" in text(guest.get(url("return", order)))
    guest.post(correct, {"email": "nonsense"})
    for email in ("georgina@example.org", "eve@example.org"):
        guest.post(correct, {"email": email})
    order.refresh_from_db()
    gift = Gift.objects.get()
    assert (order.email, gift.state, gift.code != old) == ("georgina@example.org", Gift.State.WAITING, True)
    page = text(guest.get(url("return", order)))
    assert gift.code in page and old not in page and "Is your own address wrong?" not in page
    assert f"and name order {order.number}, and I’ll put it right by hand." in page
    dead = Client().get(reverse("payments:gift", args=[old]))
    assert (dead.status_code, Client().get(reverse("payments:gift", args=[gift.code])).status_code) == (
        404,
        200,
    )
    told = Letter.objects.exclude(revision__step__key="receipt").values_list(
        "revision__step__key", "contact__email", "context__code"
    )
    assert sorted(told, key=lambda one: one[:2]) == [
        ("address-corrected", "gina@example.org", None),
        ("gift-for-giver", "georgina@example.org", gift.code),
        ("gift-for-giver", "gina@example.org", old),
    ]


def test_the_new_code_goes_to_whom_the_old_one_was_mailed(
    world: World, order: Order, guest: Client, ben: User, now: dt.datetime
) -> None:
    later = now + dt.timedelta(days=40)
    gift_days = gifts.send_due(now=later)
    outbox.deliver(now=later)
    guest.post(url("correct", order), {"email": "georgina@example.org"})
    gift = Gift.objects.get()
    letters = Letter.objects.filter(revision__step__key="gift-for-you")
    assert gift_days == 1 and [one.contact.email for one in letters] == ["ben@example.org"] * 2
    assert letters.get(state="queued").context["code"] == gift.code
    gifts.redeem(code=gift.code, user=ben, now=now)
    with pytest.raises(claims.TooLateError):
        claims.correct_address(order=order, email="late@example.org", now=now, actor=ben)


def test_while_the_payment_is_looked_into_no_new_code_is_made(
    world: World, order: Order, guest: Client, now: dt.datetime
) -> None:
    world.dispute(order.attempts.get())
    settlement.settle(attempt=order.attempts.get(), now=now)
    assert "Is your own address wrong?" not in text(guest.get(url("return", order)))
    with pytest.raises(claims.TooLateError):
        claims.correct_address(order=order, email="georgina@example.org", now=now)
