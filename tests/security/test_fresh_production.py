"""A fresh production site: nobody can sign in (AU-9), and its cookies stay where they belong (SE-1)."""

import pytest

from tests.security.conftest import Production

pytestmark = pytest.mark.anywhere  # over an SQLite file of its own

ACCOUNTS = """
from allauth.account.models import EmailAddress
from accounts.models import User
from courses.models import Course
print(json.dumps([User.objects.count(), EmailAddress.objects.count(), Course.objects.count()]))
"""

COOKIES = """
from django.test import Client
from accounts import signup
from coursesite.lib import clock
host = {"HTTP_HOST": "course.example.org", "HTTP_X_FORWARDED_PROTO": "https"}
browser = Client(**host)
browser.get("/accounts/login/")
browser.post("/accounts/login/code/", {"email": "nobody@example.org"})
browser.force_login(signup.account_of(email="ann@example.org", now=clock.now()))
browser.get("/accounts/profile/")
flags = ("secure", "httponly", "samesite", "path", "domain")
print(json.dumps({name: [cookie[flag] or "" for flag in flags] for name, cookie in browser.cookies.items()}))
"""

PLAIN = """
from django.test import Client
answer = Client(HTTP_HOST="course.example.org").get("/accounts/login/")
secure = Client(HTTP_HOST="course.example.org", HTTP_X_FORWARDED_PROTO="https").get("/accounts/login/")
print(json.dumps([answer.status_code, answer.get("Location"), secure.status_code,
                  secure["Strict-Transport-Security"]]))
"""


def test_a_fresh_install_has_its_course_and_no_account_at_all(production: Production) -> None:
    users, addresses, courses = production.says(ACCOUNTS)
    assert (users, addresses) == (0, 0)
    assert courses > 0  # so the install did what it does


def test_cookies_are_bound_to_this_host_and_to_tls(production: Production) -> None:
    assert production.says(COOKIES) == {
        "__Host-csrf": [True, True, "Lax", "/", ""],
        "__Host-session": [True, True, "Lax", "/", ""],
    }


def test_without_tls_there_is_only_the_way_to_it(production: Production) -> None:
    assert production.says(PLAIN) == [
        301,
        "https://course.example.org/accounts/login/",
        200,
        "max-age=31536000; includeSubDomains; preload",
    ]
