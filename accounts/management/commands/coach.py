"""The first person at the desk, its owner: made from the server's console, proved by a code like everybody else."""

from typing import Any

from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.core.management import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email

from accounts import roles, signup
from coursesite.lib import clock


class Command(BaseCommand):
    help = "Give an address the keys to the desk. It has no password: sign in with the code that is mailed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("address")

    def handle(self, *args: Any, address: str, **options: Any) -> None:
        """Run again, it changes nothing. Raises CommandError for what is no address."""
        try:
            validate_email(address)
        except ValidationError as error:
            raise CommandError(f"{address!r} is not an email address.") from error
        user = signup.account_of(email=address, now=clock.now())
        user.is_staff = user.is_superuser = True
        user.save(update_fields=["is_staff", "is_superuser"])
        roles.prepare()
        user.groups.add(Group.objects.get(name=roles.OWNER))
        self.stdout.write(
            f"{user.email} owns the desk and may sit down at /desk/. Sign in with the code that is mailed there."
        )
