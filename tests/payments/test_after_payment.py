"""After the money: late, given back, twice; and what a stranger sees. Numbers as in the list."""

import datetime as dt
import uuid

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from courses import access
from courses.models import Course, Grant
from payments import checkout, settlement
from payments.models import Attempt, Order
from sandbox.models import Object
from tests.payments import shop
from tests.payments.world import World

pytestmark = pytest.mark.django_db
MINUTE = dt.timedelta(minutes=1)


def back(client: Client, attempt: Attempt, session_id: str | None) -> int:
    url = reverse("payments:return", args=[attempt.order.key])
    return client.get(url, {"session_id": session_id or ""}).status_code


def sessions() -> int:
    return Object.objects.filter(type="checkout.session").count()


def test_45_money_that_comes_after_the_time_ran_out_counts(
    world: World, course: Course, ann: User, now: dt.datetime
) -> None:
    attempt = shop.begin(course, user=ann, now=now)
    world.pay(attempt.session_id or "")
    Attempt.objects.update(state=Attempt.State.EXPIRED)
    Order.objects.update(state=Order.State.EXPIRED)
    assert settlement.settle(attempt=attempt, now=now + dt.timedelta(days=1)).state == Order.State.PAID


def test_45_money_for_a_course_no_longer_sold_is_looked_at(
    world: World, course: Course, ann: User, now: dt.datetime
) -> None:
    attempt = shop.begin(course, user=ann, now=now)
    world.pay(attempt.session_id or "")
    Course.objects.update(status=Course.Status.ARCHIVED)
    assert settlement.settle(attempt=attempt, now=now).state == Order.State.REVIEW
    attempt.refresh_from_db()
    world.refund(attempt)
    assert settlement.settle(attempt=attempt, now=now).state == Order.State.REFUNDED


def test_46_a_full_refund_in_the_dashboard_ends_access_and_a_partial_one_does_not(
    world: World, course: Course, ann: User, ann_client: Client, now: dt.datetime
) -> None:
    attempt = shop.begin(course, user=ann, now=now)
    world.pay(attempt.session_id or "")
    settlement.settle(attempt=attempt, now=now)
    attempt.refresh_from_db()
    world.refund(attempt, 5000)
    assert settlement.settle(attempt=attempt, now=now).state == Order.State.PARTLY_REFUNDED
    papers = ann_client.get(reverse("payments:receipt", args=[attempt.order.key])).content.decode()
    assert "Refund note P2026-00002" in papers and "50 USD" in papers
    assert shop.grants() == [("ann@example.org", "active")]
    world.refund(attempt)
    assert settlement.settle(attempt=attempt, now=now).state == Order.State.REFUNDED
    assert (shop.grants(), shop.letters()) == (
        [("ann@example.org", "ended")],
        ["access-ended", "receipt", "refund-note", "refund-note"],
    )


def test_52_one_access_by_two_orders_survives_the_refund_of_one(
    world: World, course: Course, ann: User, now: dt.datetime
) -> None:
    attempt = shop.begin(course, user=ann, now=now)
    access.grant(user=ann, course=course, source="order-line:9999", now=now)
    world.pay(attempt.session_id or "")
    settlement.settle(attempt=attempt, now=now)
    attempt.refresh_from_db()
    world.refund(attempt)
    settlement.settle(attempt=attempt, now=now)
    assert sorted(Grant.objects.values_list("state", flat=True)) == ["active", "ended"]
    assert access.of(ann, course) is not None


def test_52_who_is_in_is_told_so_before_paying(
    world: World, course: Course, ann: User, now: dt.datetime
) -> None:
    access.grant(user=ann, course=course, source="manual:1", now=now)
    with pytest.raises(checkout.AlreadyInError):
        shop.begin(course, user=ann, now=now)
    assert Order.objects.count() == 0


def test_an_order_of_a_stranger_is_nowhere_to_be_seen(
    world: World, course: Course, ann: User, ben_client: Client, now: dt.datetime
) -> None:
    attempt = shop.begin(course, user=ann, now=now)
    world.pay(attempt.session_id or "")
    settlement.settle(attempt=attempt, now=now)
    names = ("return", "status", "cancelled", "receipt", "resume", "enter", "take", "correct")
    answers = {}
    for client in (ben_client, Client()):
        for name in names:
            for key in (attempt.order.key, uuid.uuid4()):
                method = client.post if name in ("resume", "enter", "take", "correct") else client.get
                response = method(reverse(f"payments:{name}", args=[key]), {"email": "x@example.org"})
                answers.setdefault(name, set()).add(response.status_code)
    assert answers == {name: {404} for name in names} | {"take": {404, 302}}  # the login wall, for a visitor


def test_no_line_of_the_till_knows_the_practice_gateway() -> None:
    from pathlib import Path

    import payments

    files = Path(payments.__file__).parent.rglob("*.py")
    told = [file.name for file in files if "sandbox" in file.read_text() and file.name != "checks.py"]
    assert told == []


def test_stripe_is_imported_by_one_package_alone() -> None:
    from pathlib import Path

    import payments

    files = Path(payments.__file__).parent.rglob("*.py")
    importing = {file.parent.name for file in files if "import stripe" in file.read_text()}
    assert importing == {"gateway"}
