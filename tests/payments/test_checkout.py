import datetime as dt

import pytest

from accounts.models import User
from courses import access
from courses.models import Course
from payments import checkout, ordering, settlement
from payments.models import Attempt, Order
from tests.payments.world import World

pytestmark = pytest.mark.django_db


def test_somebody_signed_in_buys_a_course(world: World, course: Course, ann: User, now: dt.datetime) -> None:
    started = checkout.start(course=course, shopper=ordering.Shopper(email=ann.email, user=ann), now=now)
    attempt = started.order.attempts.get()
    assert (attempt.state, attempt.url) == (Attempt.State.OPEN, started.url)
    world.pay(attempt.session_id)
    order = settlement.settle(attempt=attempt, now=now)
    assert (order.state, order.paid_at) == (Order.State.PAID, now)
    assert access.of(ann, course) is not None
