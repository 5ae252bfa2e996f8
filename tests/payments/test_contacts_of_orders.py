"""The letters of an order go to an address that exists, whatever becomes of the contact it began with."""

import datetime as dt

import pytest

from accounts.models import User
from courses import minicourse
from courses.models import Course
from mailing import contacts
from mailing.models import Contact, Letter
from payments.models import Order
from tests.courses import letters as words
from tests.mailing import scene
from tests.payments import shop
from tests.payments.world import World

pytestmark = pytest.mark.django_db
A_DAY = dt.timedelta(days=1)


def test_who_was_asked_something_and_then_bought_is_not_forgotten(
    course: Course, world: World, now: dt.datetime
) -> None:
    words.all_kinds(now=now - 29 * A_DAY)
    minicourse.ask(email="guest@example.org", now=now - 29 * A_DAY)
    shop.begin(course, now=now, email="guest@example.org")
    assert minicourse.forget_unconfirmed(now=now + 2 * A_DAY) == 1
    assert Order.objects.get().contact.email == "guest@example.org"


def test_a_proven_address_brings_its_orders_and_receipts_along(
    course: Course, world: World, ben: User, now: dt.datetime
) -> None:
    order = shop.paid_order(course, world, now=now, email="guest@example.org")
    guest = order.contact
    waiting = Letter.objects.filter(contact=guest, state="queued", kind=Letter.Kind.RECEIPT).count()
    assert waiting > 0
    code = scene.code(who=guest, now=now)
    for _ in range(2):
        contacts.move(contact=ben.contact, email="guest@example.org", now=now + A_DAY)
    order.refresh_from_db()
    assert (order.contact, order.contact.email) == (ben.contact, "guest@example.org")
    assert (
        Letter.objects.filter(contact=ben.contact, state="queued", kind=Letter.Kind.RECEIPT).count()
        == waiting
    )
    code.refresh_from_db()
    assert (code.state, Contact.objects.get(pk=guest.pk).merged_into) == ("cancelled", ben.contact)


def test_what_is_another_accounts_stays_with_it(
    course: Course, world: World, ann: User, ben: User, now: dt.datetime
) -> None:
    order = shop.paid_order(course, world, now=now, user=ann)
    contacts.move(contact=ben.contact, email=ann.email, now=now + A_DAY)
    order.refresh_from_db()
    assert order.contact == ann.contact
    assert Letter.objects.filter(contact=ben.contact).count() == 0
