"""The three roles as groups, with exactly the rights of the table."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command

from accounts import roles
from accounts.models import User
from coursesite.roles import ASSISTANT, COACH, OWNER, RIGHTS
from tests import factories

pytestmark = pytest.mark.django_db


def rights(name: str) -> set[str]:
    found = Permission.objects.filter(group__name=name).values_list("content_type__app_label", "codename")
    return {f"{app}.{codename}" for app, codename in found}


def test_the_roles_are_made_once_and_brought_back_to_their_rights() -> None:
    roles.prepare()
    first = {name: rights(name) for name in RIGHTS}
    Group.objects.get(name=ASSISTANT).permissions.clear()
    Group.objects.get(name=ASSISTANT).permissions.add(Permission.objects.get(codename="change_order"))
    roles.prepare()
    assert {name: rights(name) for name in RIGHTS} == first
    assert sorted(Group.objects.values_list("name", flat=True)) == sorted(roles.NAMES)
    assert first[ASSISTANT] == set(RIGHTS[ASSISTANT])


def test_an_assistant_has_no_right_over_money_content_or_accounts() -> None:
    roles.prepare()
    writes = {word for word in rights(ASSISTANT) if ".view_" not in word}
    assert writes == {"courses.add_grant", "mailing.change_contact", "mailing.pause_sequence"}
    assert {word.partition(".")[0] for word in rights(ASSISTANT)} == {"accounts", "courses", "mailing"}


def test_a_coach_gives_no_roles_and_an_owner_does_everything() -> None:
    roles.prepare()
    assert {word for word in rights(COACH) if word.startswith("accounts.")} == {
        "accounts.view_user", "accounts.add_user", "accounts.change_user"
    }  # fmt: skip
    assert not any(word.startswith("auth.") for word in rights(COACH))
    assert rights(COACH) < rights(OWNER)
    assert {word for name in RIGHTS for word in rights(name) if word.startswith("admin.")} == {
        "admin.view_logentry"
    }


def test_a_word_that_is_no_permission_is_told() -> None:
    with pytest.raises(LookupError, match=r"courses\.view_nothing"):
        roles.named(["courses.view_nothing"])


@pytest.mark.parametrize("name", roles.NAMES)
def test_whose_role_it_is(name: str) -> None:
    roles.prepare()
    user = factories.user("hal@example.org", is_staff=True)
    assert roles.of(user) == ""
    user.groups.add(Group.objects.get(name=name))
    assert (roles.of(user), roles.is_owner(user)) == (name, name == OWNER)
    user.is_staff = False
    assert roles.of(user) == ""  # a group alone opens nothing


def test_who_is_made_from_the_console_owns_the_desk() -> None:
    call_command("coach", "ines@example.org", verbosity=0)
    user = User.objects.get()
    assert (roles.of(user), [group.name for group in user.groups.all()]) == (OWNER, [OWNER])
