"""Whoever changes a person, a run and a letter in one transaction locks them in this order: nobody waits for ever."""

import datetime as dt
from collections.abc import Callable

import pytest

from mailing import consent, contacts, drip, evidence, switching, unions
from mailing.models import Contact, DeliveryEvent, Letter, Run, Wave
from tests.mailing import hands, scene

pytestmark = pytest.mark.django_db(transaction=True)
T = DeliveryEvent.Type


def heard(type: str, now: dt.datetime, state: str = "unknown") -> None:
    letter = Letter.objects.get(doubts=1)
    Letter.objects.filter(pk=letter.pk).update(state=state)
    evidence.note(provider="test", type=type, at=now, now=now, letter_id=letter.pk)


VERBS: dict[str, Callable[[Contact, dt.datetime], object]] = {
    "delivered": lambda ann, now: heard(T.DELIVERED, now, "queued"),
    "complained": lambda ann, now: heard(T.COMPLAINED, now),
    "unsubscribed": lambda ann, now: heard(T.UNSUBSCRIBED, now),
    "wave called back": lambda ann, now: switching.call_back(wave=Wave.objects.get(), by="ines", now=now),
    "stepped aside": lambda ann, now: contacts.move(
        contact=scene.contact("new@example.org", now=now), email=ann.email, now=now
    ),
    "merged": lambda ann, now: unions.merge(one=ann, other=contacts.of("new@example.org", now=now), now=now),
    "turned off": lambda ann, now: consent.withdraw(contact=ann, purpose="lessons", source="test", now=now),
}


@pytest.fixture
def ann(now: dt.datetime) -> Contact:
    """Of one letter of hers nobody knows whether it arrived, another one waits."""
    course, who = scene.sequence(0, 1, now=now), scene.contact(now=now)
    wave = Wave.objects.create(sequence=course, people=1, begun_at=now, how="", was_state="live")
    run = scene.run(who=who, now=now)
    Run.objects.update(wave=wave)
    drip.plan(now=now)
    Letter.objects.update(doubts=1, handed_at=now, address=who.email)
    scene.of_kind(Letter.Kind.LESSON, who=who, now=now)
    Letter.objects.update(run=run)
    consent.give(contact=who, purpose="news", source="test", now=now)
    return who


@pytest.mark.parametrize("verb", VERBS)
def test_against_a_run_that_is_cancelled(ann: Contact, now: dt.datetime, verb: str) -> None:
    hands.meanwhile(
        lambda: Run.objects.select_for_update().get(),
        lambda: VERBS[verb](ann, now),
        lambda: drip.cancel(source=scene.SOURCE, reason="refunded", now=now),
    )
    assert Run.objects.get().state == "cancelled"
    assert not Letter.objects.filter(state="queued").exists()


@pytest.mark.parametrize("verb", VERBS)
def test_against_a_person_who_says_no(ann: Contact, now: dt.datetime, verb: str) -> None:
    hands.meanwhile(
        lambda: Contact.objects.select_for_update(no_key=True).get(pk=ann.pk),
        lambda: VERBS[verb](ann, now),
        lambda: consent.withdraw(contact=ann, purpose="lessons", source="test", now=now),
    )
    assert not consent.wants_lessons(ann) or verb == "stepped aside"
