"""How far people are at each letter: the numbers are those of the ledger and add up to who began (mail.md §5)."""

import datetime as dt

import pytest

from mailing import consent, drip, funnel, outbox, publish, suppression
from mailing.models import Consent, DeliveryEvent, Letter, Run, Sequence, Step
from tests.mailing import scene

pytestmark = pytest.mark.django_db
DAY, HOUR = dt.timedelta(days=1), dt.timedelta(hours=1)


def stands(course: Sequence) -> list[funnel.Stand]:
    steps = list(Step.objects.filter(sequence=course).order_by("position", "pk"))
    found = funnel.stands(course, steps)
    return [found[step.pk] for step in steps]


def on_the_way(*names: str, now: dt.datetime) -> list[Run]:
    return [
        scene.run(who=scene.contact(f"{name}@example.org", now=now), now=now, source=f"enrolment:{name}")
        for name in names
    ]


def day(now: dt.datetime) -> None:
    drip.plan(now=now)
    outbox.deliver(now=now)


def test_nobody_began(now: dt.datetime) -> None:
    assert stands(scene.sequence(0, 1, now=now)) == [funnel.Stand(), funnel.Stand()]


def test_at_each_letter_the_numbers_add_up_to_who_began(now: dt.datetime) -> None:
    course = scene.sequence(0, 1, 2, now=now)
    on_the_way("ann", "ben", "cem", now=now)
    day(now)
    drip.cancel(source="enrolment:cem", reason="Gone.", now=now + HOUR)
    on_the_way("dana", now=now + HOUR)  # has not got the first one yet
    day(now + DAY)
    Letter.objects.filter(contact__email="ben@example.org", revision__step__key="a2").update(
        state=Letter.State.FAILED
    )
    assert stands(course) == [
        funnel.Stand(got=4),
        funnel.Stand(next=1, got=1, failed=1, apart=1),
        funnel.Stand(next=2, later=1, apart=1),
    ]
    assert {one.began for one in stands(course)} == {4}


def test_who_is_held_at_a_letter_that_was_taken_out_waits_for_the_next(now: dt.datetime) -> None:
    course = scene.sequence(0, 1, 2, now=now)
    on_the_way("ann", now=now)
    day(now)
    suppression.put(email="ann@example.org", scope="all", reason="hard", now=now)
    publish.archive(step=Step.objects.get(key="a2"), now=now)
    got, taken_out, waits = stands(course)
    assert (got.got, taken_out.apart, waits) == (1, 1, funnel.Stand(next=1))


def test_a_letter_put_in_before_people_counts_who_had_passed_it(now: dt.datetime) -> None:
    course = scene.sequence(0, 3, now=now)
    on_the_way("ann", now=now)
    day(now)
    step = scene.step(course, 3, day=0, now=now, position=1.5)
    on_the_way("ben", now=now + HOUR)
    assert [one.apart for one in stands(course)] == [0, 1, 0]
    publish.archive(step=step, now=now + 2 * HOUR)
    first, taken_out, last = stands(course)
    assert (taken_out, first.began, last.began) == (funnel.Stand(apart=2), 2, 2)


def test_who_wants_no_more_within_a_day_counts_at_that_letter(now: dt.datetime) -> None:
    course = scene.sequence(0, 2, now=now)
    for run in on_the_way("ann", "ben", now=now):
        day(now)
        hours = 23 if run.contact.email == "ann@example.org" else 25
        consent.withdraw(
            contact=run.contact, purpose=Consent.Purpose.LESSONS, source="stop link", now=now + hours * HOUR
        )
    assert [(one.got, one.off) for one in stands(course)] == [(2, 1), (0, 0)]


def test_what_came_back_is_counted_by_letter(now: dt.datetime) -> None:
    scene.sequence(0, 1, now=now)
    on_the_way("ann", "ben", now=now)
    day(now)
    for number, letter in enumerate(Letter.objects.order_by("contact")):
        for again in range(2):  # told twice by two webhooks
            DeliveryEvent.objects.create(
                provider="x",
                event_key=f"{number} {again}",
                letter=letter,
                type="bounced",
                at=now,
                received_at=now,
            )
    echo = funnel.echo_of(Letter.objects.all(), of=2, off=1)
    assert echo == funnel.Echo(of=2, refused=2, spam=0, off=1)
