import datetime as dt

import pytest

from mailing import consent, contacts, drip, outbox
from mailing.guards import Cancel, Skip, Wait
from mailing.models import Consent, Letter, Run, Sequence
from tests.mailing import scene

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
MORNING = dt.datetime(2026, 11, 21, 14, 0, tzinfo=dt.UTC)  # 9:00 in New York, the day after joining


def tick(now: dt.datetime) -> None:
    drip.plan(now=now)
    outbox.deliver(now=now)


def test_the_welcome_goes_at_once_and_the_next_letter_the_next_morning(now: dt.datetime) -> None:
    scene.sequence(0, 1, now=now)
    run = scene.run(who=scene.contact(now=now), now=now)
    tick(now)
    assert scene.got() == ["Letter 1"]
    run.refresh_from_db()
    assert (run.state, run.next_due_at) == (Run.State.ACTIVE, MORNING)
    tick(MORNING - dt.timedelta(seconds=1))
    assert scene.got() == ["Letter 1"]
    tick(MORNING)
    run.refresh_from_db()
    assert (scene.got(), run.state) == (["Letter 1", "Letter 2"], Run.State.DONE)


def test_a_welcome_at_midnight_is_not_quiet_and_the_first_morning_comes_after_it(now: dt.datetime) -> None:
    joined = dt.datetime(2026, 11, 21, 4, 50, tzinfo=dt.UTC)  # 23:50 in New York
    scene.sequence(0, 1, now=now)
    scene.run(who=scene.contact(now=now), now=joined)
    tick(joined)
    tick(joined + dt.timedelta(minutes=20))
    assert scene.got() == ["Letter 1"]
    tick(MORNING)
    assert scene.got() == ["Letter 1", "Letter 2"]


def test_a_welcome_that_was_held_up_into_the_night_waits_for_the_morning(now: dt.datetime) -> None:
    scene.sequence(0, now=now)
    scene.run(who=scene.contact(now=now), now=now)
    drip.plan(now=now)
    outbox.deliver(now=dt.datetime(2026, 11, 21, 3, 30, tzinfo=dt.UTC))  # 22:30 in New York
    assert scene.got() == []
    outbox.deliver(now=MORNING)
    assert scene.got() == ["Letter 1"]


def test_starting_twice_is_one_run(now: dt.datetime) -> None:
    scene.sequence(0, now=now)
    ann = scene.contact(now=now)
    assert scene.run(who=ann, now=now) == scene.run(who=ann, now=now + DAY)
    assert Run.objects.count() == 1


def test_starting_after_the_end_is_a_new_generation(now: dt.datetime) -> None:
    scene.sequence(0, now=now)
    ann = scene.contact(now=now)
    scene.run(who=ann, now=now)
    drip.cancel(source=scene.SOURCE, reason="refund", now=now)
    again = scene.run(who=ann, now=now + DAY)
    assert (again.generation, again.state) == (2, Run.State.ACTIVE)


def test_a_sequence_without_letters_waits_for_them(now: dt.datetime) -> None:
    scene.run(who=scene.contact(now=now), now=now)
    assert drip.plan(now=now) == 1
    course = Sequence.objects.get(slug="course")
    scene.step(course, 1, day=0, now=now)
    tick(now + dt.timedelta(hours=1))
    assert scene.got() == ["Letter 1"]


def test_planning_twice_writes_each_letter_once(now: dt.datetime) -> None:
    scene.sequence(0, 1, now=now)
    scene.run(who=scene.contact(now=now), now=now)
    assert (drip.plan(now=now), drip.plan(now=now)) == (1, 0)
    assert Letter.objects.count() == 1


def test_a_done_lesson_is_skipped_with_its_reason_and_the_next_keeps_its_day(now: dt.datetime) -> None:
    scene.sequence(0, 1, 2, now=now)
    run = scene.run(who=scene.contact(now=now), now=now)
    scene.answers["1.2"] = Skip("lesson done")
    tick(now)
    tick(MORNING)
    assert scene.states() == [("Letter 1", "sent"), ("Letter 2", "skipped")]
    assert Letter.objects.get(revision__subject="Letter 2").reason == "lesson done"
    run.refresh_from_db()
    assert run.next_due_at == MORNING + DAY


def test_a_guard_that_waits_is_asked_again_then(now: dt.datetime) -> None:
    scene.sequence(0, now=now)
    scene.run(who=scene.contact(now=now), now=now)
    scene.answers["1.1"] = Wait(now + DAY)
    tick(now)
    assert scene.got() == []
    scene.answers.clear()
    tick(now + DAY)
    assert scene.got() == ["Letter 1"]


def test_a_guard_that_cancels_ends_the_run(now: dt.datetime) -> None:
    scene.sequence(0, 1, now=now)
    run = scene.run(who=scene.contact(now=now), now=now)
    scene.answers["1.1"] = Cancel("no access")
    tick(now)
    run.refresh_from_db()
    assert (run.state, run.reason, run.next_due_at) == (Run.State.CANCELLED, "no access", None)
    assert Letter.objects.count() == 0


def test_a_guard_that_breaks_for_one_run_does_not_stop_the_others(
    now: dt.datetime, caplog: pytest.LogCaptureFixture
) -> None:
    scene.sequence(0, now=now)
    scene.run(who=scene.contact("ann@example.org", now=now), now=now)
    broken = scene.run(who=scene.contact("ben@example.org", now=now), now=now)
    Run.objects.filter(pk=broken.pk).update(source="broken")
    original = scene.guard
    with pytest.MonkeyPatch.context() as patch:

        def guard(*, source: str, subject_of: str, now: dt.datetime) -> scene.Verdict:
            if source == "broken":
                raise RuntimeError("the course was deleted")
            return original(source=source, subject_of=subject_of, now=now)

        patch.setattr(scene, "guard", guard)
        tick(now)
    assert [mail["To"] for mail in scene.mails()] == ["ann@example.org"]
    broken.refresh_from_db()
    assert (broken.state, broken.next_due_at) == (Run.State.ACTIVE, now + dt.timedelta(minutes=10))
    assert "ben@example.org" not in caplog.text


def test_cancelling_takes_back_what_waits_and_again_changes_nothing(now: dt.datetime) -> None:
    scene.sequence(0, 1, now=now)
    scene.run(who=scene.contact(now=now), now=now)
    drip.plan(now=now)
    assert drip.cancel(source=scene.SOURCE, reason="refund", now=now) == 1
    assert drip.cancel(source=scene.SOURCE, reason="refund", now=now) == 0
    tick(now)
    assert (scene.states(), scene.got()) == ([("Letter 1", "cancelled")], [])


def test_skipping_a_lesson_takes_its_waiting_letter_only(now: dt.datetime) -> None:
    scene.sequence(0, now=now)
    scene.run(who=scene.contact("ann@example.org", now=now), now=now)
    scene.run(who=scene.contact("ben@example.org", now=now), now=now, source="enrolment:43")
    drip.plan(now=now)
    assert drip.skip(source=scene.SOURCE, subject_of="knots/1.1", reason="lesson done", now=now) == 1
    assert drip.skip(source=scene.SOURCE, subject_of="knots/1.1", reason="lesson done", now=now) == 0
    outbox.deliver(now=now)
    assert [mail["To"] for mail in scene.mails()] == ["ben@example.org"]


def test_three_days_down_is_one_letter_a_day_in_order(now: dt.datetime) -> None:
    scene.sequence(1, 2, 3, now=now)
    scene.run(who=scene.contact(now=now), now=now)
    back = MORNING + 5 * DAY + dt.timedelta(hours=2)
    tick(back)
    assert scene.got() == ["Letter 1"]
    tick(back + dt.timedelta(hours=9))
    tick(MORNING + 6 * DAY)
    tick(MORNING + 7 * DAY)
    assert scene.got() == ["Letter 1", "Letter 2", "Letter 3"]


def test_overdue_letters_wait_through_the_night(now: dt.datetime) -> None:
    scene.sequence(1, now=now)
    scene.run(who=scene.contact(now=now), now=now)
    night = dt.datetime(2026, 11, 22, 3, 30, tzinfo=dt.UTC)  # 22:30 in New York
    tick(night)
    assert scene.got() == []
    tick(MORNING + DAY)
    assert scene.got() == ["Letter 1"]


def test_two_sequences_are_one_letter_a_day(now: dt.datetime) -> None:
    scene.sequence(1, now=now)
    scene.sequence(1, now=now, slug="other")
    ann = scene.contact(now=now)
    scene.run(who=ann, now=now)
    scene.run(who=ann, now=now, source="enrolment:43", slug="other")
    tick(MORNING)
    assert scene.got() == ["Letter 1"]
    tick(MORNING + DAY)
    assert scene.got() == ["Letter 1", "Letter 1"]


def test_a_letter_stuck_in_the_queue_holds_the_next_back(now: dt.datetime) -> None:
    scene.sequence(1, 2, now=now)
    scene.run(who=scene.contact(now=now), now=now)
    drip.plan(now=MORNING)
    drip.plan(now=MORNING + DAY)
    assert scene.states() == [("Letter 1", "queued")]


def test_who_turned_lessons_off_gets_none_and_the_ledger_says_so(now: dt.datetime) -> None:
    scene.sequence(0, 1, 2, now=now)
    ann = scene.contact(now=now)
    scene.run(who=ann, now=now)
    consent.withdraw(contact=ann, purpose=Consent.Purpose.LESSONS, source="test", now=now)
    tick(now)
    tick(MORNING)
    consent.give(contact=ann, purpose=Consent.Purpose.LESSONS, source="test", now=MORNING)
    tick(MORNING + DAY)
    assert scene.states() == [("Letter 1", "skipped"), ("Letter 2", "skipped"), ("Letter 3", "sent")]
    assert set(Letter.objects.filter(state="skipped").values_list("reason", flat=True)) == {
        consent.UNSUBSCRIBED
    }


def test_a_paused_sequence_sends_nothing_and_goes_on_when_woken(now: dt.datetime) -> None:
    course = scene.sequence(0, 1, now=now)
    scene.run(who=scene.contact(now=now), now=now)
    drip.plan(now=now)
    course.state = Sequence.State.PAUSED
    course.save()
    tick(MORNING)
    assert scene.got() == []
    course.state = Sequence.State.LIVE
    course.save()
    tick(MORNING)
    assert scene.got() == ["Letter 1"]


def test_an_archived_step_is_passed_by(now: dt.datetime) -> None:
    course = scene.sequence(0, 1, now=now)
    scene.run(who=scene.contact(now=now), now=now)
    course.steps.filter(key="a1").update(archived_at=now)
    tick(now)
    tick(MORNING)
    assert scene.got() == ["Letter 2"]


def test_a_step_put_before_somebodys_place_is_no_surprise(now: dt.datetime) -> None:
    course = scene.sequence(0, 5, now=now)
    scene.run(who=scene.contact(now=now), now=now)
    tick(now)
    scene.step(course, 3, day=0, now=now, subject_of="1.0")
    course.steps.filter(key="a3").update(position="0.5")
    tick(MORNING)
    assert scene.got() == ["Letter 1"]


def test_a_new_zone_moves_the_morning(now: dt.datetime) -> None:
    scene.sequence(0, 1, now=now)
    ann = scene.contact(now=now)
    run = scene.run(who=ann, now=now)
    tick(now)
    contacts.update(contact=ann, time_zone="Asia/Kathmandu", now=now)
    run.refresh_from_db()
    assert run.next_due_at == dt.datetime(2026, 11, 21, 3, 15, tzinfo=dt.UTC)
    contacts.update(contact=ann, time_zone="Asia/Kathmandu", now=now)
    run.refresh_from_db()
    assert run.next_due_at == dt.datetime(2026, 11, 21, 3, 15, tzinfo=dt.UTC)


def test_flying_east_to_west_brings_no_second_letter_within_18_hours(now: dt.datetime) -> None:
    scene.sequence(1, 2, now=now)
    ann = scene.contact(now=now, zone="Asia/Tokyo")
    run = scene.run(who=ann, now=now)
    tokyo = dt.datetime(2026, 11, 22, 0, 0, tzinfo=dt.UTC)  # joined on the 21st there, so 9:00 on the 22nd
    tick(tokyo)
    assert scene.got() == ["Letter 1"]
    contacts.update(contact=ann, time_zone="America/New_York", now=tokyo + dt.timedelta(hours=1))
    run.refresh_from_db()
    assert run.next_due_at == dt.datetime(2026, 11, 22, 14, 0, tzinfo=dt.UTC) + DAY
    tick(run.next_due_at)
    assert scene.got() == ["Letter 1", "Letter 2"]


def test_an_unknown_zone_is_refused_and_an_empty_one_is_the_sites(now: dt.datetime) -> None:
    ann = contacts.of("ann@example.org", now=now)
    assert contacts.zone_of(ann) == "America/New_York"
    with pytest.raises(ValueError, match="Mars"):
        contacts.update(contact=ann, time_zone="Mars/Olympus", now=now)


def test_the_planner_asks_once_for_each_letter(now: dt.datetime) -> None:
    scene.sequence(0, now=now)
    scene.run(who=scene.contact(now=now), now=now)
    drip.plan(now=now)
    assert scene.asked == ["enrolment:42 1.1"]
    outbox.deliver(now=now)
    assert scene.asked == ["enrolment:42 1.1", "enrolment:42 1.1"]
