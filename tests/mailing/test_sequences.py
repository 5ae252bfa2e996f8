"""Whole ways through sequences: scenarios 39 to 48, 51, 53 and 60 of mail.md §3, with the hours they name."""

import datetime as dt
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from coursesite.lib import localtime
from mailing import (
    choices,
    consent,
    contacts,
    drip,
    edits,
    forecast,
    kinds,
    letterfiles,
    outbox,
    pauses,
    publish,
    reaching,
    switching,
)
from mailing.guards import Again, Skip
from mailing.models import Consent, Contact, Letter, Run, Sequence, Step
from tests.mailing import scene

pytestmark = pytest.mark.django_db
DAY, HOUR = dt.timedelta(days=1), dt.timedelta(hours=1)
MORNING = dt.datetime(2026, 11, 21, 14, 0, tzinfo=dt.UTC)  # 9:00 in New York, the day after joining
NY = "America/New_York"


def tick(now: dt.datetime) -> None:
    while drip.plan(now=now):
        pass
    outbox.deliver(now=now)


def live(begin: dt.datetime, *, days: float, step: dt.timedelta = HOUR) -> None:
    now = begin
    while now < begin + days * DAY:
        tick(now)
        now += step


def sent(who: Contact, zone: str = NY) -> list[str]:
    """`11-21 09:00 Letter 1`, in the reader's own time."""
    rows = Letter.objects.filter(contact=who, state=Letter.State.SENT).order_by("sent_at")
    return [
        f"{at.astimezone(localtime.zone(zone)):%m-%d %H:%M} {subject}"
        for at, subject in rows.values_list("sent_at", "revision__subject")
    ]


def test_39_joining_late_in_the_evening_the_first_morning_comes_after_it(now: dt.datetime) -> None:
    scene.sequence(1, now=now)
    ann = scene.contact(now=now)
    late = dt.datetime(2026, 11, 21, 4, 50, tzinfo=dt.UTC)  # 23:50
    scene.run(who=ann, now=late)
    live(late, days=1, step=dt.timedelta(minutes=10))
    assert sent(ann) == ["11-21 09:00 Letter 1"]


def test_39_the_welcome_at_eight_is_followed_by_nothing_that_day(now: dt.datetime) -> None:
    scene.sequence(0, 1, now=now)
    ann = scene.contact(now=now)
    early = dt.datetime(2026, 11, 20, 12, 59, tzinfo=dt.UTC)  # 7:59
    scene.run(who=ann, now=early)
    live(early, days=2, step=dt.timedelta(minutes=1) * 20)
    assert [one[:5] for one in sent(ann)] == ["11-20", "11-21"]


def test_40_a_reminder_whose_day_is_past_when_somebody_comes_is_not_sent(now: dt.datetime) -> None:
    """Reminders count from the moment somebody was there last, so none lies in the past; one left lying expires."""
    scene.sequence(3, 7, now=now, slug="nudges", kind=Sequence.Kind.NUDGE)
    ann = scene.contact(now=now)
    scene.run(who=ann, now=now, slug="nudges")
    tick(now + 5 * DAY)
    assert scene.states() == [("Letter 1", "expired")]


def test_41_every_morning_of_a_change_of_clocks_has_one_letter(now: dt.datetime) -> None:
    begin = dt.datetime(2027, 3, 12, 15, 0, tzinfo=dt.UTC)
    scene.sequence(*range(1, 6), now=now)
    for zone in (NY, "Asia/Kathmandu", "Pacific/Kiritimati", "Australia/Lord_Howe"):
        ann = scene.contact(f"{zone[-5:].lower()}@example.org", now=now, zone=zone)
        scene.run(who=ann, now=begin, source=zone)
    live(begin, days=7, step=dt.timedelta(minutes=15))
    for ann in Contact.objects.all():
        got = sent(ann, ann.time_zone)
        assert len({one[:5] for one in got}) == 5
        assert {one[6:11] for one in got} == {"09:00"}


def test_42_from_tokyo_to_new_york_no_two_letters_within_18_hours_and_no_day_lost(now: dt.datetime) -> None:
    scene.sequence(*range(1, 8), now=now)
    ann = scene.contact(now=now, zone="Asia/Tokyo")
    scene.run(who=ann, now=now)
    flight = now + 3 * DAY
    live(now, days=3)
    contacts.update(contact=ann, time_zone=NY, now=flight)
    live(flight, days=8)
    times = list(Letter.objects.order_by("sent_at").values_list("sent_at", flat=True))
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert (len(times), min(gaps) >= 18 * HOUR, max(gaps) <= 38 * HOUR) == (7, True, True)


def test_43_an_unknown_zone_in_the_table_is_the_sites(now: dt.datetime) -> None:
    scene.sequence(1, now=now)
    ann = scene.contact(now=now)
    Contact.objects.filter(pk=ann.pk).update(time_zone="Mars/Olympus")
    ann.refresh_from_db()
    scene.run(who=ann, now=now)
    tick(MORNING)
    assert sent(ann) == ["11-21 09:00 Letter 1"]


def test_44_three_days_down_is_one_letter_a_day_in_order_and_no_stale_reminder(now: dt.datetime) -> None:
    scene.sequence(1, 2, 3, now=now)
    scene.sequence(2, 9, now=now, slug="nudges", kind=Sequence.Kind.NUDGE)
    ann = scene.contact(now=now)
    scene.run(who=ann, now=now)
    scene.run(who=ann, now=now, slug="nudges")
    live(MORNING + 3 * DAY, days=10)
    assert sent(ann)[:3] == ["11-24 09:00 Letter 1", "11-25 09:00 Letter 2", "11-26 09:00 Letter 3"]
    assert Letter.objects.get(kind=Letter.Kind.NUDGE, state="expired").reason == kinds.TOO_LATE


def test_45_switching_on_for_old_students_is_counted_and_begins_on_mornings(now: dt.datetime) -> None:
    into = scene.sequence(0, 2, now=now, slug="late", state=Sequence.State.DRAFT)
    people = [
        switching.Person(scene.contact(f"p{number}@example.org", now=now), f"enrolment:{number}")
        for number in range(8)
    ]
    days = {
        dt.date(2026, 11, 21): 2,
        dt.date(2026, 11, 22): 2,
        dt.date(2026, 11, 23): 2,
        dt.date(2026, 11, 24): 2,
    }
    seen = switching.look(sequence=into, people=people, how=switching.How.SPREAD, days=4, now=now)
    assert (seen, Run.objects.count()) == (switching.Begun(8, 0, days), 0)
    done = switching.switch_on(sequence=into, people=people, how=switching.How.SPREAD, days=4, now=now)
    assert done == seen
    assert switching.switch_on(
        sequence=into, people=people, how=switching.How.SPREAD, days=4, now=now
    ) == switching.Begun(0, 8, {})
    tick(now)
    assert scene.got() == []
    tick(MORNING)
    assert scene.got() == ["Letter 1"] * 2
    live(MORNING, days=7)
    assert scene.got() == sorted(scene.got(), key=lambda one: 0) and len(scene.got()) == 16


def test_45_only_new_people_leaves_the_old_ones_in_peace(now: dt.datetime) -> None:
    into = scene.sequence(0, now=now, slug="late", state=Sequence.State.DRAFT)
    old, new = scene.contact("old@example.org", now=now), scene.contact("new@example.org", now=now)
    scene.run(who=old, now=now, slug="late")
    people = [switching.Person(old, scene.SOURCE)]
    done = switching.switch_on(sequence=into, people=people, how=switching.How.ONLY_NEW, now=now)
    assert done == switching.Begun(0, 1, {})
    scene.run(who=new, now=now, slug="late", source="enrolment:43")
    live(now, days=2)
    assert [mail["To"] for mail in scene.mails()] == ["new@example.org"]


def test_46_a_letter_put_before_peoples_place_surprises_nobody(now: dt.datetime) -> None:
    course = scene.sequence(1, 5, now=now)
    ann = scene.contact(now=now)
    scene.run(who=ann, now=now)
    live(now, days=3)
    fresh = scene.step(course, 3, day=0, now=now + 3 * DAY, subject_of="")
    to = edits.Place(day=2, position=Decimal("1.5"))
    assert edits.impact(step=fresh, to=to, now=now + 3 * DAY) == edits.Impact(total=1, unchanged=1)
    edits.apply(step=fresh, to=edits.Place(2, Decimal("1.5")), now=now + 3 * DAY)
    live(now + 3 * DAY, days=5)
    assert [one[12:] for one in sent(ann)] == ["Letter 1", "Letter 2"]


def test_46_who_stands_before_the_place_gets_the_letter_in_its_turn(now: dt.datetime) -> None:
    course = scene.sequence(1, 9, now=now)
    ann = scene.contact(now=now)
    scene.run(who=ann, now=now)
    live(now, days=2)
    scene.step(course, 3, day=5, now=now + 2 * DAY, position=Decimal("1.5"))
    live(now + 2 * DAY, days=9)
    assert sent(ann) == ["11-21 09:00 Letter 1", "11-25 09:00 Letter 3", "11-29 09:00 Letter 2"]


def test_46_who_passed_gets_it_by_choice_only_and_once(now: dt.datetime) -> None:
    course = scene.sequence(1, 2, now=now)
    ann, ben = scene.contact(now=now), scene.contact("ben@example.org", now=now)
    scene.run(who=ann, now=now)
    scene.run(who=ben, now=now, source="enrolment:43")
    live(now, days=4)
    late = now + 4 * DAY
    fresh = scene.step(course, 3, day=9, now=late)
    assert set(Run.objects.values_list("state", flat=True)) == {Run.State.DONE}
    assert reaching.passed(fresh).count() == 2
    assert [reaching.reach(step=fresh, days=2, now=late) for _ in range(2)] == [2, 0]
    live(late, days=4)
    assert (sent(ann)[-1], sent(ben)[-1]) == ("11-25 09:00 Letter 3", "11-26 09:00 Letter 3")
    assert len(sent(ann)) == 3


def test_46_archived_and_put_back_repeats_nothing(now: dt.datetime) -> None:
    course = scene.sequence(1, 2, 3, now=now)
    ann = scene.contact(now=now)
    run = scene.run(who=ann, now=now)
    live(now, days=1.5)
    first, second = course.steps.get(key="a1"), course.steps.get(key="a2")
    for step in (first, second):
        publish.archive(step=step, now=now + 1.5 * DAY)
    run.refresh_from_db()
    assert run.next_step == course.steps.get(key="a3")
    for step in (first, second):
        publish.restore(step=step, now=now + 1.5 * DAY)
    live(now + 1.5 * DAY, days=5)
    assert [one[12:] for one in sent(ann)] == ["Letter 1", "Letter 2", "Letter 3"]


def test_47_a_mended_typo_reaches_whoever_still_waits_and_the_rows_say_which_text(now: dt.datetime) -> None:
    course = scene.sequence(1, now=now)
    people = [scene.contact(f"p{number}@example.org", now=now) for number in range(4)]
    for number, one in enumerate(people):
        scene.run(who=one, now=now, source=f"enrolment:{number}")
    drip.plan(now=MORNING)
    early = Letter.objects.order_by("pk").first()
    assert early is not None
    Letter.objects.exclude(pk=early.pk).update(not_before=MORNING + HOUR)
    outbox.deliver(now=MORNING)
    scene.step(course, 1, day=1, now=MORNING, subject="Letter one")
    outbox.deliver(now=MORNING + HOUR)
    assert sorted(Letter.objects.values_list("revision__number", flat=True)) == [1, 2, 2, 2]


def test_48_one_letter_that_cannot_be_written_stops_no_other(now: dt.datetime) -> None:
    scene.sequence(1, now=now)
    ann, ben = scene.contact(now=now), scene.contact("ben@example.org", now=now)
    scene.run(who=ann, now=now)
    scene.run(who=ben, now=now, source="enrolment:43")
    drip.plan(now=MORNING)
    Letter.objects.filter(contact=ann).update(revision=broken())
    Step.objects.update(revision=None)
    outbox.deliver(now=MORNING)
    states = dict(Letter.objects.values_list("contact__email", "state"))
    assert states["ann@example.org"] == "failed"


def broken() -> Any:
    revision = Step.objects.get().revision
    assert revision is not None
    revision.pk, revision.number, revision.text = None, 99, "{nobody_knows}"
    revision.save()
    return revision


def test_51_a_new_address_gets_what_was_planned_for_the_old_one(now: dt.datetime) -> None:
    scene.sequence(1, 2, now=now)
    ann = scene.contact(now=now)
    scene.run(who=ann, now=now)
    drip.plan(now=MORNING)
    contacts.move(contact=ann, email="anna@example.org", now=MORNING)
    live(MORNING, days=2)
    assert [mail["To"] for mail in scene.mails()] == ["anna@example.org"] * 2


def test_53_a_clock_that_jumps_brings_no_second_letter(now: dt.datetime) -> None:
    scene.sequence(1, 2, 3, now=now)
    ann = scene.contact(now=now)
    scene.run(who=ann, now=now)
    for moment in (
        MORNING,
        MORNING - HOUR,
        MORNING,
        MORNING + HOUR,
        MORNING + 25 * HOUR,
        MORNING + 23 * HOUR,
    ):
        tick(moment)
    live(MORNING + 25 * HOUR, days=3)
    assert [one[12:] for one in sent(ann)] == ["Letter 1", "Letter 2", "Letter 3"]
    assert len({one[:5] for one in sent(ann)}) == 3


def test_60_tomorrow_as_foreseen_is_tomorrow_as_it_happens(now: dt.datetime) -> None:
    scene.sequence(0, 1, 2, 3, 4, now=now)
    scene.sequence(1, 2, 3, now=now, slug="other")
    scene.sequence(2, 9, now=now, slug="nudges", kind=Sequence.Kind.NUDGE)
    scene.answers["1.3"] = Skip("lesson done")
    for number, zone in enumerate((NY, "Asia/Tokyo", "Europe/Berlin", "Pacific/Apia", "Asia/Kathmandu") * 12):
        one = scene.contact(f"p{number}@example.org", now=now, zone=zone)
        scene.run(who=one, now=now - (number % 4) * DAY, source=f"enrolment:{number}")
        if number % 3:
            scene.run(
                who=one, now=now, source=f"enrolment:{number}", slug="other" if number % 2 else "nudges"
            )
    tick(now)
    for date in (dt.date(2026, 11, 21), dt.date(2026, 11, 22), dt.date(2026, 11, 24)):
        begin = localtime.at(date, dt.time(0), NY)
        before = set(Letter.objects.values_list("pk", flat=True))
        foreseen = sorted((one.contact.pk, one.step.pk, one.reason) for one in all_of(date, now=begin))
        assert set(Letter.objects.values_list("pk", flat=True)) == before
        live(begin, days=1, step=dt.timedelta(minutes=15))
        happened = Letter.objects.exclude(pk__in=before).filter(created_at__gte=begin)
        assert foreseen == sorted(happened.values_list("contact", "revision__step", "reason"))
        live(begin + DAY, days=1) if date.day == 22 else None
    assert len(foreseen) > 10


def all_of(date: dt.date, *, now: dt.datetime) -> list[forecast.Coming]:
    first = forecast.day(date, now=now)
    rest = [forecast.day(date, now=now, page=page) for page in range(2, first.pages + 1)]
    return [one for day in (first, *rest) for one in day.letters]


def test_60_a_page_of_a_day_asks_the_same_few_questions_however_many_wait(
    now: dt.datetime, django_assert_max_num_queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forecast, "PAGE", 50)
    scene.sequence(1, 2, now=now)
    for number in range(120):
        one = scene.contact(f"p{number}@example.org", now=now)
        scene.run(who=one, now=now, source=f"enrolment:{number}")
    with django_assert_max_num_queries(15):
        day = forecast.day(dt.date(2026, 11, 21), now=now)
    assert (day.people, day.pages, len(day.letters)) == (120, 3, 50)
    assert [forecast.day(dt.date(2026, 11, 21), now=now, page=page).page for page in (-1, 9)] == [1, 3]


def test_60_a_persons_future_is_what_happens_to_her(now: dt.datetime) -> None:
    scene.sequence(0, 1, 5, 5, 12, now=now)
    scene.sequence(3, 7, 14, 30, now=now, slug="nudges", kind=Sequence.Kind.NUDGE)
    ann = scene.contact(now=now)
    scene.run(who=ann, now=now)
    scene.run(who=ann, now=now, slug="nudges")
    foreseen = [
        f"{one.at.astimezone(localtime.zone(NY)):%m-%d %H:%M} Letter {one.step.position:.0f}"
        for one in forecast.of(ann, now=now)
    ]
    live(now, days=60)
    assert sent(ann) == foreseen


# ---- pauses, days of the week, reminders ----
def test_a_person_on_holiday_gets_nothing_and_then_one_a_day(now: dt.datetime) -> None:
    scene.sequence(1, 2, 3, now=now)
    ann = scene.contact(now=now)
    scene.run(who=ann, now=now)
    pauses.pause(contact=ann, until=now + 7 * DAY, now=now)
    live(now, days=11)
    assert sent(ann) == ["11-28 09:00 Letter 1", "11-29 09:00 Letter 2", "11-30 09:00 Letter 3"]


@pytest.mark.parametrize("who", [pauses, choices], ids=["the desk", "the reader"])
def test_a_pause_ended_early_lets_the_letters_come_again(now: dt.datetime, who: Any) -> None:
    scene.sequence(1, 20, now=now)
    ann = scene.contact(now=now)
    scene.run(who=ann, now=now)
    pauses.pause(contact=ann, until=now + 30 * DAY, now=now)
    live(now, days=3)
    who.resume(contact=ann, now=now + 3 * DAY)
    who.resume(contact=ann, now=now + 3 * DAY)
    live(now + 3 * DAY, days=20)
    assert sent(ann) == ["11-23 10:00 Letter 1", "12-10 09:00 Letter 2"]


def test_the_desk_wakes_also_what_its_reader_let_rest(now: dt.datetime) -> None:
    scene.sequence(0, now=now)
    ann = scene.contact(now=now)
    scene.run(who=ann, now=now)
    drip.plan(now=now)
    choices.pause(contact=ann, until=now + 30 * DAY, now=now)
    pauses.resume(contact=ann, now=now + DAY)
    assert list(Letter.objects.values_list("state", "not_before")) == [("queued", now + DAY)]


def test_letters_come_on_allowed_days_at_the_sequences_hour(now: dt.datetime) -> None:
    scene.sequence(1, 2, 3, 6, now=now, weekdays="135", send_at=dt.time(8, 30))
    ann = scene.contact(now=now)
    scene.run(who=ann, now=now)  # on a Friday
    live(now, days=14, step=dt.timedelta(minutes=30))
    assert sent(ann) == [
        "11-23 08:30 Letter 1",
        "11-25 08:30 Letter 2",
        "11-27 08:30 Letter 3",
        "11-30 08:30 Letter 4",
    ]


def test_days_counted_from_the_letter_before_slide_with_it(now: dt.datetime) -> None:
    scene.sequence(1, 3, 3, now=now, anchor=Sequence.Anchor.PREVIOUS)
    ann = scene.contact(now=now)
    scene.run(who=ann, now=now)
    live(MORNING + 4 * DAY, days=8)
    assert sent(ann) == ["11-25 09:00 Letter 1", "11-28 09:00 Letter 2", "12-01 09:00 Letter 3"]


def test_a_least_gap_of_two_days_keeps_its_distance(now: dt.datetime) -> None:
    scene.sequence(1, 2, 3, now=now, least_gap_hours=48)
    ann = scene.contact(now=now)
    scene.run(who=ann, now=now)
    live(now, days=8)
    assert [one[:5] for one in sent(ann)] == ["11-21", "11-23", "11-25"]


def test_a_lesson_goes_before_a_reminder_and_the_lower_step_before_the_higher(now: dt.datetime) -> None:
    scene.sequence(1, now=now, slug="nudges", kind=Sequence.Kind.NUDGE)
    scene.sequence(9, 1, now=now)
    scene.sequence(1, now=now, slug="other")
    ann = scene.contact(now=now)
    for slug in ("nudges", "course", "other"):
        scene.run(who=ann, now=now, slug=slug, source=f"enrolment:{slug}")
    Run.objects.filter(sequence__slug="course").update(
        next_step=Step.objects.get(sequence__slug="course", key="a2"), next_due_at=MORNING
    )
    live(now, days=5)
    order = (
        Letter.objects.filter(state="sent").order_by("sent_at").values_list("run__sequence__slug", flat=True)
    )
    assert list(order) == ["other", "course", "nudges"]


def test_a_reminder_keeps_two_days_distance_to_every_other_letter(now: dt.datetime) -> None:
    scene.sequence(2, 4, now=now)
    scene.sequence(3, now=now, slug="nudges", kind=Sequence.Kind.NUDGE)
    ann = scene.contact(now=now)
    scene.run(who=ann, now=now)
    scene.run(who=ann, now=now, slug="nudges")
    scene.receipt(who=ann, now=now + 5 * DAY)
    live(now, days=12)
    kinds = Letter.objects.filter(state="sent").order_by("sent_at").values_list("kind", "sent_at__day")
    assert list(kinds) == [("lesson", 22), ("lesson", 24), ("receipt", 25), ("nudge", 28)]


def test_a_run_that_begins_again_counts_from_there(now: dt.datetime) -> None:
    scene.sequence(3, 7, now=now, slug="nudges", kind=Sequence.Kind.NUDGE)
    ann = scene.contact(now=now)
    run = scene.run(who=ann, now=now, slug="nudges")
    scene.again[scene.SOURCE] = Again(now + 2 * DAY, "They came back.")
    tick(MORNING + 2 * DAY)
    run.refresh_from_db()
    assert (run.generation, run.anchor_at, run.next_due_at) == (1, now + 2 * DAY, MORNING + 4 * DAY)
    scene.again.clear()
    tick(MORNING + 4 * DAY)
    scene.again[scene.SOURCE] = Again(now + 8 * DAY, "They came back.")
    tick(MORNING + 8 * DAY)
    assert list(Run.objects.order_by("generation").values_list("state", "anchor_at")) == [
        ("cancelled", now + 2 * DAY),
        ("active", now + 8 * DAY),
    ]


def test_a_folder_says_of_which_kind_its_letters_are(settings: Any, tmp_path: Path, now: dt.datetime) -> None:
    settings.CONTENT_DIR = tmp_path
    for slug in ("course", "nudges", "completion", "minicourse", "service", "winter"):
        (tmp_path / "letters" / slug).mkdir(parents=True)
    (tmp_path / "letters" / "winter" / "sequence.toml").write_text(
        'title = "Winter"\nkind = "nudge"\nsend_at = "08:15"\nweekdays = "42"\n'
        'anchor = "previous"\nleast_gap_hours = 40\n'
    )
    kinds = {
        slug: letterfiles.sequence(slug).kind
        for slug in ("course", "nudges", "completion", "minicourse", "service", "winter")
    }
    assert kinds == {
        "course": "drip",
        "nudges": "nudge",
        "completion": "completion",
        "minicourse": "minicourse",
        "service": "service",
        "winter": "nudge",
    }
    winter = Sequence.objects.get(slug="winter")
    assert (winter.title, winter.send_at, winter.weekdays, winter.anchor, winter.least_gap_hours) == (
        "Winter",
        dt.time(8, 15),
        "24",
        "previous",
        40,
    )


def test_a_folder_with_a_wrong_word_is_refused(settings: Any, tmp_path: Path) -> None:
    settings.CONTENT_DIR = tmp_path
    (tmp_path / "letters" / "winter").mkdir(parents=True)
    (tmp_path / "letters" / "winter" / "sequence.toml").write_text('weekdays = "Mon"\n')
    with pytest.raises(publish.Refused, match="Days of the week are written as 1"):
        letterfiles.sequence("winter")


def test_the_last_reminder_leads_to_the_choice_of_letters(now: dt.datetime) -> None:
    into = scene.sequence(now=now, slug="nudges", kind=Sequence.Kind.NUDGE)
    scene.step(into, 1, day=3, now=now, subject_of="preferences")
    ann = scene.contact(now=now)
    scene.run(who=ann, now=now, slug="nudges")
    live(now, days=5)
    body = str(scene.mails()[0].get_body(("plain",)).get_content())  # type: ignore[union-attr]
    assert body.count("/letters/choose/") == 2
    assert scene.mails()[0]["List-Id"] == "<nudges.localhost>"


def test_who_turned_reminders_off_gets_none_but_lessons_go_on(now: dt.datetime) -> None:
    scene.sequence(1, 9, now=now)
    scene.sequence(3, now=now, slug="nudges", kind=Sequence.Kind.NUDGE)
    ann = scene.contact(now=now)
    scene.run(who=ann, now=now)
    scene.run(who=ann, now=now, slug="nudges")
    consent.withdraw(contact=ann, purpose=Consent.Purpose.NUDGES, source="test", now=now)
    live(now, days=12)
    assert [one[12:] for one in sent(ann)] == ["Letter 1", "Letter 2"]
    assert Letter.objects.get(kind=Letter.Kind.NUDGE).state == "skipped"
