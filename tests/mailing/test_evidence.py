"""What mail servers and providers say, and what follows for an address and for a send. Scenarios 17 to 24."""

import datetime as dt
import smtplib
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from mailing import alarm, consent, drip, evidence, outbox, publish, suppression
from mailing.models import Broadcast, Consent, DeliveryEvent, Letter, Run, Sequence, Suppression
from tests.mailing import scene
from tests.mailing.test_preferences import letter_of

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
T = DeliveryEvent.Type


def sent(key: str, *, now: dt.datetime, who: Any = None, kind: str = "lesson", **more: Any) -> Letter:
    """A letter of any kind that a mail server took."""
    ann = who or scene.contact(now=now)
    values = {
        "state": "sent",
        "sent_at": now,
        "handed_at": now,
        "address": ann.email,
        "message_id": f"<{key}@x>",
    }
    return letter_of(kind, ann, now=now, key=key, **{**values, **more})


def said(letter: Letter, type: str, *, now: dt.datetime, code: str = "", provider: str = "test") -> Any:
    return evidence.note(
        provider=provider,
        type=type,
        at=now,
        now=now,
        letter_id=letter.pk,
        recipient=letter.address,
        code=code,
    )


def live() -> dict[str, str]:
    return suppression.standing("ann@example.org")


# ---- answers at the door ----
def answered(now: dt.datetime, line: type[scene.Line], code: int, text: bytes) -> Letter:
    scene.sequence(0, 1, now=now)
    scene.run(who=scene.contact(now=now), now=now)
    drip.plan(now=now)
    line.fault = smtplib.SMTPRecipientsRefused({"ann@example.org": (code, text)})
    outbox.deliver(now=now)
    line.fault = None
    return Letter.objects.get(run__isnull=False)


def test_17_an_address_that_does_not_exist_fails_is_suppressed_and_its_run_held(
    now: dt.datetime, line: type[scene.Line]
) -> None:
    letter = answered(now, line, 550, b"5.1.1 nobody lives here")
    assert (letter.state, letter.reason) == ("failed", "The mail server answered 550 5.1.1")
    assert live() == {"all": "hard"}
    assert Run.objects.values_list("state", "reason").get() == ("held", suppression.HELD)
    event = DeliveryEvent.objects.get()
    assert (event.letter, event.code, event.text, event.provider, event.applied_at) == (
        letter, "5.1.1", "5.1.1 nobody lives here", "smtp", now,
    )  # fmt: skip
    drip.plan(now=now + 3 * DAY)
    outbox.deliver(now=now + 3 * DAY)
    assert (Letter.objects.count(), scene.got()) == (1, [])


def test_18_a_refused_sender_address_suppresses_nobody(now: dt.datetime, line: type[scene.Line]) -> None:
    answered(now, line, 550, b"5.7.1 your address range is on a list")
    assert (Suppression.objects.count(), DeliveryEvent.objects.count()) == (0, 0)
    assert Run.objects.get().state == "active"


def test_19_a_full_mailbox_stays_subscribed(now: dt.datetime, line: type[scene.Line]) -> None:
    answered(now, line, 452, b"4.2.2 mailbox full")
    assert Suppression.objects.count() == 0
    outbox.deliver(now=now + DAY)
    assert scene.states() == [("Letter 1", "sent")]


# ---- what follows from what is said later ----
@pytest.mark.parametrize("code", ["5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10"])
def test_17_what_came_back_from_nowhere_counts_like_an_answer(now: dt.datetime, code: str) -> None:
    said(sent("a", now=now), T.BOUNCED, now=now, code=code)
    assert live() == {"all": "hard"}


@pytest.mark.parametrize(
    "code", ["5.7.1", "5.7.26", "5.7.515", "5.0.0", "5.3.4", "5.2.3", "5.6.1", "5.4.1", ""]
)
def test_18_nothing_else_suppresses_a_person_however_often(now: dt.datetime, code: str) -> None:
    for number in range(30):
        said(sent(str(number), now=now), T.BOUNCED, now=now + number * DAY, code=code)
    assert (Suppression.objects.count(), DeliveryEvent.objects.count()) == (0, 30)


def test_a_disabled_mailbox_is_suppressed_at_the_second_letter(now: dt.datetime) -> None:
    first, second = sent("a", now=now), sent("b", now=now)
    for at in (now, now + DAY):
        said(first, T.BOUNCED, now=at, code="5.2.1")
    said(second, T.DEFERRED, now=now, code="4.2.1")
    assert live() == {}
    said(second, T.BOUNCED, now=now, code="5.2.1")
    assert live() == {"all": "hard"}


def test_19_three_full_mailboxes_within_a_fortnight_are_no_rest_and_in_a_longer_time_thirty_days(
    now: dt.datetime,
) -> None:
    ann = scene.contact(now=now)
    for number, day in enumerate((0, 1, 13)):
        letter = sent(str(number), now=now + day * DAY, who=ann)
        said(letter, T.DEFERRED, now=now + day * DAY, code="4.2.2")
        assert live() == {}
    said(letter, T.BOUNCED, now=now + 14 * DAY, code="5.2.2")
    row = Suppression.objects.get()
    assert (row.scope, row.reason, row.until) == ("all", "full", now + 44 * DAY)
    assert consent.may_send(contact=ann, kind="lesson", now=now + 44 * DAY) == ""


@pytest.mark.parametrize("success", ["told", "quiet"])
def test_a_letter_that_arrived_lets_the_count_begin_again(now: dt.datetime, success: str) -> None:
    ann = scene.contact(now=now)
    for number, day in enumerate((0, 7)):
        said(sent(str(number), now=now, who=ann), T.BOUNCED, now=now + day * DAY, code="5.2.2")
    good = sent("good", now=now + 8 * DAY, who=ann)
    if success == "told":
        said(good, T.DELIVERED, now=now + 8 * DAY)
    for number, day in enumerate((15, 20), 10):
        said(sent(str(number), now=now + day * DAY, who=ann), T.BOUNCED, now=now + day * DAY, code="5.2.2")
    assert live() == {}
    said(sent("last", now=now + 29 * DAY, who=ann), T.BOUNCED, now=now + 29 * DAY, code="5.2.2")
    assert live() == {"all": "full"}


def test_the_old_address_is_suppressed_and_not_the_new_one(now: dt.datetime) -> None:
    letter = sent("a", now=now, address="old@example.org")
    said(letter, T.BOUNCED, now=now, code="5.1.1")
    assert (suppression.standing("old@example.org"), live()) == ({"all": "hard"}, {})


def test_22_told_46_times_out_of_order_it_is_one_event_and_delivered_lifts_nothing(now: dt.datetime) -> None:
    letter = sent("a", now=now)
    for minute in range(23):
        for type, code in ((T.BOUNCED, "5.1.1"), (T.DELIVERED, "")):
            evidence.note(
                provider="sendgrid", type=type, at=now, now=now + dt.timedelta(minutes=minute),
                message_ref=letter.message_id, recipient="Ann@Example.org", code=code,
            )  # fmt: skip
    assert sorted(DeliveryEvent.objects.values_list("type", flat=True)) == ["bounced", "delivered"]
    assert (live(), Suppression.objects.count()) == ({"all": "hard"}, 1)


def test_23_what_is_told_before_the_letter_is_known_waits_for_it(now: dt.datetime) -> None:
    event = evidence.note(provider="esp", type=T.BOUNCED, at=now, now=now, message_ref="ref-1", code="5.1.1")
    assert event is not None
    assert (event.letter, event.applied_at, live()) == (None, None, {})
    assert evidence.join(now=now) == 0
    letter = sent("a", now=now, state="handed", sent_at=None, provider_ref="ref-1")
    assert (
        evidence.join(now=now) == 0
    )  # on its way: what it means for the address counts, its end is not ours
    assert (live(), Letter.objects.get().state) == ({"all": "hard"}, "handed")
    Letter.objects.filter(pk=letter.pk).update(state="sent")
    assert [evidence.join(now=now + DAY) for _ in range(2)] == [1, 0]
    event.refresh_from_db()
    assert (event.letter, event.applied_at) == (letter, now + DAY)


@pytest.mark.parametrize(
    ("state", "doubts", "type", "outcome"),
    [
        ("unknown", 1, T.DELIVERED, "sent"),
        ("unknown", 1, T.COMPLAINED, "sent"),
        ("unknown", 1, T.BOUNCED, "failed"),
        ("queued", 1, T.DELIVERED, "sent"),  # waits a quarter of an hour for exactly this
        ("queued", 1, T.BOUNCED, "failed"),
        ("unknown", 1, T.DEFERRED, "unknown"),
        ("queued", 0, T.DELIVERED, "queued"),
        ("failed", 0, T.DELIVERED, "failed"),
        ("sent", 0, T.BOUNCED, "sent"),
    ],
)
def test_evidence_settles_what_nobody_knew(
    now: dt.datetime, state: str, doubts: int, type: str, outcome: str
) -> None:
    letter = sent("a", now=now, state=state, doubts=doubts, sent_at=None)
    said(letter, type, now=now + DAY, code="5.1.1" if type == T.BOUNCED else "")
    letter.refresh_from_db()
    assert letter.state == outcome
    assert letter.sent_at == (now if outcome == "sent" and state != "sent" else None)
    outbox.deliver(now=now + 2 * DAY)
    assert len(scene.got()) == (outcome == "queued")


def test_24_who_complains_gets_receipts_and_nothing_else(now: dt.datetime, ines_client: Client) -> None:
    ann = scene.contact(now=now)
    consent.give(contact=ann, purpose="news", source="test", now=now)
    letter = sent("a", now=now, who=ann)
    for kind in ("lesson", "nudge", "broadcast"):
        letter_of(kind, ann, now=now, key="next")
    for _ in range(2):
        said(letter, T.COMPLAINED, now=now)
    scene.receipt(who=ann, now=now)
    letter_of("nudge", ann, now=now, key="later")
    outbox.deliver(now=now)
    assert scene.got() == ["Your receipt"]
    assert (live(), Consent.objects.get(purpose="news").state) == ({"sequences": "complaint"}, "withdrawn")
    assert Letter.objects.filter(state="skipped", reason=evidence.COMPLAINED).count() == 3
    desk = ines_client.get(reverse("admin:mailing_suppression_changelist"), {"q": "ann@example.org"})
    assert "complaint" in desk.content.decode().lower()


def test_an_unsubscription_at_the_provider_stops_that_kind(now: dt.datetime) -> None:
    said(sent("a", now=now, kind="nudge"), T.UNSUBSCRIBED, now=now)
    assert list(Consent.objects.values_list("purpose", "state", "source")) == [
        ("nudges", "withdrawn", "test")
    ]


# ---- a send that stops itself ----
def lessons(number: int, now: dt.datetime) -> list[Letter]:
    scene.sequence(1, now=now)
    made = []
    for place in range(number):
        who = scene.contact(f"p{place}@example.org", now=now)
        run = scene.run(who=who, now=now, source=f"enrolment:{place}")
        made.append(sent(str(place), now=now, who=who, run=run))
    return made


def test_a_sequence_with_too_many_dead_addresses_pauses_itself_and_counts_anew_afterwards(
    now: dt.datetime,
) -> None:
    made = lessons(61, now)
    for letter in made[:3]:
        said(letter, T.BOUNCED, now=now, code="5.1.1")
    assert Sequence.objects.get(slug="course").state == "live"  # 3 of 61 are fewer than 5 %
    said(made[3], T.BOUNCED, now=now, code="5.1.1")
    course = Sequence.objects.get(slug="course")
    assert (course.state, course.paused_reason, course.paused_itself_at) == (
        "paused", "4 of 61 letters went to addresses that do not exist.", now,
    )  # fmt: skip
    publish.change_sequence(sequence=course, title="c", state="live", send_at=course.send_at, now=now)
    said(made[4], T.BOUNCED, now=now + DAY, code="5.1.1")
    assert Sequence.objects.get(slug="course").state == "live"


def test_one_complaint_pauses_no_course_and_two_do(now: dt.datetime) -> None:
    made = lessons(10, now)
    said(made[0], T.COMPLAINED, now=now)
    assert Sequence.objects.get(slug="course").state == "live"
    said(made[1], T.COMPLAINED, now=now)
    course = Sequence.objects.get(slug="course")
    assert (course.state, course.paused_reason) == ("paused", "2 of 10 readers called a letter spam.")


def test_a_broadcast_stops_itself_and_what_waits_of_it_is_cancelled(now: dt.datetime) -> None:
    step = letter_of("lesson", scene.contact(now=now), now=now).revision.step
    news = Broadcast.objects.create(title="n", audience="a", step=step, state="sending", created_at=now)
    made = []
    for place in range(334):
        who = scene.contact(f"p{place}@example.org", now=now)
        made.append(sent(str(place), now=now, who=who, kind="broadcast", broadcast=news))
    waiting = letter_of("broadcast", scene.contact("w@example.org", now=now), now=now, broadcast=news)
    said(made[0], T.COMPLAINED, now=now)
    assert Broadcast.objects.get().state == "sending"  # 1 of 334 is fewer than 0.3 %
    said(made[1], T.COMPLAINED, now=now)
    news.refresh_from_db()
    waiting.refresh_from_db()
    reason = "2 of 334 readers called a letter spam."
    assert (news.state, news.reason, news.ended_at) == ("stopped", reason, now)
    assert (waiting.state, waiting.reason) == ("cancelled", reason)
    assert alarm.watch(made[0], now=now + DAY) == reason
