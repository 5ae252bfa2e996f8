"""Held, paused, restored from a backup, away for days: what leaves then, and what does not."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from celery.schedules import schedule as every
from django.conf import settings as django_settings

from coursesite.celery import app
from coursesite.lib import clock
from mailing import (
    broadcasts,
    catchup,
    consent,
    delivery,
    door,
    drip,
    fate,
    gate,
    heartbeat,
    outbox,
    rates,
    restored,
    second_bell,
    suppression,
    switches,
    tasks,
    trouble,
)  # fmt: skip
from mailing.models import Broadcast, Consent, Contact, Letter, Run, Sequence, Suppression, Switch
from tests.mailing import scene

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)
K = Letter.Kind


def lessons(*days: int, now: dt.datetime, readers: int = 1) -> None:
    scene.sequence(*days, now=now)
    for number in range(readers):
        who = scene.contact(f"p{number}@example.org", now=now)
        scene.run(who=who, now=now, source=f"enrolment:{number}")


def one_of_each(now: dt.datetime) -> None:
    ann = scene.contact(now=now)
    consent.give(contact=ann, purpose=Consent.Purpose.MINICOURSE, source="test", now=now)
    for kind in K:
        scene.of_kind(kind, who=ann, now=now, key=kind.value)


def sent_kinds() -> set[str]:
    return set(Letter.objects.filter(state=Letter.State.SENT).values_list("kind", flat=True))


def test_held_nothing_leaves_but_account_letters_and_nothing_is_planned(now: dt.datetime) -> None:
    one_of_each(now)
    lessons(0, now=now)
    assert [switches.hold(by="ines@example.org", now=now) for _ in range(2)] == [True, False]
    tasks.tick()
    assert (sent_kinds(), Letter.objects.filter(run__isnull=False).count()) == ({"account"}, 0)
    assert [switches.release(by="ines@example.org", now=now) for _ in range(2)] == [True, False]
    tasks.tick()
    assert (sent_kinds(), Letter.objects.filter(run__isnull=False).count()) == (set(K), 1)


def test_held_between_lease_and_hand_over_it_does_not_go(now: dt.datetime) -> None:
    lessons(0, now=now)
    drip.plan(now=now)
    assert stopped_at_the_gate(now, lambda letter: switches.hold(by="ines", now=now)) == "queued"


@pytest.mark.parametrize(
    ("change", "state"),
    [
        (lambda letter: Contact.objects.update(paused_until=letter.created_at + DAY), "queued"),
        (lambda letter: Sequence.objects.update(state=Sequence.State.PAUSED), "queued"),
        (lambda letter: Run.objects.update(state=Run.State.HELD), "queued"),
        (lambda letter: Contact.objects.update(email="new@example.org"), "queued"),
        (lambda letter: Consent.objects.create(
            contact=letter.contact, purpose="lessons", state="withdrawn", source="", wording_version="",
            changed_at=letter.created_at), "queued"),
        (lambda letter: suppression.put(
            email=letter.contact.email, scope="sequences", reason="complaint", now=letter.created_at), "queued"),
        (lambda letter: drip.cancel(source="enrolment:0", reason="refunded", now=letter.created_at), "cancelled"),
    ],
)  # fmt: skip
def test_what_changes_between_lease_and_hand_over_counts(now: dt.datetime, change: Any, state: str) -> None:
    """Each in the very statement that commits the letter as handed over, whatever else noticed it."""
    lessons(0, now=now)
    drip.plan(now=now)
    assert stopped_at_the_gate(now, change) == state


def stopped_at_the_gate(now: dt.datetime, change: Any) -> str:
    (letter,) = delivery.lease(now=now)
    parcel = delivery.envelope.seal(letter, now=now)
    change(letter)
    post = delivery.Post()
    post.open()
    assert delivery.hand_over(letter, parcel, post=post, now=now) == "stopped"
    assert scene.got() == []
    return Letter.objects.get(pk=letter.pk).state


def test_a_minicourse_without_a_yes_does_not_pass_the_gate(now: dt.datetime) -> None:
    scene.of_kind(K.MINICOURSE, who=scene.contact(now=now), now=now)
    assert stopped_at_the_gate(now, lambda letter: None) == "queued"


def test_a_person_on_holiday_gets_receipts_and_codes_and_the_rest_afterwards(now: dt.datetime) -> None:
    one_of_each(now)
    Contact.objects.filter(email="ann@example.org").update(paused_until=now + HOUR)
    outbox.deliver(now=now)
    assert sent_kinds() == {"account", "receipt", "opt-in"}
    outbox.deliver(now=now + HOUR)
    assert sent_kinds() == set(K)


def test_letters_to_many_leave_only_while_they_are_being_sent(now: dt.datetime) -> None:
    lessons(0, now=now)
    letter = scene.of_kind(K.BROADCAST, who=scene.contact(now=now), now=now)
    step = letter.revision.step
    many = Broadcast.objects.create(title="News", audience="all", step=step, state="held", created_at=now)
    Letter.objects.filter(pk=letter.pk).update(broadcast=many)
    going = (("tried", 1), ("held", 1), ("sending", 1), ("done", 1))  # held: what its first readers wait for
    for state, count in (("stopped", 0), ("draft", 0), *going):
        Broadcast.objects.update(state=state)
        assert (state, gate.waiting(now).count()) == (state, count)


# ---- a database from a backup ----
def ticked_until(now: dt.datetime) -> None:
    """A tick ended then; the backup was made of what is in the database now."""
    heartbeat.beat(role=heartbeat.TICK, now=now)
    restored.mark(now=now)


def put_back(backup: dt.datetime) -> None:
    heartbeat.beat(role=heartbeat.TICK, now=backup)


def test_58_a_database_restored_from_yesterday_starts_with_all_mail_held(now: dt.datetime) -> None:
    lessons(0, now=now)
    scene.code(who=scene.contact(now=now), now=now)
    ticked_until(now)
    put_back(now - DAY)
    tasks.tick()
    assert (switches.on(), scene.got()) == (
        {"hold", "restored"},
        ["Your sign-in code", "Your site’s mail needs a look"],
    )
    for _ in range(2):
        tasks.tick()
    assert (switches.on(), restored.gap()) == ({"hold", "restored"}, (now - DAY, now))
    assert len(scene.got()) == 2


def test_58_the_gap_is_sent_when_the_owner_says_so(now: dt.datetime) -> None:
    lessons(0, now=now)
    ticked_until(now)
    put_back(now - DAY)
    assert restored.look(now=now) is True
    assert [restored.send_it(by="ines", now=now) for _ in range(2)] == [True, False]
    ticked_until(now)
    tasks.tick()
    assert "Letter 1" in scene.got()


def test_58_letters_counted_from_the_one_before_are_not_passed_over(now: dt.datetime) -> None:
    scene.sequence(1, 4, now=now, anchor=Sequence.Anchor.PREVIOUS)
    scene.run(who=scene.contact(now=now), now=now - 4 * DAY)
    ticked_until(now)
    put_back(now - 4 * DAY)
    restored.look(now=now)
    assert restored.treat_as_sent(by="ines", now=now) == 1
    run = Run.objects.get()
    assert (run.next_step.key if run.next_step else "", run.state) == ("a2", Run.State.ACTIVE)


def test_58_the_gap_counts_as_sent_when_the_owner_says_so(now: dt.datetime) -> None:
    """Two letters fell into the gap: one written, one not even planned. Nobody gets them a second time."""
    lessons(0, 1, 2, now=now - DAY - HOUR)
    drip.plan(now=now - DAY)
    ticked_until(now)
    put_back(now - DAY)
    restored.look(now=now)
    assert [restored.treat_as_sent(by="ines", now=now) for _ in range(2)] == [2, None]
    assert (switches.on(), list(Letter.objects.exclude(kind=K.ACCOUNT).values_list("state", "reason"))) == (
        set(), [("unknown", restored.TREATED)] * 2
    )  # fmt: skip
    run = Run.objects.get()
    assert (run.next_step.key if run.next_step else "", run.state) == ("a3", Run.State.ACTIVE)
    tasks.tick()
    assert [subject for subject in scene.got() if subject.startswith("Letter")] == []


@pytest.mark.parametrize("state", ["paused reader", "held run"])
def test_58_what_could_not_have_gone_does_not_count_as_sent(now: dt.datetime, state: str) -> None:
    lessons(0, now=now - DAY - HOUR)
    drip.plan(now=now - DAY)
    if state == "held run":
        Run.objects.update(state=Run.State.HELD)
    else:
        Contact.objects.update(paused_until=now + 5 * DAY)
    ticked_until(now)
    put_back(now - DAY)
    restored.look(now=now)
    assert restored.treat_as_sent(by="ines", now=now) == 0
    assert Letter.objects.exclude(kind=K.ACCOUNT).get().state == "queued"


def to_many_in_the_gap(now: dt.datetime, *, first: int = 0) -> Broadcast:
    """The backup is from the ten minutes before it went out to three people, so no row says who got it; the owner
    says that the letters of the gap count as sent."""
    for number in range(3):
        scene.contact(f"p{number}@example.org", now=now)
    words = {"subject": "A day off", "preheader": "", "body": "Hello,\n\nno calls.\n"}
    made = broadcasts.create(title="T", audience="students", now=now - DAY, **words)
    broadcasts.send(broadcast=made, by="ines", first=first, now=now - DAY)
    ticked_until(now)
    put_back(now - DAY)
    restored.look(now=now)
    assert restored.treat_as_sent(by="ines", now=now) == (first or 3)
    assert restored.treat_as_sent(by="ines", now=now) is None
    return Broadcast.objects.get()


@pytest.mark.parametrize("first", [0, 1])
def test_58_a_letter_to_many_that_went_out_in_the_gap_goes_to_nobody_who_may_have_it(
    now: dt.datetime, settings: Any, first: int
) -> None:
    settings.LETTER_AUDIENCE = "tests.mailing.test_broadcasts.all_of_them"
    made = to_many_in_the_gap(now, first=first)
    assert (made.state, made.reason) == (Broadcast.State.STOPPED, restored.TREATED)
    may_have_it = set(made.letters.filter(state="unknown").values_list("contact", flat=True))
    assert len(may_have_it) == (first or 3)
    scene.contact("new@example.org", now=now)  # joined since
    missed = set(broadcasts.missing(broadcast=made, now=now).values_list("pk", flat=True))
    assert missed == set(Contact.objects.exclude(pk__in=may_have_it).values_list("pk", flat=True))
    assert broadcasts.resend_to_missing(broadcast=made, by="ines", now=now) == len(missed)
    later = now + broadcasts.HOLD
    broadcasts.advance(now=later)
    outbox.deliver(now=later)
    assert scene.got().count("A day off") == len(missed)
    assert {letter.contact_id for letter in made.letters.filter(state="sent")} == missed


def test_58_a_letter_to_many_that_waited_for_the_morning_in_the_gap_is_offered_to_its_readers(
    now: dt.datetime, settings: Any
) -> None:
    """Written at night, the server broke before the morning: nobody can have it."""
    settings.LETTER_AUDIENCE = "tests.mailing.test_broadcasts.all_of_them"
    night = now.replace(hour=4)  # in New York
    for number in range(3):
        scene.contact(f"p{number}@example.org", now=night)
    made = broadcasts.create(title="T", audience="students", subject="A", preheader="", body="B\n", now=night)
    broadcasts.send(broadcast=made, by="ines", now=night)
    ticked_until(night + HOUR)
    put_back(night)
    restored.look(now=night + HOUR)
    assert restored.treat_as_sent(by="ines", now=night + HOUR) == 0
    made.refresh_from_db()
    assert made.state == Broadcast.State.STOPPED
    assert set(made.letters.values_list("state", "reason")) == {("cancelled", restored.STOPPED)}
    offered = broadcasts.missing(broadcast=made, now=now)
    assert offered.filter(email__startswith="p").count() == 3


@pytest.mark.parametrize("back", [dt.timedelta(), MINUTE, restored.MARGIN])
def test_58_an_ordinary_start_and_a_power_cut_hold_nothing(now: dt.datetime, back: dt.timedelta) -> None:
    ticked_until(now)
    put_back(now - back)
    assert (restored.look(now=now + DAY), switches.on()) == (False, set())


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"database": "other", "at": "2030-01-01T00:00:00+00:00"}']
)
def test_58_a_file_that_is_missing_torn_or_of_another_database_says_nothing(
    now: dt.datetime, content: str
) -> None:
    put_back(now - DAY)
    assert restored.look(now=now) is False
    Path(django_settings.LAST_TICK_FILE).write_text(content)
    assert (restored.marked(), restored.look(now=now)) == (None, False)


def test_58_an_empty_new_database_is_no_backup(now: dt.datetime) -> None:
    restored.mark(now=now)
    assert json.loads(Path(django_settings.LAST_TICK_FILE).read_text())["at"] == now.isoformat()
    assert restored.look(now=now) is False
    scene.code(who=scene.contact(now=now), now=now)
    assert restored.look(now=now) is True


# ---- away, and back ----
def test_53_a_clock_that_jumps_an_hour_back_and_forth_doubles_nothing(now: dt.datetime) -> None:
    lessons(0, 1, now=now, readers=3)
    for hours in (0, -1, 0, 1, -1, 1, 0):
        drip.plan(now=now + hours * HOUR)
        outbox.deliver(now=now + hours * HOUR)
    assert scene.got() == ["Letter 1"] * 3


def test_53_a_jump_far_ahead_is_capped_lessons_one_a_day_and_reminders_too_late_expire(
    now: dt.datetime,
) -> None:
    lessons(0, 1, 2, 3, now=now, readers=3)
    drip.plan(now=now)
    outbox.deliver(now=now)
    scene.of_kind(K.NUDGE, who=Contact.objects.all()[0], now=now, not_before=now + HOUR)
    later = now + 5 * DAY
    catchup.look(now=later, is_on=False)
    assert catchup.catching_up(later)
    for hours in range(6):
        drip.plan(now=later + hours * HOUR)
        outbox.deliver(now=later + hours * HOUR)
    assert sorted(scene.got()) == ["Letter 1"] * 3 + ["Letter 2"] * 3
    assert Letter.objects.get(kind=K.NUDGE).state == Letter.State.EXPIRED


def test_while_catching_up_lessons_go_first_and_it_ends_by_itself(now: dt.datetime) -> None:
    one_of_each(now)
    late = now + 7 * HOUR
    catchup.look(now=late, is_on=False)
    assert outbox.deliver(now=late).sent == len(K) - 2
    assert sent_kinds() == set(K) - {"nudge", "broadcast"}
    catchup.look(now=late, is_on=True)
    assert (catchup.catching_up(late), outbox.deliver(now=late).sent) == (False, 2)


@pytest.mark.parametrize(("late", "on"), [(6 * HOUR, False), (6 * HOUR + MINUTE, True)])
def test_six_hours_are_the_limit(now: dt.datetime, late: dt.timedelta, on: bool) -> None:
    lessons(0, now=now)
    for _ in range(2):
        catchup.look(now=now + late, is_on=catchup.catching_up(now))
    assert (catchup.catching_up(now), catchup.overdue(now=now + late).lag(now + late)) == (on, late)


def test_a_heap_of_five_usual_hours_means_it_too(now: dt.datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catchup, "FEWEST", 1)
    catchup.usual_hour.cache_clear()
    lessons(0, now=now, readers=6)
    assert catchup.look(now=now, is_on=False).number == 6
    assert catchup.catching_up(now)
    catchup.usual_hour.cache_clear()


def test_what_is_held_by_somebody_is_not_overdue(now: dt.datetime) -> None:
    lessons(0, now=now, readers=3)
    drip.plan(now=now)
    rates.stop(group="example.org", reason="no", now=now)
    assert catchup.overdue(now=now + DAY) == catchup.Overdue()
    rates.open_again(group="example.org", now=now)
    Contact.objects.update(paused_until=now + 2 * DAY)
    assert catchup.overdue(now=now + DAY) == catchup.Overdue()


def test_the_owner_hears_once_a_day_of_mail_that_is_late(now: dt.datetime, settings: Any) -> None:
    settings.EMAIL_BACKEND = "mailing.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.IS_PRODUCTION = "127.0.0.1", 9, True
    moment = clock.now()
    scene.receipt(who=scene.contact(now=moment), now=moment - 31 * MINUTE)
    for _ in range(2):
        tasks.tick()
    assert list(
        Letter.objects.filter(dedupe_key__startswith="owner:").values_list("dedupe_key", flat=True)
    ) == [f"owner:late:{moment:%Y-%m-%d}"]
    assert trouble.late(by=trouble.LATE, now=now) is False


def test_no_mail_is_called_late_while_a_person_holds_it(now: dt.datetime) -> None:
    moment = clock.now()
    lessons(0, now=moment - HOUR)
    switches.hold(by="ines", now=moment)
    tasks.tick()
    assert Letter.objects.filter(dedupe_key__startswith="owner:").count() == 0
    switches.release(by="ines", now=moment)
    tasks.tick()
    assert sent_kinds() >= {K.LESSON}


def test_without_an_owner_nobody_is_told(now: dt.datetime, settings: Any) -> None:
    settings.COACH_EMAIL = ""
    assert trouble.late(by=HOUR, now=now) is False


# ---- the bell ----
def test_09_a_bell_that_did_not_ring_costs_one_tick(now: dt.datetime) -> None:
    """Rung or not, the next tick finds the row (a broker that is gone or frozen: tests/coursesite/test_bell.py)."""
    scene.code(who=scene.contact(now=now), now=now)
    app.control.purge()
    tasks.tick()
    tasks.tick()
    assert scene.got() == ["Your sign-in code"]


def test_10_a_worker_without_a_beat_rings_by_itself(now: dt.datetime) -> None:
    scene.code(who=scene.contact(now=now), now=now)
    heartbeat.beat(role=heartbeat.TICK, now=clock.now() - dt.timedelta(seconds=91))
    assert heartbeat.is_fresh(now=clock.now()) is False
    assert [second_bell.look() for _ in range(2)] == [True, False]
    assert scene.got() == ["Your sign-in code"]


def test_10_the_thread_looks_until_it_is_told_to_end(monkeypatch: pytest.MonkeyPatch) -> None:
    looked = []
    monkeypatch.setattr(second_bell, "LOOK_EVERY", 0.01)
    monkeypatch.setattr(second_bell, "look", lambda: (looked.append(1), ended.set()))
    ended = second_bell.start()
    assert ended.wait(5)


def test_celery_only_rings(settings: Any) -> None:
    beat = app.conf.beat_schedule["letters"]
    assert every(beat["schedule"]).run_every.total_seconds() == settings.TICK_SECONDS
    assert beat["options"]["expires"] <= settings.TICK_SECONDS
    assert (tasks.tick.ignore_result, tasks.tick.acks_late) == (True, False)
    assert (app.conf.worker_prefetch_multiplier, app.conf.task_time_limit) == (1, 120)
    assert tasks.tick.time_limit == tasks.LONGEST > delivery.HANDED.total_seconds()


def test_59_a_copy_of_the_real_data_reaches_the_allow_list_only(now: dt.datetime, settings: Any) -> None:
    settings.EMAIL_BACKEND, settings.MAIL_ALLOW_LIST = "mailing.smtp.EmailBackend", ["Ines@example.org"]
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    one_of_each(now)
    lessons(0, now=now)
    drip.plan(now=now)
    assert outbox.deliver(now=now) == delivery.Delivered(stopped=len(K) + 1)
    ines = scene.code(who=scene.contact("ines@example.org", now=now), now=now)
    assert door.not_allowed(ines) == ""
    settings.MAIL_ALLOW_LIST = ["@Example.org"]
    assert door.not_allowed(ines) == ""
    settings.MAIL_ALLOW_LIST = ["@ample.org"]
    assert door.not_allowed(ines) != ""


def test_the_rows_of_a_switch_say_who_and_why(now: dt.datetime) -> None:
    switches.hold(by="ines@example.org", reason="the newsletter has a typo", now=now)
    row = Switch.objects.get()
    assert (row.key, row.is_on, row.reason, row.changed_by, row.changed_at) == (
        "hold", True, "the newsletter has a typo", "ines@example.org", now
    )  # fmt: skip
    assert (Suppression.objects.count(), fate.recover(now=now)) == (0, 0)
