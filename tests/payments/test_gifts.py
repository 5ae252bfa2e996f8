"""A gift from the order to the course: one code, opened once, mailed on its day. Numbers as in the list."""

import datetime as dt
from typing import Any

import pytest
from django.db.models import Q

from accounts.models import User
from courses import access
from courses.models import Course, Grant, LessonProgress
from mailing import outbox, suppression
from mailing.models import Letter, Suppression
from payments import coupons, gift_letters, gifts, refunds, settlement, words
from payments.models import Attempt, Coupon, Entry, Gift, Order
from sandbox import aftermath
from sandbox.ids import Ids
from sandbox.models import Object
from tests import factories
from tests.payments import shop
from tests.payments.world import World

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
S = Gift.State
WISH = gifts.Wish(giver_name="Gina", recipient_name="Ben", message="Try this with me?")
BY_MAIL = gifts.Wish(**{**vars(WISH), "recipient_email": "ben@example.org"})


def given(course: Course, world: World, *, now: dt.datetime, wish: gifts.Wish = WISH, **how: Any) -> Gift:
    """Gina buys a gift as a guest and pays."""
    how = {"email": "gina@example.org", **how}
    shop.paid_order(course, world, now=now, gift=wish, **how)
    return Gift.objects.latest("pk")


def settled(gift: Gift, now: dt.datetime) -> Gift:
    """The gift after we have heard what the gateway says now."""
    settlement.settle(attempt=gift.order.attempts.get(), now=now)
    return Gift.objects.select_related("order").get(pk=gift.pk)


def refunded(gift: Gift, world: World, now: dt.datetime, amount: int | None = None) -> Gift:
    world.refund(gift.order.attempts.get(), amount)
    return settled(gift, now)


def disputed(gift: Gift, world: World, now: dt.datetime) -> str:
    """A bank disputes the payment; the dispute's id."""
    charge = Object.objects.get(type="charge").key
    dispute = aftermath.dispute(key=charge, reason="fraudulent", ids=Ids(), now=world.seconds)
    settled(gift, now)
    return str(dispute["id"])


def mailed() -> list[tuple[str, str]]:
    """To whom letters with a gift went or will go, and how they stand, oldest first."""
    letters = Letter.objects.filter(revision__step__key="gift-for-you").order_by("created_at")
    return list(letters.values_list("contact__email", "state"))


# ---- the code ----
def test_57_a_paid_gift_has_one_code_however_often_it_is_settled(
    world: World, course: Course, now: dt.datetime
) -> None:
    gift = given(course, world, now=now)
    codes = {settled(gift, now + n * DAY).code for n in range(3)}
    assert (codes, Gift.objects.count(), gift.state) == ({gift.code}, 1, S.WAITING)
    assert shop.letters() == ["gift-for-giver", "receipt"]
    assert shop.grants() == []


def test_57_a_gift_that_is_not_paid_opens_nothing(
    world: World, course: Course, ben: User, now: dt.datetime
) -> None:
    shop.begin(course, now=now, gift=BY_MAIL)
    gift = Gift.objects.get()
    with pytest.raises(gifts.NotYetError):
        gifts.redeem(code=gift.code, user=ben, now=now)
    assert (gift.state, gifts.send_due(now=now + DAY), shop.letters()) == (S.WANTED, 0, [])


@pytest.mark.parametrize("typed", ["{}", " {} ", "lower {}", "{} spaced", "{} dashed"])
def test_57_a_code_may_be_typed_in_many_ways(typed: str) -> None:
    code = gifts.new_code()
    ways = {
        "lower {}": code.lower(),
        "{} spaced": code.replace("-", " "),
        "{} dashed": code.replace("-", "–"),
    }
    assert gifts.tidy(ways.get(typed, typed.format(code))) == code


def test_57_codes_hold_no_letter_that_looks_like_another() -> None:
    codes = "".join(gifts.new_code() for _ in range(200))
    assert set(codes) <= set(gifts.ALPHABET) | {"-"}
    assert (set("01IOLU") & set(gifts.ALPHABET), len(gifts.new_code())) == (set(), 19)


# ---- opening ----
def test_57_it_is_opened_once_and_the_same_person_twice_is_fine(
    world: World, course: Course, ben: User, now: dt.datetime
) -> None:
    gift = given(course, world, now=now)
    for _ in range(2):
        assert gifts.redeem(code=gift.code.lower(), user=ben, now=now).redeemed_by == ben
    grant = Grant.objects.get()
    assert (grant.source, grant.state, grant.enrolment.user) == (f"gift:{gift.pk}", "active", ben)
    assert shop.letters() == ["gift-for-giver", "gift-redeemed", "receipt"]
    assert Letter.objects.get(revision__step__key="gift-redeemed").contact.email == "gina@example.org"


def test_57_a_second_person_finds_it_taken(
    world: World, course: Course, ann: User, ben: User, now: dt.datetime
) -> None:
    gift = given(course, world, now=now)
    gifts.redeem(code=gift.code, user=ben, now=now)
    with pytest.raises(gifts.TakenError):
        gifts.redeem(code=gift.code, user=ann, now=now)
    assert shop.grants() == [("ben@example.org", "active")]


def test_57_an_address_that_was_never_proven_opens_nothing(
    world: World, course: Course, now: dt.datetime
) -> None:
    gift = given(course, world, now=now)
    with pytest.raises(gifts.NotProvenError):
        gifts.redeem(code=gift.code, user=factories.user("new@example.org", proven=False), now=now)
    assert settled(gift, now).state == S.WAITING


def test_57_the_giver_may_be_the_recipient(world: World, course: Course, ann: User, now: dt.datetime) -> None:
    gift = given(course, world, now=now, user=ann)
    assert shop.grants() == []
    gifts.redeem(code=gift.code, user=ann, now=now)
    assert shop.grants() == [("ann@example.org", "active")]
    assert shop.letters() == ["gift-for-giver", "receipt"]  # nobody is told what she did herself


def test_57_who_has_the_course_keeps_the_code_for_somebody_else(
    world: World, course: Course, ann: User, ben: User, now: dt.datetime
) -> None:
    gift = given(course, world, now=now)
    access.grant(user=ann, course=course, source="manual:1", now=now)
    with pytest.raises(gifts.HasItError):
        gifts.redeem(code=gift.code, user=ann, now=now)
    assert gifts.redeem(code=gift.code, user=ben, now=now).redeemed_by == ben


# ---- buying beside it ----
def test_57_a_gift_neither_lets_its_giver_in_nor_keeps_them_from_buying(
    world: World, course: Course, ann: User, now: dt.datetime
) -> None:
    gift = given(course, world, now=now, user=ann)
    assert access.of(ann, course) is None
    own = shop.paid_order(course, world, now=now, user=ann)
    assert (own.is_gift, own.pk != gift.order_id) == (False, True)
    assert shop.grants() == [("ann@example.org", "active")]
    second = given(course, world, now=now, user=ann)  # who has the course may give it
    assert (second.pk != gift.pk, second.code != gift.code) == (True, True)


def test_57_the_pay_pages_of_a_gift_and_of_ones_own_order_leave_each_other_alone(
    world: World, course: Course, ann: User, now: dt.datetime
) -> None:
    mine = shop.begin(course, user=ann, now=now)
    theirs = shop.begin(course, user=ann, now=now, gift=WISH)
    mine.refresh_from_db()
    assert (mine.state, theirs.state) == (Attempt.State.OPEN, Attempt.State.OPEN)
    again = shop.begin(course, user=ann, now=now, gift=WISH)
    assert again.pk == theirs.pk  # a double click
    other = shop.begin(course, user=ann, now=now, gift=BY_MAIL)
    theirs.refresh_from_db()
    assert (other.pk != theirs.pk, theirs.state) == (True, Attempt.State.EXPIRED)


def test_57_a_gift_must_be_paid_for(world: World, course: Course, now: dt.datetime) -> None:
    Coupon.objects.create(code="ALL", percent=100, created_at=now)
    with pytest.raises(gifts.NothingPaidError):
        shop.begin(course, now=now, gift=BY_MAIL, code="ALL")
    Course.objects.update(price_minor=0)
    course.refresh_from_db()
    with pytest.raises(gifts.NothingPaidError):
        shop.begin(course, now=now, gift=BY_MAIL)
    assert (Order.objects.count(), Gift.objects.count(), Letter.objects.count()) == (0, 0, 0)


def test_57_a_code_that_takes_off_a_part_counts_for_a_gift(
    world: World, course: Course, now: dt.datetime
) -> None:
    Coupon.objects.create(code="TEN", percent=10, most=1, created_at=now)
    gift = given(course, world, now=now, code="TEN")
    assert (gift.order.amount_minor, gift.state) == (13410, S.WAITING)
    with pytest.raises(coupons.NotValidError):
        shop.begin(course, now=now, gift=WISH, code="TEN", email="other@example.org")


# ---- money that goes back ----
def test_57_a_refund_before_it_is_opened_kills_the_code(
    world: World, course: Course, ben: User, now: dt.datetime
) -> None:
    gift = refunded(given(course, world, now=now), world, now)
    with pytest.raises(gifts.CalledBackError):
        gifts.redeem(code=gift.code, user=ben, now=now)
    assert (settled(gift, now).state, shop.grants()) == (S.REVOKED, [])
    assert shop.letters() == ["gift-for-giver", "receipt", "refund-note"]


def test_57_a_refund_after_it_was_opened_ends_access_and_keeps_progress(
    world: World, course: Course, ben: User, now: dt.datetime
) -> None:
    gift = given(course, world, now=now)
    gifts.redeem(code=gift.code, user=ben, now=now)
    enrolment = Grant.objects.get().enrolment
    lesson = course.lessons.all()[0]
    LessonProgress.objects.create(
        enrolment=enrolment, lesson=lesson, done_at=now, first_seen_at=now, last_seen_at=now
    )
    for _ in range(2):
        gift = refunded(gift, world, now) if gift.order.state == Order.State.PAID else settled(gift, now)
    assert (gift.state, shop.grants()) == (S.REDEEMED, [("ben@example.org", "ended")])
    assert LessonProgress.objects.filter(enrolment=enrolment, done_at=now).count() == 1
    ended = Letter.objects.get(revision__step__key="access-ended")
    assert (ended.contact.email, ended.context["reason"]) == ("ben@example.org", "the gift was called back")


def test_57_a_part_of_the_money_back_changes_nothing(
    world: World, course: Course, ben: User, now: dt.datetime
) -> None:
    gift = refunded(given(course, world, now=now), world, now, amount=5000)
    gifts.redeem(code=gift.code, user=ben, now=now)
    assert (gift.order.state, shop.grants()) == (Order.State.PARTLY_REFUNDED, [("ben@example.org", "active")])


@pytest.mark.parametrize("by_line", [True, False])
def test_57_a_part_of_the_money_back_with_the_word_that_access_ends_kills_the_code(
    world: World, course: Course, ben: User, now: dt.datetime, by_line: bool
) -> None:
    gift = given(course, world, now=now)
    payment, line = gift.order.attempts.get().payments.get(), gift.order.lines.get()
    refunds.give_back(
        payment=payment,
        amount_minor=5000,
        actor=None,
        now=now,
        ends_access=True,
        line=line if by_line else None,
    )
    gift.refresh_from_db()
    assert gift.state == S.REVOKED
    with pytest.raises(gifts.CalledBackError):
        gifts.redeem(code=gift.code, user=ben, now=now)


@pytest.mark.parametrize("opened", [False, True])
def test_57_a_refund_that_fails_gives_everything_back(
    world: World, course: Course, ben: User, now: dt.datetime, opened: bool
) -> None:
    gift = given(course, world, now=now, number="4000000000005126")
    if opened:
        gifts.redeem(code=gift.code, user=ben, now=now)
    assert refunded(gift, world, now).order.state == Order.State.REFUNDED
    world.at(now + dt.timedelta(minutes=10))
    assert aftermath.refunds_due(ids=Ids(), now=world.seconds) == 1
    gift = settled(gift, world.now)
    assert (gift.order.state, gift.state) == (Order.State.PAID, S.REDEEMED if opened else S.WAITING)
    gifts.redeem(code=gift.code, user=ben, now=world.now)
    assert shop.grants() == [("ben@example.org", "active")]
    assert [name for name in shop.letters() if name.startswith("gift")] == ["gift-for-giver", "gift-redeemed"]


def test_57_a_dispute_holds_and_its_end_gives_back_or_takes(
    world: World, course: Course, ben: User, now: dt.datetime
) -> None:
    gift = given(course, world, now=now)
    dispute = disputed(gift, world, now)
    with pytest.raises(gifts.NotYetError):
        gifts.redeem(code=gift.code, user=ben, now=now)
    aftermath.move_dispute(key=dispute, how="win", ids=Ids(), now=world.seconds)
    settled(gift, now)
    gifts.redeem(code=gift.code, user=ben, now=now)
    assert shop.grants() == [("ben@example.org", "active")]


def test_57_a_dispute_after_it_was_opened_rests_the_access_and_a_lost_one_ends_it(
    world: World, course: Course, ben: User, now: dt.datetime
) -> None:
    gift = given(course, world, now=now)
    gifts.redeem(code=gift.code, user=ben, now=now)
    dispute = disputed(gift, world, now)
    assert shop.grants() == [("ben@example.org", "suspended")]
    rests = Letter.objects.get(revision__step__key="access-rests")
    assert rests.context["reason"] == "the payment for your gift is being looked into"
    aftermath.move_dispute(key=dispute, how="lose", ids=Ids(), now=world.seconds)
    assert settled(gift, now).order.state == Order.State.LOST
    assert shop.grants() == [("ben@example.org", "ended")]


def test_57_a_lost_dispute_kills_a_code_that_was_not_used(
    world: World, course: Course, now: dt.datetime
) -> None:
    gift = given(course, world, now=now)
    dispute = disputed(gift, world, now)
    aftermath.move_dispute(key=dispute, how="lose", ids=Ids(), now=world.seconds)
    assert settled(gift, now).state == S.REVOKED


# ---- the letter ----
def test_57_without_a_day_the_letter_goes_with_the_payment_and_once(
    world: World, course: Course, now: dt.datetime
) -> None:
    gift = given(course, world, now=now, wish=BY_MAIL)
    settled(gift, now + DAY)
    assert (gifts.send_due(now=now), gifts.send_due(now=now + DAY)) == (0, 0)
    assert (mailed(), gift.sent_at) == ([("ben@example.org", "queued")], now)
    giver = Letter.objects.get(revision__step__key="gift-for-giver")
    assert giver.context["what"] == "I’ve written to ben@example.org."


def on(day: dt.date) -> gifts.Wish:
    return gifts.Wish(**{**vars(BY_MAIL), "send_on": day})


def test_57_a_dated_letter_goes_at_nine_of_the_givers_morning(
    world: World, course: Course, now: dt.datetime
) -> None:
    ann = factories.user("ann@example.org", time_zone="Asia/Tokyo")
    gift = given(course, world, now=now, user=ann, wish=on(dt.date(2026, 12, 24)))
    nine = dt.datetime(2026, 12, 24, 0, 0, tzinfo=dt.UTC)
    assert words.gift_plan(gift) == "I’ll write to ben@example.org on December 24, 2026, in the morning."
    assert gifts.send_due(now=nine - dt.timedelta(seconds=1)) == 0
    assert [gifts.send_due(now=nine), gifts.send_due(now=nine)] == [1, 0]
    assert mailed() == [("ben@example.org", "queued")]


def test_57_a_guests_morning_is_the_sites(world: World, course: Course, now: dt.datetime) -> None:
    given(course, world, now=now, wish=on(dt.date(2026, 12, 24)))
    nine = dt.datetime(2026, 12, 24, 14, 0, tzinfo=dt.UTC)
    assert [gifts.send_due(now=nine - dt.timedelta(seconds=1)), gifts.send_due(now=nine)] == [0, 1]


def test_57_a_gift_that_was_called_back_or_opened_is_never_mailed(
    world: World, course: Course, ben: User, now: dt.datetime
) -> None:
    day = dt.date(2026, 12, 24)
    refunded(given(course, world, now=now, wish=on(day)), world, now)
    opened = given(course, world, now=now, wish=on(day), email="hana@example.org")
    gifts.redeem(code=opened.code, user=ben, now=now)
    assert gifts.send_due(now=now + 60 * DAY) == 0
    assert mailed() == []


def test_57_a_letter_that_still_waits_is_stopped_when_the_gift_is_called_back_and_written_anew_when_it_is_good_again(
    world: World, course: Course, now: dt.datetime
) -> None:
    gift = given(course, world, now=now, wish=BY_MAIL, number="4000000000005126")
    assert refunded(gift, world, now).sent_at is None
    assert mailed() == [("ben@example.org", "cancelled")]
    world.at(now + dt.timedelta(minutes=10))
    aftermath.refunds_due(ids=Ids(), now=world.seconds)
    assert settled(gift, world.now).sent_at == world.now
    assert mailed() == [("ben@example.org", "cancelled"), ("ben@example.org", "queued")]


def test_57_a_letter_that_has_gone_is_not_written_anew(
    world: World, course: Course, now: dt.datetime
) -> None:
    gift = given(course, world, now=now, wish=BY_MAIL, number="4000000000005126")
    outbox.deliver(now=now)
    assert refunded(gift, world, now).sent_at == now
    world.at(now + dt.timedelta(minutes=10))
    aftermath.refunds_due(ids=Ids(), now=world.seconds)
    settled(gift, world.now)
    assert mailed() == [("ben@example.org", "sent")]


def test_57_while_a_bank_looks_no_letter_goes_and_afterwards_it_does(
    world: World, course: Course, now: dt.datetime
) -> None:
    gift = given(course, world, now=now, wish=on(dt.date(2026, 12, 24)))
    dispute = disputed(gift, world, now)
    later = now + 60 * DAY
    assert gifts.send_due(now=later) == 0
    aftermath.move_dispute(key=dispute, how="win", ids=Ids(), now=world.seconds)
    assert settled(gift, later).sent_at == later
    assert (gifts.send_due(now=later), mailed()) == (0, [("ben@example.org", "queued")])


def test_57_an_address_nobody_may_write_to_is_the_outboxs_business(
    world: World, course: Course, now: dt.datetime
) -> None:
    suppression.put(
        email="ben@example.org", scope=Suppression.Scope.ALL, reason=Suppression.Reason.COMPLAINT, now=now
    )
    gift = given(course, world, now=now, wish=BY_MAIL)
    outbox.deliver(now=now)
    assert (mailed(), gift.state) == ([("ben@example.org", "skipped")], S.WAITING)


def test_57_until_it_is_written_the_giver_may_change_address_and_day(
    world: World, course: Course, now: dt.datetime
) -> None:
    gift = given(course, world, now=now, wish=on(dt.date(2026, 12, 24)))
    for _ in range(2):
        gift_letters.change_letter(gift=gift, email="bea@example.org", send_on=dt.date(2026, 12, 1), now=now)
    assert (gifts.send_due(now=now + 12 * DAY), mailed()) == (1, [("bea@example.org", "queued")])
    with pytest.raises(gift_letters.TooLateError):
        gift_letters.change_letter(gift=gift, email="eve@example.org", send_on=None, now=now + 12 * DAY)


def test_57_who_meant_to_pass_it_on_may_have_it_mailed_after_all(
    world: World, course: Course, now: dt.datetime
) -> None:
    gift = given(course, world, now=now)
    assert (
        gift_letters.change_letter(gift=gift, email="ben@example.org", send_on=None, now=now).sent_at == now
    )
    assert mailed() == [("ben@example.org", "queued")]


def test_57_it_is_sent_once_more_and_no_third_time(world: World, course: Course, now: dt.datetime) -> None:
    gift = given(course, world, now=now, wish=BY_MAIL)
    outbox.deliver(now=now)
    later = now + dt.timedelta(hours=1)
    gift_letters.send_again(gift=gift, email="ben.long@example.org", now=later)
    for email in ("ben.long@example.org", "eve@example.org"):
        with pytest.raises(gift_letters.TooLateError):
            gift_letters.send_again(gift=gift, email=email, now=later + DAY)
    assert mailed() == [("ben@example.org", "sent"), ("ben.long@example.org", "queued")]


def test_57_a_letter_that_has_not_gone_yet_is_replaced_and_does_not_count(
    world: World, course: Course, now: dt.datetime
) -> None:
    gift = given(course, world, now=now, wish=BY_MAIL)
    gift_letters.send_again(gift=gift, email="bea@example.org", now=now + dt.timedelta(minutes=1))
    replaced = Gift.objects.get()
    assert (replaced.sent_at, replaced.sent_again_at) == (now + dt.timedelta(minutes=1), None)
    assert mailed() == [("ben@example.org", "cancelled"), ("bea@example.org", "queued")]


def test_57_before_the_first_letter_there_is_nothing_to_send_again(
    world: World, course: Course, now: dt.datetime
) -> None:
    gift = given(course, world, now=now, wish=on(dt.date(2026, 12, 24)))
    with pytest.raises(gift_letters.TooLateError):
        gift_letters.send_again(gift=gift, email="ben@example.org", now=now)
    refunded(gift, world, now)
    with pytest.raises(gift_letters.TooLateError):
        gift_letters.change_letter(gift=gift, email="ben@example.org", send_on=None, now=now)


def test_57_at_the_desk_it_is_readdressed_before_and_sent_again_after_as_often_as_it_takes(
    world: World, course: Course, ines: User, now: dt.datetime
) -> None:
    gift = given(course, world, now=now, wish=on(dt.date(2026, 11, 30)))
    for _ in range(2):
        gift_letters.change_letter(
            gift=gift, email="bea@example.org", send_on=gift.send_on, now=now, actor=ines
        )
    assert gift_letters.send_again(gift=gift, now=now, actor=ines).contact.email == gift.order.email
    later = now + 12 * DAY
    gifts.send_due(now=later)
    for minutes in (0.5, 5, 5.5, 10):
        outbox.deliver(now=later + dt.timedelta(minutes=minutes))
        gift_letters.send_again(gift=gift, now=later + dt.timedelta(minutes=minutes), actor=ines)
    assert mailed() == [
        ("bea@example.org", "sent"),
        ("bea@example.org", "sent"),
        ("bea@example.org", "queued"),
    ]
    with pytest.raises(gift_letters.TooLateError):
        gift_letters.send_again(gift=gift, now=later + DAY)  # by the giver: the desk did it
    told = [one.says for one in Entry.objects.filter(actor=ines).order_by("pk")]
    assert told == [
        "Gift to be mailed to bea@example.org on 2026-11-30",
        f"Letter with the gift once more, for {gift.order.email}",
        *["Letter with the gift once more, for bea@example.org"] * 2,
    ]


# ---- what others ask ----
def test_the_story_of_the_order_tells_of_letter_and_opening(
    world: World, course: Course, ben: User, now: dt.datetime
) -> None:
    gift = given(course, world, now=now, wish=BY_MAIL)
    gifts.redeem(code=gift.code, user=ben, now=now)
    told = Entry.objects.filter(Q(says__contains="gift") | Q(says__contains="Gift"))
    assert list(told.order_by("pk").values_list("says", flat=True)) == [
        "Letter with the gift for ben@example.org",
        "Gift opened by ben@example.org",
    ]
