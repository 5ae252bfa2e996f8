"""Changing how an account is entered asks anew whose it is, also of people with neither password nor second factor."""

import re
from typing import Any

import pytest
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY as RECORDS
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.conf import settings as site
from django.test import Client
from django.urls import reverse

from accounts.models import User
from mailing.models import Letter
from tests import factories
from tests.accounts.test_takeover import code_for, sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("service_letters")]

GUARDED = [
    "account_email", "account_set_password", "mfa_activate_totp",
    "mfa_add_webauthn", "mfa_generate_recovery_codes",
]  # fmt: skip
NEW_PASSWORD = {"password1": "a quiet blue kettle", "password2": "a quiet blue kettle"}


@pytest.fixture
def ann_by_code(ann: User, settings: Any) -> Client:
    client = Client()
    sign_in(client, ann.email, settings)
    return client


def later(client: Client, seconds: int) -> None:
    """The browser is left alone: everything it showed is older by so much."""
    session = client.session
    session[RECORDS] = [{**record, "at": record["at"] - seconds} for record in session[RECORDS]]
    session.save()


def way_to(name: str) -> str:
    return f"{reverse('accounts:show')}?next={reverse(name)}"


@pytest.mark.parametrize("name", GUARDED)
def test_who_signed_in_of_late_is_not_asked(ann_by_code: Client, name: str) -> None:
    later(ann_by_code, site.ACCOUNT_REAUTHENTICATION_TIMEOUT - 30)
    answer = ann_by_code.get(reverse(name))
    assert reverse("accounts:show") not in answer.get("Location", "")
    assert answer.status_code in (200, 302)


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("name", GUARDED)
def test_an_unattended_browser_is_asked(ann_by_code: Client, name: str, method: str) -> None:
    later(ann_by_code, site.ACCOUNT_REAUTHENTICATION_TIMEOUT)
    answer = getattr(ann_by_code, method)(reverse(name), {"email": "thief@example.org", "action_add": "1"})
    assert (answer.status_code, answer["Location"].split("&")[0].replace("%2F", "/").split("%3F")[0]) == (
        302,
        way_to(name),
    )


def test_an_unattended_browser_adds_no_password_and_changes_no_address(
    ann: User, ann_by_code: Client
) -> None:
    later(ann_by_code, site.ACCOUNT_REAUTHENTICATION_TIMEOUT)
    ann_by_code.post(reverse("account_set_password"), NEW_PASSWORD)
    ann_by_code.post(reverse("account_email"), {"email": "thief@example.org", "action_add": "1"})
    ann.refresh_from_db()
    assert not ann.has_usable_password()
    assert list(EmailAddress.objects.values_list("email", flat=True)) == ["ann@example.org"]
    assert not Letter.objects.filter(contact__email="thief@example.org").exists()
    assert "a quiet blue kettle" not in str(dict(ann_by_code.session))  # not kept in the session either


def test_a_code_to_the_address_opens_the_way_back(ann: User, ann_by_code: Client, settings: Any) -> None:
    later(ann_by_code, site.ACCOUNT_REAUTHENTICATION_TIMEOUT)
    page = ann_by_code.get(reverse("account_set_password"), follow=True)
    assert "Show that it is you" in page.content.decode()
    target = reverse("account_set_password")
    page = ann_by_code.post(reverse("accounts:show"), {"send": "yes", "next": target}, follow=True)
    assert ann.email in page.content.decode()
    answer = ann_by_code.post(
        reverse("accounts:show"), {"code": code_for(ann.email, settings), "next": target}
    )
    assert (answer.status_code, answer["Location"]) == (302, target)
    ann_by_code.post(target, NEW_PASSWORD)
    ann.refresh_from_db()
    assert ann.check_password("a quiet blue kettle")


def test_the_code_works_once_and_dies_after_three_wrong_ones(
    ann: User, ann_by_code: Client, settings: Any
) -> None:
    url = reverse("accounts:show")
    later(ann_by_code, site.ACCOUNT_REAUTHENTICATION_TIMEOUT)
    ann_by_code.post(url, {"send": "yes"})
    code = code_for(ann.email, settings)
    for _ in range(3):
        ann_by_code.post(url, {"code": "AAAA-AAAA"})
    ann_by_code.post(url, {"code": code})
    assert ann_by_code.get(reverse("account_set_password")).status_code == 302
    ann_by_code.post(url, {"send": "yes"})
    code = code_for(ann.email, settings)
    assert ann_by_code.post(url, {"code": code}).status_code == 302
    later(ann_by_code, site.ACCOUNT_REAUTHENTICATION_TIMEOUT)
    ann_by_code.post(url, {"code": code})
    assert ann_by_code.get(reverse("account_set_password")).status_code == 302


def test_an_old_code_is_dead(ann: User, ann_by_code: Client, settings: Any) -> None:
    later(ann_by_code, site.ACCOUNT_REAUTHENTICATION_TIMEOUT)
    ann_by_code.post(reverse("accounts:show"), {"send": "yes"})
    session = ann_by_code.session
    session["accounts_code_to_show"]["at"] -= site.ACCOUNT_LOGIN_BY_CODE_TIMEOUT + 1
    session.save()
    ann_by_code.post(reverse("accounts:show"), {"code": code_for(ann.email, settings)})
    assert ann_by_code.get(reverse("account_set_password")).status_code == 302


def test_a_code_for_an_address_the_account_no_longer_has_is_dead(
    ann: User, ann_by_code: Client, settings: Any
) -> None:
    later(ann_by_code, site.ACCOUNT_REAUTHENTICATION_TIMEOUT)
    ann_by_code.post(reverse("accounts:show"), {"send": "yes"})
    code = code_for(ann.email, settings)
    EmailAddress.objects.filter(user=ann).update(email="ann@new.example.org")
    User.objects.filter(pk=ann.pk).update(email="ann@new.example.org")
    ann_by_code.post(reverse("accounts:show"), {"code": code})
    assert ann_by_code.get(reverse("account_set_password")).status_code == 302


def test_codes_to_show_count_in_the_same_bucket_as_sign_in_codes(ann: User, ann_by_code: Client) -> None:
    before = Letter.objects.count()  # signing in took the first of three a minute
    for _ in range(5):
        ann_by_code.post(reverse("accounts:show"), {"send": "yes"})
    assert Letter.objects.count() - before == 2


def test_who_has_a_second_factor_is_asked_for_it_and_gets_no_code(ann: User, ann_by_code: Client) -> None:
    Authenticator.objects.create(user=ann, type=Authenticator.Type.TOTP, data={"secret": "A" * 32})
    later(ann_by_code, site.ACCOUNT_REAUTHENTICATION_TIMEOUT)
    answer = ann_by_code.get(reverse("account_set_password"))
    assert answer["Location"].startswith(reverse("mfa_reauthenticate"))
    before = Letter.objects.count()
    assert ann_by_code.post(reverse("accounts:show"), {"send": "yes"}).status_code == 302
    assert Letter.objects.count() == before


@pytest.mark.parametrize(
    "target", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:x"]
)
def test_the_way_back_leads_to_pages_of_ours(
    ann: User, ann_by_code: Client, settings: Any, target: str
) -> None:
    ann_by_code.post(reverse("accounts:show"), {"send": "yes", "next": target})
    answer = ann_by_code.post(
        reverse("accounts:show"), {"code": code_for(ann.email, settings), "next": target}
    )
    assert answer["Location"] == reverse("accounts:profile")


@pytest.mark.parametrize("name", GUARDED)
def test_without_a_proven_address_nothing_is_added(name: str) -> None:
    user = factories.user("new@example.org", proven=False)
    client = Client()
    client.force_login(user)
    for method in (client.get, client.post):
        answer = method(reverse(name), NEW_PASSWORD)
        assert (answer.status_code, answer["Location"]) == (302, reverse("accounts:profile"))
    user.refresh_from_db()
    assert not user.has_usable_password()
    assert Authenticator.objects.count() == 0


def test_an_account_is_changed_only_after_showing_who_changes_it(
    ines: User, ann: User, settings: Any
) -> None:
    settings.STAFF_NEEDS_SECOND_FACTOR = False
    client = Client()
    sign_in(client, ines.email, settings)
    url = reverse("admin:accounts_user_change", args=[ann.pk])
    wish = {"email": ann.email}
    later(client, site.ACCOUNT_REAUTHENTICATION_TIMEOUT)
    assert client.get(url).status_code == 200
    assert client.post(url, wish)["Location"].startswith(reverse("accounts:show"))
    ann.refresh_from_db()
    assert ann.is_active
    client.post(reverse("accounts:show"), {"send": "yes"})
    client.post(reverse("accounts:show"), {"code": code_for(ines.email, settings)})
    client.post(url, wish)
    ann.refresh_from_db()
    assert not ann.is_active


def test_an_authenticator_app_can_be_added_and_its_recovery_codes_seen_once(
    ann: User, ann_by_code: Client
) -> None:
    """Whoever has just shown it by a code is not asked for the app's code a second time right after."""
    from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time

    page = ann_by_code.get(reverse("mfa_activate_totp")).content.decode()
    found = re.search(r'id="authenticator_secret" value="(\w+)"', page)
    assert found
    counter = next(iter(yield_hotp_counters_from_time()))
    code = format_hotp_value(hotp_value(found[1], counter))
    answer = ann_by_code.post(reverse("mfa_activate_totp"), {"code": code})
    assert answer["Location"] == reverse("mfa_view_recovery_codes")
    first = ann_by_code.get(reverse("mfa_view_recovery_codes"))
    assert re.findall(r"\b\d{8}\b", first.content.decode()) != []
    again = ann_by_code.get(reverse("mfa_view_recovery_codes"))
    assert re.findall(r"\b\d{8}\b", again.content.decode()) == []
