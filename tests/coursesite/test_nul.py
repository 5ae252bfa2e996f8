"""U+0000 in an address, which PostgreSQL cannot even look for."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from mailing.models import Letter
from tests.conftest import signed_in

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", ["/gifts/AB%00CD/", "/desk/r/1/%00/", "/letters/stop/%00/", "/%00"])
def test_no_page_has_it(path: str, ines: User) -> None:
    for client in (Client(), signed_in(ines)):
        answer = client.get(path)
        assert (answer.status_code, "This page isn’t here" in answer.content.decode()) == (404, True)


@pytest.mark.parametrize("name", ["state__in", "kind__exact", "q", "reason"])
def test_no_list_breaks_on_it(name: str, ines: User) -> None:
    answer = signed_in(ines).get(reverse("admin:mailing_letter_changelist"), {name: "a\0b"}, follow=True)
    assert answer.status_code == 200


def test_it_is_not_left_out(ines: User) -> None:
    letters = reverse("admin:mailing_letter_changelist")
    answer = signed_in(ines).get(letters, {"kind__exact": f"{Letter.Kind.LESSON}\0"})
    assert answer.context["cl"].params == {"kind__exact": "lesson\ufffd"}
