"""The morning page: who or what needs the coach, what she put off, figures for those who may see them."""

import datetime as dt
import re
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from courses import access, figures, needs, progress
from courses.models import Course, Enrolment, Lesson, Snooze
from mailing import ahead, drip, heartbeat, switches
from mailing.guards import Skip
from mailing.models import Letter
from payments import morning
from payments.models import Claim, Order, Payment
from tests import factories
from tests.conftest import signed_in
from tests.desk import letters
from tests.mailing import scene
from tests.payments import shop
from tests.payments.world import World

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def calm(at: dt.datetime) -> dt.datetime:
    """The part that sends letters is at work."""
    heartbeat.beat(role=heartbeat.TICK, now=at)
    return at


def join(course: Course, email: str, *, joined: dt.datetime, name: str = "") -> Enrolment:
    user = factories.user(email, name=name)
    return access.grant(user=user, course=course, source="free", now=joined).enrolment


def look(seat: Enrolment, position: int, now: dt.datetime) -> None:
    progress.seen(enrolment=seat, lesson=Lesson.objects.get(position=position), now=now)


def titles(user: User, now: dt.datetime) -> list[str]:
    return [one.title for one in needs.today(user, now=now)[0]]


def test_nothing_needs_her_when_all_is_well(knots: Course, calm: dt.datetime, ines_client: Client) -> None:
    join(knots, "ann@example.org", joined=calm)
    page = ines_client.get("/desk/").content.decode()
    assert "Nothing needs you today" in page
    assert "Friday, November 20" in page


def test_quiet_and_stuck_people_are_named_once_each(knots: Course, ines: User, calm: dt.datetime) -> None:
    quiet = join(knots, "quiet@example.org", joined=calm - 20 * DAY, name="Quinn")
    look(quiet, 2, calm - 15 * DAY)
    stuck = join(knots, "stuck@example.org", joined=calm - 20 * DAY, name="Stella")
    for days in (9, 5, 1):
        look(stuck, 1, calm - days * DAY)
    long_gone = join(knots, "gone@example.org", joined=calm - 90 * DAY)
    look(long_gone, 1, calm - 80 * DAY)
    first, second = needs.today(ines, now=calm)[0]
    assert (first.title, first.why) == ("Stella is stuck", "“Lesson 1.1”: visited 3 times, not done.")
    assert (second.title, second.why) == (
        "Quinn has gone quiet",
        "Not in the course for 15 days; the last lesson was “Lesson 1.2”.",
    )


def test_whoever_finishes_the_lesson_at_this_moment_is_stuck_no_more(
    knots: Course, ines: User, calm: dt.datetime
) -> None:
    stuck = join(knots, "stuck@example.org", joined=calm - 20 * DAY)
    for days in (9, 5, 1):
        look(stuck, 1, calm - days * DAY)

    def just_before(execute: Any, sql: str, *asked: Any) -> Any:
        if 'FROM "courses_lessonprogress"' in sql.partition("WHERE")[0]:
            with connection.cursor() as cursor:
                cursor.cursor.execute("DELETE FROM courses_lessonprogress")
        return execute(sql, *asked)

    assert titles(ines, calm) == ["stuck is stuck"]
    with connection.execute_wrapper(just_before):
        assert titles(ines, calm) == []


def test_at_most_seven_the_urgent_first(knots: Course, ines: User, calm: dt.datetime) -> None:
    for number in range(9):
        look(join(knots, f"q{number}@example.org", joined=calm - 20 * DAY), 1, calm - 15 * DAY)
    switches.hold(by="ines", now=calm)
    found = titles(ines, calm)
    assert len(found) == needs.MOST
    assert found[0] == "All mail is held"


def test_what_the_mail_needs(ines: User, at: dt.datetime, settings: Any, knots: Course) -> None:
    assert titles(ines, at) == ["No letter is being sent"]
    heartbeat.beat(role=heartbeat.TICK, now=at)
    who = scene.contact("reader@example.org", now=at)
    for number in (1, 2):
        letter = scene.receipt(who=who, now=at, key=f"r{number}")
        Letter.objects.filter(pk=letter.pk).update(
            state=Letter.State.FAILED, reason="The mail server answered 550"
        )
    letters.trouble(who, "", Letter.State.UNKNOWN, now=at)
    assert titles(ines, at) == ["2 letters did not go", "1 letter may or may not have arrived"]


def test_what_the_money_needs(world: World, knots: Course, ines: User, calm: dt.datetime) -> None:
    guest = shop.paid_order(knots, world, now=calm, email="guest@example.org")
    later = calm + 2 * DAY
    heartbeat.beat(role=heartbeat.TICK, now=later)
    assert Claim.objects.get().order == guest
    assert titles(ines, later) == ["guest@example.org paid and is not in"]
    listed = (
        signed_in(ines).get("/desk/courses/enrolment/paid-not-in/").content.decode()
    )  # at once, not after a day
    assert "guest@example.org paid and is not in" in listed
    Order.objects.update(state=Order.State.OVERPAID)
    assert titles(ines, later) == ["Somebody paid twice", "guest@example.org paid and is not in"]
    Order.objects.update(state=Order.State.PAID)


def test_sales_are_what_came_and_stayed(world: World, knots: Course, calm: dt.datetime) -> None:
    for email in ("guest@example.org", "other@example.org", "third@example.org"):
        shop.paid_order(knots, world, now=calm, email=email)
    first, second, _ = Payment.objects.order_by("pk")
    Payment.objects.filter(pk=first.pk).update(refunded_minor=first.captured_minor)
    Payment.objects.filter(pk=second.pk).update(refunded_minor=4_900)
    [(_, currency, minor, number)] = morning.sales(since=calm - DAY, zone="America/New_York")
    assert (currency, minor, number) == ("usd", 24_900, 2)
    Payment.objects.update(refunded_minor=0)


def test_a_line_put_off_comes_back_after_a_week(
    knots: Course, ines: User, ines_client: Client, calm: dt.datetime
) -> None:
    seat = join(knots, "quiet@example.org", joined=calm - 20 * DAY, name="Quinn")
    look(seat, 1, calm - 15 * DAY)
    for _ in range(2):
        assert (
            ines_client.post("/desk/courses/enrolment/put-off/", {"key": f"quiet:{seat.pk}"}).status_code
            == 302
        )
    assert Snooze.objects.count() == 1
    page = ines_client.get("/desk/").content.decode()
    assert "Quinn" not in page.partition("How far they come")[0]
    assert "1 put off for a week." in page
    heartbeat.beat(role=heartbeat.TICK, now=calm + 8 * DAY)
    assert titles(ines, calm + 8 * DAY) == ["Quinn has gone quiet"]
    other = factories.user("olga@example.org", is_staff=True, is_superuser=True)
    heartbeat.beat(role=heartbeat.TICK, now=calm)
    assert titles(other, calm) == ["Quinn has gone quiet"]
    for _ in range(2):
        ines_client.post("/desk/courses/enrolment/put-off/", {"do": "wake"})
    assert titles(ines, calm) == ["Quinn has gone quiet"]


def test_an_assistant_sees_people_and_no_money(
    world: World, knots: Course, ines_client: Client, calm: dt.datetime
) -> None:
    shop.paid_order(knots, world, now=calm, email="guest@example.org")
    assert "149 USD" in ines_client.get("/desk/").content.decode()
    helper = factories.user("hal@example.org", is_staff=True)
    helper.user_permissions.set(Permission.objects.filter(codename__in=["view_enrolment", "view_lesson"]))
    page = signed_in(helper).get("/desk/").content.decode()
    assert "New students" in page
    for word in ("USD", "Orders", "Decisions", "guest@example.org", "Tomorrow’s letters"):
        assert word not in page
    nobody = factories.user("nil@example.org", is_staff=True)
    page = signed_in(nobody).get("/desk/").content.decode()
    assert "Nothing needs you today" in page
    assert "New students" not in page


def test_who_paid_and_is_not_in_is_for_who_may_see_money(knots: Course, ann_client: Client) -> None:
    place = "/desk/courses/enrolment/paid-not-in/"
    assert Client().get(place).status_code == 302
    assert ann_client.get(place, follow=True).status_code == 403
    helper = factories.user("hal@example.org", is_staff=True)
    helper.user_permissions.set(Permission.objects.filter(codename="view_enrolment"))
    assert signed_in(helper).get(place).status_code == 403


def test_putting_off_is_for_staff(ann_client: Client, ben: User) -> None:
    assert Client().post("/desk/courses/enrolment/put-off/", {"key": "x"}).status_code == 302
    ann_client.post("/desk/courses/enrolment/put-off/", {"key": "x"})
    assert Snooze.objects.count() == 0


def test_the_funnel_names_the_lesson_that_loses_most(knots: Course, calm: dt.datetime) -> None:
    for number in range(3):
        seat = join(knots, f"q{number}@example.org", joined=calm - 40 * DAY)
        progress.complete(enrolment=seat, lesson=Lesson.objects.get(position=1), now=calm - 30 * DAY)
        if number:
            look(seat, 2, calm - 20 * DAY)
    found = figures.funnel(course=knots, now=calm)
    assert found.stages == [
        figures.Stage("Lesson 1.1", began=3, done=3, stopped=1),
        figures.Stage("Lesson 1.2", began=2, done=0, stopped=2),
    ]
    assert found.worst == found.stages[1]
    assert figures.funnel(course=knots, now=calm - 30 * DAY).worst is None


def test_joiners_are_counted_by_the_day_of_the_site(knots: Course, calm: dt.datetime) -> None:
    join(knots, "a@example.org", joined=dt.datetime(2026, 11, 19, 23, 30, tzinfo=dt.UTC))
    since = calm - 30 * DAY
    assert figures.joined(since=since, zone="UTC") == {dt.date(2026, 11, 19): 1}
    assert figures.joined(since=since, zone="Europe/Berlin") == {dt.date(2026, 11, 20): 1}


def test_tomorrow_counts_also_who_has_a_letter_today(settings: Any, at: dt.datetime) -> None:
    settings.LETTER_GUARD = "tests.mailing.scene.guard_all"
    scene.sequence(0, 1, 2, 9, now=at - DAY)
    for number, days in enumerate((0, 1, 1)):
        who = scene.contact(f"p{number}@example.org", now=at - DAY)
        scene.run(who=who, now=at - days * DAY, source=f"enrolment:{number}")
    drip.plan(now=at - DAY)
    midnight = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)
    drip.plan(now=at - dt.timedelta(hours=20))
    found = ahead.on(begins=midnight, ends=midnight + DAY)
    assert sum(one.number for one in found) == 3
    assert {one.first_at.date() for one in found} == {dt.date(2026, 11, 21)}


def test_tomorrow_is_what_the_day_page_says_also_for_a_lesson_done_already(
    settings: Any, at: dt.datetime, ines_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.LETTER_GUARD = "tests.mailing.scene.guard_all"
    scene.sequence(0, 1, 3, now=at)
    for number in range(2):
        who = scene.contact(f"p{number}@example.org", now=at)
        scene.run(who=who, now=at, source=f"enrolment:{number}")
    drip.plan(now=at)
    heartbeat.beat(role=heartbeat.TICK, now=at)
    page = ines_client.get("/desk/").content.decode()
    assert "<p>2, as things stand now." in page
    assert "was last at work Friday, November 20, 10:00 in New York." in page
    monkeypatch.setattr(scene, "answers", {"1.2": Skip("The lesson is done.")})
    assert "<p>None is planned.</p>" in ines_client.get("/desk/").content.decode()
    day = ines_client.get(reverse("admin:mailing_run_days")).content.decode()
    assert "To come on this day: 0 letters" in day


def test_the_front_page_costs_the_same_for_many(
    knots: Course, ines_client: Client, calm: dt.datetime
) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert ines_client.get("/desk/").status_code == 200
        return len(queries)

    def more(number: int) -> None:
        look(join(knots, f"q{number}@example.org", joined=calm - 20 * DAY), 1, calm - 15 * DAY)

    more(1)
    cost()
    one = cost()
    assert one <= 32  # tomorrow played through takes six more than counting it for many people does
    more(2)
    more(3)
    assert cost() == one


def test_a_chart_says_in_words_and_in_a_table_what_its_bars_say(
    knots: Course, ines_client: Client, calm: dt.datetime
) -> None:
    join(knots, "a@example.org", joined=calm)
    join(knots, "b@example.org", joined=calm - 40 * DAY)
    page = ines_client.get("/desk/").content.decode()
    assert "1 joined in the last 30 days; 1 in the 30 days before." in page
    [table] = re.findall(r'aria-label="New students".*?</table>', page, re.DOTALL)
    assert table.count("<tr>") == 31
    assert '<th scope="row">Nov 20</th><td class="amount">1</td>' in table
