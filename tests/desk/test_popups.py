"""The windows that a form opens to add or change what it names: sound like every page, and nothing typed is lost."""

import re
from html import unescape
from typing import Any

import pytest
from django.contrib import admin

from accounts.models import User
from courses.models import Course, Module
from tests.browser import ALL_LOOKS, PHONE, faults, two_looks

pytestmark = pytest.mark.django_db(transaction=True)


def windows(page: Any) -> list[str]:
    """The address of each window that some form at the desk can open."""
    found = set()
    for model in admin.site._registry:
        form = page.request.get(f"/desk/{model._meta.app_label}/{model._meta.model_name}/add/").text()
        for tag in re.findall(r"<a [^>]*data-popup[^>]*>", form):
            address = re.search(r'href(?:-template)?="([^"]+)"', tag)
            assert address, tag
            found.add(unescape(address[1]).replace("__fk__", first_of(address[1])))
    return sorted(found)


def first_of(address: str) -> str:
    app, model = address.split("/")[2:4]
    one = next(one for one in admin.site._registry if one._meta.label_lower == f"{app}.{model}")
    row = one._default_manager.order_by("pk").first()
    return str(row.pk if row else "")


@pytest.mark.anywhere
def test_no_window_gives_cause_to_complain(browser_page: Any, busy: Any, ines: User) -> None:
    page = browser_page(user=ines)
    addresses, found = windows(page), []
    assert [address.split("?")[0] for address in addresses if "/add/" in address] == [
        "/desk/auth/group/add/", "/desk/courses/course/add/", "/desk/courses/module/add/",
    ]  # fmt: skip
    for turn, address in enumerate(addresses):
        assert page.goto(address).status == 200, address
        assert page.locator("header, .breadcrumbs").count() == 0
        found += [f"{address} {fault}" for fault in faults(page, two_looks(turn))]
    assert found == []


def write_module(page: Any, course: Course) -> None:
    page.get_by_label("Course").select_option(label=str(course))
    for label, text in (("Title", "New module"), ("Slug", "new"), ("Key", "new")):
        page.get_by_label(label).fill(text)
    page.get_by_role("button", name="Save").click()


def test_what_a_window_added_is_chosen_in_the_form_and_the_typed_words_stay(
    browser_page: Any, knots: Course, ines: User
) -> None:
    page = browser_page(user=ines)
    page.goto("/desk/courses/lesson/add/")
    page.locator("#id_title").fill("Half written")
    with page.expect_popup() as opened:
        page.locator("#add_id_module").click()
    with opened.value.expect_event("close"):
        write_module(opened.value, knots)
    made = Module.objects.get(key="new")
    assert page.locator("#id_module").input_value() == str(made.pk)
    assert page.locator("#id_title").input_value() == "Half written"


def test_a_window_that_stays_says_that_its_work_is_done(browser_page: Any, knots: Course, ines: User) -> None:
    """Its last script never comes, as with scripts turned off or the form behind it gone."""
    page = browser_page(user=ines, size=PHONE)
    page.route("**/popup_response*.js", lambda route: route.fulfill(content_type="text/javascript", body=""))
    page.goto("/desk/courses/module/add/?_to_field=id&_popup=1")
    write_module(page, knots)
    page.get_by_role("heading", name="Done").wait_for()
    assert Module.objects.filter(key="new").count() == 1
    assert faults(page, ALL_LOOKS) == []
