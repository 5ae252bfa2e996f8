import datetime as dt
import smtplib
import time
from typing import Any

import pytest
from django.db import OperationalError

from coursesite.lib import clock
from mailing import (
    consent,
    contacts,
    delivery,
    door,
    drip,
    fate,
    heartbeat,
    marks,
    outbox,
    suppression,
    tasks,
)
from mailing.guards import Cancel, Question, Send, Skip
from mailing.models import Consent, Letter, Run, Suppression
from tests.mailing import scene

pytestmark = pytest.mark.django_db
MINUTE = dt.timedelta(minutes=1)


def refused(code: int, text: bytes) -> smtplib.SMTPRecipientsRefused:
    return smtplib.SMTPRecipientsRefused({"ann@example.org": (code, text)})


def queued_lesson(now: dt.datetime) -> Letter:
    scene.sequence(0, now=now)
    scene.run(who=scene.contact(now=now), now=now)
    drip.plan(now=now)
    return Letter.objects.get(kind=Letter.Kind.LESSON)


def test_a_letter_is_sent_once_and_its_code_is_forgotten(now: dt.datetime) -> None:
    letter = scene.code(who=scene.contact(now=now), now=now)
    assert outbox.deliver(now=now) == delivery.Delivered(sent=1)
    assert outbox.deliver(now=now) == delivery.Delivered()
    letter.refresh_from_db()
    assert (letter.state, letter.context, letter.address, letter.attempts) == (
        Letter.State.SENT,
        {},
        "ann@example.org",
        1,
    )
    assert scene.got() == ["Your sign-in code"]


def test_codes_go_before_lessons(now: dt.datetime) -> None:
    queued_lesson(now)
    scene.code(who=scene.contact(now=now), now=now)
    outbox.deliver(now=now)
    assert scene.got() == ["Your sign-in code", "Letter 1"]


def test_a_code_asked_for_while_lessons_go_out_does_not_wait_for_them(
    now: dt.datetime, line: type[scene.Line]
) -> None:
    scene.sequence(0, now=now)
    for number in range(4):
        scene.run(
            who=scene.contact(f"reader{number}@example.org", now=now), now=now, source=f"enrolment:{number}"
        )
    drip.plan(now=now)

    def somebody_signs_in() -> None:
        time.sleep(delivery.BREATH + 0.1)  # a slow mail server
        scene.code(who=scene.contact(now=now), now=now + dt.timedelta(seconds=1))

    line.meanwhile = somebody_signs_in
    assert outbox.deliver(now=now) == delivery.Delivered(sent=5)
    assert scene.got() == ["Letter 1", "Your sign-in code", "Letter 1", "Letter 1", "Letter 1"]


def test_a_letter_for_later_waits(now: dt.datetime) -> None:
    scene.code(who=scene.contact(now=now), now=now, not_before=now + MINUTE)
    outbox.deliver(now=now)
    assert scene.got() == []
    outbox.deliver(now=now + MINUTE)
    assert scene.got() == ["Your sign-in code"]


def test_an_expired_code_is_not_sent_nor_kept(now: dt.datetime) -> None:
    letter = scene.code(who=scene.contact(now=now), now=now, expires_at=now + MINUTE)
    outbox.deliver(now=now + MINUTE)
    letter.refresh_from_db()
    assert (letter.state, letter.context, scene.got()) == (Letter.State.EXPIRED, {}, [])


def test_01_killed_before_handing_over_it_is_sent_once(now: dt.datetime) -> None:
    letter = scene.code(who=scene.contact(now=now), now=now)
    assert [taken.pk for taken in delivery.lease(now=now)] == [letter.pk]
    outbox.deliver(now=now + MINUTE)
    assert scene.got() == []
    outbox.deliver(now=now + delivery.LEASE)
    assert scene.got() == ["Your sign-in code"]


def test_02_killed_after_the_mail_was_taken_a_code_comes_again_with_the_same_id_and_date(
    now: dt.datetime, line: type[scene.Line]
) -> None:
    scene.code(who=scene.contact(now=now), now=now)
    line.fault, line.takes_first = scene.Killed(), True
    with pytest.raises(scene.Killed):
        outbox.deliver(now=now)
    line.fault = None
    outbox.deliver(now=now + delivery.HANDED)
    outbox.deliver(now=now + delivery.HANDED + MINUTE)
    outbox.deliver(now=now + delivery.HANDED * 3)
    first, second = scene.mails()
    assert (first["Message-ID"], first["Date"]) == (second["Message-ID"], second["Date"])
    assert Letter.objects.get().state == Letter.State.SENT


def test_a_lesson_in_doubt_is_repeated_once_after_a_quarter_of_an_hour_and_then_left_to_a_person(
    now: dt.datetime, line: type[scene.Line]
) -> None:
    queued_lesson(now)
    line.fault, line.takes_first = ConnectionResetError(), True
    outbox.deliver(now=now)
    outbox.deliver(now=now + 14 * MINUTE)
    assert len(scene.got()) == 1
    outbox.deliver(now=now + 15 * MINUTE)
    letter = Letter.objects.get()
    assert (letter.state, letter.attempts) == (Letter.State.UNKNOWN, 2)
    outbox.deliver(now=now + dt.timedelta(days=1))
    first, second = scene.mails()
    assert (first["Message-ID"], first["Date"]) == (second["Message-ID"], second["Date"])


def test_a_killed_lesson_sender_makes_one_repetition_at_most(
    now: dt.datetime, line: type[scene.Line]
) -> None:
    queued_lesson(now)
    line.fault, line.takes_first = scene.Killed(), True
    with pytest.raises(scene.Killed):
        outbox.deliver(now=now)
    line.fault = None
    for minutes in (11, 12, 16, 17, 60):
        outbox.deliver(now=now + minutes * MINUTE)
    assert (len(scene.got()), Letter.objects.get().state) == (2, Letter.State.SENT)


def test_unsubscribed_while_queued_it_does_not_go(now: dt.datetime) -> None:
    letter = queued_lesson(now)
    consent.withdraw(contact=letter.contact, purpose=Consent.Purpose.LESSONS, source="test", now=now)
    outbox.deliver(now=now)
    letter.refresh_from_db()
    assert (letter.state, letter.reason, scene.got()) == (Letter.State.SKIPPED, consent.UNSUBSCRIBED, [])


def test_unsubscribed_between_lease_and_hand_over_it_does_not_go(now: dt.datetime) -> None:
    queued_lesson(now)
    (letter,) = delivery.lease(now=now)
    consent.withdraw(contact=letter.contact, purpose=Consent.Purpose.LESSONS, source="test", now=now)
    post = delivery.Post()
    post.open()
    message = delivery.envelope.seal(letter, now=now)
    assert delivery.hand_over(letter, message, post=post, now=now) == "stopped"
    assert (scene.got(), Letter.objects.get().state) == ([], Letter.State.SKIPPED)


def test_whatever_changed_since_counts_at_the_door(now: dt.datetime) -> None:
    letter = queued_lesson(now)
    scene.answers["1.1"] = Skip("lesson done")
    outbox.deliver(now=now)
    letter.refresh_from_db()
    assert (letter.state, letter.reason, scene.got()) == (Letter.State.SKIPPED, "lesson done", [])


def test_access_that_ended_since_counts_at_the_door(now: dt.datetime) -> None:
    letter = queued_lesson(now)
    scene.answers["1.1"] = Cancel("no access")
    outbox.deliver(now=now)
    letter.refresh_from_db()
    assert (letter.state, letter.reason, scene.got()) == (Letter.State.CANCELLED, "no access", [])


def test_a_suppressed_address_gets_nothing_at_all(now: dt.datetime) -> None:
    ann = scene.contact(now=now)
    for _ in range(2):
        suppression.put(
            email="Ann@Example.org",
            scope=Suppression.Scope.ALL,
            reason=Suppression.Reason.MANUAL,
            now=now,
        )
    scene.code(who=ann, now=now)
    outbox.deliver(now=now)
    assert (Suppression.objects.count(), scene.got()) == (1, [])
    assert scene.states() == [("Your sign-in code", "skipped")]


def test_nobody_can_have_us_pour_sign_in_letters_over_a_stranger(now: dt.datetime) -> None:
    ann = scene.contact(now=now)
    for number in range(door.MOST_AN_HOUR + 5):
        scene.code(who=ann, now=now, key=str(number))
    scene.receipt(who=ann, now=now)
    assert outbox.deliver(now=now) == delivery.Delivered(sent=door.MOST_AN_HOUR + 1, stopped=5)
    scene.code(who=ann, now=now + dt.timedelta(hours=1), key="later")
    assert outbox.deliver(now=now + dt.timedelta(hours=1)) == delivery.Delivered(sent=1)


def test_who_complained_still_gets_receipts(now: dt.datetime) -> None:
    letter = queued_lesson(now)
    suppression.put(
        email=letter.contact.email,
        scope=Suppression.Scope.SEQUENCES,
        reason=Suppression.Reason.COMPLAINT,
        now=now,
    )
    scene.receipt(who=letter.contact, now=now)
    outbox.deliver(now=now)
    assert scene.got() == ["Your receipt"]


def test_a_lifted_suppression_counts_no_more(now: dt.datetime) -> None:
    put = suppression.put(
        email="ann@example.org",
        scope=Suppression.Scope.ALL,
        reason=Suppression.Reason.MANUAL,
        now=now,
    )
    assert [suppression.lift(suppression=put, now=now) for _ in range(2)] == [True, False]
    scene.code(who=scene.contact(now=now), now=now)
    outbox.deliver(now=now)
    assert scene.got() == ["Your sign-in code"]


@pytest.mark.parametrize("enhanced", ["5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10"])
def test_an_address_that_does_not_exist_fails_and_is_suppressed(
    now: dt.datetime, line: type[scene.Line], enhanced: str
) -> None:
    scene.code(who=scene.contact(now=now), now=now)
    line.fault = refused(550, f"{enhanced} nobody here".encode())
    outbox.deliver(now=now)
    assert scene.states() == [("Your sign-in code", "failed")]
    assert list(Suppression.objects.values_list("address_hash", "scope", "reason")) == [
        (suppression.hash_of("ann@example.org"), "all", "hard")
    ]


@pytest.mark.parametrize(
    ("code", "text", "state"),
    [
        (552, b"5.2.2 mailbox full", "queued"),
        (550, b"5.7.1 blocked address range", "queued"),
        (550, b"no such luck", "failed"),
        (450, b"4.2.1 later", "queued"),
        (421, b"4.7.0 too fast", "queued"),
    ],
)
def test_no_other_answer_suppresses_a_person(
    now: dt.datetime, line: type[scene.Line], code: int, text: bytes, state: str
) -> None:
    scene.receipt(who=scene.contact(now=now), now=now)
    line.fault = refused(code, text)
    outbox.deliver(now=now)
    assert (Letter.objects.get(kind=Letter.Kind.RECEIPT).state, Suppression.objects.count()) == (state, 0)


def test_a_busy_server_is_tried_again_after_longer_and_longer_pauses_and_then_no_more(
    now: dt.datetime, line: type[scene.Line]
) -> None:
    queued_lesson(now)
    line.fault = smtplib.SMTPDataError(451, b"4.3.0 busy")
    at, pauses = now, []
    for _ in range(5):
        outbox.deliver(now=at)
        letter = Letter.objects.get()
        pauses.append((letter.not_before - at) // MINUTE)
        at = max(letter.not_before, at)
    assert pauses[:4] == [5, 30, 180, 1200]
    assert (letter.state, letter.attempts, letter.reason) == (
        Letter.State.FAILED,
        5,
        "The mail server answered 451 4.3.0",
    )


def test_without_a_mail_server_nothing_is_lost_and_no_try_is_burnt(now: dt.datetime, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", 9, 1
    settings.MAIL_ALLOW_LIST = ["Ann@example.org"]
    letter = scene.code(who=scene.contact(now=now), now=now)
    outbox.deliver(now=now)
    letter.refresh_from_db()
    assert (letter.state, letter.attempts, letter.not_before) == (Letter.State.QUEUED, 0, now)
    assert letter.reason == "The mail server was not there."


def test_59_a_practice_site_with_real_mail_writes_to_the_allow_list_only(
    now: dt.datetime, settings: Any
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.MAIL_ALLOW_LIST = ["ines@example.org"]
    letter = scene.code(who=scene.contact(now=now), now=now)
    outbox.deliver(now=now)
    letter.refresh_from_db()
    assert (letter.state, letter.reason) == (
        Letter.State.SKIPPED,
        "This practice site may not write to this address.",
    )


def test_48_one_letter_that_cannot_be_written_does_not_block_the_others(
    now: dt.datetime, caplog: pytest.LogCaptureFixture
) -> None:
    ann = scene.contact(now=now)
    bad = scene.code(who=ann, now=now, key="bad")
    Letter.objects.filter(pk=bad.pk).update(context={"minutes": "10"})
    scene.code(who=ann, now=now, key="good")
    assert outbox.deliver(now=now) == delivery.Delivered(sent=1, failed=1)
    bad.refresh_from_db()
    assert (bad.state, bad.reason) == (Letter.State.FAILED, "Could not be written: Missing: code")
    assert "example.org" not in caplog.text


def test_a_letter_at_which_the_database_fails_holds_up_no_other(
    now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place in range(3):
        scene.code(who=scene.contact(f"p{place}@example.org", now=now), now=now, key=str(place))
    first = Letter.objects.order_by("priority", "not_before", "pk").select_related("contact")[0]
    handed, failing = marks.handed, [first.contact.email]

    def stumble(letter: Letter, *args: Any, **more: Any) -> bool:
        if letter.contact.email in failing:
            raise OperationalError("lock timeout")
        return handed(letter, *args, **more)

    monkeypatch.setattr(marks, "handed", stumble)
    with pytest.raises(OperationalError):
        outbox.deliver(now=now)
    assert outbox.deliver(now=now) == delivery.Delivered(sent=2)
    failing.clear()
    assert outbox.deliver(now=now + delivery.LEASE).sent == 1


def test_51_a_new_address_is_used_at_the_door(now: dt.datetime) -> None:
    ann = scene.contact(now=now)
    letter = scene.receipt(who=ann, now=now)
    for _ in range(2):
        contacts.move(contact=ann, email="ann@new.example", now=now)
    outbox.deliver(now=now)
    letter.refresh_from_db()
    assert (letter.address, [mail["To"] for mail in scene.mails()]) == (
        "ann@new.example",
        ["ann@new.example"],
    )


def test_a_contact_whose_address_was_proven_by_another_steps_aside(now: dt.datetime) -> None:
    ann, stranger = scene.contact(now=now), scene.contact("ann@new.example", now=now)
    consent.withdraw(contact=stranger, purpose=Consent.Purpose.LESSONS, source="test", now=now)
    scene.code(who=stranger, now=now)
    contacts.move(contact=ann, email="ann@new.example", now=now)
    outbox.deliver(now=now)
    ann.refresh_from_db()
    assert (ann.email, consent.wants_lessons(ann), scene.got()) == ("ann@new.example", False, [])


def test_47_a_mended_text_reaches_who_still_waits(now: dt.datetime) -> None:
    letter = queued_lesson(now)
    scene.step(letter.revision.step.sequence, 1, day=0, now=now, subject="Mended")
    outbox.deliver(now=now)
    assert scene.got() == ["Mended"]


def test_a_person_may_send_a_doubtful_letter_again(now: dt.datetime, line: type[scene.Line]) -> None:
    letter = queued_lesson(now)
    line.fault = smtplib.SMTPDataError(554, b"5.6.0 no")
    outbox.deliver(now=now)
    assert [fate.again(letter=letter, now=now) for _ in range(2)] == [True, False]
    line.fault = None
    outbox.deliver(now=now)
    assert (scene.got(), fate.again(letter=letter, now=now)) == (["Letter 1"], False)


def test_the_bell_never_raises(
    settings: Any, caplog: pytest.LogCaptureFixture, django_capture_on_commit_callbacks: Any, monkeypatch: Any
) -> None:
    settings.EMBEDDED = False

    def broken() -> None:
        raise ConnectionError("no broker")

    monkeypatch.setattr(tasks.tick, "delay", broken)
    with django_capture_on_commit_callbacks(execute=True) as rung:
        outbox.ring()
    assert len(rung) == 1
    settings.EMBEDDED = True
    with django_capture_on_commit_callbacks(execute=True) as rung:
        outbox.ring()
    assert rung == []


@pytest.mark.parametrize("waiting", [0, 3])
def test_an_idle_tick_costs_four_queries_however_many_wait_for_tomorrow(
    now: dt.datetime, waiting: int, django_assert_num_queries: Any
) -> None:
    scene.sequence(1, now=now)
    for number in range(waiting):
        scene.run(who=scene.contact(f"p{number}@example.org", now=now), now=now)
    heartbeat.beat(role="letters", now=now)
    with django_assert_num_queries(4):
        drip.plan(now=now)
        outbox.deliver(now=now)
        heartbeat.beat(role="letters", now=now)


def test_a_whole_idle_tick_asks_eight_times(now: dt.datetime, django_assert_num_queries: Any) -> None:
    scene.sequence(1, now=now)
    scene.run(who=scene.contact(now=now), now=now)
    tasks.tick()
    with django_assert_num_queries(8):
        tasks.tick()


def test_a_tick_plans_sends_and_says_that_it_lives(now: dt.datetime) -> None:
    clock.move_to(dt.datetime(2030, 1, 1, 15, 0, tzinfo=dt.UTC))
    scene.sequence(0, now=now)
    scene.run(who=scene.contact(now=now), now=now)
    for _ in range(2):
        tasks.tick()
    assert (scene.got(), heartbeat.last(role="letters") > now) == (["Letter 1"], True)  # type: ignore[operator]


def test_a_slow_sender_and_the_recovery_do_not_send_twice(now: dt.datetime) -> None:
    scene.code(who=scene.contact(now=now), now=now)
    (slow,) = delivery.lease(now=now)
    seen_by_recovery = Letter.objects.get()
    late = now + delivery.LEASE
    post = delivery.Post()
    post.open()
    assert delivery.hand_over(slow, delivery.envelope.seal(slow, now=now), post=post, now=late) == "sent"
    fate.back(seen_by_recovery, not_before=now)
    outbox.deliver(now=late)
    assert scene.got() == ["Your sign-in code"]


asked_at_once: list[int] = []


def breaks_at_one(questions: list[Question]) -> list[Send]:
    """A floor above that breaks at one student."""
    asked_at_once.append(len(questions))
    if any(one.source == "enrolment:1" for one in questions):
        raise ValueError("no such enrolment")
    return [Send(scene.OPEN) for _ in questions]


def three_lessons(now: dt.datetime) -> None:
    scene.sequence(0, now=now)
    for number in range(3):
        scene.run(who=scene.contact(f"p{number}@example.org", now=now), now=now, source=f"enrolment:{number}")
    drip.plan(now=now)


@pytest.mark.parametrize(
    ("source", "asked", "done"),
    [
        ("enrolment:3", [3], delivery.Delivered(sent=3)),
        ("enrolment:1", [3, 1, 1, 1], delivery.Delivered(sent=2, failed=1)),
    ],
)
def test_the_floor_above_is_asked_once_for_a_batch_and_one_by_one_when_that_breaks(
    now: dt.datetime,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    source: str,
    asked: list[int],
    done: delivery.Delivered,
) -> None:
    monkeypatch.setattr(delivery, "BREATH", 60)  # however busy the machine is
    three_lessons(now)
    Run.objects.filter(source="enrolment:1").update(source=source)
    settings.LETTER_GUARD = "tests.mailing.test_delivery.breaks_at_one"
    asked_at_once.clear()
    assert (outbox.deliver(now=now), asked_at_once) == (done, asked)


@pytest.mark.parametrize("number", [1, 3])
def test_each_code_costs_three_queries(now: dt.datetime, number: int, django_assert_num_queries: Any) -> None:
    for place in range(number):
        scene.code(who=scene.contact(f"p{place}@example.org", now=now), now=now, key=str(place))
    with django_assert_num_queries(12 + 3 * number):
        outbox.deliver(now=now)
