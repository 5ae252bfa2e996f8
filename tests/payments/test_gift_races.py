"""Many hands on one gift: real threads, real transactions, one winner. Numbers as in the list."""

import datetime as dt

import pytest

from accounts.models import User
from courses.models import Course
from mailing.models import Letter
from payments import gifts, settlement
from payments.models import Gift, Order
from tests import factories
from tests.payments import shop
from tests.payments.test_races import at_once
from tests.payments.world import World

pytestmark = pytest.mark.django_db(transaction=True)
HANDS = 16


@pytest.fixture
def gift(transactional_db: None, world: World, course: Course, now: dt.datetime) -> Gift:
    wish = gifts.Wish(
        giver_name="Gina", recipient_email="ben@example.org", send_on=now.date() + dt.timedelta(days=9)
    )
    order = shop.paid_order(course, world, now=now, gift=wish, email="gina@example.org")
    return order.gift


def test_57_sixteen_hands_at_once_and_exactly_one_opens_it(gift: Gift, now: dt.datetime) -> None:
    people = [factories.user(f"hand{number}@example.org") for number in range(HANDS)]
    opened = at_once(*[lambda one=one: gifts.redeem(code=gift.code, user=one, now=now) for one in people])
    kinds = sorted(type(result).__name__ for result in opened)
    assert kinds == ["Gift"] + ["TakenError"] * (HANDS - 1)
    gift.refresh_from_db()
    assert gift.redeemed_by is not None
    assert shop.grants() == [(gift.redeemed_by.email, "active")]
    assert shop.letters() == ["gift-for-giver", "gift-redeemed", "receipt"]


def test_57_one_person_presses_sixteen_times_at_once(gift: Gift, ben: User, now: dt.datetime) -> None:
    opened = at_once(*[lambda: gifts.redeem(code=gift.code, user=ben, now=now).pk] * HANDS)
    assert (opened, shop.grants()) == ([gift.pk] * HANDS, [("ben@example.org", "active")])


def test_57_its_letter_is_written_once_by_many_ticks(gift: Gift, now: dt.datetime) -> None:
    day = now + dt.timedelta(days=9)
    assert sum(at_once(*[lambda: gifts.send_due(now=day)] * HANDS)) == 1
    assert Letter.objects.filter(revision__step__key="gift-for-you").count() == 1


@pytest.mark.parametrize("round_", range(3))
def test_57_opened_and_called_back_at_the_same_instant_ends_without_access(
    world: World, gift: Gift, ben: User, now: dt.datetime, round_: int
) -> None:
    attempt = gift.order.attempts.get()
    world.refund(attempt)
    settled, opened = at_once(
        lambda: settlement.settle(attempt=attempt, now=now).state,
        lambda: gifts.redeem(code=gift.code, user=ben, now=now).state,
    )
    assert settled == Order.State.REFUNDED
    gift.refresh_from_db()
    if isinstance(opened, gifts.CalledBackError):
        assert (gift.state, shop.grants()) == (Gift.State.REVOKED, [])
    else:
        assert (opened, gift.state, shop.grants()) == ("redeemed", "redeemed", [("ben@example.org", "ended")])
