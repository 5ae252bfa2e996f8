"""A reader wants to be forgotten. Scenario 57."""

import datetime as dt
import json
import uuid
from collections import Counter

import pytest
from django.apps import apps
from django.core import serializers
from django.test import Client
from django.urls import reverse

from accounts.models import User
from mailing import (
    consent,
    contacts,
    drip,
    evidence,
    farewell,
    outbox,
    personal,
    publish,
    suppression,
    unions,
)
from mailing.models import Consent, Contact, Letter, Run
from tests.mailing import scene
from tests.mailing.test_evidence import sent
from tests.mailing.test_preferences import answer, ask

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
ONE = "application/x-www-form-urlencoded"  # how mail programs post


def everything() -> str:
    models = [model for model in apps.get_models() if model._meta.app_label == "mailing"]
    rows = (serializers.serialize("json", model._default_manager.all()) for model in models)
    return "\n".join(rows).lower()


def counts() -> Counter[str]:
    return Counter(Letter.objects.filter(sent_at__isnull=False).values_list("kind", flat=True))


def test_57_nothing_says_who_it_was_and_the_ledger_counts_as_before(now: dt.datetime) -> None:
    who = contacts.of("Wilhelmine@Example.org", now=now)
    contacts.update(contact=who, name="Wilhelmine", time_zone="Europe/Berlin", now=now)
    other = scene.contact("w.second@example.org", now=now)
    unions.merge(one=who, other=other, now=now)
    scene.sequence(0, 1, now=now)
    scene.run(who=who, now=now)
    drip.plan(now=now)
    scene.receipt(who=who, now=now, giver_name="Wilhelmine")
    outbox.deliver(now=now)
    ask(who, now)
    answer(who, asked_at=now, now=now, ip="192.0.2.7", browser="Firefox")
    lost = sent("lost", now=now, who=who, state="unknown", sent_at=None)
    evidence.note(
        provider="bounce", type="bounced", at=now, now=now, letter_id=lost.pk, code="5.1.1",
        text="5.1.1 <wilhelmine@example.org> is unknown here",
    )  # fmt: skip
    before = counts()
    assert before == {"lesson": 1, "receipt": 1}
    for _ in range(2):
        farewell.erase(contact=who, now=now)
    left = everything()
    for trace in ("wilhelmine", "w.second", "192.0.2.7", "firefox", "europe/berlin"):
        assert trace not in left
    assert counts() == before
    assert suppression.standing("wilhelmine@example.org") == {"all": "hard"}
    assert (Run.objects.get().state, Letter.objects.filter(state="queued").count()) == ("cancelled", 0)
    scene.receipt(who=Contact.objects.get(pk=who.pk), now=now, key="later")
    drip.plan(now=now + 3 * DAY)
    outbox.deliver(now=now + 3 * DAY)
    assert counts() == before
    assert json.loads(serializers.serialize("json", [Contact.objects.get(pk=who.pk)]))[0]["fields"][
        "email"
    ] == (f"erased-{who.pk}@erased.invalid")


def test_57_no_earlier_wording_of_a_letter_to_them_is_left(now: dt.datetime) -> None:
    who = scene.contact(now=now)
    first = personal.write(
        contact=who,
        subject="How is it?",
        body="Dear Wilhelmine of Hill Road.",
        key=uuid.uuid4(),
        by="ines",
        now=now,
    )
    step = first.revision.step
    publish.step(
        sequence=step.sequence, key=step.key, subject="How is it?", preheader="", body="Mended.", day=0,
        subject_of="", position=step.position, now=now,
    )  # fmt: skip
    assert step.revisions.count() == 2
    farewell.erase(contact=who, now=now)
    assert "wilhelmine" not in everything()


def test_57_links_of_old_letters_say_that_the_data_was_removed(now: dt.datetime) -> None:
    who = scene.contact(now=now)
    links = [
        reverse(page, args=[consent.token(who, Consent.Purpose.LESSONS)])
        for page in ("mailing:stop", "mailing:preferences")
    ]
    farewell.erase(contact=who, now=now)
    machine = Client(enforce_csrf_checks=True)
    answers = [machine.get(link) for link in links] + [
        machine.post(links[0], "List-Unsubscribe=One-Click", ONE)
    ]
    answers += [Client().post(links[1], {"do": do}) for do in ("save", "week", "nothing")]
    assert [one.status_code for one in answers] == [200] * 6
    for page in [one.content.decode() for one in answers]:
        assert ("Your data was removed</h1>" in page, "<form" in page) == (True, False)
    who.refresh_from_db()
    assert (Consent.objects.count(), who.paused_until) == (0, None)


def test_57_the_no_holds_for_who_comes_back(now: dt.datetime) -> None:
    ann = scene.contact(now=now)
    suppression.put(email=ann.email, scope="sequences", reason="complaint", now=now)
    farewell.erase(contact=ann, now=now)
    again = contacts.of("ann@example.org", now=now)
    assert again.pk != ann.pk
    assert (
        consent.may_send(contact=again, kind="lesson") == "The address gets receipts and sign-in codes only."
    )
    assert consent.may_send(contact=again, kind="receipt") == ""


def test_57_an_account_is_deleted_before_its_contact(now: dt.datetime, ann: User) -> None:
    with pytest.raises(farewell.StillAnAccount):
        farewell.erase(contact=ann.contact, now=now)
    contact = ann.contact
    ann.delete()
    assert farewell.erase(contact=contact, now=now).email.endswith("@erased.invalid")
