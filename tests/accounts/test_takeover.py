"""The pre-hijack attack of payments.md §3.1, and what else an address must not give away."""

import datetime as dt
import re
from pathlib import Path
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.auth import authenticate
from django.test import Client
from django.urls import reverse

from accounts import privacy, signup
from accounts.models import User
from mailing import outbox
from mailing.models import Contact
from tests import factories
from tests.conftest import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("service_letters")]


def code_for(email: str, settings: Any) -> str:
    """Deliver what waits and read the newest code that went to an address."""
    from coursesite.lib import clock

    outbox.deliver(now=clock.now())
    mails = sorted(Path(settings.MAILBOX_DIR).glob("*.eml"), key=lambda path: path.stat().st_mtime_ns)
    texts = [path.read_text() for path in mails if email in path.read_text()]
    found = re.search(r"\b([A-Z0-9]{4}-[A-Z0-9]{4})\b", texts[-1])
    assert found, texts[-1]
    return found[1]


def sign_in(client: Client, email: str, settings: Any) -> Any:
    client.post(reverse("account_request_login_code"), {"email": email})
    return client.post(reverse("account_confirm_login_code"), {"code": code_for(email, settings)})


def test_signing_in_by_code(settings: Any) -> None:
    user = factories.user("ann@example.org")
    client = Client()
    sign_in(client, user.email, settings)
    assert client.session["_auth_user_id"] == str(user.pk)


def test_a_code_typed_wrong_three_times_is_dead(settings: Any) -> None:
    factories.user("ann@example.org")
    client = Client()
    client.post(reverse("account_request_login_code"), {"email": "ann@example.org"})
    code = code_for("ann@example.org", settings)
    for _ in range(3):
        client.post(reverse("account_confirm_login_code"), {"code": "AAAA-AAAA"})
    client.post(reverse("account_confirm_login_code"), {"code": code})
    assert "_auth_user_id" not in client.session


def test_three_wrong_codes_are_answered_with_the_way_to_a_new_one() -> None:
    factories.user("ann@example.org")
    client = Client()
    client.post(reverse("account_request_login_code"), {"email": "ann@example.org"})
    there = f"{reverse('account_confirm_login_code')}?next=/learn/"
    for _ in range(5):
        empty = client.post(there, {"code": " "}).content.decode()
        assert "Type the code from the letter." in empty and "This field is required" not in empty
    for _ in range(2):
        assert "That is not the code" in client.post(there, {"code": "AAAA-AAAA"}).content.decode()
    answer = client.post(there, {"code": "AAAA-AAAA"}, follow=True)
    assert answer.redirect_chain == [("/accounts/login/code/?next=%2Flearn%2F", 302)]
    assert "Ask for a new one here." in answer.content.decode()
    assert "wait" not in answer.content.decode().partition("<main")[2].partition("</form>")[0]


def test_who_types_a_code_too_late_is_told_so_and_keeps_the_way_on() -> None:
    factories.user("ann@example.org")
    client = Client()
    client.post(reverse("account_request_login_code"), {"email": "ann@example.org"})
    session = client.session
    session["account_login"]["state"]["stages"]["login_by_code"]["data"]["at"] -= 601
    session.save()
    answer = client.post(
        f"{reverse('account_confirm_login_code')}?next=/learn/", {"code": "AAAA-AAAA"}, follow=True
    )
    assert answer.redirect_chain == [("/accounts/login/code/?next=%2Flearn%2F", 302)]
    page = answer.content.decode()
    assert "That code has run out" in page
    assert 'name="next" value="/learn/"' in page


def test_asking_again_says_that_a_new_code_comes() -> None:
    factories.user("ann@example.org")
    client = Client()
    first = client.post(reverse("account_request_login_code"), {"email": "ann@example.org"}, follow=True)
    assert "A new code" not in first.content.decode()
    again = client.post(reverse("account_confirm_login_code"), {"action": "resend"}, follow=True)
    assert "A new code is on its way" in again.content.decode()


def test_another_browser_cannot_use_the_code(settings: Any) -> None:
    factories.user("ann@example.org")
    Client().post(reverse("account_request_login_code"), {"email": "ann@example.org"})
    stranger = Client()
    stranger.post(reverse("account_confirm_login_code"), {"code": code_for("ann@example.org", settings)})
    assert "_auth_user_id" not in stranger.session


def test_what_an_attacker_preset_dies_when_the_owner_proves_the_address(settings: Any) -> None:
    """The attacker opened an account on the victim's address and gave it a password and a second factor."""
    attacked = factories.user("victim@example.org", proven=False)
    attacked.set_password("the attacker knows this one")
    attacked.save()
    Authenticator.objects.create(user=attacked, type=Authenticator.Type.TOTP, data={"secret": "x"})
    client = Client()
    client.post(reverse("account_request_login_code"), {"email": "victim@example.org"})
    client.post(reverse("account_confirm_login_code"), {"code": code_for("victim@example.org", settings)})
    attacked.refresh_from_db()
    assert signup.proven(attacked)
    assert not attacked.has_usable_password()
    assert not Authenticator.objects.filter(user=attacked).exists()
    assert authenticate(None, username="victim@example.org", password="the attacker knows this one") is None
    thief = Client()
    thief.post(
        reverse("account_login"),
        {"login": "victim@example.org", "password": "the attacker knows this one"},
    )
    assert "_auth_user_id" not in thief.session


def test_sign_up_asks_for_no_password_and_ignores_one() -> None:
    Client().post(
        reverse("account_signup"),
        {
            "email": "new@example.org",
            "password1": "a long enough password",
            "password": "a long enough password",
        },
    )
    user = User.objects.get(email="new@example.org")
    assert not user.has_usable_password()
    assert (user.is_staff, user.is_superuser) == (False, False)


def test_signing_up_by_code_leads_straight_in(settings: Any) -> None:
    client = Client()
    client.post(reverse("account_signup"), {"email": "new@example.org"})
    client.post(reverse("account_email_verification_sent"), {"code": code_for("new@example.org", settings)})
    assert client.get(reverse("accounts:profile")).status_code == 200


def test_changing_to_a_second_proven_address_keeps_the_password(now: dt.datetime) -> None:
    user = factories.user("ann@example.org")
    user.set_password("a long enough password")
    user.save()
    second = EmailAddress.objects.create(user=user, email="ann@new.example.org", verified=True)
    signup.forget_what_strangers_preset(email_address=second)
    user.refresh_from_db()
    assert user.has_usable_password()


@pytest.mark.parametrize("url", ["account_request_login_code", "account_signup"])
def test_known_and_unknown_addresses_get_the_same_answer(url: str) -> None:
    factories.user("known@example.org")
    answers = [
        Client().post(reverse(url), {"email": email}, follow=True)
        for email in ("known@example.org", "nobody@example.org")
    ]
    bodies = [
        re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", answer.content.decode())
        .replace("known@example.org", "X")
        .replace("nobody@example.org", "X")
        for answer in answers
    ]
    assert answers[0].redirect_chain == answers[1].redirect_chain
    assert bodies[0] == bodies[1]


def test_proof_makes_one_passwordless_account_however_often(now: dt.datetime) -> None:
    first = signup.account_of(email="Guest@Example.org", now=now)
    again = signup.account_of(email="guest@example.org", now=now)
    assert first == again
    assert (User.objects.count(), Contact.objects.count(), EmailAddress.objects.count()) == (1, 1, 1)
    assert not first.has_usable_password()
    assert not signup.proven(first)


def test_unproven_accounts_are_forgotten_after_a_week(now: dt.datetime) -> None:
    signup.account_of(email="old@example.org", now=now - dt.timedelta(days=8))
    signup.account_of(email="fresh@example.org", now=now - dt.timedelta(days=6))
    factories.user("proven@example.org", date_joined=now - dt.timedelta(days=30))
    assert privacy.forget_unproven(now=now) == 1
    assert privacy.forget_unproven(now=now) == 0
    assert list(User.objects.values_list("email", flat=True)) == ["fresh@example.org", "proven@example.org"]


def test_the_desk_has_no_login_of_its_own(ann_client: Client) -> None:
    answer = Client().post("/desk/login/", {"username": "ines@example.org", "password": "x"})
    assert (answer.status_code, answer["Location"].split("?")[0]) == (302, reverse("account_login"))
    assert ann_client.get("/desk/").status_code in (302, 403)
    assert ann_client.get("/desk/", follow=True).status_code == 403


def test_the_desk_changes_no_password_and_signs_nobody_out_by_itself(ines: User) -> None:
    """Its stock pages count no wrong tries and tell the owner nothing: there is one way to each, the account's."""
    ines.set_password("a quiet blue kettle")
    ines.save()
    client = signed_in(ines)
    wish = {"old_password": "a quiet blue kettle", "new_password1": "x" * 12, "new_password2": "x" * 12}
    for page, instead in (
        ("password_change", "account_change_password"),
        ("password_change_done", "accounts:profile"),
        ("logout", "account_logout"),
    ):
        for answer in (client.get(reverse(f"admin:{page}")), client.post(reverse(f"admin:{page}"), wish)):
            assert (answer.status_code, answer["Location"]) == (302, reverse(instead)), page
    ines.refresh_from_db()
    assert ines.check_password("a quiet blue kettle")
    assert client.get("/desk/").status_code == 200


def test_staff_need_a_second_factor_where_the_site_says_so(ines_client: Client, settings: Any) -> None:
    settings.STAFF_NEEDS_SECOND_FACTOR = False
    assert ines_client.get("/desk/").status_code == 200
    settings.STAFF_NEEDS_SECOND_FACTOR = True
    answer = ines_client.get("/desk/", follow=True)
    assert answer.redirect_chain[-1][0] == reverse("mfa_index")
