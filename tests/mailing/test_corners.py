"""Corners in which the letters broke once."""

import datetime as dt
import mailbox
import uuid
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from coursesite.lib import localtime
from mailing import (
    bouncebox,
    bounces,
    broadcasts,
    choices,
    consent,
    contacts,
    delivery,
    drip,
    edits,
    envelope,
    evidence,
    farewell,
    fate,
    forms,
    optin,
    pauses,
    personal,
    places,
    publish,
    reaching,
    restored,
    suppression,
    switches,
)
from mailing.admin import sequences
from mailing.models import (
    Broadcast,
    Consent,
    Contact,
    DeliveryEvent,
    Letter,
    Run,
    Sequence,
    Step,
    StepRevision,
    Suppression,
)
from tests.mailing import scene
from tests.mailing.test_bounces import READ_RECEIPT, report

pytestmark = pytest.mark.django_db
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
T = DeliveryEvent.Type


def live(begin: dt.datetime, until: dt.datetime) -> dt.datetime:
    """Let the site tick every hour. Returns the moment after."""
    now = begin
    while now < until:
        drip.plan(now=now)
        delivery.deliver(now=now)
        now += HOUR
    return now


def begun(*days: int, now: dt.datetime) -> Contact:
    """Ann, who has the first letter of a sequence."""
    scene.sequence(*days, now=now)
    ann = scene.contact(now=now)
    scene.run(who=ann, now=now)
    live(now, now + HOUR)
    return ann


def to_many(now: dt.datetime, readers: int = 3) -> Broadcast:
    """A letter to many, which waits in the queue an hour later."""
    for number in range(readers):
        reader = scene.contact(f"m{number}@example.org", now=now)
        consent.give(contact=reader, purpose=Consent.Purpose.NEWS, source="test", now=now)
    made = broadcasts.create(
        title="T", audience="news", subject="News", preheader="", body="Hello,\n\nnews.\n", now=now
    )
    broadcasts.send(broadcast=made, by="ines@example.org", now=now)
    broadcasts.advance(now=now + HOUR)
    return made


def sent() -> int:
    return Letter.objects.filter(state=Letter.State.SENT).count()


def bounced(letter: Letter, *, now: dt.datetime) -> None:
    evidence.note(
        provider="bounce",
        type=T.BOUNCED,
        at=now,
        now=now,
        letter_id=letter.pk,
        recipient="ann@example.org",
        code="5.1.1",
        text="550 5.1.1 <ann@example.org>: user unknown",
    )


# ---- which day a letter gets ----
def test_a_paused_sequence_leaves_the_days_to_the_others(now: dt.datetime) -> None:
    ann = begun(0, 1, 2, 3, now=now)
    scene.sequence(0, 1, now=now, slug="completion", kind=Sequence.Kind.COMPLETION)
    later = live(now + HOUR, now + 20 * HOUR)
    scene.run(who=ann, now=later, source="enrolment:9", slug="completion")
    due = Run.objects.get(sequence__slug="course").next_due_at
    assert due is not None
    drip.plan(now=due)
    waiting = Letter.objects.get(state=Letter.State.QUEUED)
    Sequence.objects.filter(runs=waiting.run_id).update(state=Sequence.State.PAUSED)
    before = sent()
    live(due, due + 20 * DAY)
    assert sent() > before
    course = Sequence.objects.get(pk=waiting.run.sequence_id) if waiting.run else None
    assert course is not None
    today = Letter.objects.filter(state=Letter.State.SENT).latest("sent_at").sent_at
    assert today is not None
    publish.change_sequence(
        sequence=course, title="Awake", state=Sequence.State.LIVE, send_at=course.send_at, now=today + HOUR
    )
    live(today + HOUR, today + 6 * DAY)
    days = [localtime.local_day(at, "America/New_York") for at in sent_at() if at > due]
    assert len(days) == len(set(days)) > 2


def sent_at() -> list[dt.datetime]:
    return [at for at in Letter.objects.filter(run__isnull=False).values_list("sent_at", flat=True) if at]


def test_a_shorter_rest_ends_when_it_says(now: dt.datetime) -> None:
    ann = begun(*range(40), now=now)
    choices.pause(contact=ann, until=now + 30 * DAY, now=now + HOUR)
    later = live(now + HOUR, now + 2 * DAY)
    choices.pause(contact=ann, until=later + 7 * DAY, now=later)
    live(later, later + 12 * DAY)
    assert sent() > 1


def test_a_week_of_rest_after_one_without_end_is_a_week(now: dt.datetime) -> None:
    ann = begun(*range(40), now=now)
    pauses.pause(contact=ann, until=pauses.OPEN_END, now=now + HOUR)
    later = live(now + HOUR, now + 2 * DAY)
    choices.pause(contact=ann, until=later + 7 * DAY, now=later)
    live(later, later + 30 * DAY)
    assert sent() > 1


def test_waking_a_sequence_does_what_the_desk_says(now: dt.datetime) -> None:
    begun(0, 1, 2, now=now)
    course = Sequence.objects.get(slug="course")
    afternoon = now + DAY + 5 * HOUR
    words = {"sequence": course, "title": course.title, "send_at": course.send_at}
    publish.change_sequence(**words, state=Sequence.State.PAUSED, now=now + HOUR)
    says = " ".join(sequences.consequences(course, Sequence.State.LIVE))
    publish.change_sequence(**words, state=Sequence.State.LIVE, now=afternoon)
    live(afternoon, afternoon + 3 * HOUR)
    assert "next morning" not in says or sent() == 1


def test_letting_mail_go_again_does_what_the_desk_says(now: dt.datetime, ines_client: Client) -> None:
    begun(0, 1, 2, now=now)
    evening = now + DAY + 7 * HOUR
    switches.hold(by="ines@example.org", now=now + HOUR)
    says = ines_client.get(reverse("admin:mailing_letter_hold")).content.decode()
    assert "Let mail go again" in says
    switches.release(by="ines@example.org", now=evening)
    live(evening, evening + HOUR)
    assert "in their own morning" not in says or sent() == 1


def test_a_day_beyond_the_calendar_is_refused(now: dt.datetime) -> None:
    typed = {"subject": "Put in", "preheader": "x", "body": scene.BODY, "subject_of": "", "key": "new"}
    course = scene.sequence(0, 1, 3, now=now)
    form = forms.StepForm({**typed, "sequence": course.pk, "position": "9", "day": "3000000"})
    assert list(form.errors) == ["day"]


# ---- after a restored backup ----
def treat_as_sent(*, now: dt.datetime, gap: dt.timedelta = 3 * HOUR) -> int | None:
    """The database knows nothing of the time until now, and the desk says that its letters went out."""
    interval = f"{(now - gap).isoformat()}/{now.isoformat()}"
    switches.turn_on(key=switches.RESTORED, reason=interval, by="ines@example.org", now=now)
    return restored.treat_as_sent(by="ines@example.org", now=now)


def test_letters_of_a_paused_sequence_are_not_treated_as_sent(now: dt.datetime) -> None:
    begun(0, 1, 2, 3, now=now)
    Sequence.objects.update(state=Sequence.State.PAUSED)
    assert treat_as_sent(now=now + 10 * DAY) == 0


def test_letters_to_a_resting_reader_are_not_treated_as_sent(now: dt.datetime) -> None:
    ann = begun(0, 1, 2, 3, now=now)
    pauses.pause(contact=ann, until=now + 5 * DAY, now=now + HOUR)
    assert treat_as_sent(now=now + DAY + HOUR) == 0


def test_the_day_of_a_letter_treated_as_sent_is_taken(now: dt.datetime) -> None:
    ann = begun(0, 1, 2, 3, now=now)
    scene.sequence(1, now=now, slug="other")
    due = Run.objects.get().next_due_at
    assert due is not None
    assert treat_as_sent(now=due + HOUR) == 1
    scene.run(who=ann, now=due - DAY, slug="other")
    Run.objects.filter(sequence__slug="other").update(next_due_at=due + 2 * HOUR)
    live(due + HOUR, due + 8 * HOUR)
    assert not Letter.objects.filter(run__sequence__slug="other", state=Letter.State.SENT).exists()


def test_treating_letters_as_sent_asks_in_portions(
    now: dt.datetime, django_assert_max_num_queries: Any
) -> None:
    scene.sequence(0, 1, 2, now=now)
    for number in range(100):
        reader = scene.contact(f"p{number}@example.org", now=now)
        scene.run(who=reader, now=now, source=f"enrolment:{number}")
    with django_assert_max_num_queries(100):
        treat_as_sent(now=now + HOUR)


def test_treating_letters_as_sent_goes_on_where_it_was_cut_off(
    now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.sequence(0, 1, 2, now=now)
    for number in range(10):
        reader = scene.contact(f"p{number}@example.org", now=now)
        scene.run(who=reader, now=now, source=f"enrolment:{number}")
        if number < 5:
            drip.plan(now=now)
    monkeypatch.setattr(restored, "PORTION", 3)
    real, calls = restored.planner.save_all, []

    def dies(*args: Any) -> None:
        calls.append(args)
        if len(calls) == 2:
            raise KeyboardInterrupt
        real(*args)

    monkeypatch.setattr(restored.planner, "save_all", dies)
    switches.hold(by="ines@example.org", now=now)
    with pytest.raises(KeyboardInterrupt):
        treat_as_sent(now=now + 2 * DAY, gap=2 * DAY)
    assert (restored.gap() is None, switches.HOLD in switches.on()) == (False, True)
    assert Letter.objects.count() == 5 + 3 * 2  # five were queued before; three have two more
    assert restored.treat_as_sent(by="ines@example.org", now=now + 2 * DAY) == 30 - 11
    assert restored.treat_as_sent(by="ines@example.org", now=now + 2 * DAY) is None
    assert Letter.objects.filter(state=Letter.State.UNKNOWN).count() == 30
    assert (restored.gap(), switches.on()) == (None, set())


# ---- what is forgotten ----
def test_words_to_one_person_are_erased_with_them(now: dt.datetime) -> None:
    ann = scene.contact(now=now)
    words = {"subject": "Ann Miller, your disc", "body": "Dear Ann Miller of Boston, your slipped disc."}
    personal.write(contact=ann, **words, key=uuid.uuid4(), by="ines@example.org", now=now)
    farewell.erase(contact=ann, now=now + HOUR)
    assert not StepRevision.objects.filter(body__contains="Ann Miller").exists()


def test_a_bounce_after_the_erasure_keeps_no_address(now: dt.datetime) -> None:
    ann = begun(0, 1, now=now)
    farewell.erase(contact=ann, now=now + HOUR)
    bounced(Letter.objects.get(), now=now + 2 * HOUR)
    assert not DeliveryEvent.objects.filter(text__contains="ann@").exists()


def test_a_forgotten_question_keeps_no_address(now: dt.datetime) -> None:
    ann = scene.contact(now=now)
    Consent.objects.create(
        contact=ann, purpose=Consent.Purpose.MINICOURSE, state=Consent.State.PENDING, source="test",
        wording_version="1", changed_at=now,
    )  # fmt: skip
    letter = scene.of_kind(Letter.Kind.OPT_IN, who=ann, now=now)
    Letter.objects.update(state=Letter.State.FAILED, address=ann.email)
    bounced(letter, now=now)
    for asked in optin.unconfirmed(now=now + 31 * DAY):
        optin.forget(asked=asked, keep_contact=False)
    assert Contact.objects.get().email.startswith("forgotten")
    assert not DeliveryEvent.objects.filter(text__contains="ann@").exists()


# ---- what is heard of letters ----
def test_other_reports_do_not_stop_the_mailbox(now: dt.datetime, settings: Any, tmp_path: Path) -> None:
    settings.BOUNCE_DOMAIN = "bounces.example.org"
    begun(0, 1, now=now)
    path = envelope.return_path(Letter.objects.get())
    folder = tmp_path / "maildir"
    mailbox.Maildir(folder, create=True)
    for number in range(bouncebox.MOST):
        (folder / "new" / f"1.{number:03}").write_text(READ_RECEIPT.format(to=path))
    (folder / "new" / "2").write_bytes(report(path))
    for _ in range(3):
        bouncebox.work_off(f"maildir://{folder}", now=now + HOUR)
    assert DeliveryEvent.objects.filter(type=T.BOUNCED).exists()


def test_events_of_others_do_not_keep_ours_from_being_joined(now: dt.datetime) -> None:
    others: dict[str, Any] = {"provider": "postmark", "received_at": now, "applied_at": None}
    DeliveryEvent.objects.bulk_create(
        DeliveryEvent(
            event_key=str(number), message_ref=f"other-{number}", type=T.DELIVERED, at=now - DAY, **others
        )
        for number in range(500)
    )
    evidence.note(
        provider="postmark", type=T.BOUNCED, at=now, now=now, message_ref="ours", code="5.1.1",
        recipient="ann@example.org",
    )  # fmt: skip
    ann = begun(0, 1, now=now)
    Letter.objects.update(provider_ref="ours")
    for _ in range(3):
        evidence.join(now=now + HOUR)
    assert suppression.dead(ann.email).exists()


def test_a_complaint_after_nothing_at_all_stands(now: dt.datetime) -> None:
    ann = begun(0, 1, now=now)
    choices.nothing(contact=ann, source="preferences page", now=now + HOUR)
    evidence.note(
        provider="postmark", type=T.COMPLAINED, at=now + 2 * HOUR, now=now + 2 * HOUR,
        letter_id=Letter.objects.get().pk, recipient=ann.email,
    )  # fmt: skip
    consent.give(contact=ann, purpose=Consent.Purpose.LESSONS, source="preferences page", now=now + 3 * HOUR)
    assert Suppression.Scope.SEQUENCES in suppression.standing(ann.email)


# ---- what a person decided ----
def goes_again(letter: Letter, *, now: dt.datetime) -> tuple[bool, bool]:
    """Whether the desk says that it goes out again, and whether it does."""
    says = fate.again(letter=letter, now=now)
    live(now, now + 2 * DAY)
    letter.refresh_from_db()
    return says, letter.state == Letter.State.SENT


def test_again_in_a_stopped_letter_to_many_is_what_the_desk_says(now: dt.datetime) -> None:
    made = to_many(now)
    letter = Letter.objects.filter(broadcast=made).order_by("contact").first()
    assert letter is not None
    Letter.objects.filter(pk=letter.pk).update(state=Letter.State.UNKNOWN, handed_at=now + HOUR)
    broadcasts.stop(broadcast=made, by="ines@example.org", now=now + HOUR)
    says, goes = goes_again(letter, now=now + HOUR)
    assert says == goes


def test_again_for_a_reminder_of_yesterday_is_what_the_desk_says(now: dt.datetime) -> None:
    scene.sequence(3, now=now, slug="nudges", kind=Sequence.Kind.NUDGE)
    scene.run(who=scene.contact(now=now), now=now, slug="nudges")
    due = Run.objects.get().next_due_at
    assert due is not None
    drip.plan(now=due)
    Letter.objects.update(state=Letter.State.UNKNOWN, handed_at=due)
    says, goes = goes_again(Letter.objects.get(), now=due + 26 * HOUR)
    assert says == goes


def test_a_resting_reader_does_not_keep_a_letter_to_many_from_its_end(now: dt.datetime) -> None:
    made = to_many(now)
    reader = contacts.of("m0@example.org", now=now)
    pauses.pause(contact=reader, until=pauses.OPEN_END, now=now + HOUR)
    for day in range(30):
        broadcasts.advance(now=now + day * DAY + HOUR)
        delivery.deliver(now=now + day * DAY + HOUR)
    made.refresh_from_db()
    assert made.state == Broadcast.State.DONE


def test_a_letter_offered_for_later_leaves_the_days_before_it_to_lessons(now: dt.datetime) -> None:
    course = scene.sequence(*range(12), now=now)
    for number in range(10):
        who = scene.contact(f"p{number}@example.org", now=now)
        scene.run(who=who, now=now, source=f"enrolment:{number}")
    at = live(now, now + 3 * DAY)
    new = scene.step(course, 50, day=1, now=at, position="2.5", subject="Put in")
    assert reaching.reach(step=new, days=20, now=at) == 10
    last = Contact.objects.order_by("-pk")[0]
    sent = Letter.objects.filter(contact=last, state="sent")
    before = sent.count()
    at = live(at, at + 5 * DAY)
    assert Letter.objects.get(contact=last, revision__subject="Put in").not_before > at
    assert sent.count() - before >= 4


def test_one_dead_address_among_the_first_does_not_stop_a_letter_to_many(now: dt.datetime) -> None:
    many = to_many(now, 20)
    letters = list(Letter.objects.filter(broadcast=many).order_by("pk"))
    for one in letters[:2]:
        Letter.objects.filter(pk=one.pk).update(state="sent", sent_at=now + HOUR, handed_at=now + HOUR)
    Letter.objects.filter(pk=letters[2].pk).update(state="failed")
    evidence.note(
        provider="smtp", type=T.BOUNCED, at=now, now=now + HOUR, letter_id=str(letters[2].pk),
        recipient=letters[2].contact.email, code="5.1.1", text="no such user",
    )  # fmt: skip
    many.refresh_from_db()
    assert many.state == Broadcast.State.SENDING


def test_lifting_what_stood_first_wakes_what_was_held_after_it(now: dt.datetime) -> None:
    ann = begun(0, 1, now=now)
    row = suppression.put(email=ann.email, scope="all", reason=Suppression.Reason.MANUAL, now=now)
    letter = Letter.objects.get()
    evidence.note(
        provider="bounce", type=T.BOUNCED, at=now, now=now + HOUR, letter_id=str(letter.pk), recipient=ann.email,
        code="5.1.1", text="no such user",
    )  # fmt: skip
    assert Run.objects.get().state == Run.State.HELD
    suppression.lift(suppression=row, now=now + 2 * HOUR)
    assert Run.objects.get().state == Run.State.ACTIVE


def test_a_report_from_the_end_of_time_or_with_a_nul_is_taken(now: dt.datetime) -> None:
    assert bounces.moment("Fri, 31 Dec 9999 23:59:59 -0500") is None
    ann = begun(0, 1, now=now)
    event = evidence.note(
        provider="bounce", type=T.DEFERRED, at=now, now=now, letter_id=str(Letter.objects.get().pk),
        recipient=ann.email, code="4.2.2", text="452 4.2.2 full\x00 box",
    )  # fmt: skip
    assert event is not None
    assert event.text == "452 4.2.2 full box"


def test_two_letters_do_not_stand_in_one_place(now: dt.datetime) -> None:
    course = scene.sequence(0, 1, 3, now=now)
    words = {"subject": "Put in", "preheader": "", "body": scene.BODY, "subject_of": ""}
    place = {"sequence": course.pk, "key": "new", "day": "2"}
    form = forms.StepForm({**words, **place, "position": "2"})
    assert form.errors["position"] == [
        "“Letter 2” stands in place 2 already. Leave it empty, or take another."
    ]
    assert forms.StepForm({**words, **place, "position": "2.5"}).is_valid()


def test_a_letter_taken_out_is_called_back_from_whom_it_was_offered(now: dt.datetime) -> None:
    course = scene.sequence(*range(4), now=now)
    scene.run(who=scene.contact(now=now), now=now)
    at = live(now, now + 6 * DAY)
    new = scene.step(course, 50, day=1, now=at, position="2.5", subject="Put in")
    assert reaching.reach(step=new, days=20, now=at) == 1
    assert [publish.archive(step=new, now=at) for _ in range(2)] == [True, False]
    assert Letter.objects.get(revision__subject="Put in").state == Letter.State.CANCELLED


def test_a_letter_taken_out_at_the_desk_is_called_back_from_whom_it_was_offered(
    now: dt.datetime, ines_client: Client
) -> None:
    course = scene.sequence(*range(4), now=now)
    scene.run(who=scene.contact(now=now), now=now)
    at = live(now, now + 6 * DAY)
    new = scene.step(course, 50, day=1, now=at, position="2.5", subject="Put in")
    assert reaching.reach(step=new, days=20, now=at) == 1
    answer = ines_client.post(reverse("admin:mailing_step_archive", args=[new.pk]), {"_sure": "yes"})
    assert answer.status_code == 302
    assert Letter.objects.get(revision__subject="Put in").state == Letter.State.CANCELLED


def test_of_two_letters_in_one_place_none_is_passed_over(now: dt.datetime) -> None:
    course = scene.sequence(0, 1, 1, 2, now=now)
    Step.objects.filter(key="a3").update(position=2)
    ann, ben = scene.contact(now=now), scene.contact("ben@example.org", now=now)
    scene.run(who=ann, now=now)
    later = live(now, now + 3 * DAY)
    drip.cancel(source=scene.SOURCE, reason="refunded", now=later)
    scene.run(who=ann, now=later)
    later = live(later, later + 10 * DAY)
    assert sorted(set(scene.got())) == ["Letter 1", "Letter 2", "Letter 3", "Letter 4"]
    assert len(scene.got()) == 4
    run = scene.run(who=ben, now=later, source="enrolment:2")
    later = live(later, later + 30 * HOUR)
    run.refresh_from_db()
    assert str(run.next_step) == "course/a3"
    fourth = Step.objects.get(sequence=course, key="a4")
    edits.apply(step=fourth, to=edits.Place(2, Decimal("2.5")), now=later)
    edits.apply_clock(sequence=course, to=edits.Clock(dt.time(10)), now=later)
    run.refresh_from_db()
    assert str(run.next_step) == "course/a3"


def test_the_place_behind_a_day_is_free(now: dt.datetime) -> None:
    course = scene.sequence(0, 1, 5, now=now)
    for number in range(4, 24):
        at = places.behind_its_day(course, 1)
        assert places.taken_by(course, at) is None
        scene.step(course, number, day=1, now=now, position=at)
    days = Step.objects.filter(sequence=course).order_by("position").values_list("day", flat=True)
    assert list(days)[:12] == [0, *[1] * 11]
