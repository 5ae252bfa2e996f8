"""Who is in: any active grant, counted once for each source."""

import datetime as dt

import pytest

from accounts.models import User
from courses import access
from courses.models import Course, Enrolment, Grant
from mailing import delivery, drip
from mailing.models import Run
from tests import factories
from tests.mailing import scene

pytestmark = pytest.mark.django_db


@pytest.fixture
def knots() -> Course:
    return factories.small_course()


def test_a_grant_lets_in_and_starts_the_letters_at_once(ann: User, knots: Course, now: dt.datetime) -> None:
    grant = access.grant(user=ann, course=knots, source="free", now=now)

    enrolment = Enrolment.objects.get()
    assert grant.enrolment == enrolment
    assert (enrolment.user, enrolment.course, enrolment.joined_at) == (ann, knots, now)
    assert enrolment.time_zone == "America/New_York"
    assert access.of(ann, knots) == enrolment
    run = Run.objects.get()
    assert (run.contact, run.source, run.anchor_at) == (ann.contact, f"enrolment:{enrolment.pk}", now)


def test_granting_twice_changes_nothing(ann: User, knots: Course, now: dt.datetime) -> None:
    first = access.grant(user=ann, course=knots, source="free", now=now)
    second = access.grant(user=ann, course=knots, source="free", now=now + dt.timedelta(days=1))

    assert second == first
    assert list(Grant.objects.values_list("source", "state", "started_at")) == [("free", "active", now)]
    assert Enrolment.objects.get().joined_at == now
    assert Run.objects.count() == 1


def test_nobody_else_is_in(ann: User, ben: User, knots: Course, now: dt.datetime) -> None:
    other = factories.small_course(slug="other")
    access.grant(user=ann, course=knots, source="free", now=now)

    assert access.of(ben, knots) is None
    assert access.of(ann, other) is None


def test_two_sources_end_one_by_one(ann: User, knots: Course, now: dt.datetime) -> None:
    bought = access.grant(user=ann, course=knots, source="order-line:1", now=now)
    given = access.grant(user=ann, course=knots, source="manual:1", now=now)

    access.end(grant=bought, reason="refunded", now=now)
    assert access.of(ann, knots) == given.enrolment
    assert Run.objects.get().state == "active"

    access.end(grant=given, reason="mistake", now=now)
    assert access.of(ann, knots) is None
    assert Run.objects.get().state == "cancelled"


def test_ending_twice_keeps_the_first_end(ann: User, knots: Course, now: dt.datetime) -> None:
    grant = access.grant(user=ann, course=knots, source="free", now=now)
    access.end(grant=grant, reason="refunded", now=now)
    access.end(grant=grant, reason="again", now=now + dt.timedelta(days=1))

    assert (grant.state, grant.ended_at, grant.reason) == ("ended", now, "refunded")


def test_an_ended_grant_stays_ended_and_a_new_source_lets_in_again(
    ann: User, knots: Course, now: dt.datetime
) -> None:
    access.end(
        grant=access.grant(user=ann, course=knots, source="order-line:1", now=now), reason="refunded", now=now
    )

    assert access.grant(user=ann, course=knots, source="order-line:1", now=now).state == "ended"
    assert access.of(ann, knots) is None

    later = now + dt.timedelta(days=9)
    again = access.grant(user=ann, course=knots, source="order-line:2", now=later)
    assert again.state == "active"
    assert access.of(ann, knots) == again.enrolment
    assert again.enrolment.joined_at == now
    assert list(Run.objects.order_by("pk").values_list("state", flat=True)) == ["cancelled", "active"]


def test_a_suspended_grant_is_lifted_by_its_source(ann: User, knots: Course, now: dt.datetime) -> None:
    grant = access.grant(user=ann, course=knots, source="order-line:1", now=now)
    access.suspend(grant=grant, reason="disputed", now=now)
    access.suspend(grant=grant, reason="again", now=now)
    assert (grant.state, grant.reason) == ("suspended", "disputed")
    assert access.of(ann, knots) is None

    assert access.grant(user=ann, course=knots, source="order-line:1", now=now) == grant
    assert access.of(ann, knots) == grant.enrolment


def test_suspending_what_has_ended_changes_nothing(ann: User, knots: Course, now: dt.datetime) -> None:
    grant = access.grant(user=ann, course=knots, source="order-line:1", now=now)
    access.end(grant=grant, reason="refunded", now=now)
    access.suspend(grant=grant, reason="disputed", now=now)
    assert (grant.state, grant.reason) == ("ended", "refunded")


def test_letting_in_by_hand_twice_is_once_and_after_an_end_anew(
    ann: User, ines: User, knots: Course, now: dt.datetime
) -> None:
    def by_hand() -> Grant:
        return access.grant_by_hand(user=ann, course=knots, reason="Raffle", now=now, actor=ines)

    first = by_hand()
    assert by_hand() == first
    assert (first.source, first.actor, first.reason) == ("manual:1", ines, "Raffle")
    access.end(grant=first, reason="mistake", now=now)
    assert by_hand().source == "manual:2"


def test_ending_all_twice_finds_nothing_the_second_time(ann: User, knots: Course, now: dt.datetime) -> None:
    access.grant(user=ann, course=knots, source="order-line:1", now=now)
    seat = access.grant(user=ann, course=knots, source="manual:1", now=now).enrolment
    assert access.end_all(enrolment=seat, reason="asked", now=now) == 2
    assert access.end_all(enrolment=seat, reason="asked", now=now) == 0
    assert access.of(ann, knots) is None


def test_a_course_without_letters_starts_none(ann: User, now: dt.datetime) -> None:
    access.grant(user=ann, course=factories.small_course(sequence=""), source="free", now=now)
    assert Run.objects.count() == 0


def test_who_comes_back_gets_no_letter_a_second_time(ann: User, knots: Course, now: dt.datetime) -> None:
    """Welcomed and written to about day 1, then out for a week, and in again: the way goes on with day 2."""
    scene.sequence(0, 1, 2, now=now)
    first = access.grant(user=ann, course=knots, source="order-line:1", now=now)
    for day in range(2):
        tick(now + dt.timedelta(days=day))
    assert scene.got() == ["Letter 1", "Letter 2"]

    access.end(grant=first, reason="refunded", now=now + dt.timedelta(days=2))
    back = now + dt.timedelta(days=9)
    access.grant(user=ann, course=knots, source="order-line:2", now=back)
    for day in range(5):
        tick(back + dt.timedelta(days=day))
    assert scene.got() == ["Letter 1", "Letter 2", "Letter 3"]

    second = Grant.objects.get(source="order-line:2")
    access.end(grant=second, reason="refunded", now=back + dt.timedelta(days=5))
    access.grant_by_hand(user=ann, course=knots, reason="a gift", now=back + dt.timedelta(days=6))
    tick(back + dt.timedelta(days=7))
    assert scene.got() == ["Letter 1", "Letter 2", "Letter 3"]
    assert list(Run.objects.order_by("generation").values_list("state", flat=True)) == ["cancelled", "done"]


def tick(now: dt.datetime) -> None:
    drip.plan(now=now)
    delivery.deliver(now=now)
