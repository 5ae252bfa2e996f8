"""What everybody may see: the course and its price, plain pages, the sitemap."""

import datetime as dt
import json
import re
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from courses import access, progress
from courses.models import Course, Enrolment, Lesson, Page, Price, Question, Section
from tests import factories
from tests.courses.conftest import show

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def knots(full: Course) -> Course:
    full.includes = ["{refund_days} days to change your mind"]
    full.save()
    for position, key in enumerate(("who", "outline", "price", "questions"), 1):
        Section.objects.create(
            course=full,
            key=key,
            position=position,
            heading=f"Heading {key}",
            body="Write to {coach_email}.",
            aside="Hm.",
        )
    Question.objects.create(course=full, position=1, question="How long?", answer="Call {emergency_number}.")
    return full


def words(client: Client, path: str = "/courses/knots/") -> str:
    response = client.get(path)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def test_the_one_course_is_the_home_page(knots: Course, at: dt.datetime) -> None:
    assert "Heading who" in words(Client(), "/")


def test_several_courses_are_a_list(knots: Course, at: dt.datetime) -> None:
    factories.course("other", title="Other", price_minor=0)
    page = words(Client(), "/")
    assert [one for one in ("Knots In Your Back Gone", "149 USD", "Other", "Free") if one not in page] == []


def test_no_course_yet_is_said(db: None) -> None:
    assert "Nothing on offer just now" in words(Client(), "/")


def test_a_draft_is_seen_by_its_writers_only(ben_client: Client, ines_client: Client, settings: Any) -> None:
    factories.course("draft", status=Course.Status.DRAFT)
    assert Client().get("/courses/draft/").status_code == 404
    assert ben_client.get("/courses/draft/").status_code == 404
    assert ines_client.get("/courses/draft/").status_code == 200
    assert ines_client.get("/learn/draft/continue/").status_code == 302
    settings.STAFF_NEEDS_SECOND_FACTOR = True  # and she has none
    assert ines_client.get("/courses/draft/").status_code == 404
    assert ines_client.get("/learn/draft/continue/").status_code == 404
    assert "Nothing on offer just now" in words(Client(), "/courses/")


def test_placeholders_are_filled(knots: Course, at: dt.datetime) -> None:
    page = words(Client())
    assert '<a href="mailto:coach@example.org" rel="noopener">coach@example.org</a>' in page
    assert "Call 911." in page
    assert "30 days to change your mind" in page
    assert "{" not in re.sub(r"<script.*?</script>|<meta[^>]*>", "", page)


def test_a_visitor_may_buy_and_read_one_lesson(knots: Course, at: dt.datetime) -> None:
    page = words(Client())
    assert 'href="/buy/knots/">Buy the course for 149 USD</a>' in page
    assert "Buy the course for 149 USD" in page
    assert 'href="/courses/knots/lessons/lesson-1-1/"' in page
    assert 'href="/courses/knots/lessons/lesson-1-2/"' not in page


def test_who_has_it_carries_on(knots: Course, seat: Enrolment, ann_client: Client) -> None:
    page = words(ann_client)
    assert '<a class="button big" href="/learn/knots/continue/">Continue: lesson 1.1' in page
    assert "Buy the course" not in page


def test_who_has_finished_goes_to_their_course(
    knots: Course, seat: Enrolment, ann_client: Client, at: dt.datetime
) -> None:
    for lesson in Lesson.objects.filter(position__in=[1, 2, 3]).select_related("course"):
        progress.complete(enrolment=seat, lesson=lesson, now=at)
    assert "You have been through the whole course." in words(ann_client)


def test_whose_access_ended_may_come_back(
    knots: Course, seat: Enrolment, ann_client: Client, at: dt.datetime
) -> None:
    access.end(grant=seat.grants.get(), reason="refunded", now=at)
    page = words(ann_client)
    assert "Your access has ended" in page
    assert "Come back for 149 USD" in page


def test_a_free_course_starts_at_once(at: dt.datetime) -> None:
    free = factories.course("free", price_minor=0)
    Section.objects.create(course=free, key="price", position=1, heading="Start")
    page = words(Client(), "/courses/free/")
    assert 'href="/buy/free/">Start now</a>' in page
    assert "Start now" in page


def test_search_engines_read_what_the_page_says(knots: Course, at: dt.datetime) -> None:
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', words(Client()))
    assert found
    assert json.loads(found[1]) == {
        "@context": "https://schema.org",
        "@type": "Course",
        "name": "Knots In Your Back Gone",
        "description": "A self-help course.",
        "url": "http://localhost:8000/courses/knots/",
        "inLanguage": "en-US",
        "provider": {
            "@type": "Organization",
            "name": "The Pain Relief Coach",
            "url": "http://localhost:8000",
        },
        "offers": {"@type": "Offer", "category": "Paid", "price": "149.00", "priceCurrency": "USD"},
        "hasCourseInstance": {"@type": "CourseInstance", "courseMode": "Online", "courseWorkload": "PT20M"},
    }


@pytest.mark.parametrize("size", [1, 20])
def test_the_sales_page_costs_five_queries_however_long_the_course(
    knots: Course, at: dt.datetime, size: int, django_assert_num_queries: object
) -> None:
    for number in range(2, 2 + size):
        factories.lesson(factories.module(knots, number))
        Section.objects.create(course=knots, key=f"s{number}", position=number, heading="H")
        Question.objects.create(course=knots, position=number, question="Q", answer="A")
        Price.objects.create(course=knots, key=f"p{number}", title="P", payments=number, amount_minor=5000)
    # course, outline, prices, sections, questions
    with django_assert_num_queries(5):  # type: ignore[operator]
        Client().get("/courses/knots/")


def test_for_a_member_it_costs_eight(
    knots: Course, seat: Enrolment, ann_client: Client, django_assert_num_queries: object
) -> None:
    # session, user, course, enrolment, outline, late payments, sections, questions
    with django_assert_num_queries(8):  # type: ignore[operator]
        ann_client.get("/courses/knots/")


def test_for_whoever_has_an_account_and_not_the_course_it_costs_eight(
    knots: Course, ben_client: Client, django_assert_num_queries: object
) -> None:
    # session, user, course, enrolment, outline, prices, sections, questions
    with django_assert_num_queries(8):  # type: ignore[operator]
        ben_client.get("/courses/knots/")


def on_sale(course: Course, now: dt.datetime, *, minor: int = 9900) -> None:
    course.sale_minor, course.sale_from, course.sale_until = minor, now, now + 14 * DAY
    course.save()


def offer_of(page: str) -> dict[str, str]:
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', page)
    assert found
    data: dict[str, str] = json.loads(found[1])["offers"]
    return data


def test_a_sale_names_the_price_before_and_its_end_and_is_gone_by_itself(
    knots: Course, ben_client: Client, at: dt.datetime
) -> None:
    on_sale(knots, at)
    for client, until in ((Client(), "10:00 New York time"), (ben_client, "10:00 your time (New York)")):
        page = words(client)
        assert f"instead of 149 USD, until Friday, December 4, {until}</p>" in page
        assert "Buy the course for 99 USD" in page
        assert f"99 USD instead of 149 USD, until Friday, December 4, {until}" in words(client, "/courses/")
    assert offer_of(page) == {
        "@type": "Offer",
        "category": "Paid",
        "price": "99.00",
        "priceCurrency": "USD",
        "priceValidUntil": "2026-12-04T15:00:00+00:00",
    }
    show(at + 14 * DAY)
    page = words(Client())
    assert "instead of" not in page and "Buy the course for 149 USD" in page
    assert "priceValidUntil" not in offer_of(page)


def test_a_sale_that_has_not_begun_is_not_told(knots: Course, at: dt.datetime) -> None:
    on_sale(knots, at + DAY)
    assert "instead of" not in words(Client())


def test_on_sale_for_nothing_is_free_for_a_while(knots: Course, at: dt.datetime) -> None:
    on_sale(knots, at, minor=0)
    page = words(Client())
    assert "Start now" in page and "instead of 149 USD, until Friday" in page
    assert (offer_of(page)["category"], offer_of(page)["price"]) == ("Free", "0.00")


def test_other_ways_to_pay_have_their_own_way_to_the_till(knots: Course, at: dt.datetime) -> None:
    Price.objects.create(course=knots, key="three", title="T", payments=3, amount_minor=5200, note="For you.")
    Price.objects.create(course=knots, key="less", position=2, title="Reduced", amount_minor=7900)
    Price.objects.create(course=knots, key="old", title="Old", amount_minor=100, archived_at=at)
    page = words(Client())
    assert re.findall(r'<a href="/buy/knots/\?price=(\w+)">(.*?)</a>', page) == [
        ("three", "or 3 monthly payments of 52 USD, 156 USD in all, ends by itself"),
        ("less", "or 79 USD once: Reduced"),
    ]
    assert "For you." in page and "100" not in "".join(re.findall("price=.*?</li>", page))


def test_who_has_it_is_offered_no_other_way_to_pay(
    knots: Course, seat: Enrolment, ann_client: Client, at: dt.datetime
) -> None:
    Price.objects.create(course=knots, key="three", title="T", payments=3, amount_minor=5200)
    on_sale(knots, at)
    assert "monthly payments" not in words(ann_client) and "instead of" not in words(ann_client)


def test_plain_pages_are_plain(db: None) -> None:
    Page.objects.create(slug="safety", title="Safety first", body="Call {emergency_number}.")
    assert "<p>Call 911.</p>" in words(Client(), "/safety/")
    assert Client().get("/terms/").status_code == 404
    assert Client().get("/anything/").status_code == 404


def test_the_sitemap_names_what_is_open_to_all(knots: Course, at: dt.datetime) -> None:
    Page.objects.create(slug="safety", title="Safety first", body="Words.")
    factories.course("draft", status=Course.Status.DRAFT)
    found = re.findall(r"<loc>http://testserver(.*?)</loc>", Client().get("/sitemap.xml").content.decode())
    assert found == ["/", "/courses/", "/courses/knots/", "/courses/knots/lessons/lesson-1-1/", "/safety/"]


def test_a_card_opens_with_its_lesson(seat: Enrolment, ann_client: Client, ben_client: Client) -> None:
    cards = [f"/courses/knots/exercises/e0{number}/" for number in range(1, 7)]
    assert [Client().get(path).status_code for path in cards] == [200, 404, 404, 404, 404, 404]
    assert [ben_client.get(path).status_code for path in cards] == [200, 404, 404, 404, 404, 404]
    assert [ann_client.get(path).status_code for path in cards] == [200, 200, 404, 404, 404, 404]
    assert Client().get("/courses/knots/exercises/e99/").status_code == 404


def test_a_card_is_whole_and_says_when_to_stop(full: Course, seat: Enrolment, ann_client: Client) -> None:
    page = words(ann_client, "/courses/knots/exercises/e02/")
    parts = ["canaryname2", "canarydrawing2", "canarystep2", "3 times", "Stop if", "Also stop for chest pain"]
    assert [part for part in parts if part not in page] == []


@pytest.mark.parametrize("number", [1, 2])
def test_a_sheet_to_print(full: Course, seat: Enrolment, ann_client: Client, number: int) -> None:
    page = words(ann_client, f"/courses/knots/lessons/lesson-1-{number}/materials/sheet/")
    assert f"canarysheet{number}" in page


def test_a_sheet_of_a_closed_lesson_is_closed(seat: Enrolment, ann_client: Client) -> None:
    response = ann_client.get("/courses/knots/lessons/lesson-1-3/materials/sheet/")
    assert response.status_code == 403
    assert "This lesson opens Mon Nov 23, 9:00 your time." in response.content.decode()


@pytest.mark.parametrize(
    "path", ["/", "/courses/", "/courses/knots/", "/courses/knots/lessons/lesson-1-1/", "/learn/", "/safety/"]
)
def test_pages_are_read_not_written_to(full: Course, ann_client: Client, path: str) -> None:
    assert ann_client.post(path).status_code == 405


def test_one_lesson_is_no_lessons(at: dt.datetime, ann: User, ann_client: Client) -> None:
    course = factories.small_course(days=(0,), slug="short")
    page = Client().get("/courses/short/").content.decode()
    assert "1 short lesson · 1 module ·" in page
    access.grant(user=ann, course=course, source="free", now=at)
    page = ann_client.get("/learn/").content.decode()
    assert "0 of 1 lesson done" in page
    assert "1 lessons" not in page
