"""Waves of people who begin together, the way back, and a letter for those who had passed. Scenarios 45 and 46."""

import datetime as dt
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from mailing import consent, delivery, drip, fate, outbox, reaching, suppression, switching
from mailing.guards import Skip
from mailing.models import Consent, Letter, Run, Sequence, Step, Wave
from mailing.switching import How
from tests.mailing import scene

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
MORNING = dt.timedelta(hours=24)


def late(now: dt.datetime, *days: int, state: str = Sequence.State.DRAFT) -> Sequence:
    return scene.sequence(*(days or (0, 2)), now=now, slug="late", state=state)


def crowd(number: int, *, now: dt.datetime) -> list[switching.Person]:
    return [
        switching.Person(scene.contact(f"p{one}@example.org", now=now), f"enrolment:{one}")
        for one in range(number)
    ]


def begin(
    into: Sequence, people: list[switching.Person], *, now: dt.datetime, how: How = How.NOW, days: int = 1
) -> int:
    done = switching.switch_on(sequence=into, people=people, how=how, days=days, now=now, by="ines")
    return done.people


def go(now: dt.datetime) -> None:
    while drip.plan(now=now):
        pass
    outbox.deliver(now=now)


# ---- who begins ----
def test_45_each_who_is_left_out_has_a_reason(now: dt.datetime) -> None:
    into = late(now, state=Sequence.State.LIVE)
    people = crowd(5, now=now)
    scene.run(who=people[0].contact, now=now, slug="late")  # gets the welcome at once
    go(now)
    scene.run(who=people[1].contact, now=now, slug="late", source="enrolment:1")
    scene.run(who=people[2].contact, now=now, slug="late", source="enrolment:2")
    drip.cancel(source="enrolment:2", reason="Stopped at the desk.", now=now)
    assert switching.left_out(into, people) == {
        switching.HAD: 1,
        switching.ON_THE_WAY: 1,
        switching.ENDED: 1,
    }
    assert [begin(into, people, now=now) for _ in range(2)] == [2, 0]


def test_45_who_gets_none_as_things_stand_is_counted_and_gets_none(now: dt.datetime) -> None:
    into, people = late(now), crowd(3, now=now)
    consent.withdraw(contact=people[0].contact, purpose=Consent.Purpose.LESSONS, source="x", now=now)
    suppression.put(email=people[1].contact.email, scope="all", reason="manual", now=now)
    assert switching.unreachable(into, people, now=now) == 2
    assert begin(into, people, now=now) == 3
    go(now + MORNING)
    assert [mail["To"] for mail in scene.mails()] == ["p2@example.org"]


def test_45_who_stands_there_twice_begins_once(now: dt.datetime) -> None:
    into, [one] = late(now), crowd(1, now=now)
    assert begin(into, [one, switching.Person(one.contact, "enrolment:99")], now=now) == 1
    assert Run.objects.get().source == "enrolment:0"


def test_45_who_waited_since_they_joined_counts_from_the_switch_on(now: dt.datetime) -> None:
    into, [one] = late(now, 0, 2), crowd(1, now=now)
    scene.run(who=one.contact, now=now - 30 * DAY, slug="late")
    assert begin(into, [one], now=now) == 1
    run = Run.objects.get()
    assert (run.anchor_at, run.next_due_at, run.wave) == (
        dt.datetime(2026, 11, 21, 14, tzinfo=dt.UTC),
        dt.datetime(2026, 11, 21, 14, tzinfo=dt.UTC),
        Wave.objects.get(),
    )


def test_45_it_costs_the_same_for_few_and_for_many(now: dt.datetime, django_assert_num_queries: Any) -> None:
    for slug, number in (("a", 3), ("b", 40)):
        into = scene.sequence(0, now=now, slug=slug, state=Sequence.State.DRAFT)
        people = crowd(number, now=now)
        with django_assert_num_queries(11):
            switching.switch_on(sequence=into, people=people, how=How.NOW, now=now)


# ---- called back ----
def test_45_called_back_before_the_first_letter_all_is_as_before(now: dt.datetime) -> None:
    into, people = late(now), crowd(4, now=now)
    begin(into, people, now=now, how=How.SPREAD, days=2)
    wave = Wave.objects.get()
    assert [switching.call_back(wave=wave, by="ines", now=now) for _ in range(2)] == [4, 0]
    into.refresh_from_db()
    assert into.state == Sequence.State.DRAFT
    for days in range(4):
        go(now + days * DAY)
    assert scene.got() == []
    assert begin(into, people, now=now + 4 * DAY) == 4  # another time
    go(now + 5 * DAY)
    assert scene.got() == ["Letter 1"] * 4


def test_45_called_back_midway_who_has_the_first_letter_goes_on(now: dt.datetime) -> None:
    into, people = late(now), crowd(4, now=now)
    begin(into, people, now=now, how=How.SPREAD, days=2)
    go(now + MORNING)
    assert len(scene.got()) == 2
    drip.plan(now=now + MORNING)
    assert switching.call_back(wave=Wave.objects.get(), by="ines", now=now + MORNING) == 2
    into.refresh_from_db()
    assert into.state == Sequence.State.LIVE
    for days in range(1, 6):
        go(now + days * DAY)
    assert scene.got() == ["Letter 1"] * 2 + ["Letter 2"] * 2
    assert begin(into, people, now=now + 6 * DAY) == 2


def test_45_who_was_only_left_out_so_far_is_called_back_too(now: dt.datetime) -> None:
    """The first lesson was done already, so the first letter stands in the ledger as skipped: nobody got anything."""
    into, people = late(now, 0, 1, 2), crowd(2, now=now)
    scene.answers["1.1"] = Skip("lesson done")
    begin(into, people, now=now)
    go(now + MORNING)
    assert (scene.got(), Letter.objects.filter(state="skipped").count()) == ([], 2)
    assert switching.call_back(wave=Wave.objects.get(), by="ines", now=now + MORNING) == 2
    for days in range(1, 5):
        go(now + days * DAY)
    assert scene.got() == []
    assert begin(into, people, now=now + 5 * DAY) == 2
    for days in range(6, 10):
        go(now + days * DAY)
    assert sorted(scene.got()) == ["Letter 2"] * 2 + ["Letter 3"] * 2


def test_45_a_letter_that_waits_is_taken_back_with_its_wave(now: dt.datetime) -> None:
    into, people = late(now), crowd(1, now=now)
    begin(into, people, now=now)
    drip.plan(now=now + MORNING)
    assert Letter.objects.get().state == "queued"
    switching.call_back(wave=Wave.objects.get(), by="ines", now=now + MORNING)
    assert (Letter.objects.get().state, Run.objects.get().state) == ("cancelled", "cancelled")
    assert switching.left_out(into, people) == {}


@pytest.mark.django_db(transaction=True)
def test_45_two_presses_at_once_begin_nobody_twice(now: dt.datetime) -> None:
    into, people = late(now), crowd(6, now=now)
    done: list[int] = []

    def press() -> None:
        fresh = Sequence.objects.get(pk=into.pk)
        done.append(begin(fresh, people, now=now))
        connection.close()

    both = [threading.Thread(target=press) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert (sorted(done), Run.objects.count()) == ([0, 6], 6)


# ---- those who had passed ----
@pytest.fixture
def passed(now: dt.datetime) -> Step:
    """Three people are through; then a letter is put in the middle."""
    course = scene.sequence(1, 2, now=now - 5 * DAY)
    for one in crowd(3, now=now):
        scene.run(who=one.contact, now=now - 5 * DAY, source=one.source)
    for days in range(5, 0, -1):
        go(now - days * DAY + dt.timedelta(hours=1))
    assert len(scene.got()) == 6
    return scene.step(course, 3, day=2, now=now, position="1.5")


def test_46_what_is_shown_is_what_happens_once(passed: Step, now: dt.datetime) -> None:
    days = reaching.look(step=passed, days=3, now=now)
    assert days == {dt.date(2026, 11, 20 + number): 1 for number in (1, 2, 3)}
    assert Letter.objects.filter(revision__step=passed).count() == 0
    assert [reaching.reach(step=passed, days=3, now=now) for _ in range(2)] == [3, 0]
    for number in range(6):
        go(now + number * DAY)
    assert scene.got()[6:] == ["Letter 3"] * 3
    sent = Letter.objects.filter(revision__step=passed).order_by("sent_at")
    assert [one.sent_at.day for one in sent if one.sent_at] == [21, 22, 23]


def test_46_what_was_called_back_can_be_sent_after_all_and_still_once(passed: Step, now: dt.datetime) -> None:
    reaching.reach(step=passed, now=now)
    assert [fate.call_back(fate.offered(passed)) for _ in range(2)] == [3, 0]
    go(now + MORNING)
    assert len(scene.got()) == 6
    assert [reaching.reach(step=passed, now=now + DAY) for _ in range(2)] == [3, 0]
    for number in range(1, 4):
        go(now + number * DAY)
    assert scene.got()[6:] == ["Letter 3"] * 3
    assert fate.call_back(fate.offered(passed)) == 0


def hung_up(letters: list[Letter], now: dt.datetime) -> None:
    for letter in letters:
        for why in ("The mail server hung up.", ""):
            letter.refresh_from_db()
            fate.back(letter, not_before=now, reason=why)


@pytest.mark.parametrize(
    "put_back",
    [
        lambda letters, now: fate.all_back(letters),
        lambda letters, now: fate.recover(now=now + DAY),
        hung_up,
    ],
)
def test_46_what_a_sender_put_back_can_still_be_called_back(
    passed: Step, now: dt.datetime, put_back: Callable[[list[Letter], dt.datetime], object]
) -> None:
    reaching.reach(step=passed, now=now)
    put_back(delivery.lease(now=now + MORNING), now + MORNING)
    assert fate.offered(passed).count() == 3
    assert fate.call_back(fate.offered(passed)) == 3


def test_46_what_may_be_out_is_not_called_back(passed: Step, now: dt.datetime) -> None:
    reaching.reach(step=passed, now=now)
    for letter in delivery.lease(now=now + MORNING):
        fate.doubt(letter, now=now + MORNING)
    assert fate.call_back(fate.offered(passed)) == 0


def test_46_a_no_meanwhile_counts(passed: Step, now: dt.datetime) -> None:
    reaching.reach(step=passed, now=now)
    who = Letter.objects.filter(revision__step=passed).order_by("pk")[0].contact
    consent.withdraw(contact=who, purpose=Consent.Purpose.LESSONS, source="x", now=now)
    go(now + MORNING)
    assert scene.got()[6:] == ["Letter 3"] * 2
