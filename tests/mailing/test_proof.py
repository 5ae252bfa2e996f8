"""A letter is tried on real people before it is published, and what is worth a second look is said."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as given
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from coursesite.lib import outside
from mailing import dnslook, guards, letterfiles, proof, readers
from mailing.models import Contact, Run, Sequence, Step
from tests.mailing import scene

pytestmark = pytest.mark.django_db
BUTTON = "Hello.\n\n{button:Go}\n"
WORDS = {"subject": "A letter", "preheader": "More of it", "body": BUTTON}


@pytest.fixture
def course(now: dt.datetime) -> Sequence:
    return scene.sequence(0, now=now)


def people(number: int, *, now: dt.datetime, first: int = 0) -> None:
    for one in range(first, first + number):
        who = scene.contact(f"p{one}@example.org", now=now)
        scene.run(who=who, now=now, source=f"enrolment:{one}")


def tried(sequence: Sequence, now: dt.datetime) -> list[readers.Reader]:
    return readers.of(Step(sequence=sequence, subject_of="1.1"), now=now)


def test_48_it_names_the_person_for_whom_it_cannot_be_written(course: Sequence, now: dt.datetime) -> None:
    people(3, now=now)
    words = {**WORDS, "body": "About {lesson_title}.\n\n{button:Go}\n"}
    assert proof.faults(sequence=course, on_people=True, **words) == []
    scene.answers[""] = guards.Send({"course_title": "Knots"})
    assert proof.faults(sequence=course, **words) == []
    said = "It cannot be written for p0@example.org and 2 more of those it was tried on: nobody fills lesson_title."
    assert proof.faults(sequence=course, on_people=True, **words) == [said]
    Run.objects.exclude(contact__email="p1@example.org").delete()
    said = "It cannot be written for p1@example.org: nobody fills lesson_title."
    assert proof.faults(sequence=course, on_people=True, **words) == [said]
    assert proof.faults(sequence=course, on_people=True, subject_of="1.1", **words) == []


def test_what_is_not_known_yet_is_made_up(course: Sequence, now: dt.datetime) -> None:
    people(1, now=now)
    scene.answers[""] = guards.Wait(now)
    words = {**WORDS, "body": "About {lesson_title}.\n\n{button:Go}\n"}
    assert proof.faults(sequence=course, on_people=True, **words) == []


def test_to_whom_nothing_can_be_written_keeps_no_letter_back(course: Sequence, now: dt.datetime) -> None:
    people(1, now=now)
    Contact.objects.update(email="p0 x@example.org")
    assert proof.faults(sequence=course, on_people=True, **WORDS) == []
    many = Sequence(slug="many", kind=Sequence.Kind.BROADCAST)
    assert proof.faults(sequence=many, on_people=True, **WORDS) == []


def test_the_oddest_are_always_among_them(course: Sequence, now: dt.datetime) -> None:
    people(60, now=now)
    odd = {
        "p1@example.org": {"name": "N" * 80},
        "p2@example.org": {"name": ""},
        "p3@example.org": {"time_zone": "Pacific/Auckland"},
        "p4@example.org": {"email": f"{'l' * 60}@example.org"},
        "p5@example.org": {"email": "zoë@example.org"},
    }
    for email, values in odd.items():
        Contact.objects.filter(email=email).update(**values)
    for _ in range(3):
        found = {reader.contact.email for reader in tried(course, now)}
        assert found >= {values.get("email", email) for email, values in odd.items()}
        assert len(found) == readers.SOME + len(odd)


def test_only_readers_of_the_sequence_are_tried_and_nobody_who_was_removed(
    course: Sequence, now: dt.datetime
) -> None:
    people(3, now=now)
    other = scene.contact("visitor@example.org", now=now)
    first, second, third = Contact.objects.exclude(pk=other.pk).order_by("pk")
    Contact.objects.filter(pk=first.pk).update(merged_into=third)
    Contact.objects.filter(pk=second.pk).update(email="erased-2@erased.invalid")
    assert [reader.contact for reader in tried(course, now)] == [third]
    many = Sequence(slug="many", kind=Sequence.Kind.BROADCAST)
    assert [reader.contact for reader in tried(many, now)] == [third, other]


def test_many_need_no_more_queries_than_a_few(course: Sequence, now: dt.datetime) -> None:
    people(2, now=now)
    with CaptureQueriesContext(
        connection,
    ) as few:
        tried(course, now)
    people(70, now=now, first=2)
    with CaptureQueriesContext(connection) as many:
        tried(course, now)
    assert len(few) == len(many) == 7


# ---- worth a second look ----
def doubts(**words: str) -> list[str]:
    kind = words.pop("kind", Sequence.Kind.MINICOURSE)
    return proof.warnings(sequence=Sequence(slug="x", kind=kind), **{**WORDS, **words})


def test_a_good_letter_leaves_no_doubt() -> None:
    assert doubts() == []
    assert doubts(subject="{first_name} " + "x" * 56) == []
    assert doubts(body=f"[here]({given.SITE_URL}/x/) and [there](https://example.org)") == []
    assert doubts(body="Words.", kind=Sequence.Kind.NUDGE) == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"subject": "x" * 61}, "The subject has 61 characters. Many inboxes show no more than 60."),
        (
            {"preheader": " "},
            "There is no preheader: the inbox shows the beginning of the letter behind its subject.",
        ),
        (
            {"body": "[a](http://example.org/) [b](http://example.org/)"},
            "http://example.org/ begins with http:// and not https://: some mail programs warn of it.",
        ),
        (
            {"body": "![A back](http://example.org/a.png)\n\n{button:Go}"},
            "http://example.org/a.png begins with http:// and not https://: some mail programs warn of it.",
        ),
        ({"body": "Words."}, "There is no link or button in it: it leads nowhere."),
    ],
)
def test_what_is_worth_a_second_look_is_said(words: dict[str, str], said: str) -> None:
    assert doubts(**words) == [said]


def test_names_that_are_not_set_up_are_told_from_memory(now: dt.datetime, settings: Any) -> None:
    bad = dnslook.Finding("SPF", dnslook.Verdict.BAD, "No.")
    good = dnslook.Finding("DKIM", dnslook.Verdict.GOOD, "Yes.")
    cache.set(dnslook.KEY, dnslook.Look(now, [bad, good]))
    assert doubts() == []  # the mail of a practice site stays on it
    settings.EMAIL_BACKEND = "mailing.smtp.EmailBackend"
    assert doubts() == ["The domain is not well set up for mail (SPF): such letters can land in spam."]
    cache.delete(dnslook.KEY)
    assert doubts() == []


def test_links_that_do_not_answer_are_told() -> None:
    asked = []

    def look_up(url: str) -> outside.Answer:
        asked.append(url)
        return outside.Answer(404, "The page is not there any more." if url.endswith("1") else "")

    body = " ".join(f"[a](https://example.org/{number})" for number in range(8))
    found = proof.silent_links(f"[b]({given.SITE_URL}/x/) {body}", look_up=look_up)
    assert found == ["The link to https://example.org/1: The page is not there any more."]
    assert sorted(asked) == [f"https://example.org/{number}" for number in range(5)]
    assert proof.silent_links("[a](https://127.0.0.1/x)") == [
        "The link to https://127.0.0.1/x: It leads into a private network."
    ]
    assert proof.silent_links("Words.") == []


def test_the_letters_that_come_along_leave_no_doubt(now: dt.datetime) -> None:
    found = {}
    for path in sorted((Path(given.CONTENT_DIR) / "letters").glob("*/*.md")):
        letterfiles.bring_in(path=path, now=now)
    for step in Step.objects.select_related("sequence", "revision"):
        assert step.revision
        words = {name: getattr(step.revision, name) for name in WORDS}
        found[str(step)] = proof.warnings(sequence=step.sequence, **words)
    assert {name: said for name, said in found.items() if said} == {}
    assert len(found) > 40
