"""Two contacts become one. Scenario 52."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from mailing import consent, contacts, drip, outbox, suppression, unions
from mailing.models import Consent, Contact, Letter, Run, Suppression
from payments.models import Order
from tests import factories
from tests.mailing import scene

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
P = Consent.Purpose


def pair(now: dt.datetime) -> tuple[Contact, Contact]:
    return scene.contact(now=now), scene.contact("second@example.org", now=now)


def merge(one: Contact, other: Contact, now: dt.datetime) -> Contact:
    return unions.merge(one=one, other=other, now=now)


def day(number: int, now: dt.datetime) -> None:
    drip.plan(now=now + number * DAY)
    outbox.deliver(now=now + number * DAY)


def test_52_the_run_that_is_further_goes_on_and_no_lesson_comes_twice(now: dt.datetime) -> None:
    older, younger = pair(now)
    scene.sequence(0, 1, 2, 3, now=now)
    scene.run(who=younger, now=now, source="enrolment:2")
    for number in (0, 1, 2):
        day(number, now)
    scene.run(who=older, now=now + 2 * DAY, source="enrolment:1")
    day(2, now)
    assert len(scene.got()) == 4  # three to one address, the first once more to the other
    assert [merge(younger, older, now + 2 * DAY).pk for _ in range(2)] == [older.pk, older.pk]
    runs = Run.objects.order_by("source").values_list("source", "contact", "state", "generation")
    assert list(runs) == [
        ("enrolment:1", older.pk, "cancelled", 1), ("enrolment:2", older.pk, "active", 2),
    ]  # fmt: skip
    for number in range(3, 9):
        day(number, now)
    assert scene.got()[4:] == ["Letter 4"]
    assert scene.mails()[-1]["To"] == older.email
    assert set(Letter.objects.values_list("contact", flat=True)) == {older.pk}


def test_who_became_one_with_a_third_meanwhile_stands_for_that_one(now: dt.datetime) -> None:
    older, younger = pair(now)
    third = scene.contact("third@example.org", now=now)
    merge(older, younger, now)
    scene.run(who=third, now=now, slug=scene.sequence(0, now=now).slug)
    assert [merge(younger, third, now).pk for _ in range(2)] == [older.pk, older.pk]
    assert Contact.objects.get(pk=third.pk).merged_into_id == older.pk
    day(0, now)
    assert scene.mails()[-1]["To"] == older.email


def test_52_a_run_that_ended_elsewhere_is_not_begun_again(now: dt.datetime) -> None:
    older, younger = pair(now)
    scene.sequence(0, 1, 2, now=now)
    scene.run(who=younger, now=now, source="enrolment:2")
    for number in (0, 1):
        day(number, now)
    drip.cancel(source="enrolment:2", reason="refunded", now=now)
    scene.run(who=older, now=now + DAY, source="enrolment:1")
    merge(older, younger, now + DAY)
    run = Run.objects.get(state="active")
    assert (run.source, str(run.next_step)) == ("enrolment:1", "course/a3")
    for number in range(2, 6):
        day(number, now)
    assert sorted(set(scene.got())) == ["Letter 1", "Letter 2", "Letter 3"]
    assert len(scene.got()) == 3


def test_52_nobody_gets_more_after_it_than_both_wanted(now: dt.datetime) -> None:
    older, younger = pair(now)
    words = {P.LESSONS: (consent.give, consent.withdraw), P.NEWS: (consent.withdraw, consent.give)}
    for purpose, verbs in words.items():
        for who, verb in zip((older, younger), verbs, strict=True):
            verb(contact=who, purpose=purpose, source="test", now=now)
    consent.give(contact=younger, purpose=P.MINICOURSE, source="test", now=now)
    suppression.put(email=younger.email, scope="sequences", reason="complaint", now=now)
    suppression.put(email=younger.email, scope="all", reason="hard", now=now)
    Contact.objects.filter(pk=younger.pk).update(paused_until=now + DAY)
    scene.sequence(0, now=now)
    scene.run(who=older, now=now)
    drip.plan(now=now)
    Letter.objects.update(state="queued")  # as if it had been written before the no
    merge(older, younger, now)
    assert consent.wanted(older) == {P.LESSONS: False, P.NUDGES: True, P.MINICOURSE: True, P.NEWS: False}
    assert suppression.standing(older.email) == {"sequences": "complaint"}
    assert suppression.standing("second@example.org") == {"sequences": "complaint", "all": "hard"}
    assert Letter.objects.values_list("state", "reason").get() == ("skipped", consent.UNSUBSCRIBED)
    older.refresh_from_db()
    assert older.paused_until == now + DAY
    assert Consent.objects.exclude(contact=older).count() == 0


def test_52_a_complaint_counts_whichever_address_is_kept(now: dt.datetime) -> None:
    older, younger = pair(now)
    suppression.put(email=older.email, scope="sequences", reason="complaint", now=now)
    kept = unions.merge(one=older, other=younger, now=now, email=younger.email)
    assert kept.email == "second@example.org"
    for email in ("ann@example.org", "second@example.org"):
        assert suppression.standing(email) == {"sequences": "complaint"}


def test_52_a_letter_that_waits_does_not_go_when_the_other_has_it(now: dt.datetime) -> None:
    older, younger = pair(now)
    scene.sequence(0, 1, 2, now=now)
    scene.run(who=younger, now=now)
    day(0, now)  # the younger has the first letter
    scene.run(who=older, now=now)
    drip.plan(now=now)
    assert Letter.objects.get(contact=older).state == "queued"
    merge(older, younger, now)
    for number in range(4):
        day(number, now)
    assert scene.got() == ["Letter 1", "Letter 2", "Letter 3"]


def test_52_who_became_one_can_be_started_once_more(now: dt.datetime) -> None:
    """Of the two runs the older one goes on, and is not the newest."""
    older, younger = pair(now)
    scene.sequence(0, 1, 2, now=now)
    scene.run(who=older, now=now)
    day(0, now)
    scene.run(who=younger, now=now)
    merge(older, younger, now)
    going = Run.objects.get(state="active")
    for source in (scene.SOURCE, "enrolment:43"):
        assert scene.run(who=older, now=now, source=source) == going
    assert Run.objects.filter(state="active").count() == 1


def test_52_links_in_old_letters_lead_to_the_one_that_is_left(now: dt.datetime, client: Client) -> None:
    older, younger = pair(now)
    third = scene.contact("third@example.org", now=now)
    words = [consent.token(who, P.NUDGES) for who in (older, younger, third)]
    merge(younger, third, now)
    merge(older, younger, now)
    assert [consent.contact_of(word) for word in words] == [older] * 3
    client.post(reverse("mailing:stop", args=[words[2]]))
    assert not consent.wants(older, P.NUDGES)


def test_52_account_and_orders_point_to_the_one_that_is_left(now: dt.datetime, ann: User) -> None:
    visitor = contacts.of("visitor@example.org", now=now - DAY)
    order = Order.objects.create(
        shopper="s", cart="cart", user=ann, contact=visitor, email="visitor@example.org",
        email_key="visitor@example.org", list_minor=1, amount_minor=1, currency="usd", livemode=False,
        terms_version="1", agreed_at=now, created_at=now, gateway="stripe",
    )  # fmt: skip
    kept = merge(visitor, ann.contact, now)
    ann.refresh_from_db()
    order.refresh_from_db()
    assert (ann.contact, order.contact) == (kept, kept)
    ben = factories.user("ben@example.org", name="Ben")
    with pytest.raises(unions.TwoAccounts):
        merge(ann.contact, ben.contact, now)
    assert Suppression.objects.count() == 0


def test_what_one_of_them_lacks_comes_from_the_other(now: dt.datetime) -> None:
    older = contacts.of("older@example.org", now=now)
    younger = scene.contact("younger@example.org", now=now, zone="Asia/Kathmandu")
    kept = merge(older, younger, now)
    assert (kept.email, kept.name, kept.time_zone) == ("older@example.org", "Ann", "Asia/Kathmandu")
    gone: Any = Contact.objects.get(pk=younger.pk)
    assert (gone.email, gone.name, gone.merged_into) == (f"merged-{younger.pk}@moved.invalid", "", kept)
    assert contacts.of("younger@example.org", now=now) != gone


def test_letters_after_two_courses_both_go_on(now: dt.datetime) -> None:
    older, younger = pair(now)
    scene.sequence(0, 7, now=now, slug="completion", kind="completion")
    for source in ("enrolment:1", "enrolment:2"):
        scene.run(who=younger, now=now, source=source, slug="completion")
        day(0, now)
    day(1, now)
    merge(older, younger, now + DAY)
    runs = Run.objects.filter(contact=older, state="active", next_step__day=7)
    assert runs.count() == 2
