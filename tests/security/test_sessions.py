"""A session gets a new name at sign-in and is dead on the server at once when it ends (SE-2)."""

from typing import Any

import pytest
from django.conf import settings as site
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from accounts.models import User
from mailing.models import Letter
from tests.accounts.test_takeover import code_for, sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("service_letters")]
PASSWORD = "a quiet blue kettle"


def name_of(client: Client) -> str:
    return str(client.cookies[site.SESSION_COOKIE_NAME].value)


def with_cookie(value: str) -> Client:
    client = Client()
    client.cookies[site.SESSION_COOKIE_NAME] = value
    return client


def is_in(client: Client) -> bool:
    return client.get(reverse("accounts:profile")).status_code == 200


def test_signing_in_gives_the_session_a_new_name(ann: User, settings: Any) -> None:
    client = Client()
    client.post(reverse("account_request_login_code"), {"email": ann.email})
    before = name_of(client)
    client.post(reverse("account_confirm_login_code"), {"code": code_for(ann.email, settings)})
    assert is_in(client)
    assert name_of(client) != before
    assert not is_in(with_cookie(before))


def test_a_session_id_that_a_stranger_chose_is_not_taken(ann: User, settings: Any) -> None:
    client = with_cookie("chosenbythestranger0123456789abc")
    sign_in(client, ann.email, settings)
    assert name_of(client) != "chosenbythestranger0123456789abc"
    assert not is_in(with_cookie("chosenbythestranger0123456789abc"))


def test_an_old_cookie_is_dead_after_signing_out(ann: User, settings: Any) -> None:
    client = Client()
    sign_in(client, ann.email, settings)
    stolen = name_of(client)
    assert is_in(with_cookie(stolen))
    client.post(reverse("account_logout"))
    assert not is_in(with_cookie(stolen))
    assert not Session.objects.filter(session_key=stolen).exists()


def test_every_cookie_is_dead_after_a_password_is_added_or_changed(ann: User, settings: Any) -> None:
    here, elsewhere = Client(), Client()
    sign_in(here, ann.email, settings)
    sign_in(elsewhere, ann.email, settings)
    stolen = name_of(elsewhere)
    answer = here.post(reverse("account_set_password"), {"password1": PASSWORD, "password2": PASSWORD})
    assert answer.status_code == 302
    assert [is_in(one) for one in (here, elsewhere, with_cookie(stolen))] == [False, False, False]
    here.post(reverse("account_login"), {"login": ann.email, "password": PASSWORD})
    elsewhere.post(reverse("account_login"), {"login": ann.email, "password": PASSWORD})
    assert [is_in(one) for one in (here, elsewhere)] == [True, True]
    here.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    other = "another blue kettle"
    here.post(
        reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": other, "password2": other}
    )
    assert [is_in(one) for one in (here, elsewhere)] == [False, False]


def test_a_person_taken_out_is_out_at_once(ann: User, settings: Any) -> None:
    client = Client()
    sign_in(client, ann.email, settings)
    User.objects.filter(pk=ann.pk).update(is_active=False)
    assert not is_in(client)
    before = Letter.objects.filter(revision__step__key="sign-in-code").count()
    client.post(reverse("account_request_login_code"), {"email": ann.email})
    assert Letter.objects.filter(revision__step__key="sign-in-code").count() == before == 1


def test_the_list_of_sessions_ends_the_others(ann: User, settings: Any) -> None:
    here, elsewhere = Client(), Client(HTTP_USER_AGENT="Mozilla/5.0 (Android 14) Firefox/130.0")
    sign_in(elsewhere, ann.email, settings)
    sign_in(here, ann.email, settings)
    page = here.get(reverse("usersessions_list")).content.decode()
    assert (page.count("Signed in "), page.count("This browser"), page.count("Firefox on Android")) == (
        2,
        1,
        1,
    )
    here.post(reverse("usersessions_list"))
    assert [is_in(one) for one in (here, elsewhere)] == [True, False]


def test_nobody_ends_the_sessions_of_somebody_else(ann: User, ben: User, settings: Any) -> None:
    anns, bens = Client(), Client()
    sign_in(anns, ann.email, settings)
    sign_in(bens, ben.email, settings)
    bens.post(reverse("usersessions_list"), {"user": ann.pk, "session": name_of(anns)})
    assert is_in(anns)
