"""What is written by hand in mailing/marks.py says the same as the querysets here, whatever the world looks like."""

import datetime as dt
import random
import uuid
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from mailing import consent, gate, marks, suppression, switches
from mailing.models import (
    Broadcast,
    Consent,
    Contact,
    Letter,
    Run,
    Sequence,
    Suppression,
    Switch,
)
from tests.mailing import scene

pytestmark = pytest.mark.django_db
K = Letter.Kind
HOUR = dt.timedelta(hours=1)
FACTS = {"date": "Fri, 20 Nov 2026 15:00:00 +0000", "message_id": "<a@example.org>", "sha256": "f" * 64}


def facts(now: dt.datetime) -> marks.Facts:
    return marks.Facts(**FACTS, until=now + HOUR)


# ---- the same said with querysets ----
def leaving(letter: Letter, *, now: dt.datetime) -> QuerySet[Letter]:
    row = Letter.objects.filter(pk=letter.pk, state=Letter.State.LEASED, lease_token=letter.lease_token)
    return row.filter(*_conditions(letter, now))


def _conditions(letter: Letter, now: dt.datetime) -> list[Q]:
    contact = Contact.objects.filter(pk=OuterRef("contact_id"), email=letter.contact.email)
    scopes = [Suppression.Scope.ALL]
    if letter.kind not in gate.NEEDED:
        contact = contact.filter(Q(paused_until=None) | Q(paused_until__lte=now))
        scopes.append(Suppression.Scope.SEQUENCES)
    standing = suppression.of(letter.contact.email).filter(lifted_at=None, scope__in=scopes)
    conditions = [
        Q(Exists(contact)),
        ~Q(Exists(standing.filter(Q(until=None) | Q(until__gt=now)))),
        *_agreed(letter),
    ]
    if letter.kind != K.ACCOUNT:
        conditions.append(~Q(gate.is_on(switches.HOLD)))
    if letter.run_id:
        run = Run.objects.filter(
            pk=letter.run_id, state__in=gate.WALKING, sequence__state=Sequence.State.LIVE
        )
        conditions.append(Q(Exists(run)))
    if letter.broadcast_id:
        under_way = Broadcast.objects.filter(pk=letter.broadcast_id, state__in=gate.UNDER_WAY)
        conditions.append(Q(Exists(under_way)))
    return conditions


def _agreed(letter: Letter) -> list[Q]:
    if not (purpose := consent.purpose_of(letter)):
        return []
    said = Consent.objects.filter(contact=OuterRef("contact_id"), purpose=purpose)
    if purpose in consent.DEFAULT_ON:
        return [~Q(Exists(said.filter(state=Consent.State.WITHDRAWN)))]
    return [Q(Exists(said.filter(state=Consent.State.CONFIRMED)))]


# ---- a world by chance ----
def leased(kind: str, now: dt.datetime, **more: Any) -> Letter:
    scene.of_kind(K(kind), who=scene.contact(now=now), now=now)
    Letter.objects.update(state="leased", lease_token=uuid.uuid4(), lease_until=now + HOUR, **more)
    return Letter.objects.select_related("contact", "broadcast").get()


def things(chance: random.Random, now: dt.datetime) -> dict[str, Any]:
    """Mostly as it should be, or almost no letter would leave."""
    usual = {"run": None, "broadcast": None, "paused": None, "moved": False, "row": "leased", "held": False}
    rare = {
        "run": chance.choice(["active", "active", "done", "held", "cancelled", "of a paused sequence"]),
        "broadcast": chance.choice(["sending", "done", "held", "stopped"]),
        "paused": chance.choice([now, now - HOUR, now + HOUR]),
        "moved": True,
        "row": chance.choice(["cancelled", "of another lease"]),
        "held": True,
    }
    return {name: rare[name] if chance.random() < 0.3 else value for name, value in usual.items()}


def arrange(letter: Letter, chance: random.Random, seen: dict[str, Any], now: dt.datetime) -> None:
    ann, more = letter.contact, {}
    if seen["run"]:
        course, is_paused = scene.sequence(0, now=now), seen["run"].startswith("of")
        run = scene.run(who=ann, now=now)
        Run.objects.update(state="active" if is_paused else seen["run"])
        Sequence.objects.filter(pk=course.pk).update(state="paused" if is_paused else "live")
        more["run"] = run
    if seen["broadcast"]:
        more["broadcast"] = Broadcast.objects.create(
            title="News", audience="all", step=letter.revision.step, state=seen["broadcast"], created_at=now,
            purpose=chance.choice(["news", "lessons"]),
        )  # fmt: skip
    Letter.objects.update(**more)
    Contact.objects.update(paused_until=seen["paused"])
    for purpose in Consent.Purpose:
        if chance.random() < 0.5:
            Consent.objects.update_or_create(
                contact=ann,
                purpose=purpose,
                defaults={"state": chance.choice(["confirmed", "withdrawn", "pending"]), "changed_at": now},
            )
    for scope in Suppression.Scope:
        for email in (ann.email, "ben@example.org"):
            if chance.random() < 0.2:
                Suppression.objects.create(
                    address_hash=suppression.hash_of(email), scope=scope, reason="manual", created_at=now,
                    until=chance.choice([None, now, now + HOUR]), lifted_at=chance.choice([None, now]),
                )  # fmt: skip
    if seen["held"]:
        key, is_on = chance.choice([switches.HOLD, switches.CATCHING_UP]), chance.choice([True, False])
        Switch.objects.create(key=key, is_on=is_on, changed_at=now)


def change_behind_its_back(letter: Letter, seen: dict[str, Any]) -> None:
    if seen["moved"]:
        Contact.objects.update(email="new@example.org")
    if seen["row"] == "cancelled":
        Letter.objects.update(state="cancelled")
    elif seen["row"] != "leased":
        Letter.objects.update(lease_token=uuid.uuid4())


@pytest.mark.parametrize("kind", K.values)
def test_a_letter_is_handed_over_exactly_when_the_querysets_say_so(now: dt.datetime, kind: str) -> None:
    chance, answers = random.Random(kind), set()  # noqa: S311  (no secret)
    for _ in range(60):
        with transaction.atomic():
            made, seen = leased(kind, now), things(chance, now)
            arrange(made, chance, seen, now)
            letter = Letter.objects.select_related("contact", "broadcast").get(pk=made.pk)
            change_behind_its_back(letter, seen)
            may = leaving(letter, now=now).exists()
            assert marks.handed(letter, facts(now), now=now) == may, seen
            assert marks.handed(letter, facts(now), now=now) is False
            answers.add(may)
            transaction.set_rollback(True)
    assert answers == {True, False}


def test_a_row_is_written_as_django_would_and_only_once(now: dt.datetime) -> None:
    scene.sequence(0, now=now)
    run = scene.run(who=scene.contact(now=now), now=now)
    like = scene.code(who=run.contact, now=now)
    values = {"kind": "lesson", "priority": 5, "contact": run.contact, "run": run, "revision": like.revision}
    whole = {**values, "context": {"lesson_title": "Ä \"'\n%s"}, "reason": "50 %", "expires_at": now + HOUR}
    both = [whole, {**values, "run": None, "state": "skipped"}]
    made = [
        Letter(dedupe_key=f"a{n}", created_at=now, not_before=now + n * HOUR, **one)
        for n, one in enumerate(both)
    ]
    marks.write(made)
    rows = list(Letter.objects.filter(dedupe_key__startswith="a").order_by("dedupe_key").values())
    Letter.objects.filter(dedupe_key__startswith="a").delete()
    Letter.objects.bulk_create(made)
    django = list(Letter.objects.filter(dedupe_key__startswith="a").order_by("dedupe_key").values())
    assert rows == django
    again = Letter(dedupe_key="a0", created_at=now, not_before=now, **values)
    marks.write([again])
    marks.write([])
    assert list(Letter.objects.filter(dedupe_key="a0").values()) == django[:1]


def test_what_is_written_down_when_a_letter_is_handed_over(now: dt.datetime) -> None:
    letter = leased("receipt", now, attempts=2)
    letter.context = {"amount": "149 €", "items": "a\nb"}
    before = Letter.objects.values().get()
    assert marks.handed(letter, facts(now), now=now)
    assert Letter.objects.values().get() == {
        **before,
        "state": "handed",
        "handed_at": now,
        "lease_until": now + HOUR,
        "attempts": 3,
        "address": "ann@example.org",
        "context": letter.context,
        "date_header": FACTS["date"],
        "message_id": FACTS["message_id"],
        "payload_sha256": FACTS["sha256"],
    }


@pytest.mark.parametrize("in_run", [True, False])
def test_what_is_written_down_when_a_letter_is_sent(now: dt.datetime, in_run: bool) -> None:
    scene.sequence(0, now=now)
    letter = leased("lesson", now)
    run = scene.run(who=letter.contact, now=now) if in_run else None
    Letter.objects.update(state="handed", run=run, reason="The mail server hung up.")
    letter.refresh_from_db()
    before = Letter.objects.values().get()
    for _ in range(2):
        marks.sent(letter, code=250, enhanced="2.0.0", name="4F5E2A1", now=now)
    assert Letter.objects.values().get() == {
        **before,
        "state": "sent",
        "sent_at": now,
        "lease_token": None,
        "lease_until": None,
        "reason": "",
        "smtp_code": 250,
        "enhanced_code": "2.0.0",
        "provider_ref": "4F5E2A1",
        "context": before["context"] if in_run else {},
    }
    assert list(Run.objects.values_list("last_sent_at", flat=True)) == ([now] if in_run else [])


@pytest.mark.parametrize("state", ["unknown", "sent", "queued"])
def test_what_was_settled_meanwhile_is_not_marked_again(now: dt.datetime, state: str) -> None:
    letter = leased("receipt", now)
    Letter.objects.update(state=state)
    before = Letter.objects.values().get()
    marks.sent(letter, code=250, enhanced="2.0.0", name="4F5E2A1", now=now)
    assert Letter.objects.values().get() == before


@pytest.mark.django_db(transaction=True)
def test_the_mark_of_a_sent_letter_does_not_wait_for_the_disk_and_what_follows_does(now: dt.datetime) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite writes its log the same way for all")
    letter = leased("receipt", now)
    Letter.objects.update(state="handed")
    with connection.cursor() as cursor:
        cursor.execute("SHOW synchronous_commit")
        before = cursor.fetchone()
        marks.sent(letter, code=250, enhanced="2.0.0", name="4F5E2A1", now=now)
        cursor.execute("SHOW synchronous_commit")
        assert cursor.fetchone() == before != ("off",)
    assert Letter.objects.get().state == "sent"
