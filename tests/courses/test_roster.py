"""Letting many in from a list: what is read, what each line would do, and that exactly this is done, once."""

import datetime as dt
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts import signup
from accounts.models import User
from courses import access, enrolling, roster
from courses.enrolling import Seat
from courses.models import Course, Enrolment, Grant
from courses.roster import Line
from mailing import contacts, crowd, drip
from mailing.models import Contact, Letter, Run
from tests import factories
from tests.conftest import signed_in
from tests.courses.conftest import show

PLACE = "/desk/courses/enrolment/many/"


# ---- reading ----
def test_a_list_with_heads_in_any_order() -> None:
    assert roster.read("Name;E-Mail;Course\nAnn;ANN@example.org;knots\n\n;b@example.org;\n") == [
        Line(2, "ann@example.org", "Ann", "knots"),
        Line(4, "b@example.org"),
    ]


def test_a_list_without_heads_and_with_tabs() -> None:
    assert roster.read("ann@example.org\tAnn\nb@example.org\n") == [
        Line(1, "ann@example.org", "Ann"),
        Line(2, "b@example.org"),
    ]


def test_what_people_paste_is_read_as_they_mean_it() -> None:
    assert roster.read("Ann Smith <Ann@example.org>\nBen, ben@example.org\nc@example.org, Cleo\n") == [
        Line(1, "ann@example.org", "Ann Smith"),
        Line(2, "ben@example.org", "Ben"),
        Line(3, "c@example.org", "Cleo"),
    ]
    assert roster.read('"Smith, Ann" <ann@x.org>\nann@x.org, Ann <ann@x.org>\n') == [
        Line(1, "ann@x.org", "Smith, Ann"),
        Line(2, "ann@x.org", "Ann"),
    ]
    [odd] = roster.read("(" * 3000 + "<a@example.org>")
    assert odd.email == "a@example.org"
    [two] = roster.read("ann@example.org, ben@example.org")
    assert two.fault == "There are two addresses in this line."


def test_lines_are_counted_as_an_editor_counts_them() -> None:
    found = roster.read('email,name\n"a@example.org","Ann\nMarie"\nb@example.org,Bo\n')
    assert [(line.number, line.name) for line in found] == [(2, "Ann Marie"), (4, "Bo")]


@pytest.mark.parametrize(
    "data",
    [
        "email,name\na@example.org,Zoë\n".encode(),
        "\ufeffemail,name\na@example.org,Zoë\n".encode(),
        "email;name\r\na@example.org;Zoë\r\n".encode("cp1252"),
        "email\tname\r\na@example.org\tZoë\r\n".encode("utf-16"),
    ],
)
def test_what_spreadsheets_save_is_read(data: bytes) -> None:
    [line] = roster.read(roster.decoded(data))
    assert (line.email, line.name, line.fault) == ("a@example.org", "Zoë", "")


def test_a_cell_that_a_spreadsheet_would_run_becomes_harmless() -> None:
    [line] = roster.read('email,name\na@example.org,"=HYPERLINK(""http://x"")"\n')
    assert line.name == 'HYPERLINK("http://x")'
    [line] = roster.read('email\n"=cmd|calc@example.org!A0"\n')
    assert line.fault == "This is no e-mail address."


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "There is nobody in it."),
        ("email\n\n", "There is nobody in it."),
        ("name\nAnn\n", "The first line names no column with addresses"),
        ("a@example.org\n" * 5_001, "more than 5,000 people"),
    ],
)
def test_what_is_no_list_is_told(text: str, words: str) -> None:
    with pytest.raises(roster.Unreadable, match=words):
        roster.read(text)


def test_bytes_of_no_text_at_all_are_told_or_read_as_faults() -> None:
    with pytest.raises(roster.Unreadable):
        roster.read(roster.decoded(bytes(range(256)) * 10))


# ---- what would become of it ----
@pytest.fixture
def knots(db: None) -> Course:
    return factories.small_course()


def test_each_line_says_what_becomes_of_it(knots: Course, ann: User, ben: User, now: dt.datetime) -> None:
    access.grant(user=ann, course=knots, source="free", now=now)
    seat = access.grant(
        user=factories.user("back@example.org"), course=knots, source="free", now=now
    ).enrolment
    access.end_all(enrolment=seat, reason="x", now=now)
    lines = roster.read(
        "email,course\nnew@example.org,\nBEN@example.org,\nann@example.org,Knots In Your Back Gone\n"
        "back@example.org,knots\nnew@example.org,knots\nnonsense,\nx@example.org,other\n"
    )
    rows = enrolling.look(lines, course=knots)
    assert [(row.line.number, row.fate.value, row.why) for row in rows] == [
        (2, "new", ""),
        (3, "known", ""),
        (4, "in", ""),
        (5, "back", ""),
        (6, "broken", "The same as line 2."),
        (7, "broken", "This is no e-mail address."),
        (8, "broken", "There is no course called “other”."),
    ]
    assert Enrolment.objects.count() == 2


# ---- doing it ----
def seats(course: Course, *names: str) -> list[Seat]:
    return [Seat(f"{name}@example.org", name.title(), course.pk) for name in names]


@pytest.fixture
def letters(service_letters: None) -> None:
    """The letters that come with the site."""


def test_many_are_let_in_once(knots: Course, letters: None, ann: User, ines: User, now: dt.datetime) -> None:
    listed = seats(knots, "ann", "bo", "cy")
    assert enrolling.let_in(listed, reason="A workshop", welcome=True, now=now, actor=ines) == 3
    assert enrolling.let_in(listed, reason="Again", welcome=True, now=now, actor=ines) == 0
    assert list(Grant.objects.order_by("pk").values_list("source", "state", "reason", "actor")) == [
        ("manual:1", "active", "A workshop", ines.pk)
    ] * 3  # fmt: skip
    assert Enrolment.objects.with_access().count() == 3
    assert Contact.objects.get(email="bo@example.org").name == "Bo"
    assert ann.contact.name == "Ann"
    assert not User.objects.get(email="bo@example.org").has_usable_password()
    assert Run.objects.filter(sequence__slug="course").count() == 3
    drip.plan(now=now)
    assert Letter.objects.filter(revision__step__sequence__slug="course").count() == 3


def test_the_same_comes_of_it_as_one_by_one(
    knots: Course, letters: None, ben: User, now: dt.datetime
) -> None:
    enrolling.let_in(seats(knots, "bo"), reason="x", welcome=True, now=now)
    access.grant_by_hand(user=ben, course=knots, reason="x", now=now)

    def told(email: str) -> list[tuple[Any, ...]]:
        runs = Run.objects.filter(contact__email=email).order_by("sequence")
        return list(runs.values_list("sequence", "generation", "state", "anchor_at", "next_step"))

    Contact.objects.filter(email="bo@example.org").update(time_zone="America/New_York")
    assert told("bo@example.org") == told("ben@example.org")
    assert len(told("ben@example.org")) == 2


def test_without_the_welcome_nobody_is_written_to_today(
    knots: Course, letters: None, now: dt.datetime
) -> None:
    enrolling.let_in(seats(knots, "bo", "cy"), reason="x", welcome=False, now=now)
    drip.plan(now=now + dt.timedelta(hours=1))
    assert Letter.objects.count() == 0
    for days in (1, 2, 3):
        drip.plan(now=now + dt.timedelta(days=days))
    assert Letter.objects.filter(revision__step__day=0).count() == 0
    assert Letter.objects.exclude(revision__step__day=0).exists()


def test_whoever_was_in_before_goes_on_where_they_were(
    knots: Course, letters: None, now: dt.datetime
) -> None:
    user = factories.user("bo@example.org")
    seat = access.grant(user=user, course=knots, source="free", now=now).enrolment
    access.end_all(enrolment=seat, reason="x", now=now)
    assert enrolling.let_in(seats(knots, "bo"), reason="x", welcome=True, now=now) == 1
    assert list(Run.objects.filter(sequence__slug="course").values_list("generation", "state")) == [
        (1, "cancelled"), (2, "active")
    ]  # fmt: skip
    assert Enrolment.objects.get() == seat


def test_letting_in_costs_the_same_for_two_and_for_twenty(
    knots: Course, letters: None, now: dt.datetime
) -> None:
    def cost(*names: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            enrolling.let_in(seats(knots, *names), reason="x", welcome=True, now=now)
        return len(queries)

    cost("a")
    assert cost("b", "c") == cost(*(f"p{number}" for number in range(20)))


def test_accounts_and_contacts_are_made_once(db: None, ann: User, now: dt.datetime) -> None:
    people = {"ANN@example.org": "Anna", "bo@example.org": "Bo"}
    first = signup.accounts_of(people, now=now)
    assert first["ann@example.org"] == ann
    assert signup.accounts_of(people, now=now) == first
    assert {one.email: one.name for one in Contact.objects.all()} == {
        "ann@example.org": "Ann",
        "bo@example.org": "Bo",
    }
    contact = contacts.of_many({"bo@example.org": "Bob", "cy@example.org": ""}, now=now)
    assert contact["bo@example.org"].name == "Bo"
    assert contacts.of_many({"cy@example.org": "Cy"}, now=now)["cy@example.org"].name == "Cy"
    assert Contact.objects.count() == 3


def test_a_crowd_begins_once(knots: Course, letters: None, ann: User, now: dt.datetime) -> None:
    people = [(ann.contact, "enrolment:1", now)]
    for _ in range(2):
        crowd.start(sequence="course", people=people, at_once=True)
    assert Run.objects.filter(contact=ann.contact).count() == 1
    assert crowd.had(["course"], [ann.contact]) == {ann.contact_id}


# ---- the page ----
def test_nothing_is_saved_before_the_sheet_is_confirmed(
    knots: Course, ines_client: Client, now: dt.datetime
) -> None:
    show(now)
    form = {
        "text": "bo@example.org,Bo\nnonsense,\n",
        "course": knots.pk,
        "reason": "A workshop",
        "welcome": "on",
    }
    answer: Any = ines_client.post(PLACE, {**form, "do": "look"})
    page = answer.content.decode()
    assert "This is no e-mail address." in page
    assert "Let 1 person in" in page
    assert "bo@example.org,Bo" in page  # what was pasted is kept
    assert Enrolment.objects.count() == 0
    for said in ("1 person is in now.", "All of them are in already."):
        done = ines_client.post(PLACE, {"do": "apply", "kept": answer.context["kept"]}, follow=True)
        assert said in done.content.decode()
    assert Grant.objects.get().reason == "A workshop"


def test_a_file_is_taken_as_well(knots: Course, ines_client: Client) -> None:
    file = SimpleUploadedFile("list.csv", "email;name\nzoe@example.org;Zoë\n".encode("cp1252"))
    form = {"file": file, "course": knots.pk, "reason": "x", "do": "look"}
    assert "Zoë" in ines_client.post(PLACE, form).content.decode()


@pytest.mark.parametrize("kept", ["", "forged"])
def test_a_forged_list_lets_nobody_in(knots: Course, ines_client: Client, kept: str) -> None:
    answer = ines_client.post(PLACE, {"do": "apply", "kept": kept}, follow=True)
    assert "This list is too old." in answer.content.decode()
    assert Enrolment.objects.count() == 0


def test_an_empty_form_says_what_is_missing(knots: Course, ines_client: Client) -> None:
    answer: Any = ines_client.post(PLACE, {"do": "look"})
    assert answer.context["form"].errors == {
        "reason": ["This field is required."], "__all__": ["Choose a file, or paste a list."]
    }  # fmt: skip


def test_the_list_is_for_whoever_may_let_in(knots: Course, ann_client: Client) -> None:
    assert Client().get(PLACE).status_code == 302
    assert ann_client.get(PLACE, follow=True).status_code == 403
    assert signed_in(factories.user("clerk@example.org", is_staff=True)).get(PLACE).status_code == 403
