"""Lists of the desk: what they cost, what they find, what leads where."""

import datetime as dt
import re
from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from courses import access
from courses.models import Course, Exercise, Illustration, Lesson, Page
from mailing import consent, drip, suppression
from mailing.models import Consent, Suppression
from payments.models import Attempt, Order
from tests import factories
from tests.accounts.test_takeover import sign_in
from tests.desk import conftest
from tests.payments import shop

pytestmark = pytest.mark.django_db


def more(number: int, course: Course, now: dt.datetime) -> None:
    """One row more in (nearly) every list."""
    user = factories.user(f"s{number}@example.org", name=f"S{number}")
    access.grant(user=user, course=course, source="free", now=now)
    shop.begin(course, now=now, email=f"guest{number}@example.org", tab=f"tab{number}")
    consent.withdraw(contact=user.contact, purpose=Consent.Purpose.LESSONS, source="desk", now=now)
    suppression.put(
        email=f"x{number}@example.org", scope=Suppression.Scope.ALL, reason=Suppression.Reason.MANUAL, now=now
    )
    module = factories.module(factories.course(f"course-{number}"), number)
    factories.lesson(module, 1)
    Exercise.objects.create(
        course=course,
        key=f"x{number}",
        slug=f"x{number}",
        name="X",
        purpose="p",
        start="s",
        steps=[],
        dose={},
    )
    Illustration.objects.create(course=course, name=f"x{number}", svg=conftest.SVG)
    Page.objects.create(slug=f"page-{number}", title="Page", body="Words.")
    drip.plan(now=now)


def cost(client: Client) -> dict[str, int]:
    counted = {}
    for model in admin.site._registry:
        address = f"/desk/{model._meta.app_label}/{model._meta.model_name}/"
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(address).status_code == 200
        counted[address] = len(queries)
    return counted


def test_every_list_costs_the_same_with_one_row_and_with_three(
    busy: Attempt, knots: Course, ines_client: Client, now: dt.datetime
) -> None:
    more(1, knots, now)
    cost(ines_client)
    few = cost(ines_client)
    more(2, knots, now)
    more(3, knots, now)
    assert cost(ines_client) == few
    assert max(few.values()) <= 12


def found(client: Client, address: str, words: str) -> list[str]:
    page = client.get(address, {"q": words})
    return [str(row) for row in page.context["cl"].result_list]


def test_a_cell_tells_its_column_unless_it_is_empty(busy: Attempt, ines_client: Client) -> None:
    page = ines_client.get("/desk/mailing/letter/").content.decode()
    assert re.search(r'<td data-label="State" class="field-standing"><span class="pill', page)
    assert '<td data-blank class="field-why">' in page
    assert re.search(r'<td class="action-checkbox"><input', page)
    assert re.search(r'<th class="field-subject[^"]*"><a', page)
    assert "<title>Letters to people · The coach’s desk</title>" in page


def test_a_search_for_somebody_who_is_not_in_leads_to_the_orders(busy: Attempt, ines_client: Client) -> None:
    page = ines_client.get("/desk/courses/enrolment/", {"q": "ben@"}).content.decode()
    assert '<a href="/desk/payments/order/?q=ben%40">Look in the orders</a>' in page
    assert "Look in the orders" not in ines_client.get("/desk/courses/enrolment/").content.decode()


def test_an_order_is_found_by_address_number_and_session(busy: Attempt, ines_client: Client) -> None:
    order = Order.objects.get()
    for words in ("ben@example.org", order.number, str(order.pk), busy.session_id or "none", str(order.key)):
        assert found(ines_client, "/desk/payments/order/", words) == [str(order)]
    assert found(ines_client, "/desk/payments/order/", "cs_test_other") == []


def test_a_letter_is_found_by_address_subject_and_state(busy: Attempt, ines_client: Client) -> None:
    [letter] = found(ines_client, "/desk/mailing/letter/", "ann@example.org")
    for words in ("Welcome in", "queued"):
        assert found(ines_client, "/desk/mailing/letter/", words) == [letter]
    assert found(ines_client, "/desk/mailing/letter/", "expired") == []


def test_the_bar_names_what_the_coach_needs_first(ines_client: Client) -> None:
    apps = ines_client.get("/desk/").context["available_apps"]
    assert [app["app_label"] for app in apps] == [
        "courses",
        "payments",
        "mailing",
        "accounts",
        "auth",
        "admin",
    ]


def test_raw_keys_and_sessions_are_not_on_the_desk() -> None:
    labels = {model._meta.app_label for model in admin.site._registry}
    assert labels == {"courses", "payments", "mailing", "accounts", "auth", "admin"}


def test_a_person_added_at_the_desk_has_no_password(ines: User, settings: Any) -> None:
    client = Client()
    sign_in(client, ines.email, settings)  # roles are given only by who signed in a moment ago
    answer = client.post("/desk/accounts/user/add/", {"email": "new@example.org", "is_active": "on"})
    assert answer.headers["Location"] == "/desk/accounts/user/"
    assert not User.objects.get(email="new@example.org").has_usable_password()


def test_a_letter_is_read_before_it_is_published_and_after_it_went(
    busy: Attempt, ines_client: Client
) -> None:
    letter = ines_client.get("/desk/mailing/letter/").context["cl"].result_list[0]
    words = "Thank you for coming in."
    for address in (
        f"/desk/mailing/letter/{letter.pk}/change/",
        f"/desk/mailing/step/{letter.revision.step_id}/change/",
    ):
        page = ines_client.get(address).content.decode()
        assert f"{words} Put your feet up" in page.replace("\n", " ")


def test_a_lesson_leads_to_what_a_student_sees(knots: Course, ines_client: Client) -> None:
    lesson = Lesson.objects.get(position=2)
    page: Any = ines_client.get(f"/desk/courses/lesson/{lesson.pk}/change/")
    assert page.context["absolute_url"] == lesson.get_absolute_url()
    assert "See as a student" in page.content.decode()
    assert ines_client.get(lesson.get_absolute_url()).status_code == 200


def test_an_order_tells_its_story_in_words(busy: Attempt, ines_client: Client) -> None:
    page = ines_client.get(f"/desk/payments/order/{busy.order_id}/change/").content.decode()
    assert "149 USD" in page
    assert str(busy.session_id) in page
    assert "14900" not in page


# ---- empty ones ----
def test_an_empty_list_says_what_will_stand_there(db: None, ines_client: Client) -> None:
    for address, words in {
        "mailing/broadcast": "have ten minutes to call it back.",
        "mailing/suppression": "come here by themselves",
        "payments/order": "The first person who begins to pay makes the first one.",
        "courses/enrolment": "Whoever pays comes in by themselves",
    }.items():
        page = ines_client.get(f"/desk/{address}/").content.decode()
        assert "<strong>Nothing here yet.</strong>" in page, address
        assert words in page, address
        assert 'class="paginator"' not in page, address


def test_a_search_that_finds_nothing_leads_back_to_all(db: None, ines_client: Client) -> None:
    page = ines_client.get("/desk/accounts/user/?q=nobody").content.decode()
    assert 'Nothing here fits what you asked for. <a href="?">Show all</a>' in page
    assert "Nothing here" not in ines_client.get("/desk/accounts/user/").content.decode()
