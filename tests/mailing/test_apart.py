"""Two letters of one reader that were brought to the same hour: still one a local day (mail.md §6, the year)."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest
from django.db.models import QuerySet

from coursesite.lib import localtime
from mailing import (
    choices,
    drip,
    edits,
    fate,
    forecast,
    impact,
    ordering,
    outbox,
    pauses,
    publish,
    reaching,
    suppression,
    switches,
    unions,
)
from mailing.guards import Skip, Verdict, Wait
from mailing.models import Contact, Letter, Run, Sequence
from tests.mailing import scene
from tests.mailing.test_sequences import live

pytestmark = pytest.mark.django_db
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
NY = "America/New_York"


def two_offered(now: dt.datetime) -> tuple[Contact, dt.datetime]:
    """Ann, who is through; two letters were put in that she had passed, and wait for the next two mornings."""
    course = scene.sequence(*range(4), now=now)
    ann = scene.contact(now=now)
    scene.run(who=ann, now=now)
    live(now, days=6)
    at = now + 6 * DAY
    for number in (50, 51):
        put_in = scene.step(course, number, day=1, now=at, position=f"2.{number}")
        assert reaching.reach(step=put_in, now=at) == 1
    mornings = [
        localtime.local_day(moment, NY).day for moment in waiting().values_list("not_before", flat=True)
    ]
    assert mornings == [27, 28]
    return ann, at


def waiting() -> "QuerySet[Letter]":
    return Letter.objects.filter(state=Letter.State.QUEUED).order_by("not_before")


def days_after(moment: dt.datetime) -> list[dt.date]:
    """The local days on which letters of sequences went."""
    sent = Letter.objects.filter(run__isnull=False, sent_at__gt=moment).order_by("sent_at")
    return [localtime.local_day(at, NY) for at in sent.values_list("sent_at", flat=True) if at]


def rest_of_the_reader(ann: Contact, at: dt.datetime) -> dt.datetime:
    choices.pause(contact=ann, until=at + 7 * DAY, now=at)
    return at


def rest_by_the_desk(ann: Contact, at: dt.datetime) -> dt.datetime:
    pauses.pause(contact=ann, until=at + 7 * DAY, now=at)
    return at


def outage(ann: Contact, at: dt.datetime) -> dt.datetime:
    return at + 4 * DAY


def hold(ann: Contact, at: dt.datetime) -> dt.datetime:
    switches.hold(by="ines", now=at)
    live(at, days=4)
    switches.release(by="ines", now=at + 4 * DAY)
    return at + 4 * DAY


@pytest.mark.parametrize("happens", [rest_of_the_reader, rest_by_the_desk, outage, hold])
def test_whatever_brings_two_together_they_go_on_two_days_and_that_is_foreseen(
    now: dt.datetime, happens: Callable[[Contact, dt.datetime], dt.datetime]
) -> None:
    ann, at = two_offered(now)
    later = happens(ann, at)
    ann.refresh_from_db()
    foreseen = [localtime.local_day(one.at, NY) for one in forecast.of(ann, now=later)]
    live(later, days=12)
    days = days_after(at)
    assert len(days) == len(set(days)) == 2
    assert days == foreseen


def test_a_rest_pulls_nothing_forward_that_was_due_after_it(now: dt.datetime) -> None:
    ann, at = two_offered(now)
    later = waiting().last()
    assert later is not None
    Letter.objects.filter(pk=later.pk).update(not_before=at + 10 * DAY)
    for until in (at + 5 * DAY, at + 7 * DAY, at + 3 * DAY):
        choices.pause(contact=ann, until=until, now=at)
        assert [moment - at for moment in waiting().values_list("not_before", flat=True)] == [
            until - at,
            10 * DAY,
        ]


def test_what_a_person_queues_again_goes_at_once_all_the_same(now: dt.datetime) -> None:
    ann, at = two_offered(now)
    failed = waiting().last()
    assert failed is not None
    Letter.objects.filter(pk=failed.pk).update(state=Letter.State.FAILED)
    morning = dt.datetime(2026, 11, 27, 15, 0, tzinfo=dt.UTC)
    outbox.deliver(now=morning)
    assert len(days_after(at)) == 1
    assert fate.again(letter=failed, now=morning + HOUR)
    outbox.deliver(now=morning + HOUR)
    assert len(days_after(at)) == 2
    assert ann.letters.filter(state=Letter.State.QUEUED).count() == 0


def test_two_who_become_one_get_one_letter_that_day(now: dt.datetime) -> None:
    scene.sequence(1, 2, now=now)
    scene.sequence(1, 2, now=now, slug="other")
    one, other = scene.contact(now=now), scene.contact("second@example.org", now=now)
    scene.run(who=one, now=now)
    scene.run(who=other, now=now, slug="other")
    drip.plan(now=now + DAY)
    unions.merge(one=one, other=other, now=now + DAY)
    live(now + DAY, days=6)
    days = days_after(now)
    assert len(days) == len(set(days)) == 4


def test_a_letter_that_waits_in_a_draft_takes_no_day_from_the_others(now: dt.datetime) -> None:
    scene.sequence(1, now=now)
    scene.sequence(1, 2, now=now, slug="other")
    ann = scene.contact(now=now)
    scene.run(who=ann, now=now)
    drip.plan(now=now + DAY)
    Sequence.objects.filter(slug="course").update(state=Sequence.State.DRAFT)
    scene.run(who=ann, now=now, slug="other", source="enrolment:43")
    live(now + DAY, days=5)
    assert scene.got() == ["Letter 1", "Letter 2"]


@pytest.mark.parametrize("answer", [Skip("lesson done"), Wait(dt.datetime(2026, 12, 31, tzinfo=dt.UTC))])
def test_what_the_course_does_not_let_go_takes_nobodys_day(now: dt.datetime, answer: Verdict) -> None:
    _, at = two_offered(now)
    first, second = waiting()
    waiting().update(not_before=at)
    scene.answers["1.50"] = answer
    live(at, days=2)
    went = Letter.objects.filter(state=Letter.State.SENT, pk__in=[first.pk, second.pk])
    assert [letter.revision.subject for letter in went] == ["Letter 51"]
    assert days_after(at - HOUR) == [localtime.local_day(at, NY)]


def test_what_a_server_has_seen_is_repeated_and_the_others_give_way(now: dt.datetime) -> None:
    _, at = two_offered(now)
    _, second = waiting()
    waiting().update(not_before=at)
    Letter.objects.filter(pk=second.pk).update(date_header="Thu, 26 Nov 2026 15:00:00 +0000")
    live(at, days=3)
    assert len(set(days_after(at - HOUR))) == 2
    second.refresh_from_db()
    assert second.sent_at is not None
    assert localtime.local_day(second.sent_at, NY) == localtime.local_day(at, NY)


def test_what_may_have_gone_today_has_todays_day(now: dt.datetime) -> None:
    _, at = two_offered(now)
    first, second = waiting()
    waiting().update(not_before=at)
    Letter.objects.filter(pk=first.pk).update(doubts=1, handed_at=at, not_before=at + DAY / 96)
    outbox.deliver(now=at)
    second.refresh_from_db()
    assert (second.state, second.not_before > at + DAY / 2) == (Letter.State.QUEUED, True)


@pytest.mark.parametrize("what", ["paused sequence", "held run", "paused reader"])
def test_60_what_waits_and_cannot_go_is_not_foreseen(now: dt.datetime, what: str) -> None:
    ann, at = two_offered(now)
    if what == "paused sequence":
        Sequence.objects.update(state=Sequence.State.PAUSED)
    elif what == "held run":
        Run.objects.update(state=Run.State.HELD)
    else:
        pauses.pause(contact=ann, until=pauses.OPEN_END, now=at)
    assert forecast.of(ann, now=at) == []
    assert list(forecast.who(until=at + 30 * DAY)) == []
    live(at, days=5)
    assert days_after(at) == []


def test_what_is_taken_out_is_not_sent_to_whom_it_was_written(now: dt.datetime) -> None:
    ann, at = two_offered(now)
    [first, second] = waiting()
    switches.hold(by="ines", now=at)
    Letter.objects.filter(pk=first.pk).update(reason="")  # as the planner writes it
    step = first.revision.step
    sheet = impact.of_place(step=step, to=replace(edits.place_of(step), is_in=False), now=at)
    assert (sheet.written, sheet.touched) == (1, 1)
    assert "1 person: it waits to leave for them, and will not go." in impact.says(sheet)
    assert publish.archive(step=step, now=at)
    switches.release(by="ines", now=at)
    live(at, days=5)
    states = (
        Letter.objects.filter(pk__in=[first.pk, second.pk])
        .order_by("not_before")
        .values_list("state", flat=True)
    )
    assert list(states) == ["cancelled", "sent"]
    assert publish.restore(step=first.revision.step, now=at + 5 * DAY)
    assert reaching.passed(first.revision.step).count() == 1
    assert ann.letters.filter(state="queued").count() == 0


def test_who_is_held_for_a_while_is_moved_with_the_others(now: dt.datetime) -> None:
    """A letter is put to the end while a full mailbox holds one of two: both get the others first, and it last."""
    course = scene.sequence(1, 2, 3, 4, now=now)
    ann, ben = scene.contact(now=now), scene.contact("ben@example.org", now=now)
    for number, one in enumerate((ann, ben)):
        scene.run(who=one, now=now, source=f"enrolment:{number}")
    live(now, days=2)
    at = now + 2 * DAY
    full = suppression.put(email=ben.email, scope="all", reason="full", now=at, until=at + 30 * DAY)
    assert Run.objects.get(contact=ben).state == Run.State.HELD
    waited_for = Run.objects.get(contact=ben).next_step
    assert waited_for is not None
    sheet = edits.impact(step=waited_for, to=edits.Place(5, Decimal(9)), now=at)
    assert sheet.total == 2
    assert ordering.move(step=waited_for, before=None, now=at)
    live(at, days=2)
    suppression.lift(suppression=full, now=at + 2 * DAY)
    live(at + 2 * DAY, days=9)
    got = {
        one: list(
            Letter.objects.filter(contact=one, state="sent")
            .order_by("sent_at")
            .values_list("revision__step__key", flat=True)
        )
        for one in (ann, ben)
    }
    assert got[ann] == got[ben]
    assert (len(got[ben]), got[ben][-1]) == (4, waited_for.key)
    assert course.runs.exclude(state=Run.State.DONE).count() == 0


def test_a_reminder_that_a_rest_makes_too_late_is_foreseen_as_such_and_takes_nobodys_day(
    now: dt.datetime,
) -> None:
    """A lesson and a reminder lie in the queue when a rest of a week begins."""
    scene.sequence(1, now=now)
    scene.sequence(1, now=now, slug="nudges", kind=Sequence.Kind.NUDGE)
    ann = scene.contact(now=now)
    scene.run(who=ann, now=now, slug="nudges")
    live(now, days=0.5)
    switches.hold(by="ines", now=now)
    at = now + DAY
    assert drip.plan(now=at) == 1
    scene.run(who=ann, now=now)
    pauses.pause(contact=ann, until=at + 7 * DAY, now=at)
    ann.refresh_from_db()
    foreseen = {one.step.sequence.slug: one for one in forecast.of(ann, now=at)}
    assert (foreseen["nudges"].goes_out, foreseen["nudges"].reason) == (False, forecast.TOO_LATE)
    assert foreseen["course"].goes_out
    switches.release(by="ines", now=at)
    live(at, days=9)
    assert Letter.objects.get(kind=Letter.Kind.NUDGE).state == "expired"
    sent_at = Letter.objects.get(kind=Letter.Kind.LESSON, state="sent").sent_at
    assert sent_at is not None
    assert localtime.local_day(sent_at, NY) == localtime.local_day(foreseen["course"].at, NY)
