"""Whoever helps at the desk cannot make themselves more (AC-9), and a corrected address closes the old way in."""

import time
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse

from accounts import roles, signup
from accounts.models import User
from mailing.models import Letter
from tests import factories
from tests.accounts.test_takeover import code_for, sign_in
from tests.conftest import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("service_letters")]


def fresh(user: User) -> Client:
    client = signed_in(user)
    session = client.session
    session["account_authentication_methods"] = [
        {"method": "code", "at": time.time(), "reauthenticated": True}
    ]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()
    return client


@pytest.fixture
def helper(db: None) -> User:
    """May do everything with accounts and groups that a right allows, but is no superuser."""
    user = factories.user("hal@example.org", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(content_type__app_label__in=["accounts", "auth"]))
    return user


def change(client: Client, user: User, **fields: str) -> Any:
    form = {"email": user.email, "is_active": "on", **fields}
    return client.post(reverse("admin:accounts_user_change", args=[user.pk]), form)


def test_a_helper_gives_no_role_to_anybody_and_the_form_gives_none_at_all(
    helper: User, ann: User, ines: User
) -> None:
    group = Group.objects.create(name="all")
    roles_ = {"is_staff": "on", "is_superuser": "on", "groups": str(group.pk)}
    assert change(fresh(helper), ann, **roles_).status_code == 302
    assert change(fresh(helper), helper, **roles_).status_code == 403
    for user in (ann, helper):
        user.refresh_from_db()
        assert (user.is_superuser, list(user.groups.all())) == (False, [])
    ann.refresh_from_db()
    assert not ann.is_staff
    assert (
        change(fresh(ines), ann, **roles_).status_code == 302
    )  # an owner ticks a group; roles have their own page
    ann.refresh_from_db()
    assert (ann.is_staff, ann.is_superuser, list(ann.groups.all())) == (False, False, [group])


def test_a_helper_cannot_take_over_the_coach_s_account(helper: User, ines: User) -> None:
    assert change(fresh(helper), ines, email="hal2@example.org").status_code == 403
    ines.refresh_from_db()
    assert ines.email == "ines@example.org"


def test_a_helper_changes_no_group(helper: User) -> None:
    group = Group.objects.create(name="all")
    client = fresh(helper)
    url = reverse("admin:auth_group_change", args=[group.pk])
    assert client.post(url, {"name": "mine", "permissions": "1"}).status_code == 403
    assert client.post(reverse("admin:auth_group_add"), {"name": "mine"}).status_code == 403
    assert list(Group.objects.values_list("name", flat=True)) == ["all"]


def test_an_owner_too_only_looks_at_the_groups_of_the_roles(ines: User) -> None:
    """Without its group a role is nobody's, and the desk without an owner."""
    roles.prepare()
    client, group = fresh(ines), Group.objects.get(name=roles.OWNER)
    change, delete = (reverse(f"admin:auth_group_{do}", args=[group.pk]) for do in ("change", "delete"))
    assert client.get(change).status_code == 200
    assert client.post(change, {"name": "mine"}).status_code == 403
    assert client.post(delete, {"post": "yes"}).status_code == 403
    ticked = {"action": "delete_selected", "_selected_action": group.pk, "post": "yes"}
    client.post(reverse("admin:auth_group_changelist"), ticked)
    assert set(Group.objects.values_list("name", flat=True)) == set(roles.NAMES)


def test_a_corrected_address_closes_the_old_way_in(ann: User, ines: User, settings: Any) -> None:
    at_home = Client()
    sign_in(at_home, ann.email, settings)
    assert change(fresh(ines), ann, email="ann@new.example.org").status_code == 302
    ann.refresh_from_db()
    assert ann.contact.email == "ann@new.example.org"
    assert at_home.get(reverse("accounts:profile")).status_code == 302  # signed out
    assert not signup.proven(ann)
    assert list(EmailAddress.objects.filter(user=ann).values_list("email", "verified", "primary")) == [
        ("ann@new.example.org", False, True)
    ]
    told = Letter.objects.filter(revision__step__key="account-notice", contact__email="ann@example.org")
    assert told.count() == 1
    old = Client()
    old.post(reverse("account_request_login_code"), {"email": "ann@example.org"})
    last = Letter.objects.filter(contact__email="ann@example.org").latest("created_at")
    assert last.revision.step.key == "unknown-address"
    new = Client()
    new.post(reverse("account_request_login_code"), {"email": "ann@new.example.org"})
    code = code_for("ann@new.example.org", settings)
    new.post(reverse("account_confirm_login_code"), {"code": code})
    assert new.get(reverse("accounts:profile")).status_code == 200
    assert signup.proven(ann)
