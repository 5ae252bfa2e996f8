"""Every page of the desk in a real browser: phone and desktop, light and dark, without one complaint."""

from typing import Any

import pytest
from django.contrib import admin

from accounts.models import User
from courses.models import Course, Illustration, Lesson
from tests.browser import PHONE, axe, faults, overflows, two_looks

pytestmark = [pytest.mark.anywhere, pytest.mark.django_db(transaction=True)]


def addresses(user: User) -> list[str]:
    """The index, a missing page; of every model its list, its form to add one and a row; a history."""
    found = ["/desk/", "/desk/courses/", "/desk/no/such/page/", "/desk/courses/enrolment/join/"]
    ann = User.objects.get(email="ann@example.org").contact_id
    found += ["/desk/courses/enrolment/many/", f"/desk/courses/enrolment/person/{ann}/"]
    found += [f"/desk/mailing/contact/{ann}/write/"]
    for model, shown in admin.site._registry.items():
        place = f"/desk/{model._meta.app_label}/{model._meta.model_name}/"
        found.append(place)
        if type(shown).has_add_permission is admin.ModelAdmin.has_add_permission:
            found.append(f"{place}add/")
        row = model._default_manager.order_by("pk").first()
        if row is not None:
            found.append(f"{place}{row.pk}/change/")
    lesson = Lesson.objects.order_by("pk")[0]
    found.append(f"/desk/courses/lesson/{lesson.pk}/history/")
    outline = f"/desk/courses/course/{lesson.course_id}/outline/"
    found += [f"{outline}{rest}" for rest in ("", f"move/{lesson.pk}/", f"archive/lesson/{lesson.pk}/")]
    spare = Illustration.objects.get(name="spare")
    return [*found, f"/desk/courses/illustration/{spare.pk}/delete/"]


@pytest.fixture
def desk(busy: Any, ines: User) -> list[str]:
    Illustration.objects.create(course=Course.objects.get(), name="spare", svg="<svg/>")
    return addresses(ines)


def test_no_page_of_the_desk_gives_cause_to_complain(browser_page: Any, desk: list[str], ines: User) -> None:
    """The fixture fails on any noise of the console, a violated policy among it."""
    page = browser_page(user=ines)
    found = []
    for turn, address in enumerate(desk):
        assert page.goto(address).status == (404 if "/no/such/" in address else 200), address
        found += [f"{address} {fault}" for fault in faults(page, two_looks(turn))]
    assert found == []


def test_faults_in_a_form_give_no_cause_either(browser_page: Any, desk: list[str], ines: User) -> None:
    page = browser_page(size=PHONE, user=ines, dark=True)
    for address in ("courses/lesson/add/", "courses/exercise/add/", "courses/enrolment/join/"):
        page.goto(f"/desk/{address}")
        page.locator("main .submit-row input.default").click()
        page.locator("ul.errorlist").first.wait_for()
        assert (axe(page), overflows(page)) == ([], False)


WIDER = "table => table.parentElement.scrollWidth - table.parentElement.clientWidth"


def test_no_list_is_pulled_sideways_on_a_phone(browser_page: Any, desk: list[str], ines: User) -> None:
    """Rows stand below each other there; what a cell is about stands before it, and the lists can be sorted."""
    page = browser_page(size=PHONE, user=ines)
    wide, seen = [], 0
    for model in admin.site._registry:
        page.goto(f"/desk/{model._meta.app_label}/{model._meta.model_name}/")
        for table in page.locator("#result_list").all():
            wide += [model] if table.evaluate(WIDER) else []
            seen += 1
    assert (wide, seen > 10) == ([], True)
    page.goto("/desk/mailing/letter/")
    cell = page.locator("#result_list td.field-contact").first
    before = cell.evaluate("cell => getComputedStyle(cell, '::before').content")
    assert before == '"Contact: "'
    page.get_by_role("link", name="Kind", exact=True).click()
    page.wait_for_url("**/letter/?o=6")
