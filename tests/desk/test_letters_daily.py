"""A test letter every morning; and how many came back after the letters."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from courses import access, progress, returns
from courses.models import Enrolment
from mailing import canary, heartbeat, outbox, switches, tasks
from mailing import returns as shares
from mailing.models import Letter
from tests import factories
from tests.desk.test_letters import says, url
from tests.mailing import scene

pytestmark = pytest.mark.django_db
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
SIX = dt.datetime(2026, 11, 20, 11, 0, tzinfo=dt.UTC)  # 6:00 in New York
OWNER = "owner@example.org"


@pytest.fixture(autouse=True)
def guard(settings: Any) -> None:
    settings.LETTER_GUARD = "tests.mailing.scene.guard_all"
    scene.answers.clear()


@pytest.fixture
def line(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[scene.Line]]:
    """A mail server whose faults the test chooses."""
    settings.EMAIL_BACKEND = "tests.mailing.scene.Line"
    monkeypatch.setattr("mailing.door.MAILBOX", settings.EMAIL_BACKEND)
    yield scene.Line
    scene.Line.fault = None


@pytest.fixture
def chosen(db: None) -> None:
    assert [canary.choose(email=OWNER, by="ines", now=SIX - DAY) for _ in range(2)] == [True, False]


def wrong(now: dt.datetime) -> str:
    return canary.says(canary.standing(), is_held=False, now=now)


def test_it_goes_once_a_morning_by_the_senders_own_way(chosen: None) -> None:
    assert canary.sing(now=SIX - HOUR) == Letter.objects.filter(dedupe_key="canary:2026-11-19").first()
    first = canary.sing(now=SIX + dt.timedelta(minutes=3))
    assert first is not None
    assert first.context["when"] == "Friday, November 20, 6:00 in New York"
    assert canary.sing(now=SIX + HOUR) == first
    outbox.deliver(now=SIX + HOUR)
    assert scene.got()[-1] == "Your site’s mail works"
    assert wrong(SIX + HOUR) == ""


def test_the_desk_says_when_it_was_not_handed_over_within_the_hour(
    chosen: None, line: type[scene.Line]
) -> None:
    canary.sing(now=SIX)
    line.fault = ConnectionRefusedError(111, "Connection refused")
    outbox.deliver(now=SIX)
    still = wrong(SIX + HOUR)
    assert still.startswith(
        "The test letter of Friday, November 20, 6:00 in New York to owner@example.org still waits."
    )
    line.fault = None
    outbox.deliver(now=SIX + 2 * HOUR)
    assert wrong(SIX + 2 * HOUR) == ""


def test_it_says_when_nobody_wrote_it(chosen: None) -> None:
    assert "was not even written" in wrong(SIX + HOUR)
    assert "of Thursday, November 19" in wrong(SIX + dt.timedelta(minutes=59))


def test_held_mail_newly_chosen_and_none_are_no_alarm(chosen: None) -> None:
    assert canary.says(canary.standing(), is_held=True, now=SIX + HOUR) == ""
    canary.choose(email="other@example.org", by="ines", now=SIX + HOUR)
    assert (wrong(SIX + 2 * HOUR), canary.sing(now=SIX + 2 * HOUR)) == ("", None)
    canary.choose(email="", by="ines", now=SIX + HOUR)
    assert (wrong(SIX + 2 * DAY), canary.sing(now=SIX + 2 * DAY)) == ("", None)


def test_the_beat_writes_it(chosen: None, now: dt.datetime) -> None:
    tasks.hear()
    assert Letter.objects.get().contact.email == OWNER


def test_it_is_chosen_at_the_desk_and_told_there(at: dt.datetime, ines_client: Client) -> None:
    heartbeat.beat(role=heartbeat.TICK, now=at)
    page = url("letter_daily")
    assert "Enter a valid email address." in ines_client.post(page, {"email": "owner"}).content.decode()
    for said in (f"It goes to {OWNER} every morning at 6.", "That was so already."):
        assert said in ines_client.post(page, {"email": OWNER}, follow=True).content.decode()
    switch = canary.standing()
    assert switch is not None
    switch.changed_at = at - 2 * DAY
    switch.save()
    assert "was not even written" in says(ines_client, url("letter_overview"))
    switches.hold(by="ines", now=at)
    assert "was not even written" not in says(ines_client, url("letter_overview"))
    ines_client.post(page, {"email": ""})
    assert canary.standing() is None


# ---- who came back ----
def students(number: int, *, came: int, now: dt.datetime) -> list[Enrolment]:
    """So many students; so many of them opened a lesson a day after `now`."""
    course = factories.small_course()
    lesson = course.lessons.order_by("position")[0]
    found = []
    for one in range(number):
        user = factories.user(f"s{one}@example.org")
        enrolment = access.grant(user=user, course=course, source="free", now=now - 30 * DAY).enrolment
        Enrolment.objects.filter(pk=enrolment.pk).update(last_seen_at=now - 20 * DAY)
        if one < came:
            progress.seen(enrolment=enrolment, lesson=lesson, now=now + DAY)
        found.append(enrolment)
    return found


def test_who_opened_a_lesson_within_three_days_came_back(now: dt.datetime) -> None:
    came, stayed = students(2, came=1, now=now)
    sent = [
        (came.word, now), (stayed.word, now), (came.word, now - 3 * DAY), (came.word, now + 2 * DAY),
        ("visitor:7", now), ("enrolment:0", now),
    ]  # fmt: skip
    assert returns.came_back(sent, within=3 * DAY) == [True, False, False, False, None, None]


@pytest.mark.parametrize(("number", "told"), [(19, False), (20, True)])
def test_the_desk_tells_shares_from_twenty_letters_on(
    number: int, told: bool, at: dt.datetime, ines_client: Client
) -> None:
    sent_at = at - 5 * DAY
    course = scene.sequence(1, now=at)
    for place, enrolment in enumerate(students(number, came=7, now=sent_at)):
        run = scene.run(who=enrolment.user.contact, now=sent_at, source=enrolment.word)
        Letter.objects.create(
            dedupe_key=f"x{place}", kind="lesson", priority=5, contact=run.contact, run=run,
            revision=course.steps.get().revision, state="sent", created_at=sent_at, not_before=sent_at, sent_at=sent_at,
        )  # fmt: skip
    page = says(ines_client, url("sequence_letters", course.pk))
    assert (f"7 of {number} came back within 3 days" in page) is told
    assert (f"After 7 of {number} letters their reader opened" in page) is told


def test_letters_of_the_last_three_days_are_not_counted_yet(at: dt.datetime, ann: User) -> None:
    assert shares.by_step(scene.sequence(1, now=at), now=at) == {}
    assert shares.together([shares.Share(3, 9), shares.Share(4, 12)]) == shares.Share(7, 21)
    assert shares.Share(7, 21).is_told
