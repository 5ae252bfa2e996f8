"""Who sits at the desk: asked in by letter, in after a code and a second factor, another role, out at once."""

import datetime as dt
import re
import threading
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from accounts import invitations, roles
from accounts.models import Invitation, User
from coursesite.lib.desk_log import Kind
from mailing.models import Letter
from tests import factories
from tests.accounts.test_takeover import code_for, sign_in
from tests.conftest import signed_in
from tests.desk.money import fresh

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("service_letters")]
TEAM = "/desk/accounts/user/team/"
DAY = dt.timedelta(days=1)


@pytest.fixture
def olga(db: None) -> User:
    """Olga owns the desk."""
    roles.prepare()
    user = factories.user("olga@example.org", name="Olga", is_staff=True)
    user.groups.add(Group.objects.get(name=roles.OWNER))
    return user


def member(role: str, email: str = "hal@example.org") -> User:
    user = factories.user(email, is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    return user


def link() -> str:
    """The path of the link in the newest letter of invitation."""
    letter = Letter.objects.filter(revision__step__key="desk-invitation").latest("created_at", "pk")
    found = re.search(r"/accounts/invited/[^/]+/", str(letter.context["button_url"]))
    assert found
    return found[0]


def lines() -> list[str]:
    return list(
        LogEntry.objects.filter(action_flag=Kind.ROLE).order_by("pk").values_list("change_message", flat=True)
    )


def test_somebody_is_asked_in_proves_the_address_and_needs_a_second_factor(olga: User, settings: Any) -> None:
    settings.STAFF_NEEDS_SECOND_FACTOR = True
    Authenticator.objects.create(user=olga, type=Authenticator.Type.TOTP, data={"secret": "A" * 32})
    asked = fresh(signed_in(olga), olga).post(TEAM, {"email": "Hal@Example.org", "role": roles.ASSISTANT})
    assert asked.status_code == 302
    assert not User.objects.filter(email="hal@example.org").exists()
    path, hal = link(), Client()
    assert "Olga asks <strong>hal@example.org</strong>" in hal.get(path).content.decode()
    assert hal.post(path).url.startswith(reverse("account_confirm_login_code"))  # type: ignore[attr-defined]
    hal.post(
        reverse("account_confirm_login_code"), {"code": code_for("hal@example.org", settings), "next": path}
    )
    user = User.objects.get(email="hal@example.org")
    assert not user.is_staff  # only the button gives the seat
    assert hal.post(path).url == "/desk/"  # type: ignore[attr-defined]
    user.refresh_from_db()
    assert (roles.of(user), user.is_superuser) == (roles.ASSISTANT, False)
    assert hal.get("/desk/", follow=True).redirect_chain[-1][0] == reverse("mfa_index")  # nothing before that
    assert lines() == [
        "Invited hal@example.org as Assistant.", "Came to the desk as Assistant, invited by olga@example.org.",
    ]  # fmt: skip
    assert hal.get(path).status_code == 404  # it worked once


def test_a_link_alone_opens_nothing(olga: User, ben: User, now: dt.datetime) -> None:
    invitations.invite(email="hal@example.org", role=roles.COACH, by=olga, now=now)
    client = signed_in(ben)
    assert "You are signed in as ben@example.org" in client.get(link()).content.decode()
    client.post(link())
    ben.refresh_from_db()
    assert not ben.is_staff
    with pytest.raises(invitations.NotYoursError):
        invitations.accept(token=link().split("/")[3], user=ben, now=now)


def test_an_unproven_account_of_that_address_opens_nothing(olga: User, now: dt.datetime) -> None:
    hal = factories.user("hal@example.org", proven=False)
    invitations.invite(email=hal.email, role=roles.COACH, by=olga, now=now)
    with pytest.raises(invitations.NotYoursError):
        invitations.accept(token=link().split("/")[3], user=hal, now=now)


@pytest.mark.parametrize("how", ["late", "withdrawn", "asked again", "no owner any more"])
def test_a_link_that_leads_nowhere(how: str, olga: User, now: dt.datetime) -> None:
    made = invitations.invite(email="hal@example.org", role=roles.COACH, by=olga, now=now)
    token = link().split("/")[3]
    if how == "withdrawn":
        assert [invitations.withdraw(invitation=made, now=now) for _ in range(2)] == [True, False]
    if how == "asked again":
        invitations.invite(email="hal@example.org", role=roles.COACH, by=olga, now=now)
        assert Invitation.objects.open(now).count() == 1
    if how == "no owner any more":
        olga.groups.clear()
    with pytest.raises(invitations.GoneError):
        invitations.of(token, now=now + (8 * DAY if how == "late" else DAY))


def test_accepting_twice_is_refused(olga: User, now: dt.datetime) -> None:
    hal = factories.user("hal@example.org")
    invitations.invite(email=hal.email, role=roles.COACH, by=olga, now=now)
    token = link().split("/")[3]
    invitations.accept(token=token, user=hal, now=now)
    with pytest.raises(invitations.GoneError):
        invitations.accept(token=token, user=hal, now=now)
    with pytest.raises(invitations.MemberError):
        invitations.invite(email=hal.email, role=roles.OWNER, by=olga, now=now)


def test_another_role_counts_at_once(olga: User, now: dt.datetime) -> None:
    hal = member(roles.COACH)
    client = signed_in(hal)
    assert client.get("/desk/payments/order/").status_code == 200
    assert [roles.change(user=hal, role=roles.ASSISTANT, by=olga, now=now) for _ in range(2)] == [True, False]
    assert client.get("/desk/payments/order/").status_code == 403
    assert lines() == ["Changed the role from Coach to Assistant."]


def test_taken_away_ends_every_session_at_once(olga: User, settings: Any, now: dt.datetime) -> None:
    hal = member(roles.COACH)
    at_home = Client()
    sign_in(at_home, hal.email, settings)
    assert at_home.get("/desk/").status_code == 200
    assert [roles.take_away(user=hal, by=olga, now=now) for _ in range(2)] == [True, False]
    assert at_home.get("/desk/").status_code == 302
    assert at_home.get(reverse("accounts:profile")).status_code == 302
    hal.refresh_from_db()
    assert (hal.is_staff, list(hal.groups.all()), UserSession.objects.filter(user=hal).count()) == (
        False,
        [],
        0,
    )
    assert lines() == ["Took the place at the desk away (Coach)."]


def test_nobody_changes_their_own_role_so_an_owner_is_always_left(olga: User, now: dt.datetime) -> None:
    for verb in (
        lambda: roles.change(user=olga, role=roles.COACH, by=olga, now=now),
        lambda: roles.take_away(user=olga, by=olga, now=now),
    ):
        with pytest.raises(roles.OwnRoleError):
            verb()
    page = fresh(signed_in(olga), olga).post(f"{TEAM}{olga.pk}/away/", follow=True)
    assert "Nobody changes their own role" in page.content.decode()
    assert roles.is_owner(User.objects.get(pk=olga.pk))


def test_two_owners_who_take_each_other_s_place_leave_one(olga: User, now: dt.datetime) -> None:
    """The second finds that they are no owner any more."""
    other = member(roles.OWNER)
    roles.take_away(user=other, by=olga, now=now)
    with pytest.raises(roles.NotOwnerError):
        roles.take_away(user=olga, by=other, now=now)
    assert roles.is_owner(User.objects.get(pk=olga.pk))


@pytest.mark.django_db(transaction=True)
def test_at_the_same_moment_too(olga: User, now: dt.datetime) -> None:
    other = member(roles.OWNER)
    outcomes: list[str] = []
    begin = threading.Barrier(2)

    def take(user: User, by: User) -> None:
        from django.db import connection

        begin.wait()
        try:
            outcomes.append(str(roles.take_away(user=user, by=by, now=now)))
        except roles.NotOwnerError:
            outcomes.append("no owner")
        finally:
            connection.close()

    hands = [threading.Thread(target=take, args=pair) for pair in ((other, olga), (olga, other))]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join()
    assert sorted(outcomes) == ["True", "no owner"]


@pytest.mark.parametrize("role", [roles.COACH, roles.ASSISTANT])
def test_only_an_owner_gives_and_takes(role: str, olga: User, ann: User, now: dt.datetime) -> None:
    hal = member(role)
    client = fresh(signed_in(hal), hal)
    for path in ("", f"{olga.pk}/role/", f"{olga.pk}/away/", "invitation/1/"):
        assert client.get(f"{TEAM}{path}").status_code == 403
        assert (
            client.post(f"{TEAM}{path}", {"email": "x@example.org", "role": roles.OWNER}).status_code == 403
        )
    with pytest.raises(roles.NotOwnerError):
        invitations.invite(email="x@example.org", role=role, by=hal, now=now)
    assert (Invitation.objects.count(), roles.of(User.objects.get(pk=hal.pk))) == (0, role)


def test_giving_a_role_asks_anew_who_it_is(olga: User) -> None:
    hal = member(roles.ASSISTANT)
    answer = signed_in(olga).post(f"{TEAM}{hal.pk}/role/", {"role": roles.OWNER})
    assert answer.url.startswith(reverse("accounts:show"))  # type: ignore[attr-defined]
    assert roles.of(User.objects.get(pk=hal.pk)) == roles.ASSISTANT


def test_saving_an_account_takes_no_role_and_shuts_out_nobody_at_the_desk(olga: User) -> None:
    hal = member(roles.COACH)
    url = reverse("admin:accounts_user_change", args=[hal.pk])
    assert fresh(signed_in(olga), olga).post(url, {"email": hal.email}).status_code == 302
    hal.refresh_from_db()
    assert (roles.of(hal), hal.is_active) == (roles.COACH, True)
