"""The coach's desk for letters: what it shows is what happens, and what it changes asks first (mail.md §5)."""

import datetime as dt
import re
import smtplib
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from accounts.models import User
from courses import needs
from courses.models import Course
from coursesite.lib import clock, desk_log, localtime
from mailing import (
    byhand,
    catchup,
    copies,
    drip,
    edits,
    evidence,
    forecast,
    impact,
    looks,
    outbox,
    proof,
    publish,
    rates,
    suppression,
    switches,
)
from mailing.guards import Skip
from mailing.letters import post
from mailing.models import (
    Broadcast,
    Contact,
    Letter,
    Run,
    Sequence,
    Step,
    StepPlace,
    StepRevision,
    Suppression,
)
from tests import factories
from tests.conftest import signed_in
from tests.desk import letters
from tests.mailing import scene

pytestmark = pytest.mark.django_db
L = Letter.State
DAY = dt.timedelta(days=1)
ME = "ines@example.org"
ROW = re.compile(
    r'letter-when">(\d+):00 to [^<]*</span> <strong>[^<]*</strong> <span class="quiet">(\d+) letter'
)


@pytest.fixture(autouse=True)
def guard(settings: Any) -> None:
    """Letters are looked at without the floor above: its answer is what the test puts down."""
    settings.LETTER_GUARD = "tests.mailing.scene.guard_all"
    scene.answers.clear()


@pytest.fixture
def course(at: dt.datetime) -> Sequence:
    return letters.everything(now=at)


def url(name: str, *args: object) -> str:
    return reverse(f"admin:mailing_{name}", args=args)


def says(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def pages(course: Sequence) -> list[str]:
    """Every page of the desk for letters that is not a stock list or form."""
    step, person = Step.objects.get(key="a2"), Contact.objects.get(email="reader@example.org")
    many = letters.to_many(now=dt.datetime(2026, 11, 20, tzinfo=dt.UTC))
    left = StepPlace.objects.create(step=step, day=7, position=1, until=many.created_at)
    return [
        url("step_place", step.pk, left.pk),
        *(url(f"letter_{page}") for page in ("overview", "again", "hold", "open", "daily")),
        url("run_days"),
        url("step_unsaved"),
        *(url(f"sequence_{page}", course.pk) for page in ("letters", "pause", "wake", "order", "begin")),
        *(
            url(f"step_{page}", step.pk)
            for page in ("look", "preview", "test", "versions", "archive", "restore", "reach")
        ),
        *(url(f"contact_{page}", person.pk) for page in ("letters", "write")),
        *(url(f"broadcast_{page}", many.pk) for page in ("sheet", "send", "people")),
    ]


# ---- who may see it ----
def test_every_page_is_for_staff_with_the_right(
    course: Sequence, ann_client: Client, ines_client: Client
) -> None:
    helper = signed_in(factories.user("hal@example.org", is_staff=True))
    for page in pages(course):
        assert Client().get(page).status_code == 302, page
        assert ann_client.get(page, follow=True).status_code == 403, page
        assert helper.get(page).status_code == 403, page
        assert Client().post(page).status_code == 302, page
        assert helper.post(page).status_code == 403, page
        assert ines_client.get(page, follow=True).status_code == 200, page


def test_who_may_only_look_changes_nothing(course: Sequence) -> None:
    helper = factories.user("hal@example.org", is_staff=True)
    helper.user_permissions.set(
        Permission.objects.filter(codename__startswith="view_", content_type__app_label="mailing")
    )
    client, step = signed_in(helper), Step.objects.get(key="a2")
    assert "Hold all mail" not in says(client, url("letter_overview"))
    for page in (
        url("letter_hold"),
        url("sequence_pause", course.pk),
        url("step_archive", step.pk),
        url("step_test", step.pk),
    ):
        assert client.post(page, {"do": "hold", "_sure": "yes"}).status_code == 403
    step.refresh_from_db()
    assert (switches.is_on(switches.HOLD), step.archived_at) == (False, None)


def test_the_bar_leads_to_how_the_mail_stands_who_may_see_it(ines_client: Client) -> None:
    tables, overview = reverse("admin:app_list", args=["mailing"]), url("letter_overview")
    page = says(ines_client, overview)
    assert f'<a href="{overview}" aria-current="true">Letters</a>' in page
    assert f'<a href="{tables}">All tables of letters</a>' in page
    assert "<h1>Letters</h1>" in says(ines_client, tables)
    helper = factories.user("hal@example.org", is_staff=True)
    helper.user_permissions.set(Permission.objects.filter(codename="view_sequence"))
    page = says(signed_in(helper), reverse("admin:index"))
    assert f'<a href="{tables}">Letters</a>' in page and overview not in page


# ---- the sequence, read ----
def test_a_sequence_reads_like_a_plan(course: Sequence, ines_client: Client) -> None:
    page = says(ines_client, url("sequence_letters", course.pk))
    assert "Day 3, 9:00 their time:</span> <strong>Letter 3</strong>" in page
    assert "goes out unless lesson 1.3 is done" in page
    assert "2 began, 2 of them are on the way." in page
    counts = [re.sub("<[^>]+>", "", one) for one in re.findall('<p class="quiet">(.+?)</p>', page)]
    assert counts == [
        "1 waits for it · 1 got it",
        "0 wait for it · 1 comes to it later · 1 got it",
        "1 waits for it · 1 comes to it later · 0 got it",
    ]


def test_a_number_leads_to_its_letters(course: Sequence, ines_client: Client) -> None:
    page = says(ines_client, url("sequence_letters", course.pk))
    [place] = re.findall(r'href="([^"]+)">1 got it</a></p>', page)[:1]
    listed = says(ines_client, place.replace("&amp;", "&"))
    assert ("1 letter" in listed, "reader@example.org" in listed, "berta@example.org" in listed) == (
        True,
        True,
        False,
    )


@pytest.mark.parametrize("rows", [1, 3])
def test_pages_cost_the_same_however_much_there_is(
    rows: int, at: dt.datetime, ines_client: Client, django_assert_num_queries: Any
) -> None:
    course = scene.sequence(*range(rows), now=at)
    for number in range(rows):
        scene.run(who=scene.contact(f"p{number}@example.org", now=at), now=at, source=f"enrolment:{number}")
    for page, queries in ((url("sequence_letters", course.pk), 12), (url("letter_overview"), 12)):
        with django_assert_num_queries(queries):
            ines_client.get(page)


def test_pausing_asks_first_and_can_be_undone(course: Sequence, ines_client: Client) -> None:
    page = url("sequence_pause", course.pk)
    assert "2 people on the way through these letters get none of them" in says(ines_client, page)
    course.refresh_from_db()
    assert course.state == Sequence.State.LIVE
    answer = ines_client.post(page, follow=True).content.decode()
    assert url("sequence_wake", course.pk) in answer
    course.refresh_from_db()
    assert course.state == Sequence.State.PAUSED
    ines_client.post(url("sequence_wake", course.pk))
    course.refresh_from_db()
    assert course.state == Sequence.State.LIVE


@pytest.mark.parametrize(
    ("kind", "state"),
    [(Sequence.Kind.DRIP, "draft"), (Sequence.Kind.SERVICE, "live"), (Sequence.Kind.BROADCAST, "live")],
)
def test_what_was_never_begun_or_is_no_series_is_neither_paused_nor_woken(
    at: dt.datetime, ines_client: Client, kind: str, state: str
) -> None:
    """To begin is asked on a page of its own, and is not for who may only pause."""
    sequence = scene.sequence(1, now=at, slug="another", kind=kind, state=state)
    page = says(ines_client, url("sequence_letters", sequence.pk))
    for name in ("pause", "wake"):
        assert url(f"sequence_{name}", sequence.pk) not in page
        assert ines_client.post(url(f"sequence_{name}", sequence.pk)).status_code == 404
    assert (url("sequence_begin", sequence.pk) in page) == (kind == Sequence.Kind.DRIP)
    sequence.refresh_from_db()
    assert sequence.state == state


def test_a_letter_to_many_that_was_stopped_says_why(at: dt.datetime, ines_client: Client) -> None:
    many, reason = letters.to_many(now=at), "3 of 40 letters went to addresses that do not exist."
    Broadcast.objects.filter(pk=many.pk).update(state="stopped", reason=reason)
    page = says(ines_client, url("broadcast_sheet", many.pk))
    assert f"<h2>It was stopped</h2><p>{reason}</p>" in page


# ---- looking and testing ----
def test_a_letter_is_shown_as_the_sender_writes_it_to_that_person(course: Sequence, at: dt.datetime) -> None:
    step = Step.objects.select_related("revision__step__sequence").get(key="a3")
    who = Contact.objects.get(email="reader@example.org")
    before = (Letter.objects.count(), Run.objects.get(contact=who).next_due_at)
    assert step.revision is not None
    shown = looks.at(step.revision, contact=who, now=at).rendered
    assert (Letter.objects.count(), Run.objects.get(contact=who).next_due_at) == before
    drip.plan(now=at)
    outbox.deliver(now=at)
    [mail] = [mail for mail in scene.mails() if mail["Subject"] == "Letter 3"]
    body = mail.get_body(("plain",))
    assert body is not None
    sent = looks.harmless(looks.letters.Rendered("", "", "", body.get_content(), {})).text
    own = re.compile(r"/letters/read/\S+")  # names the letter, and a look is of none
    assert own.sub("", shown.text).split() == own.sub("", sent).split()


def test_a_look_holds_no_link_that_could_stop_somebodys_letters(
    course: Sequence, at: dt.datetime, ines_client: Client
) -> None:
    step, who = Step.objects.get(key="a2"), Contact.objects.get(email="reader@example.org")
    for page in ("look", "preview"):
        shown = says(ines_client, f"{url(f'step_{page}', step.pk)}?contact={who.pk}")
        assert "/letters/stop/" not in shown and looks.DEAD in shown


def test_dark_light_and_pictures_are_what_the_coach_chose(course: Sequence, ines_client: Client) -> None:
    frame = url("step_preview", Step.objects.get(key="a2").pk)
    light, dark = says(ines_client, frame), says(ines_client, f"{frame}?light=dark&pictures=off")
    assert "@media not all" in light and "letter-rope.png" in light
    assert "@media all" in dark and "letter-rope.png" not in dark and "A rope:" in dark


def test_somebody_is_found_by_name_or_address(course: Sequence, ines_client: Client) -> None:
    look = url("step_look", Step.objects.get(key="a2").pk)
    for words, found in (("berta", True), ("Ann berta", True), ("nobody", False)):
        assert ("Ann, berta@example.org" in says(ines_client, f"{look}?who={words}")) is found


def test_a_test_letter_leaves_no_trace_and_is_marked(course: Sequence, ines_client: Client) -> None:
    step, who = Step.objects.get(key="a2"), Contact.objects.get(email="reader@example.org")
    rows = Letter.objects.count()
    answer = ines_client.post(url("step_test", step.pk), {"contact": who.pk}, follow=True)
    assert f"The mail server took it. Look into the mailbox of {ME}." in answer.content.decode()
    mail = scene.mails()[-1]
    assert (mail["Subject"], mail["To"], mail["List-Unsubscribe"]) == ("[TEST] Letter 2, mended", ME, None)
    body = mail.get_body(("plain",))
    assert (
        body is not None and looks.NOTE in body.get_content() and "/letters/stop/" not in body.get_content()
    )
    assert Letter.objects.count() == rows


def test_a_test_letter_that_was_refused_says_so(course: Sequence, ines_client: Client, line: Any) -> None:
    line.fault = smtplib.SMTPDataError(554, b"5.7.1 we do not like you")
    answer = ines_client.post(url("step_test", Step.objects.get(key="a2").pk), follow=True).content.decode()
    assert "The mail server did not take it. It answered: 554 5.7.1 we do not like you" in answer
    line.fault = ConnectionRefusedError(111, "Connection refused")
    answer = ines_client.post(url("step_test", Step.objects.get(key="a2").pk), follow=True).content.decode()
    assert "The mail server was not there" in answer


@pytest.fixture
def line(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    settings.EMAIL_BACKEND = "tests.mailing.scene.Line"
    monkeypatch.setattr("mailing.door.MAILBOX", settings.EMAIL_BACKEND)
    yield scene.Line
    scene.Line.fault = None


# ---- one person ----
def test_past_and_future_of_one_person_in_words(course: Sequence, ines_client: Client) -> None:
    page = says(ines_client, url("contact_letters", Contact.objects.get(email="reader@example.org").pk))
    assert "There is no such address. (The mail server answered 550 5.1.1)" in page
    assert "wording 1" in page
    assert "Friday, November 20, 10:00 in New York:</span> <strong>Letter 3</strong>" in page


def test_a_subject_is_shown_as_it_was_read_and_without_braces(
    service_letters: None, at: dt.datetime, ines_client: Client
) -> None:
    who = scene.contact(now=at)
    values = dict.fromkeys(
        ("recipient_name", "course_title", "minutes", "message", "code", "button_url"), "x"
    )
    gift = post(
        step="service/gift-for-you",
        contact=who,
        dedupe_key="g",
        context={**values, "giver_name": "Gus"},
        kind=Letter.Kind.RECEIPT,
        now=at,
    )
    StepRevision.objects.filter(step__key="gift-for-you").update(subject="A gift from {giver_name}{code}")
    for known, subject in ((gift.context, "A gift from Gus…"), ({}, "A gift from ……")):
        Letter.objects.update(context=known)
        for page in (url("letter_changelist"), url("contact_letters", who.pk)):
            found = re.findall(r"A gift from [^<&]+(?=</a>|</strong>)", says(ines_client, page))
            assert found == [subject]


def test_her_time_and_the_coachs_stand_together(at: dt.datetime, ines_client: Client) -> None:
    scene.sequence(1, now=at)
    who = scene.contact(now=at, zone="Europe/Berlin")
    scene.run(who=who, now=at)
    assert "Saturday, November 21, 9:00 in Berlin (Saturday, November 21, 3:00 in New York)" in says(
        ines_client, url("contact_letters", who.pk)
    )


def test_what_will_be_left_out_says_why(at: dt.datetime, ines_client: Client) -> None:
    scene.sequence(1, 2, now=at)
    who = scene.contact(now=at)
    scene.run(who=who, now=at)
    scene.answers["1.1"] = Skip("lesson done")
    page = says(ines_client, url("contact_letters", who.pk))
    assert "Left out. They had finished the lesson already." in page
    assert Letter.objects.count() == 0


def test_what_comes_next_is_called_as_they_will_read_it(at: dt.datetime, ines_client: Client) -> None:
    scene.sequence(1, now=at, slug="named")
    scene.step(Sequence.objects.get(slug="named"), 2, day=2, now=at, subject="Hello {first_name}, day two")
    who = scene.contact(now=at)
    scene.run(who=who, now=at, slug="named")
    assert "Hello Ann, day two" in says(ines_client, url("contact_letters", who.pk))


def test_her_letters_rest_and_go_on(course: Sequence, at: dt.datetime, ines_client: Client) -> None:
    who = Contact.objects.get(email="reader@example.org")
    page = url("contact_letters", who.pk)
    answer = ines_client.post(page, {"do": "pause", "until": "2026-11-01"})
    assert "That day has passed." in answer.content.decode()
    ines_client.post(page, {"do": "pause", "until": "2026-12-01"})
    drip.plan(now=at)
    outbox.deliver(now=at)
    assert "Letter 3" not in scene.got()
    receipt = scene.receipt(who=who, now=at, key="meanwhile")
    outbox.deliver(now=at)
    receipt.refresh_from_db()
    assert receipt.state == L.SENT
    ines_client.post(page, {"do": "resume"})
    drip.plan(now=at + DAY)
    outbox.deliver(now=at + DAY)
    assert "Letter 3" in scene.got()


@pytest.mark.parametrize("where", ["person", "list"])
def test_stopping_the_reminders_leaves_the_lessons(at: dt.datetime, ines_client: Client, where: str) -> None:
    who = scene.contact(now=at)
    scene.sequence(1, now=at, slug="lessons-of-it")
    scene.sequence(1, now=at, slug="reminders", kind=Sequence.Kind.NUDGE)
    lessons = scene.run(who=who, now=at, slug="lessons-of-it")
    reminders = scene.run(who=who, now=at, slug="reminders")
    if where == "person":
        ines_client.post(url("contact_letters", who.pk), {"do": "stop", "pk": reminders.pk})
    else:
        ines_client.post(url("run_changelist"), {"action": "stop", "_selected_action": [reminders.pk]})
    assert [Run.objects.get(pk=one.pk).state for one in (lessons, reminders)] == ["active", "cancelled"]


def test_a_letter_is_sent_once_more_but_once_a_day(course: Sequence, at: dt.datetime) -> None:
    letter = Letter.objects.get(revision__subject="Letter 1")
    assert byhand.send_copy(letter=letter, now=at) == byhand.send_copy(letter=letter, now=at)
    outbox.deliver(now=at)
    assert scene.got().count("Letter 1") == 2
    assert {copies.token(one) for one in Letter.objects.filter(revision=letter.revision)} == {
        copies.token(letter)
    }


def test_a_second_copy_of_a_day_is_not_promised(
    course: Sequence, at: dt.datetime, ines_client: Client
) -> None:
    letter = Letter.objects.select_related("contact").get(revision__subject="Letter 1")
    page, given = url("contact_letters", letter.contact_id), {"do": "copy", "pk": letter.pk}
    assert "They get it once more" in ines_client.post(page, given, follow=True).content.decode()
    outbox.deliver(now=clock.now())
    assert "once more today already" in ines_client.post(page, given, follow=True).content.decode()


def test_nothing_is_promised_to_whoever_is_not_written_to(
    course: Sequence, at: dt.datetime, ines_client: Client
) -> None:
    letter = Letter.objects.select_related("contact").get(revision__subject="Letter 1")
    page = url("contact_letters", letter.contact_id)
    assert "Send it once more" in says(ines_client, page)
    suppression.put(email=letter.contact.email, scope="all", reason="manual", now=at)
    closed = says(ines_client, page)
    assert "They are not written to" in closed
    assert "Send it once more" not in closed
    for pressed in ("copy", "again"):
        answer = ines_client.post(page, {"do": pressed, "pk": letter.pk}, follow=True).content.decode()
        assert "Not sent. The address is on the list of those not to be written to." in answer
    assert Letter.objects.filter(revision=letter.revision).count() == 1


def test_who_rests_is_seen_to_rest_wherever_their_way_is_shown(course: Sequence, ines_client: Client) -> None:
    run = Run.objects.get(contact__email="reader@example.org")
    page = url("contact_letters", run.contact_id)
    far = ines_client.post(page, {"do": "pause", "until": "2099-01-01"}).content.decode()
    assert "That is more than a year away. Is the year right?" in far
    ines_client.post(page, {"do": "pause", "until": "2026-12-24"})
    for shown in (page, url("run_changelist")):
        assert "n the way, but resting until Thursday, December 24" in says(ines_client, shown)


def test_reminders_that_were_stopped_for_good_do_not_begin_again(
    at: dt.datetime, ines_client: Client
) -> None:
    who = scene.contact(now=at)
    scene.sequence(1, now=at, slug="reminders", kind=Sequence.Kind.NUDGE)
    run = scene.run(who=who, now=at, slug="reminders")
    ines_client.post(url("contact_letters", who.pk), {"do": "stop", "pk": run.pk})
    again = drip.start(
        sequence="reminders", contact=who, anchor_at=at + DAY, source=run.source, now=at + DAY, afresh=True
    )
    assert (again, Run.objects.get().state) == (run, "cancelled")


def test_codes_and_receipts_are_not_copied(at: dt.datetime) -> None:
    code = scene.code(who=scene.contact(now=at), now=at)
    outbox.deliver(now=at)
    code.refresh_from_db()
    assert byhand.send_copy(letter=code, now=at) is None


# ---- tomorrow ----
def test_60_the_day_shown_is_the_day_that_happens(at: dt.datetime, ines_client: Client) -> None:
    """Eighty people of many zones, some done with the lesson, on a sequence with two letters on one day."""
    scene.sequence(0, 1, 1, 2, now=at)
    zones = ["America/New_York", "Europe/Berlin", "Asia/Kathmandu", "Pacific/Kiritimati"]
    for number in range(80):
        who = scene.contact(f"p{number}@example.org", now=at, zone=zones[number % 4])
        scene.run(who=who, now=at - dt.timedelta(hours=number), source=f"enrolment:{number}")
    scene.answers["1.2"] = Skip("lesson done")
    zone = settings.SITE_TIME_ZONE
    days = {}
    for date in (dt.date(2026, 11, 20) + ahead * DAY for ahead in range(3)):
        page = says(ines_client, f"{url('run_days')}?day={date}")
        days[date] = [(int(hour), int(number)) for hour, number in ROW.findall(page)]
    assert Letter.objects.count() == 0
    moment = at
    while moment < at + 3 * DAY:  # what really happens, looked at whenever somebody is due
        while drip.plan(now=moment):
            outbox.deliver(now=moment)
        outbox.deliver(now=moment)
        due = Run.objects.filter(state="active").order_by("next_due_at")
        first = due.values_list("next_due_at", flat=True).first()
        moment = max(moment + dt.timedelta(minutes=1), first) if first else at + 3 * DAY
    moments = [
        moment for moment in Letter.objects.filter(state=L.SENT).values_list("sent_at", flat=True) if moment
    ]
    for date, shown in days.items():
        hours = [
            one.astimezone(localtime.zone(zone)).hour
            for one in moments
            if localtime.local_day(one, zone) == date
        ]
        assert shown == [(hour, hours.count(hour)) for hour in sorted(set(hours))], date
    assert sum(len(shown) for shown in days.values()) > 3


# ---- before it is saved ----
def crowd(number: int, *, now: dt.datetime) -> Sequence:
    """So many people wait for the letter of day 3; half of them since yesterday's letter."""
    course = scene.sequence(1, 3, now=now - 2 * DAY)
    third = Step.objects.get(key="a2")
    for one in range(number):
        who = scene.contact(f"p{one:03}@example.org", now=now)
        scene.run(who=who, now=now - 2 * DAY, source=f"enrolment:{one}")
    Run.objects.update(next_step=third, next_due_at=now + DAY - dt.timedelta(hours=1))
    return course


def form(step: Step, **changes: Any) -> dict[str, Any]:
    assert step.revision is not None
    words = {name: getattr(step.revision, name) for name in ("subject", "preheader", "body")}
    place = {"position": step.position, "day": step.day, "subject_of": step.subject_of}
    return {**words, **place, **changes}


def test_46_the_sheet_says_what_will_happen_and_changes_nothing(at: dt.datetime, ines_client: Client) -> None:
    crowd(3, now=at)
    step = Step.objects.select_related("revision").get(key="a2")
    before = list(Run.objects.order_by("pk").values())
    page = ines_client.post(url("step_change", step.pk), form(step, day=4)).content.decode()
    assert "3 people: the next letter comes a day later." in page
    assert list(Run.objects.order_by("pk").values()) == before
    step.refresh_from_db()
    assert step.day == 3
    ines_client.post(url("step_change", step.pk), form(step, day=4, _sure="yes"))
    assert set(Run.objects.values_list("next_due_at", flat=True)) == {before[0]["next_due_at"] + DAY}


def test_a_letter_on_an_earlier_day_stands_among_the_letters_of_that_day(
    at: dt.datetime, ines_client: Client
) -> None:
    """Letters go out in their order: behind one of day 3, a letter of day 1 would come on day 3 all the same."""
    series = scene.sequence(0, 3, 5, 8, now=at)
    who = scene.contact(now=at)
    scene.run(who=who, now=at)
    for key in ("a2", "a3"):  # wait for the letters of day 3 and of day 5 itself
        other = scene.contact(f"{key}@example.org", now=at - 4 * DAY)
        run = scene.run(who=other, now=at - 4 * DAY, source=f"enrolment:{key}")
        Run.objects.filter(pk=run.pk).update(next_step=Step.objects.get(sequence=series, key=key))
    moved = Step.objects.select_related("revision").get(sequence=series, day=5)
    sheet = ines_client.post(url("step_change", moved.pk), form(moved, day=1)).content.decode()
    assert "1 person: this letter comes on day 1 and not on day 5." in sheet
    assert "2 people: were still to get this letter, and are past its new place." in sheet
    assert "or they have it" not in sheet
    saved = ines_client.post(url("step_change", moved.pk), form(moved, day=1, _sure="yes"), follow=True)
    assert "2 people are past its place and get nothing of it." in saved.content.decode()
    in_order = Step.objects.filter(sequence=series).order_by("position")
    assert list(in_order.values_list("day", flat=True)) == [0, 1, 3, 8]
    coming = [one.step.day for one in forecast.of(who, now=at)]
    assert coming == [0, 1, 3, 8]
    moved.refresh_from_db()
    place = moved.position
    ines_client.post(url("step_change", moved.pk), form(moved, day=2, _sure="yes"))
    moved.refresh_from_db()
    assert (moved.day, moved.position) == (2, place)  # it fits where it stands


def test_a_letter_written_from_a_lesson_finds_its_name_and_its_place(
    course: Sequence, ines_client: Client
) -> None:
    address = f"{url('step_add')}?series={course.slug}&subject_of=1.2&day=1"
    page = ines_client.get(address)
    assert page.context["adminform"].form["sequence"].value() == course.pk
    told = {"sequence": course.pk, "day": "1", "subject_of": "1.2", "key": "", "position": ""}
    text = {"subject": "Which pillow?", "preheader": "", "body": "Hello.\n\n{button:Open the lesson}\n"}
    other = text | {"body": "Hello again.\n\n{button:Open the lesson}\n"}
    for words in (text, other):
        assert "Before it is saved" in ines_client.post(address, told | words).content.decode()
        assert ines_client.post(address, told | words | {"_sure": "yes"}).status_code == 302
    for pressed in ({}, {"_sure": "yes"}):  # once more, or by the way back
        page = ines_client.post(address, told | other | pressed).content.decode()
        assert "saved already, so it was not saved a second time" in page
        assert "Hello again." in page
    order = Step.objects.filter(sequence=course).order_by("position").values_list("key", "day")
    assert list(order) == [("a1", 0), ("a2", 1), ("which-pillow", 1), ("which-pillow-2", 1), ("a3", 3)]


def test_46_a_letter_put_in_before_their_place_reaches_nobody_by_surprise(at: dt.datetime) -> None:
    course = crowd(3, now=at)

    between = Step(sequence=course, key="a9", day=2, position=Decimal("1.5"))
    found = impact.of_place(step=between, to=edits.place_of(between), now=at)
    assert (found.total, found.unchanged, found.past) == (3, 3, 3)
    scene.step(course, 9, day=2, now=at, subject="Between", position=Decimal("1.5"))
    for days in range(1, 5):
        drip.plan(now=at + days * DAY)
        outbox.deliver(now=at + days * DAY)
    assert "Between" not in scene.got()
    assert scene.got() == ["Letter 2"] * 3


def test_above_fifty_people_the_number_is_typed(at: dt.datetime, ines_client: Client) -> None:
    crowd(51, now=at)
    step = Step.objects.select_related("revision").get(key="a2")
    for typed, day in (("", 3), ("50", 3), ("51", 4)):
        ines_client.post(url("step_change", step.pk), form(step, day=4, _sure="yes", _number=typed))
        step.refresh_from_db()
        assert step.day == day


def test_a_new_hour_of_the_sequence_is_asked_about(at: dt.datetime, ines_client: Client) -> None:
    course = crowd(2, now=at)
    page = url("sequence_change", course.pk)
    answer = ines_client.post(
        page, {"title": "Course", "send_at": "11:00", "days": list("1234567")}
    ).content.decode()
    assert "2 people: the next letter comes some hours earlier or later." in answer
    course.refresh_from_db()
    assert course.send_at == dt.time(9)
    ines_client.post(page, {"title": "Course", "send_at": "11:00", "days": list("1234567"), "_sure": "yes"})
    course.refresh_from_db()
    assert course.send_at == dt.time(11)


def test_taking_a_letter_out_says_who_gets_another_and_can_be_undone(
    at: dt.datetime, ines_client: Client
) -> None:
    crowd(2, now=at)
    step = Step.objects.get(key="a2")
    assert "2 people: no letter is left for them." in says(ines_client, url("step_archive", step.pk))
    answer = ines_client.post(url("step_archive", step.pk), {"_sure": "yes"}, follow=True).content.decode()
    assert url("step_restore", step.pk) in answer
    step.refresh_from_db()
    assert step.archived_at is not None
    ines_client.post(url("step_restore", step.pk), {"_sure": "yes"})
    step.refresh_from_db()
    assert step.archived_at is None


# ---- wordings ----
def test_47_a_typo_mended_midway_reaches_the_rest_and_rows_say_which(at: dt.datetime) -> None:
    scene.sequence(0, now=at)
    for number in range(400):
        scene.run(
            who=scene.contact(f"p{number:03}@example.org", now=at), now=at, source=f"enrolment:{number}"
        )
    for _ in range(60):
        drip.plan(now=at)
    assert Letter.objects.filter(state=L.QUEUED).count() == 400
    late = list(Letter.objects.order_by("pk").values_list("pk", flat=True)[40:])
    Letter.objects.filter(pk__in=late).update(not_before=at + DAY)
    outbox.deliver(now=at)
    letters.mend(Step.objects.select_related("revision", "sequence").get(), subject="Mended", now=at)
    while outbox.deliver(now=at + DAY).sent:
        pass
    assert (scene.got().count("Letter 1"), scene.got().count("Mended")) == (40, 360)
    numbers = list(Letter.objects.values_list("revision__number", flat=True))
    assert (numbers.count(1), numbers.count(2)) == (40, 360)


def test_an_earlier_wording_is_put_back_as_a_new_one(course: Sequence, ines_client: Client) -> None:
    step = Step.objects.get(key="a2")
    page = says(ines_client, url("step_versions", step.pk))
    assert "<del>2</del><ins>2, mended</ins>" in page
    assert "Friday, November 20, 2026, 10:00 in New York · Letter 2, mended" in page
    for _ in range(2):
        ines_client.post(url("step_versions", step.pk), {"number": "1"})
    rows = StepRevision.objects.filter(step=step).order_by("number")
    assert [row.subject for row in rows] == ["Letter 2", "Letter 2, mended", "Letter 2"]
    assert ines_client.post(url("step_versions", step.pk), {"number": "77"}).status_code == 404


# ---- before it is published ----
def faults(body: str, subject: str = "A letter") -> list[str]:
    course = Sequence(slug="course", kind=Sequence.Kind.DRIP)
    return proof.faults(sequence=course, subject=subject, preheader="", body=body)


def test_48_one_who_cannot_be_written_to_does_not_stop_the_others(at: dt.datetime) -> None:
    ann, ben = (scene.contact(f"{name}@example.org", now=at) for name in ("ann", "ben"))
    broken = scene.receipt(who=ann, now=at, key="a")
    Letter.objects.filter(pk=broken.pk).update(context={"course_title": "Knots"})
    scene.receipt(who=ben, now=at, key="b")
    outbox.deliver(now=at)
    states = dict(Letter.objects.values_list("contact__email", "state"))
    assert states == {"ann@example.org": L.FAILED, "ben@example.org": L.SENT}
    assert Letter.objects.get(contact=ann).reason.startswith("Could not be written: Missing: ")


def test_48_a_text_that_would_break_for_anybody_is_not_published() -> None:
    assert faults(scene.BODY) == []
    assert faults(scene.BODY, subject="Two\nlines") == ["The subject must be one line and not empty."]
    assert faults("Hi {code}\n\n{button:Go}") == ["Unknown placeholder: code"]


HERE = f"{settings.SITE_URL}/no/such/page/"
THERE = "https://example.org/a.png"
WHOLE = "a letter needs the whole address, with https:// in front."


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ("[here](/lesson)", f"The link to /lesson is broken: {WHOLE}"),
        ("[here]()", f"The link to (nothing) is broken: {WHOLE}"),
        ("[here](https://[x)", "The link to https://[x is broken: this is no address of a page."),
        (f"[here]({HERE})", f"The link to {HERE} is broken: there is no such page on your site."),
        (
            f"![]({THERE})",
            f"The picture {THERE} has no words for who cannot see it: ![what it shows]({THERE})",
        ),
    ],
)
def test_broken_links_and_wordless_pictures_are_not_published(body: str, fault: str) -> None:
    assert faults(f"{body}\n\n{{button:Go}}") == [fault]


def test_good_links_are() -> None:
    there = f"[a]({settings.SITE_URL}/courses/) [b](https://example.org/x?y=1)"
    assert faults(f"{there} [c]({{lesson_url}}) [d](mailto:a@example.org)\n\n{{button:Go}}") == []


def test_54_a_picture_of_ten_megabytes_is_refused(at: dt.datetime, ines_client: Client) -> None:
    picture = "data:image/png;base64," + "A" * 400_000
    assert faults(f"![A back]({picture})\n\n{{button:Go}}")[0] == (
        "A picture is pasted into the text. Put it on the site and link to it."
    )
    assert "The letter is longer than mail programs show (90 KB)." in faults(
        "Words. " * 15_000 + "\n\n{button:Go}"
    )
    scene.sequence(0, now=at)
    step = Step.objects.select_related("revision").get()
    answer = ines_client.post(
        url("step_change", step.pk), form(step, body="Words. " * 15_000 + "\n\n{button:Go}")
    )
    assert "longer than mail programs show" in answer.content.decode()
    assert StepRevision.objects.count() == 1
    with pytest.raises(publish.Refused, match="90 KB"):
        scene.step(step.sequence, 1, day=0, now=at, body="Words. " * 15_000 + "\n\n{button:Go}")


def test_every_letter_that_comes_along_passes_the_proof(service_letters: None) -> None:
    found = {
        str(step): proof.faults(
            sequence=step.sequence,
            subject=step.revision.subject,
            preheader=step.revision.preheader,
            body=step.revision.body,
        )
        for step in Step.objects.select_related("sequence", "revision")
        if step.revision
    }
    assert {name: what for name, what in found.items() if what} == {}
    assert len(found) == len(list((Path(settings.CONTENT_DIR) / "letters").glob("*/*.md")))


# ---- holding, trouble ----
def test_58_held_mail_stays_and_only_codes_go(at: dt.datetime, ines_client: Client) -> None:
    who = scene.contact(now=at)
    ines_client.post(url("letter_hold"), {"do": "hold"})
    scene.receipt(who=who, now=at)
    scene.code(who=who, now=at)
    outbox.deliver(now=at)
    assert len(scene.got()) == 1
    since = f"since {localtime.in_words(at, settings.SITE_TIME_ZONE)} in New York."
    assert f"All mail is held by ines@example.org {since}" in says(ines_client, reverse("admin:index"))
    for _ in range(2):
        ines_client.post(url("letter_hold"), {"do": "release"})
    outbox.deliver(now=at)
    assert len(scene.got()) == 2
    assert "All mail is held" not in says(ines_client, reverse("admin:index"))


def test_58_after_a_restored_backup_the_desk_says_why_mail_is_held(
    at: dt.datetime, ines_client: Client
) -> None:
    since = at - dt.timedelta(hours=3)
    switches.turn_on(key=switches.RESTORED, reason=f"{since.isoformat()}/{at.isoformat()}", by="", now=at)
    switches.hold(by="", reason="The database was restored.", now=at)
    assert "This site came back from a backup" in says(ines_client, reverse("admin:index"))
    assert "between Friday, November 20, 7:00 in New York" in says(ines_client, url("letter_hold"))
    receipt = scene.receipt(who=scene.contact(now=at), now=since)
    ines_client.post(url("letter_hold"), {"do": "release"})  # no way around the question
    assert switches.is_on(switches.HOLD)
    ines_client.post(url("letter_hold"), {"do": "sent"}, follow=True)
    receipt.refresh_from_db()
    assert (receipt.state, switches.is_on(switches.HOLD)) == (L.UNKNOWN, False)
    switches.hold(by="ines", now=at)
    for do in ("sent", "send"):  # from a page that was left open: nothing goes out again
        answer = ines_client.post(url("letter_hold"), {"do": do}, follow=True).content.decode()
        assert "That was decided already." in answer and "Mail goes out again" not in answer
    assert switches.is_on(switches.HOLD)


def test_trouble_is_told_in_words_and_sent_again(
    course: Sequence, at: dt.datetime, ines_client: Client
) -> None:
    page = says(ines_client, url("letter_overview"))
    assert "1 letter (receipts and access): did not go" in page
    assert "1 letter (receipts and access): nobody knows whether they arrived" in page
    assert ines_client.get(url("letter_again"), {"reason": "a\x00b"}).status_code == 302
    group = {"state": "failed", "kind": "receipt", "reason": "The mail server answered 550 5.1.1"}
    for _ in range(2):
        ines_client.post(url("letter_again"), group)
    assert Letter.objects.filter(reason="Queued again by hand.").count() == 1
    outbox.deliver(now=at + DAY)
    assert "did not go" not in says(ines_client, url("letter_overview"))


def test_a_provider_that_refused_us_is_opened_again(at: dt.datetime, ines: User, ines_client: Client) -> None:
    rates.stop(group="gmail", reason="Blocked by a list.", now=at)
    assert "Nothing goes to gmail any more" in [one.title for one in needs.today(ines, now=at)[0]]
    page = url("letter_open")
    assert f"{page}?group=gmail" in says(ines_client, url("letter_overview"))
    assert "Its mail server refused us: Blocked by a list." in says(ines_client, f"{page}?group=gmail")
    assert rates.look(now=at).closed == {"gmail": None}
    for _ in range(2):
        ines_client.post(page, {"group": "gmail"})
        assert rates.look(now=at).closed == {}
    lines = LogEntry.objects.filter(action_flag=desk_log.Kind.LETTERS).values_list(
        "change_message", flat=True
    )
    assert [line for line in lines if line.startswith("Opened the way to gmail again.")] != []


def test_who_is_not_reached_is_found_from_the_overview(at: dt.datetime, ines_client: Client) -> None:
    scene.sequence(1, now=at)
    who = scene.contact(now=at)
    scene.run(who=who, now=at)
    assert "does not arrive" not in says(ines_client, url("letter_overview"))
    suppression.put(email=who.email, scope="all", reason=Suppression.Reason.HARD_BOUNCE, now=at)
    said = "The letters of 1 person rest, because mail to this address does not arrive."
    assert said in says(ines_client, url("letter_overview"))
    assert who.email in says(ines_client, f"{url('run_changelist')}?state__exact=held")


def test_what_came_back_is_counted_in_letters(at: dt.datetime, ines_client: Client) -> None:
    series = scene.sequence(0, now=at)
    scene.run(who=scene.contact(now=at), now=at)
    drip.plan(now=at)
    outbox.deliver(now=at)
    assert "could not be delivered" not in says(ines_client, url("sequence_letters", series.pk))
    letter = Letter.objects.get()
    for kind in ("bounced", "complained"):
        evidence.note(
            provider="p", type=kind, at=at, now=at, letter_id=str(letter.pk), recipient="ann@example.org"
        )
    said = "Of 1 letter sent, 1 could not be delivered, 1 was called spam."
    assert said in says(ines_client, url("sequence_letters", series.pk))


def test_a_sequence_that_paused_itself_is_on_the_morning_page_and_in_the_list(
    at: dt.datetime, ines: User, ines_client: Client
) -> None:
    course = scene.sequence(1, now=at)
    Sequence.objects.filter(pk=course.pk).update(
        state=Sequence.State.PAUSED,
        paused_reason="2 of 40 readers called a letter spam.",
        paused_itself_at=at,
    )
    found = {one.title: one.why for one in needs.today(ines, now=at)[0]}
    assert found["“course” paused itself"] == "2 of 40 readers called a letter spam."
    page = says(ines_client, "/desk/mailing/sequence/")
    assert "It paused itself " in page
    assert ": 2 of 40 readers called a letter spam." in page


def test_a_letter_is_about_a_lesson_that_is_there(
    knots: Course, at: dt.datetime, ines_client: Client
) -> None:
    series = scene.sequence(1, now=at)
    Course.objects.filter(pk=knots.pk).update(sequence=series.slug)
    step = Step.objects.select_related("revision").get(sequence=series)
    assert step.revision is not None
    words = {name: getattr(step.revision, name) for name in ("subject", "preheader", "body")}
    form = words | {"position": step.position, "day": step.day}
    page = ines_client.post(url("step_change", step.pk), form | {"subject_of": "9.9"}).content.decode()
    assert "There is no lesson 9.9. There are: 1.1, 1.2" in page
    answer = ines_client.post(url("step_change", step.pk), form | {"subject_of": "1.2"})
    assert answer.headers["Location"] == f"{url('sequence_letters', series.pk)}#step-{step.pk}"
    step.refresh_from_db()
    assert step.subject_of == "1.2"


def test_a_move_that_changes_the_day_says_so(at: dt.datetime, ines_client: Client) -> None:
    series = scene.sequence(1, 3, 5, now=at)
    for number in range(2):
        scene.run(who=scene.contact(f"p{number}@example.org", now=at), now=at, source=f"enrolment:{number}")
    second = Step.objects.get(sequence=series, key="a2")
    page = ines_client.post(
        url("sequence_order", series.pk), {"step": second.pk, "before": ""}
    ).content.decode()
    assert "2 people: this letter comes on day 5 and not on day 3." in page
    page = says(ines_client, url("step_archive", second.pk))
    assert "2 people: were still to get this letter, and get it no more." in page


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ("Hello {{ first_name }}", "“{{ first_name }}” would be read like this"),
        ("Hi {first_name|dear}, you", "“{first_name|dear}, you” would be read like this"),
        ("Hello {firstname}", "firstname (first_name?)"),
    ],
)
def test_braces_that_nobody_fills_are_not_published(body: str, fault: str) -> None:
    found = proof.faults(
        sequence=Sequence(slug="x", kind=Sequence.Kind.NUDGE),
        subject="A", preheader="", body=f"{body}\n\n{{button:Go}}\n",
    )  # fmt: skip
    assert len(found) == 1
    assert fault in found[0]


def test_late_mail_is_told(at: dt.datetime, ines_client: Client) -> None:
    scene.receipt(who=scene.contact(now=at), now=at - dt.timedelta(minutes=45))
    page = says(ines_client, url("letter_overview"))
    assert "1 letter should go now; the first of them waits for 45 minutes." in page
    assert "has never run" in page


@pytest.mark.parametrize(("hours", "late"), [(302, "12 days"), (47, "47 hours")])
def test_while_mail_catches_up_nothing_says_that_nothing_waits(
    hours: int, late: str, at: dt.datetime, ines_client: Client
) -> None:
    page = says(ines_client, url("letter_overview"))
    assert "Nothing waits that should have gone." in page and "had a reason not to." in page
    since = at - dt.timedelta(hours=hours)
    scene.sequence(0, now=since)
    scene.run(who=scene.contact(now=since), now=since)
    catchup.look(now=at, is_on=False)
    page = says(ines_client, url("letter_overview"))
    assert f"Mail catches up: letters were up to {late} late." in page
    assert "the lesson letters that wait go out one a day for each person." in page
    assert "Nothing waits" not in page and "had a reason not to." not in page
    switches.hold(by=ME, now=at)
    page = says(ines_client, url("letter_overview"))
    assert "Nothing leaves while all mail is held." in page and "go out one a day" not in page


# ---- to many ----
def test_49_the_desk_sends_to_many_and_calls_back(
    at: dt.datetime, ines_client: Client, settings: Any
) -> None:
    settings.LETTER_AUDIENCE = "tests.mailing.test_broadcasts.all_of_them"
    scene.contact("one@example.org", now=at)
    words = {
        "subject": "A day off",
        "preheader": "",
        "body": "Hello {first_name}.",
        "title": "Day off",
        "audience": "students",
    }
    ines_client.post(url("broadcast_add"), words)
    many = Broadcast.objects.get()
    sheet = url("broadcast_sheet", many.pk)
    ines_client.post(url("broadcast_send", many.pk))
    assert "It leaves Friday, November 20, 10:10 in New York" in says(ines_client, sheet)
    assert ines_client.get(url("broadcast_change", many.pk)).status_code == 302  # sent is not rewritten
    ines_client.post(sheet, {"do": "undo"})
    many.refresh_from_db()
    assert (many.state, Letter.objects.count()) == (Broadcast.State.DRAFT, 0)
    ines_client.post(url("broadcast_change", many.pk), {**words, "title": "Day off, again"})
    many.refresh_from_db()
    assert many.title == "Day off, again"


def test_a_letter_to_many_may_not_name_a_lesson(at: dt.datetime, ines_client: Client) -> None:
    words = {
        "subject": "A day off",
        "preheader": "",
        "body": "{lesson_title}",
        "title": "Day off",
        "audience": "students",
    }
    assert (
        "A letter to many knows no lesson_title."
        in ines_client.post(url("broadcast_add"), words).content.decode()
    )
    assert Broadcast.objects.count() == 0


def test_the_lists_of_letters_and_of_people_on_the_way_say_it_in_words(
    at: dt.datetime, ines_client: Client
) -> None:
    series = scene.sequence(0, 1, now=at)
    ann = scene.contact(now=at)
    scene.run(who=ann, now=at)
    drip.plan(now=at)
    Letter.objects.update(state=L.SKIPPED, reason="lesson done")
    page = says(ines_client, "/desk/mailing/letter/")
    assert "They had finished the lesson already." in page
    assert "Friday, November 20, 10:00 in New York" in page
    page = says(ines_client, "/desk/mailing/run/")
    assert all(
        words in page for words in ("On the way", "Letter 2", "Saturday, November 21, 9:00 in New York")
    )
    Sequence.objects.filter(pk=series.pk).update(state=Sequence.State.PAUSED)
    page = says(ines_client, "/desk/mailing/run/")
    assert "On the way, but these letters are paused for everybody." in page


def test_the_sheet_of_a_new_letter_counts_whoever_comes_to_it(at: dt.datetime, ines_client: Client) -> None:
    course = crowd(51, now=at)
    new = {
        "sequence": course.pk,
        "day": "9",
        "subject_of": "",
        "key": "late",
        "position": "",
        "preheader": "",
    }
    new |= {"subject": "Late", "body": "Hello.\n\n{button:Open the lesson}\n"}
    page = ines_client.post(url("step_add"), new).content.decode()
    assert "51 people: get this letter too, when they come to its place." in page
    page = ines_client.post(url("step_add"), new | {"_sure": "yes", "_number": "5"}).content.decode()
    assert "Type the number 51 to say that you mean it." in page
    assert not Step.objects.filter(key="late").exists()
    ines_client.post(url("step_add"), new | {"_sure": "yes", "_number": "51"})
    late = Step.objects.get(key="late")

    ines_client.post(url("step_archive", late.pk), {"_sure": "yes", "_number": "51"})
    back = ines_client.post(url("step_restore", late.pk)).content.decode()
    assert "51 people: get this letter too, when they come to its place." in back
