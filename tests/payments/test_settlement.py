"""Settling, step by step: what is written down, what follows, who is told; each said exactly."""

import datetime as dt
import logging
from typing import Any

import pytest

from courses.models import Course, Price
from mailing.models import Letter
from payments import settlement, withdrawals
from payments.models import Attempt, Claim, Coupon, CouponHold, Dispute, Entry, Order, Payment, Withdrawal
from tests.desk import money
from tests.payments import books, shop
from tests.payments.world import DECLINED, World

pytestmark = pytest.mark.django_db
A, O = Attempt.State, Order.State  # noqa: E741
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def coach(settings: Any) -> None:
    settings.COACH_EMAIL = "ines@example.org"


def story(order: Order) -> list[tuple[str, str, dt.datetime]]:
    return list(Entry.objects.filter(order=order).values_list("kind", "says", "at"))


def told() -> list[tuple[str, str, dt.datetime]]:
    """What the coach was told: about what, in which words, when."""
    letters = Letter.objects.filter(revision__step__key=shop.COACHS).order_by("pk")
    return [(one.dedupe_key, one.context["what"], one.created_at) for one in letters]


def again(order: Order, now: dt.datetime) -> Order:
    """Settled; and once more an hour later, which changes nothing."""
    settled = settlement.settle_again(order=order, now=now)
    before = (story(order), told(), shop.letters(), shop.grants(), settled.state, settled.paid_at)
    once_more = settlement.settle_again(order=order, now=now + HOUR)
    assert (story(order), told(), shop.letters(), shop.grants(), once_more.state, once_more.paid_at) == before
    return once_more


def unpaid(course: Course, now: dt.datetime, state: str = O.OPEN, **fields: Any) -> Order:
    """An order whose attempt has brought money of which the order does not know yet."""
    return books.order(course, now=now, **{"state": state, "paid_at": None, **fields})


def other_attempt(order: Order, state: str, *, now: dt.datetime) -> Attempt:
    return Attempt.objects.create(
        order=order, idempotency_key="other", session_id="cs_other", state=state, created_at=now, expires_at=now
    )  # fmt: skip


# ---- from the rows ----
def test_money_makes_an_order_paid_with_date_paper_letter_and_place(course: Course, now: dt.datetime) -> None:
    order = unpaid(course, now)
    books.payment(order, 14900, now=now)
    order = again(order, now)
    assert (order.state, order.paid_at) == (O.PAID, now)
    order.refresh_from_db()
    assert order.lock_token is None
    assert story(order)[-1] == (Entry.Kind.DERIVED, "not paid yet → paid", now)
    assert shop.letters() == ["open-your-course", "receipt"]
    assert Claim.objects.get(order=order).state == Claim.State.UNCLAIMED
    assert (told(), order.receipts.count()) == ([], 1)
    shop.assert_sound()


def test_an_order_without_an_attempt_stays_as_it_is(course: Course, now: dt.datetime) -> None:
    order = unpaid(course, now)
    order.attempts.all().delete()
    assert again(order, now).state == O.OPEN
    assert story(order) == []


def test_what_somebody_decides_stands_with_its_consequence_or_not_at_all(
    course: Course, now: dt.datetime
) -> None:
    order = unpaid(course, now, state=O.REVIEW)
    books.payment(order, 100, now=now)
    order.attempts.update(mismatch="amount 100, not 14900")
    refuse = ValueError("no")

    def decide(locked: Order) -> None:
        assert locked.pk == order.pk
        locked.attempts.update(accepted_at=now)
        if locked.lock_token and refuse.args:
            raise refuse

    with pytest.raises(ValueError, match="no"):
        settlement.settle_again(order=order, now=now, decide=decide)
    order.refresh_from_db()
    assert (order.state, order.lock_token, order.attempts.get().accepted_at) == (O.REVIEW, None, None)
    refuse.args = ()
    assert settlement.settle_again(order=order, now=now, decide=decide).state == O.PAID
    assert order.attempts.get().accepted_at == now


def test_a_debit_that_is_refused_after_days_is_written_to_its_buyer(course: Course, now: dt.datetime) -> None:
    order = unpaid(course, now, state=O.PROCESSING)
    order.attempts.update(state=A.FAILED)
    assert again(order, now).state == O.FAILED
    assert story(order) == [(Entry.Kind.DERIVED, "the bank is confirming → payment failed", now)]
    assert shop.letters() == ["payment-failed"]
    assert Letter.objects.get(revision__step__key="payment-failed").created_at == now


@pytest.mark.parametrize(("before", "after"), [(O.OPEN, A.FAILED), (O.PROCESSING, A.EXPIRED)])
def test_who_was_refused_at_once_or_went_away_gets_no_letter(
    course: Course, now: dt.datetime, before: str, after: str
) -> None:
    order = unpaid(course, now, state=before)
    order.attempts.update(state=after)
    assert again(order, now).state == after
    assert (shop.letters(), told()) == ([], [])


def test_the_coach_is_told_of_an_order_that_was_paid_twice(course: Course, now: dt.datetime) -> None:
    order = books.order(course, now=now)
    books.payment(order, 14900, now=now)
    other = other_attempt(order, A.PAID, now=now)
    Payment.objects.create(
        attempt=other, gateway_id="pi_other", captured_minor=14900, currency="usd", method="card", captured_at=now,
        seen_at=now,
    )  # fmt: skip
    assert again(order, now).state == O.OVERPAID
    assert told() == [(f"coach:overpaid:{order.pk}", "it was paid twice", now)]


def test_all_money_back_answers_whoever_asked_for_it(course: Course, now: dt.datetime) -> None:
    order = unpaid(course, now)
    payment = books.payment(order, 14900, now=now)
    again(order, now)
    asked = withdrawals.ask(order=order, note="Too hard", now=now + HOUR)
    again(order, now + 2 * HOUR)
    asked.refresh_from_db()
    assert asked.state == Withdrawal.State.ASKED
    books.refund(payment, 14900, now=now + 2 * HOUR)
    Payment.objects.update(refunded_minor=14900)
    order = again(order, now + 4 * HOUR)
    asked.refresh_from_db()
    assert (order.state, order.paid_at) == (O.REFUNDED, now)
    assert (asked.state, asked.answered_at) == (Withdrawal.State.REFUNDED, now + 4 * HOUR)
    assert shop.letters().count("refund-note") == 1
    assert Claim.objects.get(order=order).state == Claim.State.REVOKED

    Payment.objects.update(refunded_minor=0)
    order.attempts.get().payments.get().refunds.update(state="failed")
    order = again(order, now + DAY)
    assert (order.state, Claim.objects.get(order=order).state) == (O.PAID, Claim.State.UNCLAIMED)


def test_a_claim_that_was_revoked_while_the_order_stood_stays_so(course: Course, now: dt.datetime) -> None:
    order = unpaid(course, now)
    books.payment(order, 14900, now=now)
    again(order, now)
    Claim.objects.filter(order=order).update(state=Claim.State.REVOKED)
    again(order, now + HOUR)
    assert Claim.objects.get(order=order).state == Claim.State.REVOKED


def test_money_for_a_buyer_whose_data_is_gone_is_told_to_the_coach_once(
    course: Course, now: dt.datetime
) -> None:
    order = unpaid(course, now, forgotten_at=now)
    books.payment(order, 14900, now=now)
    assert again(order, now).state == O.PAID
    what = "money came after its buyer’s data was removed: give it back"
    assert told() == [(f"coach:forgotten:{order.pk}", what, now)]


def test_a_dispute_is_told_when_it_opens_and_not_when_it_goes_on_or_ends(
    course: Course, now: dt.datetime
) -> None:
    order = books.order(course, now=now)
    payment = books.payment(order, 14900, now=now)
    again(order, now)
    assert told() == []
    dispute = Dispute.objects.create(
        payment=payment, gateway_id="dp_1", status="needs_response", amount_minor=14900, opened_at=now, seen_at=now
    )  # fmt: skip
    assert again(order, now + DAY).disputed is True
    assert told() == [(f"coach:dispute:{order.pk}", "a bank disputes it", now + DAY)]
    dispute.status = "won"
    dispute.save()
    assert again(order, now + 2 * DAY).disputed is False
    assert len(told()) == 1


def test_what_its_buyer_gave_up_only_money_brings_back(course: Course, now: dt.datetime) -> None:
    order = unpaid(course, now, state=O.CANCELLED)
    order.attempts.update(state=A.OPEN)
    assert again(order, now).state == O.CANCELLED
    order.attempts.update(state=A.PAID)
    books.payment(order, 14900, now=now)
    assert again(order, now + HOUR).state == O.PAID


def test_money_of_all_kinds_is_counted(course: Course, now: dt.datetime) -> None:
    order = books.order(course, now=now)
    books.payment(order, 14900, now=now, refunded_minor=4900)
    assert again(order, now).state == O.PARTLY_REFUNDED
    Payment.objects.update(refunded_minor=4900, lost_minor=10000)
    assert again(order, now).state == O.LOST


def test_a_monthly_payment_makes_an_order_paid_in_part(course: Course, now: dt.datetime) -> None:
    order = unpaid(course, now, minor=15000, instalments=3)
    books.payment(order, 5000, now=now)
    assert again(order, now).state == O.PART_PAID


def test_tax_on_top_is_part_of_what_is_due(course: Course, now: dt.datetime) -> None:
    order = unpaid(course, now, tax="added", tax_minor=2831)
    books.payment(order, 14900, now=now)
    assert again(order, now).state == O.PARTLY_REFUNDED
    Payment.objects.update(captured_minor=17731)
    assert again(order, now + HOUR).state == O.PAID


# ---- what costs nothing ----
def test_what_costs_nothing_is_given_and_what_costs_something_is_not(
    course: Course, now: dt.datetime
) -> None:
    order = unpaid(course, now, minor=0, gateway="")
    order.attempts.all().delete()
    given = settlement.settle_free(order=order, now=now)
    assert (given.state, given.paid_at) == (O.PAID, now)
    given.refresh_from_db()
    assert given.lock_token is None
    before = (story(order), shop.letters())
    assert before[0] == [(Entry.Kind.DERIVED, "not paid yet → paid", now)]
    assert settlement.settle_free(order=order, now=now + HOUR).paid_at == now
    assert (story(order), shop.letters()) == before
    with pytest.raises(ValueError, match=r"^This order is not free\.$"):
        settlement.settle_free(order=unpaid(course, now), now=now)


# ---- from the gateway ----
def test_what_the_gateway_says_of_an_attempt_is_written_down(
    world: World, course: Course, now: dt.datetime
) -> None:
    attempt = shop.begin(course, now=now)
    key = attempt.session_id or ""
    world.pay(key, DECLINED)
    order = settlement.settle(attempt=attempt, now=now + HOUR)
    attempt.refresh_from_db()
    assert (order.state, attempt.state, attempt.looked_at) == (O.OPEN, A.OPEN, now + HOUR)
    assert (attempt.decline_code, attempt.session_id) == ("generic_decline", key)
    assert attempt.url.startswith("http")
    assert attempt.expires_at == dt.datetime.fromtimestamp(world.session(key)["expires_at"], dt.UTC)
    world.pay(key)
    order = settlement.settle(attempt=attempt, now=now + 2 * HOUR)
    attempt.refresh_from_db()
    assert (order.state, attempt.state, attempt.mismatch) == (O.PAID, A.PAID, "")
    intent = attempt.payment_intent_id
    assert intent == world.session(key)["payment_intent"]
    assert (attempt.url, attempt.decline_code, order.tax_minor) == ("", "", None)

    world.change(key, status="expired", payment_status="unpaid")
    assert (
        settlement.settle(attempt=attempt, now=now + 3 * HOUR).state == O.PAID
    )  # money that came stays come
    world.change(key, payment_intent=None)
    settlement.settle(attempt=attempt, now=now + 4 * HOUR)
    attempt.refresh_from_db()
    assert attempt.payment_intent_id == intent


@pytest.mark.parametrize(
    ("tax", "instalments"), [("counted", 1), ("added", 1), ("added", 3), ("included", 1)]
)
def test_the_tax_that_was_counted_is_kept_with_the_order(
    world: World, course: Course, now: dt.datetime, settings: Any, tax: str, instalments: int
) -> None:
    settings.STRIPE_TAX = tax
    price = Price.objects.create(
        course=course, key="p", title="Payments", payments=instalments, amount_minor=9900
    )
    order = shop.paid_order(course, world, now=now, price=price)
    counted = world.session(order.attempts.get().session_id or "")["total_details"]["amount_tax"]
    order.refresh_from_db()
    assert order.tax_minor == (None if tax == "included" else counted * instalments)
    assert (counted > 0) is (tax != "included")
    Order.objects.update(tax_minor=7)
    Attempt.objects.update(state=A.OPEN)
    settlement.settle(attempt=order.attempts.get(), now=now + HOUR)
    order.refresh_from_db()
    assert order.tax_minor == 7  # what the papers say stays


def test_an_attempt_whose_session_we_never_learned_of_is_found(
    world: World, course: Course, now: dt.datetime
) -> None:
    attempt = shop.begin(course, now=now)
    key = attempt.session_id
    Attempt.objects.update(session_id=None, state=A.UNKNOWN)
    settlement.settle(attempt=attempt, now=now)
    attempt.refresh_from_db()
    assert (attempt.session_id, attempt.state) == (key, A.OPEN)


def test_only_after_a_day_is_it_sure_that_nothing_comes(
    world: World, course: Course, now: dt.datetime
) -> None:
    order = unpaid(course, now)
    attempt = order.attempts.get()
    Attempt.objects.update(session_id=None, state=A.UNKNOWN)
    late = now + DAY - dt.timedelta(seconds=1)
    assert settlement.settle(attempt=attempt, now=late).state == O.OPEN
    attempt.refresh_from_db()
    assert (attempt.state, attempt.looked_at) == (A.UNKNOWN, late)
    Attempt.objects.update(decline_code="written meanwhile")
    settlement.settle(attempt=attempt, now=now + DAY)
    attempt.refresh_from_db()
    assert (attempt.state, attempt.looked_at) == (A.NEVER_EXISTED, now + DAY)
    assert attempt.decline_code == "written meanwhile"


def test_money_that_does_not_match_is_named_in_story_log_and_letter(
    world: World, course: Course, now: dt.datetime, caplog: pytest.LogCaptureFixture
) -> None:
    attempt = shop.begin(course, now=now)
    world.pay(attempt.session_id or "")
    world.change(attempt.session_id or "", amount_total=100)
    order = settlement.settle(attempt=attempt, now=now)
    attempt.refresh_from_db()
    assert (order.state, attempt.mismatch) == (O.REVIEW, "amount 100, not 14900")
    said = [one for one in caplog.records if one.levelno == logging.ERROR]
    assert [(one.name, one.getMessage()) for one in said] == [
        ("payments.settlement", f"Order {order.number} needs a look: amount 100, not 14900.")
    ]
    what = "The pay page asked for 1 USD instead of 149 USD."
    assert (Entry.Kind.DERIVED, f"Needs a look. {what}", now) in story(order)
    assert told() == [(f"coach:review:{attempt.pk}", what, now)]
    settlement.settle(attempt=attempt, now=now + HOUR)
    assert len(told()) == 1


def looked_at(attempt: Attempt, *, now: dt.datetime) -> str:
    """Why the money of this attempt needs a look."""
    assert settlement.settle(attempt=attempt, now=now).state == O.REVIEW
    attempt.refresh_from_db()
    return attempt.mismatch


def test_money_for_what_is_no_longer_sold_needs_a_look(
    world: World, course: Course, now: dt.datetime
) -> None:
    attempt = shop.begin(course, now=now)
    Course.objects.update(status=Course.Status.DRAFT)
    world.pay(attempt.session_id or "")
    assert looked_at(attempt, now=now) == "no longer sold"


def test_money_for_a_code_that_was_used_up_meanwhile_needs_a_look(
    world: World, course: Course, now: dt.datetime
) -> None:
    coupon = money.coupon("SPRING", now=now)
    attempt = shop.begin(course, now=now, code=coupon.code)
    world.pay(attempt.session_id or "")
    CouponHold.objects.update(state=CouponHold.State.RELEASED)
    Coupon.objects.update(taken=0)
    assert looked_at(attempt, now=now) == "the code was used up meanwhile"


def test_a_coupon_in_good_order_is_used_with_the_payment(
    world: World, course: Course, now: dt.datetime
) -> None:
    coupon = money.coupon("SPRING", now=now)
    order = shop.paid_order(course, world, now=now, code=coupon.code)
    assert order.state == O.PAID
    assert CouponHold.objects.get(order=order).state == CouponHold.State.REDEEMED
