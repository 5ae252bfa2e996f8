"""Whom not to write to: kept as a hash, held while mail does not arrive."""

import datetime as dt
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps

from coursesite import checks
from mailing import consent, contacts, drip, forecast, outbox, suppression
from mailing.models import Letter, Run, Suppression
from tests.mailing import hands, scene

pytestmark = pytest.mark.django_db


def test_a_row_names_nobody_and_every_spelling_finds_it(now: dt.datetime) -> None:
    row = suppression.put(email="Ann@Example.org", scope="all", reason="manual", now=now)
    assert "ann" not in " ".join(str(value) for value in Suppression.objects.values().get().values()).lower()
    assert list(suppression.of(" ann@EXAMPLE.org ")) == [row]
    assert list(suppression.of("ben@example.org")) == []


def test_a_rotated_secret_key_forgets_nobody_and_one_who_forgets_the_salt_is_told(
    now: dt.datetime, settings: Any
) -> None:
    settings.SUPPRESSION_SALT = settings.SECRET_KEY
    suppression.put(email="ann@example.org", scope="all", reason="manual", now=now)
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another" * 10
    assert suppression.standing("ann@example.org") == {"all": "manual"}
    assert [what for wrong, what, _ in checks.contradictions() if wrong] == []
    settings.SUPPRESSION_SALT = settings.SECRET_KEY  # what an unset variable comes to
    (fault,) = [what for wrong, what, _ in checks.contradictions() if wrong]
    assert "would be forgotten" in fault


def test_rows_of_before_are_hashed_the_same_way() -> None:
    fill = import_module("mailing.migrations.0007_hash_suppressed_addresses")
    assert fill.hash_of("ann@example.org") == suppression.hash_of("ann@example.org")
    assert not hasattr(apps.get_model("mailing", "Suppression"), "email_key")


def test_runs_are_held_while_mail_does_not_arrive_and_go_on_afterwards(now: dt.datetime) -> None:
    scene.sequence(1, 2, now=now)
    scene.run(who=scene.contact(now=now), now=now)
    scene.run(who=scene.contact("ben@example.org", now=now), now=now, source="enrolment:43")
    row = suppression.put(email="Ann@example.org", scope="all", reason="hard", now=now)
    states = Run.objects.order_by("contact__email").values_list("state", "reason")
    assert list(states) == [("held", suppression.HELD), ("active", "")]
    assert [suppression.lift(suppression=row, now=now) for _ in range(2)] == [True, False]
    assert list(states.all()) == [("active", ""), ("active", "")]


def test_who_moves_to_an_address_that_works_gets_letters_again(now: dt.datetime) -> None:
    ann = scene.contact(now=now)
    scene.sequence(1, 2, now=now)
    scene.run(who=ann, now=now)
    for dead in ("ann@example.org", "ann@example.net"):
        suppression.put(email=dead, scope="all", reason="hard", now=now)
    contacts.move(contact=ann, email="ann@example.net", now=now)
    assert Run.objects.get().state == "held"
    contacts.move(contact=ann, email="ann@example.com", now=now)
    assert (Run.objects.get().state, Run.objects.get().reason) == ("active", "")
    assert suppression.standing("ann@example.org") == {"all": "hard"}


@pytest.mark.parametrize("way", ["lifted", "moved", "rest over"])
def test_who_begins_with_an_address_that_takes_no_mail_begins_when_it_does(
    now: dt.datetime, way: str
) -> None:
    ann, day = scene.contact(now=now), dt.timedelta(days=1)
    scene.sequence(0, 1, now=now)
    until = now + 5 * day if way == "rest over" else None
    row = suppression.put(email=ann.email, scope="all", reason="hard", now=now, until=until)
    scene.run(who=ann, now=now)
    assert forecast.of(ann, now=now) == []
    for number in range(4):
        drip.plan(now=now + number * day)
    assert Run.objects.values_list("state", "reason").get() == ("held", suppression.HELD)
    assert Letter.objects.count() == 0
    if way == "lifted":
        suppression.lift(suppression=row, now=now + 4 * day)
    elif way == "moved":
        contacts.move(contact=ann, email="ann@example.net", now=now + 4 * day)
    suppression.end_rests(now=now + 5 * day)
    for number in range(5, 8):
        drip.plan(now=now + number * day)
        outbox.deliver(now=now + number * day)
    assert (scene.got(), Run.objects.get().state) == (["Letter 1", "Letter 2"], "done")


@pytest.mark.django_db(transaction=True)
def test_an_address_mended_while_its_run_is_being_held_holds_it_no_longer(now: dt.datetime) -> None:
    ann = scene.contact(now=now)
    scene.sequence(0, now=now)
    row = suppression.put(email=ann.email, scope="all", reason="hard", now=now)
    scene.run(who=ann, now=now)
    hands.meanwhile(
        lambda: suppression.lift(suppression=row, now=now), lambda: drip.plan(now=now), lambda: None
    )
    assert Run.objects.get().state != "held"
    assert Letter.objects.exclude(state="queued").count() == 0


def test_a_rest_ends_by_itself_and_becomes_final_when_the_address_is_gone(now: dt.datetime) -> None:
    ann, month = scene.contact(now=now), dt.timedelta(days=30)
    scene.sequence(1, now=now)
    scene.run(who=ann, now=now)
    suppression.put(email=ann.email, scope="all", reason="full", now=now, until=now + month)
    assert consent.may_send(contact=ann, kind="lesson", now=now + month - dt.timedelta(seconds=1)) != ""
    assert consent.may_send(contact=ann, kind="lesson", now=now + month) == ""
    assert [suppression.end_rests(now=now + month) for _ in range(2)] == [1, 0]
    assert Run.objects.get().state == "active"
    suppression.put(email=ann.email, scope="all", reason="full", now=now, until=now + month)
    for _ in range(2):
        suppression.put(email=ann.email, scope="all", reason="hard", now=now)
    assert list(Suppression.objects.filter(lifted_at=None).values_list("reason", "until")) == [("hard", None)]
