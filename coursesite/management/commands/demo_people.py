"""A coach and a student to sign in as on a practice site; they have no password, codes go to the local mailbox."""

from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.management import BaseCommand, CommandError
from django.utils.module_loading import import_string

COACH, STUDENT = "ines@example.org", "ann@example.org"


class Command(BaseCommand):
    help = "Make the practice site's coach (ines@example.org) and student (ann@example.org)."

    def handle(self, *args: Any, **options: Any) -> None:
        """The second run changes nothing. Refuses in production."""
        if settings.IS_PRODUCTION:
            raise CommandError("Demo people have no place in production.")
        now = import_string("coursesite.lib.clock.now")()
        account_of = import_string("accounts.signup.account_of")
        contacts = import_string("mailing.contacts")
        for email, name, staff in ((COACH, "Ines", True), (STUDENT, "Ann", False)):
            user = account_of(email=email, now=now)
            if EmailAddress.objects.filter(user=user, verified=True).exists():
                continue
            EmailAddress.objects.filter(user=user).update(verified=True)
            user.is_staff = user.is_superuser = staff
            user.save()
            contacts.update(contact=user.contact, name=name, now=now)
            if not staff:
                self.enrol(user, now)

    def enrol(self, user: Any, now: Any) -> None:
        courses = import_string("courses.models.Course").objects.published()
        grant = import_string("courses.access.grant")
        for course in courses:
            grant(user=user, course=course, source="demo", now=now, reason="practice site")
