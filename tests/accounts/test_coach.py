"""The console command that makes the first person at the desk."""

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from tests import factories

pytestmark = pytest.mark.django_db


def test_an_address_gets_the_keys_once_however_often_it_is_asked() -> None:
    for _ in range(2):
        call_command("coach", "Ines@Example.org", verbosity=0)
    coach = User.objects.get()
    assert (coach.email, coach.is_staff, coach.is_superuser) == ("ines@example.org", True, True)
    assert not coach.has_usable_password()


def test_a_student_may_become_one_and_keeps_the_account() -> None:
    student = factories.user("ann@example.org")
    call_command("coach", "ann@example.org", verbosity=0)
    student.refresh_from_db()
    assert student.is_superuser


def test_what_is_no_address_is_refused() -> None:
    with pytest.raises(CommandError, match="not an email address"):
        call_command("coach", "ines", verbosity=0)
    assert not User.objects.exists()
